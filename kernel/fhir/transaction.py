"""Batch and transaction Bundles (R4 3.1.0.11).

A transaction is deletes, then creates and updates together in one `save_all` (so that they may
refer to each other by `urn:uuid:`; in several where a conditional reference finds what others of
them create), then patches, then reads. A batch runs its entries one by one, each
in a transaction of its own.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any
from urllib.parse import parse_qsl, unquote

from kernel.errors import Refused, bad_request, placed, precondition_failed
from kernel.fhir import json
from kernel.fhir.exchange import (
    Answer,
    Call,
    Pairs,
    condition_query,
    expected_version,
    location,
    spec_of,
    version_headers,
)
from kernel.fhir.interactions import matches, prepared, sole_match
from kernel.fhir.store.heads import Version
from kernel.fhir.store.item import Draft
from kernel.fhir.store.references import Target, local_target
from kernel.fhir.store.save import Saved, save_all
from kernel.fhir.validate import Checked
from kernel.ids import uuid7
from kernel.registry import Registry
from kernel.work import Work

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")
_HEADERS = {
    "ifMatch": "if-match",
    "ifNoneMatch": "if-none-match",
    "ifNoneExist": "if-none-exist",
    "ifModifiedSince": "if-modified-since",
}
WAVES = 10
"""So many conditional references deep may entries of one transaction wait for each other."""
Run = Callable[[Work, Call], Answer]
"""How an entry that is no create or update is carried out (the router's dispatch)."""


@dataclass(slots=True)
class Entry:
    """One entry of a Bundle on its way."""

    number: int
    call: Call
    full_url: str = ""
    checked: Checked | None = None
    id: str | None = None
    fresh: bool = False
    answer: Answer | None = None

    @property
    def type(self) -> str:
        """The resource type in the entry's address."""
        return self.call.segments[0]

    def forget(self) -> None:
        """Undo what an attempt that was undone decided; an id of ours stays, it was given out."""
        self.answer = None
        if not self.fresh:
            segments = self.call.segments
            self.id = segments[1] if self.checked is not None and len(segments) > 1 else None


@dataclass(slots=True)
class Bundle:
    """A Bundle that was read and whose resources are valid."""

    kind: str
    entries: list[Entry] = field(default_factory=list)


def read_bundle(registry: Registry, call: Call) -> Bundle:
    """Read a posted Bundle. Raises Refused (400, 422) with the faults of all entries."""
    body = call.parsed
    if not isinstance(body, dict) or body.get("resourceType") != "Bundle":
        raise bad_request("a Bundle is expected at the base address", "Bundle", "structure")
    kind = body.get("type")
    if kind not in ("batch", "transaction"):
        raise bad_request(f"Bundle.type is batch or transaction, not {kind!r}", "Bundle.type")
    raw = body.get("entry", [])
    if not isinstance(raw, list):
        raise bad_request("Bundle.entry is an array", "Bundle.entry", "structure")
    bundle, issues, status = Bundle(kind), [], 400
    for number, entry in enumerate(raw):
        try:
            bundle.entries.append(_entry(call, number, entry))
            if kind == "transaction":
                validate_entry(registry, bundle.entries[-1])
        except Refused as refused:
            issues.extend(placed(_place_of(number), refused.issues))
            status = refused.status
    if issues:
        raise Refused(status, issues)
    return bundle


def _place_of(number: int) -> str:
    return f"Bundle.entry[{number}]"


def _entry(outer: Call, number: int, entry: Any) -> Entry:
    request = entry.get("request") if isinstance(entry, dict) else None
    if not isinstance(request, dict):
        raise bad_request("an entry needs a request with method and url", code="required")
    method, url = request.get("method"), request.get("url")
    if method not in METHODS:
        raise bad_request(f"request.method is one of {', '.join(METHODS)}; not {method!r}")
    if not isinstance(url, str) or not url.strip("/"):
        raise bad_request("request.url is missing", code="required")
    path, _, query = url.removeprefix(outer.base).lstrip("/").partition("?")
    headers = {ours: str(request[theirs]) for theirs, ours in _HEADERS.items() if theirs in request}
    headers["prefer"] = outer.headers.get("prefer", "")
    pairs = parse_qsl(query, keep_blank_values=True)
    call = Call(method, unquote(path), pairs, headers, outer.base, parsed=entry.get("resource"))
    full_url = entry.get("fullUrl", "")
    return Entry(number, call, full_url if isinstance(full_url, str) else "")


def validate_entry(registry: Registry, entry: Entry) -> None:
    """Validate the resource of a create or update. Raises Refused (400, 404, 422)."""
    call = entry.call
    if call.method not in ("POST", "PUT") or len(call.segments) > 2 or "$" in call.path:
        return
    type_, *rest = call.segments
    if rest and rest[0].startswith("_"):
        return
    spec_of(registry, type_)
    if call.method == "POST" and rest:
        raise bad_request("a create is posted to the type, without an id")
    entry.checked = prepared(registry, call, type_, rest[0] if rest else None)
    entry.id = rest[0] if rest else None


def run_transaction(work: Work, bundle: Bundle, run: Run) -> list[Entry]:
    """Carry out a transaction inside `work`; all or nothing. Raises Refused naming the entry.

    It may be run again in another work where the database undid this one (deadlock).
    """
    entries = bundle.entries
    for entry in entries:
        entry.forget()
    for entry in entries:
        if entry.call.method == "DELETE":
            entry.answer = _guarded(entry, lambda e: run(work, e.call))
    writes = [entry for entry in entries if entry.checked is not None]
    _distinct(writes)
    addresses: dict[str, str] = {}
    for entry in writes:
        _guarded(entry, lambda e: _place(work, e, addresses))
    fresh = [entry for entry in writes if entry.answer is None]
    for entry in fresh:
        _guarded(entry, lambda e: _readdress(e, addresses))
    _save_in_waves(work, fresh)
    for methods in (("PATCH", "POST", "PUT"), ("GET", "HEAD")):
        for entry in entries:
            if entry.answer is None and entry.call.method in methods:
                entry.answer = _guarded(entry, lambda e: run(work, e.call))
    return entries


def _guarded(entry: Entry, action: Callable[[Entry], Any]) -> Any:
    try:
        return action(entry)
    except Refused as refused:
        issues = placed(_place_of(entry.number), refused.issues)
        raise type(refused)(refused.status, issues, refused.headers) from None


def _distinct(writes: list[Entry]) -> None:
    """Refuse two entries with the same condition: both would find nothing and both create."""
    seen: set[tuple[str, frozenset[tuple[str, str]]]] = set()
    for entry in writes:
        pairs = _guarded(entry, _condition)
        if not pairs:
            continue
        key = (entry.type, frozenset(pairs))
        if key in seen:
            text = "another entry of this transaction has the same condition; send it once"
            raise Refused(400, placed(_place_of(entry.number), bad_request(text).issues))
        seen.add(key)


def _condition(entry: Entry) -> Pairs:
    """The search that decides under which id an entry is written; empty for none."""
    if entry.call.method == "PUT":
        return entry.call.query if entry.id is None else []
    condition = entry.call.headers.get("if-none-exist")
    return [] if condition is None else condition_query(condition)


def _place(work: Work, entry: Entry, addresses: dict[str, str]) -> None:
    """Decide under which id an entry is written, or that it is there already (conditions)."""
    call, type_ = entry.call, entry.type
    spec = spec_of(work.registry, type_)
    condition = call.headers.get("if-none-exist") if call.method == "POST" else None
    if condition is not None:
        found = sole_match(work, spec, condition_query(condition))
        if found is not None:
            entry.id, entry.answer = found.id, _answer(call, found, 200)
    elif call.method == "PUT" and entry.id is None:
        found = sole_match(work, spec, call.query)
        assert entry.checked is not None  # noqa: S101 - only entries with a resource are placed
        sent = entry.checked.body.get("id")
        if found is not None and sent not in (None, found.id):
            raise bad_request(f"the condition finds {type_}/{found.id}, the body's id is {sent}")
        entry.id = found.id if found is not None else sent
    if entry.id is None:
        entry.id, entry.fresh = uuid7(work.now), True
    if entry.full_url:
        addresses[entry.full_url] = f"{type_}/{entry.id}"


def _readdress(entry: Entry, addresses: Mapping[str, str]) -> None:
    """Replace references to the `fullUrl` of other entries by literal ones, in the body itself."""
    known: dict[str, str] = {}
    for _, text in _references(entry):
        if text in addresses:
            known[text] = addresses[text]
        elif text.startswith("urn:uuid:"):
            raise bad_request(f"{text} is the fullUrl of no entry", code="not-found")
    _point(entry, known)


def _references(entry: Entry) -> Sequence[tuple[str, str]]:
    assert entry.checked is not None  # noqa: S101 - only entries with a resource are written
    return entry.checked.references


def _point(entry: Entry, known: Mapping[str, str]) -> None:
    """Replace the texts of references in an entry's resource."""
    checked = entry.checked
    assert checked is not None  # noqa: S101 - only entries with a resource are written
    if any(text in known for _, text in checked.references):
        _replace(checked.body, known)
        references = tuple((path, known.get(text, text)) for path, text in checked.references)
        entry.checked = Checked(checked.type, checked.body, references)


def _save_in_waves(work: Work, entries: Sequence[Entry]) -> None:
    """Save the entries; those later whose conditional references find what the others create.

    R4 3.1.0.11.2 resolves conditional references when everything else is done, so what they found
    must still be the only match at the end. Entries that wait for each other are refused.
    """
    found: dict[str, str] = {}
    asked = [(entry, text) for entry in entries for text in _conditions(entry)]
    waiting = list(entries)
    for _ in range(WAVES):
        for entry, text in asked:
            if text not in found:
                found.update(_guarded(entry, partial(_looked_up, work, text)))
        ready = _ready(work, waiting, found)
        for entry in ready:
            _point(entry, found)
        _save(work, ready)
        waiting = [entry for entry in waiting if entry.answer is None]
        if not ready or not waiting:
            break
    written = {entry.type for entry in entries}
    for text in dict.fromkeys(text for _, text in asked):
        entry = next(e for e, t in asked if t == text)
        if text not in found or _type_of(text) in written:
            _guarded(entry, partial(_still_found, work, text, found))


def _conditions(entry: Entry) -> list[str]:
    """The conditional references of an entry."""
    texts = (text for _, text in _references(entry))
    return [text for text in texts if "?" in text and ":" not in text.partition("?")[0]]


def _ready(work: Work, waiting: list[Entry], found: Mapping[str, str]) -> list[Entry]:
    """The entries that refer neither to what is not found yet nor to others that must wait."""
    late = {_target(e) for e in waiting if any(text not in found for text in _conditions(e))}
    size = -1
    while size != len(late):
        size = len(late)
        late |= {
            _target(e)
            for e in waiting
            if any(local_target(work, text) in late for _, text in _references(e))
        }
    return [entry for entry in waiting if _target(entry) not in late]


def _target(entry: Entry) -> Target:
    assert entry.id is not None  # noqa: S101 - every entry was placed
    return Target(entry.type, entry.id)


def _type_of(text: str) -> str:
    return text.partition("?")[0].strip("/")


def _looked_up(work: Work, text: str, _entry: Entry) -> dict[str, str]:
    """What a conditional reference finds, if anything. Raises Refused (412) where several match."""
    type_ = _type_of(text)
    match = matches(work, spec_of(work.registry, type_), condition_query(text))
    if len(match) > 1:
        raise precondition_failed(
            f"the conditional reference to {type_} matches several resources",
            code="multiple-matches",
        )
    return {text: f"{type_}/{match[0].id}"} if match else {}


def _still_found(work: Work, text: str, found: Mapping[str, str], entry: Entry) -> None:
    """Refuse (412) what finds nothing, or something else than was referred to."""
    if text not in found or _looked_up(work, text, entry) != {text: found[text]}:
        raise precondition_failed(
            f"the conditional reference to {_type_of(text)} matches no resources",
            code="not-found",
        )


def _replace(value: Any, known: Mapping[str, str]) -> None:
    if isinstance(value, dict):
        text = value.get("reference")
        if isinstance(text, str) and text in known:
            value["reference"] = known[text]
        for part in value.values():
            _replace(part, known)
    elif isinstance(value, list):
        for part in value:
            _replace(part, known)


def _draft(entry: Entry) -> Draft:
    assert entry.checked is not None  # noqa: S101 - only entries with a resource are written
    expect = _guarded(entry, lambda e: expected_version(e.call))
    place = _place_of(entry.number)
    return Draft(entry.checked.body, entry.id, expect, entry.checked, entry.fresh, place)


def _save(work: Work, entries: Sequence[Entry]) -> None:
    drafts = [_draft(entry) for entry in entries]
    for entry, saved in zip(entries, save_all(work, drafts), strict=True):
        entry.answer = _answer(entry.call, saved, 201 if saved.created else 200)


def _answer(call: Call, found: Version | Saved, status: int) -> Answer:
    headers = {**version_headers(found), "Location": location(call.base, found)}
    body = b"" if call.prefers("return") in ("minimal", "OperationOutcome") else found.body
    return Answer(status, body, headers)


def response_bundle(kind: str, entries: list[Entry]) -> bytes:
    """The answer to a Bundle, entry by entry in the order in which they were sent."""
    shown = b",".join(_response(entry) for entry in entries)
    parts = b',"entry":[%s]' % shown if shown else b""
    return b'{"resourceType":"Bundle","type":"%s-response"%s}' % (kind.encode(), parts)


def _response(entry: Entry) -> bytes:
    answer = entry.answer or Answer(500)
    response: dict[str, str] = {"status": _STATUS.get(answer.status, str(answer.status))}
    if "Location" in answer.headers:
        response["location"] = answer.headers["Location"]
    if "ETag" in answer.headers:
        response["etag"] = answer.headers["ETag"]
    text = json.dumps(response)
    failed = answer.status >= 400
    if answer.body and failed:
        return b'{"response":%s,"outcome":%s}}' % (text[:-1], answer.body)
    if answer.body:
        return b'{"resource":%s,"response":%s}' % (answer.body, text)
    return b'{"response":%s}' % text


_STATUS = {200: "200 OK", 201: "201 Created", 204: "204 No Content", 304: "304 Not Modified"}
