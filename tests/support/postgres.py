"""A real PostgreSQL for the tests.

In this order: the server that ``TEST_POSTGRES_URL`` names; a server program of this machine,
started in a temporary folder as an unprivileged user; the same after installing it with the
system's package manager, where that is possible without asking anybody. Where none can be had,
one line says that PostgreSQL was not tested; with ``STATION_REQUIRE_POSTGRES=1`` that is a failure.

Tests that use it are marked ``postgres`` (those that start a server themselves: ``own=True``).
One run of pytest shares one server among its workers. Whoever needs a server to stop, kill or
restart makes a ``PostgresServer`` of its own. A ``postgres_guard`` cleans up behind every server.

``python -m tests.support.postgres --version`` tells which one would be used.
"""

import argparse
import atexit
import fcntl
import functools
import os
import pwd
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self

import psycopg
import pytest
from psycopg import sql
from sqlalchemy.engine import URL, make_url

from tests.support.memory import MEMORY, has_room

DRIVER = "postgresql+psycopg"
OWNER = "station"
START_SECONDS = 60
NOT_TESTED = (
    "PostgreSQL was not tested: no server program was found and none could be installed. "
    "Install the package postgresql, or set TEST_POSTGRES_URL."
)
_ROOT = Path(__file__).resolve().parents[2]
_GUARD = Path(__file__).with_name("postgres_guard.py")
_CHOOSES_STRATEGY = 150_000
"""The first version that can be told how to copy a database."""
_SOCKET_PATH_LIMIT = 100  # sun_path holds 108 bytes on Linux and 104 elsewhere

# An ordinary test does not outlive its machine, so it need not wait for the disk.
_FAST = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "max_wal_size": "128MB",
}
_DURABLE = {"fsync": "on", "synchronous_commit": "on", "full_page_writes": "on"}


class PostgresMissingError(RuntimeError):
    """PostgreSQL is required here but cannot be had, or the one that is named does not answer."""


@dataclass(frozen=True)
class Programs:
    """The folder of a PostgreSQL installation's programs, and what its server calls itself."""

    folder: Path
    version: str


class PostgresDatabases:
    """The databases of one PostgreSQL server, whoever runs it."""

    def __init__(self, address: URL) -> None:
        """Take the address of a database whose account may create others."""
        self._address = address.set(drivername=DRIVER)

    def url(self, database: str | None = None) -> str:
        """The SQLAlchemy URL of ``database``; of the one given at the start, without a name."""
        address = self._address if database is None else self._address.set(database=database)
        return address.render_as_string(hide_password=False)

    def create_database(self, name: str, template: str | None = None) -> str:
        """Create a database, empty or as a copy of ``template`` (nobody may be connected to it).

        Returns its SQLAlchemy URL. Raises psycopg.errors.DuplicateDatabase if the name is taken.
        """
        # "template0" rather than "template1": nothing of the machine's own gets into a test.
        source = sql.Identifier(template or "template0")
        statement = sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(name), source)
        with self._connect() as connection:
            if connection.info.server_version >= _CHOOSES_STRATEGY:
                # Page by page through the log, as is usual since, takes five times as long.
                statement += sql.SQL(" STRATEGY FILE_COPY")
            connection.execute(statement)
        return self.url(name)

    def drop_database(self, name: str) -> None:
        """Drop a database if it is there, ending the connections that it still has."""
        statement = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)")
        self._run(statement.format(sql.Identifier(name)))

    def _run(self, statement: sql.Composed) -> None:
        with self._connect() as connection:
            connection.execute(statement)

    def _connect(self) -> psycopg.Connection:
        address = self._address.set(drivername="postgresql")
        return psycopg.connect(address.render_as_string(hide_password=False), autocommit=True)


