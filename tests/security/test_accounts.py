"""TRUST.md §2, rows 1 and 23, and what an account is."""

from collections.abc import Callable
from datetime import date
from itertools import combinations

import pytest

from kernel.declare.roles import ADMINISTRATORS, READERS, Role
from kernel.errors import Refused
from kernel.security import accounts, epoch
from kernel.security.accounts import RoleHeld, User
from tests.security.house import TODAY, House

PEOPLE = [role for role in Role if role is not Role.PLATFORM]
TOMORROW = date(2026, 11, 24)


def create(house: House, name: str, display: str = "于海宁", language: str = "zh_CN") -> User:
    with house.database.writing() as connection:
        return accounts.create_user(
            connection,
            name=name,
            display=display,
            organisation_id="station-1",
            language=language,
            now=house.now,
        )


def grant(
    house: House, user: User, role: Role, from_on: date = TODAY, to_on: date | None = None
) -> None:
    with house.database.writing() as connection:
        accounts.grant_role(connection, user_id=user.id, role=role, from_on=from_on, to_on=to_on)


def end(house: House, user: User, role: Role, on: date) -> None:
    with house.database.writing() as connection:
        accounts.end_role(connection, user_id=user.id, role=role, on=on)


def roles(house: House, user: User, day: date = TODAY) -> set[Role]:
    with house.database.reading() as connection:
        return set(accounts.roles_on(connection, user_id=user.id, day=day))


def test_trust_01_a_name_is_never_used_again(house: House) -> None:
    user = create(house, "gp1")
    for taken in ("gp1", " GP1 "):
        with pytest.raises(Refused) as refused:
            create(house, taken, display="别人")
        assert refused.value.status == 409
        assert refused.value.issues[0].expression == "name"
    with house.database.writing() as connection:
        accounts.disable_user(connection, user_id=user.id, now=house.now)
    with pytest.raises(Refused, match="停用"):
        create(house, "gp1", display="别人")
    with house.database.reading() as connection:
        kept = accounts.find_user(connection, "gp1")
    assert kept is not None
    assert (kept.id, kept.display, kept.disabled) == (user.id, "于海宁", True)


def test_trust_01_ids_differ_and_what_is_created_is_found(house: House) -> None:
    first, second = create(house, "gp1"), create(house, "Gp.2_b-c")
    assert first.id != second.id
    with house.database.reading() as connection:
        assert accounts.get_user(connection, first.id) == first
        assert accounts.find_user(connection, "gp.2_b-c") == second
        assert accounts.find_user(connection, "gp3") is None
        assert accounts.list_users(connection) == [second, first]
        assert accounts.list_users(connection, organisation_id="station-1") == [second, first]
        assert accounts.list_users(connection, organisation_id="station-2") == []


@pytest.mark.parametrize("name", ["", "a", "-gp", "gp 1", "王伟", "gp\x00", "a" * 65, "gp1\n2"])
def test_an_impossible_name_is_refused(house: House, name: str) -> None:
    with pytest.raises(Refused) as refused:
        create(house, name)
    assert (refused.value.status, refused.value.issues[0].expression) == (422, "name")


def test_an_impossible_display_name_or_language_is_refused(house: House) -> None:
    for display in ("", "  ", "于\n海宁", "于\x00", "于" * 101):
        with pytest.raises(Refused) as refused:
            create(house, "gp1", display=display)
        assert refused.value.issues[0].expression == "display"
    with pytest.raises(Refused) as refused:
        create(house, "gp1", language="fr")
    assert refused.value.issues[0].expression == "language"


@pytest.mark.parametrize(
    "act",
    [
        lambda c: accounts.get_user(c, "nobody"),
        lambda c: accounts.disable_user(c, user_id="nobody", now=0),
        lambda c: accounts.enable_user(c, user_id="nobody"),
        lambda c: accounts.move_user(c, user_id="nobody", organisation_id="station-2"),
        lambda c: accounts.grant_role(c, user_id="nobody", role=Role.GP, from_on=TODAY),
        lambda c: accounts.end_role(c, user_id="nobody", role=Role.GP, on=TODAY),
    ],
)
def test_an_unknown_account_is_404(house: House, act: Callable[[object], None]) -> None:
    with pytest.raises(Refused) as refused, house.database.writing() as connection:
        act(connection)
    assert refused.value.status == 404


