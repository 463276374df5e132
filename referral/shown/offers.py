"""What somebody may do with a referral now: each legal move as a form with the fields it needs.

What may be done is the table's (`moves_from`); here stands only how it is asked.
"""

from dataclasses import dataclass
from typing import Final

from kernel.security.actor import Actor
from records.api import id_of
from referral.moving.needs import back_to
from referral.moving.sides import may_sign, owner_side
from referral.shown.case import Shown
from referral.states import Event, Move, Need, Side, State, moves_from
from referral.task import letters_of

REASON, TEXT, DEPARTMENT, SLOT, DAY, TIME = "reason", "text", "department", "slot", "day", "time"
PERSON, RECEIVER, UNTIL, INDICATED = "person", "receiver", "until", "indicated"
FIELDS: Final = {
    Event.APPROVE: (TEXT,),
    Event.RETURN: (TEXT,),
    Event.REQUEST_INFO: (TEXT,),
    Event.SUPPLY: (TEXT,),
    Event.ACCEPT: (DEPARTMENT, SLOT, DAY, TIME, TEXT),
    Event.REJECT: (REASON, TEXT),
    Event.REDIRECT: (RECEIVER, TEXT),
    Event.CANCEL: (REASON, TEXT),
    Event.BOOK: (SLOT, DAY, TIME, TEXT),
    Event.REBOOK: (SLOT, DAY, TIME, TEXT),
    Event.ARRIVE: (TEXT,),
    Event.EMERGENCY_OVERRIDE: (TEXT,),
    Event.NO_SHOW: (TEXT,),
    Event.START: (INDICATED, UNTIL, TEXT),
    Event.TRANSFER: (RECEIVER, TEXT),
    Event.ACCEPT_BACK: (PERSON, TEXT),
    Event.DECLINE_BACK: (REASON, TEXT),
    Event.ACKNOWLEDGE: (TEXT,),
    Event.CLOSE_WITHOUT_LETTER: (TEXT,),
    Event.CLAIM: (),
}
"""The moves that this page makes, and the fields of each form."""
LINKS: Final = {
    Event.SUBMIT: "edit",
    Event.SEND_OUTCOME: "letter",
    Event.OFFER_BACK: "letter",
}
"""The moves that have a page of their own, by the end of its address."""
_ORDER: Final = (
    Event.ACCEPT, Event.SUPPLY, Event.BOOK, Event.ARRIVE, Event.START, Event.APPROVE,
    Event.ACCEPT_BACK, Event.ACKNOWLEDGE, Event.CLOSE_WITHOUT_LETTER, Event.REBOOK,
    Event.EMERGENCY_OVERRIDE, Event.NO_SHOW, Event.REQUEST_INFO, Event.RETURN, Event.REDIRECT,
    Event.TRANSFER, Event.DECLINE_BACK, Event.REJECT, Event.CLAIM, Event.CANCEL,
)  # fmt: skip
"""The likely first, what ends a referral last."""
LIKELY: Final = frozenset(
    {
        Event.ACCEPT, Event.SUPPLY, Event.BOOK, Event.ARRIVE, Event.START, Event.APPROVE,
        Event.ACCEPT_BACK, Event.ACKNOWLEDGE, Event.CLOSE_WITHOUT_LETTER,
    }
)  # fmt: skip
"""What takes a referral on: the first of these is open, so that Enter makes it."""


@dataclass(frozen=True, slots=True)
class Offer:
    """A move as the page offers it; `needed` are the fields without which it is refused."""

    event: Event
    target: State
    fields: tuple[str, ...]
    needed: frozenset[str]


_NEEDED: Final = {
    Need.REASON: REASON,
    Need.TEXT: TEXT,
    Need.DEPARTMENT: DEPARTMENT,
    Need.RECEIVER: RECEIVER,
    Need.PERSON: PERSON,
}


def offers_of(actor: Actor, shown: Shown) -> list[Offer]:
    """The moves that the actor may make here now, the likely first."""
    found = {one.event: _offer(one) for one in _possible(actor, shown)}
    return [found[event] for event in _ORDER if event in found]


def links_of(actor: Actor, shown: Shown) -> list[Event]:
    """The moves that the actor may make on pages of their own."""
    return list(dict.fromkeys(one.event for one in _allowed(actor, shown) if one.event in LINKS))


def may_resend(actor: Actor, shown: Shown) -> bool:
    """Whether the actor may write it anew in place of this one, which was declined."""
    return any(one.event is Event.RESEND for one in _allowed(actor, shown))


def find_offer(shown: Shown, event: Event) -> Offer | None:
    """A move from the state that the referral is in, whoever may make it; None where there is none.

    The stamp judges who may, so that a stranger is told whose it is.
    """
    moves = [one for one in moves_from(shown.state, Side) if one.event is event]
    found = [one for one in moves if event in FIELDS and _fits(shown, one)]
    return _offer(found[0]) if found else None


def _possible(actor: Actor, shown: Shown) -> list[Move]:
    return [
        one
        for one in _allowed(actor, shown)
        if one.event in FIELDS
        and _fits(shown, one)
        and (one.event is not Event.CLAIM or _is_claimable(actor, shown))
    ]


def _is_claimable(actor: Actor, shown: Shown) -> bool:
    """Whether it stands on the list of the actor's side, and somebody else has it there."""
    owner = id_of(shown.task.get("owner"), "Practitioner")
    return owner_side(shown.state) in shown.sides and owner != actor.practitioner_id


def _allowed(actor: Actor, shown: Shown) -> list[Move]:
    moves = moves_from(shown.state, shown.sides)
    return [one for one in moves if may_sign(actor, one.event)]


def _fits(shown: Shown, move: Move) -> bool:
    """Of two lines of the table the one that the referral's own past leads to."""
    if move.event is Event.DECLINE_BACK:
        offered = next(one for one in reversed(shown.moves) if one.target is State.BACK_OFFERED)
        return move.target is back_to(offered.source)
    if move.event in (Event.ACKNOWLEDGE, Event.CLOSE_WITHOUT_LETTER):
        return (move.event is Event.ACKNOWLEDGE) == bool(letters_of(shown.task))
    return True


def _offer(move: Move) -> Offer:
    """A line of the table as a form."""
    needed = {_NEEDED[one] for one in move.needs if one in _NEEDED}
    fields = FIELDS[move.event]
    return Offer(move.event, move.target, fields, frozenset(needed & set(fields)))
