"""What is done with the personal information form: a file is opened with it, and it is changed.

Each is one `save_all`: the Patient, its facts, the residence interval, the household.
"""

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any, NamedTuple

from kernel.declare.form import Values
from kernel.errors import conflict
from kernel.fhir import json
from kernel.fhir.store import Draft, read, save_all
from kernel.fhir.store.heads import find_heads
from kernel.ids import uuid7
from kernel.web.i18n import _
from kernel.work import ReadWork, Work
from records.duplicates.matching import Candidate
from records.duplicates.search import Suspect, find_suspects
from records.information import answers as information
from records.information import changing, facts
from records.information.completing import gender_of
from records.information.facts import About
from records.life.services import open_file
from records.life.staff import Colleague
from records.reading import Body
from records.residents import queries

_ALREADY = _(
    "这个证件号码已经建过档案：一个人只能有一份。本机构的请打开已有的档案，"
    "其他机构的请申请迁入，已结案的请恢复档案。"
)


class Information(NamedTuple):
    """A person's form as it is kept: the Patient's version and body, the facts, the answers."""

    version: int
    person: Body
    facts: Sequence[Body]
    values: Values


def get_information(work: ReadWork, patient_id: str) -> Information:
    """The personal information form of a resident. Raises Refused (403, 404, 410)."""
    found = read(work, work.registry.specs["Patient"], patient_id)
    person = json.loads(found.body)
    bodies = list(_facts(work, patient_id))
    return Information(found.version, person, bodies, information.values_of(person, bodies))


def _facts(work: ReadWork, patient_id: str) -> Iterator[Body]:
    who = ("patient", patient_id)
    pages = (
        ("Observation", (who, ("category", "social-history"))),
        ("Observation", (who, ("code", "883-9,10331-7"))),
        ("Condition", (who, ("category", "problem-list-item"))),
        ("Procedure", (who, ("category", "surgery,transfusion"))),
        ("FamilyMemberHistory", (who,)),
        ("AllergyIntolerance", (who,)),
    )
    for type_, pairs in pages:
        found = queries.find_all(work, type_, *pairs, ("_count", "100"))
        yield from (body for body in found if facts.slot_of(body))


def candidate_of(values: Values, id_: str = "") -> Candidate:
    """The answers as a person who may have a file already."""
    born = values.get("birth_date")
    return Candidate(
        name=str(values.get("name", "")),
        sex=gender_of(str(values.get("sex", "0"))),
        born=born if isinstance(born, date) else None,
        numbers=(str(values["number"]),) if "number" in values else (),
        phones=(str(values["phone"]),) if "phone" in values else (),
        address=str(values.get("address", "")),
        id=id_,
    )


def register(
    work: Work, values: Values, *, id: str, doctor: Colleague | None, draft: bool = False
) -> str:
    """Open a file with a filled-in form under the new id `id`; returns the id.

    `values` have been completed (`records.information.completing`). Raises Refused: 409 where the
    document's number has a file already, 422 as `open_file`.
    """
    if any(one.certain for one in suspects(work, values)):
        raise conflict(_ALREADY, "number")
    person = information.person_of(values)
    if doctor is not None:
        person["generalPractitioner"] = [doctor.reference]
    about = About(id, work.today.isoformat())
    beside = [
        Draft(body, uuid7(work.now), fresh=True) for body in information.facts_of(values, about)
    ]
    return open_file(work, person, id=id, on=work.today, beside=beside, draft=draft)


def suspects(work: ReadWork, values: Values, id_: str = "") -> list[Suspect]:
    """Who may be the same person, in the whole city."""
    return find_suspects(work, candidate_of(values, id_))


def correct(work: Work, patient_id: str, values: Values, *, expect: int) -> None:
    """Write what the form says now; what stays is not written again.

    `expect` is the version that the form was shown for. Raises Refused: 409 where the document's
    number belongs to another file, 412 where somebody changed the person meanwhile.
    """
    before = get_information(work, patient_id)
    if values.get("number") != before.values.get("number") and any(
        one.certain for one in suspects(work, values, patient_id)
    ):
        raise conflict(_ALREADY, "number")
    person = information.revised(before.person, information.person_of(values))
    about = About(patient_id, work.today.isoformat())
    changed = changing.changes(before.facts, information.facts_of(values, about))
    drafts = [
        Draft(one.body, one.id) if one.id else Draft(one.body, uuid7(work.now), fresh=True)
        for one in changed
    ]
    if _says_the_same(before.person, person):
        heads = find_heads(work, "Patient", [patient_id])
        if heads[patient_id].version == expect:
            save_all(work, drafts)
            return
    save_all(work, [Draft(person, patient_id, expect=expect), *drafts])


def _says_the_same(before: Body, after: dict[str, Any]) -> bool:
    return {k: v for k, v in before.items() if k != "meta"} == {
        k: v for k, v in after.items() if k != "meta"
    }
