"""The residents whom the tours of docs/demo.md visit: couples of the first station, with a part.

Two are due for everything today, one had a high pressure two weeks ago, one is well controlled.
Who plays is the first that fits, so that it depends on the seed and the day alone.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import islice
from typing import Final

from demo.answering import Managed, record
from demo.chart import Chart, tenths
from demo.clinic import prescribe, problem, visit
from demo.course import Body, Course
from demo.directory import Resource
from demo.enrolments import enrol
from demo.findings import NONE, Seen, answers, common
from demo.habits import Habits, Values
from demo.illness import CHRONIC
from demo.person import OPENED_ON
from demo.population import Household
from health.api import NEXT_DATE, programme_of

STATION: Final = "station-1"
_KNOWN_FOR: Final = timedelta(days=400)
_YEARS: Final = (50, 75)


@dataclass(frozen=True, slots=True)
class Found:
    """A follow-up so many days ago: pressure in mmHg, fasting glucose in tenths of mmol/L."""

    ago: int
    systolic: int
    diastolic: int
    glucose: int = 62


@dataclass(frozen=True, slots=True)
class Part:
    """What somebody plays: illnesses (programmes), follow-ups; whether the next one is today."""

    programmes: tuple[str, ...]
    visits: tuple[Found, ...]
    due_today: bool = True


_HUSBAND: Final = Part(
    ("hypertension", "diabetes"),
    (Found(358, 142, 88, 74), Found(344, 136, 84, 68), Found(255, 134, 82, 64),
     Found(171, 136, 84, 63), Found(88, 132, 80, 61)),
)  # fmt: skip
_WIFE: Final = Part(
    ("hypertension",),
    (Found(344, 136, 82), Found(255, 132, 80), Found(171, 134, 84), Found(88, 130, 78)),
)
_ABOVE: Final = Part(
    ("hypertension",),
    (Found(292, 138, 84), Found(203, 136, 82), Found(106, 134, 84), Found(14, 154, 96)),
    due_today=False,
)
_STEADY: Final = Part(
    ("hypertension",),
    (Found(310, 138, 84), Found(222, 134, 82), Found(131, 136, 84), Found(40, 132, 80)),
    due_today=False,
)
_COUPLES: Final[tuple[tuple[Part | None, ...], ...]] = (
    (_HUSBAND, _WIFE),
    (None, _STEADY),
    (_ABOVE,),
)
"""The parts in the first couples that fit, in the order of the members."""


def casting(homes: Iterable[Household], today: date) -> Mapping[str, Part]:
    """Who plays which part, by the id of the Patient; the same however often it is asked."""
    couples = islice((home for home in homes if _fits(home, today)), len(_COUPLES))
    return {
        patient["id"]: part
        for home, parts in zip(couples, _COUPLES, strict=False)
        for patient, part in zip(home.patients, parts, strict=False)
        if part is not None
    }


def referred(parts: Mapping[str, Part]) -> str | None:
    """Whom the first station's doctor refers on the morning of the tour; None in a tiny city."""
    return next((id_ for id_, part in parts.items() if part is _STEADY), None)


def _fits(home: Household, today: date) -> bool:
    """Two of the station who are neither young nor very old and have been known for a year."""
    if home.station_id != STATION or len(home.patients) != len(_HUSBAND.programmes):
        return False
    return all(_known(patient, today) for patient in home.patients)


def _known(patient: Resource, today: date) -> bool:
    opened = [one["valueDate"] for one in patient["extension"] if one["url"] == OPENED_ON]
    age = (today - date.fromisoformat(patient["birthDate"])).days / 365.25
    since = date.fromisoformat(opened[0]) if opened else today
    return bool(patient["active"]) and _YEARS[0] < age < _YEARS[1] and today - since > _KNOWN_FOR


def play(chart: Chart, body: Body, kept: Habits, part: Part) -> list[Course]:
    """Write the part: problems, enrolments and follow-ups; the illnesses."""
    today = chart.last + timedelta(days=1)
    first = today - timedelta(days=part.visits[0].ago)
    courses = [_course(chart, name, first) for name in part.programmes]
    places = [_place(chart, course, first) for course in courses]
    for number, found in enumerate(part.visits, start=1):
        last = number == len(part.visits)
        wanted = {NEXT_DATE: today} if last and part.due_today else {}
        day = today - timedelta(days=found.ago)
        _visit(Seen(chart, body, kept, day, "AMB", courses), places, found, wanted)
    return courses


def _course(chart: Chart, name: str, known: date) -> Course:
    (illness,) = (one for one in CHRONIC if Course.named(one) == name)
    course = Course(chart, illness, known - timedelta(days=900), known, True, 132, 132)
    course.condition = problem(chart, illness.diagnosis, course.onset, known)
    return course


def _place(chart: Chart, course: Course, since: date) -> Managed:
    programme = programme_of(course.name)
    return Managed(programme, since, since, enrol(chart, programme, since))


def _visit(seen: Seen, places: Sequence[Managed], found: Found, wanted: Values) -> None:
    chart, courses = seen.chart, seen.courses
    reason = "、".join(str(one.programme.short) for one in places) + "随访"
    came = visit(chart, seen.day, reason, diagnoses=[one.condition for one in courses])
    encounter = chart.resources[-1]
    encounter["episodeOfCare"] = [one.reference for one in places]
    shared = common(seen)
    for course, place in zip(courses, places, strict=True):
        if not course.drugs:
            course.drugs = [course.illness.drugs[0]]
            prescribe(chart, course.drugs[0], came, course.condition, status="active")
        told = {
            **answers(place.programme, seen, course, shared),
            **_as_told(found, place),
            **wanted,
        }
        told.pop("new-complication", None)
        told.pop("adr.2", None)
        record(chart, place, str(encounter["id"]), told)


def _as_told(found: Found, place: Managed) -> Values:
    values: Values = {
        "systolic": found.systolic,
        "diastolic": found.diastolic,
        "symptoms": (NONE,),
        "adr": NONE,
    }
    glucose = {"fasting-glucose": tenths(found.glucose)}
    return values | (glucose if place.programme.name == "diabetes" else {})
