"""The manifest of a module: everything that it adds to the house, in one value."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Table

from kernel.declare.indicator import Indicator
from kernel.declare.resource import Body, ResourceSpec
from kernel.declare.roles import Role


@dataclass(frozen=True, slots=True)
class Permission:
    """Something that roles may do: `module:thing:action` (closed vocabulary)."""

    code: str
    title: str
    roles: frozenset[Role]


@dataclass(frozen=True, slots=True)
class NavItem:
    """An entry of the navigation, shown to those who have `permission`, under its `group`."""

    title: str
    href: str
    permission: str
    order: int
    group: str = ""


@dataclass(frozen=True, slots=True)
class Panel:
    """Something that a module shows in a slot of another module's page.

    `load(work, key)` returns what `template` finds as `panel.data`, or None where the panel is not
    shown at all. In a wide slot it takes the main column, else the side column.
    """

    slot: str
    name: str
    title: str
    template: str
    load: Callable[[Any, str], Any]
    permission: str
    order: int
    wide: bool = False


@dataclass(frozen=True, slots=True)
class Projection:
    """Rows of a fact table, made from one resource by a pure function.

    `table` has the columns `source_type` and `source_id` (which row came from which resource);
    `rows(body)` gives the other columns. Several types may fill one table, and other modules a
    table that its own module offers. The kernel deletes and inserts; nothing else writes there.
    """

    type: str
    table: Table
    rows: Callable[[Body], Sequence[Mapping[str, Any]]]


@dataclass(frozen=True, slots=True)
class Summary:
    """Rows about a person that depend on several resources, kept with each save of one of `types`.

    `rows(work, patient_ids)` computes all rows of these persons from fact tables; each names every
    column of `table`, `patient_id` among them, dates as ISO text. What a day decides belongs into
    whoever reads the rows; only which years there are may depend on today. `types` include Patient
    and every type that the fact tables come from. The kernel deletes and inserts, in the
    transaction of the save (`kernel/fhir/store/summaries.py`); nothing else writes there.
    """

    table: Table
    types: frozenset[str]
    rows: Callable[[Any, Sequence[str]], Sequence[Mapping[str, Any]]]


@dataclass(frozen=True, slots=True)
class Stamp:
    """What the server decides about a resource of a type while it is saved, and writes into it.

    `stamped(work, before, body, batch)` returns the body with what was decided (or as it is);
    `before` is the version that it replaces, `batch` are all bodies of the same save. It may raise
    Refused. What is stamped is server-owned, like `meta`: what a client sends there is replaced.
    `audited(body)` is what the audit of the change tells beside; None for nothing. `kept(work,
    body)` raises Refused where one may not be deleted.
    """

    type: str
    stamped: Callable[[Any, Body | None, Body, Sequence[Body]], Body]
    audited: Callable[[Body], Mapping[str, Any] | None] | None = None
    kept: Callable[[Any, Body], None] | None = None


@dataclass(frozen=True, slots=True)
class Tab:
    """A tab of a page that belongs to another module: `page` (resident), the end of its address.

    It stands after the page's own tabs, for those who have `permission`.
    """

    page: str
    key: str
    title: str
    suffix: str
    permission: str
    order: int


@dataclass(frozen=True, slots=True)
class Reaction:
    """What a module does when another one (or the kernel) says that something happened.

    It runs in the transaction in which the event was emitted; raising undoes everything. `of` names
    the FHIR type of resource whose events it is for; empty: all of them, and events of no type.
    """

    event: type
    handle: Callable[[Any, Any], None]
    of: str = ""


@dataclass(frozen=True, slots=True)
class Operation:
    """A FHIR operation: `name` without `$`, on a type or (type empty) on the server.

    `instance` says that it is asked of one resource. `run(context)` gets a
    `kernel.fhir.operations.Call` and returns an answer. `definition` is the canonical address of
    its OperationDefinition where that is not FHIR's own.
    """

    name: str
    type: str
    instance: bool
    run: Callable[[Any], Any]
    definition: str = ""


@dataclass(frozen=True, slots=True)
class Job:
    """Something to be done every so often, in one short transaction: `run(work)`.

    Running it twice must do no harm. Where it is long it is done in slices: while `run` returns
    True there is more, and it is run again in a transaction of its own. One with `hurried` runs at
    once when somebody asks for it (`Station.hurry`), and not only when it is due.
    """

    name: str
    every_minutes: int
    run: Callable[[Any], bool | None]
    hurried: bool = False


@dataclass(frozen=True, slots=True)
class Module:
    """A module's manifest. Adding a module to the house is adding one of these to `main.py`."""

    name: str
    title: str
    resources: tuple[ResourceSpec, ...] = ()
    projections: tuple[Projection, ...] = ()
    summaries: tuple[Summary, ...] = ()
    stamps: tuple[Stamp, ...] = ()
    indicators: tuple[Indicator, ...] = ()
    tabs: tuple[Tab, ...] = ()
    check: Callable[[], Sequence[str]] | None = None
    """The faults of declarations that only the module understands, each with its path."""
    permissions: tuple[Permission, ...] = ()
    navigation: tuple[NavItem, ...] = ()
    panels: tuple[Panel, ...] = ()
    reactions: tuple[Reaction, ...] = ()
    operations: tuple[Operation, ...] = ()
    jobs: tuple[Job, ...] = ()
    pages: tuple[Any, ...] = ()
    """FastAPI routers."""
    take_document: Callable[[Any, bytes], tuple[int, int]] | None = None
    """Takes a FHIR document of another station in: `take_document(work, raw)` gives how many
    resources were created and changed. At most one module does."""
