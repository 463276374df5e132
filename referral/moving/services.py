"""Moving a referral: what pages, jobs and the hospital's offers call; the stamp judges."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from kernel.errors import not_found
from kernel.fhir import json
from kernel.fhir.store import Draft, read, save_all
from kernel.work import ReadWork, Work
from records.api import derived_id
from referral.codes import DEPARTMENT, EVENT, EXPECTED_END, INDICATED, RECEIVER
from referral.moving.needs import REASONS
from referral.states import Event, State
from referral.task import (
    business_status,
    output,
    with_output,
    with_reference,
)

Resource = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Step:
    """A move with all that it says; what is empty is not said.

    `reason` is a code of the event's system (`referral.moving.needs.REASONS`), `person` the id of a
    Practitioner, `department` of a HealthcareService, `hospital` of an Organization. `outputs` are
    (reference `Type/id`, what it is called). `expected_end` is an ISO date, until when somebody is
    expected to stay. `indicated`: whether the receiver finds the indication met.
    """

    event: Event
    target: State
    reason: str = ""
    text: str = ""
    person: str = ""
    department: str = ""
    hospital: str = ""
    outputs: tuple[tuple[str, str], ...] = ()
    expected_end: str = ""
    indicated: bool | None = None


def task_id(request_id: str) -> str:
    """The id of the Task of a referral."""
    return derived_id(request_id, "task")


def get_task(work: ReadWork, request_id: str) -> tuple[Resource, int]:
    """The Task of a referral and its version. Raises Refused (403, 404, 410)."""
    found = read(work, work.registry.specs["Task"], task_id(request_id))
    return json.loads(found.body), found.version


def get_request(work: ReadWork, request_id: str) -> tuple[Resource, int]:
    """The ServiceRequest of a referral and its version. Raises Refused (403, 404, 410)."""
    found = read(work, work.registry.specs["ServiceRequest"], request_id)
    body: Resource = json.loads(found.body)
    if not body:
        raise not_found(f"ServiceRequest/{request_id}")
    return body, found.version


def move(
    work: Work,
    request_id: str,
    step: Step,
    *,
    seen: int | None = None,
    beside: Sequence[Draft] = (),
) -> int:
    """Make a move, with what is saved beside it in one transaction; the Task's new version.

    `seen` is the version of the Task that the page showed. Raises Refused: 404; 412 (somebody moved
    it meanwhile), 409 (no such move from its state), 403 (the other side's), 422 (all that lacks).
    """
    body, _version = get_task(work, request_id)
    draft = Draft(stepped(body, step), task_id(request_id), expect=seen)
    saved = save_all(work, [*beside, draft])
    return saved[-1].version


def stepped(body: Mapping[str, Any], step: Step) -> Resource:
    """The Task as a step asks for it: what a hospital's own system would send."""
    made = with_event({**body}, step.event)
    made["businessStatus"] = business_status(step.target)
    made.pop("statusReason", None)
    if told := _reason(step):
        made["statusReason"] = told
    if step.person:
        made["owner"] = {"reference": f"Practitioner/{step.person}"}
    if step.department:
        made = with_reference(made, DEPARTMENT, f"HealthcareService/{step.department}")
    if step.hospital:
        made = with_reference(made, RECEIVER, f"Organization/{step.hospital}")
    if step.outputs:
        made = with_output(made, *(output(*one) for one in step.outputs))
    if step.expected_end:
        made = _with_value(made, EXPECTED_END, "valueDate", step.expected_end)
    if step.indicated is not None:
        made = _with_value(made, INDICATED, "valueBoolean", step.indicated)
    return made


def with_event(body: Mapping[str, Any], event: Event) -> Resource:
    """The Task naming the event that is meant where states alone leave it open."""
    return _with_value(body, EVENT, "valueCode", event.value)


def _with_value(body: Mapping[str, Any], url: str, name: str, value: Any) -> Resource:
    kept = [one for one in body.get("extension", ()) if one.get("url") != url]
    return {**body, "extension": [*kept, {"url": url, name: value}]}


def _reason(step: Step) -> Resource:
    told: Resource = {}
    if step.reason:
        told["coding"] = [{"system": REASONS[step.event], "code": step.reason}]
    if step.text:
        told["text"] = step.text
    return told
