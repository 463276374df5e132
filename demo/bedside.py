"""Care at home and training: the home bed of the frail, rehabilitation after a stroke."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Final

from demo.answering import Managed, record
from demo.chart import Chart, tenths
from demo.clinic import visit
from demo.course import Course
from demo.enrolments import close, enrol
from demo.findings import MODES, NONE, YES, pressure
from demo.habits import Habits, Values
from health.api import VISIT_DATE, VISIT_MODE, programme_of

HOME_BED: Final = "home-bed"
REHABILITATION: Final = "rehabilitation"
_FROM_AGE: Final = 75
_ITEMS: Final = (
    "turning", "sitting", "standing", "transfer", "walking", "stairs", "eating", "dressing",
    "washing", "toilet", "talking", "housework", "social",
)  # fmt: skip
_MOST: Final = 26


def care_at_home(chart: Chart, age: int, courses: Sequence[Course], kept: Habits) -> None:
    """What those need who do not get about, in the last months of their history."""
    if kept.frail and age >= _FROM_AGE and chart.chance(30):
        _home_bed(chart, courses)
    if any(one.name == "stroke" for one in courses) and chart.chance(22):
        _rehabilitation(chart, courses)


def _begun(chart: Chart, low: int, high: int) -> date | None:
    """A day so many days before the end of the history; None where it has not begun by then."""
    day = chart.open_day(chart.last - timedelta(days=chart.between(low, high)))
    return day if max(chart.first, chart.opened) <= day <= chart.last else None


def _home_bed(chart: Chart, courses: Sequence[Course]) -> None:
    """One in four has only been applied for; the others are visited every week or two."""
    since = _begun(chart, 2, 80)
    if since is None:
        return
    place = _place(chart, HOME_BED, since)
    if not chart.closed_for and chart.chance(25):
        place.enrolment["status"] = "waitlist"
        return
    day = since
    while day <= chart.last:
        _write(chart, place, day, "家庭病床查床", _round(chart, day, courses, place))
        day = _again(chart, place, day, 2)
    _end(chart, place)


def _round(chart: Chart, day: date, courses: Sequence[Course], place: Managed) -> Values:
    systolic, diastolic = pressure(chart, courses, day)
    values: Values = {
        "complaint": "卧床，食欲可，夜间睡眠一般",
        "examination": "神志清，双肺呼吸音清，骶尾部皮肤完整",
        "temperature": tenths(chart.spread(365, 2)),
        "heart-rate": chart.spread(76, 6),
        "respiration": chart.between(16, 20),
        "systolic": systolic,
        "diastolic": diastolic,
        "course": "1" if chart.chance(90) else "2",
        "treatment-done": "更换导尿管，指导翻身和压疮预防",
        "education": YES,
        "senior": YES if len(place.earlier) % 4 == 0 else NONE,
    }
    if len(place.earlier) > 1:
        values["plan-fixed"] = YES
    return values


def _rehabilitation(chart: Chart, courses: Sequence[Course]) -> None:
    """An evaluation about every thirty days; most gain a little each time."""
    since = _begun(chart, 20, 170)
    if since is None or since < min(one.known for one in courses if one.name == "stroke"):
        return
    place = _place(chart, REHABILITATION, since)
    score, day, number = chart.between(6, 14), since, 0
    while day <= chart.last:
        number += 1
        values = _evaluation(score, number)
        _write(chart, place, day, "康复训练评估", values)
        if "goal-reached" in values:
            break
        day = _again(chart, place, day, 4)
        score = min(score + chart.between(0, 4), _MOST)
    _end(chart, place)


def _evaluation(score: int, number: int) -> Values:
    """The thirteen items with together so many points, the easier ones first."""
    values: Values = {"stage": "1" if number == 1 else "2", "education": YES}
    for place, key in enumerate(_ITEMS):
        values[key] = str(max(0, min(2, score - 2 * place)))
    if score >= _MOST - 2 and number > 1:
        values["goal-reached"] = YES
    return values


def _again(chart: Chart, place: Managed, day: date, most: int) -> date:
    """The next visit: up to so many days before it is due."""
    come = place.due - timedelta(days=chart.between(0, most))
    return chart.open_day(max(come, day + timedelta(days=1)))


def _place(chart: Chart, name: str, since: date) -> Managed:
    programme = programme_of(name)
    return Managed(programme, since, since, enrol(chart, programme, since))


def _write(chart: Chart, place: Managed, day: date, reason: str, values: Values) -> None:
    """A visit at home with the answer."""
    visit(chart, day, reason, how="HH")
    encounter = chart.resources[-1]
    encounter["episodeOfCare"] = [place.reference]
    asked = {VISIT_DATE: day, VISIT_MODE: MODES["HH"], **values}
    record(chart, place, str(encounter["id"]), asked)


def _end(chart: Chart, place: Managed) -> None:
    if chart.closed_for:
        close(place.enrolment, chart.last + timedelta(days=1), chart.closed_for)
