"""Artefacts that come with the program (forms, plans, measures), kept as resources for clients."""

from typing import Any

from kernel.fhir import json
from kernel.fhir.store import get_head, read, save
from kernel.work import Work


def publish(work: Work, body: dict[str, Any]) -> bool:
    """Keep a resource of the program under its own id; whether it had to be written.

    What says the same already stays as it is. It is called by jobs, because the artefacts come with
    the program: after an upgrade the next run publishes what is new.
    """
    spec = work.registry.specs[body["resourceType"]]
    head = get_head(work, spec, body["id"])
    if head is not None and not head.deleted:
        stored = json.loads(read(work, spec, body["id"]).body)
        if {name: value for name, value in stored.items() if name != "meta"} == body:
            return False
    save(work, body, id=body["id"])
    return True
