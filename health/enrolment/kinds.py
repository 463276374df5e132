"""An enrolment as FHIR: an EpisodeOfCare whose type is the programme. Pure."""

from collections.abc import Mapping
from datetime import date
from typing import Any, Final

from health.declare import Programme
from health.programmes import MANAGED
from kernel.canonical import code_system, structure_definition
from records.api import CARE_KIND, day_of

Body = Mapping[str, Any]
Resource = dict[str, Any]
SOURCE: Final = structure_definition("enrolment-source")
"""检出途径: a code of nbphs3-enrol-source."""
CLOSED_FOR: Final = structure_definition("enrolment-closed-for")
"""Why it ended: a code of nbphs3-enrol-close-reason."""
NOTE: Final = structure_definition("enrolment-note")
"""What was written beside closing, suspending or returning it."""
SOURCES: Final = code_system("nbphs3-enrol-source")
CLOSE_REASONS: Final = code_system("nbphs3-enrol-close-reason")
_NAMES: Final = {one.name: one for one in MANAGED}


def programme_in(body: Body) -> str:
    """The name of the programme whose enrolment a resource is; empty for any other."""
    if body.get("resourceType") != "EpisodeOfCare":
        return ""
    codes = (
        coding.get("code", "")
        for concept in body.get("type", ())
        for coding in concept.get("coding", ())
        if coding.get("system") == CARE_KIND
    )
    return next((code for code in codes if code in _NAMES), "")


def episode(
    programme: Programme,
    patient_id: str,
    *,
    on: date,
    organisation: Mapping[str, str],
    doctor: Mapping[str, str] | None,
    source: str = "",
    status: str = "active",
) -> Resource:
    """The EpisodeOfCare of somebody who is in a programme from a day on."""
    body: Resource = {
        "resourceType": "EpisodeOfCare",
        "status": status,
        "type": [
            {
                "coding": [
                    {"system": CARE_KIND, "code": programme.name, "display": programme.title}
                ],
                "text": programme.title,
            }
        ],
        "patient": {"reference": f"Patient/{patient_id}"},
        "managingOrganization": dict(organisation),
        "period": {"start": on.isoformat()},
    }
    if doctor:
        body["careManager"] = dict(doctor)
    return with_extension(body, SOURCE, "valueCode", source) if source else body


def with_extension(body: Body, url: str, name: str, value: str) -> Resource:
    """The body with one extension of this url, or without it where the value is empty."""
    kept = [one for one in body.get("extension", ()) if one.get("url") != url]
    if value:
        kept.append({"url": url, name: value})
    rest = {key: each for key, each in body.items() if key != "extension"}
    return {**rest, "extension": kept} if kept else rest


def with_status(body: Body, status: str, on: date) -> Resource:
    """The body in another status since a day; every status it had stays in `statusHistory`.

    FHIR R4 12.8: statusHistory holds the past ones with their periods.
    """
    since = _since(body)
    past = {"status": body["status"], "period": {"start": since, "end": on.isoformat()}}
    return {**body, "status": status, "statusHistory": [*body.get("statusHistory", ()), past]}


def _since(body: Body) -> str:
    """The day on which the present status began."""
    history = body.get("statusHistory", ())
    ended = history[-1]["period"].get("end") if history else None
    return str(ended or body["period"]["start"])


def suspended_on(body: Body) -> date | None:
    """Since when somebody is lost for the time being (暂时失访), or None."""
    return day_of(_since(body)) if body.get("status") == "onhold" else None
