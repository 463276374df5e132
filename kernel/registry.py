"""What the house consists of: every module's declarations, cross-checked at start.

The registry is data. It is built once from the manifests that `main.py` lists and reports every
fault at once, because a newcomer who adds a module should see all that is missing in one run.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from sqlalchemy import Column, ColumnElement, MetaData, Table
from sqlalchemy.sql.visitors import iterate

from kernel.db.derived import search_table
from kernel.declare.indicator import Indicator
from kernel.declare.module import (
    Module,
    NavItem,
    Operation,
    Panel,
    Permission,
    Projection,
    Reaction,
    Stamp,
    Summary,
    Tab,
)
from kernel.declare.resource import Kind, ResourceSpec
from kernel.declare.roles import ADMINISTRATORS, Role

_PERMISSION = re.compile(r"[a-z]+:[a-z-]+:[a-z-]+")
_COLUMN = re.compile(r"[a-z][a-z0-9_]*")
_INDICATOR = re.compile(r"[A-Z][A-Z0-9-]*")
MAX_INDEXES = 6
K = TypeVar("K")
T = TypeVar("T")


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
    summaries: Mapping[str, tuple[Summary, ...]]
    """By type: what a person's resource of that type changes."""
    stamps: Mapping[str, tuple[Stamp, ...]]
    reactions: Mapping[type, tuple[Reaction, ...]]
    """By the class of the event."""
    indicators: Mapping[str, Indicator]
    """By code, in the order of their declaration."""
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

    def tabs(self, page: str) -> list[Tab]:
        """The tabs that modules add to `page`, in order."""
        found = [t for module in self.modules for t in module.tabs if t.page == page]
        return sorted(found, key=lambda t: t.order)

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
    summaries: dict[str, tuple[Summary, ...]] = {}
    stamps: dict[str, tuple[Stamp, ...]] = {}
    for module in modules:
        for projection in module.projections:
            _add(projections, projection.type, projection)
        for summary in module.summaries:
            for type_ in sorted(summary.types):
                _add(summaries, type_, summary)
        for stamp in module.stamps:
            _add(stamps, stamp.type, stamp)
    reactions: dict[type, tuple[Reaction, ...]] = {}
    for reaction in (one for module in modules for one in module.reactions):
        _add(reactions, reaction.event, reaction)
    for table in _fact_tables(modules).values():
        table.to_metadata(derived)
    return Registry(
        modules=modules,
        specs=specs,
        owners={spec.type: module.name for module in modules for spec in module.resources},
        search={type_: search_table(spec, derived) for type_, spec in specs.items()},
        derived=derived,
        permissions={p.code: p for module in modules for p in module.permissions},
        projections=projections,
        summaries=summaries,
        stamps=stamps,
        reactions=reactions,
        indicators={one.code: one for module in modules for one in module.indicators},
        navigation=tuple(
            sorted((n for module in modules for n in module.navigation), key=lambda n: n.order)
        ),
    )


def _add(found: dict[K, tuple[T, ...]], key: K, one: T) -> None:
    found[key] = (*found.get(key, ()), one)


def _fact_tables(modules: Iterable[Module]) -> dict[int, Table]:
    """The tables that projections and summaries fill, by identity."""
    tables = [part.table for module in modules for part in module.projections]
    tables += [part.table for module in modules for part in module.summaries]
    return {id(table): table for table in tables}


def _faults(modules: tuple[Module, ...]) -> Iterator[str]:
    yield from _twice("module", (m.name for m in modules))
    yield from _twice("type", (s.type for m in modules for s in m.resources))
    yield from _twice("permission", (p.code for m in modules for p in m.permissions))
    yield from _twice("panel", (f"{p.slot}/{p.name}" for m in modules for p in m.panels))
    yield from _twice("job", (j.name for m in modules for j in m.jobs))
    yield from _twice("tab", (f"{t.page}/{t.key}" for m in modules for t in m.tabs))
    yield from _twice("indicator", (i.code for m in modules for i in m.indicators))
    facts = _fact_tables(modules)
    # Another module may fill a fact table as well, where its own module does.
    own = {
        id(p.table) for m in modules for p in m.projections if p.table.name.startswith(f"{m.name}_")
    }
    yield from _twice("fact table", (table.name for table in facts.values()))
    types = {s.type for m in modules for s in m.resources}
    permissions = {p.code for m in modules for p in m.permissions}
    for module in modules:
        for spec in module.resources:
            yield from _spec_faults(f"{module.name}: {spec.type}", spec)
        yield from _manifest_faults(module, types, permissions)
        for projection in module.projections:
            if id(projection.table) not in own:
                yield from _name_faults(f"{module.name}: fact table", module.name, projection.table)
        for indicator in module.indicators:
            yield from _indicator_faults(module.name, indicator, facts)
        for fault in module.check() if module.check else ():
            yield f"{module.name}: {fault}"


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
    yield from _permission_faults(module, permissions)
    for projection in module.projections:
        yield from _projection_faults(module.name, projection, types)
    for summary in module.summaries:
        yield from _summary_faults(module.name, summary, types)
    for stamp in module.stamps:
        if stamp.type not in types:
            yield f"{module.name}: stamp: type {stamp.type!r} is unknown"
    for reaction in module.reactions:
        if reaction.of and reaction.of not in types:
            yield f"{module.name}: reaction: type {reaction.of!r} is unknown"
    for operation in module.operations:
        if operation.type and operation.type not in types:
            yield f"{module.name}: operation ${operation.name}: type {operation.type!r} is unknown"


