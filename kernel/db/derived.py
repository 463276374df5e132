"""Tables that can be computed again from the resources: search tables and modules' fact tables.

They are not migrated. Each has a print (a digest of its DDL) in `kernel_fact`; where the print
differs from the declaration the table is dropped, made anew and filled by re-projection.
"""

from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Date,
    Float,
    Index,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    SmallInteger,
    String,
    Table,
    Text,
)
from sqlalchemy.types import TypeEngine

from kernel.declare.resource import Kind, ResourceSpec, SearchParam, Storage

DELIMITER = "\n"
"""Stands before and after every `system|code` of a delimited token column."""

side_metadata = MetaData()


def _binary_text(length: int | None = None) -> TypeEngine[str]:
    """Text that compares byte by byte, so that a prefix is a range on both databases."""
    plain = String(length) if length else Text()
    collated = String(length, collation="C") if length else Text(collation="C")
    return plain.with_variant(collated, "postgresql")


search_identifier = Table(
    "search_identifier",
    side_metadata,
    Column("type", String(40), nullable=False),
    Column("id", String(64), nullable=False),
    Column("param", String(40), nullable=False),
    Column("system", Text, nullable=False),
    Column("digest", LargeBinary, nullable=False),
    Column("part", SmallInteger, nullable=False),
    Index("ix_search_identifier_digest", "digest", "type", "param"),
    Index("ix_search_identifier_id", "id", "type"),
)
"""Keyed digests of identifiers and telecoms: part 0 whole, 4 and 6 their last characters."""

search_text = Table(
    "search_text",
    side_metadata,
    Column("type", String(40), nullable=False),
    Column("id", String(64), nullable=False),
    Column("param", String(40), nullable=False),
    Column("key", _binary_text(), nullable=False),
    Column("exact", Text),
    Column("part", SmallInteger, nullable=False),
    Column("organisation_id", String(64)),
    Index("ix_search_text_key", "type", "param", "key", "id", "part"),
    Index("ix_search_text_organisation", "organisation_id", "type", "param", "key", "id", "part"),
    Index("ix_search_text_id", "id", "type"),
)
"""Normalised texts: part 0 begins a value (or its pinyin), part 1 is a suffix for `:contains`.

A third of a city's names begin with the same letter; whose they are lets a station look among its
own only.
"""

search_reference = Table(
    "search_reference",
    side_metadata,
    Column("type", String(40), nullable=False),
    Column("id", String(64), nullable=False),
    Column("path", String(120), nullable=False),
    Column("target_type", String(40), nullable=False),
    Column("target_id", String(64), nullable=False),
    Column("found", Boolean, nullable=False),
    Index("ix_search_reference_target", "target_id", "target_type", "type", "path"),
    Index("ix_search_reference_id", "id", "type"),
)
"""Every literal reference to a resource of ours; `found` is false where it does not resolve."""

SIDES = (search_identifier, search_text, search_reference)


def param_columns(param: SearchParam) -> list[Column[object]]:
    """The columns of a parameter in its type's search table.

    Identifiers and references have none (side tables); that of a string is what it sorts by.
    """
    name = param.column
    if param.kind is Kind.DATE:
        kind: type[TypeEngine[Any]] = Date if param.local else BigInteger
        return [Column(f"{name}_from", kind()), Column(f"{name}_to", kind())]
    if param.kind is Kind.NUMBER:
        return [Column(name, Float(53))]
    if param.kind is Kind.QUANTITY:
        return [Column(name, Float(53)), Column(f"{name}_unit", Text)]
    if param.kind in (Kind.URI, Kind.STRING):
        return [Column(name, _binary_text())]
    if param.kind is Kind.TOKEN and param.storage is not Storage.IDENTIFIER:
        return [Column(name, Text)]
    return []


def search_table(spec: ResourceSpec, metadata: MetaData) -> Table:
    """The search table of a type: whose it is, when it changed, and its typed columns."""
    name = f"search_{spec.type.lower()}"
    columns = [column for param in spec.params for column in param_columns(param)]
    indexes = [Index(f"ix_{name}_organisation", "organisation_id", "id")]
    if spec.patient:
        order = [f"{spec.sort.replace('-', '_')}_from"] if spec.sort else []
        indexes.append(Index(f"ix_{name}_patient", "patient_id", *order, "id"))
    if spec.sort:
        column = f"{spec.sort.replace('-', '_')}_from"
        indexes.append(Index(f"ix_{name}_{column}", "organisation_id", column, "id"))
    return Table(
        name,
        metadata,
        Column("id", String(64), nullable=False),
        Column("updated_at", BigInteger, nullable=False),
        Column("organisation_id", String(64)),
        Column("patient_id", String(64)),
        *columns,
        PrimaryKeyConstraint("id", name=f"pk_{name}"),
        *indexes,
        info={"declared": repr(spec.params)},  # part of the print: other paths, other rows
    )
