"""The time for which an institution keeps a person's file, as an EpisodeOfCare: pure functions.

In FHIR the end of a period is inclusive (R4 2.24.0.11), so `period.end` is the last day on which
the file was kept. Everywhere else an interval is half-open: the day on which a file is opened
counts, the day on which it is closed or handed over does not.
"""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any, Final

from kernel.canonical import code_system, structure_definition

Body = Mapping[str, Any]

CARE_KIND: Final = code_system("nbphs3-care-kind")
RECORD_MANAGEMENT: Final = "record-management"
OPENED_FOR: Final = structure_definition("residence-opened-for")
CLOSED_FOR: Final = structure_definition("residence-closed-for")

FILED: Final = "filed"
MOVED_IN: Final = "moved-in"
REOPENED: Final = "reopened"
ASSUMED: Final = "assumed"
"""Written by the server for a Patient that came through the API without an episode."""
HANDED_OVER: Final = "handed-over"
"""Ended because another institution of the city took the file over."""

_WRONG: Final = frozenset({"entered-in-error", "cancelled", "planned", "waitlist"})


def is_residence(body: Body) -> bool:
    """Whether an EpisodeOfCare says who keeps a file."""
    return is_kind(body, RECORD_MANAGEMENT)


def is_kind(body: Body, kind: str) -> bool:
    """Whether an EpisodeOfCare is of this kind of care."""
    return any(
        coding.get("system") == CARE_KIND and coding.get("code") == kind
        for concept in body.get("type", ())
        for coding in concept.get("coding", ())
    )


def counts(body: Body) -> bool:
    """Whether the days of an EpisodeOfCare happened (not planned, not written by mistake)."""
    return body.get("status") not in _WRONG


def residence(
    patient_id: str, organisation_id: str, *, on: date, opened_for: str
) -> dict[str, Any]:
    """The EpisodeOfCare of an institution that keeps a person's file from a day on."""
    return {
        "resourceType": "EpisodeOfCare",
        "extension": [{"url": OPENED_FOR, "valueCode": opened_for}],
        "status": "active",
        "type": [
            {
                "coding": [
                    {"system": CARE_KIND, "code": RECORD_MANAGEMENT, "display": "健康档案管理"}
                ],
                "text": "健康档案管理",
            }
        ],
        "patient": {"reference": f"Patient/{patient_id}"},
        "managingOrganization": {"reference": f"Organization/{organisation_id}"},
        "period": {"start": on.isoformat()},
    }


def ended(body: Body, *, to_on: date, closed_for: str) -> dict[str, Any]:
    """The same episode, which ends before the day `to_on`.

    One that would have no day at all (it began on `to_on` or later) was never: it is cancelled.
    `closed_for` is a code of `nbphs3-record-close-reason`, or `HANDED_OVER`.
    """
    others = [one for one in body.get("extension", ()) if one.get("url") != CLOSED_FOR]
    told = {**body, "extension": [*others, {"url": CLOSED_FOR, "valueCode": closed_for}]}
    start = date.fromisoformat(body["period"]["start"][:10])
    if to_on <= start:
        return {**told, "status": "cancelled", "period": {"start": start.isoformat()}}
    last = to_on - timedelta(days=1)
    return {
        **told,
        "status": "finished",
        "period": {**body["period"], "end": last.isoformat()},
    }
