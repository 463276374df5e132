"""Accesses: on disk before the answer leaves, in groups, and no answer where they are not."""

import asyncio
import logging
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, event, insert, select

from kernel.audit.accesses import WAITING, AccessLog
from kernel.db.engine import Database
from kernel.db.tables import access_inbox, kernel_epoch
from kernel.errors import Refused
from kernel.security.keyring import KeyRing
from tests.audit.entries import entry, rows_in

SECONDS = 10


def recorded(database: Database) -> set[str]:
    with database.reading_audit() as connection:
        return set(connection.execute(select(access_inbox.c.id)).scalars())


def test_what_is_done_is_committed(database: Database, log: AccessLog) -> None:
    entries = [entry() for _ in range(3)]
    log.submit(entries).result(SECONDS)
    assert recorded(database) == {one.id for one in entries}


def test_nothing_to_record_is_done_at_once(log: AccessLog) -> None:
    assert log.submit([]).done()


def test_many_requests_share_a_commit(
    database: Database, log: AccessLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    groups = _groups(database, monkeypatch)
    each, clients = 40, 16

    def client(_: int) -> None:
        for _ in range(each):
            log.submit([entry()]).result(SECONDS)

    with ThreadPoolExecutor(clients) as pool:
        list(pool.map(client, range(clients)))
    assert len(recorded(database)) == each * clients
    assert len(groups) < each * clients / 2


def _groups(database: Database, monkeypatch: pytest.MonkeyPatch) -> list[None]:
    """One for each commit of accesses from now on."""
    groups: list[None] = []
    recording = database.recording

    @contextmanager
    def counted() -> Iterator[Connection]:
        with recording() as connection:
            yield connection
        groups.append(None)

    monkeypatch.setattr(database, "recording", counted)
    return groups


def test_an_access_never_waits_for_a_change(database: Database, log: AccessLog) -> None:
    with database.writing() as connection:
        connection.execute(insert(kernel_epoch), {"name": "x", "value": 1})
        log.submit([entry()]).result(2)
        assert len(recorded(database)) == 1


def test_one_bad_row_spoils_nobody_elses(database: Database, log: AccessLog) -> None:
    known, good = entry(), entry()
    log.submit([known]).result(SECONDS)
    with _held(database):
        submitted = [log.submit([one]) for one in (known, good)]
    submitted[1].result(SECONDS)
    assert submitted[0].exception(SECONDS) is not None
    assert recorded(database) == {known.id, good.id}


@contextmanager
def _held(database: Database) -> Iterator[None]:
    """The writer finds everything that is submitted meanwhile in one group."""
    gate = threading.Event()

    def wait(_: Connection) -> None:
        gate.wait(SECONDS)

    event.listen(database.audit_engine, "begin", wait)
    yield
    gate.set()


def test_an_event_loop_can_wait(database: Database, log: AccessLog) -> None:
    async def edge() -> None:
        await asyncio.wrap_future(log.submit([entry()]))

    asyncio.run(edge())
    assert len(recorded(database)) == 1


def test_a_request_that_is_given_up_is_recorded(database: Database, log: AccessLog) -> None:
    async def edge() -> None:
        with _held(database):
            waiting = asyncio.ensure_future(asyncio.wrap_future(log.submit([entry()])))
            await asyncio.sleep(0)
            waiting.cancel()
        await asyncio.wrap_future(log.submit([entry()]))

    asyncio.run(edge())
    assert len(recorded(database)) == 2


def test_closing_writes_what_waits_and_takes_no_more(database: Database, keys: KeyRing) -> None:
    log = AccessLog(database, keys, reserve_bytes=65536)
    submitted = [log.submit([entry()]) for _ in range(200)]
    log.close()
    assert all(one.done() and one.exception() is None for one in submitted)
    assert len(recorded(database)) == 200
    with pytest.raises(RuntimeError, match="closed"):
        log.submit([entry()])


def test_too_many_waiting_are_refused(database: Database, log: AccessLog) -> None:
    with _held(database):
        submitted = [log.submit([entry()]) for _ in range(WAITING)]
        with pytest.raises(Refused, match="too many accesses wait") as caught:
            submitted += [log.submit([entry()]) for _ in range(501)]
    assert caught.value.status == 503
    submitted[0].result(SECONDS)


def full_disk(database: Database, *, until: Path | None) -> Any:
    """SQLite finds no room (for as long as the file `until` is there)."""

    def limit(connection: Connection) -> None:
        full = until is None or until.exists()
        pages = 1 if full else 1_000_000  # never below what the file has already
        connection.exec_driver_sql(f"PRAGMA max_page_count={pages}")

    event.listen(database.audit_engine, "begin", limit)
    return limit


def big_entry() -> Any:
    return entry(detail={"text": [str(n * 7919) for n in range(40_000)]})


def reserve_of(database: Database) -> Path:
    return Path(f"{database.audit_engine.url.database}.reserve")


def test_a_full_disk_gives_up_the_reserve(
    sqlite: Database, keys: KeyRing, caplog: pytest.LogCaptureFixture
) -> None:
    log = AccessLog(sqlite, keys, reserve_bytes=65536)
    assert reserve_of(sqlite).stat().st_size == 65536
    assert not log.short_of_space
    full_disk(sqlite, until=reserve_of(sqlite))
    with caplog.at_level(logging.CRITICAL, "station.audit"):
        log.submit([big_entry()]).result(SECONDS)
    log.close()
    assert log.short_of_space
    assert "THE DISK IS FULL" in caplog.text
    assert len(recorded(sqlite)) == 1


def test_without_room_nothing_may_be_shown(sqlite: Database, keys: KeyRing) -> None:
    log = AccessLog(sqlite, keys, reserve_bytes=65536)
    limit = full_disk(sqlite, until=None)
    refused = log.submit([big_entry()]).exception(SECONDS)
    assert isinstance(refused, Refused)
    assert refused.status == 507
    event.remove(sqlite.audit_engine, "begin", limit)
    with sqlite.audit_engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA max_page_count=1000000")
    log.submit([entry()]).result(SECONDS)
    log.close()
    assert len(recorded(sqlite)) == 1


def test_the_reserve_is_kept_over_a_restart(sqlite: Database, keys: KeyRing) -> None:
    AccessLog(sqlite, keys, reserve_bytes=65536).close()
    before = reserve_of(sqlite).stat().st_mtime_ns
    AccessLog(sqlite, keys, reserve_bytes=65536).close()
    assert reserve_of(sqlite).stat().st_mtime_ns == before


def test_no_detail_is_readable_in_the_files(sqlite: Database, keys: KeyRing) -> None:
    log = AccessLog(sqlite, keys, reserve_bytes=65536)
    log.submit([entry(detail={"query": "identifier=110105194912310021"})]).result(SECONDS)
    log.close()
    with sqlite.reading_audit() as connection:
        assert rows_in(connection, access_inbox) == 1
    folder = reserve_of(sqlite).parent
    texts = [file.read_bytes() for file in folder.iterdir() if file.suffix != ".reserve"]
    assert any(b"observation-1" in text for text in texts)
    assert not any(b"110105194912310021" in text for text in texts)
