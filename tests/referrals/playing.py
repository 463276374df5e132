"""Both sides of a referral, played: what a station sends, and every move with all that it says.

Residents are those of `tests.cast`; the sides are gp1, nurse1 and head1 of station-1 (gp2 of
station-2), coord1 of hospital-1, coord2 of hospital-2, and the system. Ids are the test's own.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any, Final

from sqlalchemy import select

from demo.cast import practitioner_id
from kernel.clock import SHANGHAI, Instant, as_datetime
from kernel.fhir.store import Draft, save_all
from kernel.security.actor import SYSTEM, Actor
from referral.codes import CATEGORY, DIRECTION, DISEASE, PHONED_AT, PROGRAMME
from referral.moving.clock import tick
from referral.moving.services import Step, get_request, get_task, move
from referral.outcome.bodies import Contact
from referral.outcome.services import get_outcome, record_contact
from referral.states import Event, State
from referral.tables import referral_case, referral_move, referral_outcome
from referral.task import state_of
from tests.cast import LOINC, coded, to
from tests.support.house import OpenHouse

Body = dict[str, Any]

WHO: Final = "wang-xiaoming"
GP: Final = practitioner_id("station-1", "gp")
GP2: Final = practitioner_id("station-2", "gp")
COORDINATOR: Final = practitioner_id("hospital-1", "referral_coordinator")
COORDINATOR2: Final = practitioner_id("hospital-2", "referral_coordinator")
SYSTEM_NAME: Final = "system"
SLIP: Final = "57133-1"
LETTER: Final = "18842-5"
_SCOPE: Final = "http://terminology.hl7.org/CodeSystem/consentscope"


def department_id(hospital: str) -> str:
    """The id of the cardiology of a hospital, which `departments` makes."""
    return f"{hospital}-cardiology"


def department(hospital: str) -> Body:
    """A hospital's cardiology."""
    return {
        "resourceType": "HealthcareService",
        "id": department_id(hospital),
        "active": True,
        "providedBy": to("Organization", hospital),
        "name": "心血管内科",
    }


def departments(house: OpenHouse) -> None:
    """Make the departments of both hospitals, once."""
    with house.station.write() as work:
        made = [department("hospital-1"), department("hospital-2")]
        save_all(work, [Draft(one, one["id"]) for one in made])


def consent(request_id: str, who: str = WHO, *, on: str = "2026-11-23") -> Body:
    """The person's consent to a referral."""
    return {
        "resourceType": "Consent",
        "id": f"{request_id}-consent",
        "status": "active",
        "scope": coded(_SCOPE, "patient-privacy"),
        "category": [{"text": "转诊"}],
        "patient": to("Patient", who),
        "dateTime": on,
        "policyRule": {"text": "转诊知情同意"},
    }


def document(id_: str, who: str, by: str, *, type_: str, title: str) -> Body:
    """A Composition with one section: a slip or a letter."""
    words = '<div xmlns="http://www.w3.org/1999/xhtml">原发性高血压，血压控制不满意。</div>'
    return {
        "resourceType": "Composition",
        "id": id_,
        "status": "final",
        "type": coded(LOINC, type_),
        "subject": to("Patient", who),
        "date": "2026-11-23",
        "author": [to("Practitioner", by)],
        "title": title,
        "section": [{"title": title, "text": {"status": "generated", "div": words}}],
    }


def request(
    request_id: str,
    who: str = WHO,
    *,
    status: str = "active",
    urgency: str = "routine",
    hospital: str = "hospital-1",
    doctor: str = GP,
    disease: str = "hypertension",
    programme: str = "",
    phoned: bool = False,
    **others: Any,
) -> Body:
    """The ServiceRequest of a referral up, which names its consent and slip by `request_id`."""
    priority = {"emergency": "stat", "urgent": "urgent", "routine": "routine"}[urgency]
    told = [{"url": DIRECTION, "valueCode": "up"}, {"url": DISEASE, "valueCode": disease}]
    if programme:
        told.append({"url": PROGRAMME, "valueCode": programme})
    if phoned:
        told.append({"url": PHONED_AT, "valueDateTime": "2026-11-23T09:00:00+08:00"})
    papers = [to("Consent", f"{request_id}-consent"), to("Composition", f"{request_id}-slip")]
    return {
        "resourceType": "ServiceRequest",
        "id": request_id,
        "status": status,
        "intent": "order",
        "category": [coded(CATEGORY, "referral")],
        "priority": priority,
        "subject": to("Patient", who),
        "requester": to("Practitioner", doctor),
        "performer": [to("Organization", hospital)],
        "authoredOn": "2026-11-23T09:00:00+08:00",
        "reasonCode": [{"text": "规范治疗3个月血压仍不达标"}],
        "extension": told,
        **({} if phoned else {"supportingInfo": papers}),
        **others,
    }


