"""The institutions of the synthetic city, their dated tree, and the cast of accounts."""

from collections import Counter

import pytest

from demo.cast import CAST, DEMO_PASSWORD
from demo.directory import MEMBERSHIP, ROLES, directory

CITY = directory()


def test_the_directory_is_a_dated_tree() -> None:
    by_id = {one["id"]: one for one in CITY.organisations}
    kinds = Counter(one["type"][0]["coding"][0]["code"] for one in CITY.organisations)
    assert kinds == {
        "city-bureau": 1, "district-bureau": 1, "centre": 2, "station": 6, "hospital": 2,
    }  # fmt: skip
    roots = [one["id"] for one in CITY.organisations if "partOf" not in one]
    assert roots == ["city-bureau"]
    for one in CITY.organisations:
        edges = [e["extension"] for e in one.get("extension", []) if e["url"] == MEMBERSHIP]
        current = [e[0] for e in edges if "end" not in e[1]["valuePeriod"]]
        assert [e["valueReference"] for e in current] == ([one["partOf"]] if edges else [])
    moved = by_id["station-6"]["extension"]
    assert [e["extension"][0]["valueReference"]["reference"] for e in moved] == [
        "Organization/centre-1",
        "Organization/centre-2",
    ]


def test_the_big_city_scales() -> None:
    big = directory(63, 15, districts=3)
    kinds = Counter(one["type"][0]["coding"][0]["code"] for one in big.organisations)
    assert (kinds["station"], kinds["centre"], kinds["district-bureau"]) == (63, 15, 3)
    committees = [c for site in big.stations for c in site.committees]
    assert len({c.code for c in committees}) == len(committees)
    assert len({one["name"] for one in big.organisations}) == len(big.organisations)
    assert all(5_000 <= site.nominal_population <= 10_000 for site in big.stations)
    assert list(big.station_by_id) == [site.id for site in big.stations]


@pytest.mark.parametrize(
    ("stations", "centres", "hospitals", "districts"),
    [(1, 1, 2, 1), (6, 0, 2, 1), (6, 2, 1, 1), (2, 3, 2, 1), (6, 2, 2, 3), (50, 2, 2, 1)],
)
def test_an_impossible_directory_is_refused(
    stations: int, centres: int, hospitals: int, districts: int
) -> None:
    with pytest.raises(ValueError, match=r"at least|at most|not more than"):
        directory(stations, centres, hospitals, districts)


def test_every_role_has_an_account_in_an_organisation_that_exists() -> None:
    organisations = {one["id"] for one in CITY.organisations}
    people = {one["id"]: one for one in CITY.practitioners}
    held = {
        (
            role["practitioner"]["reference"].removeprefix("Practitioner/"),
            role["organization"]["reference"].removeprefix("Organization/"),
            role["code"][0]["coding"][0]["code"],
        )
        for role in CITY.roles
    }
    assert len({account.user_name for account in CAST}) == len(CAST)
    assert {account.role for account in CAST} == set(ROLES) | {"platform"}
    for account in CAST:
        assert account.organisation_id in organisations
        assert account.machine == (account.practitioner_id is None)
        if account.practitioner_id is not None:
            person = people[account.practitioner_id]
            assert person["name"][0]["text"] == account.display_name
            assert (account.practitioner_id, account.organisation_id, account.role) in held
    assert DEMO_PASSWORD
