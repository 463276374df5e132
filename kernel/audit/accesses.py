"""The audit of accesses: written in groups, committed before the answer leaves.

One thread writes what all requests of the process hand in, so that one commit (one wait for the
disk) serves many of them. It works in transactions on the audit alone and never waits for one on
the records.
"""

import logging
import threading
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from http import HTTPStatus
from pathlib import Path
from typing import Any, NamedTuple

from kernel.audit.entry import Entry, row
from kernel.audit.reserve import RESERVE_BYTES, Reserve
from kernel.clock import monotonic
from kernel.db.engine import Database
from kernel.db.prepared import PreparedInsert
from kernel.db.tables import access_inbox
from kernel.errors import Refused, busy
from kernel.security.keyring import KeyRing

GROUP = 500
"""Most submissions that one transaction takes."""

WAITING = 5_000
"""Most submissions that wait; more are refused (503) rather than kept in memory."""

GATHER_SECONDS = 0.002
"""How long after a group of several the next one gathers. A commit costs the processor as much as a
read; what waits for the disk anyway may wait for its neighbours."""

HOLD_SECONDS = 60.0
"""How long after a full disk the reserve is tried again."""

_INSERT = PreparedInsert(access_inbox)
_log = logging.getLogger("station.audit")


Told = Callable[[BaseException | None], None]
"""How one who waits is told: None when the entries are committed, else why they are not."""


class _Submission(NamedTuple):
    rows: list[dict[str, Any]]
    told: Told


class AccessLog:
    """The writer of `access_inbox`. One a process; `close` it to write what is still waiting."""

    def __init__(
        self, database: Database, keys: KeyRing, *, reserve_bytes: int = RESERVE_BYTES
    ) -> None:
        self._database = database
        self._keys = keys
        file = database.audit_engine.url.database if database.single_writer else None
        self._reserve = Reserve(Path(file), reserve_bytes) if file else None
        self._hold_at = 0.0
        self._waiting: deque[_Submission] = deque()
        self._changed = threading.Condition()
        self._closed = False
        self._closing = threading.Event()
        self._gather_until = 0.0
        self._hold()
        self._thread = threading.Thread(target=self._run, name="access-log", daemon=True)
        self._thread.start()

    @property
    def short_of_space(self) -> bool:
        """Whether the disk is so full that the reserve was given up (SQLite only)."""
        return self._reserve is not None and not self._reserve.held

    def submit(self, entries: Sequence[Entry]) -> Future[None]:
        """Hand in entries; the future is done when they are committed.

        Wait for it before the answer leaves (`asyncio.wrap_future` or `.result(timeout)`): where it
        raises (Refused 507 for a full disk, 503 for a database that is away), nothing may be shown.
        Raises Refused (503) at once when too many are waiting, RuntimeError after `close`.
        """
        done: Future[None] = Future()
        done.set_running_or_notify_cancel()  # a request that is given up is recorded all the same

        def told(error: BaseException | None) -> None:
            if error is None:
                done.set_result(None)
            else:
                done.set_exception(error)

        self.hand_in(entries, told)
        return done

    def hand_in(self, entries: Sequence[Entry], told: Told, *, wake: bool = True) -> None:
        """Like `submit`, for one who is told in the writer's thread: `told` must not wait.

        Without `wake` the writer sleeps on until `wake` is called, once for many.
        """
        if not entries:
            told(None)
            return
        rows = [row(self._keys, entry) for entry in entries]
        with self._changed:
            if self._closed:
                raise RuntimeError("the access log is closed")
            if len(self._waiting) >= WAITING:
                raise busy("too many accesses wait to be recorded; try again")
            self._waiting.append(_Submission(rows, told))
            if wake:
                self._changed.notify()

    def wake(self) -> None:
        """Have written what was handed in."""
        with self._changed:
            self._changed.notify()

    def close(self) -> None:
        """Write what is waiting and stop."""
        with self._changed:
            self._closed = True
            self._closing.set()
            self._changed.notify()
        self._thread.join()

    def _run(self) -> None:
        while group := self._take():
            if not self._settle(group) and len(group) > 1:
                for submission in group:
                    self._settle([submission])
            self._gather_until = monotonic() + GATHER_SECONDS if len(group) > 1 else 0.0

    def _settle(self, group: list[_Submission]) -> bool:
        """Write a group and tell those who wait.

        False, and nothing told, where one row that the database does not take spoilt the others'.
        """
        rows = [values for submission in group for values in submission.rows]
        try:
            self._write(rows)
        except Exception as error:
            if len(group) > 1 and not isinstance(error, Refused):
                return False
            _log.error("%d accesses could not be recorded: %s", len(rows), error)
            for submission in group:
                submission.told(error)
        else:
            for submission in group:
                submission.told(None)
        return True

    def _take(self) -> list[_Submission]:
        """The next group; empty when closed and drained."""
        with self._changed:
            while not self._waiting and not self._closed:
                self._changed.wait()
        self._gather()
        with self._changed:
            return [self._waiting.popleft() for _ in range(min(GROUP, len(self._waiting)))]

    def _gather(self) -> None:
        """After a group of several, let the next one gather as well; a lone client never waits."""
        pause = self._gather_until - monotonic()
        if pause > 0:
            self._closing.wait(pause)

    def _write(self, rows: list[dict[str, Any]]) -> None:
        try:
            self._insert(rows)
        except Refused as refusal:
            full = refusal.status == HTTPStatus.INSUFFICIENT_STORAGE
            if not (full and self._reserve and self._reserve.release()):
                raise
            self._hold_at = monotonic() + HOLD_SECONDS
            self._insert(rows)
        else:
            self._hold()

    def _insert(self, rows: list[dict[str, Any]]) -> None:
        with self._database.recording() as connection:
            _INSERT.run_many(connection, rows)

    def _hold(self) -> None:
        """Put the reserve aside (again), at most once in `HOLD_SECONDS`."""
        if self._reserve is None or monotonic() < self._hold_at:
            return
        self._hold_at = monotonic() + HOLD_SECONDS
        if not self._reserve.hold():
            _log.warning("there is no room to put space aside for the audit; make room")
