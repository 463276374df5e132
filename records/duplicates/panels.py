"""What a resident's page says of merged files."""

from typing import Any

from kernel.clock import DAY
from kernel.fhir.store.heads import find_heads
from kernel.security.directory import organisation_name
from kernel.work import ReadWork
from records.duplicates.pairs import JOINED, find_pair, list_facts
from records.duplicates.parameters import UNDO_DAYS
from records.duplicates.permissions import REVIEW
from records.duplicates.projections import survivor_of
from records.duplicates.views import sees
from records.reading import id_of
from records.residents.queries import get_resident


def merged(work: ReadWork, patient_id: str) -> dict[str, Any] | None:
    """Where a merged file leads to, and which files became part of this one; None for neither."""
    body = get_resident(work, patient_id)
    into = survivor_of(body)
    others = [
        id_of(link.get("other"), "Patient")
        for link in body.get("link", ())
        if link.get("type") == "replaces"
    ]
    if not into and not others:
        return None
    facts = list_facts(work, [id_ for id_ in (into, *others) if id_])
    return {
        "into": _whole(work, into, facts[into].name) if into in facts else None,
        "from": [_part(work, patient_id, id_, facts[id_].name) for id_ in others if id_ in facts],
    }


def _whole(work: ReadWork, id_: str, name: str) -> dict[str, Any]:
    """The file that it became part of; whoever does not see that one learns where it is kept."""
    head = find_heads(work, "Patient", [id_])[id_]
    own = sees(work, head.organisation_id)
    keeper = organisation_name(work.connection, head.organisation_id or "") or ""
    return {"id": id_ if own else "", "name": name, "organisation": keeper}


def _part(work: ReadWork, patient_id: str, id_: str, name: str) -> dict[str, Any]:
    pair = find_pair(work, patient_id, id_)
    joined = pair if pair is not None and pair.state == JOINED else None
    at = joined.decided_at if joined else None
    in_time = at is not None and at > work.now - UNDO_DAYS * DAY and work.actor.may(REVIEW)
    undoable = joined.provenance_id if joined and in_time else ""
    return {"id": id_, "name": name, "at": at, "provenance_id": undoable}
