"""The supervision indicators, counted by hand on a small set; the parts add up to the whole."""

import statistics
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete

from kernel.clock import SECOND
from kernel.security.actor import SYSTEM
from kernel.work import ReadWork
from referral.supervision.board import Line, beside, duration, lines
from referral.supervision.measures import COUNTED, MEASURES
from referral.supervision.queries import Tally, by_stratum, total
from referral.supervision.scope import Period, Scope, Stratum, scope_of
from referral.supervision.spreads import Interval, spreads
from referral.tables import referral_case, referral_move, referral_outcome
from tests.referrals.facts import BY_HAND, GP1, GP2, put_case, put_outcome, put_year
from tests.referrals.times import at
from tests.support.house import FRESH_ON_SQLITE, OpenHouse

YEAR = Period(date(2026, 1, 1), date(2026, 11, 23))


@pytest.fixture(scope="module")
def counted(house: OpenHouse) -> Iterator[OpenHouse]:
    """A house in which the year of `put_year` happened."""
    with house.station.write() as work:
        put_year(work)
    yield house
    with house.station.write() as work:
        for table in (referral_case, referral_move, referral_outcome):
            work.connection.execute(delete(table))


def everything(work: ReadWork, period: Period = YEAR) -> Scope:
    """All referrals of a period."""
    return scope_of(work, period)


def figures(house: OpenHouse, period: Period = YEAR) -> dict[str, Line]:
    """All lines of a period, by code."""
    with house.station.read(SYSTEM) as work:
        scope = everything(work, period)
        return {one.measure.code: one for one in lines(total(work, scope), beside(work, scope))}


def test_every_indicator_is_counted_as_by_hand(counted: OpenHouse) -> None:
    found = figures(counted)
    said = [
        (code, one.numerator, one.denominator, None if one.value is None else str(one.value))
        for code, one in found.items()
    ]
    assert said == list(BY_HAND)


def test_the_median_and_the_90th_percentile_of_each_step(counted: OpenHouse) -> None:
    with counted.station.read(SYSTEM) as work:
        found = spreads(work, everything(work))[""]
    hours = {one: (spread.number, spread.median, spread.ninth) for one, spread in found.items()}
    assert hours == {
        Interval.ANSWER: (3, 24.0, pytest.approx(24 + 0.8 * 49)),
        Interval.APPOINT: (2, 2.5, pytest.approx(3.7)),
        Interval.ARRIVE: (1, 70.0, 70.0),
        Interval.RETURN: (1, 24.0, 24.0),
        Interval.TAKE_BACK: (1, 6.0, 6.0),
        Interval.CLOSE: (1, 336.0, 336.0),
    }


@pytest.mark.parametrize("stratum", list(Stratum))
def test_the_parts_add_up_to_the_whole(counted: OpenHouse, stratum: Stratum) -> None:
    with counted.station.read(SYSTEM) as work:
        scope = everything(work)
        parts, whole = by_stratum(work, scope, stratum), total(work, scope)
    assert (len(parts) > 1) is (stratum is not Stratum.INSTITUTION)
    for one in COUNTED:
        summed = [
            sum(number)
            for number in zip(*(part.of(one.code) for part in parts.values()), strict=True)
        ]
        assert summed == list(whole.of(one.code)), one.code
    numbers = [part.spreads.get(Interval.ANSWER) for part in parts.values()]
    assert sum(one.number for one in numbers if one) == whole.spreads[Interval.ANSWER].number


@pytest.mark.parametrize(
    ("stratum", "up"),
    [
        (Stratum.HOSPITAL, {"hospital-1": 6, "hospital-2": 1}),
        (Stratum.DEPARTMENT, {"": 6, "department-2": 1}),
        (Stratum.DOCTOR, {GP1: 5, GP2: 2, "": 0}),
        (Stratum.URGENCY, {"routine": 5, "urgent": 1, "emergency": 1}),
        (Stratum.DIRECTION, {"up": 7, "down": 0}),
        (
            Stratum.DISEASE,
            {"hypertension": 3, "diabetes": 1, "stroke": 1, "copd": 1, "general": 0, "": 1},
        ),
        (
            Stratum.MONTH,
            {
                "2026-03": 2, "2026-04": 0, "2026-05": 2, "2026-06": 2, "2026-07": 0,
                "2026-11": 1,
            },
        ),
    ],
)  # fmt: skip
def test_up_referrals_by_group(counted: OpenHouse, stratum: Stratum, up: dict[str, int]) -> None:
    with counted.station.read(SYSTEM) as work:
        found = by_stratum(work, everything(work), stratum)
    assert {key: tally.of("RF01").numerator for key, tally in found.items()} == up


