"""The yardstick: a bare Starlette route that serves stored bytes.

`python -m tests.bench.reference SIZE PORT` serves SIZE bytes at `/` on the uvicorn, loop and HTTP
parser that the station is served with: what a request costs before anything useful happens.
"""

import sys

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

PATH = "/"


def app(size: int) -> Starlette:
    """One route that answers with `size` stored bytes."""
    stored = b"x" * size

    async def serve(_request: Request) -> Response:
        return Response(stored, media_type="application/fhir+json")

    return Starlette(routes=[Route(PATH, serve)])


def main(size: int, port: int) -> None:
    """Serve until told to stop."""
    uvicorn.run(
        app(size),
        port=port,
        loop="uvloop",
        http="httptools",
        log_config=None,
        access_log=False,
        server_header=False,
    )


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
