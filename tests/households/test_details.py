"""The household's form: what is typed, what the Group says, and back; problems likewise."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from random import Random
from typing import Any

import pytest

from kernel.fhir import json
from kernel.fhir.validate import check
from records.households import problems
from records.households.codes import PROBLEM
from records.households.details import (
    PLACE,
    Details,
    described,
    details_of,
    typed_of,
    understand,
)
from records.households.group import Body
from records.households.living import CODED, LOW_INCOME, MEASURED
from records.households.problems import Problem, problems_of, with_problem
from records.households.rules import faults
from records.terminology import catalogue
from tests.households.homes import home_address, household, member

DOCTORS = {"doctor-1": "于海宁", "doctor-2": "王芳"}
TODAY = date(2026, 11, 23)
PLAIN = household(member("li-na", "02"))


def random_details(dice: Random) -> Details:
    """Whatever can be typed into the form."""

    def maybe(value: Any, nothing: Any = "") -> Any:
        return value if dice.random() < 0.7 else nothing

    total = maybe(dice.randint(1, 99), None)
    doctor = maybe(dice.choice(list(DOCTORS)))
    living: dict[str, Any] = {
        one.key: dice.choice(list(catalogue.code_set(one.codes).concepts))
        for one in CODED
        if dice.random() < 0.6
    }
    for one in MEASURED:
        most = min(one.most, Decimal(total or 99)) if one.key == "living" else one.most
        if dice.random() < 0.6:
            number = Decimal(dice.randint(int(one.least), int(most)))
            living[one.key] = number if one.places == 0 else number.quantize(Decimal("0.1"))
    if dice.random() < 0.6:
        living[LOW_INCOME] = dice.random() < 0.5
    place = {name: f"{dice.randint(1, 99)}" for name in PLACE if dice.random() < 0.5}
    if "committee" in place:
        place["committee"] = "371802001002"
    return Details(
        address=maybe(f"听涛街道海棠社区{dice.randint(1, 99)}号楼"),
        place=place,
        phone=maybe(f"139{dice.randint(0, 99_999_999):08d}"),
        book=maybe(f"{dice.randint(1, 10**9)}"),
        doctor=doctor,
        doctor_name=DOCTORS.get(doctor, ""),
        total=total,
        living=living,
    )


def stored(body: Body) -> Body:
    """The body as it comes back from the database; it is valid FHIR and obeys the rules."""
    text = json.dumps(dict(body))
    checked: Body = check(json.loads(text), types=("Group",)).body
    assert faults(checked) == []
    return checked


def test_a_random_household_survives_form_group_and_form() -> None:
    before: Body = PLAIN
    for seed in range(300):
        told = random_details(Random(seed))  # noqa: S311 - a test's dice
        before = stored(described(before, told))
        assert details_of(before) == told, seed
        again, errors = understand(typed_of(told), DOCTORS)
        assert (again, errors) == (told, {}), seed
        assert described(before, told) == before, "saving the same again changes nothing"


def test_an_unchanged_address_keeps_its_parts() -> None:
    body = described(PLAIN, Details())
    address = {**home_address(), "line": ["海棠社区", "3号楼"], "postalCode": "257100"}
    body = {**body, "extension": [{"url": _address_url(), "valueAddress": address}]}
    told = details_of(body)
    assert told.place["building"] == "3"
    kept = described(body, replace(told, phone="13900010001"))
    assert kept["extension"][0]["valueAddress"] == address
    moved = described(body, replace(told, address="别处", place={}))
    written = next(
        one["valueAddress"] for one in moved["extension"] if one["url"] == _address_url()
    )
    assert written["text"] == "别处"
    assert "line" not in written
    assert "extension" not in written


def _address_url() -> str:
    from records.households.codes import ADDRESS

    return ADDRESS


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("total", "0", "1 至 99"), ("total", "100", "1 至 99"), ("total", "四", "1 至 99"),
        ("living", "-1", "0 至 99"), ("living", "100", "0 至 99"), ("living", "2.5", "整数"),
        ("area", "0.5", "1 至 2000"), ("area", "2001", "1 至 2000"), ("area", "大", "1 至 2000"),
        ("area", "90.123", "两位小数"), ("area", "NaN", "1 至 2000"), ("salt", "-3", "0 至 20000"),
        ("oil", "201", "0 至 200"), ("phone", "123", "手机号码"),
        ("committee", "37180200100", "12 位"),
        ("housing", "3", "列表"), ("fuel", "x", "列表"), ("low-income", "3", "列表"),
        ("doctor", "somebody", "列表"), ("address", "长" * 201, "200"), ("room", "1" * 21, "20"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told_at_its_field(name: str, text: str, said: str) -> None:
    _told, errors = understand({name: text}, DOCTORS)
    assert list(errors) == [name]
    assert said in errors[name]


def test_no_more_live_there_than_belong_to_the_family() -> None:
    for total, living, wrong in (("3", "4", True), ("4", "4", False), ("", "4", False)):
        _told, errors = understand({"total": total, "living": living}, DOCTORS)
        assert ("living" in errors) is wrong


def test_full_width_digits_are_digits() -> None:
    told, errors = understand({"total": "３", "area": "９６．５"}, DOCTORS)
    assert not errors
    assert (told.total, told.living["area"]) == (3, Decimal("96.5"))


def test_random_problems_survive_form_group_and_form() -> None:
    for seed in range(200):
        dice = Random(seed)  # noqa: S311 - a test's dice
        body: Body = PLAIN
        kept: dict[str, Problem] = {}
        for number in range(dice.randint(1, 6)):
            on = TODAY - timedelta(days=dice.randint(0, 900))
            told = Problem(
                f"p{dice.randint(0, 3)}", on, f"问题{number}", dice.choice(("", "很多话")),
                dice.choice(("", "处理")), dice.choice(("", "结果")),
                dice.choice((None, on, TODAY)), *dice.choice((("", ""), ("doctor-1", "于海宁"))),
            )  # fmt: skip
            again, errors = problems.understand(problems.typed_of(told), told, TODAY)
            assert (again, errors) == (told, {})
            body = stored(with_problem(body, told))
            kept[told.id] = told
        found = problems_of(body)
        assert {one.id: one for one in found} == kept
        open_first = [one.solved_on is not None for one in found]
        assert open_first == sorted(open_first)


@pytest.mark.parametrize(
    ("typed", "wrong"),
    [
        ({"on": "2026-11-01"}, {"name"}),
        ({"name": "x"}, {"on"}),
        ({"name": "长" * 101, "on": "20261101"}, {"name"}),
        ({"name": "x", "on": "2026-11-24"}, {"on"}),
        ({"name": "x", "on": "2026-02-30"}, {"on"}),
        ({"name": "x", "on": "2026-11-02", "solved_on": "2026-11-01"}, {"solved_on"}),
        ({"name": "x", "on": "2026-11-02", "result": "长" * 1001}, {"result"}),
        ({"name": "x", "on": "2026.11.2", "solved_on": "2026年11月2日"}, set()),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_problem(typed: Mapping[str, str], wrong: set[str]) -> None:
    _told, errors = problems.understand(typed, Problem("p", None, ""), TODAY)
    assert set(errors) == wrong


def test_a_changed_problem_stays_in_its_place() -> None:
    first = Problem("a", date(2026, 1, 1), "一")
    body = with_problem(with_problem(PLAIN, first), Problem("b", date(2026, 2, 1), "二"))
    changed = with_problem(body, replace(first, solved_on=TODAY))
    ids = [one["id"] for one in changed["extension"] if one["url"] == PROBLEM]
    assert ids == ["a", "b"]