class PostgresServer(PostgresDatabases):
    """A server of our own in a temporary folder, reached through a socket file in that folder.

    ``durable`` servers wait for the disk like production does: for tests that kill them. Use it in
    a ``with`` statement; the guard cleans up even if the process that made it is killed.
    """

    def __init__(self, *, durable: bool = False, state_file: Path | None = None) -> None:
        """Make the folder and the cluster in it. Raises PostgresMissingError without programs."""
        available = programs()
        if available is None:
            raise PostgresMissingError(NOT_TESTED)
        self._programs = available
        self._settings = _DURABLE if durable else _FAST
        self._owner = _unprivileged_user()
        self.folder = _make_folder(self._owner, lasting=durable)
        self._users = hold_lock(self.folder)
        self._guard = _start_guard(self.folder, state_file)
        self._process: subprocess.Popen[bytes] | None = None
        super().__init__(address_in(self.folder))
        self._initialise()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    @property
    def pid(self) -> int:
        """The process id of the running server."""
        if self._process is None:
            raise RuntimeError("the server is not running: call start() first")
        return self._process.pid

    def start(self) -> None:
        """Start the server on its data and wait until it answers (after kill9: has recovered)."""
        options = {"max_connections": "200", "listen_addresses": "", **self._settings}
        command = [self._program("postgres"), "-D", "data", "-k", str(self.folder)]
        for name, value in options.items():
            command += ["-c", f"{name}={value}"]
        with (self.folder / "server.log").open("ab") as log:
            self._process = self._popen(command, log)
        self._wait_until_it_answers(self._process)

    def stop(self) -> None:
        """Shut the server down in order, ending its connections; the data stay for start()."""
        if self._process is not None:
            self._process.send_signal(signal.SIGINT)
            self._process.wait(START_SECONDS)
            self._process = None

    def kill9(self) -> None:
        """End every process of the server at once with SIGKILL, as a power cut would."""
        workers = _children(self.pid)
        os.kill(self.pid, signal.SIGKILL)
        for worker in workers:
            try:
                os.kill(worker, signal.SIGKILL)
            except ProcessLookupError:
                continue  # it noticed its parent's death before
        if self._process is not None:
            self._process.wait(START_SECONDS)
            self._process = None

    def restart(self) -> None:
        """Stop in order and start again."""
        self.stop()
        self.start()

    def close(self) -> None:
        """Stop the server for good and remove its folder."""
        self.stop()
        self._users.close()
        self._guard.wait(START_SECONDS)

    def _initialise(self) -> None:
        command = [self._program("initdb"), "-D", "data", "-U", OWNER, "-A", "trust", "-N"]
        command += ["-E", "UTF8", "--locale=C.UTF-8"]
        with (self.folder / "server.log").open("ab") as log:
            if self._popen(command, log).wait() != 0:
                raise RuntimeError(f"initdb failed:\n{self._log_tail()}")

    def _wait_until_it_answers(self, process: subprocess.Popen[bytes]) -> None:
        give_up = time.monotonic() + START_SECONDS
        while True:
            try:
                self._connect().close()
            except psycopg.OperationalError as error:
                if process.poll() is not None or time.monotonic() > give_up:
                    message = f"PostgreSQL did not start:\n{self._log_tail()}"
                    raise RuntimeError(message) from error
                time.sleep(0.02)
            else:
                return

    def _popen(self, command: list[str], log: BinaryIO) -> subprocess.Popen[bytes]:
        """Run one of the server's programs as the unprivileged user, out of reach of Ctrl-C."""
        owner = self._owner
        return subprocess.Popen(
            command,
            cwd=self.folder,
            start_new_session=True,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            user=owner.pw_uid if owner else None,
            group=owner.pw_gid if owner else None,
            extra_groups=[] if owner else None,
        )

    def _program(self, name: str) -> str:
        return str(self._programs.folder / name)

    def _log_tail(self) -> str:
        return "\n".join((self.folder / "server.log").read_text().splitlines()[-20:])


def address_in(folder: Path) -> URL:
    """The address of the server that has its socket file in ``folder``."""
    return URL.create(DRIVER, username=OWNER, database="postgres", query={"host": str(folder)})


