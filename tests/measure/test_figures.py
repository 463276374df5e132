"""Figures by institution, for who sees which, and the people behind them."""

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal

import pytest
from sqlalchemy import select

from health.tables import health_year
from health.years import HEALTH_YEAR, TURNED, turn_year
from health.years_counting import Enrolled, Examined, Kept, Person
from kernel.db.tables import kernel_fact
from kernel.fhir.store.summaries import summarise
from kernel.measure import Count, Question, count_persons, evaluate, persons, rate
from tests.cast import MINE
from tests.measure.facts import put_facts, put_years
from tests.measure.people import (
    ELDERLY,
    HYPERTENSION,
    QUARTERLY,
    YEAR,
    day,
    enrolled,
    person,
    visit,
)
from tests.support.house import OpenHouse


@pytest.mark.parametrize(
    ("numerator", "denominator", "expected"),
    [
        (7120, 8000, "89.0"),
        (7000, 8000, "87.5"),
        (4984, 7120, "70.0"),
        (292, 400, "73.0"),
        (260, 400, "65.0"),
        (745, 1050, "71.0"),
        (11, 12, "91.7"),
        (7, 8, "87.5"),
        (1, 16, "6.3"),
        (0, 3, "0.0"),
        (3, 3, "100.0"),
    ],
)
def test_a_rate_has_one_decimal_half_up(numerator: int, denominator: int, expected: str) -> None:
    """indicators.md §4, examples 1, 2, 6, 7."""
    found = rate(numerator, denominator)
    assert found == Decimal(expected)
    assert str(found) == expected


def test_of_nobody_there_is_no_value() -> None:
    """indicators.md §4, example 8."""
    assert rate(0, 0) is None
    assert Count().rate is None


def _many(count: int, **others: object) -> list[Person]:
    return [person(f"{number}-of-{len(others)}-{count}", **others) for number in range(count)]


def test_400_managed_292_by_the_norm_260_at_target(fresh_house: OpenHouse) -> None:
    """indicators.md §4, example 2: 18 lost are not controlled, although their last visit was."""
    lost = enrolled(status="onhold", suspended_on=day("11-20"))
    above = (*QUARTERLY[:3], visit("11-10", at_target=False))
    people = [
        *_many(242),
        *_many(50, follow_ups=above),
        *_many(18, follow_ups=QUARTERLY[:3]),
        *_many(18, follow_ups=QUARTERLY[:2], enrolled=(lost,)),
        *_many(72, follow_ups=(visit("05-10", at_target=False),), examinations=()),
    ]
    assert len(people) == 400
    with fresh_house.station.write() as work:
        put_years(work, people, HYPERTENSION, until=YEAR)
    with fresh_house.station.read(fresh_house.actor("gp1")) as work:
        found = evaluate(work, YEAR)
    assert found.of("HT01", "station-1") == (292, 400)
    assert found.of("HT01", "station-1").rate == Decimal("73.0")
    assert found.of("HT02", "station-1") == (260, 400)
    assert found.of("HT02", "station-1").rate == Decimal("65.0")


def test_745_of_1050_elderly(fresh_house: OpenHouse) -> None:
    """indicators.md §4, example 6: 800 examined, 40 incomplete, 20 without guidance, 5 both."""
    old = {"born": day("1950-01-01"), "enrolled": ()}
    people = [
        *_many(745, **old),
        *_many(35, **old, examinations=(Examined(day("05-10"), complete=False),)),
        *_many(15, **old, examinations=(Examined(day("05-10"), guided=False),)),
        *_many(5, **old, examinations=(Examined(day("05-10"), False, False),)),
        *_many(250, **old, examinations=()),
    ]
    with fresh_house.station.write() as work:
        work.connection.execute(health_year.delete())  # the elderly of the cast
        put_years(work, people, ELDERLY, until=YEAR)
    with fresh_house.station.read(fresh_house.actor("gp1")) as work:
        assert evaluate(work, YEAR, codes=["EL01"]).of("EL01", "station-1") == (745, 1050)


def _at(id_: str, station: str, **others: object) -> Person:
    return person(id_, kept=(Kept(station, day("2011-01-01"), None),), **others)


@pytest.fixture
def town(fresh_house: OpenHouse) -> OpenHouse:
    """Three patients of station-1, two of station-2, one of a centre of another district."""
    people = [
        _at("a", "station-1"),
        _at("b", "station-1", follow_ups=QUARTERLY[:2]),
        _at("c", "station-1", examinations=()),
        _at("d", "station-2"),
        _at("e", "station-2", follow_ups=()),
        _at("f", "hospital-2"),
    ]
    with fresh_house.station.write() as work:
        put_years(work, people, HYPERTENSION, until=YEAR)
    return fresh_house


