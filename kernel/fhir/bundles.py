"""Bundles that we write: searchsets and histories, put together from stored bytes.

The stored JSON of each resource is copied as it lies, so that a page of a search costs no parsing.
"""

from collections.abc import Iterable, Sequence
from urllib.parse import quote, urlencode

from kernel.clock import Instant, iso_instant
from kernel.errors import Issue
from kernel.fhir import json
from kernel.fhir.exchange import etag
from kernel.fhir.outcome import outcome_bytes
from kernel.fhir.store.heads import Version

Link = tuple[str, str]


def _text(value: str) -> bytes:
    return json.dumps(value)


def _bundle(
    kind: str, now: Instant, links: Sequence[Link], entries: Iterable[bytes], total: int | None
) -> bytes:
    parts = [
        b'{"resourceType":"Bundle","meta":{"lastUpdated":%s},"type":"%s"'
        % (_text(iso_instant(now)), kind.encode())
    ]
    if total is not None:
        parts.append(b'"total":%d' % total)
    if links:
        shown = (b'{"relation":%s,"url":%s}' % (_text(r), _text(u)) for r, u in links)
        parts.append(b'"link":[%s]' % b",".join(shown))
    joined = b",".join(entries)
    if joined:
        parts.append(b'"entry":[%s]' % joined)
    return b",".join(parts) + b"}"


def _search_entry(base: str, version: Version, body: bytes, mode: bytes) -> bytes:
    url = f"{base}/{version.type}/{version.id}".encode()
    return b'{"fullUrl":"%s","resource":%s,"search":{"mode":"%s"}}' % (url, body, mode)


def searchset(
    base: str,
    now: Instant,
    *,
    matches: Sequence[tuple[Version, bytes]],
    included: Sequence[Version] = (),
    links: Sequence[Link] = (),
    total: int | None = None,
    warnings: Sequence[Issue] = (),
) -> bytes:
    """A page of a search (R4 3.1.1.1): matches with the bytes to show, what they bring along."""
    entries = [_search_entry(base, v, body, b"match") for v, body in matches]
    entries += [_search_entry(base, v, v.body, b"include") for v in included]
    if warnings:
        entries.append(b'{"resource":%s,"search":{"mode":"outcome"}}' % outcome_bytes(warnings))
    return _bundle("searchset", now, links, entries, total)


def history(
    base: str,
    now: Instant,
    *,
    versions: Sequence[Version],
    links: Sequence[Link] = (),
    total: int | None = None,
) -> bytes:
    """A page of a history (R4 3.1.0.12), newest first; a deletion has no resource."""
    return _bundle("history", now, links, [_history_entry(base, v) for v in versions], total)


def _history_entry(base: str, version: Version) -> bytes:
    url = f"{version.type}/{version.id}"
    method = "DELETE" if version.deleted else "POST" if version.version == 1 else "PUT"
    status = {"DELETE": "204", "POST": "201", "PUT": "200"}[method]
    stamp = iso_instant(version.updated_at)
    resource = b"" if version.deleted else b'"resource":%s,' % version.body
    return (
        b'{"fullUrl":"%s/%s",%s"request":{"method":"%s","url":"%s"},'
        b'"response":{"status":"%s","etag":%s,"lastModified":"%s"}}'
    ) % (
        base.encode(),
        url.encode(),
        resource,
        method.encode(),
        (version.type if method == "POST" else url).encode(),
        status.encode(),
        _text(etag(version.version)),
        stamp.encode(),
    )


def link(base: str, path: str, pairs: Sequence[tuple[str, str]]) -> str:
    """An address with its query."""
    query = urlencode(pairs, quote_via=quote)
    return f"{base}/{path}?{query}" if query else f"{base}/{path}"
