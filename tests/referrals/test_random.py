"""Several people play random moves, legal ones and others, on several referrals, while time passes.

A model that knows nothing but the table of the domain (tests/referrals/legal.py) says what may
happen; after every step everything that has to be true of a referral is looked at.
"""

import itertools
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, ClassVar

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    initialize,
    rule,
    run_state_machine_as_test,
)

from kernel.errors import Refused
from referral.states import MOVES, Event, State
from tests.referrals.invariants import hold, one_of_each, the_same_again
from tests.referrals.legal import LEGAL, SIGNED, sides
from tests.referrals.playing import GP, GP2, Players, departments
from tests.support.house import OpenHouse

ACTORS = ("gp1", "gp2", "head1", "nurse1", "coord1", "coord2")
PAIRS = sorted({(one.event, one.target) for one in MOVES})
FOLLOWED = {one[0] for one in LEGAL if one[1] == "follow-up"}
KNOWN = {"1", "5", "6"}
"""Findings after which nothing more is asked; so is a second 3 (chronic-disease.md §1.6)."""
LIFE = settings(
    max_examples=6,
    stateful_step_count=30,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=list(HealthCheck),
)


@dataclass
class Model:
    """What a referral has to be by the table alone."""

    id: str
    community: str
    state: str
    hospital: str = "hospital-1"
    offered_from: str = ""
    died: bool = False


def tried(act: Callable[[], object]) -> int:
    """The status of what somebody tries: 200 where it was done."""
    try:
        act()
    except Refused as refused:
        return refused.status
    return 200


