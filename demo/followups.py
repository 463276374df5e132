"""The years of somebody in the programmes: visits when they are due, answers, what is decided.

The programme's own decision says when somebody has to come again; who is prompt comes about then,
others weeks late, and some stay away. What follows from an answer (measurements, plan, figures) is
left to the station that takes it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from demo.answering import Managed, record, record_outcome
from demo.chart import Chart, Visit
from demo.clinic import Drug, prescribe, states_taking, visit
from demo.course import Body, Course
from demo.enrolments import close, enrol, give_up
from demo.findings import Seen, answers, common
from demo.habits import Habits
from health.api import Action, Decision, programme_of

FROM_AGE: Final = 35
_SHARES: Final = {"hypertension": 76, "diabetes": 78, "coronary": 58, "stroke": 60, "copd": 55}
"""Of a hundred who have the illness so many are in the programme; the others should be."""
_TOGETHER: Final = timedelta(days=20)
"""Who comes for one programme is followed up for all that is due within so many days."""


@dataclass(frozen=True, slots=True)
class Followed:
    """An illness and the place in the programme for it."""

    course: Course
    place: Managed


def follow_up(chart: Chart, body: Body, courses: Sequence[Course], kept: Habits) -> list[Course]:
    """The follow-ups of all illnesses that somebody is managed for; those illnesses."""
    days = _days(chart, courses)
    if not days:
        return []
    until = _until(chart, min(days.values()))
    followed = [
        Followed(course, _place(chart, course, days[course.name]))
        for course in courses
        if days.get(course.name, date.max) <= until
    ]
    places = [one.place for one in followed]
    day = min(days.values())
    while day <= until:
        _visit(Seen(chart, body, kept, day, _mode(chart, places, day), courses), followed)
        day = _ask_outcome(chart, places, day, until)
        day = _next_day(chart, kept, day, min(one.due for one in places))
    _end(chart, places, until)
    return [one.course for one in followed]


def _days(chart: Chart, courses: Sequence[Course]) -> dict[str, date]:
    """Since when somebody is managed, by the name of the programme."""
    found = {}
    for course in courses:
        since = chart.open_day(max(course.known, chart.opened))
        grown = since <= chart.last and chart.age_on(since) >= FROM_AGE
        if course.name and grown and chart.chance(_SHARES[course.name]):
            found[course.name] = since
    return found


def _place(chart: Chart, course: Course, since: date) -> Managed:
    programme = programme_of(course.name)
    return Managed(programme, since, since, enrol(chart, programme, since))


def _until(chart: Chart, begun: date) -> date:
    """The last day on which somebody would come: one in eight stays away at some time."""
    return begun + (chart.last - begun) * chart.draw() if chart.chance(12) else chart.last


def _end(chart: Chart, places: Sequence[Managed], until: date) -> None:
    """What becomes of who stays away, and of who died or moved."""
    bodies = [one.enrolment for one in places]
    if chart.closed_for:
        for one in places:
            close(one.enrolment, chart.last + timedelta(days=1), chart.closed_for)
    elif until < chart.last:
        give_up(chart, bodies, min(one.due for one in places))


def _next_day(chart: Chart, kept: Habits, day: date, due: date) -> date:
    """When somebody comes who is due by a day."""
    if not kept.prompt and chart.chance(45):
        come = due + timedelta(days=chart.between(3, 40))
    elif (due - day).days > 31:
        come = due + timedelta(days=chart.between(-10, 2))
    else:
        come = due - timedelta(days=chart.between(0, 2))
    return max(chart.working_day(come), day + timedelta(days=1))


def mode(chart: Chart, age: int) -> str:
    """How somebody is seen: the class of the Encounter."""
    if chart.chance(7):
        return "VR"
    return "HH" if chart.chance(22 if age >= 75 else 4) else "AMB"


def _mode(chart: Chart, places: Sequence[Managed], day: date) -> str:
    """The first visit is at the station."""
    return mode(chart, chart.age_on(day)) if any(one.earlier for one in places) else "AMB"


def _visit(seen: Seen, followed: Sequence[Followed]) -> None:
    """One visit with an answer to the form of everything that is due."""
    chart, day = seen.chart, seen.day
    due = [o for o in followed if o.place.since <= day and o.place.due - _TOGETHER <= day]
    if not due:
        return  # too early for an illness that becomes known within days
    reason = "、".join(str(one.place.programme.short) for one in due) + "随访"
    problems = [one.course.condition for one in due]
    came = visit(chart, day, reason, how=seen.how, diagnoses=problems)
    encounter = chart.resources[-1]
    encounter["episodeOfCare"] = [one.place.reference for one in due]
    shared = common(seen)
    for one in due:
        values = answers(one.place.programme, seen, one.course, shared)
        decided = record(chart, one.place, str(encounter["id"]), values)
        _treat(chart, one.course, decided, came)


def _ask_outcome(chart: Chart, places: Sequence[Managed], day: date, until: date) -> date:
    """Most who were referred are telephoned within two weeks: the day of it, or of the visit."""
    asked = [
        one
        for one in places
        if one.earlier
        and one.earlier[0].on == day
        and one.earlier[0].action.severity >= Action.REFER.severity
    ]
    on = chart.open_day(day + timedelta(days=chart.between(8, 12)))
    if not asked or on > until or not chart.chance(85):
        return day
    visit(chart, on, "转诊情况随访", how="VR")
    encounter_id = str(chart.resources[-1]["id"])
    for one in asked:
        record_outcome(chart, one, encounter_id, on)
    return on


def _treat(chart: Chart, course: Course, decided: Decision, came: Visit) -> None:
    """A drug at the first visit; another one, and relief, where the norm asks to adjust."""
    course.visits += 1
    drugs = course.illness.drugs
    if course.visits == 1:
        if chart.chance(85):
            _give(chart, course, drugs[0 if chart.chance(60) else -1], came)
        return
    if decided.action is Action.ROUTINE:
        return
    others = [drug for drug in drugs if drug not in course.drugs]
    if others and chart.chance(45):
        _give(chart, course, others[chart.between(0, len(others) - 1)], came)
    if chart.chance(60):
        most = 12 if decided.action is Action.ADJUST else 18
        course.ease(chart.between(3, most) / 100)


def _give(chart: Chart, course: Course, drug: Drug, came: Visit) -> None:
    course.drugs.append(drug)
    written = prescribe(chart, drug, came, course.condition, status="active")
    if chart.chance(12):
        states_taking(chart, drug, written, came)
