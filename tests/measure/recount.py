"""Every indicator counted again from the stored documents, day by day and slowly, by other means.

Nothing of `health/years*.py`, of the fact tables or of the indicators' predicates is used: only the
resources, and what was decided about each answer when it was saved.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from sqlalchemy import select

from health.followups.answers import asked_in, values_in
from health.followups.decision import Decided, read_decision
from health.programmes import programme_of
from kernel.canonical import code_system, structure_definition
from kernel.db.tables import fhir_resource
from kernel.declare.form import Values
from kernel.fhir.store.reproject import load_bodies
from kernel.work import Work
from records.api import examined

Body = dict[str, Any]
Counts = dict[str, dict[str, tuple[int, int]]]
KIND = code_system("nbphs3-care-kind")
DAY = timedelta(days=1)
STANDARD = {
    "HT01": "hypertension", "DM01": "diabetes", "CHD01": "coronary", "STR01": "stroke",
    "COPD01": "copd",
}  # fmt: skip
CONTROL = {
    "HT02": "hypertension", "HT02-2018": "hypertension", "DM02": "diabetes", "CHD02": "coronary",
    "STR02": "stroke", "COPD02": "copd",
}  # fmt: skip


@dataclass
class Answer:
    """A valid answer to a follow-up form."""

    id: str
    on: date
    decided: Decided
    values: Values


@dataclass
class Life:
    """All documents of one person."""

    patient: Body
    episodes: list[Body] = field(default_factory=list)
    answers: list[Answer] = field(default_factory=list)
    examinations: list[tuple[date, bool, bool]] = field(default_factory=list)


def recount(work: Work, year: int) -> Counts:
    """Numerator and denominator of every indicator by institution."""
    found: Counts = defaultdict(lambda: defaultdict(lambda: (0, 0)))
    for life in lives(work):
        if _state(life.patient) in ("merged", "void"):
            continue
        keeper = _keeper(life, year)
        for code, counted in _person(life, year, work.today):
            numerator, denominator = found[code][keeper]
            found[code][keeper] = (numerator + counted, denominator + 1)
    return {code: dict(by_keeper) for code, by_keeper in found.items()}


def lives(work: Work) -> list[Life]:
    """Everybody, with the documents that the figures are about."""
    people = {body["id"]: Life(body) for body in _bodies(work, "Patient")}
    for body in _bodies(work, "EpisodeOfCare"):
        people[_referred(body["patient"])].episodes.append(body)
    for body in _bodies(work, "QuestionnaireResponse"):
        life, asked = people[_referred(body["subject"])], asked_in(body)
        decided = read_decision(body)
        if (found := examined(body)) is not None:
            life.examinations.append((found.on, found.complete, found.guided))
        if asked and decided and not asked.card and body["status"] in ("completed", "amended"):
            values = values_in(asked, body)
            on: Any = values.get("visit-date") or date.fromisoformat(body["authored"][:10])
            life.answers.append(Answer(body["id"], on, decided, values))
    return list(people.values())


def _bodies(work: Work, type_: str) -> Iterator[Body]:
    head = fhir_resource.c
    ids = work.connection.scalars(
        select(head.id).where(head.type == type_, head.deleted.is_(False))
    ).all()
    for start in range(0, len(ids), 500):
        for _head, body in load_bodies(work, type_, ids[start : start + 500]):
            yield body


def _person(life: Life, year: int, today: date) -> Iterator[tuple[str, bool]]:
    """The indicators in whose denominator somebody is, and whether he counts."""
    for code, programme in STANDARD.items():
        if _managed_days(life, programme, year):
            yield code, _standard(life, programme, year, today)
    for code, programme in CONTROL.items():
        if _managed_days(life, programme, year):
            yield code, _controlled(life, programme, year, _below if "2018" in code else _at_target)
    born = life.patient.get("birthDate", "")
    if len(born) == 10 and year - int(born[:4]) >= 65 and _kept_at_the_end(life, year):
        seen = [one for one in life.examinations if one[0].year == year]
        yield "EL01", any(complete and guided for _on, complete, guided in seen)


def _managed_days(life: Life, programme: str, year: int) -> list[date]:
    """The days of a year on which somebody was in a programme."""
    closed, enrolments = _closed_on(life), _enrolments(life, programme)
    return [
        day
        for day in (_days(year) if enrolments else ())
        if any(_covers(one, day) for one in enrolments) and (closed is None or day <= closed)
    ]


def _days(year: int) -> Iterator[date]:
    day = date(year, 1, 1)
    while day.year == year:
        yield day
        day += DAY


def _enrolments(life: Life, programme: str) -> list[Body]:
    happened = ("active", "onhold", "finished")
    found = [one for one in life.episodes if _kind(one) == programme and one["status"] in happened]
    return sorted(found, key=lambda one: (one["period"]["start"], one["id"]))


def _covers(episode: Body, day: date) -> bool:
    start, end = episode["period"]["start"][:10], episode["period"].get("end", "9999-12-31")[:10]
    return bool(start <= day.isoformat() <= end)


def _standard(life: Life, programme: str, year: int, today: date) -> bool:
    """§1.5, sentence by sentence."""
    mine = _answers(life, programme)
    regular = [one for one in mine if one.decided.regular and one.on.year == year]
    face_to_face = [one for one in regular if one.values.get("visit-mode") in ("1", "2")]
    quarters = {(day.month + 2) // 3 for day in _managed_days(life, programme, year)}
    required = programme_of(programme).yearly * len(quarters) / 4
    first = min(
        one["period"]["start"]
        for one in _enrolments(life, programme)
        if any(_covers(one, day) for day in _days(year))
    )
    examination = programme_of(programme).examination and first <= f"{year}-10-01"
    return (
        len(face_to_face) >= required
        and (not examination or any(on.year == year and ok for on, ok, _g in life.examinations))
        and all(_followed(life, programme, one, today) for one in mine if one.on.year == year)
        and not any(one.decided.missing for one in regular)
        and any(one.values.get("education") == "2" for one in regular)
    )


def _answers(life: Life, programme: str) -> list[Answer]:
    mine = [one for one in life.answers if one.decided.programme == programme]
    return sorted(mine, key=lambda one: (one.on, one.id))


def _followed(life: Life, programme: str, one: Answer, today: date) -> bool:
    if one.decided.action.value == "routine":
        return True
    deadline = one.on + 14 * DAY
    later = [
        other for other in _answers(life, programme) if (other.on, other.id) > (one.on, one.id)
    ]
    if later and later[0].on <= deadline:
        return True
    in_it = [
        episode
        for episode in _enrolments(life, programme)
        if episode["period"]["start"] <= one.on.isoformat()
    ]
    ends = [in_it[-1]["period"]["end"][:10]] if in_it and "end" in in_it[-1]["period"] else []
    closed = _closed_on(life)
    left = min([*ends, *([closed.isoformat()] if closed else [])], default=None)
    if left is not None and left <= deadline.isoformat():
        return True
    return not later and today <= deadline


def _controlled(life: Life, programme: str, year: int, criterion: Callable[[Answer], bool]) -> bool:
    measured = [
        one
        for one in _answers(life, programme)
        if one.decided.regular and one.on.year == year and one.decided.at_target is not None
    ]
    return bool(measured) and criterion(measured[-1]) and not _lost(life, programme, year)


def _at_target(one: Answer) -> bool:
    return bool(one.decided.at_target)


def _below(one: Answer) -> bool:
    systolic: Any = one.values.get("systolic", 999)
    diastolic: Any = one.values.get("diastolic", 999)
    return bool(systolic < 140 and diastolic < 90)


def _lost(life: Life, programme: str, year: int) -> bool:
    last = [one for one in _enrolments(life, programme) if int(one["period"]["start"][:4]) <= year][
        -1
    ]
    if last["status"] == "onhold":
        since = last["statusHistory"][-1]["period"]["end"] if "statusHistory" in last else "0"
        return int(since[:4] or 0) <= year
    reasons = [
        one["valueCode"]
        for one in last.get("extension", ())
        if one["url"] == structure_definition("enrolment-closed-for")
    ]
    if reasons == ["3"] and "end" in last["period"]:
        return int(last["period"]["end"][:4]) <= year
    closed = _closed_on(life)
    return closed is not None and _closed_for(life) == "3" and closed.year <= year


def _extension(patient: Body, name: str) -> Body:
    url = structure_definition(name)
    return next((one for one in patient.get("extension", ()) if one["url"] == url), {})


def _state(patient: Body) -> str:
    concept = _extension(patient, "record-state").get("valueCodeableConcept", {})
    return next((str(coding["code"]) for coding in concept.get("coding", ())), "")


def _closed_on(life: Life) -> date | None:
    state = _state(life.patient)
    gone = life.patient.get("deceasedDateTime") or life.patient.get("deceasedBoolean")
    if state in ("active", "transferring") or (not state and not gone):
        return None
    told = _extension(life.patient, "record-closed-on").get("valueDate")
    if told:
        return date.fromisoformat(told)
    ends = [one["period"].get("end") for one in _residences(life)]
    return date.fromisoformat(ends[-1][:10]) + DAY if ends and ends[-1] else None


def _closed_for(life: Life) -> str:
    concept = _extension(life.patient, "record-close-reason").get("valueCodeableConcept", {})
    return next((str(coding["code"]) for coding in concept.get("coding", ())), "")


def _residences(life: Life) -> list[Body]:
    never = ("planned", "waitlist", "cancelled", "entered-in-error")
    found = [
        one
        for one in life.episodes
        if _kind(one) == "record-management" and one["status"] not in never
    ]
    return sorted(found, key=lambda one: (one["period"]["start"], one["id"]))


def _keeper(life: Life, year: int) -> str:
    touching = [one for one in _residences(life) if any(_covers(one, day) for day in _days(year))]
    if touching:
        return _referred(touching[-1]["managingOrganization"])
    return _referred(life.patient["managingOrganization"])


def _kept_at_the_end(life: Life, year: int) -> bool:
    return any(_covers(one, date(year, 12, 31)) for one in _residences(life))


def _kind(episode: Body) -> str:
    codes = [
        coding["code"]
        for concept in episode.get("type", ())
        for coding in concept.get("coding", ())
        if coding.get("system") == KIND
    ]
    return codes[0] if codes else ""


def _referred(reference: Body) -> str:
    return str(reference["reference"].rpartition("/")[2])
