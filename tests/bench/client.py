"""A client that costs little: prepared bytes out, status and body in, on kept-alive connections.

It runs in the benchmark's own process, so that nothing it does is counted as the server's work.
"""

import asyncio
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from itertools import count
from time import monotonic
from types import TracebackType
from typing import Self

HOST = "127.0.0.1"
_TIMEOUT = 30.0
_END = b"\r\n\r\n"
_LENGTH = b"content-length: "


class UnexpectedAnswer(Exception):
    """The server did not answer as the case demands: a figure would mean nothing."""


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer: status code, body, and the lines before it as they came."""

    status: int
    body: bytes
    head: bytes


def request(method: str, path: str, *, token: str = "", body: bytes = b"") -> bytes:
    """The bytes of a request with a FHIR body or none."""
    lines = [f"{method} {path} HTTP/1.1", f"host: {HOST}", "accept: application/fhir+json"]
    if token:
        lines.append(f"authorization: Bearer {token}")
    if body:
        lines += ["content-type: application/fhir+json", f"content-length: {len(body)}"]
    return "\r\n".join(lines).encode() + _END + body


class Connection(asyncio.Protocol):
    """One kept-alive connection, one request at a time. Use it in an `async with` statement."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._transport: asyncio.Transport | None = None
        self._buffer = bytearray()
        self._answered: asyncio.Future[Reply] | None = None

    async def __aenter__(self) -> Self:
        loop = asyncio.get_running_loop()
        self._transport, _ = await loop.create_connection(lambda: self, HOST, self._port)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._transport is not None:
            self._transport.close()
        await asyncio.sleep(0)  # lets the transport close before the loop does

    async def ask(self, raw: bytes) -> Reply:
        """Send a request and wait for its answer. Raises UnexpectedAnswer if it does not come."""
        assert self._transport is not None
        self._answered = asyncio.get_running_loop().create_future()
        self._transport.write(raw)
        try:
            return await asyncio.wait_for(self._answered, _TIMEOUT)
        except TimeoutError:
            raise UnexpectedAnswer(f"no answer within {_TIMEOUT:.0f} s to {raw[:80]!r}") from None

    def data_received(self, data: bytes) -> None:
        """Take a part of an answer; the last one ends the waiting."""
        buffer = self._buffer
        buffer += data
        head = buffer.find(_END)
        if head < 0:
            return
        at = buffer.find(_LENGTH, 0, head)
        length = int(buffer[at + len(_LENGTH) : buffer.index(b"\r", at)]) if at >= 0 else 0
        start = head + len(_END)
        if len(buffer) < start + length or self._answered is None:
            return
        body, lines = bytes(buffer[start : start + length]), bytes(buffer[:head])
        reply = Reply(int(buffer[9:12]), body, lines)
        buffer.clear()
        if not self._answered.done():
            self._answered.set_result(reply)

    def connection_lost(self, exc: Exception | None) -> None:
        """Tell the one who waits."""
        if self._answered is not None and not self._answered.done():
            self._answered.set_exception(UnexpectedAnswer(f"the connection was closed: {exc}"))


async def ask(port: int, raw: bytes) -> Reply:
    """One request on a connection of its own."""
    async with Connection(port) as connection:
        return await connection.ask(raw)


@dataclass(frozen=True, slots=True)
class Load:
    """What a block of load was: answers and the seconds that they took."""

    answers: int
    seconds: float


async def drive(
    port: int, requests: Sequence[bytes], *, status: int, connections: int, seconds: float
) -> Load:
    """Ask for these requests in turn on some connections for so long; at least once on each.

    Raises UnexpectedAnswer for another status.
    """
    numbers = count()
    start = monotonic()
    done = 0

    async def one(connection: Connection) -> None:
        nonlocal done
        while True:
            reply = await connection.ask(requests[next(numbers) % len(requests)])
            if reply.status != status:
                raise UnexpectedAnswer(f"{reply.status} and not {status}: {reply.body[:500]!r}")
            done += 1
            if monotonic() - start >= seconds:
                return

    async with AsyncExitStack() as stack:
        opened = [await stack.enter_async_context(Connection(port)) for _ in range(connections)]
        async with asyncio.TaskGroup() as tasks:
            for connection in opened:
                tasks.create_task(one(connection))
    return Load(done, monotonic() - start)
