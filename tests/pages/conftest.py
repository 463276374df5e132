"""Accounts and residents that the tests of pages need besides the cast."""

import pytest

from kernel.declare.roles import Role
from kernel.security import accounts
from tests.support.house import OpenHouse


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
