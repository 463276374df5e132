"""Everything that is computed from the stored resources, computed again: after an upgrade or asked.

Works in slices that hold the writer for a fraction of a second, and keeps in the database what is
still to be done, so that an interrupted run is completed by the next one.
"""

import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, NoReturn

from sqlalchemy import ColumnElement, Connection, Table, delete, func, select

from kernel.clock import Clock, monotonic
from kernel.db.derived import SIDES
from kernel.db.dialect import upsert
from kernel.db.engine import Database
from kernel.db.tables import fhir_resource, kernel_fact
from kernel.db.upgrade import WrongSchema, derived_changes, drop_undeclared, recreate, upgrade
from kernel.errors import not_supported
from kernel.fhir.store.reproject import rederive
from kernel.registry import Registry
from kernel.security.keyring import KeyRing
from kernel.settings import Settings
from kernel.work import ReadWork, Station, Work

PENDING = "reprojection"
"""The fact that says what is still to be derived: JSON of the types, and the last id done."""

SLICE_SECONDS = 0.15
"""How long a slice aims to hold the writer; the limit is 0.2 (docs/architecture.md)."""

_FIRST, _MOST = 50, 500

Tell = Callable[[int, int], None]
"""Called with the number of resources done and of all that are to be done."""


@dataclass(slots=True)
class Upgraded:
    """What an upgrade did; empty lists and 0 where the database was up to date."""

    revisions: list[str] = field(default_factory=list)
    remade: list[str] = field(default_factory=list)
    dropped: list[str] = field(default_factory=list)
    rederived: int = 0

    @property
    def nothing(self) -> bool:
        """Whether everything was as it should be."""
        return not (self.revisions or self.remade or self.dropped or self.rederived)


def quiet(_done: int, _total: int) -> None:
    """Tells nobody."""


def upgrade_schema(database: Database, registry: Registry) -> Upgraded:
    """Migrate what was written and make changed derived tables anew, empty.

    `fill` derives their rows. Raises WrongSchema for a newer database, Refused (503) while another
    process upgrades.
    """
    done = Upgraded(revisions=upgrade(database))
    with database.writing() as connection:
        done.dropped = drop_undeclared(connection, registry)
        changed = derived_changes(connection, registry)
        for table in changed:
            recreate(connection, table)
        done.remade = [table.name for table in changed]
        waiting, after = _pending(connection)
        fresh = [t for t in _types_of(registry, changed) if t not in waiting or t == waiting[0]]
        if fresh:
            _note(connection, [*(t for t in waiting if t not in fresh), *fresh], "")
        elif waiting:
            _note(connection, waiting, after)
    return done


def check_derived(database: Database, registry: Registry) -> None:
    """Raise WrongSchema where derived tables differ from their declaration, or lack rows."""
    with database.reading() as connection:
        changed = [table.name for table in derived_changes(connection, registry)]
        waiting, _ = _pending(connection)
    if changed:
        raise WrongSchema(
            f"the tables {', '.join(changed[:3])}{' …' if len(changed) > 3 else ''} are not as "
            "this program declares them: run `station db upgrade`"
        )
    if waiting:
        raise WrongSchema("an upgrade was interrupted: run `station db upgrade` to complete it")


def fill(
    settings: Settings,
    database: Database,
    registry: Registry,
    keys: KeyRing,
    *,
    tell: Tell = quiet,
) -> int:
    """Derive what `upgrade_schema` or an interrupted run left to be derived; how many resources."""
    station = Station(settings, database, registry, keys, Clock())
    with database.reading() as connection:
        waiting, after = _pending(connection)
        known = [type_ for type_ in waiting if type_ in registry.specs]
        total = _count(connection, known)
    return _derive(station, known, after, total, tell) if waiting else 0


