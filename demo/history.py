"""The plausible clinical history of one resident, in the years up to yesterday.

Chronic patients have a course: controlled, uncontrolled, or improving under a second drug. Most
are managed in a programme and answer its form at every follow-up; some fall off. Old people have
yearly examinations and assessments, small children vaccinations, and everybody sometimes a cold.
About ten resources a resident on average in three years, beside what follows from the answers.

The history depends on the patient, the seed, `today`, the years and the directory alone. Each
resource comes after those that it refers to. Nothing is later than yesterday, a record's closing
or a death. Parts that never change are shared: treat what comes out as read-only.
"""

from collections.abc import Sequence
from datetime import date, timedelta
from random import Random
from typing import Final

from demo.bedside import care_at_home
from demo.chart import Chart, Visit, tenths, whole
from demo.clinic import (
    acute,
    allergy,
    family_history,
    immunise,
    prescribe,
    problem,
    procedure,
    states_taking,
    visit,
)
from demo.course import Body, Course, chronic_courses, growth
from demo.directory import Directory, Resource
from demo.findings import pressure
from demo.followups import follow_up, mode
from demo.habits import Habits, habits
from demo.illness import (
    ACUTE,
    ALLERGIES,
    CHILDHOOD,
    DIABETES,
    FAMILY_ILLNESSES,
    HYPERTENSION,
    INFLUENZA,
    PROCEDURES,
    SCHEDULE,
)
from demo.measures import (
    FASTING_CAPILLARY,
    HEIGHT,
    PULSE,
    TEMPERATURE,
    WEIGHT,
    observe,
    observe_pressure,
)
from demo.notes import past_notes
from demo.person import CLOSED_ON, CLOSING, OPENED_ON
from demo.screening import screen
from demo.tour import Part, play
from demo.yearly import examine_yearly

YEARS: Final = 3
"""How far back a history goes unless told otherwise, in years of 365 days."""


def history(
    patient: Resource,
    *,
    seed: int,
    today: date,
    directory: Directory,
    years: int = YEARS,
    part: Part | None = None,
) -> list[Resource]:
    """The history of a Patient made by `demo.population.households`, so many years of it.

    May be empty, and is for 0 years. Who has a `part` plays it instead of being ill by chance.
    """
    chart = _chart(patient, seed, today, directory, years)
    if chart.first > chart.last:
        return []
    age = chart.age_on(chart.last)
    if age >= 15:
        _background(chart, age)
        body = Body(chart, age)
        kept = habits(chart, age)
        courses = play(chart, body, kept, part) if part else _ill(chart, body, age, kept)
        examine_yearly(chart, body, courses, kept)
    if age < 7:
        _vaccinations(chart)
        _child_checks(chart)
    _passing_illnesses(chart, age, years)
    if age >= 60 and chart.chance(28):
        immunise(chart, INFLUENZA.codes, chart.some_day(), 1)
    if age >= 15:
        care_at_home(chart, age, courses, kept)
        screen(chart, body, age, courses)
    past_notes(chart)
    return chart.resources


def _chart(patient: Resource, seed: int, today: date, directory: Directory, years: int) -> Chart:
    born = date.fromisoformat(patient["birthDate"])
    last = (_told(patient, CLOSED_ON) or today) - timedelta(days=1)
    station = patient["managingOrganization"]["reference"].removeprefix("Organization/")
    draw = Random(f"{seed}:{patient['id']}").random  # noqa: S311 -- synthetic, not a secret
    first = max(born, today - timedelta(days=years * 365))
    if (today - born).days > 15 * 365:
        # Not everybody has been known electronically for all the time.
        first += timedelta(days=int(draw() * 0.8 * max((last - first).days, 0)))
    return Chart(
        patient_id=patient["id"],
        site=directory.station_by_id[station],
        draw=draw,
        born=born,
        sex=patient["gender"],
        first=first,
        last=last,
        opened=_told(patient, OPENED_ON) or date.max,
        closed_for=_closed_for(patient),
    )


def _told(patient: Resource, url: str) -> date | None:
    """A day that the file tells."""
    found = [one["valueDate"] for one in patient["extension"] if one["url"] == url]
    return date.fromisoformat(found[0]) if found else None


def _closed_for(patient: Resource) -> str:
    """The code of the reason for which the file was closed; nothing where it is open."""
    found = [one for one in CLOSING.values() if one in patient["extension"]]
    codes = [one["valueCodeableConcept"]["coding"][0]["code"] for one in found]
    return codes[0] if codes else ""


def _background(chart: Chart, age: int) -> None:
    if chart.chance(3.5):
        code, name = ALLERGIES[chart.between(0, len(ALLERGIES) - 1)]
        allergy(chart, code, name, chart.some_day())
    if age >= 18 and chart.chance(9):
        illness = FAMILY_ILLNESSES[chart.between(0, len(FAMILY_ILLNESSES) - 1)]
        family_history(chart, illness, chart.some_day())


