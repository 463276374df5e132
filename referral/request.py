"""What a ServiceRequest says that is a referral. Pure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from kernel.ids import is_fhir_id
from records.api import codes_of, extension_value, id_of
from referral.codes import (
    CATEGORY,
    COMMUNITY,
    DIRECTION,
    DISEASE,
    DOWN,
    FIRST_CONTACT,
    PHONED_AT,
    PROGRAMME,
    REFERRAL,
    REQUISITION,
    UP,
    URGENCIES,
)

Body = Mapping[str, Any]
GENERAL: Final = "general"
DISEASES: Final = (
    "hypertension", "diabetes", "coronary", "stroke", "copd", "elderly", GENERAL,
)  # fmt: skip
"""The keys of the indications (referral.md §3): the disease that a referral is for."""


@dataclass(frozen=True, slots=True)
class Request:
    """A referral as its ServiceRequest asks for it; ids are bare, empty where nothing is named.

    `urgency` is ours (emergency, urgent, routine); `disease` a key of the indications.
    """

    id: str
    status: str
    patient_id: str
    direction: str
    urgency: str
    disease: str
    programme: str
    community_id: str
    doctor_id: str
    hospital_id: str
    department_id: str
    requisition: str
    first_contact: str
    phoned: bool
    replaces_id: str
    based_on_id: str


def is_referral(body: Body | None) -> bool:
    """Whether a resource is the ServiceRequest of a referral."""
    if not body or body.get("resourceType") != "ServiceRequest":
        return False
    return any(REFERRAL in codes_of(one, CATEGORY) for one in body.get("category", ()))


def request_of(body: Body) -> Request:
    """What the ServiceRequest of a referral says."""
    coded = extension_value
    return Request(
        id=str(body.get("id", "")),
        status=str(body.get("status", "")),
        patient_id=id_of(body.get("subject"), "Patient"),
        direction=coded(body, DIRECTION, "valueCode") or UP,
        urgency=URGENCIES.get(str(body.get("priority", "routine")), "routine"),
        disease=coded(body, DISEASE, "valueCode") or GENERAL,
        programme=coded(body, PROGRAMME, "valueCode") or "",
        community_id=id_of(coded(body, COMMUNITY, "valueReference"), "Organization"),
        doctor_id=id_of(body.get("requester"), "Practitioner"),
        hospital_id=_performer(body, "Organization"),
        department_id=_performer(body, "HealthcareService"),
        requisition=_requisition(body),
        first_contact=coded(body, FIRST_CONTACT, "valueCode") or "",
        phoned=bool(coded(body, PHONED_AT, "valueDateTime")),
        replaces_id=next(_ids(body.get("replaces", ()), "ServiceRequest"), ""),
        based_on_id=next(_ids(body.get("basedOn", ()), "ServiceRequest"), ""),
    )


def names(body: Body, *types: str) -> bool:
    """Whether its supportingInfo names a resource of one of these types."""
    told = (str(one.get("reference", "")) for one in body.get("supportingInfo", ()))
    return any(one.partition("/")[0] in types for one in told)


def has_slip(body: Body) -> bool:
    """Whether the slip (转出单) came with it, written here or as a scan."""
    return names(body, "Composition", "DocumentReference")


def offers_back(request: Request) -> bool:
    """Whether a hospital offers somebody back whom nobody referred to it (§5)."""
    return request.direction == DOWN and not request.based_on_id


def _ids(references: Any, type_: str) -> Iterator[str]:
    for one in references:
        if is_fhir_id(found := id_of(one, type_)):
            yield found


def _performer(body: Body, type_: str) -> str:
    return next(_ids(body.get("performer", ()), type_), "")


def _requisition(body: Body) -> str:
    told = body.get("requisition") or {}
    return str(told.get("value", "")) if told.get("system") == REQUISITION else ""
