"""Fact tables of files' lives: who keeps whom from when to when, and what lists ask of a file."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any, Final

from sqlalchemy import Column, Date, Index, MetaData, String, Table

from kernel.declare.module import Projection
from records.extensions import extension_value, extensions, grid_of, home_address
from records.life.residence import CLOSED_FOR, OPENED_FOR, counts, is_residence
from records.life.states import CLOSE_REASON, CLOSED_ON, OPENED_ON, state_of
from records.reading import codes_of, day_of, id_of

Body = Mapping[str, Any]
Rows = Sequence[Mapping[str, Any]]

_PARTS: Final = ("committee", "grid", "building", "unit")

life_metadata = MetaData()

records_residence = Table(
    "records_residence",
    life_metadata,
    Column("source_type", String(40), nullable=False),
    Column("source_id", String(64), nullable=False),
    Column("patient_id", String(64), nullable=False),
    Column("organisation_id", String(64), nullable=False),
    Column("from_on", Date, nullable=False),
    Column("to_on", Date),
    Column("opened_for", String(20)),
    Column("closed_for", String(20)),
    Index("ix_records_residence_source_id", "source_id"),
    Index("ix_records_residence_patient_id", "patient_id", "from_on"),
    Index("ix_records_residence_organisation_id", "organisation_id", "from_on"),
)
"""Which institution keeps a person's file from a day until another (exclusive; NULL = open)."""

records_file = Table(
    "records_file",
    life_metadata,
    Column("source_type", String(40), nullable=False),
    Column("source_id", String(64), nullable=False),
    Column("state", String(20), nullable=False),
    Column("opened_on", Date),
    Column("closed_on", Date),
    Column("closed_for", String(4)),
    Column("doctor_id", String(64)),
    Column("organisation_id", String(64)),
    Column("committee", String(20)),
    Column("grid", String(40)),
    Column("building", String(20)),
    Column("unit", String(20)),
    Column("sex", String(10)),
    Column("born_on", Date),
    Index("ix_records_file_source_id", "source_id"),
    Index("ix_records_file_territory", "organisation_id", "committee", "grid", "building"),
    Index("ix_records_file_doctor_id", "doctor_id"),
    Index("ix_records_file_state", "organisation_id", "state"),
)
"""A person's file: `source_id` is the Patient. `organisation_id` is what the Patient says."""


def residence_rows(body: Body) -> Rows:
    """The interval of an EpisodeOfCare that says who keeps a file; nothing for any other."""
    days = days_of(body)
    organisation = id_of(body.get("managingOrganization"), "Organization")
    patient = id_of(body.get("patient"), "Patient")
    if not (is_residence(body) and counts(body) and days and organisation and patient):
        return []
    return [
        {
            "patient_id": patient,
            "organisation_id": organisation,
            "from_on": days[0],
            "to_on": days[1],
            "opened_for": extension_value(body, OPENED_FOR, "valueCode"),
            "closed_for": extension_value(body, CLOSED_FOR, "valueCode"),
        }
    ]


def days_of(body: Body) -> tuple[str, str | None] | None:
    """The days of a Period as ISO text, the end exclusive; None without a beginning."""
    period = body.get("period", {})
    start, end = day_of(_whole(period.get("start"))), day_of(_whole(period.get("end")))
    return (start.isoformat(), _day_after(end)) if start else None


def _whole(text: str | None) -> str | None:
    """A year or a month as its first day: an interval of days needs days."""
    if text is None or len(text) >= 10:
        return text
    return f"{text}-01-01"[:10] if len(text) == 4 else f"{text}-01"


def _day_after(day: date | None) -> str | None:
    return None if day is None or day == date.max else (day + timedelta(days=1)).isoformat()


def file_rows(body: Body) -> Rows:
    """The row of a Patient."""
    doctors = [id_of(one, "Practitioner") for one in body.get("generalPractitioner", ())]
    born = day_of(body.get("birthDate"))
    return [
        {
            "state": state_of(body),
            "opened_on": _iso(extension_day(body, OPENED_ON)),
            "closed_on": _iso(extension_day(body, CLOSED_ON)),
            "closed_for": close_reason_of(body),
            "doctor_id": next((id_ for id_ in doctors if id_), None),
            "organisation_id": id_of(body.get("managingOrganization"), "Organization") or None,
            **territory_of(body),
            "sex": body.get("gender"),
            "born_on": _iso(born),
        }
    ]


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None


def extension_day(body: Body, url: str) -> date | None:
    """The day in an extension of a Patient with `valueDate`, or None."""
    return day_of(extension_value(body, url, "valueDate"))


def close_reason_of(body: Body) -> str | None:
    """The code of `nbphs3-record-close-reason`, or None."""
    found = (
        code
        for one in extensions(body, CLOSE_REASON)
        for code in codes_of(one.get("valueCodeableConcept"))
    )
    return next(found, None)


def territory_of(body: Body) -> dict[str, str | None]:
    """Committee, grid, building and unit of the home address (`grid-address`), each or None."""
    parts = grid_of(home_address(body))
    return {name: parts.get(name) for name in _PARTS}


PROJECTIONS = (
    Projection("EpisodeOfCare", records_residence, residence_rows),
    Projection("Patient", records_file, file_rows),
)
