"""A family doctor's contract (家庭医生签约) as an EpisodeOfCare: pure functions and its facts."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Final

from sqlalchemy import Column, Date, Index, String, Table

from kernel.declare.module import Projection
from records.life.projections import days_of, life_metadata
from records.life.residence import CARE_KIND, counts, is_kind
from records.reading import id_of

Body = Mapping[str, Any]

FAMILY_DOCTOR: Final = "family-doctor-contract"

records_contract = Table(
    "records_contract",
    life_metadata,
    Column("source_type", String(40), nullable=False),
    Column("source_id", String(64), nullable=False),
    Column("patient_id", String(64), nullable=False),
    Column("organisation_id", String(64), nullable=False),
    Column("team_id", String(64), nullable=False),
    Column("from_on", Date, nullable=False),
    Column("to_on", Date),
    Index("ix_records_contract_source_id", "source_id"),
    Index("ix_records_contract_patient_id", "patient_id", "from_on"),
    Index("ix_records_contract_team_id", "team_id", "from_on"),
    Index("ix_records_contract_organisation_id", "organisation_id", "from_on"),
)
"""With which team a person has a contract from a day until another (exclusive; NULL = open)."""


def is_contract(body: Body) -> bool:
    """Whether an EpisodeOfCare is a family doctor's contract."""
    return is_kind(body, FAMILY_DOCTOR)


def contract(
    patient_id: str,
    organisation: Mapping[str, str],
    team: Mapping[str, str],
    *,
    from_on: date,
    last_on: date,
) -> dict[str, Any]:
    """The EpisodeOfCare of a contract; `last_on` is its last day, as it stands on the paper."""
    title = "家庭医生签约"
    coding = {"system": CARE_KIND, "code": FAMILY_DOCTOR, "display": title}
    return {
        "resourceType": "EpisodeOfCare",
        "status": "active",
        "type": [{"coding": [coding], "text": title}],
        "patient": {"reference": f"Patient/{patient_id}"},
        "managingOrganization": dict(organisation),
        "period": {"start": from_on.isoformat(), "end": last_on.isoformat()},
        "team": [dict(team)],
    }


def contract_rows(body: Body) -> Sequence[Mapping[str, Any]]:
    """The row of a contract; nothing for any other episode."""
    days = days_of(body)
    organisation = id_of(body.get("managingOrganization"), "Organization")
    patient = id_of(body.get("patient"), "Patient")
    teams = [id_of(one, "CareTeam") for one in body.get("team", ())]
    if not (is_contract(body) and counts(body) and days and organisation and patient and teams):
        return []
    return [
        {
            "patient_id": patient,
            "organisation_id": organisation,
            "team_id": teams[0],
            "from_on": days[0],
            "to_on": days[1],
        }
    ]


PROJECTIONS = (Projection("EpisodeOfCare", records_contract, contract_rows),)
