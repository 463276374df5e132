"""FHIR operations: how one is called, and `$validate`, which every type has (R4 3.1.0.10)."""

from dataclasses import dataclass
from typing import Any

from kernel.declare.module import Operation
from kernel.declare.resource import ResourceSpec
from kernel.errors import Issue, Refused, bad_request, forbidden, not_supported
from kernel.fhir.exchange import Answer, Call
from kernel.fhir.outcome import outcome_bytes
from kernel.fhir.validate import problems
from kernel.registry import Registry
from kernel.work import ReadWork


@dataclass(slots=True)
class OperationCall:
    """One call of an operation: on a type, or (with `id`) on one resource."""

    work: ReadWork
    spec: ResourceSpec
    id: str | None
    call: Call


def find_operation(registry: Registry, name: str, spec: ResourceSpec, instance: bool) -> Operation:
    """The operation `$name` of a type. Raises Refused (404) where there is none."""
    for operation in registry.operations_of(spec):
        if operation.name == name and (operation.instance or not instance):
            return operation
    raise not_supported(404, f"operation ${name[:40]} is not served on {spec.type}")


def validate(asked: OperationCall) -> Answer:
    """`$validate`: the problems of a resource as an OperationOutcome; nothing is stored.

    Takes the resource itself or Parameters with `resource` (and `mode`); `mode=delete` on an
    instance asks whether it may be deleted (R4 resource-operation-validate).
    """
    body, mode = asked.call.parsed, asked.call.param("mode")
    if isinstance(body, dict) and body.get("resourceType") == "Parameters":
        body, mode = _parameters(body, mode)
    if mode is not None and mode not in ("create", "update", "delete", "profile"):
        raise bad_request(f"mode is create, update, delete or profile; not {mode[:40]!r}")
    if mode == "delete":
        return _may_delete(asked)
    if body is None:
        raise bad_request("the resource to validate is missing", code="required")
    found, checked = problems(body, types=asked.work.registry.specs)
    issues = [Issue(p.code, p.diagnostics, p.expression, p.severity) for p in found]
    if checked is not None and checked.type != asked.spec.type:
        issues.append(Issue("invalid", f"this is a {checked.type}, not a {asked.spec.type}"))
    if asked.id is not None and isinstance(body, dict) and body.get("id") != asked.id:
        issues.append(Issue("value", f"the id must be {asked.id!r}", f"{asked.spec.type}.id"))
    return Answer(200, outcome_bytes(issues))


def _parameters(body: dict[str, Any], mode: str | None) -> tuple[Any, str | None]:
    resource = None
    entries = body.get("parameter", [])
    for entry in entries if isinstance(entries, list) else []:
        name = entry.get("name") if isinstance(entry, dict) else None
        if name == "resource":
            resource = entry.get("resource")
        elif name == "mode" and isinstance(entry.get("valueCode"), str):
            mode = entry["valueCode"]
    return resource, mode


def _may_delete(asked: OperationCall) -> Answer:
    if asked.id is None:
        raise bad_request("mode=delete is asked of one resource: Type/id/$validate?mode=delete")
    if asked.spec.view is not None or not asked.work.actor.may_write(asked.spec, "d"):
        raise forbidden(f"{asked.work.actor.name} may not delete {asked.spec.type}")
    return Answer(200, outcome_bytes(()))


def run_operation(asked: OperationCall, name: str) -> Answer:
    """Find and run an operation. Raises Refused."""
    operation = find_operation(asked.work.registry, name, asked.spec, asked.id is not None)
    answer: Answer = operation.run(asked)
    return answer


VALIDATE = Operation("validate", "", True, validate)


def refused_answer(refused: Refused) -> Answer:
    """A refusal as an answer with its OperationOutcome."""
    return Answer(refused.status, outcome_bytes(refused.issues), dict(refused.headers))