def test_the_month_is_that_of_each_cohort(counted: OpenHouse) -> None:
    with counted.station.read(SYSTEM) as work:
        found = by_stratum(work, everything(work), Stratum.MONTH)
    told = {
        code: {key: tuple(tally.of(code)) for key, tally in found.items() if any(tally.of(code))}
        for code in ("RF02", "RF08", "RF13")
    }
    assert told == {
        "RF02": {"2026-03": (1, 1), "2026-07": (1, 1)},
        "RF08": {"2026-03": (1, 1), "2026-06": (0, 1)},
        "RF13": {"2026-03": (1, 1), "2026-04": (0, 1), "2026-05": (1, 2), "2026-06": (0, 1)},
    }


def test_the_institutions_of_a_level_hold_those_below(counted: OpenHouse) -> None:
    with counted.station.read(SYSTEM) as work:
        city = everything(work)
        levels, found = city.groups(), by_stratum(work, city, Stratum.INSTITUTION)
        [centre] = [id_ for id_, ids in levels.items() if "station-1" in ids]
        inside = replace(city, organisation=centre)
        below, whole = by_stratum(work, inside, Stratum.INSTITUTION), total(work, inside)
    assert centre in city.listed()
    assert not set.intersection(*(set(ids) for ids in levels.values()))
    assert found[centre].of("RF01") == whole.of("RF01") == (7, 7)
    assert below["station-1"].of("RF01") == (5, 5)
    assert below["station-2"].of("RF01") == (2, 2)
    assert {"station-1", "station-2"} <= set(inside.listed()) < set(inside.groups())


@pytest.mark.parametrize(
    ("disease", "urgency", "up"),
    [
        ("hypertension", "", 3),
        ("", "emergency", 1),
        ("stroke", "emergency", 1),
        ("copd", "urgent", 0),
    ],
)
def test_a_disease_and_an_urgency_narrow_it_down(
    counted: OpenHouse, disease: str, urgency: str, up: int
) -> None:
    with counted.station.read(SYSTEM) as work:
        scope = scope_of(work, YEAR, urgency=urgency).of_disease(disease)
        assert total(work, scope).of("RF01").numerator == up


def test_the_period_ends_with_its_last_day(counted: OpenHouse) -> None:
    march = figures(counted, Period(date(2026, 3, 2), date(2026, 3, 19)))
    assert march["RF01"].numerator == 1
    assert march["RF02"].numerator == 1
    assert march["RF13"].denominator == 1
    assert figures(counted, Period(date(2026, 3, 3), date(2026, 3, 19)))["RF01"].numerator == 0
    empty = figures(counted, Period(date(2024, 1, 1), date(2024, 2, 29)))
    assert empty["RF04"].value is None
    assert empty["RF03"].value is None
    assert empty["RF20"].value is None
    assert (empty["RF07"].denominator, empty["RF07"].value) == (None, None)


def test_every_indicator_of_the_description_is_there_and_says_what_it_is() -> None:
    codes = [one.code for one in MEASURES]
    assert [code for code in codes if code != "RF18L"] == [f"RF{n:02d}" for n in range(1, 22)]
    assert all("÷" in one.definition for one in MEASURES if one.counted is not None)
    for code in ("RF18", "RF19"):
        [one] = [one for one in MEASURES if one.code == code]
        assert "无数据来源" in one.definition


@FRESH_ON_SQLITE
def test_scenario_5_day_14_counts_and_day_15_does_not(fresh_house: OpenHouse) -> None:
    with fresh_house.station.write() as work:
        for name, first in (("in-time", "2025-06-16"), ("late", "2025-06-17")):
            put_case(work, name, "2025-06-02 09:00")
            put_outcome(work, name, "2025-06-02", first)
    june = figures(fresh_house, Period(date(2025, 6, 16), date(2025, 6, 16)))
    assert (june["RF13"].numerator, june["RF13"].denominator) == (1, 2)
    assert june["RF01"].numerator == 0, "sent before the period: only day 14 is within it"


