"""The first pressure or glucose of a year of who is not known to be ill, and its rechecks."""

from collections.abc import Callable, Sequence
from datetime import date, timedelta
from typing import Final

from demo.answering import Managed, record
from demo.chart import Chart, tenths
from demo.clinic import visit
from demo.course import Body, Course
from demo.enrolments import close, enrol
from demo.findings import YES
from demo.habits import Values
from health.api import VISIT_DATE, VISIT_MODE, programme_of

PRESSURE: Final = "pressure-screening"
GLUCOSE: Final = "glucose-screening"
_YEAR: Final = 365
_RAISED: Final = 7
"""Of a hundred who are measured so many are above normal, most of them on every day."""


def screen(chart: Chart, body: Body, age: int, courses: Sequence[Course]) -> None:
    """Some of those who have neither illness were measured within the last year."""
    names = {one.name for one in courses}
    if age >= 35 and "hypertension" not in names and chart.chance(24):
        _measure(chart, body, PRESSURE, _pressures)
    if age >= 45 and "diabetes" not in names and chart.chance(14):
        _measure(chart, body, GLUCOSE, _glucose)


def _pressures(chart: Chart, raised: bool) -> Values:
    systolic = chart.between(142, 158) if raised else min(chart.spread(124, 6), 138)
    return {"systolic": systolic, "diastolic": round(systolic * 0.6)}


def _glucose(chart: Chart, raised: bool) -> Values:
    return {"fasting-glucose": tenths(chart.between(72, 84) if raised else chart.spread(54, 3))}


def _measure(chart: Chart, body: Body, name: str, found: Callable[[Chart, bool], Values]) -> None:
    """One measurement, or up to three on different days where it is raised."""
    day = chart.open_day(chart.last - timedelta(days=chart.between(0, _YEAR - 1)))
    if not max(chart.first, chart.opened) <= day <= chart.last:
        return
    programme = programme_of(name)
    place = Managed(programme, day, day, enrol(chart, programme, day))
    raised = chart.chance(_RAISED)
    for _number in range(3 if raised else 1):
        _write(chart, body, place, day, found(chart, raised))
        day = chart.open_day(place.due - timedelta(days=chart.between(2, 8)))
        if day > chart.last:
            break
    if chart.closed_for:
        close(place.enrolment, chart.last + timedelta(days=1), chart.closed_for)


def _write(chart: Chart, body: Body, place: Managed, day: date, found: Values) -> None:
    visit(chart, day, str(place.programme.title))
    encounter = chart.resources[-1]
    encounter["episodeOfCare"] = [place.reference]
    values: Values = {
        VISIT_DATE: day,
        VISIT_MODE: "1",
        "weight": tenths(body.weight()),
        "height": tenths(body.height),
        "waist": tenths(body.waist()),
        "education": YES,
        **found,
    }
    record(chart, place, str(encounter["id"]), values)