def _ill(chart: Chart, body: Body, age: int, kept: Habits) -> list[Course]:
    """Problems first, then the follow-ups of who is managed, and visits for all the rest."""
    courses = chronic_courses(chart, age)
    for course in courses:
        course.condition = problem(chart, course.illness.diagnosis, course.onset, course.known)
    managed = follow_up(chart, body, courses, kept)
    others = [course for course in courses if course not in managed]
    if others:
        _come_now_and_then(chart, body, others)
    return courses


def _come_now_and_then(chart: Chart, body: Body, courses: Sequence[Course]) -> None:
    """Who is in no programme comes when a prescription has run out."""
    day = min(course.known for course in courses) + timedelta(days=chart.between(0, 45))
    while day <= chart.last:
        known = [course for course in courses if course.known <= day]
        how = mode(chart, chart.age_on(day))
        seen = visit(
            chart,
            chart.working_day(day),
            f"{'、'.join(course.illness.diagnosis.name for course in known)}复诊",
            how=how,
            diagnoses=[course.condition for course in known],
        )
        for course in known:
            _measure(chart, course, seen)
            _treat(chart, course, seen)
        if how != "VR" and chart.chance(45):
            observe(chart, WEIGHT, tenths(body.weight()), seen)
        day += timedelta(days=chart.between(80, 260))


def _measure(chart: Chart, course: Course, seen: Visit) -> None:
    diagnosis = course.illness.diagnosis
    if diagnosis is HYPERTENSION:
        observe_pressure(chart, *pressure(chart, [course], seen.day), seen)
        if chart.chance(40):
            observe(chart, PULSE, whole(chart.spread(74, 6)), seen)
    elif diagnosis is DIABETES:
        observe(chart, FASTING_CAPILLARY, tenths(course.reading(6)), seen)


def _treat(chart: Chart, course: Course, seen: Visit) -> None:
    """A drug at the first visit."""
    course.visits += 1
    drugs = course.illness.drugs
    if course.visits == 1 and chart.chance(85):
        drug = drugs[0] if chart.chance(60) else drugs[chart.between(0, len(drugs) - 1)]
        course.drugs.append(drug)
        written = prescribe(chart, drug, seen, course.condition, status="active")
        if chart.chance(12):
            states_taking(chart, drug, written, seen)


def _vaccinations(chart: Chart) -> None:
    """Every vaccination of the programme that fell due in the window, a few days late."""
    for vaccine in SCHEDULE:
        for number, month in enumerate(vaccine.months, start=1):
            late = chart.between(0, 1) if month == 0 else chart.between(0, 20)
            day = chart.born + timedelta(days=round(month * 30.44) + late)
            if chart.first <= day <= chart.last and chart.chance(97):
                immunise(chart, vaccine.codes, day, number)


def _child_checks(chart: Chart) -> None:
    for month in (1, 3, 6, 8, 12, 18, 24, 36, 48, 60, 72):
        due = chart.born + timedelta(days=round(month * 30.44) + chart.between(0, 12))
        day = chart.working_day(due)
        if not chart.first <= day <= chart.last or chart.chance(35):
            continue
        seen = visit(chart, day, "儿童健康检查", how="HH" if month == 1 else "AMB")
        height, weight = growth(chart, month)
        observe(chart, HEIGHT, tenths(height), seen)
        observe(chart, WEIGHT, tenths(weight), seen)


def _passing_illnesses(chart: Chart, age: int, years: int) -> None:
    table = CHILDHOOD if age < 14 else ACUTE
    often = _another(0.45 if age < 14 or age >= 60 else 0.36, years)
    while chart.draw() < often:
        illness = table[chart.between(0, len(table) - 1)]
        seen = visit(chart, chart.some_day(), illness.diagnosis.name)
        condition = acute(chart, illness.diagnosis, seen, illness.days + chart.between(0, 4))
        if illness.fever and chart.chance(60):
            observe(chart, TEMPERATURE, tenths(chart.spread(376, 6)), seen)
        if illness.drug and chart.chance(80):
            prescribe(chart, illness.drug, seen, condition)
    if chart.chance(4):
        code, name = PROCEDURES[chart.between(0, len(PROCEDURES) - 1)]
        procedure(chart, code, name, visit(chart, chart.some_day(), name))


def _another(chance: float, years: int) -> float:
    """The chance of one more illness, so that their mean number grows with the years.

    `chance` is that of `YEARS` years; a geometric number has the mean chance / (1 - chance).
    """
    return chance * years / (chance * years + (1 - chance) * YEARS)
