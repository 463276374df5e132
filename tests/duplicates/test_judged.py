"""How the warning is judged: 2,000 true pairs with typos, 2,000 new people, a city of 20,000."""

from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from random import Random

import pytest

from records.duplicates.matching import Candidate
from records.duplicates.search import find_suspects
from tests.duplicates.city import Body, candidate_of, residents, settle, stranger
from tests.duplicates.typos import second_entry
from tests.support.house import KINDS, OpenHouse, Templates, cloned_house

RESIDENTS = {"sqlite": 20_000, "postgresql": 4_000}
PAIRS = {"sqlite": 2_000, "postgresql": 400}
"""PostgreSQL has to find what SQLite finds: a sample tells."""


@pytest.fixture(scope="module", params=KINDS)
def city(
    request: pytest.FixtureRequest, templates: Templates, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[OpenHouse, list[Body]]]:
    """A station with its city, and who lives there."""
    folder: Path = tmp_path_factory.mktemp("city")
    with cloned_house(templates, request.param, folder) as house:
        bodies = list(residents(RESIDENTS[request.param], seed=1))
        settle(house, bodies)
        yield house, bodies


@pytest.mark.slow
def test_true_pairs_are_warned_of(city: tuple[OpenHouse, list[Body]]) -> None:
    house, bodies = city
    random = Random(7)  # noqa: S311 - test data, not a secret
    number = PAIRS[house.kind]
    pairs = list(islice(_pairs(bodies, random), number))
    assert len(pairs) == number
    missed = []
    with house.station.read(house.actor("gp1")) as work:
        for id_, person, entered in pairs:
            if id_ not in [suspect.patient_id for suspect in find_suspects(work, entered)]:
                missed.append((person, entered))
    told = "\n".join(f"{person}\n    {entered}" for person, entered in missed[:20])
    assert len(missed) <= number * 0.05, f"{len(missed)} of {number} missed:\n{told}"


def _pairs(bodies: list[Body], random: Random) -> Iterator[tuple[str, Candidate, Candidate]]:
    """People of the city, each with an entry that differs in something."""
    for body in random.sample(bodies, len(bodies)):
        person = candidate_of(body)
        entered = second_entry(person, random)
        if entered != person:
            yield body["id"], person, entered


@pytest.mark.slow
def test_new_people_are_seldom_warned_of(city: tuple[OpenHouse, list[Body]]) -> None:
    house, _bodies = city
    number = PAIRS[house.kind]
    newcomers = [stranger(candidate_of(body)) for body in residents(number, seed=2)]
    assert len(newcomers) == number
    with house.station.read(house.actor("gp1")) as work:
        warned = [(person, found) for person in newcomers if (found := find_suspects(work, person))]
    told = "\n".join(f"{person}\n    {found}" for person, found in warned[:20])
    assert len(warned) <= number * 0.02, f"{len(warned)} of {number} warned of:\n{told}"


def test_the_pairs_are_honest() -> None:
    """Every kind of slip occurs often, and a share of the entries differs in several ways."""
    random = Random(7)  # noqa: S311 - test data, not a secret
    people = [candidate_of(body) for body in residents(2_000, seed=3)]
    pairs = [(person, second_entry(person, random)) for person in people]
    for part, least in (("name", 500), ("born", 300), ("phones", 300), ("numbers", 1_300)):
        assert sum(getattr(a, part) != getattr(b, part) for a, b in pairs) >= least, part
    moved = sum(a.address != b.address for a, b in pairs)
    assert moved >= 800
    assert sum(_differences(a, b) >= 3 for a, b in pairs) >= 400


def _differences(one: Candidate, other: Candidate) -> int:
    parts = ("name", "sex", "born", "numbers", "phones", "address")
    return sum(getattr(one, part) != getattr(other, part) for part in parts)
