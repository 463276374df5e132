"""The benchmark itself works: every figure is there, and none is absurd."""

import pytest

from tests.bench.__main__ import (
    Options,
    Result,
    read_options,
    report,
    run,
    run_figures,
    run_subscribers,
)
from tests.bench.figures import Figure

KINDS = ("sqlite", pytest.param("postgresql", marks=pytest.mark.postgres(own=True)))
CASES = 21
READ_AT_MOST = 60.0
"""So many times what stored bytes cost; three times what a busy machine has shown."""


@pytest.fixture(scope="module", params=["sqlite"])
def options(request: pytest.FixtureRequest) -> Options:
    """A quick run on one database, of a city smaller still; what differs on the other is below."""
    smaller = ("--years", "1", "--counted", "200")
    return read_options(["--quick", "--database", request.param, *smaller])


@pytest.fixture(scope="module")
def result(options: Options) -> Result:
    """What the quick run measured."""
    (result,) = run(options)
    return result


def figure(result: Result, name: str) -> Figure:
    """The figure of a case."""
    return next(one for one in result.figures if one.case.name.startswith(name))


@pytest.mark.slow
def test_every_figure_is_measured_beside_the_bare_route(result: Result, options: Options) -> None:
    assert len(result.figures) == CASES
    for one in result.figures:
        assert len(one.total) == len(one.rate) == len(one.reference) == options.pace.rounds
        assert min(one.total) > 0, one.case.name
        assert min(one.rate) > 0, one.case.name
        assert one.ratio > 1, f"{one.case.name} cannot be cheaper than stored bytes"
        assert (min(one.database) > 0) == (result.place.postmaster is not None), one.case.name


@pytest.mark.slow
def test_a_read_stays_near_the_bare_route(result: Result) -> None:
    assert figure(result, "read").ratio < READ_AT_MOST
    assert figure(result, "read").ratio < figure(result, "visit").ratio


@pytest.mark.slow
def test_start_and_memory_are_measured(result: Result) -> None:
    assert len(result.start_ups) == 1
    assert 0 < result.start_ups[0] < 60
    assert 20 < result.idle < 500
    assert result.loaded > 20


@pytest.mark.slow
def test_the_report_names_every_figure_and_aim(result: Result, options: Options) -> None:
    text = report([result], options, (0.05, 0.05))
    for one in result.figures:
        assert one.case.name in text
        assert f"{one.aim:g}" in text
    assert result.place.title in text
    assert "start-up" in text
    assert "bare route" in text


@pytest.mark.slow
def test_indicators_are_counted_beside_a_bare_count(options: Options) -> None:
    (city,) = run_figures(options)
    assert city.residents == options.counted
    assert city.follow_ups > city.residents
    assert city.years > 0
    assert len(city.all) == len(city.bare) == options.pace.rounds
    assert city.ratio > 1, "several indicators cannot be cheaper than one count of the same rows"
    assert city.aim is None, "the aim is told for a whole city"
    text = report([], options, (0.05, 0.05), [city])
    for part in (f"{city.indicators} indicators", "CPU s", "times a bare count", "the aim is"):
        assert part in text


@pytest.mark.slow
def test_a_save_with_subscribers_is_measured_beside_one_without(options: Options) -> None:
    (told,) = run_subscribers(options)
    assert told.subscribers == 200
    assert len(told.told) == len(told.alone) == options.pace.rounds
    assert 0.2 < told.ratio < 5
    text = report([], options, (0.05, 0.05), (), [told])
    for part in ("a save with 200 matching subscribers", "CPU ms", "times; aim <="):
        assert part in text
