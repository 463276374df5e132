"""The literal references of FHIR R4 (§2.3.0.1): their forms, and the type that each points at."""

import re
from dataclasses import dataclass
from functools import lru_cache

from kernel.fhir.terminology import RESOURCE_TYPES

MAX_LENGTH = 2048

_ID = r"[A-Za-z0-9\-.]{1,64}"
_RELATIVE = re.compile(rf"([A-Za-z]+)/{_ID}(?:/_history/{_ID})?")
_CONDITIONAL = re.compile(r"([A-Za-z]+)\?\S+")
_ABSOLUTE = re.compile(r"https?://[^\s/]+\S*", re.IGNORECASE)
_TYPED_URL = re.compile(rf"/([A-Za-z]+)/{_ID}(?:/_history/{_ID})?$")
_URN = re.compile(
    r"urn:uuid:[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"
    r"|urn:oid:[0-2](?:\.(?:0|[1-9][0-9]*))+"
)
_FRAGMENT = re.compile(rf"#(?:{_ID})?")


@dataclass(frozen=True, slots=True)
class Target:
    """Where a reference points: a type if the literal tells, or an id within the resource."""

    type: str | None = None
    fragment: str | None = None


@lru_cache(maxsize=4096)
def target_of(literal: str) -> Target | str:
    """Read a literal reference; answer its Target, or a sentence saying what is wrong with it.

    Accepted are `Type/id` (with `/_history/version` or not), `Type?search` (which only a bundle
    can resolve), http(s) URLs, `urn:uuid:`, `urn:oid:` and `#id`.
    """
    if len(literal) > MAX_LENGTH:
        return f"must not be longer than {MAX_LENGTH} characters"
    if _FRAGMENT.fullmatch(literal):
        return Target(fragment=literal[1:])
    relative = _RELATIVE.fullmatch(literal) or _CONDITIONAL.fullmatch(literal)
    if relative is not None:
        name = relative.group(1)
        if name in RESOURCE_TYPES:
            return Target(type=name)
        return f"{name[:60]} is not a resource type of FHIR R4"
    if _ABSOLUTE.fullmatch(literal):
        typed = _TYPED_URL.search(literal)
        known = typed is not None and typed.group(1) in RESOURCE_TYPES
        return Target(type=typed.group(1) if typed is not None and known else None)
    if _URN.fullmatch(literal):
        return Target()
    return "must be Type/id, an http(s) URL, urn:uuid:, urn:oid: or #id of a contained resource"
