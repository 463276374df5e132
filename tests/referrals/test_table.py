"""The table of moves (referral.md §5): what it says, who may do what, and that nobody does else.

What is legal is written down once more, by hand, in tests/referrals/legal.py.
"""

from typing import Any, Final, NoReturn

import pytest
from sqlalchemy import func, select

from kernel.db.tables import fhir_resource
from kernel.errors import Refused
from kernel.values.dated import ALWAYS, Dated
from referral.moving.asking import asked_move
from referral.moving.services import Step, move, stepped
from referral.states import MOVES, OWNERS, Event, State
from referral.task import facts_of
from tests.referrals.legal import LEGAL, SIDES, known, lawful
from tests.referrals.playing import Players, departments
from tests.support.house import ON_SQLITE, OpenHouse

PAIRS: Final = sorted({(one.event, one.target) for one in MOVES})


def repeated(players: Players, as_: str, state: State, event: Event, target: State) -> bool:
    """Whether somebody asks once more for the move that he has just made: it is done."""
    if target is not state:
        return False
    last, actor = players.moves(state.value)[-1], players.actor(as_)
    same = (last.by_id, last.organisation_id) == (
        actor.practitioner_id,
        actor.organisation_id or None,
    )
    return same and last.event == event


def test_the_table_is_the_one_of_the_domain() -> None:
    told = {
        (one.source or "none", one.event, one.target, side) for one in MOVES for side in one.sides
    }
    assert told == LEGAL


def test_whatever_is_not_closed_has_one_owner() -> None:
    assert set(OWNERS) == set(State) - {State.CLOSED}


@pytest.fixture(scope="module")
def everywhere(house: OpenHouse) -> Players:
    """A referral in every state; its id is the state's name."""
    departments(house)
    players = Players(house)
    for state in State:
        if state is State.PENDING_APPROVAL:
            with pytest.MonkeyPatch.context() as patch:
                needed = Dated(((ALWAYS, True),))
                patch.setattr("referral.moving.judging.APPROVAL_NEEDED", needed)
                players.refer(state.value)
        elif state is not State.EXPIRED:
            players.bring(players.refer(state.value, status="draft"), state)
    return players


@ON_SQLITE
@pytest.mark.parametrize("as_", SIDES)
def test_who_may_ask_for_what(everywhere: Players, as_: str) -> None:
    """Every state, event and target: what is no line is a conflict, what is the others' refused."""
    actor = everywhere.actor(as_)
    for state in set(State) - {State.EXPIRED}:
        body, _version = everywhere.task(state.value)
        for event, target in PAIRS:
            asked = stepped(body, Step(event, target))
            if lawful(as_, state, event, target):
                found = asked_move(actor, body, asked, facts_of(body))
                assert found is not None
                assert (found.move.event, found.move.target) == (event, target)
                assert found.side in SIDES[as_]
                continue
            if not known(state, event, target) and repeated(everywhere, as_, state, event, target):
                assert asked_move(actor, body, asked, facts_of(body)) is None
                continue
            with pytest.raises(Refused) as caught:
                asked_move(actor, body, asked, facts_of(body))
            wanted = 403 if known(state, event, target) else 409
            assert caught.value.status == wanted, (state, event, target, str(caught.value))


class UndoneError(Exception):
    """Takes back what a block has written."""


def tried(players: Players, as_: str, state: State, event: Event, target: State) -> int:
    """The status of a move that is tried and taken back; 200 where it was made."""
    task, _version = players.task(state.value)
    step, beside = players.whole(task, state.value, event, target)
    try:
        with players.house.station.write(players.actor(as_)) as work:
            move(work, state.value, step, beside=beside)
            raise_undone()
    except UndoneError:
        return 200
    except Refused as refused:
        return refused.status
    return 0


def raise_undone() -> NoReturn:
    """Take back what the block around it has written."""
    raise UndoneError


def written(house: OpenHouse) -> Any:
    """How many resources and versions there are."""
    head = fhir_resource.c
    with house.database.reading() as connection:
        return connection.execute(select(func.count(), func.sum(head.version))).one()


@ON_SQLITE
@pytest.mark.parametrize("as_", SIDES)
def test_who_makes_which_move(everywhere: Players, as_: str) -> None:
    """Every legal move of anybody, and one that nobody may, tried in every state by everybody."""
    house, before = everywhere.house, written(everywhere.house)
    for state in set(State) - {State.EXPIRED}:
        lines = [(one.event, one.target) for one in MOVES if one.source is state]
        nobody = next(one for one in PAIRS if not known(state, *one) and one[1] is not state)
        for event, target in (*lines, nobody):
            status = tried(everywhere, as_, state, event, target)
            may = lawful(as_, state, event, target) and not _elsewhere(state, event, target)
            assert status in ((200,) if may else (403, 404, 409, 422)), (state, event, target)
    assert written(house) == before


def _elsewhere(state: State, event: Event, target: State) -> bool:
    """What its own task makes (the outcome), and a way back to where it was not offered from."""
    returned = state is State.BACK_OFFERED and target is State.FEEDBACK_SENT
    return event is Event.FOLLOW_UP or (event is Event.DECLINE_BACK and returned)
