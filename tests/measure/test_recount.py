"""Live figures of a demo city are those that a slow count over its documents comes to."""

import pytest
from sqlalchemy import func, select

from demo.directory import directory
from demo.history import history
from demo.population import households
from health.tables import health_follow_up, health_year
from kernel.clock import local_date
from kernel.fhir.store import Draft, save_all
from kernel.fhir.store.reproject import rederive
from kernel.measure import Count, Question, count_persons, evaluate
from tests.measure.recount import recount
from tests.support.house import MORNING, OpenHouse

RESIDENTS, SEED = 80, 2
"""Few, but some are in every programme, and some of those count for nothing."""
TODAY = local_date(MORNING)
YEARS = range(TODAY.year - 2, TODAY.year + 1)


@pytest.fixture(scope="module")
def city(house: OpenHouse) -> OpenHouse:
    """A city with its histories, through the write path."""
    for household in households(RESIDENTS, seed=SEED, today=TODAY, directory=directory()):
        bodies = list(household.resources())
        for patient in household.patients:
            bodies += history(patient, seed=SEED, today=TODAY, directory=directory())
        with house.station.write() as work:
            save_all(work, [Draft(body, body["id"]) for body in bodies])
    return house


@pytest.mark.slow
@pytest.mark.parametrize("year", YEARS)
def test_figures_are_those_of_the_documents(city: OpenHouse, year: int) -> None:
    with city.station.write() as work:
        slow = recount(work, year)
        live = evaluate(work, year)
        found = {
            code: {id_: (one.numerator, one.denominator) for id_, one in counts.items()}
            for code, counts in live.own.items()
            if counts
        }
    assert found == slow
    assert slow or year < TODAY.year


@pytest.mark.slow
def test_the_city_is_worth_counting(city: OpenHouse) -> None:
    """Somebody counts and somebody does not, in every programme of the norm."""
    with city.station.read() as work:
        visits = work.connection.scalar(select(func.count()).select_from(health_follow_up))
        assert visits is not None
        assert visits > RESIDENTS
        for code in ("HT01", "HT02", "EL01"):
            total: Count = evaluate(work, TODAY.year).total(code)
            assert 0 < total.numerator < total.denominator, (code, total)
        for code in ("DM01", "DM02", "CHD01", "CHD02", "COPD01", "COPD02", "STR01", "STR02"):
            assert evaluate(work, TODAY.year).total(code).denominator > 0, code


@pytest.mark.slow
def test_everybody_behind_a_figure_can_be_listed(city: OpenHouse) -> None:
    with city.station.read() as work:
        for code in work.registry.indicators:
            for year in YEARS:
                whole = evaluate(work, year).total(code)
                assert count_persons(work, Question(code, year)) == whole.denominator
                counted = Question(code, year, counted=True)
                assert count_persons(work, counted) == whole.numerator


@pytest.mark.slow
def test_making_the_rows_again_changes_nothing(city: OpenHouse) -> None:
    with city.station.write() as work:
        rows = select(health_year)
        before = sorted(map(repr, work.connection.execute(rows).all()))
        work.connection.execute(health_year.delete())
        patients = work.registry.search["Patient"].c.id
        ids = list(work.connection.scalars(select(patients)))
        rederive(work, "Patient", ids)
        assert sorted(map(repr, work.connection.execute(rows).all())) == before
