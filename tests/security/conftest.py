from collections.abc import Iterator

import pytest

from kernel.clock import FixedClock, instant_of
from kernel.db.engine import Database
from kernel.db.tables import metadata
from kernel.security.authentication import Authenticator
from kernel.security.directory import directory_metadata
from tests.db.databases import KINDS, ready_database
from tests.security.house import MONDAY_MORNING, House, permissions_of


@pytest.fixture(scope="module", params=KINDS)
def database(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Database]:
    """A migrated database with the directory's fact tables."""
    prepared = tmp_path_factory.getbasetemp() / "prepared"
    prepared.mkdir(exist_ok=True)
    folder = tmp_path_factory.mktemp(request.param)
    with ready_database(request.param, folder, prepared) as database:
        directory_metadata.create_all(database.engine)
        yield database


@pytest.fixture
def house(database: Database) -> House:
    """A house without a single account, at nine o'clock on a Monday."""
    with database.writing() as connection:
        for table in [*directory_metadata.sorted_tables, *metadata.sorted_tables]:
            if table.name.startswith("kernel_"):
                connection.execute(table.delete())
    return House(database, FixedClock(instant_of(MONDAY_MORNING)))


@pytest.fixture
def authenticator(house: House) -> Authenticator:
    return Authenticator(permissions_of, house.settings, house.clock)
