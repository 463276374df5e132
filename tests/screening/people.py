"""Somebody whom the screenings are for, and visits at which something is measured."""

import re
from html import unescape

from tests.cast import numbered, patient
from tests.pages.browsing import Visitor, words
from tests.support.house import OpenHouse
from tests.visits.test_pages import begun, send

NOTE = {
    "complaint": "咽痛两天",
    "findings": "咽部充血",
    "diagnosis_1": "急性上呼吸道感染",
    "diagnosis_code_1": "J06.900",
    "assessment": "上呼吸道感染",
    "treatment": "对症治疗",
}


def resident(house: OpenHouse, id_: str, born: str, *, sex: str = "female") -> str:
    """A resident of station-1 without any diagnosis."""
    digits = f"379900{born.replace('-', '')}{len(id_):03d}"
    body = numbered(patient("刘玲", sex, born), digits, "13900019999")
    house.save({**body, "id": id_})
    return id_


def visited(visitor: Visitor, who: str, **measured: str) -> str:
    """A signed visit at which these were measured; the id of the Encounter."""
    address = begun(visitor, who)
    answer = send(visitor, address, "sign", **{**NOTE, **measured})
    if answer.status_code == 422:  # a rare value is asked about once
        again = {name: _hidden(answer.text, name) for name in ("seen", "confirmed")}
        answer = visitor.post(address, {**NOTE, **measured, **again, "do": "sign"})
    assert answer.status_code == 303, words(answer)
    return address.rpartition("/")[2]


def _hidden(text: str, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', text)
    assert found, text
    return unescape(found[1])
