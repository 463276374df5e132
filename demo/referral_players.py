"""Both sides of a referral in the demo: each step is made by whoever makes it, at its own instant.

All goes the one way that pages and other systems go (`referral.api`), so that what is stored is
what real work leaves behind.
"""

import copy
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta
from typing import Final

from sqlalchemy import select

from demo.cast import practitioner_id
from demo.directory import Site
from demo.referral_words import WORDS, Words
from kernel.clock import SHANGHAI, FixedClock, Instant, as_datetime, instant_of, local_date
from kernel.db.tables import kernel_user
from kernel.declare.roles import Role
from kernel.security.actor import SYSTEM, Actor, Reach
from kernel.work import Work
from records.api import Kept, derived_id, load_all
from referral.api import (
    Booking,
    Consented,
    Contact,
    Drug,
    Event,
    Letter,
    Offer,
    Slip,
    Sought,
    State,
    Step,
    add_working,
    booked_output,
    booking_drafts,
    get_task,
    move,
    offer_back,
    record_contact,
    resend,
    save_draft,
    send,
    send_letter,
    slot_id,
    state_of,
)

DAY: Final = timedelta(days=1) // timedelta(microseconds=1)
_NAMELESS: Final = "demo"
"""The account of those of the city's staff who have none."""
_MORNING: Final = (time(8, 30), time(9), time(9, 30), time(10), time(10, 30), time(14), time(15))


def acting(work: Work, actor: Actor, at: Instant) -> Work:
    """The same transaction, of somebody at an instant."""
    found = copy.copy(work)
    found.actor, found.clock = actor, FixedClock(at)
    found.now, found.today = at, local_date(at)
    return found


def staff(work: Work, organisation_id: str, role: Role, name: str, reach: Reach) -> Actor:
    """A member of staff with the rights of his role."""
    person = practitioner_id(organisation_id, role.value)
    user = kernel_user.c
    account = work.connection.execute(
        select(user.id, user.name).where(user.practitioner_id == person)
    ).first()
    permissions = work.registry.permissions.values()
    return Actor(
        user_id=account.id if account else _NAMELESS,
        name=account.name if account else _NAMELESS,
        display=name,
        roles=frozenset({role}),
        permissions=frozenset(one.code for one in permissions if role in one.roles),
        organisation_id=organisation_id,
        reach=reach,
        organisations=(organisation_id,) if reach is Reach.ORGANISATIONS else (),
        practitioner_id=person,
    )


@dataclass(frozen=True, slots=True)
class Hospital:
    """A hospital: its coordinator, its departments by a part of their names."""

    id: str
    coordinator: Actor
    departments: Mapping[str, str]

    def department(self, words: Words) -> str:
        """The department that treats a disease, else the first one."""
        for name, id_ in self.departments.items():
            if words.department and words.department in name:
                return id_
        return next(iter(self.departments.values()))


