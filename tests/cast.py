"""The residents whom the tests know by name, and how their records are written down.

The staff are `demo.cast.CAST` at the institutions of `demo.directory`. 王小明, 李娜, 张伟 belong to
station-1, 赵磊 and 孙丽 to station-2. Their identity numbers lie in a region that does not exist.
"""

from collections.abc import Iterator
from typing import Any, Final

from kernel.canonical import CITIZEN_ID, code_system, structure_definition
from kernel.values.identity_number import check_character

Body = dict[str, Any]

LOINC: Final = "http://loinc.org"
UCUM: Final = "http://unitsofmeasure.org"
ACT: Final = "http://terminology.hl7.org/CodeSystem/v3-ActCode"
CLINICAL: Final = "http://terminology.hl7.org/CodeSystem/condition-clinical"
ICD: Final = "http://hl7.org/fhir/sid/icd-10"
SYSTOLIC: Final = "8480-6"
MINE: Final = ("wang-xiaoming", "li-na", "zhang-wei")
"""Residents of station-1."""
OTHERS: Final = ("zhao-lei", "sun-li")
"""Residents of station-2."""


def citizen_number(first17: str) -> str:
    """A citizen number with its check character."""
    return first17 + check_character(first17)


def patient(
    name: str, sex: str, birth: str, /, *, station: str = "station-1", **others: Any
) -> Body:
    """A resident with the least that a record needs."""
    return {
        "resourceType": "Patient",
        "name": [{"use": "official", "text": name, "family": name[:1], "given": [name[1:]]}],
        "gender": sex,
        "birthDate": birth,
        "managingOrganization": {"reference": f"Organization/{station}"},
        **others,
    }


def numbered(body: Body, first17: str, phone: str) -> Body:
    """The same resident with an identity number and a telephone."""
    return {
        **body,
        "identifier": [{"system": CITIZEN_ID, "value": citizen_number(first17)}],
        "telecom": [{"system": "phone", "value": phone, "use": "mobile"}],
        "address": [{"text": "滨海市海阳区观海路12号", "city": "滨海市", "district": "海阳区"}],
    }


def draft(body: Body) -> Body:
    """The same resident, whose record is still being filed: it may be deleted."""
    state = coded(code_system("nbphs3-record-state"), "draft")
    told = {"url": structure_definition("record-state"), "valueCodeableConcept": state}
    return {**body, "extension": [*body.get("extension", ()), told]}


def kept(resident: str, station: str, since: str) -> Body:
    """That a station keeps somebody's record from a day on."""
    return {
        "resourceType": "EpisodeOfCare",
        "id": f"{resident}-kept",
        "status": "active",
        "type": [coded(code_system("nbphs3-care-kind"), "record-management")],
        "patient": to("Patient", resident),
        "managingOrganization": to("Organization", station),
        "period": {"start": since},
    }


RESIDENTS: Final[dict[str, Body]] = {
    "wang-xiaoming": numbered(
        patient("王小明", "male", "1985-03-12"), "37990019850312001", "13900010001"
    ),
    "li-na": numbered(patient("李娜", "female", "1962-11-30"), "37990019621130002", "13900010002"),
    "zhang-wei": numbered(
        patient("张伟", "male", "1949-10-01"), "37990019491001003", "13900010003"
    ),
    "zhao-lei": numbered(
        patient("赵磊", "male", "1990-07-07", station="station-2"),
        "37990019900707005",
        "13900020001",
    ),
    "sun-li": numbered(
        patient("孙丽", "female", "2001-02-28", station="station-2"),
        "37990020010228006",
        "13900020002",
    ),
}


def to(type_: str, id_: str) -> Body:
    """A reference."""
    return {"reference": f"{type_}/{id_}"}


def coded(system: str, code: str, text: str = "") -> Body:
    """A CodeableConcept with one coding."""
    concept: Body = {"coding": [{"system": system, "code": code}]}
    return {**concept, "text": text} if text else concept


def encounter(resident: str, start: str, **others: Any) -> Body:
    """A visit of half an hour at the station."""
    return {
        "resourceType": "Encounter",
        "status": "finished",
        "class": {"system": ACT, "code": "AMB"},
        "subject": to("Patient", resident),
        "period": {"start": start, "end": start.replace(":00:00", ":30:00")},
        **others,
    }


def observation(resident: str, code: str, value: Any, unit: str, when: str, **others: Any) -> Body:
    """A measurement; `value` is written as it is given."""
    return {
        "resourceType": "Observation",
        "status": "final",
        "category": [
            coded("http://terminology.hl7.org/CodeSystem/observation-category", "vital-signs")
        ],
        "code": coded(LOINC, code),
        "subject": to("Patient", resident),
        "effectiveDateTime": when,
        "valueQuantity": {"value": value, "unit": unit, "system": UCUM, "code": unit},
        **others,
    }


def condition(resident: str, code: str, recorded: str, text: str) -> Body:
    """A diagnosis that is being followed."""
    return {
        "resourceType": "Condition",
        "clinicalStatus": coded(CLINICAL, "active"),
        "code": coded(ICD, code, text),
        "subject": to("Patient", resident),
        "recordedDate": recorded,
    }


def records_of(resident: str) -> Iterator[Body]:
    """A small record: one visit with two measurements, one diagnosis, one allergy."""
    visit = f"{resident}-visit"
    morning = "2026-11-20T09:00:00+08:00"
    yield {**encounter(resident, morning), "id": visit}
    for code, value in ((SYSTOLIC, 148), ("8462-4", 92)):
        body = observation(resident, code, value, "mm[Hg]", morning)
        yield {**body, "id": f"{resident}-{code}", "encounter": to("Encounter", visit)}
    yield {**condition(resident, "I10", "2026-11-20", "原发性高血压"), "id": f"{resident}-i10"}
    yield {
        "resourceType": "AllergyIntolerance",
        "id": f"{resident}-allergy",
        "patient": to("Patient", resident),
        "clinicalStatus": coded(
            "http://terminology.hl7.org/CodeSystem/allergyintolerance-clinical", "active"
        ),
        "code": coded(ICD, "Z88.0", f"青霉素过敏 {resident}"),
    }


def everything_seeded() -> Iterator[Body]:
    """The residents with their records, each after what it refers to."""
    for id_, body in RESIDENTS.items():
        yield {**body, "id": id_}
        yield kept(id_, "station-1" if id_ in MINE else "station-2", "2020-01-01")
        yield from records_of(id_)
