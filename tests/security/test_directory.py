"""The dated tree of institutions, and how far the roles see in it."""

from datetime import date
from typing import Any

import pytest

from kernel.declare.roles import Role
from kernel.security import epoch, tokens
from kernel.security.actor import Reach
from kernel.security.authentication import Authenticator
from kernel.security.directory import (
    KIND_SYSTEM,
    MEMBERSHIP,
    PROJECTIONS,
    OrganisationKind,
    Tree,
    edge_rows,
    load_tree,
    organisation_name,
    organisation_rows,
)
from tests.security.house import TODAY, House

KINDS_BY_PREFIX = {kind.value.split("-", maxsplit=1)[0]: kind.value for kind in OrganisationKind}


def membership(parent: str, start: str | None = None, end: str | None = None) -> dict[str, Any]:
    period = {k: v for k, v in (("start", start), ("end", end)) if v}
    return {
        "url": MEMBERSHIP,
        "extension": [
            {"url": "parent", "valueReference": {"reference": f"Organization/{parent}"}},
            {"url": "period", "valuePeriod": period},
        ],
    }


def organisation(id_: str, *memberships: dict[str, Any], part_of: str = "") -> dict[str, Any]:
    kind = KINDS_BY_PREFIX[id_.split("-", maxsplit=1)[0]]
    body: dict[str, Any] = {
        "resourceType": "Organization",
        "id": id_,
        "name": f"机构 {id_}",
        "type": [{"coding": [{"system": KIND_SYSTEM, "code": kind}]}],
    }
    if memberships:
        body["extension"] = list(memberships)
    if part_of:
        body["partOf"] = {"reference": f"Organization/{part_of}"}
    return body


@pytest.fixture
def city(house: House) -> House:
    """Two centres; the third station moved from the first to the second at the new year 2024."""
    for body in (
        organisation("city-bureau"),
        organisation("district-1", part_of="city-bureau"),
        organisation("centre-1", membership("district-1", "2009-03-01")),
        organisation("centre-2", membership("district-1", "2009-03-01")),
        organisation("station-1", membership("centre-1", "2009-03-01")),
        organisation("station-2", membership("centre-2", "2009-03-01")),
        organisation(
            "station-3",
            membership("centre-1", "2009-03-01", "2023-12-31"),
            membership("centre-2", "2024-01-01"),
            part_of="centre-2",
        ),
        organisation("hospital-1", part_of="city-bureau"),
    ):
        house.organisation(body)
    return house


def tree(house: House, day: date = TODAY) -> Tree:
    with house.database.reading() as connection:
        return load_tree(connection, day)


def test_the_tree_is_that_of_the_day(city: House) -> None:
    now, then = tree(city), tree(city, date(2023, 12, 31))
    assert now.parent("station-3") == "centre-2"
    assert then.parent("station-3") == "centre-1"
    assert tree(city, date(2024, 1, 1)).parent("station-3") == "centre-2"
    assert now.children("centre-2") == ("station-2", "station-3")
    assert then.children("centre-2") == ("station-2",)
    assert tree(city, date(2009, 2, 28)).parent("station-1") is None


def test_walks_through_the_tree(city: House) -> None:
    now = tree(city)
    assert now.descendants("centre-2") == ("station-2", "station-3")
    assert now.descendants("city-bureau") == (
        "district-1",
        "hospital-1",
        "centre-1",
        "centre-2",
        "station-1",
        "station-2",
        "station-3",
    )
    assert now.descendants("station-1") == ()
    assert now.path("station-3") == ("city-bureau", "district-1", "centre-2", "station-3")
    assert now.path("city-bureau") == ("city-bureau",)
    assert now.kind("centre-1") is OrganisationKind.CENTRE
    assert now.name("centre-1") == "机构 centre-1"


def test_what_is_unknown_stands_alone(city: House) -> None:
    now = tree(city)
    assert (now.name("nowhere"), now.kind("nowhere"), now.parent("nowhere")) == (None, None, None)
    assert (now.descendants("nowhere"), now.path("nowhere")) == ((), ("nowhere",))
    with city.database.reading() as connection:
        assert organisation_name(connection, "nowhere") is None
        assert organisation_name(connection, "station-1") == "机构 station-1"


def test_contradictory_edges_neither_hang_nor_double(house: House) -> None:
    house.organisation(organisation("centre-1", part_of="station-1"))
    house.organisation(organisation("station-1", part_of="centre-1"))
    house.organisation(organisation("station-2", part_of="unknown"))
    house.organisation(
        organisation(
            "station-3", membership("station-2", "2020-01-01"), membership("centre-1", "2010")
        )
    )
    now = tree(house)
    assert now.descendants("centre-1") == ("station-1",)
    assert now.path("centre-1") == ("station-1", "centre-1")
    assert now.parent("station-2") is None
    assert now.parent("station-3") == "station-2"