@dataclass(slots=True)
class Play:
    """A referral that is played: who, where, and until which instant it has come."""

    work: Work
    id: str
    number: int
    patient_id: str
    name: str
    disease: str
    programme: str
    urgency: str
    site: Site
    doctor: Actor
    hospital: Hospital
    others: Hospital
    now: Instant
    at: Instant

    def take(self, what: str, after: float) -> None:
        """Make a step so many working hours later, and not later than now."""
        self.at = min(add_working(self.at, after), self.now) if after else self.at
        STEPS[what](self)

    @property
    def words(self) -> Words:
        """What is written of the disease."""
        return WORDS[self.disease]

    @property
    def station(self) -> Work:
        """The transaction of the doctor."""
        return acting(self.work, self.doctor, self.at)

    @property
    def office(self) -> Work:
        """The transaction of the coordinator."""
        return acting(self.work, self.hospital.coordinator, self.at)

    def by_doctor(self, event: Event, target: State, **said: str) -> None:
        """A move of the doctor with nothing beside it."""
        move(self.station, self.id, _step(event, target, said))

    def by_office(self, event: Event, target: State, **said: str) -> None:
        """A move of the coordinator with nothing beside it."""
        move(self.office, self.id, _step(event, target, said))

    def by_clock(self, event: Event, target: State) -> None:
        """A move that the system makes by itself."""
        move(acting(self.work, SYSTEM, self.at), self.id, Step(event, target))

    def slip(self) -> Slip:
        """The slip as the doctor writes it."""
        words = self.words
        indication, reason = words.asked[self.urgency]
        return Slip(
            urgency=self.urgency,
            disease=self.disease,
            indications=(indication,),
            diagnoses=(words.diagnosis,),
            impression=words.impression,
            reason=reason,
            history=words.history,
            treatment=words.treatment,
            question=words.question,
            hospital=self.hospital.id,
            department=self.hospital.department(words),
            doctor=self.site.gp_id,
            phone="0640-6681000",
            first_contact="1" if self.number % 9 else "3",
            consent=Consented("1", "1", local_date(self.at)),
            programme=self.programme,
        )

    def letter(self, *, offers: bool) -> Letter:
        """The letter as the hospital writes it."""
        words, today = self.words, local_date(self.at)
        drugs = [
            Drug(name, dose, often, today + timedelta(days=days) if days else None)
            for name, dose, often, days in words.drugs
        ]
        return Letter(
            dict(words.letter),
            codes=(words.diagnosis.code,),
            number=f"ZY{self.number:06d}",
            drugs=drugs,
            follow_up_on=today + timedelta(days=14),
            indicated=bool(self.number % 11),
            indication=words.down if offers else "",
        )

    def book_at(self, start: Instant, event: Event = Event.BOOK) -> None:
        """An appointment at an instant."""
        work = self.office
        version = get_task(work, self.id)[1]
        department = self.hospital.department(self.words)
        booking = Booking(
            derived_id(self.id, f"visit-{version}"),
            self.id,
            self.patient_id,
            department,
            self._free_slot(department, start),
            start,
        )
        step = Step(event, State.SCHEDULED, outputs=(booked_output(booking),))
        move(work, self.id, step, beside=booking_drafts(work, booking))

    def _free_slot(self, department: str, start: Instant) -> str:
        """The slot of the department at that time where it has one that is free, else empty."""
        at = as_datetime(start).astimezone(SHANGHAI)
        found = load_all(self.work, "Slot", [slot_id(department, at)])
        free = (id_ for id_, one in found.items() if one["status"] == "free" and start > self.at)
        return next(free, "")

    def hour(self, days: int) -> Instant:
        """A consulting hour so many days after the step."""
        on = local_date(self.at) + timedelta(days=days)
        hour = _MORNING[self.number % len(_MORNING)]
        return add_working(instant_of(datetime.combine(on, hour, SHANGHAI)), 0)


def _step(event: Event, target: State, said: Mapping[str, str]) -> Step:
    return replace(Step(event, target), **dict(said))  # type: ignore[arg-type]  # texts and ids


def _send(play: Play) -> None:
    send(play.station, play.id, play.patient_id, play.slip())


def _draft(play: Play) -> None:
    save_draft(play.station, play.id, play.patient_id, replace(play.slip(), consent=None))


def _accept(play: Play) -> None:
    department = play.hospital.department(play.words)
    person = str(play.hospital.coordinator.practitioner_id)
    play.by_office(Event.ACCEPT, State.ACCEPTED, department=department, person=person)


def _letter(play: Play, *, offers: bool) -> None:
    send_letter(play.office, play.id, play.letter(offers=offers), id=f"{play.id}-letter")


def _redirect(play: Play) -> None:
    play.by_office(Event.REDIRECT, State.SUBMITTED, hospital=play.others.id, text="该专科在贵院")
    play.hospital, play.others = play.others, play.hospital


