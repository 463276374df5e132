"""One FHIR interaction, wherever it comes from: an HTTP request or an entry of a Bundle."""

import email.utils
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from kernel.clock import SECOND, Instant
from kernel.declare.resource import ResourceSpec
from kernel.errors import Refused, bad_request, not_found, not_supported
from kernel.fhir import json
from kernel.fhir.store.heads import Version
from kernel.fhir.store.save import Saved
from kernel.registry import Registry

Pairs = list[tuple[str, str]]


@dataclass(slots=True)
class Call:
    """What is asked. `path` is relative to the base, without query; header names are lower-case.

    `body` is what was sent, `parsed` its JSON where the method carries a resource.
    """

    method: str
    path: str
    query: Pairs
    headers: Mapping[str, str] = field(default_factory=dict)
    base: str = ""
    body: bytes = b""
    parsed: Any = None

    @property
    def segments(self) -> list[str]:
        """The parts of the path."""
        return [part for part in self.path.split("/") if part]

    def param(self, name: str) -> str | None:
        """The first value of a query parameter."""
        return next((value for key, value in self.query if key == name), None)

    def prefers(self, word: str) -> str | None:
        """The value of a `Prefer` token: `prefers("return")` → `minimal`."""
        for part in self.headers.get("prefer", "").replace(";", ",").split(","):
            name, _, value = part.strip().partition("=")
            if name.lower() == word:
                return value.strip().strip('"')
        return None


@dataclass(slots=True)
class Answer:
    """What is answered: status, JSON bytes, headers."""

    status: int
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    subset: bool = False
    """The body is a single resource that `_summary` and `_elements` still apply to."""


def etag(version: int) -> str:
    """The weak ETag of a version (R4 3.1.0.1.3)."""
    return f'W/"{version}"'


@lru_cache(maxsize=4096)
def _http_second(second: int) -> str:
    return email.utils.formatdate(second, usegmt=True)


def http_date(instant: Instant) -> str:
    """An instant as HTTP writes it, in whole seconds."""
    return _http_second(instant // SECOND)


def version_headers(found: Version | Saved) -> dict[str, str]:
    """ETag and Last-Modified of a version."""
    return {"ETag": etag(found.version), "Last-Modified": http_date(found.updated_at)}


def location(base: str, found: Version | Saved) -> str:
    """The versioned address of a resource."""
    return f"{base}/{found.type}/{found.id}/_history/{found.version}"


def expected_version(call: Call) -> int | None:
    """The version that If-Match names: `W/"3"`, `"3"` or `3`. Raises Refused (400) for others."""
    text = call.headers.get("if-match")
    if text is None or text.strip() == "*":
        return None
    plain = text.strip().removeprefix("W/").strip('"')
    if not plain.isascii() or not plain.isdigit() or len(plain) > 9:
        raise bad_request(f'If-Match must name one version, for example W/"3"; not {text!r}')
    return int(plain)


def spec_of(registry: Registry, type_: str) -> ResourceSpec:
    """The declaration of a type in a URL. Raises Refused (404) for types not served."""
    spec = registry.spec(type_)
    if spec is None:
        raise not_supported(404, f"resource type {type_[:64]!r} is not served here")
    return spec


def condition_query(text: str) -> Pairs:
    """The search of a condition: `identifier=x`, `?identifier=x`, `Type?…` or an absolute URL."""
    query = urlsplit(text).query if "?" in text else text
    pairs = parse_qsl(query, keep_blank_values=True)
    if not pairs:
        raise bad_request("a condition needs at least one search parameter", code="required")
    return pairs


def parse_body(call: Call) -> Any:
    """The JSON that was sent. Raises Refused (400) saying where it is broken."""
    if not call.body.strip():
        raise bad_request("the body is empty; a resource in JSON is expected", code="required")
    try:
        return json.loads_unique(call.body)
    except json.JsonError as error:
        raise bad_request(f"the body is not JSON: {error}", code="structure") from None


def resource_of(call: Call, type_: str) -> dict[str, Any]:
    """The resource that was sent to an address of `type_`. Raises Refused (400)."""
    body = call.parsed
    if not isinstance(body, dict):
        raise bad_request("a resource is a JSON object", code="structure")
    if body.get("resourceType") != type_:
        raise bad_request(
            f"resourceType is {body.get('resourceType')!r}, but the address is of type {type_}",
            f"{type_}.resourceType",
        )
    return body


def unknown(path: str) -> Refused:
    """404 for an address that means nothing."""
    return not_found(f"the address {path[:100]!r}")
