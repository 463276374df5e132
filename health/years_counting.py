"""What a person's calendar years in the programmes come to: a pure function over facts.

Sources: chronic-disease.md §1.5 (规范管理), indicators.md §1 and §2.6–2.8. Nothing here asks for
today: a deadline that has not passed yet is told as such (`PersonYear.answer_by`), so that a row
stays right until another fact comes.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import zip_longest
from typing import Final, NamedTuple

from health.declare import Action, Programme
from health.parameters import (
    ELDERLY_BY_YEAR,
    EXAMINED_FROM,
    LEAVERS_COUNT,
    RECHECK_DAYS,
    VISITS_OF_QUARTERS,
)
from records.api import COUNTED, VANISHED, ages

_DAY: Final = timedelta(days=1)
_HAPPENED: Final = frozenset({"active", "onhold", "finished"})
"""Statuses of an enrolment that began: what is only applied for, or was not wanted, is none."""
_LOST: Final = "3"
"""失访 in nbphs3-enrol-close-reason and in nbphs3-record-close-reason alike."""
_QUARTERS: Final = 4
_WS_T_598: Final = (140, 90)
"""WS/T 598.4-2018: controlled is below both, at any age (indicators.md HT02)."""


class Kept(NamedTuple):
    """An institution keeps the file from a day until another (exclusive; None = still)."""

    organisation_id: str
    from_on: date
    to_on: date | None


class Enrolled(NamedTuple):
    """An enrolment, as in `health_enrolment`."""

    programme: str
    status: str
    from_on: date
    to_on: date | None
    closed_for: str | None = None
    suspended_on: date | None = None


class FollowUp(NamedTuple):
    """A follow-up, as in `health_follow_up`."""

    programme: str
    done_on: date
    face_to_face: bool = True
    regular: bool = True
    action: str = Action.ROUTINE
    complete: bool = True
    educated: bool = True
    at_target: bool | None = True
    systolic: int | None = None
    diastolic: int | None = None


class Examined(NamedTuple):
    """A health examination, as in `health_examination`."""

    done_on: date
    complete: bool = True
    guided: bool = True


@dataclass(frozen=True, slots=True)
class Person:
    """All facts of a person that the years are counted from, each kind the earliest first.

    `state` is that of the file (`records_file`), `organisation_id` the institution that the Patient
    names, for files without a residence interval.
    """

    id: str
    state: str
    born: date | None = None
    organisation_id: str | None = None
    opened_on: date | None = None
    closed_on: date | None = None
    closed_for: str | None = None
    kept: Sequence[Kept] = ()
    enrolled: Sequence[Enrolled] = ()
    follow_ups: Sequence[FollowUp] = ()
    examinations: Sequence[Examined] = ()


class PersonYear(NamedTuple):
    """A row of `health_year`; the columns are told there."""

    patient_id: str
    organisation_id: str | None
    programme: str
    year: int
    managed: bool
    kept: bool
    from_on: date | None
    to_on: date | None
    age: int | None
    required: int
    face_to_face: int
    lacking: int
    examination_due: bool
    examined: bool
    examination_complete: bool
    guided: bool
    punctual: bool
    answer_by: date | None
    complete: bool
    educated: bool
    standard: bool
    lost: bool
    visited: bool
    measured: bool
    at_target: bool
    below_140_90: bool
    last_on: date | None


class Span(NamedTuple):
    """Days of a year from the first to the last, both included."""

    first: date
    last: date


def years_of(person: Person, programmes: Iterable[Programme], until: int) -> list[PersonYear]:
    """All years of a person up to `until`, programme after programme."""
    if person.state in VANISHED:
        return []
    return [
        row
        for programme in programmes
        for row in (
            _years_by_age(person, programme, until)
            if programme.from_age
            else _years_enrolled(person, programme, until)
        )
    ]


def counted(programme: Programme) -> bool:
    """Whether a programme has years at all: something of it is asked for in each."""
    return bool(programme.yearly or programme.examination or programme.from_age)


def _years_enrolled(person: Person, programme: Programme, until: int) -> Iterator[PersonYear]:
    mine = [
        one
        for one in person.enrolled
        if one.programme == programme.name and one.status in _HAPPENED
    ]
    for year in _touched(((one.from_on, one.to_on) for one in mine), until):
        touching = [one for one in mine if _within(one.from_on, one.to_on, year)]
        spans = [_span(one, person, year) for one in touching]
        spans = [span for span in spans if span.first <= span.last]
        if spans:
            yield _enrolled_year(person, programme, touching, spans, year)


def _touched(intervals: Iterable[tuple[date, date | None]], until: int) -> list[int]:
    """The years that half-open intervals touch, up to one of them."""
    found: set[int] = set()
    for from_on, to_on in intervals:
        last = until if to_on is None else min(until, (to_on - _DAY).year)
        found.update(range(from_on.year, last + 1))
    return sorted(found)


def _within(from_on: date, to_on: date | None, year: int) -> bool:
    return from_on.year <= year and (to_on is None or to_on > date(year, 1, 1))


def _span(one: Enrolled, person: Person, year: int) -> Span:
    """The days of an enrolment in a year; who has left the file has left the programme."""
    last = date(year, 12, 31)
    if one.to_on is not None:
        last = min(last, one.to_on - _DAY)
    if (closed_on := _closed_on(person)) is not None:
        last = min(last, closed_on)
    return Span(max(one.from_on, date(year, 1, 1)), last)


def _closed_on(person: Person) -> date | None:
    """The day on which a file was closed; None for one that is open, also if it was closed once."""
    if person.state in COUNTED:
        return None
    return person.closed_on or (person.kept[-1].to_on if person.kept else None)


def _enrolled_year(
    person: Person,
    programme: Programme,
    enrolled: Sequence[Enrolled],
    spans: Sequence[Span],
    year: int,
) -> PersonYear:
    from_on, left_on = enrolled[0].from_on, max(span.last for span in spans)
    required = required_visits(programme.yearly, spans)
    due = programme.examination and from_on <= date(year, *EXAMINED_FROM.on(date(year, 1, 1)))
    visits = visits_of(person.follow_ups, programme.name, year)
    met = _followed(person, programme, enrolled, year)
    best = best_examination(person.examinations, year)
    lacking = max(0, required - visits.face_to_face)
    lost = _lost(person, enrolled, year)
    kept = left_on == date(year, 12, 31)
    return PersonYear(
        patient_id=person.id,
        organisation_id=keeper_in(person, year),
        programme=programme.name,
        year=year,
        managed=kept or LEAVERS_COUNT.on(date(year, 1, 1)),
        kept=kept,
        from_on=from_on,
        to_on=None if kept and enrolled[-1].to_on is None else _end(enrolled, left_on),
        age=ages(person.born, date(year, 12, 31)),
        required=required,
        face_to_face=visits.face_to_face,
        lacking=lacking,
        examination_due=due,
        examined=best is not None,
        examination_complete=best is not None and best.complete,
        guided=best is not None and best.guided,
        punctual=met.punctual,
        answer_by=met.answer_by,
        complete=visits.complete,
        educated=visits.educated,
        standard=(
            not lacking
            and (not due or (best is not None and best.complete))
            and met.punctual
            and visits.complete
            and visits.educated
        ),
        lost=lost,
        visited=visits.last_on is not None,
        measured=visits.measured,
        at_target=visits.at_target and not lost,
        below_140_90=visits.below_140_90 and not lost,
        last_on=visits.last_on,
    )


def _end(enrolled: Sequence[Enrolled], left_on: date) -> date | None:
    """The end of the last enrolment, or the day after the file was closed."""
    ended = enrolled[-1].to_on
    after = left_on + _DAY
    return after if ended is None or ended < after else ended


def required_visits(yearly: int, spans: Sequence[Span]) -> int:
    """How many face-to-face visits days of a year ask for (§1.5 a).

    One for every calendar quarter that is touched (`VISITS_OF_QUARTERS`); of a programme that asks
    for more or fewer than four a year as many in proportion, rounded up.
    """
    quarters = {
        quarter
        for span in spans
        for quarter in range((span.first.month - 1) // 3, (span.last.month - 1) // 3 + 1)
    }
    asked = VISITS_OF_QUARTERS.on(spans[0].first)[len(quarters)]
    return -(-yearly * asked // _QUARTERS)


class Visits(NamedTuple):
    """What the regular follow-ups of a year come to."""

    face_to_face: int = 0
    complete: bool = True
    educated: bool = False
    measured: bool = False
    at_target: bool = False
    below_140_90: bool = False
    last_on: date | None = None


def visits_of(follow_ups: Iterable[FollowUp], programme: str, year: int) -> Visits:
    """The regular follow-ups of a programme in a year; the last measurement decides (§2.7, §2.8).

    Health education counts as recorded when one of them says so (§1.5 e).
    """
    found = [
        one
        for one in follow_ups
        if one.regular and one.programme == programme and one.done_on.year == year
    ]
    if not found:
        return Visits()
    measured = [one for one in found if one.at_target is not None]
    return Visits(
        face_to_face=sum(one.face_to_face for one in found),
        complete=all(one.complete for one in found),
        educated=any(one.educated for one in found),
        measured=bool(measured),
        at_target=bool(measured and measured[-1].at_target),
        below_140_90=bool(measured) and _below(measured[-1]),
        last_on=found[-1].done_on,
    )


def _below(one: FollowUp) -> bool:
    if one.systolic is None or one.diastolic is None:
        return False
    return one.systolic < _WS_T_598[0] and one.diastolic < _WS_T_598[1]


class Followed(NamedTuple):
    """Whether every visit that asked for another was followed in time; until when the last may."""

    punctual: bool = True
    answer_by: date | None = None


def _followed(
    person: Person, programme: Programme, enrolled: Sequence[Enrolled], year: int
) -> Followed:
    """§1.5 c: every ADJUST, REFER or EMERGENCY of the year was followed by a visit of any kind.

    Who leaves before the deadline (dies, moves away) is not blamed for the visit that did not come.
    """
    mine = [one for one in person.follow_ups if one.programme == programme.name]
    for one, following in zip_longest(mine, mine[1:]):
        if one.done_on.year != year or one.action == Action.ROUTINE:
            continue
        deadline = one.done_on + timedelta(days=RECHECK_DAYS.on(one.done_on))
        left_on = _left_on(person, enrolled, one.done_on)
        if left_on is not None and left_on <= deadline:
            continue
        if following is None:
            return Followed(True, deadline)
        if following.done_on > deadline:
            return Followed(False)
    return Followed()


def _left_on(person: Person, enrolled: Sequence[Enrolled], on: date) -> date | None:
    """The last day of the enrolment in which a day lies; None while it goes on."""
    ends = [one.to_on for one in enrolled if one.from_on <= on]
    ended = ends[-1] - _DAY if ends and ends[-1] is not None else None
    known = [day for day in (ended, _closed_on(person)) if day is not None]
    return min(known, default=None)


def best_examination(examinations: Iterable[Examined], year: int) -> Examined | None:
    """The examination of a year that counts most; of equal ones the last."""
    found = [one for one in examinations if one.done_on.year == year]
    ranked = sorted(
        found, key=lambda one: (one.complete and one.guided, one.complete, one.guided, one.done_on)
    )
    return ranked[-1] if ranked else None


def _lost(person: Person, enrolled: Sequence[Enrolled], year: int) -> bool:
    """Whether somebody is lost at the year's end (or now): suspended, or closed as lost."""
    last = enrolled[-1]
    if last.status == "onhold" and last.suspended_on is not None:
        return last.suspended_on.year <= year
    if last.closed_for == _LOST and last.to_on is not None:
        return (last.to_on - _DAY).year <= year
    closed_on = _closed_on(person)
    return closed_on is not None and person.closed_for == _LOST and closed_on.year <= year


