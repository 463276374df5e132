"""The territory of a station: the residents' and villagers' committees that it serves.

A committee is a Location of physical type `area`: its identifier is the 12 digits that begin a
record number (county, street, committee), `managingOrganization` is the station that serves it.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

from sqlalchemy import Column, Index, String, Table, Text, select

from kernel.canonical import identifier_system
from kernel.declare.module import Projection
from kernel.security.actor import Reach
from kernel.work import ReadWork
from records.life.projections import life_metadata
from records.life.staff import list_doctors
from records.life.teams import list_teams
from records.reading import id_of

COMMITTEE_CODE: Final = identifier_system("committee-code")

records_committee = Table(
    "records_committee",
    life_metadata,
    Column("source_type", String(40), nullable=False),
    Column("source_id", String(64), nullable=False),
    Column("organisation_id", String(64), nullable=False),
    Column("code", String(12), nullable=False),
    Column("name", Text, nullable=False),
    Index("ix_records_committee_source_id", "source_id"),
    Index("ix_records_committee_organisation_id", "organisation_id", "code"),
    Index("ix_records_committee_code", "code"),
)
"""Which station serves a committee."""


class Committee(NamedTuple):
    """A residents' committee (居委会) or villagers' committee (村委会)."""

    code: str
    name: str
    organisation_id: str


def committee_rows(body: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    """The row of a Location that is a committee; nothing for any other, or one out of use."""
    codes = [
        str(one["value"])
        for one in body.get("identifier", ())
        if one.get("system") == COMMITTEE_CODE and one.get("value")
    ]
    keeper = id_of(body.get("managingOrganization"), "Organization")
    if not codes or not keeper or body.get("status", "active") != "active":
        return []
    return [{"organisation_id": keeper, "code": codes[0][:12], "name": body.get("name", "")}]


PROJECTIONS = (Projection("Location", records_committee, committee_rows),)


def list_committees(work: ReadWork, *organisation_ids: str) -> list[Committee]:
    """The committees that these institutions serve, by code."""
    table = records_committee.c
    found = work.connection.execute(
        select(table.code, table.name, table.organisation_id)
        .where(table.organisation_id.in_(organisation_ids))
        .order_by(table.code)
    )
    return [Committee(*row) for row in found]


def list_all_committees(work: ReadWork) -> list[Committee]:
    """All committees of the city with the stations that serve them, by code."""
    table = records_committee.c
    found = work.connection.execute(
        select(table.code, table.name, table.organisation_id).order_by(table.code)
    )
    return [Committee(*row) for row in found]


def find_committee(work: ReadWork, code: str) -> Committee | None:
    """A committee by its 12 digits, whoever serves it, or None."""
    table = records_committee.c
    found = work.connection.execute(
        select(table.code, table.name, table.organisation_id).where(table.code == code)
    ).first()
    return Committee(*found) if found else None


def filter_choices(work: ReadWork, organisation_id: str = "") -> dict[str, list[tuple[str, str]]]:
    """What residents can be filtered by at the actor's institutions, or at one of them.

    `committees`, `doctors` and `teams` are pairs of code or id and name; empty for somebody who
    works for no institution that keeps files.
    """
    own = work.actor.organisations if work.actor.reach is Reach.ORGANISATIONS else ()
    chosen = [one for one in own if organisation_id in ("", one)]
    doctors = {d.id: d.name for one in chosen for d in list_doctors(work, one)}
    return {
        "committees": [(one.code, one.name) for one in list_committees(work, *chosen)],
        "doctors": list(doctors.items()),
        "teams": [(one.id, one.name) for one in list_teams(work, *chosen)],
    }
