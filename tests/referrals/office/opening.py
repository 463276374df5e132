"""Free slots of a hospital's cardiology, and what stands on the lists of its office."""

import re
from datetime import datetime, timedelta
from typing import Any

import httpx2
from sqlalchemy import select

from kernel.fhir import json
from kernel.fhir.store import Draft, read, save_all
from referral.tables import referral_case
from tests.cast import to
from tests.referrals.playing import department_id
from tests.support.house import OpenHouse

FIRST = datetime.fromisoformat("2026-11-24T09:00:00+08:00")


def slots(house: OpenHouse, count: int, *, hospital: str = "hospital-1") -> list[str]:
    """Free slots of half an hour each from tomorrow at nine on; their ids in their order."""
    service = department_id(hospital)
    schedule = {
        "resourceType": "Schedule",
        "id": f"{service}-schedule",
        "active": True,
        "actor": [to("HealthcareService", service)],
    }
    ids = [f"{service}-slot-{number}" for number in range(count)]
    with house.station.write() as work:
        made: list[dict[str, Any]] = [schedule]
        made += [_slot(id_, schedule["id"], number) for number, id_ in enumerate(ids)]
        save_all(work, [Draft(one, one["id"]) for one in made])
    return ids


def _slot(id_: str, schedule: Any, number: int) -> dict[str, Any]:
    begin = FIRST + number * timedelta(minutes=30)
    return {
        "resourceType": "Slot",
        "id": id_,
        "schedule": to("Schedule", schedule),
        "status": "free",
        "start": begin.isoformat(),
        "end": (begin + timedelta(minutes=30)).isoformat(),
    }


def stored(house: OpenHouse, type_: str, id_: str) -> dict[str, Any]:
    """A resource as it is stored."""
    with house.station.read() as work:
        body: dict[str, Any] = json.loads(read(work, work.registry.specs[type_], id_).body)
        return body


def version(house: OpenHouse, request_id: str) -> str:
    """The version of a referral's Task, as a form carries it."""
    case = referral_case.c
    with house.database.reading() as connection:
        found = connection.scalar(select(case.version).where(case.request_id == request_id))
        return str(found)


def listed(answer: httpx2.Response) -> list[str]:
    """The names on a list, from above; a row without a name as it says so."""
    assert answer.status_code == 200, answer.text
    rows = re.findall(r"<tr>.*?</tr>", answer.text, re.DOTALL)
    links = (re.search(r'class="row-link"[^>]*>([^<]+)<', row) for row in rows)
    return [found[1] for found in links if found]


def counted(answer: httpx2.Response) -> dict[str, int]:
    """The tabs of a list with their numbers."""
    tabs = re.search(r'<nav class="tabs".*?</nav>', answer.text, re.DOTALL)
    assert tabs is not None
    pairs = re.findall(r'>([^<>]+?) <span class="count">(\d+)<', tabs[0])
    return {title: int(number) for title, number in pairs}
