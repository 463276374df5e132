"""What comes from another station, as it can stand here: pure functions over bodies."""

import hashlib
from typing import Any, Final

from kernel.canonical import structure_definition
from records.exchange.received import Document
from records.life.residence import CARE_KIND, RECORD_MANAGEMENT
from records.reading import Body, name_of

ORIGINAL: Final = structure_definition("original-reference")
ELSEWHERE: Final = "record-management-elsewhere"
"""The care kind of an EpisodeOfCare that says which other institution kept a file."""


def computed_id(base: str, type_: str, body: Body) -> str:
    """The id of a resource whose own is taken here: always the same for what comes from there."""
    text = f"{base}/{type_}/{body['id']}".encode()
    return f"from-{hashlib.sha256(text).hexdigest()[:40]}"


def source_of(document: Document, type_: str, body: Body) -> str:
    """What `meta.source` says of a resource that came with a document."""
    return f"{document.base}/{type_}/{body['id']}"


def elsewhere(body: Body) -> dict[str, Any]:
    """The days at another institution, which are no days of one of ours."""
    types = []
    for concept in body.get("type", ()):
        codings = [
            {**one, "code": ELSEWHERE, "display": "外机构健康档案管理"}
            if one.get("system") == CARE_KIND and one.get("code") == RECORD_MANAGEMENT
            else one
            for one in concept.get("coding", ())
        ]
        types.append({**concept, "coding": codings})
    return {**body, "type": types}


def logical(value: dict[str, Any], text: str, type_: str, body: Body | None) -> dict[str, Any]:
    """A reference to what is not here: identifier and display, and what stood there."""
    rest = {name: one for name, one in value.items() if name != "reference"}
    original = {"url": ORIGINAL, "valueString": text}
    if body is not None:
        identifiers = body.get("identifier")
        first = identifiers[0] if isinstance(identifiers, list) and identifiers else None
        if first is not None:
            rest.setdefault("identifier", first)
        rest.setdefault("display", _called(body))
    rest.setdefault("display", text)
    if type_ and type_.isalpha():
        rest.setdefault("type", type_)
    return {**rest, "extension": [*rest.get("extension", ()), original]}


def _called(body: Body) -> str:
    name = body.get("name")
    return name if isinstance(name, str) else name_of(body)


def same_thing(here: Body, there: Body) -> bool:
    """Whether two entries of a directory with one id are one: same identifier, or same name."""
    ours, theirs = (
        {(one.get("system"), one.get("value")) for one in body.get("identifier", ())}
        for body in (here, there)
    )
    if ours and theirs:
        return bool(ours & theirs)
    return _called(here) == _called(there)


def without_meta(body: Body) -> dict[str, Any]:
    return {name: value for name, value in body.items() if name != "meta"}
