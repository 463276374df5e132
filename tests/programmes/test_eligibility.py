"""Who should be in a programme, as SQL; and the programmes by their name."""

from datetime import date

import pytest
from sqlalchemy import ColumnElement

from health.eligibility import aged, both, diagnosed, either, nobody, turning, without, years_before
from health.programmes import PROGRAMMES, programme_of


def said(condition: ColumnElement[bool]) -> str:
    return str(condition.compile(compile_kwargs={"literal_binds": True}))


@pytest.mark.parametrize(
    ("day", "years", "before"),
    [
        ("2025-03-10", 35, "1990-03-10"), ("2024-02-29", 35, "1989-02-28"),
        ("2024-02-29", 64, "1960-02-29"),
    ],
)  # fmt: skip
def test_years_are_clamped_on_a_leap_day(day: str, years: int, before: str) -> None:
    assert years_before(date.fromisoformat(day), years) == date.fromisoformat(before)


def test_age_is_counted_by_the_day_or_by_the_year() -> None:
    today = date(2025, 3, 10)
    assert said(aged(65)(today)).endswith("<= '1960-03-10'")
    assert said(turning(65)(today)).endswith("<= '1960-12-31'")


def test_a_diagnosis_is_known_by_the_beginning_of_its_code() -> None:
    text = said(diagnosed("I10", "I15")(date(2025, 3, 10)))
    assert ">= 'I10'" in text
    assert "< 'I10~'" in text
    assert ">= 'I15'" in text


def test_conditions_are_put_together() -> None:
    today, old, ill = date(2025, 3, 10), aged(65), diagnosed("I10")
    assert said(both(old, ill)(today)) == f"{said(old(today))} AND ({said(ill(today))})"
    assert said(either(old, ill)(today)) == f"{said(old(today))} OR ({said(ill(today))})"
    assert said(without(ill)(today)).startswith("NOT (EXISTS")
    assert said(nobody()(today)) == "false"


def test_a_programme_is_found_by_its_name() -> None:
    assert [programme_of(one.name) for one in PROGRAMMES] == list(PROGRAMMES)
    with pytest.raises(KeyError):
        programme_of("shoes")
    with pytest.raises(KeyError):
        programme_of("hypertension").outcome("9")
