"""Trying to reach somebody about an overdue visit: a Communication, no face-to-face visit (§10)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final, NamedTuple

from health.declare import Activity
from health.due.queries import DueQuery, contacts_of, list_rows
from health.due.rows import is_lost
from health.enrolment import services as enrolments
from health.followups.facts import list_enrolments
from health.projections import CONTACT
from kernel.errors import conflict, unprocessable
from kernel.fhir.store import Draft, get_head, save_all
from kernel.messages import Message, _, joined
from kernel.work import ReadWork, Work
from records.api import (
    catalogue,
    day_of,
    display_of,
    doctor_of,
    find_all,
    get_resident,
    words,
)

Resource = dict[str, Any]
WAYS: Final = "contact-way"
"""The code set of how somebody is looked for."""
_MOST_WORDS: Final = 200
_LATER: Final = _("联系日期不能晚于今天。")
_NO_WAY: Final = _("请选择联系方式。")
_SAY_WHY: Final = _("没有联系上时请写明情况，例如“电话无人接听”，最多 200 个字。")
_NOT_YET: Final = _("还没有达到转为暂时失访的条件：%(rule)s")


@dataclass(frozen=True, slots=True)
class Contact:
    """A try: the local day, how (a code of nbphs3-contact-way), whether somebody was reached."""

    on: date
    way: str
    reached: bool
    words: str = ""


def record_contact(work: Work, patient_id: str, contact: Contact, *, id: str) -> str:
    """Note a try to reach somebody; the id of the Communication.

    A form that is sent twice (`id`) notes it once. A try in vain is `not-done` with the words as
    its `statusReason` (R4 Communication.status). Raises Refused: 404 (not visible), 422 by field.
    """
    if get_head(work, work.registry.specs["Communication"], id) is not None:
        return id
    get_resident(work, patient_id)
    if contact.on > work.today:
        raise unprocessable(_LATER, "on")
    if contact.way not in catalogue.code_set(WAYS).concepts:
        raise unprocessable(_NO_WAY, "way")
    if len(contact.words) > _MOST_WORDS or not (contact.words or contact.reached):
        raise unprocessable(_SAY_WHY, "words")
    save_all(work, [Draft(_communication(work, patient_id, contact), id)])
    return id


def _communication(work: ReadWork, patient_id: str, contact: Contact) -> Resource:
    patient = {"reference": f"Patient/{patient_id}"}
    body: Resource = {
        "resourceType": "Communication",
        "status": "completed" if contact.reached else "not-done",
        "category": [catalogue.concept("contact-kind", CONTACT)],
        "medium": [catalogue.concept(WAYS, contact.way)],
        "subject": patient,
        "recipient": [patient],
        "sender": doctor_of(work),
        "sent": contact.on.isoformat(),
    }
    if contact.reached and contact.words:
        body["payload"] = [{"contentString": contact.words}]
    if not contact.reached:
        body["statusReason"] = {"text": contact.words}
    return body


class Tried(NamedTuple):
    """A try that was noted: the way in words, what was said or why nobody was reached, by whom."""

    on: date | None
    way: str
    reached: bool
    words: str
    by: str


def list_contacts(work: ReadWork, patient_id: str) -> list[Tried]:
    """The tries to reach a person, the latest first (one page of them)."""
    found = find_all(
        work,
        "Communication",
        ("patient", patient_id),
        ("category", CONTACT),
        ("_sort", "-sent"),
    )
    return [_tried(body) for body in found if body["status"] in ("completed", "not-done")]


def _tried(body: Mapping[str, Any]) -> Tried:
    said = [one.get("contentString", "") for one in body.get("payload", ())]
    why = words(body.get("statusReason"))
    way = joined(words(one) for one in body.get("medium", ()))
    return Tried(
        day_of(body.get("sent")),
        way,
        body["status"] == "completed",
        why or "".join(said),
        display_of(body.get("sender")),
    )


def suspend_lost(work: Work, patient_id: str, programmes: tuple[str, ...], *, rule: str) -> None:
    """暂时失访 in these programmes, each of which must be late enough and often enough tried.

    `rule` says when, for the refusal. Raises Refused: 404 (not visible), 409 (not the case).
    """
    get_resident(work, patient_id)
    lost = lost_programmes(work, patient_id)
    found = list_enrolments(work, patient_id)
    places = {one.programme: one for one in found if one.status == "active"}
    if not programmes or any(name not in lost or name not in places for name in programmes):
        raise conflict(Message(_NOT_YET, rule=rule))
    for name in programmes:
        enrolments.suspend(work, places[name].episode_id, enrolments.Change(work.today))


def lost_programmes(work: ReadWork, patient_id: str) -> set[str]:
    """The programmes in which somebody is to be called lost for the time being."""
    contacts = contacts_of(work, [patient_id]).get(patient_id, ())
    found: set[str] = set()
    for row in list_rows(work, DueQuery(person=patient_id), until=work.today):
        tries = sum(on >= (row.missed_on or row.due_on) for on, _reached in contacts)
        for one in row.items:
            if one.activity is Activity.EXAMINATION or one.path:
                continue
            if is_lost((work.today - one.due_on).days, tries, work.today):
                found.update(one.programmes)
    return found