def _transfer(play: Play) -> None:
    text = "需要贵院进一步手术治疗"
    play.by_office(Event.TRANSFER, State.SUBMITTED, hospital=play.others.id, text=text)
    play.hospital, play.others = play.others, play.hospital


def _resend(play: Play) -> None:
    play.id = resend(play.station, play.id)
    play.at = min(add_working(play.at, 0.5), play.now)
    send(play.station, play.id, play.patient_id, play.slip())


def _contact(play: Play) -> None:
    contact = Contact(local_date(play.at), "1", "患者已回社区，按医院方案服药", "1")
    record_contact(play.station, play.id, contact)


def _close(play: Play) -> None:
    play.by_doctor(Event.ACKNOWLEDGE, State.CLOSED)


def _rebook(play: Play) -> None:
    play.book_at(play.hour(1), Event.REBOOK)


def _escalate(play: Play) -> None:
    state = state_of(get_task(play.office, play.id)[0])
    if state is not None:
        play.by_clock(Event.ESCALATE, state)


def _offer_first(play: Play) -> None:
    """The hospital offers somebody back whom nobody referred to it."""
    letter = play.letter(offers=True)
    keeper = Kept(play.patient_id, play.site.id)
    offer = Offer(Sought("", play.name), letter, "3", consented="1", kept=keeper)
    offer_back(play.office, offer, id=play.id)


STEPS: Final[Mapping[str, Callable[[Play], None]]] = {
    "send": _send,
    "draft": _draft,
    "ask": lambda play: play.by_office(
        Event.REQUEST_INFO, State.INFO_REQUESTED, text="请补充近一周的检验结果"
    ),
    "accept": _accept,
    "book": lambda play: play.book_at(play.hour(1)),
    "book_tomorrow": lambda play: play.book_at(add_working(play.at, 1)),
    "book_today": lambda play: play.book_at(_later_today(play)),
    "book_later": lambda play: play.book_at(_some_day(play)),
    "rebook": _rebook,
    "no_show": lambda play: play.by_clock(Event.NO_SHOW, State.NO_SHOW),
    "arrive": lambda play: play.by_office(Event.ARRIVE, State.ARRIVED),
    "rush_in": lambda play: play.by_office(Event.EMERGENCY_OVERRIDE, State.ARRIVED),
    "start": lambda play: play.by_office(Event.START, State.IN_CARE),
    "report": lambda play: _letter(play, offers=False),
    "offer": lambda play: _letter(play, offers=True),
    "offer_first": _offer_first,
    "take_back": lambda play: play.by_doctor(
        Event.ACCEPT_BACK, State.BACK_ACCEPTED, person=play.site.gp_id
    ),
    "decline_back": lambda play: play.by_doctor(Event.DECLINE_BACK, State.IN_CARE, reason="2"),
    "contact": _contact,
    "close": _close,
    "reject": lambda play: play.by_office(
        Event.REJECT, State.REJECTED, reason="4", text="请补充心电图和近期检验"
    ),
    "resend": _resend,
    "cancel": lambda play: play.by_doctor(Event.CANCEL, State.CANCELLED, reason="1"),
    "redirect": _redirect,
    "transfer": _transfer,
    "escalate": _escalate,
    "expire": lambda play: play.by_clock(Event.EXPIRE, State.EXPIRED),
}
"""The steps of `demo.referral_courses`."""


def _later_today(play: Play) -> Instant:
    """A consulting hour of the city's day."""
    hour = _MORNING[play.number % len(_MORNING)]
    return instant_of(datetime.combine(local_date(play.now), hour, SHANGHAI))


def _some_day(play: Play) -> Instant:
    """A consulting hour of one of the next days, from now on."""
    on = as_datetime(play.now).astimezone(SHANGHAI).date() + timedelta(days=1 + play.number % 5)
    hour = _MORNING[play.number % len(_MORNING)]
    return add_working(instant_of(datetime.combine(on, hour, SHANGHAI)), 0)
