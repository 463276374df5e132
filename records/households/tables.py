"""Fact tables of the households."""

from sqlalchemy import Boolean, Column, Date, Index, Integer, MetaData, String, Table, Text

_metadata = MetaData()

records_household = Table(
    "records_household",
    _metadata,
    Column("source_type", String(40), nullable=False),
    Column("source_id", String(64), nullable=False),
    Column("active", Boolean, nullable=False),
    Column("head_id", String(64)),
    Column("address", Text, nullable=False),
    Column("members", Integer, nullable=False),
    Index("ix_records_household_source_id", "source_id"),
    Index("ix_records_household_head_id", "head_id"),
)
"""A row a household: `source_id` is the Group; `head_id` the head's Patient, None where nobody is;
`address` as one line; `members` how many are in it now."""

records_household_member = Table(
    "records_household_member",
    _metadata,
    Column("source_type", String(40), nullable=False),
    Column("source_id", String(64), nullable=False),
    Column("patient_id", String(64), nullable=False),
    Column("relation", String(2), nullable=False),
    Column("from_on", Date),
    Column("to_on", Date),
    Index("ix_records_household_member_source_id", "source_id"),
    Index("ix_records_household_member_patient_id", "patient_id", "to_on"),
)
"""Who belongs to which household (`source_id`, a Group) and how: `relation` to the head (GB/T 4761,
02 the head), from a local day (None: not known) until another (exclusive; NULL = still)."""
