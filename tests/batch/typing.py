"""What somebody types into the batch table: rows as the browser sends them."""

import re
from collections.abc import Mapping
from html import unescape

import httpx2

from tests.followups.sending import enrolled
from tests.pages.browsing import Visitor
from tests.support.house import OpenHouse

BATCH = "/follow-ups/batch"
_INPUT = re.compile(r"<input\b[^>]*>")
_ATTRIBUTE = re.compile(r'([a-z-]+)(?:="([^"]*)")?')
HEAD = {
    "programme": "hypertension", "visit-date": "2026-11-16", "visit-mode": "1", "doctor": "",
}  # fmt: skip
CELLS = {
    "systolic": "128", "diastolic": "78", "heart-rate": "72", "weight": "68", "height": "170",
    "symptoms": "1", "smoking-daily": "0", "alcohol-daily": "0", "exercise-times": "5",
    "exercise-minutes": "30", "salt": "1", "psych": "1", "compliance": "1", "adherence": "1",
    "adr": "1",
}  # fmt: skip
"""A controlled visit of hypertension, complete by the norm."""


def managed(house: OpenHouse, *patients: str, programme: str = "hypertension") -> None:
    """These residents of station-1 are in a programme since January."""
    for patient in patients:
        enrolled(house, patient, programme, "2026-01-05")


def fields_of(answer: httpx2.Response) -> dict[str, str]:
    """What the inputs of the rows on a page hold; radios and boxes that are not ticked do not."""
    found: dict[str, str] = {}
    for tag in _INPUT.findall(answer.text):
        told = {name: unescape(value) for name, value in _ATTRIBUTE.findall(tag)}
        unticked = told.get("type") in ("radio", "checkbox") and "checked" not in told
        if told.get("name", "").startswith("row-") and not unticked:
            found[told["name"]] = told.get("value", "")
    return found


def row(number: int, **cells: str) -> dict[str, str]:
    """Cells of a row by their keys, `_` for `-`."""
    return {f"row-{number}-{key.replace('_', '-')}": text for key, text in cells.items()}


def cells(number: int, values: Mapping[str, str]) -> dict[str, str]:
    """The same by the very keys."""
    return {f"row-{number}-{key}": text for key, text in values.items()}


def send(visitor: Visitor, *parts: Mapping[str, str], path: str = BATCH) -> httpx2.Response:
    """Send the table with these fields, the later ones instead of the earlier."""
    data = dict(HEAD)
    for part in parts:
        data |= part
    return visitor.post(path, data)
