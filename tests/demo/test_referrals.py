"""The demo's referrals: in every state, each with an owner and a deadline, played in order."""

import shutil
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Row, create_engine, select

from demo.referral_courses import courses
from demo.referral_players import STEPS
from demo.referral_words import WORDS
from demo.referrals import ago
from health.api import PROGRAMMES
from kernel.clock import Clock
from referral.states import State
from referral.tables import referral_case, referral_move
from tests.referrals.times import at, local
from tests.support.city import made_city


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the run's city."""
    folder = tmp_path_factory.mktemp("referrals") / "city"
    shutil.copytree(made_city(tmp_path_factory), folder)
    return folder / "city.db"


def rows(city: Path, table: Any) -> list[Row[Any]]:
    """All rows of a fact table of the city."""
    engine = create_engine(f"sqlite:///{city}")
    try:
        with engine.connect() as connection:
            return list(connection.execute(select(table)))
    finally:
        engine.dispose()


def test_there_is_one_in_every_state(city: Path) -> None:
    states = Counter(row.state for row in rows(city, referral_case))
    assert set(states) == {one.value for one in State} - {State.PENDING_APPROVAL.value}


def test_every_one_has_an_owner_and_a_deadline(city: Path) -> None:
    for row in rows(city, referral_case):
        assert row.open == (row.state != State.CLOSED), row.request_id
        if row.open:
            assert row.owner_id, row.request_id
            assert row.due_at, row.request_id


def test_what_the_tour_is_about(city: Path) -> None:
    cases = [row for row in rows(city, referral_case) if row.hospital_id == "hospital-1"]
    waiting = [row for row in cases if row.state == State.SUBMITTED]
    urgent = [row for row in waiting if row.urgency != "routine"]
    assert [row.request_id for row in urgent] == ["referral-1"], "it stands on top"
    assert urgent[0].community_id == "station-1"
    late = [row for row in cases if row.state == State.IN_CARE and row.due_at < urgent[0].since_at]
    assert len(late) == 1, "one overdue return"
    assert late[0].escalated_at


def test_the_moves_stand_in_order_and_none_is_of_tomorrow(city: Path) -> None:
    moves: dict[str, list[int]] = {}
    for row in sorted(rows(city, referral_move), key=lambda one: one.number):
        moves.setdefault(row.request_id, []).append(row.moved_at)
    assert sum(len(one) > 5 for one in moves.values()) > 3
    for id_, instants in moves.items():
        assert instants == sorted(instants), id_
        assert instants[-1] <= Clock().now(), id_


def test_every_way_is_known_and_every_disease_has_words_for_every_urgency() -> None:
    ways = list(courses())
    assert 120 < len(ways) < 180
    assert {step.what for way in ways for step in way.steps} == set(STEPS)
    for name, words in WORDS.items():
        assert set(words.asked) == {"emergency", "urgent", "routine"}, name
        assert {"diagnosis", "next_plan", "rehabilitation"} <= set(words.letter)
    assert set(WORDS) - {"general"} <= {one.name for one in PROGRAMMES}


@pytest.mark.parametrize(
    ("now", "hours", "then"),
    [
        ("2025-06-06 16:00", 1, "2025-06-06 15:00"),
        ("2025-06-09 09:00", 2, "2025-06-06 17:00"),  # Monday, the weekend between
        ("2025-06-08 12:00", 4, "2025-06-06 12:00"),  # a Sunday; the morning ends at noon
        ("2025-06-06 14:30", 1, "2025-06-06 11:30"),  # over the noon break
    ],
)
def test_working_hours_are_counted_back(now: str, hours: float, then: str) -> None:
    assert local(ago(at(now), hours)) == then
