"""Restoring a backup into an empty database, and proving that it is what was backed up."""

import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, MetaData, Table, column, insert, inspect, table
from sqlalchemy.sql import TableClause

from kernel.audit.sealer import seal_all
from kernel.audit.verify import verify
from kernel.backup.dump import Contents, Tell, one_moment, quiet, tally_of
from kernel.backup.envelope import BackupDamaged, Reader
from kernel.clock import Clock, as_datetime
from kernel.db.derived import SIDES
from kernel.db.dialect import damages
from kernel.db.engine import Database
from kernel.db.upgrade import print_of, recreate, upgrade
from kernel.errors import conflict
from kernel.registry import Registry
from kernel.reprojection import fill, upgrade_schema
from kernel.security.keyring import KeyRing, load
from kernel.settings import Settings


@dataclass(slots=True)
class Restored:
    """What a restore, or the trial of one, found."""

    made_at: str
    contents: Contents
    audit_entries: int = 0
    rederived: int = 0
    set_aside: list[Path] = field(default_factory=list)


@dataclass(slots=True)
class _Loaded:
    """What was read from the file: its own account of itself, and the columns by table."""

    made_at: str
    contents: Contents = field(default_factory=Contents)
    columns: dict[str, tuple[str, list[str]]] = field(default_factory=dict)
    keys: bytes = b""


def verify_backup(
    registry: Registry, file: Path, passphrase: str, *, tell: Tell = quiet
) -> Restored:
    """Restore a backup into a temporary place beside it and check everything; keeps nothing.

    Compares counts and digests of all tables, the file's integrity and the audit's chain. Raises
    BackupDamaged saying what is not as it was written.
    """
    with tempfile.TemporaryDirectory(dir=file.parent, prefix=".trial-") as folder:
        settings = _files_in(Settings(), Path(folder) / "trial.db")
        return _restore(settings, registry, file, passphrase, tell, derive=False)


def restore(
    settings: Settings,
    registry: Registry,
    file: Path,
    passphrase: str,
    *,
    replace: bool = False,
    tell: Tell = quiet,
) -> Restored:
    """Restore a backup into the database of the settings, which must not be there yet.

    With `replace` a SQLite station that is there is kept aside under another name; the server must
    be stopped. Everything is made and checked under other names before anything is moved. Raises
    BackupDamaged, and Refused (409) where the place is taken.
    """
    path = settings.database_path()
    if path is None:
        return _restore_into_server(settings, registry, file, passphrase, tell)
    places = _places(settings)
    taken = [place for place in places if place.exists()]
    if taken and not replace:
        raise conflict(
            f"{', '.join(map(str, taken))} is there already: restore to another place with "
            "--database, or keep what is there aside with --replace"
        )
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=path.parent, prefix=".restoring-") as folder:
        drafts = _files_in(settings, Path(folder) / "station.db")
        done = _restore(drafts, registry, file, passphrase, tell, derive=True)
        done.set_aside = _set_aside(places)
        for draft, place in zip(_places(drafts), places, strict=True):
            draft.replace(place)
    return done


def _restore_into_server(
    settings: Settings, registry: Registry, file: Path, passphrase: str, tell: Tell
) -> Restored:
    if settings.keys_path().exists():
        raise conflict(
            f"the key file {settings.keys_path()} is there already: move it, or name another "
            "with STATION_KEY_FILE"
        )
    database = Database(settings)
    try:
        with database.reading() as connection:
            if inspect(connection).get_table_names():
                raise conflict("this database is not empty: create a new one and name it")
        with _emptied_on_failure(database):
            return _restore(settings, registry, file, passphrase, tell, derive=True)
    finally:
        database.close()


@contextmanager
def _emptied_on_failure(database: Database) -> Iterator[None]:
    """The database was empty before, so all that a failure leaves is ours to take away."""
    try:
        yield
    except BaseException:
        with database.writing() as connection:
            left = MetaData()
            left.reflect(connection)
            left.drop_all(connection)
        raise


def _places(settings: Settings) -> list[Path]:
    """The files of a SQLite station: records, audit, keys."""
    path, audit = settings.database_path(), settings.audit_path()
    return [place for place in (path, audit, settings.keys_path()) if place is not None]


def _files_in(settings: Settings, path: Path) -> Settings:
    return settings.model_copy(
        update={"database_url": f"sqlite:///{path}", "audit_file": None, "key_file": None}
    )


def _set_aside(places: Sequence[Path]) -> list[Path]:
    """Give what is there, with SQLite's own files beside it, the first free name."""
    stamp = f"{as_datetime(Clock().now()):%Y%m%d%H%M%S}"
    moved = []
    for place in places:
        for file in [place, *(place.with_name(place.name + end) for end in ("-wal", "-shm"))]:
            if file.exists():
                kept = file.with_name(f"{place.name}.before-{stamp}{file.name[len(place.name) :]}")
                shutil.move(file, kept)
                moved.append(kept)
    return moved