@pytest.mark.parametrize(
    ("name", "total", "tops"),
    [
        ("gp1", (1, 3), ("station-1",)),
        ("head1", (1, 3), ("station-1",)),
        ("gp2", (1, 2), ("station-2",)),
        ("bureau", (3, 6), ("city-bureau",)),
        ("coord1", (0, 0), ()),
        ("sysadmin", (0, 0), ()),
    ],
)
def test_everybody_sees_the_figures_of_his_institutions(
    town: OpenHouse, name: str, total: tuple[int, int], tops: tuple[str, ...]
) -> None:
    with town.station.read(town.actor(name)) as work:
        found = evaluate(work, YEAR, codes=["HT01"])
    assert found.total("HT01") == total
    assert found.tops == tops


def test_figures_roll_up_the_tree(town: OpenHouse) -> None:
    with town.station.read(town.actor("bureau")) as work:
        found = evaluate(work, YEAR, codes=["HT01"])
    assert found.of("HT01", "station-1") == (1, 3)
    path = found.tree.path("station-1")
    sums = [found.of("HT01", id_) for id_ in path]
    assert [one.denominator for one in sums] == sorted(
        (one.denominator for one in sums), reverse=True
    )
    assert sums[0] == (3, 6), "everything belongs to the city"
    for id_ in path[:-1]:
        parts = [found.of("HT01", child) for child in found.below(id_)]
        own = found.own["HT01"].get(id_, Count())
        assert found.of("HT01", id_) == (
            own.numerator + sum(one.numerator for one in parts),
            own.denominator + sum(one.denominator for one in parts),
        )


def test_a_centre_sees_its_stations_and_no_others(town: OpenHouse) -> None:
    actor = town.actor("centre1")
    with town.station.read(actor) as work:
        found = evaluate(work, YEAR, codes=["HT01"])
    assert found.tops == ("centre-1",)
    assert found.seen == set(actor.organisations)
    mine = [found.own["HT01"].get(id_, Count()) for id_ in ("station-1", "station-2")]
    seen = [one for id_, one in zip(("station-1", "station-2"), mine, strict=True)]
    assert found.total("HT01").denominator == sum(one.denominator for one in seen)


def test_an_unknown_code_and_another_year(town: OpenHouse) -> None:
    with town.station.read(town.actor("gp1")) as work:
        with pytest.raises(KeyError):
            evaluate(work, YEAR, codes=["XX99"])
        assert evaluate(work, 2025, codes=["HT01"]).total("HT01").denominator == 3
        assert evaluate(work, 2019, codes=["HT01"]).total("HT01").rate is None


def test_a_deadline_that_passes_changes_the_figure_without_a_save(fresh_house: OpenHouse) -> None:
    asking = (*QUARTERLY[:3], visit("11-10", action="adjust"))
    with fresh_house.station.write() as work:
        put_years(work, [person("a", follow_ups=asking)], HYPERTENSION, until=YEAR)
    counts = []
    for _ in range(4):
        with fresh_house.station.read(fresh_house.actor("gp1")) as work:
            counts.append((work.today.isoformat(), evaluate(work, YEAR).total("HT01").numerator))
        fresh_house.clock.advance(days=1)
    assert counts == [
        ("2026-11-23", 1),
        ("2026-11-24", 1),
        ("2026-11-25", 0),
        ("2026-11-26", 0),
    ]


@pytest.fixture
def village(fresh_house: OpenHouse) -> OpenHouse:
    """The residents of station-1 by facts: one by the norm, one not at all, one almost."""
    first, second, third = MINE
    with fresh_house.station.write() as work:
        put_facts(work, person(first))
        put_facts(
            work,
            person(
                second,
                enrolled=(enrolled("2026-01-10"),),
                follow_ups=(
                    visit("03-10", action="refer", complete=False, educated=False, at_target=False),
                    visit("09-10", educated=False, at_target=False),
                ),
                examinations=(),
            ),
        )
        put_facts(work, person(third, examinations=(Examined(day("05-10"), complete=False),)))
        put_facts(work, person("zhao-lei"))
    return fresh_house


def test_the_people_behind_a_figure_and_why_some_are_not_counted(village: OpenHouse) -> None:
    first, second, third = MINE
    with village.station.read(village.actor("gp1")) as work:
        assert evaluate(work, YEAR).total("HT01") == (1, 3)
        found = {one.patient_id: one for one in persons(work, Question("HT01", YEAR)).people}
    assert set(found) == set(MINE)
    assert (found[first].counted, found[first].reasons) == (True, ())
    assert found[second].reasons == (
        "还差 2 次面对面随访",
        "今年还没有健康体检",
        "需复查而未在14天内随访",
        "有随访记录不完整",
        "没有健康教育记录",
    )
    assert found[third].reasons == ("体检表不完整",)


def test_why_somebody_is_not_controlled(fresh_house: OpenHouse) -> None:
    lost = enrolled(status="onhold", suspended_on=day("11-20"))
    cases: dict[str, Callable[[str], Person]] = {
        "最近一次未达标": lambda id_: person(id_, follow_ups=(visit("11-10", at_target=False),)),
        "今年没有测量": lambda id_: person(id_, follow_ups=()),
        "失访": lambda id_: person(id_, enrolled=(lost,)),
    }
    with fresh_house.station.write() as work:
        for id_, case in zip(MINE, cases.values(), strict=True):
            put_facts(work, case(id_))
    with fresh_house.station.read(fresh_house.actor("gp1")) as work:
        found = {one.patient_id: one for one in persons(work, Question("HT02", YEAR)).people}
        assert [found[id_].reasons for id_ in MINE] == [(text,) for text in cases]
        assert evaluate(work, YEAR).total("HT02") == (0, 3)


