"""Whatever a client sends, it hears what is wrong with it: never a 5xx."""

import asyncio
import copy
import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.conformance.samples import WRITTEN, sampled
from tests.support.house import OpenHouse

FUZZ = settings(
    max_examples=150,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
TYPES = sorted(WRITTEN)


def ask(
    house: OpenHouse,
    method: str,
    path: bytes,
    *,
    query: bytes = b"",
    headers: Any = (),
    body: bytes = b"",
) -> int:
    """Send a request as raw as a socket would bring it; the status."""
    sent: list[Any] = []
    given_headers = [(b"authorization", f"Bearer {house.token('gp1')}".encode())]
    given_headers += [(k.lower(), v) for k, v in headers]
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": "/fhir/R4/" + path.decode("utf-8", "replace"),
        "raw_path": b"/fhir/R4/" + path,
        "query_string": query,
        "root_path": "",
        "headers": given_headers,
        "client": ("127.0.0.1", 1),
        "server": ("station.test", 80),
        "state": {},
    }

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: Any) -> None:
        sent.append(message)

    async def run() -> None:
        await asyncio.wait_for(house.app(scope, receive, send), 20)

    house.runner.run(run())
    status: int = sent[0]["status"]
    answer = b"".join(m.get("body", b"") for m in sent[1:])
    assert b"Traceback" not in answer
    return status


