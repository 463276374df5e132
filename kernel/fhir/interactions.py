"""The FHIR interactions on one type or resource (R4 3.1.0), inside an open work."""

from typing import Any

import jsonpatch
import jsonpointer

from kernel.declare.resource import ResourceSpec
from kernel.errors import bad_request, precondition_failed, unprocessable
from kernel.fhir import json
from kernel.fhir.exchange import (
    Answer,
    Call,
    Pairs,
    condition_query,
    etag,
    expected_version,
    location,
    resource_of,
    version_headers,
)
from kernel.fhir.outcome import outcome_bytes
from kernel.fhir.search.query import Query, Reader, read_query
from kernel.fhir.search.run import search as run_search
from kernel.fhir.store import conditions
from kernel.fhir.store.heads import Version, read, read_version
from kernel.fhir.store.item import Draft
from kernel.fhir.store.remove import delete
from kernel.fhir.store.save import Saved, save_all, validated
from kernel.fhir.validate import Checked
from kernel.work import ReadWork, Work


def reader_of(work: ReadWork, *, strict: bool = False) -> Reader:
    """What reading a search takes from a work."""
    return Reader(work.registry, work.keys, work.now, work.settings.max_page, strict)


def do_read(work: ReadWork, spec: ResourceSpec, id_: str, call: Call) -> Answer:
    """Read, with If-None-Match and If-Modified-Since (R4 3.1.0.2)."""
    found = read(work, spec, id_)
    headers = version_headers(found)
    if _unchanged(call, found, headers):
        return Answer(304, b"", headers)
    return Answer(200, found.body, headers, subset=True)


def _unchanged(call: Call, found: Version, headers: dict[str, str]) -> bool:
    tags = call.headers.get("if-none-match")
    if tags is not None:
        known = [tag.strip().removeprefix("W/") for tag in tags.split(",")]
        return "*" in known or etag(found.version).removeprefix("W/") in known
    return call.headers.get("if-modified-since") == headers["Last-Modified"]


def do_vread(work: ReadWork, spec: ResourceSpec, id_: str, number: str) -> Answer:
    """One version (R4 3.1.0.3)."""
    if not number.isascii() or not number.isdigit() or len(number) > 9:
        raise bad_request(f"version ids are whole numbers, not {number[:20]!r}")
    found = read_version(work, spec, id_, int(number))
    return Answer(200, found.body, version_headers(found), subset=True)


def matches(work: ReadWork, spec: ResourceSpec, pairs: Pairs) -> list[Version]:
    """At most two resources that meet a condition; unknown parameters are refused."""
    query: Query = read_query(reader_of(work, strict=True), spec, pairs)
    if not query.shape.conditions:
        raise bad_request("a condition needs at least one search parameter", code="required")
    query.count, query.includes = 2, ()
    return run_search(work, spec, query).matches


def sole_match(work: Work, spec: ResourceSpec, pairs: Pairs) -> Version | None:
    """The one resource that meets a condition, which is locked until the work ends.

    Raises Refused (412) where several do.
    """
    conditions.lock(work, spec.type, pairs)
    found = matches(work, spec, pairs)
    if len(found) > 1:
        raise precondition_failed(
            f"the condition matches several {spec.type} resources", code="multiple-matches"
        )
    return found[0] if found else None


def do_create(work: Work, spec: ResourceSpec, call: Call, checked: Checked) -> Answer:
    """Create, also conditional (R4 3.1.0.8)."""
    condition = call.headers.get("if-none-exist")
    if condition is not None:
        found = sole_match(work, spec, condition_query(condition))
        if found is not None:
            return _written(call, found, 200)
    return _written(call, save_all(work, [Draft(checked.body, checked=checked)])[0], 201)


def do_update(work: Work, id_: str, call: Call, checked: Checked) -> Answer:
    """Update, also as create (R4 3.1.0.4)."""
    draft = Draft(checked.body, id_, expected_version(call), checked)
    saved = save_all(work, [draft])[0]
    return _written(call, saved, 201 if saved.created else 200)


def do_conditional_update(work: Work, spec: ResourceSpec, call: Call, checked: Checked) -> Answer:
    """Update what a condition finds, or create it (R4 3.1.0.4.3)."""
    found = sole_match(work, spec, call.query)
    sent = checked.body.get("id")
    if found is not None and sent is not None and sent != found.id:
        raise bad_request(
            f"the condition finds {spec.type}/{found.id}, but the body's id is {sent}",
            f"{spec.type}.id",
        )
    id_ = found.id if found is not None else sent
    draft = Draft(checked.body, id_, expected_version(call), checked)
    saved = save_all(work, [draft])[0]
    return _written(call, saved, 201 if saved.created else 200)


def prepared(work_registry: Any, call: Call, type_: str, id_: str | None = None) -> Checked:
    """The valid resource that was sent to `type_[/id]`. Raises Refused (400, 422)."""
    body = resource_of(call, type_)
    if id_ is not None and body.get("id") != id_:
        raise bad_request(
            f"the body's id is {body.get('id')!r}, but the address says {id_!r}", f"{type_}.id"
        )
    return validated(work_registry, body)


def do_patch(work: Work, spec: ResourceSpec, id_: str, call: Call) -> Answer:
    """JSON Patch (RFC 6902) on the current version (R4 3.1.0.5)."""
    current = read(work, spec, id_)
    expect = expected_version(call)
    body = patched(json.loads(current.body), call.parsed)
    if body.get("id") != id_ or body.get("resourceType") != spec.type:
        raise unprocessable("a patch must not change id or resourceType", f"{spec.type}.id")
    draft = Draft(body, id_, current.version if expect is None else expect)
    draft.checked = validated(work.registry, body)
    return _written(call, save_all(work, [draft])[0], 200)


def patched(body: Any, operations: Any) -> dict[str, Any]:
    """`body` after a JSON Patch. Raises Refused: 400 for what is no patch, 422 if it fails."""
    if not isinstance(operations, list) or not all(isinstance(o, dict) for o in operations):
        raise bad_request("a JSON Patch is an array of operations", code="structure")
    try:
        result = jsonpatch.JsonPatch(operations).apply(body)
    except jsonpatch.InvalidJsonPatch as error:
        raise bad_request(f"not a JSON Patch: {error}", code="structure") from None
    except (jsonpatch.JsonPatchException, jsonpointer.JsonPointerException) as error:
        raise unprocessable(f"the patch does not fit: {error}", code="processing") from None
    except (TypeError, KeyError, ValueError, IndexError, AttributeError) as error:
        raise bad_request(f"not a JSON Patch: {error}", code="structure") from None
    if not isinstance(result, dict):
        raise unprocessable("the patch leaves no resource", code="processing")
    return result


def do_delete(work: Work, spec: ResourceSpec, id_: str, call: Call) -> Answer:
    """Delete (R4 3.1.0.7); deleting again is no error."""
    version = delete(work, spec, id_, expect=expected_version(call))
    return Answer(204, b"", {} if version is None else {"ETag": etag(version)})


def _written(call: Call, found: Version | Saved, status: int) -> Answer:
    """The answer to a write: the resource, nothing, or an OperationOutcome (`Prefer`)."""
    headers = {**version_headers(found), "Location": location(call.base, found)}
    preference = call.prefers("return")
    if preference == "minimal":
        return Answer(status, b"", headers)
    if preference == "OperationOutcome":
        return Answer(status, outcome_bytes(()), headers)
    return Answer(status, found.body, headers)