@FRESH_ON_SQLITE
def test_scenario_6_a_declined_offer_is_no_way_back(fresh_house: OpenHouse) -> None:
    with fresh_house.station.write() as work:
        put_case(
            work, "declined", "2026-06-02 09:00", state="in-care",
            back_offered_at="2026-06-05 09:00", back_declined_at="2026-06-06 09:00",
        )  # fmt: skip
    found = figures(fresh_house)["RF12"]
    assert (found.numerator, found.denominator) == (0, 1)


@FRESH_ON_SQLITE
@pytest.mark.parametrize(
    ("repeat", "others"),
    [
        (1, {"sent": "2026-03-31 09:00"}),
        (1, {"sent": "2026-04-01 09:00"}),
        (0, {"sent": "2026-04-01 09:00:01"}),
        (0, {"sent": "2026-03-31 09:00", "disease": "stroke"}),
        (0, {"sent": "2026-03-31 09:00", "patient_id": "li-na"}),
        (0, {"sent": "2026-03-31 09:00", "direction": "lateral"}),
        (0, {"sent": "2026-03-31 09:00", "requisition": "R-first"}),
    ],
)
def test_a_repeated_referral_is_one_of_the_same_disease_within_30_days(
    fresh_house: OpenHouse, repeat: int, others: dict[str, str]
) -> None:
    sent = others.pop("sent") if "sent" in others else ""
    with fresh_house.station.write() as work:
        put_case(work, "first", "2026-03-02 09:00")
        put_case(work, "second", sent, **others)
    assert figures(fresh_house)["RF17"].numerator == repeat


@FRESH_ON_SQLITE
def test_another_disease_is_not_known_to_be_the_same(fresh_house: OpenHouse) -> None:
    with fresh_house.station.write() as work:
        put_case(work, "first", "2026-03-02 09:00", disease="general")
        put_case(work, "second", "2026-03-20 09:00", disease="general")
    assert figures(fresh_house)["RF17"].numerator == 0


@given(st.lists(st.integers(0, 10**6), min_size=1, max_size=40))
@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_percentiles_are_those_of_the_statistics_module(
    house: OpenHouse, seconds: list[int]
) -> None:
    begin = "2023-03-01 00:00"
    with house.station.write() as work:
        for n, lasted in enumerate(seconds):
            put_case(work, f"p{n}", begin)
            answered = referral_case.update().where(referral_case.c.request_id == f"p{n}")
            work.connection.execute(answered.values(answered_at=at(begin) + lasted * SECOND))
        scope = everything(work, Period(date(2023, 3, 1), date(2023, 3, 1)))
        found = spreads(work, scope)[""][Interval.ANSWER]
        work.connection.execute(delete(referral_case).where(referral_case.c.request_id.like("p%")))
    assert found.number == len(seconds)
    assert found.median == pytest.approx(statistics.median(seconds) / 3600)
    twice = seconds * 2 if len(seconds) == 1 else seconds
    ninth = statistics.quantiles(twice, n=10, method="inclusive")[-1]
    assert found.ninth == pytest.approx(ninth / 3600)


@pytest.mark.parametrize(
    ("hours", "said"),
    [(0.05, "0.1 小时"), (71.9, "71.9 小时"), (72, "3.0 天"), (330.1, "13.8 天")],
)
def test_what_lasts_days_is_said_in_days(hours: float, said: str) -> None:
    assert duration(hours) == said


@pytest.mark.parametrize(
    ("first", "last", "before"),
    [
        (date(2026, 1, 1), date(2026, 11, 23), (date(2025, 1, 1), date(2025, 11, 23))),
        (date(2024, 2, 1), date(2024, 2, 29), (date(2023, 2, 1), date(2023, 2, 28))),
    ],
)
def test_the_same_days_of_the_year_before(
    first: date, last: date, before: tuple[date, date]
) -> None:
    assert Period(first, last).year_before() == Period(*before)


def test_a_group_without_rows_counts_nothing() -> None:
    found = {one.measure.code: one for one in lines(Tally())}
    assert found["RF04"].value is None
    assert found["RF01"].value == Decimal(0)