@pytest.mark.parametrize(
    ("start", "end", "from_on", "to_on"),
    [
        ("2024-01-01", "2024-02-29", "2024-01-01", "2024-03-01"),
        ("2024-03", "2024-12", "2024-03-01", "2025-01-01"),
        ("2024-03", "2024-11", "2024-03-01", "2024-12-01"),
        ("2023", "2024", "2023-01-01", "2025-01-01"),
        (None, "2024-12-31", None, "2025-01-01"),
        ("2024-01-01", None, "2024-01-01", None),
        (None, None, None, None),
        ("2024-01-01", "9999-12-31", "2024-01-01", None),
        # 00:30 in Beijing is the day before in UTC.
        ("2024-01-01T00:30:00+08:00", "2024-05-31T16:30:00Z", "2024-01-01", "2024-06-02"),
    ],
)
def test_the_end_of_a_period_is_inclusive_and_ours_is_not(
    start: str | None, end: str | None, from_on: str | None, to_on: str | None
) -> None:
    rows = edge_rows(organisation("station-1", membership("centre-1", start, end)))
    assert rows == [{"parent_id": "centre-1", "from_on": from_on, "to_on": to_on}]


def test_part_of_counts_where_no_membership_is_given() -> None:
    assert edge_rows(organisation("station-1", part_of="centre-1")) == [
        {"parent_id": "centre-1", "from_on": None, "to_on": None}
    ]
    both = organisation("station-1", membership("centre-2", "2020-01-01"), part_of="centre-1")
    assert [row["parent_id"] for row in edge_rows(both)] == ["centre-2"]
    assert edge_rows({"partOf": {"display": "市卫健局"}}) == []
    assert edge_rows({"partOf": {"reference": "http://else.where/Organization/1"}}) == []
    assert edge_rows({"extension": [{"url": MEMBERSHIP}, {"url": "x"}]}) == []
    assert edge_rows({}) == []


def test_an_organisation_of_another_system_has_no_kind() -> None:
    other = {"coding": [{"system": "http://hl7.org", "code": "centre"}, {"code": "station"}]}
    assert organisation_rows({"name": "甲", "active": False, "type": [other, {"text": "乙"}]}) == [
        {"name": "甲", "kind": None, "active": False}
    ]
    strange = {"coding": [{"system": KIND_SYSTEM, "code": "ministry"}]}
    assert organisation_rows({"type": [strange]}) == [{"name": "", "kind": None, "active": True}]


def test_the_fact_tables_are_the_kernels() -> None:
    assert [p.table.name for p in PROJECTIONS] == [
        "kernel_organisation",
        "kernel_organisation_edge",
    ]
    assert {p.type for p in PROJECTIONS} == {"Organization"}


@pytest.mark.parametrize(
    ("role", "reach", "organisations"),
    [
        (Role.GP, Reach.ORGANISATIONS, ("station-2",)),
        (Role.NURSE, Reach.ORGANISATIONS, ("station-2",)),
        (Role.STATION_HEAD, Reach.ORGANISATIONS, ("station-2",)),
        (Role.CENTRE_MANAGER, Reach.ORGANISATIONS, ("centre-2", "station-2", "station-3")),
        (Role.REFERRAL_COORDINATOR, Reach.GRANTS, ()),
        (Role.BUREAU_OFFICER, Reach.NOTHING, ()),
        (Role.SYSTEM_ADMIN, Reach.NOTHING, ()),
        (Role.SECURITY_ADMIN, Reach.NOTHING, ()),
        (Role.AUDITOR, Reach.NOTHING, ()),
        (Role.PLATFORM, Reach.EVERYTHING, ()),
    ],
)
def test_trust_23_how_far_each_role_sees(
    city: House,
    authenticator: Authenticator,
    role: Role,
    reach: Reach,
    organisations: tuple[str, ...],
) -> None:
    home = organisations[0] if organisations else "city-bureau"
    machine = role is Role.PLATFORM
    user = city.user("one", role, organisation=home, machine=machine, password=None)
    with city.database.writing() as connection:
        issued = tokens.issue(connection, user_id=user.id, scope="system/*.cruds", now=city.now)
    with city.database.reading() as connection:
        actor = authenticator.by_token(connection, issued.token)
    assert (actor.organisation_id, actor.reach) == (home, reach)
    assert actor.organisations == organisations


def test_a_centre_follows_its_stations(city: House, authenticator: Authenticator) -> None:
    user = city.user("centre1", Role.CENTRE_MANAGER, organisation="centre-1", password=None)
    with city.database.writing() as connection:
        issued = tokens.issue(
            connection, user_id=user.id, scope="system/*.rs", now=city.now, hours=48
        )

    def seen() -> tuple[str, ...]:
        with city.database.reading() as connection:
            return authenticator.by_token(connection, issued.token).organisations

    assert seen() == ("centre-1", "station-1")
    moved = organisation(
        "station-2",
        membership("centre-2", "2009-03-01", "2026-11-23"),
        membership("centre-1", "2026-11-24"),
    )
    city.organisation(moved)
    with city.database.writing() as connection:
        epoch.bump(connection)
    assert seen() == ("centre-1", "station-1")
    city.clock.advance(hours=15)
    assert seen() == ("centre-1", "station-1", "station-2")


def test_the_tree_is_kept_until_something_changes(
    city: House, authenticator: Authenticator
) -> None:
    def kept() -> Tree:
        with city.database.reading() as connection:
            return authenticator.tree(connection)

    first = kept()
    assert kept() is first
    with city.database.writing() as connection:
        epoch.bump(connection)
    assert kept() is not first
    assert kept() == first
