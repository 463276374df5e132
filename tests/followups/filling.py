"""Filling in the page of a follow-up as a browser does, and asking what came of it."""

import re
from typing import Any

import httpx2

from tests.followups.sending import enrolled, follow_up, put
from tests.pages.browsing import Visitor, words
from tests.support.house import OpenHouse

HIDDEN = re.compile(r'<input type="hidden" name="([\w-]+)" value="([^"]*)"')
LI_NA = "/residents/li-na/follow-ups/new?programmes=hypertension"
PRESSURE: dict[str, Any] = {
    "visit-date": "2026-11-23",
    "visit-mode": "1",
    "systolic": "128",
    "diastolic": "78",
    "heart-rate": "72",
    "weight": "60.5",
    "height": "160",
    "symptoms": ["1"],
    "adr": "1",
}


def send(visitor: Visitor, address: str, do: str = "save", **changes: Any) -> httpx2.Response:
    """Open the form, fill it in (None leaves out), and send it. `_` in names stands for `-`."""
    shown = visitor.get(address)
    assert shown.status_code == 200, words(shown)
    hidden = {name: value for name, value in HIDDEN.findall(shown.text) if name != "csrf_token"}
    given = {name.replace("_", "-"): value for name, value in changes.items()}
    filled = {n: v for n, v in {**PRESSURE, **hidden, **given}.items() if v is not None}
    return visitor.post(address.partition("?")[0], {**filled, "do": do})


def saved(visitor: Visitor, address: str = LI_NA, **changes: Any) -> str:
    """The id of the (first) follow-up that was accepted."""
    answer = send(visitor, address, **changes)
    assert answer.status_code == 303, words(answer)
    return answers(visitor.house)[0]


def answers(house: OpenHouse, patient: str = "li-na") -> list[str]:
    """The ids of a person's follow-ups, the newest first."""
    from sqlalchemy import select

    from health.tables import health_follow_up as table

    with house.database.reading() as connection:
        rows = connection.execute(
            select(table.c.source_id)
            .where(table.c.patient_id == patient)
            .order_by(table.c.done_on.desc(), table.c.source_id.desc())
        )
        return [str(row[0]) for row in rows]


def managed(house: OpenHouse, *programmes: str, patient: str = "li-na") -> None:
    """Take somebody into programmes at the beginning of the year."""
    for programme in programmes:
        enrolled(house, patient, programme, "2026-01-05")


def earlier(house: OpenHouse, programme: str, values: dict[str, Any], *, id: str) -> None:
    """A follow-up that is there already."""
    put(house, follow_up("li-na", programme, values, id=id), 201)
