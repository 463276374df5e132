"""Sending a form twice creates one thing: the form is given an id when it is shown.

The new resource is saved under that id. Whoever sends the form again, because the line dropped
before the answer came, meets what the first one saved.
"""

from uuid import UUID

from kernel.fhir.store import get_head
from kernel.ids import uuid7
from kernel.web.visit import Visit
from kernel.work import ReadWork


def submission_of(visit: Visit, name: str = "submission") -> str:
    """The id that this form creates under: the one it brought, else a new one to be shown in it.

    A form that creates several things has a field of another `name` for each. A text that is no
    UUIDv7 of ours is not taken.
    """
    sent = visit.field(name)
    return sent if _is_ours(sent) else uuid7(visit.now)


def is_saved(work: ReadWork, type_: str, id_: str) -> bool:
    """Whether the form with this id has been saved before (and the actor may see what it made)."""
    return get_head(work, work.registry.specs[type_], id_) is not None


def _is_ours(text: str) -> bool:
    try:
        found = UUID(text)
    except ValueError:
        return False
    return found.version == 7 and str(found) == text
