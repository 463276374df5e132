"""The plausible clinical history of one resident, in the years up to yesterday.

Chronic patients have a course: controlled, uncontrolled, or improving under a second drug; some
fall off from follow-up. Old people have yearly examinations, small children vaccinations, and
everybody sometimes a cold. About ten resources a resident on average in three years.

The history depends on the patient, the seed, `today`, the years and the directory alone. Each
resource comes after those that it refers to. Nothing is later than yesterday, a record's closing
or a death. Parts that never change are shared: treat what comes out as read-only.
"""

from collections.abc import Sequence
from datetime import date, timedelta
from random import Random
from typing import Final

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
from demo.examination import examine
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
from demo.person import CLOSED_ON

YEARS: Final = 3
"""How far back a history goes unless told otherwise, in years of 365 days."""


def history(
    patient: Resource, *, seed: int, today: date, directory: Directory, years: int = YEARS
) -> list[Resource]:
    """The history of a Patient made by `demo.population.households`, so many years of it.

    May be empty, and is for 0 years.
    """
    chart = _chart(patient, seed, today, directory, years)
    if chart.first > chart.last:
        return []
    age = chart.age_on(chart.last)
    if age >= 15:
        _background(chart, age)
        body = Body(chart, age)
        courses = chronic_courses(chart, age)
        _follow_up(chart, body, courses)
        if age >= 65:
            _yearly_examinations(chart, body, courses)
    if age < 7:
        _vaccinations(chart)
        _child_checks(chart)
    _passing_illnesses(chart, age, years)
    if age >= 60 and chart.chance(28):
        immunise(chart, INFLUENZA.codes, chart.some_day(), 1)
    past_notes(chart)
    return chart.resources


def _chart(patient: Resource, seed: int, today: date, directory: Directory, years: int) -> Chart:
    born = date.fromisoformat(patient["birthDate"])
    last = _end(patient, today) - timedelta(days=1)
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
    )


def _end(patient: Resource, today: date) -> date:
    """The day on which the record was closed by death or moving, else today."""
    for extension in patient["extension"]:
        if extension["url"] == CLOSED_ON:
            return date.fromisoformat(extension["valueDate"])
    return today


def _background(chart: Chart, age: int) -> None:
    if chart.chance(3.5):
        code, name = ALLERGIES[chart.between(0, len(ALLERGIES) - 1)]
        allergy(chart, code, name, chart.some_day())
    if age >= 18 and chart.chance(9):
        illness = FAMILY_ILLNESSES[chart.between(0, len(FAMILY_ILLNESSES) - 1)]
        family_history(chart, illness, chart.some_day())


def _follow_up(chart: Chart, body: Body, courses: Sequence[Course]) -> None:
    """Conditions first, then about quarterly visits for all that is known by then together."""
    if not courses:
        return
    for course in courses:
        course.condition = problem(chart, course.illness.diagnosis, course.onset, course.known)
    days = _follow_up_days(chart, courses)
    for number, day in enumerate(days):
        known = [course for course in courses if course.known <= day]
        how = _mode(chart, chart.age_on(day))
        seen = visit(
            chart,
            day,
            f"{'、'.join(course.illness.diagnosis.name for course in known)}随访",
            how=how,
            diagnoses=[course.condition for course in known],
        )
        for course in known:
            _measure(chart, course, number / len(days), seen)
            _treat(chart, course, seen)
        if how != "VR" and chart.chance(45):
            observe(chart, WEIGHT, tenths(body.weight()), seen)


def _follow_up_days(chart: Chart, courses: Sequence[Course]) -> list[date]:
    """Roughly every quarter since the illness is known here; one in six falls off."""
    day = min(course.known for course in courses) + timedelta(days=chart.between(0, 45))
    end = chart.last
    if chart.chance(16):
        end = chart.first + (end - chart.first) * chart.draw()
    days: list[date] = []
    while day <= end:
        days.append(chart.working_day(day))
        day += timedelta(days=chart.between(14, 16) if chart.chance(5) else chart.between(78, 112))
    return days


def _mode(chart: Chart, age: int) -> str:
    if chart.chance(10):
        return "VR"
    return "HH" if chart.chance(22 if age >= 75 else 3) else "AMB"


def _measure(chart: Chart, course: Course, progress: float, seen: Visit) -> None:
    diagnosis = course.illness.diagnosis
    if diagnosis is HYPERTENSION:
        systolic = course.level(progress, 7)
        diastolic = min(round(systolic * 0.42 + chart.spread(25, 4)), systolic - 20)
        observe_pressure(chart, systolic, diastolic, seen)
        if chart.chance(40):
            observe(chart, PULSE, whole(chart.spread(74, 6)), seen)
    elif diagnosis is DIABETES:
        observe(chart, FASTING_CAPILLARY, tenths(course.level(progress, 6)), seen)


def _treat(chart: Chart, course: Course, seen: Visit) -> None:
    """A drug at the first visit; one more at the third for who is not controlled."""
    course.visits += 1
    drugs = course.illness.drugs
    if course.visits == 1 and chart.chance(85):
        course.drug = drugs[0] if chart.chance(60) else drugs[chart.between(0, len(drugs) - 1)]
        written = prescribe(chart, course.drug, seen, course.condition, status="active")
        if chart.chance(12):
            states_taking(chart, course.drug, written, seen)
    elif course.visits == 3 and course.drug and not course.controlled and chart.chance(70):
        others = [drug for drug in drugs if drug is not course.drug]
        if others:
            drug = others[chart.between(0, len(others) - 1)]
            prescribe(chart, drug, seen, course.condition, status="active")


def _yearly_examinations(chart: Chart, body: Body, courses: Sequence[Course]) -> None:
    start = chart.first
    while start + timedelta(days=364) <= chart.last:
        if chart.chance(52):
            day = chart.working_day(start + timedelta(days=chart.between(0, 364)))
            examine(chart, body, courses, day)
        start += timedelta(days=365)


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
