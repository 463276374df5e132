"""The PostgreSQL that other tests rely on: shared, cloned, killed, and always cleaned up."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import create_engine, text

from tests.support import postgres
from tests.support.postgres import PostgresServer


def wait_for(condition: Callable[[], bool], seconds: float = 20) -> bool:
    """Whether the condition comes true in time."""
    give_up = time.monotonic() + seconds
    while not condition() and time.monotonic() < give_up:
        time.sleep(0.05)
    return condition()


needs_own_server = pytest.mark.postgres(own=True)


@pytest.fixture
def server() -> Iterator[PostgresServer]:
    """A durable server of this test's own."""
    with PostgresServer(durable=True) as running:
        yield running


@needs_own_server
def test_durable_server_keeps_what_was_committed_when_killed(server: PostgresServer) -> None:
    """After kill -9 the committed row is there, the open transaction's is not."""
    address = server.create_database("killed").replace("+psycopg", "")
    connection = psycopg.connect(address)
    connection.execute("CREATE TABLE noted (number integer)")
    connection.execute("INSERT INTO noted VALUES (1)")
    connection.commit()
    connection.execute("INSERT INTO noted VALUES (2)")
    server.kill9()
    server.start()
    with psycopg.connect(address) as again:
        assert again.execute("SELECT number FROM noted").fetchall() == [(1,)]
        assert again.execute("SHOW fsync").fetchone() == ("on",)
    with pytest.raises(psycopg.OperationalError):
        connection.execute("SELECT 1")
    connection.close()


@needs_own_server
def test_database_is_a_copy_of_its_template(server: PostgresServer) -> None:
    """A copy has the template's rows; dropping it ends the connections that are open."""
    with psycopg.connect(server.create_database("pattern").replace("+psycopg", "")) as pattern:
        pattern.execute("CREATE TABLE place AS SELECT '社区卫生服务站' AS name")
    engine = create_engine(server.create_database("copy", template="pattern"))
    with engine.connect() as connection:
        assert connection.scalar(text("SELECT name FROM place")) == "社区卫生服务站"
    server.drop_database("copy")
    with pytest.raises(psycopg.OperationalError, match="does not exist"):
        psycopg.connect(server.url("copy").replace("+psycopg", ""))
    engine.dispose()


@needs_own_server
def test_restart_keeps_the_data(server: PostgresServer) -> None:
    """An orderly restart gives a new process on the same databases."""
    server.create_database("kept")
    before = server.pid
    server.restart()
    assert server.pid != before
    with psycopg.connect(server.url("kept").replace("+psycopg", "")) as connection:
        assert connection.info.dbname == "kept"


USER = """
import sys, time
from tests.support import postgres
sys.stdout.write(postgres.postgres_databases().url() + "\\n")
sys.stdout.flush()
time.sleep(60)
"""


@needs_own_server
def test_workers_share_one_server_until_the_last_is_gone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two processes of one run get the same server; it outlives the one that started it."""
    monkeypatch.delenv("TEST_POSTGRES_URL", raising=False)
    run = f"{os.getpid()}-{tmp_path.name}"
    environment = {**os.environ, "PYTEST_XDIST_TESTRUNUID": run}
    workers = [
        subprocess.Popen(
            [sys.executable, "-c", USER], env=environment, stdout=subprocess.PIPE, text=True
        )
        for _ in range(2)
    ]
    try:
        addresses = {worker.stdout.readline().strip() for worker in workers if worker.stdout}
        assert len(addresses) == 1
        address = addresses.pop()
        folder = Path(address.partition("?host=")[2].replace("%2F", "/"))
        workers[0].send_signal(signal.SIGKILL)
        workers[0].wait()
        with psycopg.connect(address.replace("+psycopg", "")) as connection:
            assert connection.execute("SELECT 1").fetchone() == (1,)
    finally:
        for worker in workers:
            with worker:
                worker.kill()
    assert wait_for(lambda: not folder.exists()), "the server was left running"


def test_named_server_that_does_not_answer_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever names a server wants it tested: nothing else is taken instead."""
    monkeypatch.setenv("TEST_POSTGRES_URL", "postgresql://nobody@127.0.0.1:1/nothing")
    with pytest.raises(postgres.PostgresMissingError, match="TEST_POSTGRES_URL does not answer"):
        postgres.postgres_databases.__wrapped__()