FHIR = (b"content-type", b"application/fhir+json")
PATCH = (b"content-type", b"application/json-patch+json")
FORM = (b"content-type", b"application/x-www-form-urlencoded")
ODD: st.SearchStrategy[Any] = st.sampled_from(
    [
        None,
        True,
        0,
        -1,
        1e308,
        10**400,
        "",
        " ",
        "\x00",
        "\ud800",
        "a" * 70_000,
        "2026-99-99",
        "9999-12-31",
        "0001-01-01",
        "Patient/li-na",
        "Patient/",
        "/",
        "//",
        "#x",
        "urn:uuid:",
        "Patient?x",
        "http://[",
        [],
        {},
        [None],
        [[]],
        {"": ""},
        {"reference": 5},
        {"reference": "Patient/\x00"},
        {"coding": None},
        {"coding": [5]},
        {"value": "1"},
        {"start": "x"},
        {"extension": [{"url": None}]},
    ]
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | ODD,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)
    ),
    max_leaves=8,
)


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The paths of everything inside a JSON value."""
    if isinstance(value, dict):
        for key, part in value.items():
            yield (*path, key)
            yield from places(part, (*path, key))
    elif isinstance(value, list):
        for n, part in enumerate(value):
            yield (*path, n)
            yield from places(part, (*path, n))


@st.composite
def mutated(draw: Any) -> tuple[str, Any]:
    """A resource in which up to three elements were replaced, removed, renamed or doubled."""
    type_ = draw(st.sampled_from(TYPES))
    body = json.loads(json.dumps(sampled()[type_], default=float))
    for _ in range(draw(st.integers(1, 3))):
        every = [p for p in places(body) if p != ("resourceType",)]
        path = draw(st.sampled_from(every))
        holder = body
        for step in path[:-1]:
            holder = holder[step]
        action = draw(st.sampled_from(["replace", "remove", "rename", "wrap", "double"]))
        _mutate(holder, path[-1], action, draw(JSON))
    return type_, body


def _mutate(holder: Any, key: Any, action: str, odd: Any) -> None:
    if action == "remove":
        del holder[key]
    elif action == "wrap":
        holder[key] = [holder[key]]
    elif action == "double":
        holder[key] = {"extension": [copy.deepcopy(holder[key])] * 2}
    elif action == "rename" and isinstance(holder, dict):
        holder[f"_{key}"] = holder.pop(key)
    else:
        holder[key] = odd


def encoded(body: Any) -> bytes:
    """JSON text as a sloppy client writes it, NaN and lone surrogates included."""
    return json.dumps(body, ensure_ascii=True).encode()


@FUZZ
@given(case=mutated(), method=st.sampled_from(["POST", "PUT", "transaction", "validate"]))
def test_mutated_resources(house: OpenHouse, case: tuple[str, Any], method: str) -> None:
    type_, body = case
    if method == "transaction":
        entry = {
            "resource": body,
            "request": {"method": "POST", "url": type_},
            "fullUrl": "urn:uuid:1",
        }
        bundle = {"resourceType": "Bundle", "type": "transaction", "entry": [entry]}
        status = ask(house, "POST", b"", headers=[FHIR], body=encoded(bundle))
    elif method == "validate":
        status = ask(
            house, "POST", f"{type_}/$validate".encode(), headers=[FHIR], body=encoded(body)
        )
    else:
        path = f"{type_}/fuzz" if method == "PUT" else type_
        sent = {**body, "id": "fuzz"} if method == "PUT" and isinstance(body, dict) else body
        status = ask(house, method, path.encode(), headers=[FHIR], body=encoded(sent))
    assert status < 500


@FUZZ
@given(body=JSON | st.binary(max_size=40), path=st.sampled_from(["", "Patient", "Patient/li-na"]))
def test_any_json_or_bytes(house: OpenHouse, body: Any, path: str) -> None:
    raw = body if isinstance(body, bytes) else encoded(body)
    for method, content in (("POST", FHIR), ("PUT", FHIR), ("PATCH", PATCH)):
        assert ask(house, method, path.encode(), headers=[content], body=raw) < 500


OPERATION = st.fixed_dictionaries(
    {},
    optional={
        "op": st.sampled_from(["add", "remove", "replace", "move", "copy", "test", "x", None, 1]),
        "path": st.sampled_from(["/name/0", "/name/-", "", "/", "name", "/id", "/~2", None, 5, []])
        | st.text(),
        "from": st.sampled_from(["/name", "/name/0", "", None, 5]) | st.text(),
        "value": JSON,
    },
)


@FUZZ
@given(operations=st.lists(OPERATION, max_size=3))
def test_any_patch(house: OpenHouse, operations: Any) -> None:
    body = encoded(operations)
    assert ask(house, "PATCH", b"Patient/li-na", headers=[PATCH], body=body) < 500


KNOWN = """
_id _count _sort _total _summary _elements _include _revinclude _lastUpdated _cursor _format
_pretty _since _type name name:exact name:contains birthdate identifier phone gender:not
organization general-practitioner patient patient.name subject:Patient.birthdate date code
value-quantity encounter.date _has:Observation:patient:code name:missing family given :x . a.b.c
"""
NAMES = st.sampled_from(KNOWN.split()) | st.text(max_size=12)
VALUES = (
    st.sampled_from(
        [
            "",
            ",",
            "|",
            "||",
            "|||",
            "\\",
            "\\,",
            "\x00",
            "\ud800",
            "ap",
            "ap0001-01-01",
            "ap9999-12-31",
            "9999-12-31",
            "gt9999",
            "0000",
            "0001-01-01",
            "eq10000",
            "-",
            "*",
            "a:b:c",
            "Observation:patient",
            "Patient:organization",
            "ap1e300",
            "1e400",
            "-1e400",
            "1e-400",
            "9" * 400,
            "1." + "9" * 400,
            "5.4|||",
            "NaN",
            "Infinity",
            "true",
            "Patient/li-na/_history/1",
            "http://[::1",
            "/" * 50,
            "%",
            "%zz",
            "2026-02-29",
            "2024-02-29T24:00:00Z",
            "2024-12-31T23:59:60Z",
            "9999-12-31T23:59:60-12:00",
            "0001-01-01T00:00:00+14:00",
            "-name,birthdate",
            "x" * 3000,
        ]
    )
    | st.text(max_size=10)
    | st.integers().map(str)
    | st.floats().map(str)
    | st.dates().map(str)
)


def form(pairs: list[tuple[str, str]]) -> bytes:
    from urllib.parse import urlencode

    return urlencode(pairs, errors="surrogatepass").encode()


@FUZZ
@given(
    type_=st.sampled_from(
        [
            "Patient",
            "Observation",
            "Encounter",
            "Group",
            "Organization",
            "AuditEvent",
            "CodeSystem",
        ]
    ),
    pairs=st.lists(st.tuples(NAMES, VALUES), max_size=4),
    tail=st.sampled_from(
        ["", "/_history", "/li-na/_history", "/li-na/$everything", "/li-na", "/_search"]
    ),
)
def test_any_query(house: OpenHouse, type_: str, pairs: Any, tail: str) -> None:
    path = (type_ + tail).encode()
    if tail == "/_search":
        assert ask(house, "POST", path, headers=[FORM], body=form(pairs)) < 500
    else:
        assert ask(house, "GET", path, query=form(pairs)) < 500


@FUZZ
@given(
    query=st.binary(max_size=40),
    path=st.binary(max_size=30),
    method=st.sampled_from(
        ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "TRACE", "X"]
    ),
)
def test_any_address(house: OpenHouse, query: bytes, path: bytes, method: str) -> None:
    assert ask(house, method, path, query=query) < 500
    assert ask(house, method, b"Patient/" + path, query=query) < 500


HEADER_NAMES = st.sampled_from(
    [
        b"if-match",
        b"if-none-match",
        b"if-none-exist",
        b"if-modified-since",
        b"prefer",
        b"accept",
        b"accept-encoding",
        b"content-type",
        b"content-encoding",
        b"host",
        b"authorization",
    ]
)


@FUZZ
@given(
    headers=st.lists(
        st.tuples(
            HEADER_NAMES,
            st.binary(max_size=30) | VALUES.map(lambda v: v.encode("latin-1", "replace")),
        ),
        max_size=4,
    ),
    method=st.sampled_from(["GET", "POST", "PUT", "PATCH", "DELETE"]),
)
def test_any_headers(house: OpenHouse, headers: Any, method: str) -> None:
    body = encoded({"resourceType": "Patient", "id": "li-na", "name": [{"text": "x"}]})
    path = b"Patient" if method == "POST" else b"Patient/li-na"
    for more in ([], [FHIR]):
        assert ask(house, method, path, headers=[*headers, *more], body=body) < 500


BUNDLES = st.fixed_dictionaries(
    {"resourceType": st.just("Bundle"), "type": st.sampled_from(["batch", "transaction"])},
    optional={
        "entry": st.lists(
            st.fixed_dictionaries(
                {},
                optional={
                    "fullUrl": JSON,
                    "resource": JSON | st.just({"resourceType": "Patient"}),
                    "request": st.fixed_dictionaries(
                        {},
                        optional={
                            "method": st.sampled_from(["GET", "POST", "PUT", "DELETE", "PATCH"])
                            | JSON,
                            "url": st.sampled_from(
                                [
                                    "Patient",
                                    "Patient?",
                                    "Patient/x",
                                    "?",
                                    "/",
                                    "Patient?name=x",
                                    "metadata",
                                    "$x",
                                    "_history",
                                    "Patient/_history",
                                ]
                            )
                            | JSON,
                            "ifMatch": JSON,
                            "ifNoneExist": JSON | st.sampled_from(["", "?", "name=x"]),
                            "ifNoneMatch": JSON,
                        },
                    ),
                },
            )
            | JSON,
            max_size=3,
        )
        | JSON
    },
)


@FUZZ
@given(bundle=BUNDLES)
def test_any_bundle(house: OpenHouse, bundle: Any) -> None:
    assert ask(house, "POST", b"", headers=[FHIR], body=encoded(bundle)) < 500


DEEP = [
    b'{"resourceType":"Patient","extension":'
    + b'[{"url":"x","extension":' * 900
    + b"[]"
    + b"}]" * 900
    + b"}",
    b'{"resourceType":"Patient","contained":[' * 400 + b"{}" + b"]}" * 400,
    b'{"a":' * 100_000 + b"1" + b"}" * 100_000,
    b"[" * 500 + b"]" * 500,
]


@pytest.mark.parametrize("body", DEEP, ids=["extensions", "contained", "objects", "arrays"])
@pytest.mark.parametrize("path", ["", "Patient", "Patient/$validate", "Patient/li-na"])
def test_deep_nesting(house: OpenHouse, body: bytes, path: str) -> None:
    method = "PUT" if path.endswith("li-na") else "POST"
    assert ask(house, method, path.encode(), headers=[FHIR], body=body) < 500
