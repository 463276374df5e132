"""PostgreSQL without threads: code written to wait for its database, waiting in the event loop.

`in_the_loop(call)` runs a plain function in a greenlet. Where it waits for the server, the event
loop goes on with other requests, so that many are under way in one thread and none of them has to
wake another. The same function waits as usual when it runs in a thread.

Between two waits nothing else runs: locks of the process must not be held across a query.
"""

from collections.abc import Callable, Generator
from typing import Any, TypeVar

import psycopg
from psycopg.waiting import wait_async
from sqlalchemy.util import await_, greenlet_spawn
from sqlalchemy.util.concurrency import in_greenlet

T = TypeVar("T")

_INTERVAL = 5.0
"""Seconds after which a wait looks up, though nothing calls for it."""


async def in_the_loop(call: Callable[[], T]) -> T:
    """What `call` returns; where it waits for a `GreenConnection`, the event loop goes on."""
    return await greenlet_spawn(call)


def is_in_the_loop() -> bool:
    """Whether the caller runs by `in_the_loop`, and so must not hold up its thread."""
    return in_greenlet()


class GreenConnection(psycopg.Connection[Any]):
    """A connection of psycopg that waits in the event loop where it is used from there."""

    def wait(
        self,
        gen: Generator[Any, Any, T],
        interval: float = _INTERVAL,
        timeout: float | None = None,
    ) -> T:
        """What `gen` returns when the server has answered."""
        if not in_greenlet():
            return super().wait(gen, interval, timeout)
        try:
            return await_(wait_async(gen, self.pgconn.socket, _INTERVAL, timeout))
        except Exception:
            raise
        except BaseException:  # given up in the middle of a query: nobody can use it any more
            self.pgconn.finish()
            raise