def _restore(
    settings: Settings,
    registry: Registry,
    file: Path,
    passphrase: str,
    tell: Tell,
    *,
    derive: bool,
) -> Restored:
    database = Database(settings)
    try:
        with file.open("rb") as opened:
            loaded = _load(database, registry, Reader(opened, passphrase), tell)
        _compare(database, loaded)
        keys = _keep_keys(settings, loaded)
        done = Restored(loaded.made_at, loaded.contents)
        if derive:
            upgrade_schema(database, registry)
            done.rederived = fill(settings, database, registry, keys, tell=tell)
        done.audit_entries = _check_audit(database, keys)
    except BaseException:
        settings.keys_path().unlink(missing_ok=True)
        raise
    else:
        return done
    finally:
        database.close()


def _keep_keys(settings: Settings, loaded: _Loaded) -> KeyRing:
    path = settings.keys_path()
    path.touch(mode=0o600, exist_ok=False)
    path.write_bytes(loaded.keys)
    return load(path)


def _load(database: Database, registry: Registry, reader: Reader, tell: Tell) -> _Loaded:
    """Migrate to the backup's revisions and put the rows in, all in one transaction a file."""
    loaded = _Loaded(str(reader.about.get("made_at", "")))
    upgrade(database, to=reader.about.get("revisions"))
    with ExitStack() as stack:
        connections = {
            "records": stack.enter_context(database.writing()),
            "audit": stack.enter_context(database.auditing()),
        }
        _Loading(connections, registry, loaded, tell).run(reader)
    return loaded


class _Loading:
    """Takes the messages of a backup one after another."""

    def __init__(
        self,
        connections: dict[str, Connection],
        registry: Registry,
        loaded: _Loaded,
        tell: Tell,
    ) -> None:
        self._connections = connections
        self._derived = {t.name: t for t in (*SIDES, *registry.derived.sorted_tables)}
        self._loaded = loaded
        self._tell = tell
        self._prints: dict[str, str] = {}
        self._into: tuple[Connection, TableClause] | None = None
        self._done = 0
        self._ended = False

    def run(self, reader: Reader) -> None:
        """Take all messages. Raises BackupDamaged where the last one is missing."""
        steps: dict[str, Callable[..., None]] = {
            "keys": self._keys,
            "prints": self._take_prints,
            "table": self._table,
            "rows": self._rows,
            "end": self._end,
        }
        for kind, *values in reader.chunks():
            steps[kind](*values)
        if not self._ended:
            raise BackupDamaged("the backup does not say that it is complete")

    def _keys(self, keys: bytes) -> None:
        self._loaded.keys = keys

    def _take_prints(self, prints: dict[str, str]) -> None:
        self._prints = prints

    def _table(self, area: str, name: str, columns: list[str]) -> None:
        connection = self._connections["records" if area == "derived" else area]
        self._into = None
        if area == "derived" and not self._make_derived(connection, name):
            return
        self._loaded.columns[name] = (area, columns)
        self._into = connection, table(name, *(column(c) for c in columns))

    def _make_derived(self, connection: Connection, name: str) -> bool:
        """Make a derived table, where its rows would be the same if they were derived here."""
        declared = self._derived.get(name)
        if declared is None or self._prints.get(name) != print_of(connection, declared):
            return False
        recreate(connection, declared)
        return True

    def _rows(self, rows: list[list[Any]]) -> None:
        self._done += len(rows)
        self._tell(self._done, 0)
        if self._into is None:
            return
        connection, into = self._into
        names = into.c.keys()
        values = [dict(zip(names, row, strict=True)) for row in rows]
        connection.execute(insert(into).inline(), values)

    def _end(self, tables: dict[str, dict[str, Any]]) -> None:
        self._loaded.contents = Contents(tables)
        self._ended = True


def _compare(database: Database, loaded: _Loaded) -> None:
    """Raise BackupDamaged where the database does not hold what the backup says that it holds."""
    faults: list[str] = []
    for areas, engine in (
        (("records", "derived"), database.engine),
        (("audit",), database.audit_engine),
    ):
        with one_moment(engine) as connection:
            faults += damages(connection)
            for name, (area, columns) in loaded.columns.items():
                if area in areas:
                    there = Table(name, MetaData(), autoload_with=connection)
                    if tally_of(connection, there, columns).value() != loaded.contents.tables[name]:
                        faults.append(f"the rows of {name} are not those that were backed up")
    if faults:
        raise BackupDamaged("; ".join(faults))


def _check_audit(database: Database, keys: KeyRing) -> int:
    clock = Clock()
    seal_all(database, keys, clock)
    report = verify(database, keys, clock)
    if not report.ok:
        raise BackupDamaged(
            f"the audit has {report.fault_count} faults, the first: {report.faults[0].text}"
        )
    return report.entries
