"""The Task of a referral: its state, its facts and its moves, read and written. Pure.

What the server authors in it is two extensions: `referral-facts` (what lists and figures need, from
the ServiceRequest and the moves) and one `referral-move` for each move, never changed afterwards.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from kernel.clock import Instant, instant_of, iso_instant
from records.api import codes_of, extension_value, id_of
from referral.codes import (
    BSER,
    BSER_CODES,
    DEPARTMENT,
    FACTS,
    LETTER_TYPES,
    MOVE,
    RECEIVER,
    REFERRAL,
    STATES,
    TASKS,
)
from referral.states import DEATH, STATE_TITLES, Event, Side, State

Body = Mapping[str, Any]
Resource = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Facts:
    """What the Task of a referral knows of it. Ids are bare; empty (0) where there is none.

    `doctor_id` is the Practitioner whose it is at the community, `taker_id` at the hospital.
    `appointment_at` is the instant of the appointment that holds, `escalated_at` that at which the
    deadline that holds was found overrun, `look_at` when the clock looks at it next.
    """

    direction: str = ""
    urgency: str = ""
    disease: str = ""
    programme: str = ""
    community_id: str = ""
    doctor_id: str = ""
    hospital_id: str = ""
    department_id: str = ""
    taker_id: str = ""
    requisition: str = ""
    first_contact: str = ""
    appointment_id: str = ""
    appointment_at: Instant = 0
    answer_due_at: Instant = 0
    feedback_due_at: Instant = 0
    escalated_at: Instant = 0
    look_at: Instant = 0


_REFERENCES: Final = {
    "community_id": "Organization",
    "doctor_id": "Practitioner",
    "hospital_id": "Organization",
    "department_id": "HealthcareService",
    "taker_id": "Practitioner",
    "appointment_id": "Appointment",
}
_CODES: Final = (
    "direction", "urgency", "disease", "programme", "requisition", "first_contact",
)  # fmt: skip
_INSTANTS: Final = ("appointment_at", "answer_due_at", "feedback_due_at", "escalated_at", "look_at")


@dataclass(frozen=True, slots=True)
class Moved:
    """A move that was made: who, when, from which state to which, why.

    `version` is the version of the Task that it made; `by` a Reference to the person.
    """

    event: Event
    source: State | None
    target: State
    at: Instant
    side: Side
    version: int
    by: Body
    organisation_id: str
    reason: str = ""
    text: str = ""


def kind_of(body: Body | None) -> str:
    """The code of `nbphs3-referral-task` of a Task, empty for any other resource."""
    if not body or body.get("resourceType") != "Task":
        return ""
    return next(iter(codes_of(body.get("code"), TASKS)), "")


def is_referral_task(body: Body | None) -> bool:
    """Whether a resource is the Task that is a referral's state."""
    return kind_of(body) == REFERRAL


def state_of(body: Body) -> State | None:
    """The state that `businessStatus` names; None where it names none of ours."""
    codes = codes_of(body.get("businessStatus"), STATES)
    return State(codes[0]) if codes and codes[0] in set(State) else None


def request_id_of(body: Body) -> str:
    """The id of the ServiceRequest that a Task is about."""
    return id_of(body.get("focus"), "ServiceRequest")


def facts_of(body: Body) -> Facts:
    """The facts stamped into a Task."""
    told: Body = next((one for one in body.get("extension", ()) if one.get("url") == FACTS), {})
    found: dict[str, Any] = {}
    for part in told.get("extension", ()):
        name = part["url"]
        if name in _REFERENCES:
            found[name] = id_of(part.get("valueReference"), _REFERENCES[name])
        elif name in _INSTANTS:
            found[name] = instant(part.get("valueInstant"))
        elif name in _CODES:
            found[name] = part.get("valueString", "")
    return Facts(**found)


def with_facts(body: Body, facts: Facts) -> Resource:
    """The Task with these facts in place of those it has."""
    parts: list[Resource] = []
    for name in (*_CODES, *_REFERENCES, *_INSTANTS):
        value = getattr(facts, name)
        if not value:
            continue
        if name in _REFERENCES:
            parts.append(
                {"url": name, "valueReference": {"reference": f"{_REFERENCES[name]}/{value}"}}
            )
        elif name in _INSTANTS:
            parts.append({"url": name, "valueInstant": iso_instant(value)})
        else:
            parts.append({"url": name, "valueString": value})
    kept = [one for one in body.get("extension", ()) if one.get("url") != FACTS]
    return {**body, "extension": [{"url": FACTS, "extension": parts}, *kept]}


def moves_of(body: Body) -> list[Moved]:
    """All moves of a referral in their order."""
    return [_moved(one) for one in body.get("extension", ()) if one.get("url") == MOVE]


def _moved(extension: Body) -> Moved:
    part: dict[str, Body] = {one["url"]: one for one in extension.get("extension", ())}

    def code(name: str) -> str:
        return str(part.get(name, {}).get("valueCode", ""))

    source = code("from")
    return Moved(
        event=Event(code("event")),
        source=State(source) if source else None,
        target=State(code("to")),
        at=instant(part["at"]["valueInstant"]),
        side=Side(code("side")),
        version=int(part["version"]["valueInteger"]),
        by=part.get("by", {}).get("valueReference", {}),
        organisation_id=id_of(part.get("organisation", {}).get("valueReference"), "Organization"),
        reason=code("reason"),
        text=str(part.get("text", {}).get("valueString", "")),
    )