def papers(request_id: str, who: str = WHO, *, doctor: str = GP) -> tuple[Body, Body]:
    """The consent and the slip that `request` names."""
    slip = document(f"{request_id}-slip", who, doctor, type_=SLIP, title="双向转诊（转出）单")
    return consent(request_id, who), slip


def appointment(id_: str, who: str, start: Instant) -> Body:
    """A booked Appointment of half an hour."""
    begin = as_datetime(start).astimezone(SHANGHAI)
    return {
        "resourceType": "Appointment",
        "id": id_,
        "status": "booked",
        "start": begin.isoformat(),
        "end": (begin + timedelta(minutes=30)).isoformat(),
        "participant": [{"actor": to("Patient", who), "status": "accepted"}],
    }


@dataclass
class Players:
    """Everybody who moves referrals at one station; what is refused is raised as it is."""

    house: OpenHouse

    def actor(self, name: str) -> Actor:
        """Somebody of the cast, or the system itself."""
        return SYSTEM if name == SYSTEM_NAME else self.house.actor(name)

    def refer(self, request_id: str, who: str = WHO, *, as_: str = "gp1", **others: Any) -> str:
        """Send a referral (`status="draft"`: only write it); see `request`. Returns its id."""
        made = request(request_id, who, **others)
        had = () if others.get("phoned") else papers(request_id, who)
        self.house.save(*had, made, as_=as_)
        return request_id

    def move(
        self,
        as_: str,
        request_id: str,
        event: Event,
        target: State,
        *,
        seen: int | None = None,
        **said: Any,
    ) -> int:
        """Make one move that says only what it is given (`Step`); the Task's new version."""
        with self.house.station.write(self.actor(as_)) as work:
            return move(work, request_id, Step(event, target, **said), seen=seen)

    def play(self, as_: str, request_id: str, event: Event, target: State) -> int:
        """Make one move with all that it has to say, its appointment or letter saved beside it."""
        with self.house.station.write(self.actor(as_)) as work:
            task, _version = get_task(work, request_id)
        step, beside = self.whole(task, request_id, event, target)
        with self.house.station.write(self.actor(as_)) as work:
            return move(work, request_id, step, beside=beside)

    def whole(
        self, task: Mapping[str, Any], request_id: str, event: Event, target: State
    ) -> tuple[Step, list[Draft]]:
        """A step that leaves nothing out, and what has to be saved beside it."""
        who = str(task["for"]["reference"]).rpartition("/")[2]
        number = int(task["meta"]["versionId"])
        step = replace(_SAID.get(event, Step(event, target)), target=target)
        if event in (Event.REDIRECT, Event.TRANSFER):
            here = self.row(request_id).hospital_id
            step = replace(step, hospital="hospital-2" if here == "hospital-1" else "hospital-1")
        if event is Event.ACCEPT:
            here = self.row(request_id).hospital_id
            step = replace(step, department=department_id(here))
        if event in (Event.BOOK, Event.REBOOK):
            id_ = f"{request_id}-appointment-{number}"
            start = self.house.clock.now() + 24 * 3600 * 1_000_000
            made = appointment(id_, who, start)
            outputs = ((f"Appointment/{id_}", "预约"),)
            return replace(step, outputs=outputs), [Draft(made, id_)]
        if event in (Event.SEND_OUTCOME, Event.OFFER_BACK):
            id_ = f"{request_id}-letter-{number}"
            by = practitioner_id(self.row(request_id).hospital_id, "referral_coordinator")
            made = document(id_, who, by, type_=LETTER, title="双向转诊（回转）单")
            outputs = ((f"Composition/{id_}", "回转单"),)
            return replace(step, outputs=outputs), [Draft(made, id_)]
        return step, []

    def bring(self, request_id: str, target: State) -> str:
        """Bring a referral that exists to a state, from submitted on by the way most go."""
        for as_, event, state in _ways(self.state(request_id), target):
            if event is Event.FOLLOW_UP:
                self.follow_up(request_id)
            elif event is Event.EXPIRE:
                self.pass_limits(request_id)
            else:
                self.play(as_, request_id, event, state)
        assert self.state(request_id) is target
        return request_id

    def follow_up(
        self, request_id: str, finding: str = "1", *, as_: str = "gp1", on: date | None = None
    ) -> None:
        """Record a contact on the outcome's own task."""
        with self.house.station.write(self.actor(as_)) as work:
            record_contact(work, request_id, Contact(on or work.today, finding, "已联系患者", "2"))

    def pass_limits(self, request_id: str) -> None:
        """Let the clock run, with nobody doing anything, until the referral has expired."""
        while (row := self.row(request_id)).state != State.EXPIRED:
            assert row.look_at is not None, f"nothing looks at a referral that is {row.state}"
            self.house.clock.instant = max(self.house.clock.instant, row.look_at)
            self.tick()

    def tick(self) -> None:
        """Let the clock's job run until it has nothing more to do at this moment."""
        more = True
        while more:
            with self.house.station.write() as work:
                more = tick(work)

    def task(self, request_id: str) -> tuple[Body, int]:
        """The referral's Task and its version, as the system sees it."""
        with self.house.station.read() as work:
            return get_task(work, request_id)

    def request(self, request_id: str) -> Body:
        """The ServiceRequest, as the system sees it."""
        with self.house.station.read() as work:
            return get_request(work, request_id)[0]

    def outcome(self, request_id: str) -> Body:
        """The Task of the outcome follow-up, as the system sees it."""
        with self.house.station.read() as work:
            return get_outcome(work, request_id)[0]

    def state(self, request_id: str) -> State:
        """Where a referral stands, by its Task."""
        found = state_of(self.task(request_id)[0])
        assert found is not None
        return found

    def row(self, request_id: str) -> Any:
        """The row of `referral_case`."""
        return self._one(referral_case, request_id)

    def outcome_row(self, request_id: str) -> Any:
        """The row of `referral_outcome`."""
        return self._one(referral_outcome, request_id)

    def moves(self, request_id: str) -> list[Any]:
        """The rows of `referral_move` in their order."""
        table = referral_move
        with self.house.database.reading() as connection:
            statement = select(table).where(table.c.request_id == request_id)
            return list(connection.execute(statement.order_by(table.c.number)))

    def _one(self, table: Any, request_id: str) -> Any:
        with self.house.database.reading() as connection:
            return connection.execute(select(table).where(table.c.request_id == request_id)).one()


