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
from queue import SimpleQueue
from threading import Thread

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
        self._writer = _Writer(database, self._finish) if database.single_writer else None
        self._outbox: _Outbox | None = None

    async def run(self, respond: Respond, effort: Effort) -> Answer:
        """The answer, once what was accessed is recorded. Raises Refused where it cannot be."""
        outbox = self._outbox_of(asyncio.get_running_loop())
        waiting = _Waiting(outbox)
        if self._writer is None:
            self._threads.submit(self._serve, respond, waiting)
        elif effort is Effort.WRITES:
            self._writer.put(respond, waiting)
        elif effort is Effort.LONG or not self._at_once(respond, waiting):
            self._threads.submit(self._serve, respond, waiting)
        return await waiting.answered

    def _outbox_of(self, loop: asyncio.AbstractEventLoop) -> "_Outbox":
        if self._outbox is None or self._outbox.loop is not loop:
            self._outbox = _Outbox(loop)
        return self._outbox

    def _at_once(self, respond: Respond, waiting: "_Waiting") -> bool:
        """Answer in the event loop; False where that would hold it up."""
        try:
            with self._database.patience(PATIENCE_SECONDS):
                answer, entries = respond()
        except Elsewhere:
            return False
        self._accesses.hand_in(entries, partial(waiting.tell, answer), wake=False)
        waiting.outbox.soon(self._accesses.wake)
        return True

    def _serve(self, respond: Respond, waiting: "_Waiting") -> None:
        try:
            self._finish(*respond(), waiting)
        except Exception as error:
            waiting.tell(None, error)

    def _finish(self, answer: Answer, entries: list[Entry], waiting: "_Waiting") -> None:
        """Hand in what was accessed; the writer of the audit wakes the event loop."""
        try:
            self._accesses.hand_in(entries, partial(waiting.tell, answer))
        except Exception as error:
            waiting.tell(None, error)


class _Outbox:
    """What other threads have finished for an event loop, which wakes once for all of it."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.loop = loop
        self._told: deque[tuple[asyncio.Future[Answer], Answer | None, BaseException | None]]
        self._told = deque()
        self._is_called = False
        self._later: dict[Callable[[], None], None] = {}

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
            self._later[call] = None
            self.loop.call_soon(self._call, call)

    def _call(self, call: Callable[[], None]) -> None:
        del self._later[call]
        call()


class _Waiting:
    """A request that waits in the event loop for what other threads do."""

    __slots__ = ("answered", "outbox")

    def __init__(self, outbox: _Outbox) -> None:
        self.outbox = outbox
        self.answered: asyncio.Future[Answer] = outbox.loop.create_future()

    def tell(self, answer: Answer | None, error: BaseException | None) -> None:
        """Hand over the answer, or why there is none; from any thread."""
        self.outbox.put(self.answered, answer, error)


Finish = Callable[[Answer, list[Entry], _Waiting], None]


class _Writer:
    """The thread for changes of a database that takes one at a time: what waits shares a commit.

    A commit costs a wait for the disk, which on a station's old computer is 10 ms and more.
    """

    def __init__(self, database: Database, finish: Finish) -> None:
        self._database = database
        self._finish = finish
        self._queue: SimpleQueue[tuple[Respond, _Waiting]] = SimpleQueue()
        Thread(target=self._run, name="fhir-writer", daemon=True).start()

    def put(self, respond: Respond, waiting: _Waiting) -> None:
        """Have a request done when its turn comes."""
        self._queue.put((respond, waiting))

    def _run(self) -> None:
        while True:
            first = self._queue.get()
            if self._queue.empty():
                self._alone(*first)
            else:
                self._together(first)

    def _alone(self, respond: Respond, waiting: _Waiting) -> None:
        try:
            self._finish(*respond(), waiting)
        except Exception as error:
            waiting.tell(None, error)

    def _together(self, first: tuple[Respond, _Waiting]) -> None:
        """Do what waits and commit it; where that fails nothing is kept, and each is done alone."""
        group = [first]
        until = monotonic() + GROUP_SECONDS
        try:
            with self._database.one_commit():
                done = [first[0]()]
                while len(group) < GROUP and not self._queue.empty() and monotonic() < until:
                    group.append(self._queue.get())
                    done.append(group[-1][0]())
        except Exception:
            _log.warning("a shared commit failed; %d requests are done one by one", len(group))
            for respond, waiting in group:
                self._alone(respond, waiting)
        else:
            for (answer, entries), (_, waiting) in zip(done, group, strict=True):
                self._finish(answer, entries, waiting)