def move_extension(moved: Moved) -> Resource:
    """A move as it stands in the Task."""
    parts: list[Resource] = [
        {"url": "event", "valueCode": moved.event.value},
        *([{"url": "from", "valueCode": moved.source.value}] if moved.source else []),
        {"url": "to", "valueCode": moved.target.value},
        {"url": "at", "valueInstant": iso_instant(moved.at)},
        {"url": "side", "valueCode": moved.side.value},
        {"url": "version", "valueInteger": moved.version},
    ]
    if moved.by:
        parts.append({"url": "by", "valueReference": dict(moved.by)})
    if moved.organisation_id:
        reference = {"reference": f"Organization/{moved.organisation_id}"}
        parts.append({"url": "organisation", "valueReference": reference})
    if moved.reason:
        parts.append({"url": "reason", "valueCode": moved.reason})
    if moved.text:
        parts.append({"url": "text", "valueString": moved.text})
    return {"url": MOVE, "extension": parts}


def with_moves(body: Body, moves: Sequence[Moved]) -> Resource:
    """The Task with exactly these moves."""
    kept = [one for one in body.get("extension", ()) if one.get("url") != MOVE]
    return {**body, "extension": [*kept, *(move_extension(one) for one in moves)]}


def new_moves(body: Body) -> list[Moved]:
    """The moves that the version at hand made."""
    version = int(body["meta"]["versionId"])
    return [one for one in moves_of(body) if one.version == version]


def business_status(state: State) -> Resource:
    """Task.businessStatus of a state: our code, and BSeR's where it has one (§7)."""
    coding = [{"system": STATES, "code": state.value, "display": str(STATE_TITLES[state])}]
    if state in BSER_CODES:
        code, display = BSER_CODES[state]
        coding.append({"system": BSER, "code": code, "display": display})
    return {"coding": coding, "text": str(STATE_TITLES[state])}


def receiver_of(body: Body) -> str:
    """The id of the hospital that the client names as receiver."""
    return id_of(extension_value(body, RECEIVER, "valueReference"), "Organization")


def department_of(body: Body) -> str:
    """The id of the HealthcareService that the client names."""
    return id_of(extension_value(body, DEPARTMENT, "valueReference"), "HealthcareService")


def with_reference(body: Body, url: str, reference: str) -> Resource:
    """The body with one reference extension of this url; an empty reference takes it away."""
    kept = [one for one in body.get("extension", ()) if one.get("url") != url]
    told = [{"url": url, "valueReference": {"reference": reference}}] if reference else []
    return {**body, "extension": [*kept, *told]}


def outputs_of(body: Body, *types: str) -> list[str]:
    """The references (`Type/id`) among the outputs, of these types."""
    found = (one.get("valueReference", {}).get("reference", "") for one in body.get("output", ()))
    return [one for one in found if one.partition("/")[0] in types]


def letters_of(body: Body) -> list[str]:
    """The references of what the hospital sent back: its letter, its documents."""
    return outputs_of(body, *LETTER_TYPES)


def appointment_of(body: Body) -> str:
    """The id of the Appointment that was named last; empty for none."""
    found = outputs_of(body, "Appointment")
    return found[-1].partition("/")[2] if found else ""


def output(reference: str, text: str) -> Resource:
    """A Task.output that names a resource."""
    return {"type": {"text": text}, "valueReference": {"reference": reference}}


def with_output(body: Body, *outputs: Resource) -> Resource:
    """The Task with more outputs; one that is there already is not told twice."""
    had = [dict(one) for one in body.get("output", ())]
    return {**body, "output": [*had, *(one for one in outputs if one not in had)]}


def with_outputs_of(before: Body, body: Body) -> Resource:
    """The Task with what the version before had brought: nothing that was sent is taken back."""
    had = [dict(one) for one in before.get("output", ())]
    known = [one.get("valueReference", {}).get("reference") for one in had]
    told = body.get("output", ())
    more = [x for x in told if x.get("valueReference", {}).get("reference") not in known]
    return {**body, "output": [*had, *more]} if had or more else {**body}


def without_appointments(body: Body) -> Resource:
    """The Task without the appointments that it named."""
    booked = set(outputs_of(body, "Appointment"))
    told = body.get("output", ())
    kept = [x for x in told if x.get("valueReference", {}).get("reference") not in booked]
    rest = {name: value for name, value in body.items() if name != "output"}
    return {**rest, "output": kept} if kept else rest


def instant(text: str | None) -> Instant:
    """The instant of a FHIR instant or dateTime; 0 for none."""
    return instant_of(datetime.fromisoformat(text)) if text else 0


def submitted_at(moves: Sequence[Moved]) -> Instant:
    """The instant of the first submission (of a hospital's own offer: of that); 0 before it."""
    sent = (State.SUBMITTED, State.BACK_OFFERED)
    return next((one.at for one in moves if one.target in sent), 0)


def since(moves: Sequence[Moved]) -> Instant:
    """Since when it is in its state; another hospital or another appointment begins it anew."""
    anew = (Event.REDIRECT, Event.REBOOK)
    begun = (one.at for one in reversed(moves) if one.source is not one.target or one.event in anew)
    return next(begun, 0)


def is_settled(moves: Sequence[Moved]) -> bool:
    """Whether nobody has anything to do any more: it is closed, or the person has died."""
    last = moves[-1]
    died = last.event is Event.CANCEL and last.reason == DEATH
    return died or last.target is State.CLOSED
