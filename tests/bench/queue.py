"""The in-box of a hospital with 5,000 referrals open, and a move of one of them.

The demo city has some hundred and fifty; the aim is told for a hospital that is behind.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from demo.cast import practitioner_id
from kernel.app import open_station
from kernel.canonical import code_system, structure_definition
from kernel.fhir import json
from kernel.fhir.store import Draft, save_all
from kernel.security.actor import SYSTEM
from kernel.settings import Settings
from kernel.work import Station
from records.api import load_all
from referral.api import Event, State, Step, move, stepped, task_id
from tests.bench.browser import Browser, text_of
from tests.bench.cases import Case
from tests.bench.client import Reply, request
from tests.bench.followups import Once
from tests.bench.processes import BASE
from tests.support.house import registry

OFFICE: Final = "coord1"
REFERRALS: Final = 5000
_HOSPITAL: Final = "hospital-1"
_DEPARTMENT: Final = "bench-department"
_STATION: Final = "station-2"
_DOCTOR: Final = practitioner_id("station-2", "gp")
_COORDINATOR: Final = practitioner_id(_HOSPITAL, "referral_coordinator")
_TAKEN: Final = 3
"""One of so many has been accepted and waits for its appointment."""
_MOVED: Final = 1500
"""So many of the others are there to be accepted while it is measured."""
_PORTION: Final = 100
_AIM: Final = 50.0
_MOVE_AIM: Final = 30.0
_AT_ONCE: Final = 2
_URGENT: Final = 10
_ROW: Final = 'class="row-link"'
Body = dict[str, Any]


def gather(environment: Mapping[str, str], referrals: int = REFERRALS) -> list[tuple[str, bytes]]:
    """Send so many referrals to the hospital; those that wait, each with its acceptance."""
    settings = Settings.model_validate(
        {
            "database_url": environment["STATION_DATABASE_URL"],
            "key_file": Path(environment["STATION_KEY_FILE"]),
        }
    )
    station = open_station(settings, registry())
    try:
        with station.write() as work:
            save_all(work, [Draft(_department(), _DEPARTMENT)])
        for begin in range(0, referrals, _PORTION):
            numbers = range(begin, min(begin + _PORTION, referrals))
            _send(station, numbers)
            _take(station, [n for n in numbers if n % _TAKEN == 0])
        waiting = [n for n in range(referrals) if n % _TAKEN][:_MOVED]
        return list(_acceptances(station, waiting))
    finally:
        station.database.close()


def _department() -> Body:
    return {
        "resourceType": "HealthcareService",
        "id": _DEPARTMENT,
        "active": True,
        "providedBy": {"reference": f"Organization/{_HOSPITAL}"},
        "name": "心血管内科",
    }


def _send(station: Station, numbers: range) -> None:
    with station.write() as work:
        save_all(work, [Draft(one, one["id"]) for n in numbers for one in _papers(n)])
        save_all(work, [Draft(_request(n), f"queue-{n}", fresh=True) for n in numbers])


def _papers(number: int) -> Iterator[Body]:
    """A person, the consent, the slip."""
    patient = {"reference": f"Patient/queued-{number}"}
    yield {
        "resourceType": "Patient",
        "id": f"queued-{number}",
        "name": [{"use": "official", "text": f"候{number}"}],
        "gender": "male" if number % 2 else "female",
        "birthDate": f"{1940 + number % 50}-04-{number % 28 + 1:02d}",
        "managingOrganization": {"reference": f"Organization/{_STATION}"},
    }
    scope = {"system": "http://terminology.hl7.org/CodeSystem/consentscope"}
    yield {
        "resourceType": "Consent",
        "id": f"queue-{number}-consent",
        "status": "active",
        "scope": {"coding": [{**scope, "code": "patient-privacy"}]},
        "category": [{"text": "双向转诊知情同意"}],
        "patient": patient,
        "policyRule": {"text": "转诊知情同意"},
    }
    yield {
        "resourceType": "Composition",
        "id": f"queue-{number}-slip",
        "status": "final",
        "type": {"coding": [{"system": "http://loinc.org", "code": "57133-1"}]},
        "subject": patient,
        "date": "2026-01-05",
        "author": [{"reference": f"Practitioner/{_DOCTOR}"}],
        "title": "双向转诊（转出）单",
    }


def _request(number: int) -> Body:
    category = {"system": code_system("nbphs3-referral-category"), "code": "referral"}
    named = (f"Consent/queue-{number}-consent", f"Composition/queue-{number}-slip")
    return {
        "resourceType": "ServiceRequest",
        "id": f"queue-{number}",
        "status": "active",
        "intent": "order",
        "category": [{"coding": [category]}],
        "priority": "routine" if number % _URGENT else "urgent",
        "subject": {"reference": f"Patient/queued-{number}"},
        "requester": {"reference": f"Practitioner/{_DOCTOR}"},
        "performer": [{"reference": f"Organization/{_HOSPITAL}"}],
        "reasonCode": [{"text": "规范治疗3个月血压仍不达标"}],
        "supportingInfo": [{"reference": one} for one in named],
        "extension": [
            {"url": structure_definition("referral-direction"), "valueCode": "up"},
            {"url": structure_definition("referral-disease"), "valueCode": "hypertension"},
        ],
    }


def _step() -> Step:
    return Step(Event.ACCEPT, State.ACCEPTED, department=_DEPARTMENT, person=_COORDINATOR)


def _take(station: Station, numbers: list[int]) -> None:
    office = replace(SYSTEM, user_id="bench", elevated=True, practitioner_id=_COORDINATOR)
    with station.write(office) as work:
        for number in numbers:
            move(work, f"queue-{number}", _step())


def _acceptances(station: Station, numbers: list[int]) -> Iterator[tuple[str, bytes]]:
    """The Tasks of referrals as the hospital's own system would send them back, accepted."""
    ids = [task_id(f"queue-{number}") for number in numbers]
    with station.read(SYSTEM) as work:
        bodies = load_all(work, "Task", ids)
    for id_ in ids:
        yield id_, json.dumps(stepped(bodies[id_], _step()))


def cases(browser: Browser, token: str, waiting: Sequence[tuple[str, bytes]]) -> list[Case]:
    """The in-box as the coordinator opens it; his system accepts one referral after another."""

    def found(_number: int, reply: Reply) -> str:
        return "" if _ROW in text_of(reply.body) else "nobody waits"

    asked = {
        "referral office: in-box": "/referral-office",
        "referral office: all that is open": "/referral-office?tab=all",
    }
    pages = [
        Case(name, [browser.get(path)], (_AIM, _AIM), connections=_AT_ONCE, found=found)
        for name, path in asked.items()
    ]
    if not waiting:
        return pages
    puts = Once(
        request("PUT", f"{BASE}/Task/{id_}", token=token, body=body) for id_, body in waiting
    )
    name = "referral: a move (accept, all that follows)"
    return [*pages, Case(name, puts, (_MOVE_AIM, _MOVE_AIM))]