class Play(RuleBasedStateMachine):
    """The players. Every example begins referrals of its own at the station that all share."""

    players: ClassVar[Players]
    numbers: ClassVar[Any] = itertools.count()
    referrals = Bundle("referrals")

    def __init__(self) -> None:
        super().__init__()
        self.players.house.known_tokens.clear()  # they live for a year, and time passes here
        self.mine: dict[str, Model] = {}

    def _look(self, *ids: str) -> None:
        for id_ in ids or self.mine:
            hold(self.players, id_)
            assert self.players.state(id_) == self.mine[id_].state, self.mine[id_]

    @initialize(target=referrals)
    def first(self) -> Model:
        return self._begun("gp1", "routine", sent=True)

    @rule(
        target=referrals,
        doctor=st.sampled_from(["gp1", "gp2"]),
        urgency=st.sampled_from(["routine", "urgent", "emergency"]),
        sent=st.booleans(),
    )
    def refer(self, doctor: str, urgency: str, sent: bool) -> Model:
        return self._begun(doctor, urgency, sent=sent)

    def _begun(self, doctor: str, urgency: str, *, sent: bool) -> Model:
        id_ = f"played-{next(self.numbers)}"
        who, by = ("wang-xiaoming", GP) if doctor == "gp1" else ("zhao-lei", GP2)
        status = "active" if sent else "draft"
        self.players.refer(id_, who, as_=doctor, urgency=urgency, status=status, doctor=by)
        community = "station-1" if doctor == "gp1" else "station-2"
        self.mine[id_] = Model(id_, community, "submitted" if sent else "draft")
        self._look(id_)
        return self.mine[id_]

    @rule(
        one=referrals,
        as_=st.sampled_from(ACTORS),
        legal=st.booleans(),
        pick=st.integers(0, 1000),
    )
    def move(self, one: Model, as_: str, legal: bool, pick: int) -> None:
        """Somebody tries a move: one of the table's from this state, or any at all."""
        there = sorted({(x.event, x.target) for x in MOVES if x.source == one.state})
        event, target = (there or PAIRS)[pick % len(there or PAIRS)] if legal else PAIRS[
            pick % len(PAIRS)
        ]  # fmt: skip
        self._try(one, as_, event, target)

    def _try(self, one: Model, as_: str, event: Event, target: State) -> None:
        before, may = self.players.task(one.id), self._may(one, as_, event, target)
        repeats = self._repeats(one, as_, event, target)
        status = tried(partial(self.players.play, as_, one.id, event, target))
        if status == 200:
            assert may or repeats, (one, as_, event, target)
        else:
            assert status in (403, 404, 409, 422)
            assert not may, (one, as_, event, target, status)
            assert self.players.task(one.id) == before
        if may:
            self._follow(one, event, target)
        self._look(one.id)

    def _repeats(self, one: Model, as_: str, event: Event, target: State) -> bool:
        last = self.players.moves(one.id)[-1]
        who = self.players.actor(as_).practitioner_id
        return last.event == event and last.by_id == who and target == one.state

    def _may(self, one: Model, as_: str, event: Event, target: State) -> bool:
        if event is Event.DECLINE_BACK and target != one.offered_from:
            return False
        if target is State.PENDING_APPROVAL:
            target = State.SUBMITTED  # nobody has to approve it here
        if event is Event.FOLLOW_UP or (as_ == "nurse1" and event in SIGNED):
            return False
        who = sides(as_, one.community, one.hospital)
        return any((one.state, event, target, side) in LEGAL for side in who)

    def _follow(self, one: Model, event: Event, target: State) -> None:
        if event is Event.OFFER_BACK:
            one.offered_from = one.state
        if event in (Event.REDIRECT, Event.TRANSFER):
            one.hospital = "hospital-2" if one.hospital == "hospital-1" else "hospital-1"
        one.state = "submitted" if target is State.PENDING_APPROVAL else target.value

    @rule(one=referrals, as_=st.sampled_from(ACTORS), pick=st.integers(0, 1000))
    def move_too_late(self, one: Model, as_: str, pick: int) -> None:
        """Somebody moves what he saw a version ago."""
        task, version = self.players.task(one.id)
        there = [x for x in MOVES if x.source == one.state]
        if not there or version == 1 or as_ in ("gp1", "gp2", "head1", "nurse1"):
            return
        line = there[pick % len(there)]
        late = partial(self.players.move, as_, one.id, line.event, line.target)
        assert tried(partial(late, seen=version - 1)) in (403, 404, 412)
        assert self.players.task(one.id) == (task, version)

    @rule(
        one=referrals,
        finding=st.sampled_from(["1", "2", "3", "4", "5", "6"]),
        as_=st.sampled_from(["gp1", "gp2", "nurse1", "coord1"]),
    )
    def contact(self, one: Model, finding: str, as_: str) -> None:
        """Somebody of the station tells what he found out."""
        ours = "community" in sides(as_, one.community, one.hospital)
        if one.state == "draft" or as_ == "coord1" or not ours:
            told = tried(partial(self.players.follow_up, one.id, finding, as_=as_))
            assert told in (403, 404), (one, as_, told)
            return
        self.players.follow_up(one.id, finding, as_=as_)
        known = self.players.outcome_row(one.id).known
        assert known or finding not in KNOWN
        if known and one.state in FOLLOWED and not one.died:
            one.state = "followed-up"
        self._look(one.id)

    @rule(one=referrals, as_=st.sampled_from(["gp1", "gp2", "coord1", "coord2", "head1"]))
    def send_again(self, one: Model, as_: str) -> None:
        """A client saves the Task as it read it: nothing has moved."""
        answer = self.players.house.client(as_).get(f"Task/{one.id}-task")
        if answer.status_code == 200:
            sent = self.players.house.client(as_).put(f"Task/{one.id}-task", answer.json())
            assert sent.status_code == 200, sent.text
        else:
            assert answer.status_code == 404
        self._look(one.id)

    @rule(one=consumes(referrals), as_=st.sampled_from(["gp1", "gp2", "coord1"]))
    def tell_death(self, one: Model, as_: str) -> None:
        """The person has died, somebody says."""
        may = "community" in sides(as_, one.community, one.hospital)
        may = may and one.state not in ("closed",)
        step = partial(self.players.move, as_, one.id, Event.CANCEL, State.CANCELLED)
        status = tried(partial(step, reason="5"))
        assert status in ((200,) if may else (403, 404, 409)), (one, as_, status)
        if may:
            one.state, one.died = "cancelled", True
        self._look(one.id)

    @rule(hours=st.sampled_from([0.2, 1, 7, 26, 100, 400]))
    def pass_time(self, hours: float) -> None:
        """Time passes, and the clock's job runs."""
        house = self.players.house
        house.clock.advance(hours=hours)
        self.players.tick()
        now = house.clock.now()
        for id_, one in self.mine.items():
            row = self.players.row(id_)
            assert row.look_at is None or row.look_at > now, "what is overdue was left"
            if row.state != one.state:
                step = {("submitted", "expired"), ("scheduled", "no-show")}
                assert (one.state, row.state) in step
                one.state = row.state
        self._look()

    def teardown(self) -> None:
        if self.mine:
            one_of_each(self.players, list(self.mine))
            the_same_again(self.players, list(self.mine))


def test_whatever_anybody_does(house: OpenHouse) -> None:
    departments(house)

    class Here(Play):
        players = Players(house)

    run_state_machine_as_test(Here, settings=LIFE)