def hold_lock(folder: Path) -> BinaryIO:
    """Be a user of the server in ``folder`` until the file is closed or this process ends.

    Raises BlockingIOError when the server is being taken away, FileNotFoundError when it is gone.
    """
    users = (folder / "users.lock").open("rb")
    try:
        fcntl.flock(users, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        users.close()
        raise
    return users


def _unprivileged_user() -> pwd.struct_passwd | None:
    """Whom the server runs as: PostgreSQL refuses root. None: whoever runs the tests."""
    if os.geteuid() != 0:
        return None
    known = {entry.pw_name: entry for entry in pwd.getpwall()}
    return known.get("postgres") or known["nobody"]


def _make_folder(owner: pwd.struct_passwd | None, *, lasting: bool) -> Path:
    # A database has hundreds of files: a disk spends most of a test's time on making and removing
    # them.
    place = _temporary_place(owner) if lasting or not has_room(MEMORY) else MEMORY
    folder = Path(tempfile.mkdtemp(prefix="station-pg-", dir=place))
    (folder / "users.lock").touch()
    if owner is not None:
        os.chown(folder, owner.pw_uid, owner.pw_gid)
    return folder


def _temporary_place(owner: pwd.struct_passwd | None) -> Path:
    """A folder that the server's user can reach, short enough for the path of a socket."""
    for place in (Path(tempfile.gettempdir()), Path("/tmp"), Path("/var/tmp")):  # noqa: S108 (mkdtemp makes it private)
        reachable = owner is None or all(
            parent.stat().st_mode & 0o001 for parent in (place, *place.parents)
        )
        room = len(str(place)) + len("/station-pg-12345678/.s.PGSQL.5432")
        if reachable and room <= _SOCKET_PATH_LIMIT:
            return place
    raise PostgresMissingError("no temporary folder is reachable for PostgreSQL: set TMPDIR")


def _start_guard(folder: Path, state_file: Path | None) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-I", str(_GUARD), str(folder)]
    if state_file is not None:
        command.append(str(state_file))
    return subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, start_new_session=True
    )


def _children(parent: int) -> list[int]:
    """The process ids of a process's children, as Linux tells them."""
    children = []
    for status in Path("/proc").glob("[0-9]*/stat"):
        try:
            # "PID (NAME) STATE PARENT …", where NAME may hold blanks and brackets itself
            after_name = status.read_text().rpartition(")")[2].split()
        except (FileNotFoundError, ProcessLookupError):
            continue  # it ended while we looked
        if int(after_name[1]) == parent:
            children.append(int(status.parent.name))
    return children


def find_programs() -> Programs | None:
    """The server programs of this machine: in PATH, in Debian's folder, or where pg_config says."""
    for folder in _program_folders():
        if (folder / "initdb").exists() and (folder / "postgres").exists():
            return Programs(folder, _output_of(str(folder / "postgres"), "--version"))
    return None


def _program_folders() -> Iterator[Path]:
    in_path = shutil.which("postgres")
    if in_path is not None:
        yield Path(in_path).resolve().parent
    packaged = Path("/usr/lib/postgresql").glob("*/bin")
    yield from sorted(packaged, key=lambda folder: _number(folder.parent.name), reverse=True)
    if shutil.which("pg_config") is not None:
        yield Path(_output_of("pg_config", "--bindir"))


