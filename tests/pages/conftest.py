"""Accounts and residents that the tests of pages need besides the cast."""

from collections.abc import Iterator

import pytest

from kernel.declare.roles import Role
from kernel.security import accounts
from tests.support.house import OpenHouse, Templates
from tests.support.serving import ServedHouse, serving


@pytest.fixture(scope="module")
def station(
    templates: Templates, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[ServedHouse]:
    """A served station on SQLite, for what is the browser's side and alike on both databases."""
    folder = tmp_path_factory.mktemp("served")
    with templates.clone("sqlite", folder) as settings, serving(settings, "sqlite") as house:
        yield house


def spare_account(house: OpenHouse) -> str:
    """An account that nobody else uses, with a role; its id."""
    with house.database.writing() as connection:
        known = accounts.find_user(connection, "spare")
        if known is not None:
            return known.id
        user = accounts.create_user(
            connection,
            name="spare",
            display="备用账号",
            organisation_id="station-2",
            now=house.clock.now(),
        )
        today = house.clock.today()
        accounts.grant_role(connection, user_id=user.id, role=Role.NURSE, from_on=today)
        return user.id


@pytest.fixture
def spare(house: OpenHouse) -> str:
    """The id of an account that tests may change."""
    return spare_account(house)
