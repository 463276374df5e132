"""How commands come to an open station."""

from collections.abc import Iterator
from contextlib import contextmanager

from kernel.app import ensure_keys, open_station, registry_of
from kernel.audit.sealer import seal_all
from kernel.cli.console import err, progress_bar, teller
from kernel.db.engine import Database
from kernel.declare.module import Module
from kernel.registry import Registry
from kernel.reprojection import Upgraded, check_derived, fill, upgrade_schema
from kernel.settings import Settings
from kernel.work import Station


@contextmanager
def opened(settings: Settings, modules: tuple[Module, ...]) -> Iterator[Station]:
    """A station on an existing database, closed at the end.

    What the block changed is sealed into the audit at once, because no server need be running.
    Raises WrongSchema and KeysMissing like `open_station`, WrongSchema also where the search tables
    are not up to date.
    """
    station = current_station(settings, registry_of(modules))
    try:
        yield station
        seal_all(station.database, station.keys, station.clock)
    finally:
        station.database.close()


def current_station(settings: Settings, registry: Registry) -> Station:
    """Like `kernel.app.open_station`, with the derived tables looked at as well."""
    station = open_station(settings, registry)
    try:
        check_derived(station.database, registry)
    except BaseException:
        station.database.close()
        raise
    return station


def upgraded(settings: Settings, registry: Registry) -> Upgraded:
    """Bring the database to this program's schema, with keys and derived rows."""
    database = Database(settings)
    try:
        done = upgrade_schema(database, registry)
        keys = ensure_keys(database, settings)
        with progress_bar() as progress:
            tell = teller(progress, "search tables")
            done.rederived = fill(settings, database, registry, keys, tell=tell)
    finally:
        database.close()
    return done


def announce(done: Upgraded) -> None:
    """Say what an upgrade did."""
    for revision in done.revisions:
        err.print(f"migrated: {revision}")
    if done.remade and done.rederived:
        err.print(f"made anew: {', '.join(done.remade)}")
    if done.dropped:
        err.print(f"dropped: {', '.join(done.dropped)}")
    if done.rederived:
        err.print(f"search rows derived again: {done.rederived} resources")
