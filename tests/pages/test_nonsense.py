"""Whatever a browser, a robot or a broken reader sends, a page says what is wrong: never a 5xx."""

import asyncio
from typing import Any
from urllib.parse import quote_from_bytes

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.pages.browsing import Visitor, signed_in
from tests.pages.test_routes import FORMS, IN_SESSION, asked, routes
from tests.support.house import OpenHouse

FUZZ = settings(
    max_examples=80,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
GETS = sorted({path for method, path, _page in routes() if method == "GET"})
POSTS = sorted({path for m, path, _page in routes() if m == "POST" and path not in IN_SESSION})
FORM = b"application/x-www-form-urlencoded"
KINDS = (FORM, FORM + b"; charset=gbk", b"application/json", b"multipart/form-data", b"\xff", b"")
NAMES = [
    "q", "organisation", "sex", "age", "state", "sort", "search", "cursor", "after", "role",
    "user", "patient", "action", "from", "to", "next", "field", "from_on", "to_on", "language",
    "return_to", "name", "display", "new", "repeat", "current", "reason", "filter",
]  # fmt: skip
HOSTILE = [
    b"\x00", b"a\x00b", b"\x80", b"\xed\xa0\x80", b"\xff\xfe", "\ufffd\U0010ffff".encode(),
    b"x" * 9000, b"9" * 400, b"'\";--", b"%", b"%%", b"|", b",", b"$", b"\\", b"\r\nA: b",
    b"2026-02-30", b"0000-00-00", b"9999-12-31", b"-name", b"--name", b"../../etc", "王".encode(),
]  # fmt: skip
VALUES = st.one_of(st.sampled_from(HOSTILE), st.binary(max_size=20))
PAIRS = st.lists(st.tuples(st.sampled_from(NAMES), VALUES), max_size=5)


def written(pairs: list[tuple[str, bytes]], *, raw: bool) -> bytes:
    """The pairs as a query or a form: escaped as browsers do, or as raw bytes."""
    return b"&".join(
        name.encode() + b"=" + (value if raw else quote_from_bytes(value).encode())
        for name, value in pairs
    )


def ask(
    visitor: Visitor,
    method: str,
    path: str,
    *,
    query: bytes = b"",
    body: bytes = b"",
    kind: bytes = FORM,
    host: bytes = b"station.test",
) -> int:
    """Send a request as raw as a socket would bring it; the status."""
    jar = "; ".join(f"{name}={value}" for name, value in visitor.cookies.items())
    headers = [(b"cookie", jar.encode()), (b"content-type", kind), (b"host", host)]
    headers.append((b"x-csrf-token", visitor.token.encode()))
    scope = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": method,
        "scheme": "http", "path": path, "raw_path": path.encode("utf-8", "replace"),
        "query_string": query, "root_path": "", "headers": headers, "client": ("192.0.2.10", 1),
        "server": ("station.test", 80), "state": {},
    }  # fmt: skip
    sent: list[Any] = []

    waiting = [body]

    async def receive() -> dict[str, Any]:
        if not waiting:
            await asyncio.Event().wait()  # nothing more comes, and nobody hangs up
        waiting.pop()
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: Any) -> None:
        sent.append(message)

    async def run() -> None:
        await asyncio.wait_for(visitor.house.app(scope, receive, send), 20)

    visitor.house.runner.run(run())
    assert b"Traceback" not in b"".join(m.get("body", b"") for m in sent[1:])
    status: int = sent[0]["status"]
    return status


@pytest.mark.parametrize(
    ("path", "query", "status"),
    [
        ("/residents", b"q=\x80", 400),
        ("/residents", b"q=%80", 400),
        ("/residents", b"\x80", 400),
        ("/residents", b"sex=%ED%A0%80", 400),
        ("/residents", b"&".join(b"a%d=x" % n for n in range(600)), 400),
        ("/residents", b"x=" + b"y" * 100_000, 200),
        ("/residents", b"sex=male&sex=%00", 200),
        ("/sign-in", b"next=%FF", 400),
        ("/nowhere", b"\x80", 404),
        ("/residents/a\0b", b"", 404),
        ("/residents/" + "x" * 5000, b"", 404),
        ("/residents/\ufffd", b"", 404),
        ("/\r\n", b"", 404),
    ],
)
def test_an_address_that_cannot_be_read_is_a_page(
    house: OpenHouse, path: str, query: bytes, status: int
) -> None:
    assert ask(signed_in(house, "gp1"), "GET", path, query=query) == status


def test_a_strange_host_is_no_failure(house: OpenHouse) -> None:
    visitor = signed_in(house, "gp1")
    for host in (b"[", b"]:x", b"\xff", b""):
        assert ask(visitor, "GET", "/residents", host=host) == 200
        assert ask(visitor, "GET", "/nowhere", host=host) == 404


def test_nonsense_asked_of_any_page_is_never_a_failure(house: OpenHouse, spare: str) -> None:
    visitors = {name: signed_in(house, name) for name in ("gp1", "secadmin", "auditor")}

    @FUZZ
    @given(st.sampled_from(sorted(visitors)), st.sampled_from(GETS), VALUES, PAIRS, st.booleans())
    def check(who: str, route: str, id_: bytes, pairs: list[Any], raw: bool) -> None:
        path = route.replace("{id}", id_.decode("utf-8", "replace") or spare)
        assert ask(visitors[who], "GET", path, query=written(pairs, raw=raw)) < 500

    check()


def test_nonsense_in_any_form_is_never_a_failure(house: OpenHouse, spare: str) -> None:
    """With the right secret, so that it reaches what the form does."""
    visitors = {name: signed_in(house, name) for name in ("gp1", "secadmin", "auditor")}

    @FUZZ
    @given(
        st.sampled_from(sorted(visitors)),
        st.sampled_from(POSTS),
        PAIRS,
        st.booleans(),
        st.sampled_from(KINDS),
    )
    def check(who: str, route: str, pairs: list[Any], raw: bool, kind: bytes) -> None:
        usual = [(name, value.encode()) for name, value in FORMS.get(route, {}).items()]
        form = written([*pairs, *usual], raw=raw)
        assert ask(visitors[who], "POST", asked(route, spare), body=form, kind=kind) < 500

    check()
