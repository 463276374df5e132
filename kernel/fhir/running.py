"""Where a request runs, so that it wakes as few threads as possible.

Handing a request to another thread costs the processor more than a read by key, and threads that
compute at the same time mostly wait for each other. So what is brief is answered in the event loop
itself, and what waits for a disk or may take long in a thread. In every case the answer leaves
after what was accessed is in the audit.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from enum import Enum, auto
from functools import partial

from kernel.audit.accesses import AccessLog
from kernel.audit.entry import Entry
from kernel.clock import monotonic
from kernel.db.engine import Database
from kernel.errors import Elsewhere
from kernel.fhir.exchange import Answer

PATIENCE_SECONDS = 0.02
"""How long a statement may hold up the event loop before it is begun anew in a thread."""

GROUP = 16
"""Most requests whose changes share a commit."""

GROUP_SECONDS = 0.1
"""How long such a group may take; other writers wait for it."""

Respond = Callable[[], tuple[Answer, list[Entry]]]
"""Does what is asked: the answer, and what it adds to the access audit. Refusals are answers."""

_log = logging.getLogger("station.fhir")


class Effort(Enum):
    """What a request takes, as far as can be told before it runs."""

    READS = auto()
    """It reads; what it computes is bounded."""
    WRITES = auto()
    """It may write; what it computes is bounded."""
    LONG = auto()
    """It may compute for long."""


class Runner:
    """Runs the requests of a process."""

    def __init__(self, database: Database, accesses: AccessLog, threads: int) -> None:
        self._database = database
        self._accesses = accesses
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="fhir")
        self._writer = _Writer(database)
        self._outbox: _Outbox | None = None

    async def run(self, respond: Respond, effort: Effort) -> Answer:
        """The answer, once what was accessed is recorded. Raises Refused where it cannot be."""
        loop = asyncio.get_running_loop()
        if self._outbox is None or self._outbox.loop is not loop:
            self._outbox = _Outbox(loop)
        request = _Request(respond, self._accesses, self._outbox)
        if effort is Effort.WRITES and self._database.single_writer:
            self._writer.put(request)
        elif effort is not Effort.READS or not self._at_once(request):
            self._threads.submit(request.run)
        return await request.answered

    def _at_once(self, request: "_Request") -> bool:
        """Answer in the event loop; False where that would hold it up."""
        if not self._database.readers_never_wait:
            return False
        try:
            with self._database.patience(PATIENCE_SECONDS):
                done = request.respond()
        except Elsewhere:
            return False
        request.finish(*done, wake=False)
        request.outbox.soon(self._accesses.wake)
        return True


class _Request:
    """A request that waits in the event loop for what is done about it, there or in a thread."""

    __slots__ = ("_accesses", "answered", "outbox", "respond")

    def __init__(self, respond: Respond, accesses: AccessLog, outbox: "_Outbox") -> None:
        self.respond = respond
        self.outbox = outbox
        self.answered: asyncio.Future[Answer] = outbox.loop.create_future()
        self._accesses = accesses

    def run(self) -> None:
        """Do it, in a thread that may wait."""
        try:
            done = self.respond()
        except Exception as error:
            self.outbox.put(self.answered, None, error)
        else:
            self.finish(*done)

    def finish(self, answer: Answer, entries: list[Entry], *, wake: bool = True) -> None:
        """Hand in what was accessed; the writer of the audit passes the answer on."""
        tell = partial(self.outbox.put, self.answered, answer)
        try:
            self._accesses.hand_in(entries, tell, wake=wake)
        except Exception as error:
            tell(error)


class _Outbox:
    """What other threads have finished for an event loop, which wakes once for all of it."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.loop = loop
        self._told: deque[tuple[asyncio.Future[Answer], Answer | None, BaseException | None]]
        self._told = deque()
        self._is_called = False
        self._later: set[Callable[[], None]] = set()

    def put(
        self, future: asyncio.Future[Answer], answer: Answer | None, error: BaseException | None
    ) -> None:
        """Hand over an answer, or why there is none; from any thread."""
        self._told.append((future, answer, error))
        if not self._is_called:
            self._is_called = True
            try:
                self.loop.call_soon_threadsafe(self._deliver)
            except RuntimeError:  # the event loop is closed, so nobody waits any more
                _log.warning("a request was answered after the server had stopped")

    def _deliver(self) -> None:
        self._is_called = False  # before looking: who puts from now on calls again
        while self._told:
            future, answer, error = self._told.popleft()
            if future.done():  # given up by the client
                continue
            if answer is None or error is not None:
                future.set_exception(error or RuntimeError("no answer"))
            else:
                future.set_result(answer)

    def soon(self, call: Callable[[], None]) -> None:
        """Call, in the event loop, once after all requests that have arrived by now."""
        if call not in self._later:
            self._later.add(call)
            self.loop.call_soon(self._call, call)

    def _call(self, call: Callable[[], None]) -> None:
        self._later.discard(call)
        call()


class _Writer:
    """The thread for changes of a database that takes one at a time: what waits shares a commit.

    A commit costs a wait for the disk, which on a station's old computer is 10 ms and more.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._queue: deque[_Request] = deque()
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="fhir-writer")

    def put(self, request: _Request) -> None:
        """Have a request done when its turn comes."""
        self._queue.append(request)
        self._thread.submit(self._next)

    def _next(self) -> None:
        if not self._queue:
            return  # what this turn was for went along with an earlier one
        first = self._queue.popleft()
        if self._queue:
            self._together(first)
        else:
            first.run()

    def _together(self, first: _Request) -> None:
        """Do what waits and commit it; where that fails nothing is kept, and each is done alone."""
        group = [first]
        until = monotonic() + GROUP_SECONDS
        try:
            with self._database.one_commit():
                done = [first.respond()]
                while self._queue and len(group) < GROUP and monotonic() < until:
                    group.append(self._queue.popleft())
                    done.append(group[-1].respond())
        except Exception as error:
            _log.warning("%d changes could not be committed together: %s", len(group), error)
            for request in group:
                request.run()
        else:
            for request, (answer, entries) in zip(group, done, strict=True):
                request.finish(answer, entries)