def reproject(station: Station, types: Sequence[str], *, tell: Tell = quiet) -> int:
    """Delete all derived rows of these types and derive them again; how many resources.

    The rows of a slice are deleted and made in one transaction, so that searches go on meanwhile.
    """
    with station.database.reading() as connection:
        total = _count(connection, types)
    for type_ in types:
        for table in derived_tables(station.registry, type_):
            with station.database.reading() as connection:
                there = orphans(connection, table, type_)
            if there:
                with station.database.writing() as connection:
                    connection.execute(delete(table).where(_orphaned(table, type_)))
    with station.database.writing() as connection:
        waiting, _ = _pending(connection)
        todo = [*types, *(t for t in waiting if t not in types)]
        _note(connection, todo, "")
    return _derive(station, todo, "", total, tell)


def chosen_types(registry: Registry, type_: str | None) -> list[str]:
    """The type that was named, or all that are stored. Raises Refused (404) for an unknown one."""
    if type_ is None:
        return sorted(registry.specs)
    if type_ not in registry.specs:
        raise not_supported(404, f"type {type_[:64]} is not stored here; FHIR's names are meant")
    return [type_]


def derived_tables(registry: Registry, type_: str) -> list[Table]:
    """The tables that hold rows derived from resources of a type.

    Summaries, which several types change, count as the Patient's: every row is some person's.
    """
    names = [projection.table.name for projection in registry.projections.get(type_, ())]
    if type_ == "Patient":
        names += [summary.table.name for summary in registry.summaries.get(type_, ())]
    facts = [registry.derived.tables[name] for name in dict.fromkeys(names)]
    return [registry.search[type_], *SIDES, *facts]


def _keys(table: Table) -> tuple[str, str | None]:
    """The columns that name the resource that a row came from: its id, and its type if several."""
    if "source_id" in table.c:
        return "source_id", "source_type"
    if "id" in table.c:
        return "id", "type" if table in SIDES else None
    return "patient_id", None


def orphans(connection: Connection, table: Table, type_: str) -> int:
    """How many rows of a derived table belong to no resource of that type that exists."""
    count = select(func.count()).select_from(table).where(_orphaned(table, type_))
    return int(connection.execute(count).scalar_one())


def _orphaned(table: Table, type_: str) -> ColumnElement[bool]:
    name, kind = _keys(table)
    there = select(fhir_resource.c.id).where(
        fhir_resource.c.type == type_,
        fhir_resource.c.id == table.c[name],
        fhir_resource.c.deleted.is_(False),
    )
    alone = ~there.correlate(table).exists()
    return alone if kind is None else (table.c[kind] == type_) & alone


def _types_of(registry: Registry, changed: Iterable[Table]) -> list[str]:
    """The types from which the rows of these tables are derived."""
    names = {table.name for table in changed}
    if names & {table.name for table in SIDES}:
        return sorted(registry.specs)
    return [
        type_
        for type_ in sorted(registry.specs)
        if names & {table.name for table in derived_tables(registry, type_)}
    ]


def _derive(station: Station, types: Sequence[str], after: str, total: int, tell: Tell) -> int:
    done, size = 0, _FIRST
    for number, type_ in enumerate(types):
        while True:
            start = monotonic()
            with station.write() as work:
                ids = _next_ids(work, type_, after, size)
                done += rederive(work, type_, ids) if ids else 0
                after = ids[-1] if ids else ""
                _note(work.connection, types[number + (not ids) :], after)
            if not ids:
                break
            spent = max(monotonic() - start, 0.001)
            size = max(1, min(_MOST, int(size * SLICE_SECONDS / spent)))
            tell(done, total)
    if not types:
        with station.write() as work:
            _note(work.connection, (), "")
    return done


def _next_ids(work: ReadWork, type_: str, after: str, size: int) -> list[str]:
    """The ids behind `after` of resources that exist, in their order."""
    head = fhir_resource.c
    found = select(head.id).where(head.type == type_, head.id > after, head.deleted.is_(False))
    return list(work.connection.scalars(found.order_by(head.id).limit(size)))


