"""What a new follow-up begins with: habits of the last one, never its measurements or its class."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from health.programmes import PROGRAMMES
from tests.cast import observation
from tests.followups.filling import LI_NA, earlier, managed, send
from tests.pages.browsing import signed_in, words
from tests.support.house import OpenHouse

LAST: dict[str, Any] = {
    "visit-date": date(2026, 8, 11), "visit-mode": "2", "systolic": 136, "diastolic": 84,
    "heart-rate": 70, "weight": Decimal("63.5"), "height": Decimal("161.0"),
    "symptoms": ("2",), "smoking-daily": 12, "smoking-target": 5, "salt": "3", "psych": "2",
    "education": "2", "adherence": "1", "adr": "1", "referral-to": "区医院",
    "drugs": ({"name": "氨氯地平", "times": 1, "dose": Decimal("5"), "unit": "mg"},),
}  # fmt: skip
BOTH = "/residents/li-na/follow-ups/new?programmes=hypertension,diabetes"


def last(house: OpenHouse) -> None:
    managed(house, "hypertension")
    earlier(house, "hypertension", LAST, id="last")


def field(page: str, name: str) -> str:
    """What stands in a field."""
    begin = page.index(f'id="field-{name}"')
    tag = page[begin : page.index(">", begin)]
    return tag.partition('value="')[2].partition('"')[0]


def checked(page: str, name: str) -> list[str]:
    """What is chosen in a group."""
    tags = [part.partition(">")[0] for part in page.split(f'name="{name}" value="')[1:]]
    return [tag.partition('"')[0] for tag in tags if " checked" in tag]


def test_habits_are_carried_and_measurements_are_not(fresh_house: OpenHouse) -> None:
    last(fresh_house)
    page = signed_in(fresh_house, "gp1").get(LI_NA).text
    for name, value in (
        ("visit-date", "2026-11-23"), ("smoking-daily", "12"), ("smoking-target", "5"),
        ("drugs-0-name", "氨氯地平"), ("drugs-0-dose", "5"),
    ):  # fmt: skip
        assert field(page, name) == value, name
    for name, codes in (
        ("salt", ["3"]), ("psych", ["2"]), ("education", ["2"]), ("adherence", ["1"]),
        ("visit-mode", ["1"]), ("symptoms", []), ("adr", []),
    ):  # fmt: skip
        assert checked(page, name) == codes, name
    for name in ("systolic", "diastolic", "heart-rate", "weight", "referral-to", "next-date"):
        assert field(page, name) == "", name
    assert field(page, "height") == "161.0"
    assert "上次 63.5 kg" in page


def test_what_is_carried_is_marked_until_it_is_touched(fresh_house: OpenHouse) -> None:
    last(fresh_house)
    doctor = signed_in(fresh_house, "gp1")
    text = words(doctor.get(LI_NA))
    assert "沿用上次 2026-08-11" in text
    assert "沿用 2026-08-11 的测量" in text, "the height"
    kept = {"smoking-daily": "12", "smoking-target": "5", "height": "161.0", "salt": "3"}
    again = send(doctor, LI_NA, systolic="", **{**kept, "touched": " salt"})
    assert again.status_code == 422
    marked = [part for part in again.text.split("data-field=")[1:] if " data-marked" in part[:300]]
    names = {part.split('"')[1] for part in marked}
    assert {"smoking-daily", "smoking-target", "height"} <= names
    assert "salt" not in names
    changed = send(doctor, LI_NA, systolic="", **{**kept, "smoking-daily": "3"})
    assert 'data-field="smoking-daily" data-marked' not in changed.text


def test_what_was_measured_today_is_brought_with_its_source(fresh_house: OpenHouse) -> None:
    house = fresh_house
    last(house)
    client, today = house.client("gp1"), "2026-11-23T09:30:00+08:00"
    for body in (
        {**observation("li-na", "29463-7", Decimal("61.2"), "kg", today), "id": "weight-today"},
        {**observation("li-na", "8302-2", Decimal("160.5"), "cm", today), "id": "height-today"},
    ):
        assert client.put(f"Observation/{body['id']}", body).status_code == 201
    page = signed_in(house, "gp1").get(LI_NA)
    assert field(page.text, "weight") == "61.2"
    assert field(page.text, "height") == "160.5"
    assert "带入今日测量，请核对" in words(page)


def test_a_joint_visit_carries_from_the_latest_of_both(fresh_house: OpenHouse) -> None:
    house = fresh_house
    managed(house, "hypertension", "diabetes")
    earlier(house, "hypertension", LAST, id="last")
    sugar: dict[str, Any] = {
        "visit-date": date(2026, 10, 12), "visit-mode": "1", "systolic": 130, "diastolic": 80,
        "fasting-glucose": Decimal("6.4"), "smoking-daily": 8, "staple": 300,
        "drugs": ({"name": "二甲双胍", "times": 2}, {"name": "氨氯地平", "times": 2}),
    }  # fmt: skip
    earlier(house, "diabetes", sugar, id="sugar")
    page = signed_in(house, "gp1").get(BOTH).text
    assert field(page, "smoking-daily") == "8"
    assert field(page, "staple") == "300"
    assert field(page, "smoking-target") == "5", "asked by both, told by one"
    assert field(page, "fasting-glucose") == ""
    assert checked(page, "salt") == ["3"]
    assert [field(page, f"drugs-{n}-name") for n in range(3)] == ["氨氯地平", "二甲双胍", ""]
    assert field(page, "drugs-0-times") == "2", "as the later of the two tells it"


@pytest.mark.parametrize("one", PROGRAMMES, ids=lambda one: one.name)
def test_no_programme_declares_a_measurement_to_be_carried(one: Any) -> None:
    fields = {field.key: field for field in one.form().fields}
    measured = {key for key in one.carried if fields[key].coded is not None}
    assert measured <= {"height"}


def test_the_home_bed_is_visited_at_home(fresh_house: OpenHouse) -> None:
    house = fresh_house
    managed(house, "home-bed")
    page = signed_in(house, "gp1").get("/residents/li-na/follow-ups/new?programmes=home-bed").text
    assert checked(page, "visit-mode") == ["2"]
