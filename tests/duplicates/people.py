"""Two files of one person at station-1, with everything that refers to them."""

from datetime import date
from typing import Any

from kernel.canonical import CITIZEN_ID, HEALTH_RECORD_NUMBER, structure_definition
from kernel.fhir import json
from kernel.fhir.store import read
from kernel.fhir.store.references import literal_references
from records.households.codes import HEAD, HOUSEHOLD, KIND_SYSTEM
from records.households.group import new_member
from records.life.residence import FILED, residence
from records.life.states import OPENED_ON
from tests.cast import Body, citizen_number, coded, condition, encounter, observation, patient, to
from tests.support.house import OpenHouse

NUMBER = citizen_number("37990019600506001")
KEEP, GONE = "keep", "gone"


def file_of(id_: str, name: str, *, serial: int, opened: str, **others: Any) -> Body:
    """A confirmed file with its record number and the day on which it was opened."""
    number = {
        "use": "usual",
        "system": HEALTH_RECORD_NUMBER,
        "value": f"371802001001{serial:05d}",
    }
    document = others.pop("number", None)
    documents = [{"use": "official", "system": CITIZEN_ID, "value": document}] if document else []
    body = patient(name, "male", others.pop("birth", "1960-05-06"), id=id_, **others)
    body["identifier"] = [number, *documents]
    body["extension"] = [
        *body.get("extension", ()),
        {"url": OPENED_ON, "valueDate": opened},
    ]
    return body


def days(id_: str, start: str, end: str = "", *, of: str) -> Body:
    """A residence episode at station-1."""
    body = residence(of, "station-1", on=date.fromisoformat(start), opened_for=FILED)
    if end:
        body |= {"status": "finished", "period": {"start": start, "end": end}}
    return {**body, "id": id_}


def services(of: str) -> list[Body]:
    """A visit with a measurement, a diagnosis, a note, a relative, a task, and where it is from."""
    visit, morning = f"{of}-visit", "2026-11-20T09:00:00+08:00"
    return [
        {**encounter(of, morning), "id": visit},
        {
            **observation(of, "8480-6", 148, "mm[Hg]", morning),
            "id": f"{of}-sbp",
            "encounter": to("Encounter", visit),
        },
        {**condition(of, "I10", "2026-11-20", "高血压"), "id": f"{of}-i10"},
        {
            "resourceType": "RelatedPerson",
            "id": f"{of}-son",
            "patient": to("Patient", of),
            "name": [{"text": "钱多"}],
        },
        {
            "resourceType": "Task",
            "id": f"{of}-task",
            "status": "requested",
            "intent": "plan",
            "for": to("Patient", of),
            "focus": to("Encounter", visit),
            "requester": to("Patient", of),
        },
        {
            "resourceType": "Provenance",
            "id": f"{of}-told",
            "target": [to("Encounter", visit)],
            "recorded": morning,
            "agent": [{"who": {"display": "于海宁"}}],
        },
        {
            "resourceType": "Observation",
            "id": f"{of}-by-himself",
            "status": "final",
            "code": coded("http://loinc.org", "72514-3"),
            "subject": to("Patient", of),
            "performer": [to("Patient", of)],
            "effectiveDateTime": morning,
            "note": [{"text": f"{{Patient/{of}}} 6.30", "authorReference": to("Patient", of)}],
        },
    ]


def household(id_: str, *people: tuple[str, str]) -> Body:
    """A household of (Patient, relation)."""
    return {
        "resourceType": "Group", "id": id_, "active": True, "type": "person", "actual": True,
        "code": coded(KIND_SYSTEM, HOUSEHOLD, "家庭"), "quantity": len(people),
        "identifier": [{"system": "urn:test:household", "value": id_}],
        "managingEntity": to("Organization", "station-1"),
        "member": [new_member(p, p, relation, date(2020, 1, 1)) for p, relation in people],
    }  # fmt: skip


def two_files(house: OpenHouse, *more: Body, number: str | None = NUMBER) -> None:
    """`keep` (opened 2015, no phone) and `gone` (opened 2019) with the same number."""
    phone = [{"system": "phone", "value": "13900090009", "use": "mobile"}]
    ethnic = {"url": structure_definition("ethnicity"), "valueCodeableConcept": {"text": "汉族"}}
    house.save(
        file_of(KEEP, "钱进", serial=1, opened="2015-03-01", number=NUMBER),
        file_of(
            GONE, "钱金", serial=2, opened="2019-04-01", number=number, telecom=phone,
            extension=[ethnic], birth="1960-06-05",
        ),
        days("keep-days", "2015-03-01", of=KEEP),
        days("gone-days", "2019-04-01", of=GONE),
        *services(KEEP),
        *services(GONE),
        household("home", (GONE, HEAD), ("li-na", "12")),
        *more,
    )  # fmt: skip


def body_of(house: OpenHouse, reference: str) -> Body:
    """A resource as it is now, with its meta."""
    type_, id_ = reference.split("/")
    with house.station.read() as work:
        body: Body = json.loads(read(work, house.station.registry.specs[type_], id_).body)
    return body


def content_of(house: OpenHouse, reference: str) -> bytes:
    """The bytes of a resource as it is now, apart from its meta."""
    body = body_of(house, reference)
    return json.dumps({name: value for name, value in body.items() if name != "meta"})


def refers_to(body: Body, id_: str) -> bool:
    return any(text == f"Patient/{id_}" for _path, text in literal_references(body))


FULL = tuple(
    f"{type_}/{of}{end}"
    for of in (KEEP, GONE)
    for type_, end in (
        ("Patient", ""), ("Encounter", "-visit"), ("Observation", "-sbp"), ("Condition", "-i10"),
        ("RelatedPerson", "-son"), ("Task", "-task"), ("Provenance", "-told"),
        ("Observation", "-by-himself"), ("EpisodeOfCare", "-days"),
    )
)  # fmt: skip
"""Everything that `two_files` saves of the two."""
ALL = (*FULL, "Group/home")