def _count(connection: Connection, types: Sequence[str]) -> int:
    head = fhir_resource.c
    wanted = select(func.count()).where(head.type.in_(types), head.deleted.is_(False))
    return int(connection.execute(wanted).scalar_one())


def _pending(connection: Connection) -> tuple[list[str], str]:
    fact = select(kernel_fact.c.value).where(kernel_fact.c.name == PENDING)
    text = connection.execute(fact).scalar()
    if text is None:
        return [], ""
    value = json.loads(text)
    return value["types"], value["after"]


def _note(connection: Connection, types: Sequence[str], after: str) -> None:
    if not types:
        connection.execute(delete(kernel_fact).where(kernel_fact.c.name == PENDING))
        return
    value = json.dumps({"types": list(types), "after": after})
    connection.execute(
        upsert(connection, kernel_fact, "name").values({"name": PENDING, "value": value})
    )


@dataclass(frozen=True, slots=True)
class Difference:
    """A derived row that is not as it would be derived now."""

    table: str
    resource: str
    text: str


class _Undone(Exception):
    """Ends a transaction whose work was only wanted to be looked at."""


def _undo() -> NoReturn:
    raise _Undone


def differences(
    station: Station, types: Sequence[str], *, tell: Tell = quiet
) -> Iterator[Difference]:
    """Where the stored derived rows differ from those that would be derived now.

    Changes nothing: a slice is derived in a transaction that is undone.
    """
    with station.database.reading() as connection:
        total = _count(connection, types)
        for type_ in types:
            for table in derived_tables(station.registry, type_):
                if alone := orphans(connection, table, type_):
                    text = f"{alone} rows belong to no resource that exists"
                    yield Difference(table.name, type_, text)
    done = 0
    for type_ in types:
        after = ""
        while ids := _next_slice(station, type_, after):
            yield from _compare(station, type_, ids)
            after, done = ids[-1], done + len(ids)
            tell(done, total)


def _next_slice(station: Station, type_: str, after: str) -> list[str]:
    with station.read() as work:
        return _next_ids(work, type_, after, _FIRST)


def _compare(station: Station, type_: str, ids: Sequence[str]) -> list[Difference]:
    found: list[Difference] = []
    try:
        with station.write() as work:
            tables = derived_tables(work.registry, type_)
            stored = [_rows_of(work, table, type_, ids) for table in tables]
            rederive(work, type_, ids)
            for table, before in zip(tables, stored, strict=True):
                found += _differing(table, type_, before, _rows_of(work, table, type_, ids))
            _undo()
    except _Undone:
        pass
    return found


_ByResource = dict[str, Counter[tuple[Any, ...]]]


def _rows_of(work: Work, table: Table, type_: str, ids: Sequence[str]) -> _ByResource:
    """The rows of these resources in a derived table, by resource, in any order."""
    name, kind = _keys(table)
    statement = select(table).where(table.c[name].in_(ids))
    if kind is not None:
        statement = statement.where(table.c[kind] == type_)
    found: _ByResource = {}
    for row in work.connection.execute(statement):
        found.setdefault(row._mapping[table.c[name]], Counter())[tuple(row)] += 1
    return found


def _differing(
    table: Table, type_: str, stored: _ByResource, derived: _ByResource
) -> Iterator[Difference]:
    for id_ in sorted(stored.keys() | derived.keys()):
        before, after = stored.get(id_, Counter()), derived.get(id_, Counter())
        if before != after:
            extra, missing = list((before - after).elements()), list((after - before).elements())
            yield Difference(table.name, f"{type_}/{id_}", _words(table, extra, missing))


def _words(table: Table, extra: list[tuple[Any, ...]], missing: list[tuple[Any, ...]]) -> str:
    """What differs, without the values, which may be a person's."""
    if len(extra) == len(missing) == 1:
        pairs = zip(table.c.keys(), extra[0], missing[0], strict=True)
        return "other values in " + ", ".join(name for name, old, new in pairs if old != new)
    return f"{len(missing)} rows are missing, {len(extra)} are too many"
