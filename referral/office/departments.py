"""The departments of a hospital that referrals go to."""

from kernel.work import ReadWork
from records.api import find_all

_MOST = "200"


def list_departments(work: ReadWork, hospital_id: str) -> list[tuple[str, str]]:
    """The active departments (HealthcareService) of a hospital: id and name, by name."""
    found = find_all(
        work,
        "HealthcareService",
        ("organization", f"Organization/{hospital_id}"),
        ("active", "true"),
        ("_count", _MOST),
    )
    return sorted(((str(one["id"]), str(one["name"])) for one in found), key=lambda pair: pair[1])
