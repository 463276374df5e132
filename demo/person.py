"""A resident as a FHIR Patient: identifiers, names, extensions in the shapes of the domain.

Parts that never change are shared between resources: treat what comes out as read-only.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from demo.directory import Resource
from kernel.canonical import (
    CITIZEN_ID,
    GB_ETHNICITY,
    GB_MARITAL,
    HEALTH_RECORD_NUMBER,
    code_system,
    identifier_system,
    structure_definition,
)

CLOSED_ON: Final = structure_definition("record-closed-on")
"""Extension of Patient: the local date on which the record was closed; history ends before it."""
OPENED_ON: Final = structure_definition("record-opened-on")
FILED_BY: Final = structure_definition("record-filed-by")
FILED_AT: Final = structure_definition("record-filing-organisation")

V3_MARITAL: Final = "http://terminology.hl7.org/CodeSystem/v3-MaritalStatus"
V3_NULL: Final = "http://terminology.hl7.org/CodeSystem/v3-NullFlavor"
V2_IDENTIFIER: Final = "http://terminology.hl7.org/CodeSystem/v2-0203"
V2_CONTACT: Final = "http://terminology.hl7.org/CodeSystem/v2-0131"

_ETHNICITIES: Final = {"01": "汉族", "02": "蒙古族", "03": "回族", "10": "朝鲜族", "11": "满族"}
_RESIDENCY: Final = {"1": "户籍", "2": "非户籍"}
_CLOSING: Final = {"1": "死亡", "2": "迁出"}
_STATES: Final = {
    "draft": "建档中",
    "active": "正常",
    "closed-dead": "终止（死亡）",
    "closed-moved": "终止（迁出）",
}
_CLOSED_AS: Final = {"1": "closed-dead", "2": "closed-moved"}
_MARITAL: Final = {
    "10": ("未婚", V3_MARITAL, "S", "Never Married"),
    "20": ("已婚", V3_MARITAL, "M", "Married"),
    "30": ("丧偶", V3_MARITAL, "W", "Widowed"),
    "40": ("离婚", V3_MARITAL, "D", "Divorced"),
    "90": ("未说明的婚姻状况", V3_NULL, "UNK", "unknown"),
}


def _coded_extension(name: str, system: str, code: str, display: str) -> Resource:
    return {
        "url": structure_definition(name),
        "valueCodeableConcept": {
            "coding": [{"system": system, "code": code, "display": display}],
            "text": display,
        },
    }


ETHNICITY: Final[Mapping[str, Resource]] = {
    code: _coded_extension("ethnicity", GB_ETHNICITY, code, display)
    for code, display in _ETHNICITIES.items()
}
RESIDENCY: Final[Mapping[str, Resource]] = {
    code: _coded_extension("residency-type", code_system("nbphs3-residency-type"), code, display)
    for code, display in _RESIDENCY.items()
}
CLOSING: Final[Mapping[str, Resource]] = {
    code: _coded_extension(
        "record-close-reason", code_system("nbphs3-record-close-reason"), code, display
    )
    for code, display in _CLOSING.items()
}
STATE: Final[Mapping[str, Resource]] = {
    code: _coded_extension("record-state", code_system("nbphs3-record-state"), code, display)
    for code, display in _STATES.items()
}
MARITAL: Final[Mapping[str, Resource]] = {
    code: {
        "coding": [
            {"system": system, "code": target, "display": english},
            {"system": GB_MARITAL, "code": code, "display": display},
        ],
        "text": display,
    }
    for code, (display, system, target, english) in _MARITAL.items()
}


def _identifier_kind(use: str, system: str, code: str, text: str) -> Resource:
    return {
        "use": use,
        "type": {"coding": [{"system": V2_IDENTIFIER, "code": code}], "text": text},
        "system": system,
    }


_RECORD_NUMBER: Final = _identifier_kind("usual", HEALTH_RECORD_NUMBER, "MR", "健康档案编号")
DOCUMENTS: Final[Mapping[str, Resource]] = {
    "citizen-id": _identifier_kind("official", CITIZEN_ID, "NI", "居民身份证号码"),
    "hmt-residence-permit": _identifier_kind(
        "official", identifier_system("hmt-residence-permit"), "PRC", "港澳台居民居住证号码"
    ),
    "passport": _identifier_kind("official", identifier_system("passport"), "PPN", "护照号码"),
    "birth-certificate": _identifier_kind(
        "official", identifier_system("birth-certificate"), "BCT", "出生医学证明编号"
    ),
}


@dataclass(slots=True)
class Person:
    """Everything that a Patient resource says, decided but not yet written as FHIR."""

    id: str
    sex: str
    born: date
    family: str
    given: str
    marital: str | None
    record_number: str
    document: tuple[str, str] | None
    residency: str
    ethnicity: str | None
    phone: str | None
    relation: str
    active: bool = True
    died_on: date | None = None
    closed_for: str | None = None
    closed_on: date | None = None
    western_name: bool = False
    opened_on: date | None = None
    draft: bool = False

    @property
    def state(self) -> str:
        """The state of the record."""
        if self.closed_for:
            return _CLOSED_AS[self.closed_for]
        return "draft" if self.draft else "active"

    @property
    def text(self) -> str:
        """The whole name as it is spoken."""
        return f"{self.given} {self.family}" if self.western_name else self.family + self.given


def identifiers(person: Person) -> list[Resource]:
    """Record number, and the document's number where the person has one."""
    found = [{**_RECORD_NUMBER, "value": person.record_number}]
    if person.document:
        kind, number = person.document
        found.append({**DOCUMENTS[kind], "value": number})
    return found


def _extensions(person: Person) -> list[Resource]:
    found = [RESIDENCY[person.residency], STATE[person.state]]
    if person.opened_on:
        found.append({"url": OPENED_ON, "valueDate": person.opened_on.isoformat()})
    if person.ethnicity:
        found.append(ETHNICITY[person.ethnicity])
    if person.closed_for and person.closed_on:
        found.append(CLOSING[person.closed_for])
        found.append({"url": CLOSED_ON, "valueDate": person.closed_on.isoformat()})
    return found


def mobile(number: str) -> list[Resource]:
    """A ContactPoint list of one mobile phone."""
    return [{"system": "phone", "value": number, "use": "mobile"}]


def patient(
    person: Person,
    *,
    addresses: list[Resource],
    contact: Resource | None,
    station: Resource,
    gp: Resource,
) -> Resource:
    """The Patient resource (R4 8.1) of a person; `station` and `gp` are References."""
    resource: dict[str, Any] = {
        "resourceType": "Patient",
        "id": person.id,
        "extension": [
            *_extensions(person),
            {"url": FILED_BY, "valueReference": gp},
            {"url": FILED_AT, "valueReference": station},
        ],
        "identifier": identifiers(person),
        "active": person.active,
        "name": [
            {
                "use": "official",
                "text": person.text,
                "family": person.family,
                "given": [person.given],
            }
        ],
    }
    if person.phone:
        resource["telecom"] = mobile(person.phone)
    resource["gender"] = person.sex
    resource["birthDate"] = person.born.isoformat()
    if person.died_on:
        resource["deceasedDateTime"] = person.died_on.isoformat()
    resource["address"] = addresses
    if person.marital:
        resource["maritalStatus"] = MARITAL[person.marital]
    if contact:
        resource["contact"] = [contact]
    resource["generalPractitioner"] = [gp]
    resource["managingOrganization"] = station
    return resource