def test_everybody_who_is_not_counted_has_a_reason(village: OpenHouse) -> None:
    with village.station.read(village.actor("platform")) as work:
        for code in work.registry.indicators:
            for one in persons(work, Question(code, YEAR), limit=100).people:
                assert bool(one.reasons) is not one.counted, (code, one)


def test_the_counted_the_others_and_a_page_of_them(village: OpenHouse) -> None:
    first, second, third = MINE
    with village.station.read(village.actor("gp1")) as work:

        def ids(counted: bool | None, **others: object) -> list[str]:
            question = Question("HT01", YEAR, counted=counted)
            return [one.patient_id for one in persons(work, question, **others).people]  # type: ignore[arg-type]  # other arguments each time

        assert ids(True) == [first]
        assert ids(False) == sorted([second, third])
        assert count_persons(work, Question("HT01", YEAR, counted=False)) == 2
        lacking = Question("HT01", YEAR, reason=0)
        assert [one.patient_id for one in persons(work, lacking).people] == [second]
        assert count_persons(work, lacking) == 1
        whole, page, walked = ids(None, sort="-name"), persons, []
        after = None
        while True:
            part = page(work, Question("HT01", YEAR), sort="-name", after=after, limit=1)
            walked += [one.patient_id for one in part.people]
            after = part.after
            if after is None:
                break
        assert walked == whole
        assert len(whole) == 3
        assert ids(None, sort="name") == whole[::-1]
        assert len(ids(None, sort="-birthdate_from")) == 3


def test_nobody_is_listed_whose_record_is_kept_elsewhere(village: OpenHouse) -> None:
    """He counted at station-1 last year; today station-2 keeps the record."""
    past = Kept("station-1", day("2011-01-01"), None)
    with village.station.write() as work:
        put_years(work, [person("sun-li", kept=(past,))], HYPERTENSION, until=YEAR)
    with village.station.read(village.actor("gp1")) as work:
        question = Question("HT01", YEAR)
        assert evaluate(work, YEAR).total("HT01").denominator == 4
        assert count_persons(work, question) == 3
        assert {one.patient_id for one in persons(work, question).people} == set(MINE)
    with village.station.read(village.actor("centre1")) as work:
        found = {one.patient_id for one in persons(work, Question("HT01", YEAR)).people}
        assert found >= set(MINE) | {"sun-li"}
        narrow = Question("HT01", YEAR, organisation="station-2")
        assert {one.patient_id for one in persons(work, narrow).people} == {"zhao-lei"}


def test_the_job_makes_the_rows_of_a_new_year(village: OpenHouse) -> None:
    ill = select(health_year).where(health_year.c.programme == "hypertension")
    with village.station.write() as work:
        while turn_year(work):
            pass
        before = work.connection.execute(ill).all()
    village.clock.advance(days=60)
    slices = 0
    while True:
        with village.station.write() as work:
            more = turn_year(work)
        slices += 1
        if not more:
            break
    with village.station.read() as work:
        rows = work.connection.execute(ill.where(health_year.c.year == YEAR + 1)).all()
        assert {row.patient_id for row in rows} == {*MINE, "zhao-lei"}
        assert {row.required for row in rows} == {4}
        assert len(work.connection.execute(ill).all()) == len(before) + len(rows)
        fact = select(kernel_fact.c.value).where(kernel_fact.c.name == TURNED)
        assert work.connection.scalar(fact) == '{"year": 2027, "after": null}'
    assert slices == 2
    with village.station.write() as work:
        assert not turn_year(work)


def test_rows_made_again_are_the_same(village: OpenHouse) -> None:
    with village.station.write() as work:
        before = sorted(map(repr, work.connection.execute(select(health_year)).all()))
        work.connection.execute(health_year.delete())
        summarise(work, HEALTH_YEAR, [*MINE, "zhao-lei"])
        assert sorted(map(repr, work.connection.execute(select(health_year)).all())) == before
        assert before


def test_who_is_enrolled_twice_at_two_institutions_counts_once(fresh_house: OpenHouse) -> None:
    """He moved in July: the year belongs to the new institution, last year to the old one."""
    moved = (
        Kept("station-1", day("2011-01-01"), day("07-01")),
        Kept("station-2", day("07-01"), None),
    )
    both = (
        Enrolled("hypertension", "finished", day("2025-01-01"), day("07-01")),
        enrolled("07-01"),
    )
    who = replace(person("a"), kept=moved, enrolled=both)
    with fresh_house.station.write() as work:
        put_years(work, [who], HYPERTENSION, until=YEAR)
    with fresh_house.station.read(fresh_house.actor("platform")) as work:
        assert dict(evaluate(work, YEAR).own["HT01"]) == {"station-2": (1, 1)}
        assert dict(evaluate(work, 2025).own["HT01"]) == {"station-1": (0, 1)}
