"""Filling in the examination form as a browser does, and asking what came of it."""

import re
from typing import Any

import httpx2

from kernel.fhir import json
from tests.pages.browsing import Visitor, words
from tests.support.house import OpenHouse

SUBMISSION = re.compile(r'name="submission" value="([^"]+)"')
SEEN = re.compile(r'name="seen" value="([^"]+)"')
DOUBTED = re.compile(r'name="doubted" value="([^"]*)"')
NEW = "/residents/li-na/examinations/new"
ENTRY: dict[str, Any] = {
    "exam-date": "2026-11-23",
    "symptoms": ["2", "3"],
    "temperature": "36.5",
    "pulse": "76",
    "respiration": "18",
    "systolic-left": "152",
    "diastolic-left": "96",
    "systolic-right": "148",
    "diastolic-right": "90",
    "height": "170.0",
    "weight": "70.0",
    "waist": "86.5",
    "smoking": "1",
    "glucose": "7.2",
    "urine-protein": "+",
    "ecg": "2",
    "ecg.2": "ST-T改变",
    "evaluation": "2",
    "abnormal-1": "血压、血糖偏高",
    "guidance": ["1", "2"],
    "doctor": "",
}


def doctor_of(house: OpenHouse, name: str = "gp1") -> str:
    """The Practitioner of an account."""
    from sqlalchemy import select

    from kernel.db.tables import kernel_user

    with house.database.reading() as connection:
        statement = select(kernel_user.c.practitioner_id).where(kernel_user.c.name == name)
        return str(connection.scalar(statement))


def send(
    visitor: Visitor, address: str, action: str = "complete", **changes: Any
) -> httpx2.Response:
    """Open the form, fill it in with `ENTRY` and the changes (None leaves out), and send it."""
    shown = visitor.get(address)
    assert shown.status_code == 200, words(shown)
    hidden = {"submission": SUBMISSION, "seen": SEEN, "doubted": DOUBTED}
    found = {name: match[1] for name, p in hidden.items() if (match := p.search(shown.text))}
    entry = {**ENTRY, "doctor": doctor_of(visitor.house), **found, **changes}
    filled = {name: value for name, value in entry.items() if value is not None}
    return visitor.post(address, {**filled, "do": action})


def entered(visitor: Visitor, address: str = NEW, **changes: Any) -> str:
    """The id of an examination that was accepted."""
    answer = send(visitor, address, **changes)
    assert answer.status_code == 303, words(answer)
    return answer.headers["location"].removeprefix("/examinations/")


def resources(house: OpenHouse, type_: str, **params: str) -> list[dict[str, Any]]:
    """What the API has."""
    answer = house.client("gp1").search(type_, *params.items(), ("_count", "200"))
    bundle = json.loads(answer.content)
    return [entry["resource"] for entry in bundle.get("entry", [])]


def resource(house: OpenHouse, path: str) -> dict[str, Any]:
    """One resource of the API."""
    found: dict[str, Any] = json.loads(house.client("gp1").get(path).content)
    return found
