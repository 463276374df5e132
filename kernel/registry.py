"""What the house consists of: every module's declarations, cross-checked at start.

The registry is data. It is built once from the manifests that `main.py` lists and reports every
fault at once, because a newcomer who adds a module should see all that is missing in one run.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import MetaData, Table

from kernel.db.derived import search_table
from kernel.declare.module import Module, NavItem, Operation, Panel, Permission, Projection
from kernel.declare.resource import Kind, ResourceSpec
from kernel.declare.roles import ADMINISTRATORS, Role

_PERMISSION = re.compile(r"[a-z]+:[a-z-]+:[a-z-]+")
_COLUMN = re.compile(r"[a-z][a-z0-9_]*")
MAX_INDEXES = 6


class Misdeclared(Exception):
    """The manifests contradict themselves or each other; the message lists every fault."""

    def __init__(self, faults: list[str]) -> None:
        self.faults = faults
        super().__init__("\n".join(["the modules' declarations do not fit together:", *faults]))


@dataclass(frozen=True, eq=False)
class Registry:
    """All declarations, by the keys that the engines ask for."""

    modules: tuple[Module, ...]
    specs: Mapping[str, ResourceSpec]
    owners: Mapping[str, str]
    search: Mapping[str, Table]
    derived: MetaData
    permissions: Mapping[str, Permission]
    projections: Mapping[str, tuple[Projection, ...]]
    navigation: tuple[NavItem, ...]

    def spec(self, type_: str) -> ResourceSpec | None:
        """The declaration of a FHIR type, or None where it is not served."""
        return self.specs.get(type_)

    def permissions_of(self, roles: Iterable[Role]) -> frozenset[str]:
        """The permissions that any of `roles` gives."""
        held = frozenset(roles)
        return frozenset(p.code for p in self.permissions.values() if p.roles & held)

    def panels(self, slot: str) -> list[Panel]:
        """What the modules show in `slot`, in order."""
        found = [p for module in self.modules for p in module.panels if p.slot == slot]
        return sorted(found, key=lambda p: p.order)

    def operations(self) -> Iterator[Operation]:
        """Every FHIR operation."""
        for module in self.modules:
            yield from module.operations

    def operations_of(self, spec: ResourceSpec) -> Iterator[Operation]:
        """The FHIR operations of a type: its own, and those of every type that clients write."""
        everywhere = () if spec.view is not None else ("",)
        return (one for one in self.operations() if one.type in (spec.type, *everywhere))

    @property
    def take_document(self) -> Callable[[Any, bytes], tuple[int, int]] | None:
        """How a FHIR document of another station is taken in, or None where no module does."""
        return next((m.take_document for m in self.modules if m.take_document), None)

    def compartment(self) -> tuple[ResourceSpec, ...]:
        """The types that lie in a person's compartment, Patient first."""
        found = [s for s in self.specs.values() if s.patient]
        return tuple(sorted(found, key=lambda s: (s.patient != "id", s.type)))


def build(modules: tuple[Module, ...]) -> Registry:
    """Cross-check the manifests and make the registry. Raises Misdeclared with every fault."""
    faults = list(_faults(modules))
    if faults:
        raise Misdeclared(faults)
    derived = MetaData()
    specs = {spec.type: spec for module in modules for spec in module.resources}
    projections: dict[str, tuple[Projection, ...]] = {}
    for module in modules:
        for projection in module.projections:
            projections[projection.type] = (*projections.get(projection.type, ()), projection)
            if projection.table.name not in derived.tables:
                projection.table.to_metadata(derived)
    return Registry(
        modules=modules,
        specs=specs,
        owners={spec.type: module.name for module in modules for spec in module.resources},
        search={type_: search_table(spec, derived) for type_, spec in specs.items()},
        derived=derived,
        permissions={p.code: p for module in modules for p in module.permissions},
        projections=projections,
        navigation=tuple(
            sorted((n for module in modules for n in module.navigation), key=lambda n: n.order)
        ),
    )


def _faults(modules: tuple[Module, ...]) -> Iterator[str]:
    yield from _twice("module", (m.name for m in modules))
    yield from _twice("type", (s.type for m in modules for s in m.resources))
    yield from _twice("permission", (p.code for m in modules for p in m.permissions))
    yield from _twice("panel", (f"{p.slot}/{p.name}" for m in modules for p in m.panels))
    yield from _twice("job", (j.name for m in modules for j in m.jobs))
    facts = {id(p.table): p.table.name for m in modules for p in m.projections}
    yield from _twice("fact table", facts.values())
    types = {s.type for m in modules for s in m.resources}
    permissions = {p.code for m in modules for p in m.permissions}
    for module in modules:
        for spec in module.resources:
            yield from _spec_faults(f"{module.name}: {spec.type}", spec)
        yield from _manifest_faults(module, types, permissions)


def _twice(what: str, names: Iterable[str]) -> Iterator[str]:
    for name, count in Counter(names).items():
        if count > 1:
            yield f"{what} {name} is declared {count} times"


def _spec_faults(where: str, spec: ResourceSpec) -> Iterator[str]:
    yield from (f"{where}: {fault}" for fault in _twice("parameter", (p.name for p in spec.params)))
    for param in spec.params:
        if not _COLUMN.fullmatch(param.column):
            yield f"{where}.{param.name}: the name must be lower-case words joined by hyphens"
        if not param.paths or not all(param.paths):
            yield f"{where}.{param.name}: at least one element path is needed"
    dates = {p.name for p in spec.params if p.kind is Kind.DATE}
    if spec.sort and spec.sort not in dates:
        yield f"{where}: sort names {spec.sort!r}, which is not one of its date parameters"
    if spec.writers & ADMINISTRATORS and spec.patient:
        yield f"{where}: administrators must not write into a person's record"
    if spec.readers & ADMINISTRATORS and spec.patient:
        yield f"{where}: administrators must not read a person's record"


def _manifest_faults(module: Module, types: set[str], permissions: set[str]) -> Iterator[str]:
    for permission in module.permissions:
        where = f"{module.name}: permission {permission.code}"
        if not _PERMISSION.fullmatch(permission.code):
            yield f"{where}: must read module:thing:action"
        elif not permission.code.startswith(module.name + ":"):
            yield f"{where}: must begin with {module.name}:"
        if not permission.roles:
            yield f"{where}: no role has it"
    for title, code in [(n.title, n.permission) for n in module.navigation] + [
        (p.name, p.permission) for p in module.panels
    ]:
        if code not in permissions:
            yield f"{module.name}: {title}: permission {code!r} is not declared"
    for projection in module.projections:
        yield from _projection_faults(module.name, projection, types)
    for operation in module.operations:
        if operation.type and operation.type not in types:
            yield f"{module.name}: operation ${operation.name}: type {operation.type!r} is unknown"


def _projection_faults(name: str, projection: Projection, types: set[str]) -> Iterator[str]:
    where = f"{name}: fact table {projection.table.name}"
    if projection.type not in types:
        yield f"{where}: source type {projection.type!r} is not declared by any module"
    if not projection.table.name.startswith(name + "_"):
        yield f"{where}: its name must begin with {name}_"
    for column in ("source_type", "source_id"):
        if column not in projection.table.c:
            yield f"{where}: needs a column {column}"
    if len(projection.table.indexes) > MAX_INDEXES:
        yield f"{where}: has more than {MAX_INDEXES} indexes"
