"""The FHIR edge: HTTP in, an interaction in one transaction, HTTP out (FHIR R4 3.1.0).

A plain ASGI application: everything from authentication to the finished bytes happens in one place,
which `running` chooses. What was accessed is in the audit before the answer leaves.
"""

import gzip
import logging
import re
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import parse_qsl, unquote

from sqlalchemy import Connection
from starlette.types import Receive, Scope, Send

from kernel.audit.accesses import AccessLog
from kernel.audit.entry import Action, Entry, Outcome, entry_of
from kernel.clock import monotonic
from kernel.db.dialect import is_retryable
from kernel.errors import (
    Elsewhere,
    Issue,
    Overtaken,
    Refused,
    bad_request,
    too_large,
    unauthenticated,
)
from kernel.fhir import json
from kernel.fhir.capability import capability_statement
from kernel.fhir.exchange import Answer, Call, parse_body
from kernel.fhir.formats import negotiate, presented
from kernel.fhir.operations import refused_answer
from kernel.fhir.router import Plan, plan
from kernel.fhir.running import Effort, Runner
from kernel.fhir.transaction import Bundle, read_bundle, response_bundle
from kernel.security.actor import Actor
from kernel.security.authentication import Authenticator
from kernel.work import ReadWork, Station

PREFIX = "/fhir/R4"
GZIP_FROM = 1400
"""Bodies smaller than a packet are not worth compressing."""
BRIEF_BYTES = 32_768
"""Bodies up to this size are read and checked in a few milliseconds."""
BRIEF_ROWS = 100
RETRIES = 3
SEEN = 10_000
SEEN_SECONDS = 60.0
"""How long, and how many, callers are remembered as no strangers (they are asked all the same)."""
_HOST = re.compile(r"[A-Za-z0-9._\-]+(:\d+)?|\[[0-9A-Fa-f:.]+\](:\d+)?")
_log = logging.getLogger("station.fhir")

Views = dict[str, Callable[[ReadWork, Call, str | None], Answer]]
"""How those types are read and searched that only the server authors and no module answers for."""


class FhirApi:
    """The ASGI application below `/fhir/R4`."""

    def __init__(
        self,
        station: Station,
        authenticator: Authenticator,
        accesses: AccessLog,
        *,
        version: str,
        views: Views,
        headers: Mapping[bytes, bytes],
    ) -> None:
        self.station = station
        self.authenticator = authenticator
        self.version = version
        self.views = views
        self.headers = [*headers.items(), (b"vary", b"Accept-Encoding")]
        self._seen: dict[int, float] = {}
        self.runner = Runner(station.database, accesses, station.settings.threads)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        try:
            body = await _receive(receive, self.station.settings.max_body_mb << 20)
            call = self._call(scope, body)
            answer = await self.runner.run(lambda: self.respond(call, scope), self._effort(call))
        except Refused as refused:
            answer = refused_answer(refused)
            answer.headers["Content-Type"] = "application/fhir+json; charset=utf-8"
        await _send(send, answer, self.headers, head=scope["method"] == "HEAD")

    def _effort(self, call: Call) -> Effort:
        """What a call takes, by its address and size."""
        spec = self.station.registry.spec(call.segments[0]) if call.segments else None
        if len(call.body) > BRIEF_BYTES or (spec is not None and spec.view is not None):
            return Effort.LONG
        if call.segments[-1:] == ["_search"]:  # its body is not read yet
            return Effort.LONG
        if call.method not in ("GET", "HEAD"):
            return Effort.WRITES
        return Effort.LONG if any(_is_long(*pair) for pair in call.query) else Effort.READS

    def _call(self, scope: Scope, body: bytes) -> Call:
        headers = {k.decode("latin-1"): v.decode("latin-1") for k, v in scope["headers"]}
        query = scope["query_string"].decode("latin-1")
        path = scope["path"].removeprefix(PREFIX).strip("/")
        pairs = parse_qsl(query, keep_blank_values=True, errors="replace") if query else []
        return Call(
            scope["method"], unquote(path), pairs, headers, self._base(scope, headers), body
        )

    def _base(self, scope: Scope, headers: dict[str, str]) -> str:
        configured = self.station.settings.base_url
        if configured:
            return configured.rstrip("/") + PREFIX
        host = headers.get("host", "localhost")
        if _HOST.fullmatch(host) is None:
            raise bad_request("the Host header is no host name")
        return f"{scope['scheme']}://{host}{PREFIX}"

    def respond(self, call: Call, scope: Scope) -> tuple[Answer, list[Entry]]:
        """The answer to a call and what it adds to the access audit."""
        entries: list[Entry] = []
        try:
            negotiate(call)
            answer = self._answered(call, _source(scope), entries)
        except Refused as refused:
            answer = refused_answer(refused)
        except Elsewhere:
            raise
        except Exception:  # a fault of ours: logged whole, and answered without its trace
            _log.exception("unexpected error in %s", call.method)
            issue = Issue("exception", "the server failed; the error has been logged", "", "fatal")
            answer = refused_answer(Refused(500, (issue,)))
        presented(call, answer)
        if len(answer.body) > GZIP_FROM and _takes_gzip(call.headers.get("accept-encoding", "")):
            answer.body = gzip.compress(answer.body, 4, mtime=0)
            answer.headers["Content-Encoding"] = "gzip"
        return answer, entries

    def _answered(self, call: Call, source: str, entries: list[Entry]) -> Answer:
        if call.path == "metadata" and call.method in ("GET", "HEAD"):
            statement = capability_statement(
                self.station.registry, call.base, self.version, self.station.clock.now()
            )
            return Answer(200, json.dumps(statement), subset=True)
        token = _bearer(call)

        def who(connection: Connection) -> Actor:
            return self.authenticator.by_token(connection, token, source)

        if call.method in ("GET", "HEAD"):
            return self._run(plan(self.station.registry, call), call, who, entries)
        self._admit(token, who)
        if not call.segments and call.method == "POST":
            return self._bundle(call, who, entries)
        return self._run(plan(self.station.registry, call), call, who, entries)

    def _admit(self, token: str, who: Callable[[Connection], Actor]) -> None:
        """Refuse a stranger before the body is parsed, which is not worth it.

        One who was let in a moment ago is asked in the transaction that writes, and only there.
        """
        now = monotonic()
        key = hash(token)
        if self._seen.get(key, 0.0) > now:
            return
        with self.station.read(who):
            pass
        if len(self._seen) >= SEEN:
            self._seen.clear()
        self._seen[key] = now + SEEN_SECONDS

    def _bundle(self, call: Call, who: Any, entries: list[Entry]) -> Answer:
        call.parsed = parse_body(call)
        if not isinstance(call.parsed, dict) or call.parsed.get("type") != "batch":
            return self._run(plan(self.station.registry, call), call, who, entries)
        bundle = read_bundle(self.station.registry, call)
        self._batch(bundle, who, entries)
        return Answer(200, response_bundle(bundle.kind, bundle.entries))

    def _batch(self, bundle: Bundle, who: Any, entries: list[Entry]) -> None:
        for entry in bundle.entries:
            try:
                todo = plan(self.station.registry, entry.call)
                entry.answer = self._run(todo, entry.call, who, entries)
            except Refused as refused:
                entry.answer = refused_answer(refused)

    def _run(self, todo: Plan, call: Call, who: Any, entries: list[Entry]) -> Answer:
        for attempt in range(RETRIES):
            try:
                return self._once(todo, call, who, entries)
            except Overtaken:
                if attempt == RETRIES - 1:
                    raise
            except Refused:
                raise
            except Exception as error:
                if not is_retryable(error) or attempt == RETRIES - 1:
                    raise
        raise AssertionError  # the last attempt returned or raised

    def _once(self, todo: Plan, call: Call, who: Any, entries: list[Entry]) -> Answer:
        opened = self.station.write if todo.writes else self.station.read
        with opened(who) as work:
            try:
                if todo.action is not Action.OPERATION and _type_of(todo) in self.views:
                    answer = self.views[_type_of(todo)](work, call, todo.id)
                else:
                    answer = todo.run(work)
            except Refused as refused:
                if refused.status == 403:
                    entries.append(_entry(work, todo, call, Action.DENIED, Outcome.MINOR))
                raise
        if _is_access(work, todo):
            entries.append(_entry(work, todo, call, todo.action, Outcome.SUCCESS))
        return answer


