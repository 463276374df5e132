"""What was typed into a move's form: read, and every field that is wrong is told."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, Final

from kernel.clock import SHANGHAI, Instant, instant_of
from kernel.messages import Message, _
from kernel.values.dates import parse_date
from kernel.values.invalid import InvalidValue, half_width
from kernel.web.acting import Wrong
from kernel.web.visit import Visit
from kernel.work import ReadWork
from records.api import catalogue, find_all, id_of
from referral.moving.needs import REASONS
from referral.shown.choosing import HOSPITAL, IN_HOSPITAL, Asked, named
from referral.shown.offers import (
    DAY,
    DEPARTMENT,
    INDICATED,
    PERSON,
    REASON,
    RECEIVER,
    SLOT,
    TEXT,
    TIME,
    UNTIL,
    Offer,
)
from referral.states import Event

MOST_TEXT: Final = 500
_AHEAD: Final = timedelta(days=366)
_CLOCK: Final = re.compile(r"([01]?\d|2[0-3])[:：]?([0-5]\d)")
_TIMES: Final = (SLOT, DAY, TIME)


@dataclass(frozen=True, slots=True)
class Typed:
    """A move's form as it was filled in; ids, codes, instants (0 for none)."""

    reason: str = ""
    text: str = ""
    department: str = ""
    hospital: str = ""
    person: str = ""
    slot: str = ""
    start_at: Instant = 0
    until: date | None = None
    indicated: bool | None = None


_CHOOSE: Final = _("请选择%(title)s。")
_WRITE: Final = _("请写明%(title)s。")
_LONG: Final = _("%(title)s最多 %(most)s 个字，现有 %(n)s 个。")
_TIME: Final = _("时间应写成 09:30 这样的 24 小时制。")
_DAY_TOO: Final = _("请同时填写日期和时间。")
_ONE: Final = _("号源和其他时间只能选一个：要用其他时间，号源请选“不用号源”。")
_LATER: Final = _("预约时间应晚于现在，并在一年之内。")
_TAKEN: Final = _("这个号源已被占用或时间已过，请另选一个。")
_WHEN: Final = _("请选择号源，或填写其他日期和时间。")
_MISMATCH: Final = _("所选号源属于%(department)s，与接收科室不一致。")
_STAY: Final = _("预计住院到的日期不能早于今天。")
_WORDS: Final = _("原因为“%(reason)s”时请写明说明。")
FIELD_TITLES: Final = {
    REASON: _("原因"),
    TEXT: _("说明"),
    DEPARTMENT: _("接收科室"),
    SLOT: _("号源"),
    DAY: _("其他日期"),
    TIME: _("其他时间"),
    PERSON: _("负责医生"),
    RECEIVER: _("转往"),
    UNTIL: _("预计住院到"),
    INDICATED: _("符合转诊指征"),
}


def read_typed(visit: Visit, work: ReadWork, offer: Offer, asked: Asked) -> Typed:
    """What was typed into a move's form. Raises Wrong with every field that is wrong."""
    reading = _Reading(visit, work, offer, asked, {})
    found = Typed(
        reason=reading.reason(),
        text=reading.text(),
        **reading.places(),
        **reading.times(),
        until=reading.until(),
        indicated={"yes": True, "no": False}.get(reading.given(INDICATED)),
    )
    if reading.errors:
        raise Wrong(reading.errors)
    return found


