"""What nobody may change any more: a signed note, and what a signed visit is made of.

The rules are checks of FHIR types, so they hold for pages, the API and imports alike. A signed
document is amended by a further one (`relatesTo` appends); merging two files may re-point it to
the surviving Patient, since that changes nothing that the doctor signed.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from sqlalchemy import literal, select

from kernel.db.derived import DELIMITER, search_reference
from kernel.db.dialect import contains
from kernel.declare.resource import Rule
from kernel.declare.roles import CLINICIANS, Role
from kernel.errors import Issue
from kernel.fhir import json
from kernel.work import ReadWork
from records.reading import Body, codes_of, id_of
from records.visits.codes import NOTES, RECEPTION
from records.visits.contents import SIGNED, is_signed

_SIGNERS: Final = CLINICIANS - {Role.NURSE}
_WHOSE: Final = frozenset({"id", "meta", "subject", "patient"})
_SIGNED: Final = (
    "a signed note cannot be changed or deleted; write an amendment (relatesTo appends)"
)
_MEASURED: Final[Mapping[str, tuple[str, ...]]] = {
    "Observation": ("code", "bodySite", "component", "effectiveDateTime"),
    "Condition": ("code",),
    "MedicationRequest": ("medicationCodeableConcept", "medicationReference", "dosageInstruction"),
    "Encounter": ("class", "reasonCode", "diagnosis", "participant", "serviceProvider"),
}
"""What a signed visit says; states and what is added later (an outcome, a result) stay open."""


def _note_stays(work: ReadWork, before: Body | None, after: Body | None) -> Sequence[Issue]:
    if after is not None and _is_signed_note(after) and _signs(before):
        if not work.actor.roles & _SIGNERS:
            return [Issue("forbidden", "only a doctor signs a note", "Composition.status")]
        return []
    if before is None or not _is_signed_note(before) or _says_the_same(before, after):
        return []
    return [Issue("business-rule", _SIGNED, "Composition")]


def _signs(before: Body | None) -> bool:
    return before is None or not is_signed(before)


def _is_signed_note(body: Body) -> bool:
    return is_signed(body) and bool(NOTES & set(codes_of(body.get("type"))))


def _says_the_same(before: Body, after: Body | None) -> bool:
    """Whether two versions differ in nothing but whose record they lie in."""
    return after is not None and _content(before) == _content(after)


def _content(body: Body) -> bytes:
    return json.dumps({name: body[name] for name in sorted(body) if name not in _WHOSE})


def _visit_stays(work: ReadWork, before: Body | None, after: Body | None) -> Sequence[Issue]:
    if before is None or (after is not None and _same_facts(before, after)):
        return []
    type_ = str(before["resourceType"])
    visit = str(before["id"])
    if type_ != "Encounter":
        visit = id_of(before.get("encounter"), "Encounter")
    if not visit or not is_visit_signed(work, visit):
        return []
    told = "it belongs to a signed visit: mark it as entered in error, or amend the note"
    return [Issue("business-rule", told, type_)]


def _same_facts(before: Body, after: Body) -> bool:
    names = _MEASURED[str(before["resourceType"])]
    values = [name for name in {*before, *after} if name.startswith("value")]
    return all(_written(before, name) == _written(after, name) for name in (*names, *values))


def _written(body: Body, name: str) -> bytes:
    value: Any = body.get(name)
    return json.dumps(value)


def is_visit_signed(work: ReadWork, encounter_id: str) -> bool:
    """Whether somebody has signed the note of a visit."""
    link, table = search_reference.c, work.registry.search["Composition"]
    statement = (
        select(table.c.id)
        .join(search_reference, table.c.id == link.id)
        .where(
            link.target_id == encounter_id,
            link.target_type == "Encounter",
            link.type == "Composition",
            link.path == "encounter",
            table.c.status.in_(sorted(SIGNED)),
            contains(table.c.type, literal(f"|{RECEPTION}{DELIMITER}")),
        )
        .limit(1)
    )
    return work.connection.execute(statement).first() is not None


SIGNED_NOTE: Final = Rule("signed-note", _note_stays)
SIGNED_VISIT: Final = Rule("signed-visit", _visit_stays)
