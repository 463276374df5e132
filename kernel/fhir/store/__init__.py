"""The one write path (DESIGN §3) and the reads by key.

heads     rows of `fhir_resource` by type and id
rows      the statements that a save executes, many rows at a time
ownership whose a resource is: patient and institution
references do the literal references resolve, and to something visible
persons   one change of a person at a time, where decisions and sums depend on all of theirs
save      validate → load → may → guard → stamp → write → project → audit → events
summaries rows about a person that depend on several resources
remove    deletion, the same path with an empty head
reproject derive the search and fact rows of stored resources again
"""

from kernel.fhir.store.heads import Head, get_head, read, read_version
from kernel.fhir.store.item import Draft
from kernel.fhir.store.remove import delete
from kernel.fhir.store.save import BatchSaved, ResourceSaved, Saved, save, save_all

__all__ = [
    "BatchSaved",
    "Draft",
    "Head",
    "ResourceSaved",
    "Saved",
    "delete",
    "get_head",
    "read",
    "read_version",
    "save",
    "save_all",
]
