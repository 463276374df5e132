"""What a visit should not be missed for: the rules as a table, and the query on both databases."""

from datetime import date

import pytest

from records.visits.prompts import (
    EXAMINATION,
    Facts,
    last_examinations,
    last_pressures,
    prompts_for,
)
from tests.cast import observation, patient, to
from tests.examinations.entry import entered
from tests.pages.browsing import signed_in
from tests.support.house import OpenHouse

TODAY = date(2026, 11, 23)
CASES = [
    # age, last pressure, allergies, asked, what is prompted
    (35, None, (), True, ["pressure"]),
    (34, None, (), True, []),
    (35, date(2025, 12, 31), (), True, ["pressure"]),
    (35, date(2026, 1, 1), (), True, []),
    (80, date(2026, 11, 23), (), True, []),
    (None, None, (), True, []),
    (20, None, (), False, ["allergy-unknown"]),
    (36, None, ("青霉素",), True, ["allergy", "pressure"]),
    (36, date(2026, 2, 1), ("青霉素", "磺胺"), True, ["allergy"]),
    (0, None, (), False, ["allergy-unknown"]),
]


@pytest.mark.parametrize(("age", "last", "allergies", "asked", "prompted"), CASES)
def test_who_is_prompted_for_what(
    age: int | None,
    last: date | None,
    allergies: tuple[str, ...],
    asked: bool,
    prompted: list[str],
) -> None:
    """35 and older: a pressure each calendar year (norm, chapter on hypertension)."""
    found = prompts_for(Facts(age, last, allergies, asked), TODAY)
    assert [one.key for one in found] == prompted
    for one in found:
        assert one.text


EXAMINED = [
    # groups, last examination, whether it is due
    ((), None, False),
    (("老年人",), None, True),
    (("老年人",), date(2025, 12, 31), True),
    (("老年人",), date(2026, 1, 1), False),
    (("高血压",), None, True),
    (("糖尿病", "冠心病"), None, True),
    (("严重精神障碍",), date(2024, 5, 1), True),
    (("冠心病", "慢阻肺"), None, False),
    (("0～6岁儿童",), None, False),
]


@pytest.mark.parametrize(("groups", "last", "due"), EXAMINED)
def test_who_is_examined_every_year(groups: tuple[str, ...], last: date | None, due: bool) -> None:
    facts = Facts(20, examined_on=last, groups=groups)
    assert [one.key for one in prompts_for(facts, TODAY)] == ["examination"] * due


def test_every_age_is_prompted_or_not_at_one_border() -> None:
    keys = [[p.key for p in prompts_for(Facts(age), TODAY)] for age in range(111)]
    assert keys == [[]] * 35 + [["pressure"]] * 76


def _pressure(resident: str, when: str, **others: str) -> dict[str, object]:
    return observation(resident, "85354-9", 120, "mm[Hg]", when, **others)


def test_the_last_pressure_of_this_year(fresh_house: OpenHouse) -> None:
    """By the clock of Shanghai; not another year's, not a wrong one, not another measurement."""
    house = fresh_house
    ids = [f"p-{n}" for n in range(6)]
    house.save(*({**patient("王一", "male", "1960-01-01"), "id": id_} for id_ in ids))
    house.save(
        _pressure("p-0", "2026-01-01T00:10:00+08:00"),
        _pressure("p-1", "2025-12-31T23:50:00+08:00"),
        {**_pressure("p-2", "2026-05-01T09:00:00+08:00"), "status": "entered-in-error"},
        observation("p-3", "8867-4", 70, "/min", "2026-05-01T09:00:00+08:00"),
        _pressure("p-4", "2026-03-01T09:00:00+08:00"),
        _pressure("p-4", "2026-04-02T09:00:00+08:00"),
        observation("p-5", "8480-6", 120, "mm[Hg]", "2026-07-08T09:00:00+08:00"),
    )
    with house.station.read(house.actor("gp1")) as work:
        found = last_pressures(work, [*ids, "zhao-lei"])
    assert found == {
        "p-0": date(2026, 1, 1), "p-4": date(2026, 4, 2), "p-5": date(2026, 7, 8),
    }  # fmt: skip
    with house.station.read(house.actor("gp2")) as work:
        assert last_pressures(work, ids) == {}


def test_the_last_examination_of_this_year(fresh_house: OpenHouse) -> None:
    house = fresh_house
    other = {
        "resourceType": "QuestionnaireResponse",
        "questionnaire": f"{EXAMINATION}-of-children|1",
        "status": "completed",
        "subject": to("Patient", "zhang-wei"),
        "authored": "2026-02-01T09:00:00+08:00",
    }
    house.save(other)
    entered(signed_in(house, "gp1"))
    ids = ["li-na", "zhang-wei", "wang-xiaoming"]
    with house.station.read(house.actor("gp1")) as work:
        assert last_examinations(work, ids) == {"li-na": TODAY}
    with house.station.read(house.actor("gp2")) as work:
        assert last_examinations(work, ids) == {}
    house.clock.advance(days=39)  # New Year's Day
    with house.station.read(house.actor("gp1")) as work:
        assert last_examinations(work, ids) == {}