def keeper_in(person: Person, year: int) -> str | None:
    """Who keeps the file at the year's end, else who kept it last within the year.

    Without any interval in the year it is whom the Patient names.
    """
    found = [one for one in person.kept if _within(one.from_on, one.to_on, year)]
    return found[-1].organisation_id if found else person.organisation_id


def _years_by_age(person: Person, programme: Programme, until: int) -> Iterator[PersonYear]:
    """The years of everybody whose file is kept and who is old enough (§4), enrolled or not."""
    days = list(_file_days(person))
    for year in _touched(days, until):
        age = ages(person.born, _age_day(year))
        touching = [one for one in days if _within(*one, year)]
        if age is not None and age >= programme.from_age and touching:
            yield _year_by_age(person, programme, touching, year)


def _age_day(year: int) -> date:
    """The day of a year on which somebody has to be old enough."""
    by_year = ELDERLY_BY_YEAR.on(date(year, 1, 1))
    return date(year, 12, 31) if by_year else date(year, 1, 1)


def _file_days(person: Person) -> Iterator[tuple[date, date | None]]:
    """From when to when files were kept: the residence intervals, else what the Patient says."""
    if person.kept:
        yield from ((one.from_on, one.to_on) for one in person.kept)
    elif person.state in COUNTED and person.opened_on is not None:
        yield person.opened_on, None


def _year_by_age(
    person: Person,
    programme: Programme,
    touching: Sequence[tuple[date, date | None]],
    year: int,
) -> PersonYear:
    best = best_examination(person.examinations, year)
    visits = visits_of(person.follow_ups, programme.name, year)
    managed = best is not None and best.complete and best.guided
    to_on = touching[-1][1]
    return PersonYear(
        patient_id=person.id,
        organisation_id=keeper_in(person, year),
        programme=programme.name,
        year=year,
        managed=managed,
        kept=to_on is None or to_on > date(year, 12, 31),
        from_on=touching[0][0],
        to_on=to_on,
        age=ages(person.born, date(year, 12, 31)),
        required=programme.yearly,
        face_to_face=visits.face_to_face,
        lacking=max(0, programme.yearly - visits.face_to_face),
        examination_due=True,
        examined=best is not None,
        examination_complete=best is not None and best.complete,
        guided=best is not None and best.guided,
        punctual=True,
        answer_by=None,
        complete=visits.complete,
        educated=visits.educated,
        standard=managed,
        lost=False,
        visited=visits.last_on is not None,
        measured=visits.measured,
        at_target=visits.at_target,
        below_140_90=visits.below_140_90,
        last_on=visits.last_on,
    )