def _permission_faults(module: Module, permissions: set[str]) -> Iterator[str]:
    for permission in module.permissions:
        where = f"{module.name}: permission {permission.code}"
        if not _PERMISSION.fullmatch(permission.code):
            yield f"{where}: must read module:thing:action"
        elif not permission.code.startswith(module.name + ":"):
            yield f"{where}: must begin with {module.name}:"
        if not permission.roles:
            yield f"{where}: no role has it"
    named = [
        *((item.title, item.permission) for item in module.navigation),
        *((panel.name, panel.permission) for panel in module.panels),
        *((tab.title, tab.permission) for tab in module.tabs),
    ]
    for title, code in named:
        if code not in permissions:
            yield f"{module.name}: {title}: permission {code!r} is not declared"


def _projection_faults(name: str, projection: Projection, types: set[str]) -> Iterator[str]:
    where = f"{name}: fact table {projection.table.name}"
    if projection.type not in types:
        yield f"{where}: source type {projection.type!r} is not declared by any module"
    for column in ("source_type", "source_id"):
        if column not in projection.table.c:
            yield f"{where}: needs a column {column}"
    yield from _index_faults(where, projection.table)


def _summary_faults(name: str, summary: Summary, types: set[str]) -> Iterator[str]:
    where = f"{name}: summary {summary.table.name}"
    for type_ in sorted(summary.types - types):
        yield f"{where}: type {type_!r} is not declared by any module"
    if "Patient" not in summary.types:
        yield f"{where}: its types must include Patient, from whom a person's rows are made anew"
    if "patient_id" not in summary.table.c:
        yield f"{where}: needs a column patient_id"
    for column in ("source_type", "source_id", "id"):
        if column in summary.table.c:
            yield f"{where}: must not have a column {column}; its rows belong to a person"
    yield from _name_faults(f"{name}: summary", name, summary.table)
    yield from _index_faults(where, summary.table)


def _name_faults(where: str, name: str, table: Table) -> Iterator[str]:
    if not table.name.startswith(name + "_"):
        yield f"{where} {table.name}: its name must begin with {name}_"


def _index_faults(where: str, table: Table) -> Iterator[str]:
    if len(table.indexes) > MAX_INDEXES:
        yield f"{where}: has more than {MAX_INDEXES} indexes"


def _indicator_faults(name: str, indicator: Indicator, facts: Mapping[int, Table]) -> Iterator[str]:
    where = f"{name}: indicator {indicator.code}"
    if not _INDICATOR.fullmatch(indicator.code):
        yield f"{where}: its code must be capital letters, digits and hyphens"
    for text in ("title", "numerator_title", "denominator_title", "definition", "source"):
        if not getattr(indicator, text):
            yield f"{where}: says no {text}"
    if id(indicator.table) not in facts:
        yield f"{where}: {indicator.table.name} is neither a fact table nor a summary of a module"
    for column in ("patient_id", "organisation_id", "year"):
        if column not in indicator.table.c:
            yield f"{where}: its table needs a column {column}"
    for column in _strange_columns(indicator):
        yield f"{where}: {column} is not a column of {indicator.table.name}"


def _strange_columns(indicator: Indicator) -> list[str]:
    """The columns of other tables that an indicator asks for."""
    asked: list[ColumnElement[Any]] = [indicator.denominator, indicator.numerator]
    for reason in indicator.missing:
        asked += [reason.when, *([] if reason.value is None else [reason.value])]
    found = (one for part in asked for one in iterate(part) if isinstance(one, Column))
    return sorted({str(one) for one in found if one.table is not indicator.table})
