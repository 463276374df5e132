"""The Task of the outcome follow-up: made at submission, open until the outcome is known. Pure.

Each contact is a Task.output: its type the finding, its value the words, the day an extension.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

from kernel.canonical import structure_definition
from kernel.clock import iso_instant
from records.api import catalogue, codes_of, derived_id, extension_value, id_of
from referral.codes import FINDINGS, FOLLOW_UP, TASKS
from referral.limits import Step, Urgency, limit_of
from referral.task import (
    Facts,
    facts_of,
    moves_of,
    request_id_of,
    submitted_at,
    with_facts,
)

Body = Mapping[str, Any]
Resource = dict[str, Any]
CONTACT: Final = structure_definition("referral-contact")
"""Of an output: `day`, `mode` (nbphs3-visit-mode), `next` (the day of the next contact)."""
REFERRED_ON: Final = structure_definition("referral-referred-on")
RETURNED, IN_HOSPITAL, NOT_GONE, NOT_CONFIRMED, WITHDRAWN, LEFT = "1", "2", "3", "4", "5", "6"
"""Codes of nbphs3-referral-finding."""
KNOWN: Final = frozenset({RETURNED, WITHDRAWN, LEFT})
"""Findings by which the outcome is known; a second refusal, signed, is one too (§1.6)."""
_AGAIN: Final = timedelta(days=14)
_NEXT_DAY: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Contact:
    """What was found out on a day, and how; `answer_id` a programme's form that told it."""

    on: date
    finding: str
    text: str = ""
    mode: str = ""
    answer_id: str = ""


@dataclass(frozen=True, slots=True)
class OutcomeTask:
    """The outcome follow-up of a referral: whose, by when, what was found so far."""

    request_id: str
    requisition: str
    organisation_id: str
    doctor_id: str
    referred_on: date
    due_on: date
    known: bool
    contacts: tuple[Contact, ...]


def outcome_id(request_id: str) -> str:
    """The id of the outcome follow-up of a referral."""
    return derived_id(request_id, "followup")


def outcome_of(body: Body) -> OutcomeTask:
    """What the Task of an outcome follow-up says."""
    facts = facts_of(body)
    return OutcomeTask(
        request_id=request_id_of(body),
        requisition=facts.requisition,
        organisation_id=facts.community_id,
        doctor_id=id_of(body.get("owner"), "Practitioner"),
        referred_on=date.fromisoformat(extension_value(body, REFERRED_ON, "valueDate")),
        due_on=date.fromisoformat(body["restriction"]["period"]["end"][:10]),
        known=body.get("status") == "completed",
        contacts=tuple(_contact(one) for one in body.get("output", ())),
    )


def _contact(output: Body) -> Contact:
    parts = {
        part["url"]: part
        for one in output.get("extension", ())
        if one.get("url") == CONTACT
        for part in one.get("extension", ())
    }
    return Contact(
        on=date.fromisoformat(parts["day"]["valueDate"]),
        finding=next(iter(codes_of(output.get("type"), FINDINGS)), ""),
        text=str(output.get("valueString", "")),
        mode=str(parts.get("mode", {}).get("valueCode", "")),
        answer_id=id_of(parts.get("answer", {}).get("valueReference"), "QuestionnaireResponse"),
    )


def by_form(output: Body) -> bool:
    """Whether a contact was told by a programme's form, which may tell it anew."""
    return bool(_contact(output).answer_id)


def new_outcome(task: Body, facts: Facts, *, on: date, due_on: date) -> Resource:
    """The outcome follow-up of a referral that was submitted on a day (§6)."""
    request_id = request_id_of(task)
    body: Resource = {
        "resourceType": "Task",
        "id": outcome_id(request_id),
        "status": "requested",
        "intent": "order",
        "code": {"coding": [{"system": TASKS, "code": FOLLOW_UP, "display": "转诊情况随访"}]},
        "focus": dict(task["focus"]),
        "partOf": [{"reference": f"Task/{task['id']}"}],
        "for": dict(task["for"]),
        "authoredOn": iso_instant(submitted_at(moves_of(task))),
        "extension": [{"url": REFERRED_ON, "valueDate": on.isoformat()}],
        "restriction": {"period": _until(due_on)},
    }
    if facts.doctor_id:
        body["owner"] = {"reference": f"Practitioner/{facts.doctor_id}"}
    else:
        body["owner"] = {"reference": f"Organization/{facts.community_id}"}
    told = Facts(
        community_id=facts.community_id,
        requisition=facts.requisition,
        programme=facts.programme,
    )
    return with_facts(body, told)


def _until(day: date) -> Resource:
    return {"end": day.isoformat()}


def with_contact(body: Body, contact: Contact) -> Resource:
    """The outcome follow-up with one contact more; of one answer's contact only the last version.

    What that means for it (known, or due again) is judged where it is saved.
    """
    parts: list[Resource] = [{"url": "day", "valueDate": contact.on.isoformat()}]
    if contact.mode:
        parts.append({"url": "mode", "valueCode": contact.mode})
    if contact.answer_id:
        reference = {"reference": f"QuestionnaireResponse/{contact.answer_id}"}
        parts.append({"url": "answer", "valueReference": reference})
    told: Resource = {
        "extension": [{"url": CONTACT, "extension": parts}],
        "type": catalogue.concept("referral-finding", contact.finding),
        "valueString": contact.text or catalogue.title("referral-finding", contact.finding),
    }
    kept = [
        one
        for one in body.get("output", ())
        if not contact.answer_id or _contact(one).answer_id != contact.answer_id
    ]
    return {**body, "output": [*kept, told]}


def without_answer(body: Body, answer_id: str) -> Resource:
    """The outcome follow-up without what an answer told, which was taken back."""
    kept = [one for one in body.get("output", ()) if _contact(one).answer_id != answer_id]
    left: Resource = {name: value for name, value in body.items() if name != "output"}
    return {**left, "output": kept} if kept else left


def is_heard(body: Body, answer_id: str) -> bool:
    """Whether an answer has told the outcome follow-up something."""
    return any(_contact(one).answer_id == answer_id for one in body.get("output", ()))


def first_due_on(referred_on: date) -> date:
    """The last day on which the first contact is in time (national text, RF13)."""
    limit = limit_of(Step.OUTCOME, Urgency.ROUTINE, on=referred_on)
    return referred_on + timedelta(days=limit.amount)


def is_known(contacts: Sequence[Contact]) -> bool:
    """Whether nothing more is to be asked: the outcome was found, or refused twice (§1.6)."""
    if not contacts:
        return False
    refusals = sum(one.finding == NOT_GONE for one in contacts)
    last = contacts[-1].finding
    return last in KNOWN or (last == NOT_GONE and refusals > 1)


def next_on(contact: Contact) -> date:
    """The last day of the next contact: not confirmed the next day, else after 14 days (§1.6)."""
    return contact.on + (_NEXT_DAY if contact.finding == NOT_CONFIRMED else _AGAIN)
