"""Which move a changed Task asks for, and whether the table allows it."""

from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from kernel.errors import Refused, conflict, forbidden
from kernel.messages import Message, _, joined
from kernel.security.actor import Actor
from records.api import codes_of, extension_value, id_of
from referral.codes import CANCEL_REASONS, EVENT
from referral.moving.sides import may_sign, owner_side, sides_of
from referral.states import (
    DEATH,
    EVENT_TITLES,
    MOVES,
    SIDE_TITLES,
    STATE_TITLES,
    Event,
    Move,
    Side,
    State,
    find_moves,
)
from referral.task import (
    Facts,
    appointment_of,
    department_of,
    is_settled,
    letters_of,
    moves_of,
    receiver_of,
    state_of,
)

Body = Mapping[str, Any]
_ILLEGAL: Final = _("转诊现在是“%(state)s”，不能%(event)s；可以：%(possible)s")
_NOTHING: Final = _("无")
_STRANGER: Final = _("“%(event)s”应由%(side)s办理")
_DOCTOR: Final = _("“%(event)s”应由医生或站长办理")
_UNKNOWN: Final = _("businessStatus 应是 nbphs3-referral-state 中的状态")
_CHANGE: Final = _("变更为“%(state)s”")


class Asked(NamedTuple):
    """A move that may be made, and the side on which the actor makes it."""

    move: Move
    side: Side


def asked_move(actor: Actor, before: Body, body: Body, facts: Facts) -> Asked | None:
    """The move that a Task asks for over the version before; None where it asks for none.

    Raises Refused: 409 (no such move from this state), 403 (the other side's, or a doctor's), 422
    (a state that there is not).
    """
    source, target = state_of(before), state_of(body)
    if target is None:
        raise Refused(422, conflict(_UNKNOWN, "Task.businessStatus", "code-invalid").issues)
    event = _named(body) or _silent(actor, before, body, facts)
    if source is target and event is None:
        return None
    found = find_moves(source, target, event) or _death(source, target, body)
    if not found and source is target and _made(actor, before, event):
        return None  # the message was sent twice: what it asks for is done
    return allowed(actor, found, facts, about=(source, target, event))


def allowed(
    actor: Actor,
    found: list[Move],
    facts: Facts,
    *,
    about: tuple[State | None, State, Event | None],
) -> Asked:
    """The first of these moves that the actor may make. Raises Refused (403, 409)."""
    sides = sides_of(actor, facts)
    if not found:
        raise conflict(_illegal(*about, sides), "Task.businessStatus", "business-rule")
    for move in found:
        for side in (one for one in Side if one in move.sides & sides):
            if not may_sign(actor, move.event):
                title = EVENT_TITLES[move.event]
                raise forbidden(Message(_DOCTOR, event=title), "Task.businessStatus")
            return Asked(move, side)
    whose = joined([SIDE_TITLES[one] for one in sorted(found[0].sides)])
    text = Message(_STRANGER, event=EVENT_TITLES[found[0].event], side=whose)
    raise forbidden(text, "Task.businessStatus")


def _illegal(
    source: State | None, target: State, event: Event | None, sides: frozenset[Side]
) -> Message:
    possible = dict.fromkeys(
        EVENT_TITLES[one.event] for one in MOVES if one.source is source and one.sides & sides
    )
    wanted = EVENT_TITLES[event] if event else Message(_CHANGE, state=STATE_TITLES[target])
    return Message(
        _ILLEGAL,
        state=STATE_TITLES[source] if source else _NOTHING,
        event=wanted,
        possible=joined(possible) if possible else _NOTHING,
    )


def _made(actor: Actor, before: Body, event: Event | None) -> bool:
    """Whether the last move was this event, and this actor's."""
    last = moves_of(before)[-1]
    who = id_of(last.by, "Practitioner") or None
    same = (who, last.organisation_id) == (actor.practitioner_id, actor.organisation_id)
    return same and last.event is event


def _named(body: Body) -> Event | None:
    """The event that the client names; the stamp takes the name away again."""
    told = extension_value(body, EVENT, "valueCode")
    return Event(told) if told in set(Event) else None


def _death(source: State | None, target: State, body: Body) -> list[Move]:
    """Death cancels from any state that is not closed (§5)."""
    reasons = codes_of(body.get("statusReason"), CANCEL_REASONS)
    if target is not State.CANCELLED or DEATH not in reasons or source in (None, State.CLOSED):
        return []
    sides = frozenset({Side.COMMUNITY, Side.SYSTEM})
    return [Move(Event.CANCEL, source, State.CANCELLED, sides)]


def _silent(actor: Actor, before: Body, body: Body, facts: Facts) -> Event | None:
    """What a change that leaves the state as it is means."""
    state = state_of(body)
    if state is None or state_of(before) is not state:
        return None
    died = DEATH in codes_of(body.get("statusReason"), CANCEL_REASONS)
    if died and state is State.CANCELLED and not is_settled(moves_of(before)):
        return Event.CANCEL
    receiver, department = receiver_of(body), department_of(body)
    if (receiver and receiver != facts.hospital_id) or (
        department and department != facts.department_id
    ):
        return Event.REDIRECT
    if appointment_of(body) != facts.appointment_id:
        return Event.REBOOK
    if set(letters_of(body)) - set(letters_of(before)):
        return Event.SEND_OUTCOME
    person = id_of(body.get("owner"), "Practitioner")
    taken = person and person != id_of(before.get("owner"), "Practitioner")
    # An owner of the other side is what an older message still says.
    return Event.CLAIM if taken and owner_side(state) in sides_of(actor, facts) else None
