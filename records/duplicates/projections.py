"""What a duplicate is looked for by: a row a Patient, without any number of a document or phone."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from sqlalchemy import Boolean, Column, Date, Index, MetaData, String, Table, Text

from kernel.canonical import CITIZEN_ID
from kernel.declare.module import Projection
from records.duplicates.addresses import address_key
from records.duplicates.names import name_key
from records.life.states import MERGED, VOID, state_of
from records.reading import UNNAMED, address_of, day_of, id_of, name_of

Body = Mapping[str, Any]

duplicates_metadata = MetaData()

records_match = Table(
    "records_match",
    duplicates_metadata,
    Column("source_type", String(40), nullable=False),
    Column("source_id", String(64), nullable=False),
    Column("name", Text, nullable=False),
    Column("name_key", Text),
    Column("sex", String(10)),
    Column("born", Date),
    Column("address_key", String(40)),
    Column("citizen", Boolean, nullable=False),
    Column("active", Boolean, nullable=False),
    Column("merged_into", String(64)),
    Index("ix_records_match_source_id", "source_id"),
    Index("ix_records_match_born", "born", "name_key"),
    Index("ix_records_match_name_key", "name_key", "born"),
    Index("ix_records_match_address_key", "address_key"),
    Index("ix_records_match_merged_into", "merged_into"),
)
"""A Patient: `name_key` is equal for names read alike, `address_key` for one door written
differently, `citizen` says that a citizen's number is known, `merged_into` is the Patient whose
record this one became part of. Names and addresses stand in clear (decision 7); numbers and phones
are found by their digests in `search_identifier`."""

REPLACED: Final = "replaced-by"
"""Patient.link.type of a record that became part of another one."""


def match_rows(body: Body) -> Sequence[Mapping[str, Any]]:
    """The row of a Patient; none of a record that was made in error."""
    state = state_of(body)
    if state == VOID:
        return []
    name = name_of(body)
    name = "" if name == UNNAMED else name
    born = day_of(body.get("birthDate"))
    return [
        {
            "name": name,
            "name_key": name_key(name) or None,
            "sex": body.get("gender"),
            "born": born.isoformat() if born else None,
            "address_key": address_key(address_of(body)) or None,
            "citizen": any(one.get("system") == CITIZEN_ID for one in body.get("identifier", ())),
            "active": bool(body.get("active", True)) and state != MERGED,
            "merged_into": survivor_of(body) or None,
        }
    ]


def survivor_of(body: Body) -> str:
    """The id of the Patient that a record became part of, or an empty text."""
    links = (link for link in body.get("link", ()) if link.get("type") == REPLACED)
    return next((id_ for link in links if (id_ := id_of(link.get("other"), "Patient"))), "")


PROJECTIONS = (Projection("Patient", records_match, match_rows),)
