"""Figures of referrals that were really played: the machine's rows are what the board counts."""

from datetime import date

import pytest

from kernel.security.actor import SYSTEM
from referral.states import Event, State
from referral.supervision.board import Line, lines
from referral.supervision.queries import Tally, reject_reasons, total
from referral.supervision.scope import Period, Scope, scope_of
from referral.supervision.spreads import Interval, Spread
from tests.referrals.playing import Players, departments
from tests.referrals.times import at
from tests.support.house import FRESH_ON_SQLITE, OpenHouse

NOVEMBER = Period(date(2026, 11, 1), date(2026, 11, 30))


@pytest.fixture
def players(fresh_house: OpenHouse) -> Players:
    """Both sides at a station of the test's own, at 09:00 on a Monday."""
    fresh_house.clock.instant = at("2026-11-23 09:00")
    departments(fresh_house)
    return Players(fresh_house)


def counted(players: Players, period: Period = NOVEMBER) -> tuple[Tally, dict[str, Line]]:
    """What the board counts of a period, and its lines by code."""
    with players.house.station.read(SYSTEM) as work:
        tally = total(work, scope_of(work, period))
    return tally, {one.measure.code: one for one in lines(tally)}


def share(players: Players, code: str, period: Period = NOVEMBER) -> tuple[int | None, int | None]:
    """Numerator and denominator of an indicator."""
    line = counted(players, period)[1][code]
    return line.numerator, line.denominator


@FRESH_ON_SQLITE
@pytest.mark.parametrize(("on", "counts"), [("2025-06-16", 1), ("2025-06-17", 0)])
def test_scenario_5_day_14_counts_and_day_15_does_not(
    players: Players, on: str, counts: int
) -> None:
    players.house.clock.instant = at("2025-06-02 16:00")
    players.refer("r")
    june = Period(date(2025, 6, 1), date(2025, 6, 30))
    assert share(players, "RF13", june) == (0, 0), "day 14 has not come"
    players.house.clock.instant = at(f"{on} 23:00")
    assert share(players, "RF13", june) == (0, 1)
    players.follow_up("r")
    assert share(players, "RF13", june) == (counts, 1)


@FRESH_ON_SQLITE
def test_scenario_6_a_declined_offer_leaves_the_numerator_unchanged(players: Players) -> None:
    players.refer("r")
    players.bring("r", State.IN_CARE)
    players.play("coord1", "r", Event.OFFER_BACK, State.BACK_OFFERED)
    assert share(players, "RF12") == (0, 1)
    players.play("gp1", "r", Event.DECLINE_BACK, State.IN_CARE)
    assert players.state("r") is State.IN_CARE
    assert share(players, "RF12") == (0, 1)
    players.play("coord1", "r", Event.OFFER_BACK, State.BACK_OFFERED)
    players.play("gp1", "r", Event.ACCEPT_BACK, State.BACK_ACCEPTED)
    assert share(players, "RF12") == (1, 1)


@FRESH_ON_SQLITE
def test_a_loop_is_measured_step_by_step(players: Players) -> None:
    clock = players.house.clock
    players.refer("r")
    clock.advance(hours=2)
    players.play("coord1", "r", Event.ACCEPT, State.ACCEPTED)
    clock.advance(hours=1)
    players.play("coord1", "r", Event.BOOK, State.SCHEDULED)
    clock.advance(hours=24)
    players.play("coord1", "r", Event.ARRIVE, State.ARRIVED)
    players.play("coord1", "r", Event.START, State.IN_CARE)
    clock.advance(hours=5)
    players.play("coord1", "r", Event.SEND_OUTCOME, State.FEEDBACK_SENT)
    clock.advance(hours=240)
    players.play("coord1", "r", Event.SEND_OUTCOME, State.FEEDBACK_SENT)
    tally, found = counted(players)
    assert tally.spreads == {
        Interval.ANSWER: Spread(1, 2.0, 2.0),
        Interval.APPOINT: Spread(1, 1.0, 1.0),
        Interval.ARRIVE: Spread(1, 25.0, 25.0),
        Interval.RETURN: Spread(1, 5.0, 5.0),
    }
    for code in ("RF04", "RF06", "RF08", "RF10", "RF11", "RF16"):
        assert (found[code].numerator, found[code].denominator) == (1, 1), code
    assert (found["RF09"].numerator, found["RF21"].numerator) == (0, 0)


@FRESH_ON_SQLITE
def test_what_is_not_answered_and_what_is_refused(players: Players) -> None:
    players.refer("refused", "li-na")
    players.bring("refused", State.REJECTED)
    players.refer("silent")
    players.pass_limits("silent")
    _tally, found = counted(players)
    assert (found["RF05"].numerator, found["RF05"].denominator) == (1, 2)
    assert (found["RF06"].numerator, found["RF06"].denominator) == (1, 2)
    assert (found["RF21"].numerator, found["RF21"].denominator) == (1, 2)
    with players.house.station.read(SYSTEM) as work:
        scope: Scope = scope_of(work, NOVEMBER)
        assert reject_reasons(work, scope) == [("4", 1)]
