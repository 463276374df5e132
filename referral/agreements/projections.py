"""Departments and agreements as rows, from the HealthcareService that says both."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any, Final

from kernel.declare.module import Projection
from records.api import id_of
from referral.agreements.bodies import agreements_of
from referral.tables import referral_agreement, referral_department

Body = Mapping[str, Any]
Rows = Sequence[Mapping[str, Any]]
_ONE_DAY: Final = timedelta(days=1)


def department_rows(body: Body) -> Rows:
    """The row of a hospital's department."""
    hospital = id_of(body.get("providedBy"), "Organization")
    if not hospital:
        return []
    active = bool(body.get("active", True))
    return [{"hospital_id": hospital, "name": str(body.get("name", "")), "active": active}]


def agreement_rows(body: Body) -> Rows:
    """A row an agreement; `to_on` is exclusive here."""
    hospital = id_of(body.get("providedBy"), "Organization")
    return [
        {
            "agreement_id": one.id,
            "hospital_id": hospital,
            "partner_id": one.partner_id,
            "from_on": one.from_on.isoformat(),
            "to_on": (one.to_on + _ONE_DAY).isoformat() if one.to_on else None,
            "directions": " ".join(one.directions),
            "diseases": " ".join(one.diseases),
            "conditions": one.conditions,
            "capacity": one.capacity,
            "contact_id": one.contact_id or None,
        }
        for one in agreements_of(body)
        if hospital
    ]


PROJECTIONS = (
    Projection("HealthcareService", referral_department, department_rows),
    Projection("HealthcareService", referral_agreement, agreement_rows),
)