def _number(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", version))


def _output_of(*command: str) -> str:
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


@functools.cache
def programs() -> Programs | None:
    """The server programs, installed first where this machine has none and allows it.

    Raises PostgresMissingError where they cannot be had and STATION_REQUIRE_POSTGRES is 1.
    """
    found = find_programs()
    if found is None:
        subprocess.run([_ROOT / "scripts" / "system_package.sh", "postgresql"], check=False)
        found = find_programs()
    if found is None and is_required():
        raise PostgresMissingError(f"{NOT_TESTED} STATION_REQUIRE_POSTGRES=1 makes this a failure.")
    return found


def is_required() -> bool:
    """Whether tests without PostgreSQL count as failed here."""
    return os.environ.get("STATION_REQUIRE_POSTGRES") == "1"


@functools.cache
def postgres_databases() -> PostgresDatabases | None:
    """The server that all tests of this run share, started on first use; None: not tested here."""
    named = os.environ.get("TEST_POSTGRES_URL")
    if named:
        return _server_named(named)
    if programs() is None:
        return None
    run = os.environ.get("PYTEST_XDIST_TESTRUNUID")
    if run is None:
        server = PostgresServer()
        server.start()
        return server
    return _share_server(run)


def postgres_url() -> str | None:
    """The SQLAlchemy URL of the shared server's first database; None: PostgreSQL is not tested."""
    databases = postgres_databases()
    return None if databases is None else databases.url()


def _server_named(address: str) -> PostgresDatabases:
    databases = PostgresDatabases(make_url(address))
    try:
        databases._connect().close()
    except psycopg.OperationalError as error:
        raise PostgresMissingError(f"TEST_POSTGRES_URL does not answer: {error}") from error
    return databases


def _share_server(run: str) -> PostgresDatabases:
    """The server of this run of pytest: the first worker starts it, the others join."""
    state_file = _temporary_place(None) / f"station-pg-{os.getuid()}-{run}"
    with state_file.open("a+") as state:
        fcntl.flock(state, fcntl.LOCK_EX)
        state.seek(0)
        known = state.read()
        if known and _join(Path(known)):
            return PostgresDatabases(address_in(Path(known)))
        server = PostgresServer(state_file=state_file)
        server.start()
        state.truncate(0)
        state.write(str(server.folder))
        return server


def _join(folder: Path) -> bool:
    """Become a user of the server in ``folder``, unless its last user has just left."""
    try:
        _joined.append(hold_lock(folder))
        atexit.register(_joined[-1].close)
    except (BlockingIOError, FileNotFoundError):
        return False
    return True


_joined: list[BinaryIO] = []  # open for as long as this process lives


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out the tests marked ``postgres`` where there is none; refuse where it is required."""
    try:
        left_out = {item for item in items if _lacks_its_server(item)}
    except PostgresMissingError as error:
        raise pytest.UsageError(str(error)) from error
    if left_out:
        items[:] = [item for item in items if item not in left_out]
        config.hook.pytest_deselected(items=list(left_out))


def _lacks_its_server(item: pytest.Item) -> bool:
    mark = item.get_closest_marker("postgres")
    if mark is None or (os.environ.get("TEST_POSTGRES_URL") and not mark.kwargs.get("own")):
        return False
    return programs() is None


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say so, in one line, when PostgreSQL was left out."""
    if not os.environ.get("TEST_POSTGRES_URL") and find_programs() is None:
        terminalreporter.write_line(NOT_TESTED, yellow=True)


def describe() -> str:
    """One line: which PostgreSQL the tests use."""
    if os.environ.get("TEST_POSTGRES_URL"):
        return "PostgreSQL: the server of TEST_POSTGRES_URL"
    found = find_programs()
    return NOT_TESTED if found is None else f"PostgreSQL: {found.version} in {found.folder}"


def main() -> int:
    """The command line: tell which server would be used, or see to it that there is one."""
    parser = argparse.ArgumentParser(prog="python -m tests.support.postgres", description=__doc__)
    choice = parser.add_mutually_exclusive_group(required=True)
    choice.add_argument("--version", action="store_true", help="tell which one would be used")
    choice.add_argument("--provide", action="store_true", help="install one if there is none")
    if parser.parse_args().provide and not os.environ.get("TEST_POSTGRES_URL"):
        try:
            programs()
        except PostgresMissingError as error:
            sys.stderr.write(f"{error}\n")
            return 1
    sys.stdout.write(f"{describe()}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
