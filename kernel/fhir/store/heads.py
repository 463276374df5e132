"""Reads by key: the current version, an earlier one, many heads at once."""

from collections.abc import Iterable
from functools import lru_cache
from typing import NamedTuple

from sqlalchemy import ColumnElement, and_, bindparam, or_, select

from kernel.db.prepared import Prepared, PreparedIn, Row
from kernel.db.tables import fhir_history, fhir_resource
from kernel.declare.resource import ResourceSpec
from kernel.errors import forbidden, gone, not_found
from kernel.security.codec import place_of, unseal
from kernel.security.policy import Sight, sight, visible
from kernel.work import ReadWork


class Head(NamedTuple):
    """A row of `fhir_resource` without its body."""

    type: str
    id: str
    version: int
    updated_at: int
    deleted: bool
    organisation_id: str | None
    patient_id: str | None


class Version(NamedTuple):
    """One version of a resource as it is read: the stored bytes and what the headers need."""

    type: str
    id: str
    version: int
    updated_at: int
    deleted: bool
    patient_id: str | None
    body: bytes


_FEW = 16
"""Most resources of several types that one statement looks for: of 128 it took PostgreSQL 15 three
times as long as type by type, of 8 a quarter."""

_HEAD = [fhir_resource.c[name] for name in Head._fields]


def bind(name: str, _value: object = None) -> ColumnElement[object]:
    """A bound parameter whose value is given when the statement runs, never before."""
    return bindparam(name, value=None, required=False)


_many = PreparedIn(
    lambda ids: select(*_HEAD).where(
        fhir_resource.c.type == bind("type"), fhir_resource.c.id.in_(ids)
    )
)


def find_heads(work: ReadWork, type_: str, ids: Iterable[str]) -> dict[str, Head]:
    """The heads of resources of one type by id, deleted ones and strangers' included."""
    rows = _many.rows(work.connection, ids, {"type": type_})
    return {head.id: head for head in (Head(*row) for row in rows)}


def _is(type_: ColumnElement[str], id_: ColumnElement[str]) -> ColumnElement[bool]:
    return and_(fhir_resource.c.type == type_, fhir_resource.c.id == id_)


_named = PreparedIn(
    # SQLite would search the whole table for (type, id) IN (…); this finds by the key.
    lambda pairs: select(*_HEAD).where(or_(*(_is(*pair) for pair in pairs))),
    pairs=True,
)


def find_named(work: ReadWork, names: Iterable[tuple[str, str]]) -> dict[tuple[str, str], Head]:
    """The heads of resources of any types by (type, id), deleted ones and strangers' included.

    A few are found by one statement; many type by type, which PostgreSQL plans sooner.
    """
    wanted = set(names)
    if len(wanted) <= _FEW:
        rows = _named.rows(work.connection, wanted, {})
    else:
        by_type: dict[str, list[str]] = {}
        for type_, id_ in wanted:
            by_type.setdefault(type_, []).append(id_)
        rows = [
            row
            for type_, ids in by_type.items()
            for row in _many.rows(work.connection, ids, {"type": type_})
        ]
    return {(head.type, head.id): head for head in (Head(*row) for row in rows)}


def find_head(work: ReadWork, type_: str, id_: str) -> Head | None:
    """One head, or None where there never was such a resource."""
    return find_heads(work, type_, (id_,)).get(id_)


@lru_cache(maxsize=256)
def _reading(kind: str, size: int, history: bool) -> Prepared:
    table = fhir_history if history else fhir_resource
    columns = ("version", "updated_at", "deleted", "patient_id", "body")
    statement = select(*(table.c[name] for name in columns)).where(
        table.c.type == bindparam("type"), table.c.id == bindparam("id")
    )
    if history:
        statement = statement.where(table.c.version == bindparam("version"))
    else:
        clause = visible(Sight(kind, ("",) * size), fhir_resource, bind)
        if clause is not None:
            statement = statement.where(clause)
    return Prepared(statement)


def _row(work: ReadWork, spec: ResourceSpec, id_: str) -> Row | None:
    seen = sight(work.actor, spec)
    values = {"type": spec.type, "id": id_, **seen.binds(work.now)}
    return _reading(*seen.shape, False).row(work.connection, values)


def opened(work: ReadWork, spec: ResourceSpec, id_: str, row: Row) -> Version:
    """A row (version, updated_at, deleted, patient_id, body) as a readable version."""
    version, updated_at, deleted, patient_id, body = row
    place = place_of(spec.type, id_, version)
    text = unseal(work.keys, place, body) if body is not None else b""
    if patient_id is not None:
        work.touched.add(patient_id)
    return Version(spec.type, id_, version, updated_at, bool(deleted), patient_id, text)


def may_read(work: ReadWork, spec: ResourceSpec, letter: str = "r") -> None:
    """Refuse with 403 where the actor may not read this type at all."""
    if not work.actor.may_read(spec, letter):
        raise forbidden(f"{work.actor.name} may not read {spec.type}")


def read(work: ReadWork, spec: ResourceSpec, id_: str) -> Version:
    """The current version, as FHIR read.

    Raises Refused: 403 (type not for this actor), 404 (unknown, or not visible), 410 (deleted).
    """
    may_read(work, spec)
    return current(work, spec, id_)


def current(work: ReadWork, spec: ResourceSpec, id_: str) -> Version:
    """The current version for what the server itself must know, such as a rule.

    Raises Refused as `read` does, except that nobody asks whether the actor may read the type.
    """
    row = _row(work, spec, id_)
    if row is None:
        raise not_found(f"{spec.type}/{id_}")
    version = opened(work, spec, id_, row)
    if version.deleted:
        raise gone(f"{spec.type}/{id_}")
    return version


def read_version(work: ReadWork, spec: ResourceSpec, id_: str, number: int) -> Version:
    """One version of a resource, as FHIR vread. Raises Refused as `read` does."""
    may_read(work, spec)
    row = _row(work, spec, id_)
    if row is None:
        raise not_found(f"{spec.type}/{id_}")
    if row[0] != number:
        values = {"type": spec.type, "id": id_, "version": number}
        row = _reading("", 0, True).row(work.connection, values)
        if row is None:
            raise not_found(f"{spec.type}/{id_} version {number}")
    version = opened(work, spec, id_, row)
    if version.deleted:
        raise gone(f"{spec.type}/{id_} version {number}")
    return version


def get_head(work: ReadWork, spec: ResourceSpec, id_: str) -> Head | None:
    """The head if the actor sees it (a deleted one included), else None."""
    if _row(work, spec, id_) is None:
        return None
    return find_head(work, spec.type, id_)
