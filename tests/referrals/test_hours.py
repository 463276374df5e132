"""Working time: the official holidays, the hours of a day, and what adding them always does."""

from datetime import date, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.values.dated import ALWAYS, Dated
from referral import hours
from referral.holidays import YEARS
from referral.hours import (
    HOUR,
    add_working,
    is_known_year,
    is_working,
    is_working_day,
    working_between,
)
from referral.parameters import OFFICE_HOURS
from tests.referrals.times import at, local

SPANS = st.integers(0, 200 * HOUR)
MOMENTS = st.integers(at("2024-01-01 00:00"), at("2027-12-31 00:00"))


@pytest.mark.parametrize(
    ("start", "amount", "end"),
    [
        pytest.param("2025-06-06 16:00", 8, "2025-06-09 16:00", id="over-a-weekend"),
        pytest.param("2025-06-06 16:00", 4, "2025-06-09 10:00", id="urgent-over-a-weekend"),
        pytest.param("2025-06-09 09:00", 8, "2025-06-10 09:00", id="scenario-2-escalates"),
        pytest.param("2025-06-09 09:00", 16, "2025-06-11 09:00", id="scenario-2-expires"),
        pytest.param("2025-06-09 11:30", 1, "2025-06-09 14:30", id="over-noon"),
        pytest.param("2025-06-09 11:00", 1, "2025-06-09 12:00", id="until-noon-sharp"),
        pytest.param("2025-06-09 14:00", 4, "2025-06-09 18:00", id="until-the-evening-sharp"),
        pytest.param("2025-06-09 12:00", 1, "2025-06-09 15:00", id="from-noon-sharp"),
        pytest.param("2025-06-09 13:00", 0, "2025-06-09 14:00", id="none-at-noon-is-the-opening"),
        pytest.param("2025-06-09 12:00", 0, "2025-06-09 12:00", id="none-at-noon-sharp-stays"),
        pytest.param("2025-06-09 21:00", 0.25, "2025-06-10 08:15", id="at-night"),
        pytest.param("2025-05-30 17:00", 2, "2025-06-03 09:00", id="over-the-dragon-boat"),
        pytest.param("2025-09-30 17:00", 2, "2025-10-09 09:00", id="over-the-national-day"),
        pytest.param("2025-09-27 10:00", 1, "2025-09-28 09:00", id="made-up-on-a-sunday"),
        pytest.param("2026-02-13 17:30", 1, "2026-02-14 08:30", id="made-up-on-a-saturday"),
        pytest.param("2026-02-14 17:30", 1, "2026-02-24 08:30", id="over-the-spring-festival"),
    ],
)
def test_so_many_hours_later(start: str, amount: float, end: str) -> None:
    assert local(add_working(at(start), amount)) == end


def test_working_time_does_not_run_backwards() -> None:
    with pytest.raises(ValueError, match="backwards"):
        add_working(at("2025-06-09 09:00"), -1)


@pytest.mark.parametrize(
    ("moment", "worked"),
    [
        ("2025-06-09 07:59:59", False),
        ("2025-06-09 08:00", True),
        ("2025-06-09 12:00", True),
        ("2025-06-09 12:00:01", False),
        ("2025-06-09 13:59:59", False),
        ("2025-06-09 14:00", True),
        ("2025-06-09 18:00", True),
        ("2025-06-09 18:00:01", False),
        ("2025-06-07 09:00", False),
        ("2025-06-02 09:00", False),
        ("2025-04-27 09:00", True),
    ],
)
def test_whether_it_is_working_time(moment: str, worked: bool) -> None:
    assert is_working(at(moment)) is worked


@pytest.mark.parametrize(
    ("start", "end", "passed"),
    [
        ("2025-06-06 16:00", "2025-06-09 16:00", 8),
        ("2025-06-06 16:00", "2025-06-06 16:00", 0),
        ("2025-06-09 16:00", "2025-06-06 16:00", 0),
        ("2025-06-07 00:00", "2025-06-08 23:59", 0),
        ("2025-06-09 11:00", "2025-06-09 15:00", 2),
        ("2025-10-01 00:00", "2025-10-12 00:00", 24),
    ],
)
def test_how_much_has_passed(start: str, end: str, passed: int) -> None:
    assert working_between(at(start), at(end)) == passed * HOUR


@given(MOMENTS, SPANS)
def test_it_never_ends_outside_working_time(start: int, span: int) -> None:
    end = add_working(start, span / HOUR)
    assert end >= start
    assert is_working(end)


@given(MOMENTS, SPANS, SPANS)
def test_in_two_parts_is_as_in_one(start: int, first: int, second: int) -> None:
    halves = add_working(add_working(start, first / HOUR), second / HOUR)
    assert halves == add_working(start, (first + second) / HOUR)


@given(MOMENTS, MOMENTS, SPANS, SPANS)
def test_later_and_longer_never_ends_sooner(one: int, other: int, short: int, more: int) -> None:
    early, late = sorted((one, other))
    assert add_working(early, short / HOUR) <= add_working(late, (short + more) / HOUR)


@given(MOMENTS, SPANS)
def test_what_was_added_has_passed(start: int, span: int) -> None:
    assert working_between(start, add_working(start, span / HOUR)) == span


def _days(year: int) -> list[date]:
    first = date(year, 1, 1)
    return [day for n in range(366) if (day := first + timedelta(days=n)).year == year]


@pytest.mark.parametrize(("year", "worked"), [(2024, 251), (2025, 248), (2026, 248)])
def test_how_many_days_of_a_year_are_worked(year: int, worked: int) -> None:
    """The plain week's days less the statutory ones (11 in 2024, 13 since) that fall on it."""
    assert is_known_year(year)
    assert sum(is_working_day(day) for day in _days(year)) == worked


@pytest.mark.parametrize("year", sorted(YEARS))
def test_a_notice_works_weekends_and_says_whence_it_is(year: int) -> None:
    notice = YEARS[year]
    assert f"〔{year - 1}〕" in notice.source
    assert all(date(year, *day).weekday() >= 5 for day in notice.worked)
    assert all(date(year, *first) <= date(year, *last) for first, last in notice.off)
    off = {
        day
        for first, last in notice.off
        for day in _days(year)
        if first <= (day.month, day.day) <= last
    }
    assert not off & {date(year, *day) for day in notice.worked}


def test_a_year_without_a_notice_works_monday_to_friday_and_says_so() -> None:
    assert not is_known_year(2027)
    assert is_working_day(date(2027, 10, 1))
    assert not is_working_day(date(2027, 10, 2))


def test_other_hours_hold_from_their_day_on(monkeypatch: pytest.MonkeyPatch) -> None:
    summer = ((time(8), time(12)), (time(15), time(18)))
    dated = Dated((*OFFICE_HOURS.since, (date(2025, 7, 1), summer)))
    monkeypatch.setattr(hours, "OFFICE_HOURS", dated)
    assert dated.on(ALWAYS) != summer
    assert local(add_working(at("2025-06-30 11:00"), 2)) == "2025-06-30 15:00"
    assert local(add_working(at("2025-07-01 11:00"), 2)) == "2025-07-01 16:00"
    assert hours.hours_of_day(date(2025, 7, 1)) == 7