def _is_long(name: str, value: str) -> bool:
    """Whether a parameter lets an answer grow beyond a page of ordinary length.

    A cursor holds the whole search that it goes on with, sealed.
    """
    if name == "_count":
        return not (value.isascii() and value.isdigit() and int(value[:9]) <= BRIEF_ROWS)
    return name.startswith(("_include", "_revinclude", "_cursor"))


def _type_of(todo: Plan) -> str:
    return todo.spec.type if todo.spec else ""


def _is_access(work: ReadWork, todo: Plan) -> bool:
    """Whether a person's record was touched, or searched for."""
    searched = todo.action is Action.SEARCH and todo.spec is not None and bool(todo.spec.patient)
    return bool(work.touched) or searched


def _entry(work: ReadWork, todo: Plan, call: Call, action: Action, outcome: Outcome) -> Entry:
    detail = {"method": call.method, "path": call.path}
    if call.query:
        detail["query"] = "&".join(f"{k}={v}" for k, v in call.query)
    return entry_of(
        work.actor,
        work.now,
        action,
        outcome=outcome,
        patients=sorted(work.touched),
        resource_type=todo.spec.type if todo.spec else None,
        resource_id=todo.id,
        detail=detail if call.query or action is Action.DENIED else None,
    )


def _bearer(call: Call) -> str:
    scheme, _, token = call.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise unauthenticated("a bearer token is needed: Authorization: Bearer …")
    return token.strip()


def _takes_gzip(accepted: str) -> bool:
    """Whether Accept-Encoding names gzip with a weight above zero (RFC 9110 12.5.3)."""
    for part in accepted.split(","):
        name, _, weight = part.partition(";")
        if name.strip().lower() == "gzip":
            return weight.replace(" ", "").lower().rstrip("0.") != "q="
    return False


def _source(scope: Scope) -> str:
    client = scope.get("client")
    return client[0] if client else ""


async def _receive(receive: Receive, limit: int) -> bytes:
    parts: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        part = message.get("body", b"")
        size += len(part)
        if size > limit:
            raise too_large(f"the body is larger than {limit >> 20} MiB; send it in parts")
        parts.append(part)
        if not message.get("more_body"):
            return parts[0] if len(parts) == 1 else b"".join(parts)


async def _send(
    send: Send, answer: Answer, always: list[tuple[bytes, bytes]], *, head: bool
) -> None:
    headers = [
        (k.lower().encode("latin-1"), v.encode("latin-1")) for k, v in answer.headers.items()
    ]
    if answer.status != 304:
        headers.append((b"content-length", str(len(answer.body)).encode()))
    headers += always
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    await send({"type": "http.response.body", "body": b"" if head else answer.body})
