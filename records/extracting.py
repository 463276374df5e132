"""What follows from an answer to a form: its Observations, kept in step with every version of it.

All ids are derived from that of the answer, so that a correction meets the same resources. An
examination and every programme's follow-up use it.
"""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from kernel.declare.form import Form, Values
from kernel.fhir.extraction import Measured, observations
from kernel.fhir.store import Draft
from kernel.work import ReadWork
from records.reading import Body
from records.residents.queries import load_all

Resource = dict[str, Any]
FINISHED: Final = frozenset({"completed", "amended"})
_LONGEST_BEGINNING: Final = 40
_SAID: Final = ("status", "subject", "code", "bodySite", "component", "effectiveDateTime")


@dataclass(frozen=True, slots=True)
class Answered:
    """An answer to a form: its body, its values with what follows from them, and its local day.

    `encounter` is a Reference to the visit where the body names none.
    """

    body: Body
    form: Form
    values: Values
    on: date | None
    encounter: Mapping[str, str] | None = None


def derived_id(answer_id: str, part: str) -> str:
    """The id of a resource that follows from an answer: the same for the same part, always."""
    begin = answer_id
    if len(begin) > _LONGEST_BEGINNING:
        begin = hashlib.sha256(answer_id.encode()).hexdigest()[:_LONGEST_BEGINNING]
    return f"{begin}-{part}"


def measured_bodies(answered: Answered) -> dict[str, Resource]:
    """The Observations of an answer by their ids; none of a draft or one that was taken back.

    They are of the day of the answer, by its author, and derived from it.
    """
    body, on = answered.body, answered.on
    if body.get("status") not in FINISHED or on is None:
        return {}
    id_ = str(body["id"])
    about = Measured(
        subject=dict(body["subject"]),
        encounter=body.get("encounter") or (dict(answered.encounter or {}) or None),
        at=on.isoformat(),
        performer=body.get("author"),
        derived_from={"reference": f"QuestionnaireResponse/{id_}"},
    )
    found = observations(answered.form, answered.values, about)
    bodies = ((derived_id(id_, key), one) for key, one in found)
    return {number: {**one, "id": number} for number, one in bodies}


def says_the_same(one: Body, other: Body) -> bool:
    """Whether two Observations say the same of the same person, at whichever visit."""
    names = {*_SAID, *(name for name in {*one, *other} if name.startswith("value"))}
    return all(one.get(name) == other.get(name) for name in names)


def extraction(work: ReadWork, answered: Answered, *, fresh: bool = False) -> list[Draft]:
    """The Observations that have to be written so that they say what an answer says.

    One that says it already stays as it is; one that is no longer said is marked as entered in
    error. `fresh` says that the answer was saved for the first time.
    """
    wanted = measured_bodies(answered)
    ids = [] if fresh else _possible_ids(answered)
    stored = load_all(work, "Observation", ids)
    drafts = [
        Draft(body, id_)
        for id_, body in wanted.items()
        if id_ not in stored or not says_the_same(stored[id_], body)
    ]
    return drafts + [Draft(body, id_) for id_, body in _withdrawn(wanted, stored)]


def _possible_ids(answered: Answered) -> list[str]:
    coded = (field.key for field in answered.form.fields if field.coded is not None)
    return [derived_id(str(answered.body["id"]), key) for key in coded]


def _withdrawn(
    wanted: Mapping[str, Resource], stored: Mapping[str, Body]
) -> Iterator[tuple[str, Resource]]:
    for id_, body in stored.items():
        if id_ not in wanted and body.get("status") != "entered-in-error":
            yield id_, {**body, "status": "entered-in-error"}