_SAID: Final = {
    Event.RETURN: Step(Event.RETURN, State.DRAFT, text="请补充近期血压"),
    Event.REQUEST_INFO: Step(Event.REQUEST_INFO, State.INFO_REQUESTED, text="请补充心电图"),
    Event.SUPPLY: Step(Event.SUPPLY, State.SUBMITTED, text="心电图：窦性心律"),
    Event.ACCEPT: Step(Event.ACCEPT, State.ACCEPTED, indicated=True),
    Event.REJECT: Step(Event.REJECT, State.REJECTED, reason="4", text="缺少检验报告"),
    Event.REDIRECT: Step(Event.REDIRECT, State.SUBMITTED, text="专科在另一家医院"),
    Event.TRANSFER: Step(Event.TRANSFER, State.SUBMITTED, text="需要另一家医院手术"),
    Event.CANCEL: Step(Event.CANCEL, State.CANCELLED, reason="1"),
    Event.OFFER_BACK: Step(Event.OFFER_BACK, State.BACK_OFFERED, reason="L1"),
    Event.ACCEPT_BACK: Step(Event.ACCEPT_BACK, State.BACK_ACCEPTED, person=GP),
    Event.DECLINE_BACK: Step(Event.DECLINE_BACK, State.IN_CARE, reason="2"),
    Event.CLAIM: Step(Event.CLAIM, State.SUBMITTED, person=COORDINATOR),
}
"""What each move says; what depends on the referral is added by `Players.whole`."""

_C, _H = "gp1", "coord1"
_WAYS: Final[Mapping[State, tuple[State, str, Event]]] = {
    State.SUBMITTED: (State.DRAFT, _C, Event.SUBMIT),
    State.INFO_REQUESTED: (State.SUBMITTED, _H, Event.REQUEST_INFO),
    State.ACCEPTED: (State.SUBMITTED, _H, Event.ACCEPT),
    State.REJECTED: (State.SUBMITTED, _H, Event.REJECT),
    State.SCHEDULED: (State.ACCEPTED, _H, Event.BOOK),
    State.NO_SHOW: (State.SCHEDULED, _H, Event.NO_SHOW),
    State.ARRIVED: (State.SCHEDULED, _H, Event.ARRIVE),
    State.IN_CARE: (State.ARRIVED, _H, Event.START),
    State.FEEDBACK_SENT: (State.IN_CARE, _H, Event.SEND_OUTCOME),
    State.BACK_OFFERED: (State.IN_CARE, _H, Event.OFFER_BACK),
    State.BACK_ACCEPTED: (State.BACK_OFFERED, _C, Event.ACCEPT_BACK),
    State.FOLLOWED_UP: (State.FEEDBACK_SENT, _C, Event.FOLLOW_UP),
    State.CLOSED: (State.FOLLOWED_UP, _C, Event.ACKNOWLEDGE),
    State.CANCELLED: (State.SUBMITTED, _C, Event.CANCEL),
    State.EXPIRED: (State.SUBMITTED, "system", Event.EXPIRE),
}
"""How most referrals come to a state: from which other, by whom."""


def _ways(begin: State, target: State) -> Iterator[tuple[str, Event, State]]:
    """The moves that lead from a state to another by `_WAYS`."""
    if begin is target:
        return
    before, who, event = _WAYS[target]
    yield from _ways(begin, before)
    yield who, event, target
