"""Once a year: the health examination, and the assessment of the elderly beside it."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Final

from demo.answering import Managed, record
from demo.chart import Chart
from demo.course import Body, Course
from demo.enrolments import close, enrol
from demo.examination import Found, examine
from demo.findings import NONE, YES, Seen
from demo.habits import Habits, Values, in_general, taken
from health.api import VISIT_DATE, VISIT_MODE, programme_of

FROM_AGE: Final = 65
YOUNGER: Final = 35
ELDERLY: Final = "elderly"
_SELF_CARE: Final = ("eating", "washing", "dressing", "toilet", "moving")
_DISEASES: Final = {"I10": "2", "E11.9": "3", "I25.1": "4", "J44.9": "5", "I63.9": "7"}
"""Codes of nbphs3-past-disease by WHO code."""
_RECHECK: Final = "4"


def examine_yearly(chart: Chart, body: Body, courses: Sequence[Course], kept: Habits) -> None:
    """The examinations of the old and of who is followed up, most years of the window."""
    managed: Managed | None = None
    chronic = any(course.name for course in courses) and chart.age_on(chart.last) >= YOUNGER
    for year in range(chart.first.year, chart.last.year + 1):
        old = year - chart.born.year >= FROM_AGE
        wanted = 84 if old else 80 if chronic else 0
        day = chart.open_day(date(year, 2, 10) + timedelta(days=int(chart.draw() * 265)))
        known = max(chart.first, min(chart.opened, chart.last + timedelta(days=1)))
        if not chart.chance(wanted) or not known <= day <= chart.last:
            continue
        if old and chart.chance(94):
            managed = managed or _enrolled(chart, day)
            found = examine(chart, body, courses, day, kept)
            _assess(chart, managed, found, Seen(chart, body, kept, day, "AMB", courses))
        else:
            examine(chart, body, courses, day, kept)
    if managed is not None and chart.closed_for:
        close(managed.enrolment, chart.last + timedelta(days=1), chart.closed_for)


def _enrolled(chart: Chart, day: date) -> Managed:
    programme = programme_of(ELDERLY)
    return Managed(programme, day, day, enrol(chart, programme, day))


def _assess(chart: Chart, managed: Managed, found: Found, seen: Seen) -> None:
    """The assessment on the day of the examination."""
    found.encounter["episodeOfCare"] = [managed.reference]
    kept = seen.habits
    values: Values = {
        VISIT_DATE: seen.day,
        VISIT_MODE: "1",
        "self-health": found.values["self-health"],
        "symptoms": found.values["symptoms"],
        "past-disease": _diseases(seen) or (NONE,),
        **in_general(kept),
        **{f"self-care-{key}": "3" if kept.frail and key in _FRAIL else "1" for key in _SELF_CARE},
        "cognition": NONE,
        "emotion": NONE,
        "guidance": ("1", "4"),
        "education": YES,
    }
    drugs = [drug for course in seen.courses for drug in course.drugs]
    if drugs:
        values["drugs"] = taken(drugs)
    if chart.chance(4):
        values["findings"] = (_RECHECK,)
    record(chart, managed, str(found.encounter["id"]), values)


_FRAIL: Final = frozenset({"washing", "dressing", "eating"})
"""What the frail need help with: three points each, nine in all."""


def _diseases(seen: Seen) -> tuple[str, ...]:
    known = {c.illness.diagnosis.who for c in seen.courses if c.known <= seen.day}
    return tuple(code for who, code in _DISEASES.items() if who in known)