PAIRS = list(combinations(PEOPLE, 2))


def test_trust_23_roles_that_go_together(house: House) -> None:
    for number, pair in enumerate(pair for pair in PAIRS if not ADMINISTRATORS & set(pair)):
        user = create(house, f"user{number}")
        for role in pair:
            grant(house, user, role)
        assert roles(house, user) == set(pair)


def test_trust_23_every_pair_with_an_administrator_is_refused(house: House) -> None:
    assert not ADMINISTRATORS & READERS
    for number, pair in enumerate(pair for pair in PAIRS if ADMINISTRATORS & set(pair)):
        for first, second in (pair, pair[::-1]):
            user = create(house, f"{second.value}-{number}")
            grant(house, user, first)
            with pytest.raises(Refused) as refused:
                grant(house, user, second)
            assert (refused.value.status, refused.value.issues[0].expression) == (409, "role")
            assert ("三权分立" in str(refused.value)) == (set(pair) <= ADMINISTRATORS)
            assert roles(house, user) == {first}


def test_trust_23_roles_exclude_each_other_only_on_the_same_days(house: House) -> None:
    user = create(house, "gp1")
    grant(house, user, Role.GP, to_on=TOMORROW)
    with pytest.raises(Refused):
        grant(house, user, Role.AUDITOR)
    grant(house, user, Role.AUDITOR, from_on=TOMORROW)
    assert roles(house, user) == {Role.GP}
    assert roles(house, user, TOMORROW) == {Role.AUDITOR}
    with pytest.raises(Refused):
        grant(house, user, Role.NURSE, from_on=date(2026, 1, 1))


def test_the_platform_is_a_machine_and_a_machine_is_the_platform(house: House) -> None:
    person, machine = create(house, "gp1"), house.user("platform", machine=True)
    with pytest.raises(Refused, match="机器账号"):
        grant(house, person, Role.PLATFORM)
    with pytest.raises(Refused, match="机器账号"):
        grant(house, machine, Role.GP)
    grant(house, machine, Role.PLATFORM)
    assert roles(house, machine) == {Role.PLATFORM}


def test_a_role_is_granted_once_and_for_at_least_a_day(house: House) -> None:
    user = create(house, "gp1")
    grant(house, user, Role.GP)
    with pytest.raises(Refused, match="已有"):
        grant(house, user, Role.GP, from_on=TOMORROW)
    with pytest.raises(Refused) as refused:
        grant(house, user, Role.NURSE, from_on=TOMORROW, to_on=TOMORROW)
    assert (refused.value.status, refused.value.issues[0].expression) == (422, "to_on")


def test_a_role_ends_from_a_day_on_and_its_past_is_kept(house: House) -> None:
    user = create(house, "gp1")
    grant(house, user, Role.GP, from_on=date(2025, 1, 1))
    grant(house, user, Role.NURSE, from_on=TOMORROW)
    end(house, user, Role.GP, TODAY)
    end(house, user, Role.NURSE, TODAY)
    assert roles(house, user) == set()
    assert roles(house, user, date(2026, 11, 22)) == {Role.GP}
    with house.database.reading() as connection:
        assert accounts.list_roles(connection, user_id=user.id) == [
            RoleHeld(Role.GP, date(2025, 1, 1), TODAY)
        ]
    with pytest.raises(Refused) as refused:
        end(house, user, Role.GP, TODAY)
    assert refused.value.status == 404


def test_every_change_of_an_account_is_noticed_by_caches(house: House) -> None:
    user = create(house, "gp1")

    def value() -> int:
        with house.database.reading() as connection:
            return epoch.current(connection)

    seen = [value()]
    grant(house, user, Role.GP)
    seen.append(value())
    end(house, user, Role.GP, TOMORROW)
    seen.append(value())
    with house.database.writing() as connection:
        accounts.disable_user(connection, user_id=user.id, now=house.now)
    seen.append(value())
    with house.database.writing() as connection:
        accounts.enable_user(connection, user_id=user.id)
    seen.append(value())
    with house.database.writing() as connection:
        accounts.move_user(connection, user_id=user.id, organisation_id="station-2")
    seen.append(value())
    assert seen == sorted(set(seen))
    assert seen[0] == 0