@dataclass(slots=True)
class _Reading:
    visit: Visit
    work: ReadWork
    offer: Offer
    asked: Asked
    errors: dict[str, str]

    def given(self, field: str) -> str:
        return self.visit.field(self.name(field)) if field in self.offer.fields else ""

    def name(self, field: str) -> str:
        return named(self.offer.event, field)

    def wrong(self, field: str, said: str, **values: object) -> None:
        self.errors.setdefault(self.name(field), Message(said, **values) if values else said)

    def chosen(self, field: str) -> str:
        """A code that the form offers; what is not, or is missing and needed, is wrong."""
        code = self.given(field)
        known = {known for known, _title in self.asked.choices(self.offer.event, field)}
        if code and code not in known:
            if field == SLOT:
                self.wrong(field, _TAKEN)
            else:
                self._choose(field)
            return ""
        if not code and field in self.offer.needed:
            self._choose(field)
        return code

    def _choose(self, field: str) -> None:
        self.wrong(field, _CHOOSE, title=FIELD_TITLES[field])

    def reason(self) -> str:
        if REASON not in self.offer.fields:
            return ""
        code, titles = self.given(REASON), reasons_of(self.offer.event)
        if code not in titles:
            self.wrong(REASON, _CHOOSE, title=FIELD_TITLES[REASON])
        elif code in wordy_reasons(self.offer.event) and not self.given(TEXT):
            self.wrong(TEXT, _WORDS, reason=titles[code])
        return code

    def text(self) -> str:
        text = self.given(TEXT)
        if not text and TEXT in self.offer.needed:
            self.wrong(TEXT, _WRITE, title=FIELD_TITLES[TEXT])
        if len(text) > MOST_TEXT:
            title = FIELD_TITLES[TEXT]
            self.wrong(TEXT, _LONG, title=title, most=MOST_TEXT, n=len(text))
        return text

    def places(self) -> dict[str, Any]:
        """To which department, hospital or person."""
        department, hospital = self.chosen(DEPARTMENT), ""
        receiver = self.chosen(RECEIVER)
        if receiver.startswith(HOSPITAL):
            hospital = receiver.removeprefix(HOSPITAL)
        elif receiver:
            department = receiver.removeprefix(IN_HOSPITAL)
            hospital = self._keeper(department)
        return {"department": department, "hospital": hospital, "person": self.chosen(PERSON)}

    def _keeper(self, department: str) -> str:
        [body] = find_all(self.work, "HealthcareService", ("_id", department))
        return id_of(body.get("providedBy"), "Organization")

    def times(self) -> dict[str, Any]:
        """The slot, or the other time that was typed."""
        if SLOT not in self.offer.fields:
            return {}
        slot, start = self.chosen(SLOT), self._other_time()
        if slot and start:
            self.wrong(SLOT, _ONE)
        told = any(self.name(field) in self.errors for field in _TIMES)
        if not (slot or start or told) and self.offer.event is not Event.ACCEPT:
            self.wrong(SLOT, _WHEN)
        self._same_department(slot)
        return {"slot": slot, "start_at": start}

    def _same_department(self, slot: str) -> None:
        names = dict(self.asked.departments)
        department = next((s.department_id for s in self.asked.slots if s.id == slot), "")
        if slot and DEPARTMENT in self.offer.fields and self.given(DEPARTMENT) != department:
            self.wrong(SLOT, _MISMATCH, department=names.get(department, ""))

    def _other_time(self) -> Instant:
        day, clock = self.day(DAY), self._clock()
        if (day is None) != (clock is None):
            missing = TIME if clock is None else DAY
            if not {self.name(DAY), self.name(TIME)} & self.errors.keys():
                self.wrong(missing, _DAY_TOO)
            return 0
        if day is None or clock is None:
            return 0
        at = instant_of(datetime.combine(day, clock, SHANGHAI))
        if not self.work.now < at < self.work.now + _AHEAD // timedelta(microseconds=1):
            self.wrong(DAY, _LATER)
        return at

    def _clock(self) -> time | None:
        text = half_width(self.given(TIME))
        found = _CLOCK.fullmatch(text)
        if text and not found:
            self.wrong(TIME, _TIME)
        return time(int(found[1]), int(found[2])) if found else None

    def day(self, field: str) -> date | None:
        text = self.given(field)
        try:
            return parse_date(text) if text else None
        except InvalidValue as invalid:
            self.errors.setdefault(self.name(field), invalid.message)
            return None

    def until(self) -> date | None:
        day = self.day(UNTIL)
        if day is not None and day < self.work.today:
            self.wrong(UNTIL, _STAY)
        return day


def reasons_of(event: Event) -> Mapping[str, str]:
    """The reasons of a move: codes with their Chinese titles."""
    return dict(catalogue.choices(_set(event)))


def wordy_reasons(event: Event) -> frozenset[str]:
    """The reasons that want words beside them."""
    return catalogue.code_set(_set(event)).with_text


def _set(event: Event) -> str:
    return REASONS[event].rpartition("nbphs3-")[2]
