"""The CapabilityStatement, computed from the registry: it claims what is there and nothing else."""

from typing import Any
from weakref import WeakKeyDictionary

from kernel.clock import Instant, iso_instant
from kernel.declare.resource import Kind, ResourceSpec
from kernel.registry import Registry

FHIR_VERSION = "4.0.1"
SOFTWARE = "Station 社区卫生服务站信息系统"
_READ = ("read", "vread", "search-type", "history-instance", "history-type")
_WRITE = ("create", "update", "patch", "delete")
_COMMON = (("_id", "token"), ("_lastUpdated", "date"))
_DEFINITION = "http://hl7.org/fhir/OperationDefinition"
_published: WeakKeyDictionary[Registry, tuple[str, list[dict[str, Any]]]] = WeakKeyDictionary()
"""When a registry was first asked for, and its types; neither depends on who asks."""


def capability_statement(
    registry: Registry, base: str, version: str, now: Instant
) -> dict[str, Any]:
    """What this server can do (R4 6.2); to be read, not changed: its parts are shared.

    The types of a registry are computed once. `date` is when that was: it says when the statement
    was published, not when it was fetched (R4, CapabilityStatement.date), and what a process can
    do does not change while it runs.
    """
    known = _published.get(registry)
    if known is None:
        types = [_resource(registry, spec) for spec in registry.specs.values()]
        known = _published.setdefault(registry, (iso_instant(now), types))
    date, resources = known
    return {
        "resourceType": "CapabilityStatement",
        "status": "active",
        "date": date,
        "kind": "instance",
        "software": {"name": SOFTWARE, "version": version},
        "implementation": {"description": "社区卫生服务站信息系统 FHIR R4 接口", "url": base},
        "fhirVersion": FHIR_VERSION,
        "format": ["json", "application/fhir+json"],
        "patchFormat": ["application/json-patch+json"],
        "rest": [
            {
                "mode": "server",
                "security": {
                    "description": "Bearer token with SMART v2 system/ or user/ scopes",
                },
                "resource": resources,
                "interaction": [{"code": "transaction"}, {"code": "batch"}],
            }
        ],
    }


def _resource(registry: Registry, spec: ResourceSpec) -> dict[str, Any]:
    if spec.view is not None:
        interactions: tuple[str, ...] = ("read", "search-type")
        params = [{"name": n, "type": t} for n, t in spec.view.params]
    else:
        interactions = _READ + _WRITE
        params = [{"name": n, "type": t} for n, t in _COMMON]
        params += [{"name": p.name, "type": str(p.kind)} for p in spec.params]
    entry: dict[str, Any] = {
        "type": spec.type,
        "interaction": [{"code": code} for code in interactions],
        "versioning": "no-version" if spec.view else "versioned-update",
        "readHistory": spec.view is None,
        "updateCreate": spec.view is None,
        "conditionalCreate": spec.view is None,
        "conditionalRead": "not-supported" if spec.view else "full-support",
        "conditionalUpdate": spec.view is None,
        "conditionalDelete": "not-supported",
        "referencePolicy": ["literal", "enforced"],
        "searchParam": params,
    }
    if spec.view is None:
        entry |= _includes(registry, spec)
    operations = _operations(registry, spec)
    return entry | {"operation": operations} if operations else entry


def _includes(registry: Registry, spec: ResourceSpec) -> dict[str, Any]:
    own = [f"{spec.type}:{p.name}" for p in spec.params if p.kind is Kind.REFERENCE]
    reverse = [
        f"{other.type}:{param.name}"
        for other in registry.specs.values()
        for param in other.params
        if param.kind is Kind.REFERENCE and _may_point(other, param.name, spec.type)
    ]
    found = {"searchInclude": own, "searchRevInclude": reverse}
    return {name: values for name, values in found.items() if values}


_NAMED = {
    "patient": "Patient",
    "subject": "Patient",
    "beneficiary": "Patient",
    "encounter": "Encounter",
    "practitioner": "Practitioner",
    "organization": "Organization",
    "location": "Location",
}
"""What a reference parameter without declared targets is sure to point at, by its name."""


def _may_point(spec: ResourceSpec, name: str, type_: str) -> bool:
    targets = spec.by_name[name].targets
    return type_ in targets if targets else _NAMED.get(name) == type_


def _operations(registry: Registry, spec: ResourceSpec) -> list[dict[str, str]]:
    found = []
    for operation in registry.operations_of(spec):
        usual = f"{_DEFINITION}/{operation.type or 'Resource'}-{operation.name}"
        found.append({"name": operation.name, "definition": operation.definition or usual})
    return found
