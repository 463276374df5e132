"""A city's residents as facts, made without resources: who is in which programme, and every visit.

A million residents with five million follow-ups would take days as resources through the write
path; their facts are put into the tables as rows. Their years are those that `health/years.py`
makes of the same facts.
"""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from itertools import islice
from random import Random
from typing import Final

from health.declare import Action
from health.years_counting import Enrolled, Examined, FollowUp, Kept, Person

SINCE: Final = date(2021, 1, 1)
"""From when on people are enrolled and seen."""
SHARES: Final = (
    ("hypertension", 0.130), ("diabetes", 0.050), ("coronary", 0.022), ("stroke", 0.017),
    ("copd", 0.007),
)  # fmt: skip
"""Which share of the residents is in which programme: some in several."""
_QUARTER: Final = 91
_SEEN, _ADJUSTED, _LATE, _MOVED = 0.93, 0.14, 0.2, 0.03
_OLD: Final = date(1961, 12, 31)


def people_of(residents: int, stations: Sequence[str], today: date) -> Iterator[Person]:
    """So many residents, the same ones each time."""
    rng = Random(20261123)  # noqa: S311 - a city, not a secret
    for number in range(residents):
        yield _resident(rng, f"resident-{number:07d}", stations, today)


def portions(people: Iterator[Person], size: int) -> Iterator[list[Person]]:
    """The people, so many at a time."""
    while portion := list(islice(people, size)):
        yield portion


def _resident(rng: Random, id_: str, stations: Sequence[str], today: date) -> Person:
    born = date(1936, 1, 1) + timedelta(days=rng.randrange(32_000))
    home = stations[rng.randrange(len(stations))]
    kept = [Kept(home, SINCE, None)]
    if rng.random() < _MOVED:
        on = SINCE + timedelta(days=rng.randrange(1, (today - SINCE).days))
        kept = [Kept(home, SINCE, on), Kept(stations[rng.randrange(len(stations))], on, None)]
    chosen = [name for name, share in SHARES if rng.random() < share]
    enrolled: list[Enrolled] = []
    visits: list[FollowUp] = []
    for name in chosen:
        on = SINCE + timedelta(days=rng.randrange(200))
        enrolled.append(Enrolled(name, "active", on, None))
        visits += _visits(rng, name, on, today)
    return Person(
        id=id_,
        state="active",
        born=born,
        organisation_id=kept[-1].organisation_id,
        opened_on=SINCE,
        kept=kept,
        enrolled=enrolled,
        follow_ups=sorted(visits, key=lambda one: one.done_on),
        examinations=_examinations(rng, today) if chosen or born <= _OLD else [],
    )


def _visits(rng: Random, programme: str, since: date, today: date) -> Iterator[FollowUp]:
    """About four a year, some of them missed, some followed soon by another."""
    on = since
    while on <= today:
        if rng.random() < _SEEN:
            adjusted = rng.random() < _ADJUSTED
            yield _visit(rng, programme, on, adjusted=adjusted)
            soon = on + timedelta(days=rng.randrange(16, 25) if rng.random() < _LATE else 12)
            if adjusted and soon <= today:
                yield _visit(rng, programme, soon, adjusted=False)
        on += timedelta(days=_QUARTER - rng.randrange(9))


def _visit(rng: Random, programme: str, on: date, *, adjusted: bool) -> FollowUp:
    return FollowUp(
        programme=programme,
        done_on=on,
        face_to_face=rng.random() < 0.9,
        action=Action.ADJUST if adjusted else Action.ROUTINE,
        complete=rng.random() < 0.98,
        educated=rng.random() < 0.7,
        at_target=not adjusted,
        systolic=148 if adjusted else 128,
        diastolic=82,
    )


def _examinations(rng: Random, today: date) -> list[Examined]:
    """One in most years."""
    years = range(SINCE.year, today.year + 1)
    days = [date(year, 1, 10) + timedelta(days=rng.randrange(300)) for year in years]
    seen = [day for day in days if day <= today and rng.random() < 0.7]
    return [Examined(day, rng.random() < 0.95, rng.random() < 0.97) for day in seen]
