"""From method and address to an interaction; nothing here knows a resource type."""

from collections.abc import Callable
from typing import NamedTuple
from urllib.parse import parse_qsl

from kernel.audit.entry import Action
from kernel.declare.resource import ResourceSpec
from kernel.errors import Issue, Refused, bad_request, not_supported
from kernel.fhir.exchange import Answer, Call, parse_body, spec_of, unknown
from kernel.fhir.histories import do_history
from kernel.fhir.interactions import (
    do_conditional_update,
    do_create,
    do_delete,
    do_patch,
    do_read,
    do_update,
    do_vread,
    prepared,
)
from kernel.fhir.operations import OperationCall, run_operation
from kernel.fhir.searching import do_search
from kernel.fhir.transaction import (
    read_bundle,
    response_bundle,
    run_transaction,
)
from kernel.registry import Registry
from kernel.work import ReadWork, Work


class Plan(NamedTuple):
    """What is to be done: inside a ReadWork (`writes` false) or a Work."""

    action: Action
    writes: bool
    run: Callable[..., Answer]
    spec: ResourceSpec | None = None
    id: str | None = None


def plan(registry: Registry, call: Call) -> Plan:
    """Find the interaction and prepare it: parse and validate what was sent, touch no database.

    Raises Refused: 400 and 422 (what was sent), 404 (address), 405 (method; with Allow), 415.
    """
    segments = call.segments
    if call.method in ("POST", "PUT", "PATCH") and not _is_form(call):
        _parse(call)
    if not segments:
        return _base(registry, call)
    if segments == ["metadata"]:
        raise _method_not_allowed(call, "GET")
    spec = spec_of(registry, segments[0])
    rest = segments[1:]
    if rest and rest[-1].startswith("$") and len(rest) <= 2:
        return _operation(spec, rest, call)
    if spec.view is not None:
        return _viewed(registry, spec, rest, call)
    if not rest:
        return _type(registry, spec, call)
    if rest[0].startswith("_"):
        return _underscore(spec, rest, call)
    if len(rest) == 1:
        return _instance(registry, spec, rest[0], call)
    return _versions(spec, rest, call)


def _is_form(call: Call) -> bool:
    return call.path.rstrip("/").endswith("_search")


def _parse(call: Call) -> None:
    if call.parsed is None and (call.body.strip() or "$" not in call.path):
        call.parsed = parse_body(call)


def _method_not_allowed(call: Call, *allowed: str) -> Refused:
    refused = not_supported(405, f"{call.method} is not supported here; use {', '.join(allowed)}")
    refused.headers = {"Allow": ", ".join(allowed)}
    return refused


def _base(registry: Registry, call: Call) -> Plan:
    if call.method != "POST":
        raise _method_not_allowed(call, "POST")
    bundle = read_bundle(registry, call)
    if bundle.kind == "batch":
        raise Refused(400, (Issue("processing", "a batch is run entry by entry"),))

    def run(work: Work) -> Answer:
        entries = run_transaction(work, bundle, lambda w, c: plan(registry, c).run(w))
        return Answer(200, response_bundle(bundle.kind, entries))

    return Plan(Action.OPERATION, True, run)


def _viewed(registry: Registry, spec: ResourceSpec, rest: list[str], call: Call) -> Plan:
    if call.method not in ("GET", "HEAD") or len(rest) > 1:
        raise _method_not_allowed(call, "GET")
    answer = spec.view.answer if spec.view is not None else None
    id_ = rest[0] if rest else None
    if answer is None:  # the edge knows who answers
        return _instance(registry, spec, id_, call) if id_ else _type(registry, spec, call)
    action = Action.READ if id_ else Action.SEARCH
    return Plan(action, False, lambda work: answer(work, call, id_), spec, id_)


def _type(registry: Registry, spec: ResourceSpec, call: Call) -> Plan:
    if call.method in ("GET", "HEAD"):
        return Plan(Action.SEARCH, False, lambda work: do_search(work, spec, call), spec)
    if call.method == "POST":
        checked = prepared(registry, call, spec.type)
        return Plan(Action.CREATE, True, lambda work: do_create(work, spec, call, checked), spec)
    if call.method == "PUT":
        checked = prepared(registry, call, spec.type)
        return Plan(
            Action.UPDATE,
            True,
            lambda work: do_conditional_update(work, spec, call, checked),
            spec,
        )
    raise _method_not_allowed(call, "GET", "POST", "PUT")


def _instance(registry: Registry, spec: ResourceSpec, id_: str, call: Call) -> Plan:
    if call.method in ("GET", "HEAD"):
        return Plan(Action.READ, False, lambda work: do_read(work, spec, id_, call), spec, id_)
    if call.method == "PUT":
        checked = prepared(registry, call, spec.type, id_)
        return Plan(Action.UPDATE, True, lambda w: do_update(w, id_, call, checked), spec, id_)
    if call.method == "PATCH":
        return Plan(Action.PATCH, True, lambda work: do_patch(work, spec, id_, call), spec, id_)
    if call.method == "DELETE":
        return Plan(Action.DELETE, True, lambda work: do_delete(work, spec, id_, call), spec, id_)
    raise _method_not_allowed(call, "GET", "PUT", "PATCH", "DELETE")


def _underscore(spec: ResourceSpec, rest: list[str], call: Call) -> Plan:
    if rest == ["_search"]:
        if call.method != "POST":
            raise _method_not_allowed(call, "POST")
        call.query = [*call.query, *_form(call)]
        return Plan(Action.SEARCH, False, lambda work: do_search(work, spec, call), spec)
    if rest == ["_history"]:
        return _history(spec, None, call)
    raise unknown(call.path)


def _form(call: Call) -> list[tuple[str, str]]:
    try:
        return parse_qsl(call.body.decode(), keep_blank_values=True)
    except (UnicodeDecodeError, ValueError):
        raise bad_request("the form is not UTF-8 text") from None


def _history(spec: ResourceSpec, id_: str | None, call: Call) -> Plan:
    if call.method not in ("GET", "HEAD"):
        raise _method_not_allowed(call, "GET")
    return Plan(Action.HISTORY, False, lambda w: do_history(w, spec, id_, call), spec, id_)


def _versions(spec: ResourceSpec, rest: list[str], call: Call) -> Plan:
    if rest[1] != "_history" or len(rest) > 3:
        raise unknown(call.path)
    if len(rest) == 2:
        return _history(spec, rest[0], call)
    if call.method not in ("GET", "HEAD"):
        raise _method_not_allowed(call, "GET")
    id_, number = rest[0], rest[2]
    return Plan(Action.VREAD, False, lambda work: do_vread(work, spec, id_, number), spec, id_)


def _operation(spec: ResourceSpec, rest: list[str], call: Call) -> Plan:
    if call.method not in ("GET", "HEAD", "POST"):
        raise _method_not_allowed(call, "GET", "POST")
    id_ = rest[0] if len(rest) == 2 else None
    name = rest[-1][1:]

    def run(work: ReadWork) -> Answer:
        return run_operation(OperationCall(work, spec, id_, call), name)

    return Plan(Action.OPERATION, False, run, spec, id_)
