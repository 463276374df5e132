"""The synthetic city: made once, the same for the same seed, completed after an interruption."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from demo.cast import CAST
from demo.directory import directory
from demo.seed import seed, size_of
from kernel.app import ensure_keys, open_station, registry_of
from kernel.cli.city import City, CityRequest, Step
from kernel.clock import local_date
from kernel.db.engine import Database
from kernel.db.tables import audit_entry, audit_inbox, fhir_resource
from kernel.fhir import json
from kernel.reprojection import upgrade_schema
from kernel.security.codec import place_of, unseal
from kernel.work import Station
from main import MODULES
from tests.cli.conftest import Place
from tests.fhir.corpus import shared_data
from tests.support.house import opened

RESIDENTS = 40
TODAY = date(2026, 11, 23)
ASKED = ("--residents", RESIDENTS, "--seed", 7, "--today", TODAY, "--years", 3, "--no-serve")
REQUEST = CityRequest(RESIDENTS, 7, TODAY)
REGISTRY = registry_of(MODULES)
PERSONS = {"Patient", "EpisodeOfCare", "Group", "RelatedPerson"}
DEPARTMENTS = {"HealthcareService", "Schedule", "Slot"}
DIRECTORY = DEPARTMENTS | {one["resourceType"] for one in directory().resources()}


class Interrupted(Exception):
    """The lights went out."""


@contextmanager
def station_at(place: Place) -> Iterator[Station]:
    """An open station on an empty database."""
    database = Database(place.settings)
    upgrade_schema(database, REGISTRY)
    ensure_keys(database, place.settings)
    database.close()
    station = open_station(place.settings, REGISTRY)
    yield station
    station.database.close()


def quiet(_step: Step) -> None:
    """Nobody watches."""


def bodies(station: Station) -> dict[str, Any]:
    """Everything that was written, without what only says when."""
    found = {}
    with station.read() as work:
        for row in work.connection.execute(select(fhir_resource)):
            place = place_of(row.type, row.id, row.version)
            body = json.loads(unseal(work.keys, place, row.body))
            body.pop("meta")
            found[f"{row.type}/{row.id}"] = body
    return found


def test_a_city_is_made_and_found_again(empty: Place) -> None:
    said = empty.said("demo", *ASKED)
    assert f"{RESIDENTS} residents as of {TODAY}" in said
    again = empty.said("demo", "--no-serve")
    assert "rows in" not in again
    users = {line.split("\t")[0] for line in empty.run("user", "list").stdout.splitlines()}
    assert users == {account.user_name for account in CAST}
    assert "every row is as it is derived" in empty.said("reproject", "--check")
    assert "the audit is whole" in empty.said("audit", "verify")
    with opened(empty.settings, empty.kind, empty.folder) as house:
        found = house.client("platform").search("Patient", ("_count", "0"), ("_total", "accurate"))
        assert found.json()["total"] == RESIDENTS


OTHERS = (("--residents", 6), ("--seed", 8), ("--today", "2026-11-22"), ("--years", 0))


def test_another_city_is_refused_where_there_is_one(empty: Place) -> None:
    asked = dict(zip(ASKED[:8:2], ASKED[1:8:2], strict=True)) | {"--residents": 5}
    empty.run("demo", *(part for pair in asked.items() for part in pair), "--no-serve")
    for option, value in OTHERS:
        said = empty.said("demo", option, value, "--no-serve", code=1)
        assert f"{option} {asked[option]} and" in said
        assert "--database" in said


@pytest.mark.parametrize("residents", [1, 3_000, 100_000, 400_000, 1_000_000, 1_500_000])
def test_a_city_of_any_size_has_a_directory(residents: int) -> None:
    stations = directory(**size_of(residents)).stations
    assert len(stations) * 16_000 >= residents


def test_a_real_station_is_not_touched(place: Place) -> None:
    assert "holds a station's data" in place.said("demo", *ASKED, code=1)


@pytest.mark.parametrize("empty", ["sqlite"], indirect=True)
def test_an_interrupted_city_is_completed_to_the_same(empty: Place, tmp_path: Path) -> None:
    with station_at(empty) as station:
        made = 0

        def fail(step: Step) -> None:
            nonlocal made
            made = step.residents
            if made > RESIDENTS // 3:
                raise Interrupted

        with pytest.raises(Interrupted):
            seed(station, REQUEST, fail)
        assert 0 < made < RESIDENTS
        city = seed(station, CityRequest(), quiet)
        assert any("interrupted" in note for note in city.notes)
        completed = bodies(station)
    other = tmp_path / "other"
    values = {"database_url": f"sqlite:///{other}/x.db", "key_file": other / "x.keys"}
    with station_at(Place("sqlite", empty.settings.model_copy(update=values), other)) as station:
        seed(station, REQUEST, quiet)
        assert bodies(station) == completed


@pytest.mark.parametrize("empty", ["sqlite"], indirect=True)
def test_everything_is_dated_before_the_day_and_audited(empty: Place) -> None:
    with station_at(empty) as station:
        past = date(2024, 2, 29)
        city: City = seed(station, CityRequest(20, 1, past), quiet)
        with station.database.reading() as connection:
            days = {local_date(at) for at in connection.scalars(select(fhir_resource.c.updated_at))}
            count = select(func.count(), func.sum(fhir_resource.c.version))
            resources, versions = connection.execute(count.select_from(fhir_resource)).one()
            waiting = select(func.count()).select_from(audit_inbox)
            assert connection.execute(waiting).scalar_one() == 0
        with station.database.reading_audit() as connection:
            entries = select(func.count()).select_from(audit_entry)
            assert connection.execute(entries).scalar_one() == versions
        assert max(days) == past
        assert (city.residents, city.today) == (20, past)
        assert city.rows > 3 * resources


@pytest.mark.parametrize("empty", ["sqlite"], indirect=True)
def test_without_years_there_are_persons_and_households_only(empty: Place) -> None:
    asked = (*ASKED[:6], "--years", 0, "--no-serve")
    empty.run("demo", *asked)
    assert "rows in" not in empty.said("demo", *asked)
    with opened(empty.settings, empty.kind, empty.folder) as house:
        written = set(bodies(house.station))
    assert {name.split("/")[0] for name in written} - DIRECTORY == PERSONS
    with station_at(empty) as station:
        assert seed(station, CityRequest(years=0), quiet).rows == 0


@pytest.mark.parametrize("empty", ["sqlite"], indirect=True)
def test_the_history_goes_back_so_many_years_as_asked(empty: Place) -> None:
    with station_at(empty) as station:
        seed(station, CityRequest(RESIDENTS, 7, TODAY, years=1), quiet)
        made = bodies(station)
    begun = [b["period"]["start"][:10] for n, b in made.items() if n.startswith("Encounter/")]
    assert "2025-11-23" <= min(begun) < "2026-02-01"


def test_bundles_become_residents_of_the_first_station(empty: Place) -> None:
    """Synthea's, where the test data are there; else one of our own."""
    folder = shared_data() / "synthea-r4-transactions"
    if not folder.is_dir():
        folder = empty.folder
        entry = {
            "resource": {"resourceType": "Patient", "name": [{"text": "Ann"}]},
            "request": {"method": "POST", "url": "Patient"},
        }
        body = {"resourceType": "Bundle", "type": "transaction", "entry": [entry]}
        (folder / "one.json").write_bytes(json.dumps(body))
    with station_at(empty) as station:
        city = seed(station, CityRequest(5, 1, TODAY, folder), quiet)
        assert city.notes == []
    with opened(empty.settings, empty.kind, empty.folder) as house:
        total = house.client("platform").search("Patient", ("_count", "0"), ("_total", "accurate"))
        assert total.json()["total"] == 5 + len(list(folder.glob("*.json")))
        seen = house.client("gp1").search("Patient", ("_count", "500"))
        managed = [e["resource"].get("managingOrganization") for e in seen.json()["entry"]]
        assert managed.count(None) == len(list(folder.glob("*.json")))


def test_a_bundle_that_is_refused_is_said_and_the_rest_is_made(empty: Place) -> None:
    folder = empty.folder / "bundles"
    folder.mkdir()
    (folder / "bad.json").write_text('{"resourceType":"Bundle","type":"transaction","entry":[{}]}')
    with station_at(empty) as station:
        city = seed(station, CityRequest(5, 1, TODAY, folder), quiet)
    assert [note.split(" ")[0] for note in city.notes] == ["bad.json"]
