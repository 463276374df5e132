"""One request to an application inside this process.

httpx2's own ASGITransport looks for `sniffio` in every folder of Python's path at each request,
and needs a client made and closed around it: together half of what a request to a page costs.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping, MutableMapping
from dataclasses import dataclass, field
from typing import Any

import httpx2

HEADERS = {"Accept": "*/*", "Accept-Encoding": "gzip, deflate", "User-Agent": "station-tests"}
"""What a client says of itself that says nothing else."""


async def ask(
    app: Any,
    method: str,
    url: str,
    *,
    headers: Mapping[str, str],
    source: tuple[str, int] = ("127.0.0.1", 123),
    **others: Any,
) -> httpx2.Response:
    """The answer to one request; `others` say what is sent, as httpx2.Request takes it.

    What the application raises goes through.
    """
    sent = httpx2.Headers(HEADERS)
    sent.update(headers)
    request = httpx2.Request(method, url, headers=sent, **others)
    assert isinstance(request.stream, httpx2.AsyncByteStream)
    exchange = _Exchange(aiter(request.stream))
    await app(_scope(request, source), exchange.receive, exchange.send)
    assert exchange.ended.is_set(), "the application went away in the middle of its answer"
    body = b"" if method == "HEAD" else b"".join(exchange.body)
    stream = httpx2.ByteStream(body)
    answer = httpx2.Response(
        exchange.status, headers=exchange.headers, stream=stream, request=request
    )
    answer.read()
    return answer


def _scope(request: httpx2.Request, source: tuple[str, int]) -> dict[str, Any]:
    url = request.url
    return {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": request.method,
        "headers": [(name.lower(), value) for name, value in request.headers.raw],
        "scheme": url.scheme,
        "path": url.path,
        "raw_path": url.raw_path.partition(b"?")[0],
        "query_string": url.query,
        "server": (url.host, url.port),
        "client": source,
        "root_path": "",
    }


@dataclass
class _Exchange:
    """What goes in, chunk by chunk, and what has come out."""

    chunks: AsyncIterator[bytes]
    ended: asyncio.Event = field(default_factory=asyncio.Event)
    told: bool = False
    status: int = 0
    headers: list[tuple[bytes, bytes]] = field(default_factory=list)
    body: list[bytes] = field(default_factory=list)

    async def receive(self) -> dict[str, Any]:
        if self.told:
            await self.ended.wait()
            return {"type": "http.disconnect"}
        try:
            return {"type": "http.request", "body": await anext(self.chunks), "more_body": True}
        except StopAsyncIteration:
            self.told = True
            return {"type": "http.request", "body": b"", "more_body": False}

    async def send(self, message: MutableMapping[str, Any]) -> None:
        if message["type"] == "http.response.start":
            assert not self.status, "an answer begins once"
            self.status, self.headers = message["status"], list(message.get("headers", ()))
        elif message["type"] == "http.response.body":
            assert self.status, "an answer begins with its status"
            assert not self.ended.is_set(), "an answer ends once"
            self.body.append(message.get("body", b""))
            if not message.get("more_body", False):
                self.ended.set()
