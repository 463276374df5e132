"""Sending a letter: everything that belongs to it and the move, in one transaction."""

from typing import Final

from kernel.errors import forbidden
from kernel.messages import _
from kernel.work import ReadWork, Work
from records.api import author_of
from referral.letters.bodies import TITLES, Written, letter_drafts
from referral.letters.letter import Letter
from referral.moving.services import Step, get_task, move
from referral.moving.sides import sides_of
from referral.states import Event, Move, Side, State, moves_from
from referral.task import Facts, facts_of, state_of

_OTHERS: Final = _("诊疗反馈由接收医院的转诊办公室填写")
_LETTERS: Final = frozenset({Event.SEND_OUTCOME, Event.OFFER_BACK})


def letter_moves(state: State | None) -> list[Move]:
    """What a letter may do in a state: be sent, and offer the person back.

    Somebody who has arrived is taken into care by it.
    """
    begun = State.IN_CARE if state is State.ARRIVED else state
    return [one for one in moves_from(begun, {Side.HOSPITAL}) if one.event in _LETTERS]


def get_own(work: ReadWork, request_id: str) -> tuple[State | None, Facts, int]:
    """State, facts and version of a referral for the hospital that has it.

    Raises Refused: 404, 403 (for another hospital, or for the community).
    """
    task, version = get_task(work, request_id)
    facts = facts_of(task)
    if Side.HOSPITAL not in sides_of(work.actor, facts):
        raise forbidden(_OTHERS)
    return state_of(task), facts, version


def send_letter(
    work: Work, request_id: str, letter: Letter, *, id: str, seen: int | None = None
) -> str:
    """Send a letter as Composition `id`; with an indication the person is offered back.

    `seen` is the version of the Task that the form was shown for. Returns the Composition's id.
    Raises Refused: 404, 412 (moved meanwhile), 409 (no letter in this state), 403 (not theirs),
    422.
    """
    task, _version = get_task(work, request_id)
    state = state_of(task)
    if state is State.ARRIVED:
        move(work, request_id, Step(Event.START, State.IN_CARE), seen=seen)
        state, seen = State.IN_CARE, None
    author = author_of(work)
    by = Written(id, request_id, dict(task["for"]), author.doctor, author.station, author.at)
    drafts = letter_drafts(letter, by)
    title = str(TITLES[drafts[0].body["type"]["coding"][0]["code"]])
    outputs = ((f"Composition/{id}", title),)
    if letter.indication:
        step = Step(
            Event.OFFER_BACK,
            State.BACK_OFFERED,
            reason=letter.indication,
            text=letter.words,
            outputs=outputs,
            indicated=letter.indicated,
        )
    else:
        target = State.FEEDBACK_SENT if state in (None, State.IN_CARE) else state
        step = Step(Event.SEND_OUTCOME, target, outputs=outputs, indicated=letter.indicated)
    move(work, request_id, step, seen=seen, beside=drafts)
    return id
