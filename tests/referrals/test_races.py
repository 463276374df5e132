"""Several at the same moment, in threads, on both databases: one outcome, nothing half-written."""

import random
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from threading import Barrier

import pytest

from kernel.errors import Refused
from kernel.fhir.store import Draft, save_all
from referral.moving.services import get_task
from referral.states import MOVES, Event, State
from referral.task import business_status
from tests.referrals.invariants import hold, one_of_each, the_same_again
from tests.referrals.playing import COORDINATOR, Players, department_id, departments
from tests.support.house import OpenHouse

ACCEPT = {"department": department_id("hospital-1"), "person": COORDINATOR}


@pytest.fixture(scope="module")
def players(house: OpenHouse) -> Players:
    """Both sides at the station that the races share."""
    departments(house)
    found = Players(house)
    for name in ("gp1", "coord1", "coord2", "platform", "head1"):
        found.actor(name)
    return found


def raced(*acts: Callable[[], object]) -> list[int]:
    """The statuses of what is done at the same moment, sorted; 200 for what was done."""
    barrier = Barrier(len(acts))

    def run(act: Callable[[], object]) -> int:
        barrier.wait()
        try:
            act()
        except Refused as refused:
            return refused.status
        return 200

    with ThreadPoolExecutor(len(acts)) as pool:
        return sorted(pool.map(run, acts))


def lost(statuses: Sequence[int]) -> int:
    """How many came too late, where one was in time.

    They are told that it is another version (412), or, where PostgreSQL shows them that version
    while they wait for it, that it stands where their move cannot be made any more (409).
    """
    assert statuses[0] == 200
    assert set(statuses[1:]) <= {409, 412}
    return len(statuses) - 1


def seen(players: Players, request_id: str) -> int:
    """The version that everybody has on the screen."""
    with players.house.station.read(players.actor("coord1")) as work:
        return get_task(work, request_id)[1]


@pytest.mark.parametrize("round_", range(3))
def test_two_coordinators_accept_at_once(players: Players, round_: int) -> None:
    id_ = players.refer(f"accepted-{round_}")
    version = seen(players, id_)
    act = partial(players.move, request_id=id_, event=Event.ACCEPT, target=State.ACCEPTED)
    accept = [partial(act, as_=name, seen=version, **ACCEPT) for name in ("coord1", "platform")]
    assert lost(raced(*accept)) == 1
    assert [one.event for one in players.moves(id_)] == ["submit", "accept"]
    hold(players, id_)


def test_a_click_that_is_double_is_one(players: Players) -> None:
    id_ = players.refer("clicked")
    version = seen(players, id_)
    act = partial(players.move, "coord1", id_, Event.ACCEPT, State.ACCEPTED, seen=version, **ACCEPT)
    assert lost(raced(act, act, act)) == 2
    assert [one.event for one in players.moves(id_)] == ["submit", "accept"]
    hold(players, id_)


def test_accepted_and_cancelled_at_once_is_one_of_both(players: Players) -> None:
    id_ = players.refer("both")
    version = seen(players, id_)
    accept = partial(
        players.move, "coord1", id_, Event.ACCEPT, State.ACCEPTED, seen=version, **ACCEPT
    )
    cancel = partial(
        players.move, "gp1", id_, Event.CANCEL, State.CANCELLED, seen=version, reason="1"
    )
    assert lost(raced(accept, cancel)) == 1
    assert players.state(id_) in (State.ACCEPTED, State.CANCELLED)
    hold(players, id_)


def test_a_message_that_comes_twice_is_one(players: Players) -> None:
    """Without a version: whoever comes second finds it done, or is told that it is (409, 412)."""
    id_ = players.refer("replayed")
    body = players.house.client("coord1").get(f"Task/{id_}-task").json()
    body["businessStatus"] = business_status(State.INFO_REQUESTED)
    body["statusReason"] = {"text": "请补充心电图"}

    def put() -> None:
        with players.house.station.write(players.actor("coord1")) as work:
            save_all(work, [Draft(body, f"{id_}-task")])

    statuses = raced(put, put)
    assert statuses[0] == 200
    assert set(statuses) <= {200, 409, 412}
    assert [one.event for one in players.moves(id_)] == ["submit", "request-info"]
    hold(players, id_)


def test_the_same_referral_sent_twice_at_once_is_one(players: Players) -> None:
    assert raced(*[partial(players.refer, "twice")] * 2)[0] == 200
    assert [one.event for one in players.moves("twice")] == ["submit"]
    hold(players, "twice")


def played(players: Players, ids: Sequence[str], as_: str, seed: int) -> set[int]:
    """Somebody plays on his own, always on what he finds; the statuses that he met."""
    dice, met = random.Random(f"{as_}-{seed}"), set[int]()  # noqa: S311 - a game
    for _turn in range(12):
        id_ = dice.choice(ids)
        lines = [one for one in MOVES if one.source is players.state(id_)]
        if not lines:
            continue
        line = dice.choice(lines)
        try:
            players.play(as_, id_, line.event, line.target)
            met.add(200)
        except Refused as refused:
            met.add(refused.status)
    return met


@pytest.mark.parametrize("seed", range(2))
def test_four_play_at_once(players: Players, seed: int) -> None:
    ids = [players.refer(f"four-{seed}-{number}") for number in range(2)]
    names = ("gp1", "coord1", "coord2", "platform")
    with ThreadPoolExecutor(len(names)) as pool:
        met = set[int]().union(*pool.map(lambda name: played(players, ids, name, seed), names))
    assert met <= {200, 403, 404, 409, 412, 422}
    assert 200 in met
    for id_ in ids:
        hold(players, id_)
    one_of_each(players, ids)
    the_same_again(players, ids)


def test_the_clock_and_the_coordinator_at_once(players: Players) -> None:
    id_ = players.refer("late")
    players.house.clock.advance(days=3)
    version = seen(players, id_)
    accept = partial(
        players.move, "coord1", id_, Event.ACCEPT, State.ACCEPTED, seen=version, **ACCEPT
    )
    statuses = raced(accept, players.tick)
    assert statuses == [200, 200] or lost(statuses) == 1
    assert players.state(id_) in (State.ACCEPTED, State.SUBMITTED, State.EXPIRED)
    hold(players, id_)
