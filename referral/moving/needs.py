"""What a move has to say, and what is missing of it: all faults at once."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple

from kernel.errors import Issue, Refused
from kernel.messages import Message, _, joined
from kernel.work import ReadWork
from records.api import catalogue, codes_of, id_of
from referral.codes import (
    BACK_DECLINE_REASONS,
    CANCEL_REASONS,
    INDICATIONS,
    REJECT_REASONS,
)
from referral.indications.queries import known_indications
from referral.states import EVENT_TITLES, Event, Move, Need, State
from referral.task import (
    Facts,
    Moved,
    appointment_of,
    department_of,
    instant,
    letters_of,
    moves_of,
    receiver_of,
)

Body = Mapping[str, Any]
REASONS: Final = {
    Event.REJECT: REJECT_REASONS,
    Event.CANCEL: CANCEL_REASONS,
    Event.DECLINE_BACK: BACK_DECLINE_REASONS,
    Event.OFFER_BACK: INDICATIONS,
}
"""The code system of the reason of a move."""
_NEEDED: Final = {
    Need.TEXT: ("statusReason.text", _("请写明说明")),
    Need.DEPARTMENT: ("extension", _("请选择接收科室")),
    Need.PERSON: ("owner", _("请写明由谁负责（owner 应为 Practitioner 的引用）")),
    Need.APPOINTMENT: ("output", _("请选择预约时间（output 应有一个已预约的 Appointment）")),
    Need.LETTER: ("output", _("请附诊疗反馈（output 应有回转单、出院小结或其他文档）")),
    Need.RECEIVER: ("extension", _("请选择改派到的医院或科室")),
}
_REASON: Final = _("请选择%(event)s的原因（%(codes)s）")
_OTHER: Final = _("原因为“%(reason)s”时请写明说明")
_WORDS: Final = {
    (Event.REJECT, "5"), (Event.REJECT, "9"), (Event.CANCEL, "9"), (Event.DECLINE_BACK, "9"),
}  # fmt: skip
"""Reasons that want words beside the code: 建议转其他机构（指明）, 其他."""
_SENDING: Final = frozenset({Event.SEND_OUTCOME, Event.OFFER_BACK})


def reason_of(move: Move, body: Body) -> str:
    """The code of the reason that a Task gives for a move; empty for none."""
    system = REASONS.get(move.event)
    return next(iter(codes_of(body.get("statusReason"), system)), "") if system else ""


def text_of(body: Body) -> str:
    """The words beside a move."""
    return str((body.get("statusReason") or {}).get("text", "")).strip()


class Said(NamedTuple):
    """A Task before and as it is asked for, what was known, and the Appointment that it names."""

    before: Body
    body: Body
    facts: Facts
    appointment: Body | None


def refuse_incomplete(work: ReadWork, move: Move, said: Said) -> None:
    """Refuse (422) a move that does not say what it has to; every fault is named."""
    faults = list(_faults(work, move, said))
    if faults:
        raise Refused(422, faults)


def _faults(work: ReadWork, move: Move, said: Said) -> Iterator[Issue]:
    body = said.body
    if Need.REASON in move.needs:
        yield from _reason_faults(work, move, body)
    given = {
        Need.TEXT: text_of(body),
        Need.DEPARTMENT: department_of(body) or said.facts.department_id,
        Need.PERSON: id_of(body.get("owner"), "Practitioner") or work.actor.practitioner_id,
        Need.APPOINTMENT: _booked(body, said.facts, said.appointment),
        Need.LETTER: _letter(move, said),
        Need.RECEIVER: _elsewhere(move, body, said.facts),
    }
    for need, (place, text) in _NEEDED.items():
        if need in move.needs and not given[need]:
            yield Issue("required", text, f"Task.{place}")


def _reason_faults(work: ReadWork, move: Move, body: Body) -> Iterator[Issue]:
    code, system = reason_of(move, body), REASONS[move.event]
    choices = dict(catalogue.choices(system.rpartition("nbphs3-")[2]))
    if move.event is Event.OFFER_BACK:  # the bureau may have added some
        choices |= known_indications(work)
    if code not in choices:
        listed = joined([f"{one} {title}" for one, title in choices.items()][:_SHOWN])
        text = Message(_REASON, event=EVENT_TITLES[move.event], codes=listed)
        yield Issue("required", text, "Task.statusReason")
    elif (move.event, code) in _WORDS and not text_of(body):
        text = Message(_OTHER, reason=choices[code])
        yield Issue("required", text, "Task.statusReason.text")


_SHOWN: Final = 9


def _booked(body: Body, facts: Facts, appointment: Body | None) -> bool:
    """Whether another Appointment is named than the one that was missed, or it has a new time."""
    if not appointment_of(body) or appointment is None:
        return False
    start = instant(appointment.get("start"))
    return bool(start) and (appointment_of(body), start) != (
        facts.appointment_id,
        facts.appointment_at,
    )


def _letter(move: Move, said: Said) -> bool:
    """A letter; a second one where a first has been sent."""
    new = set(letters_of(said.body)) - set(letters_of(said.before))
    again = move.source is not move.target and has_letter(said.body, moves_of(said.before))
    return bool(new) or again


def has_letter(body: Body, moves: Sequence[Moved]) -> bool:
    """Whether the hospital where the person is now has sent a letter."""
    transfers = [n for n, one in enumerate(moves, 1) if one.event is Event.TRANSFER]
    since = transfers[-1] if transfers else 0
    sent = any(one.event in _SENDING for one in moves[since:])
    return bool(letters_of(body)) and (sent or not since)


def _elsewhere(move: Move, body: Body, facts: Facts) -> bool:
    receiver, department = receiver_of(body), department_of(body)
    if move.event is Event.TRANSFER:
        return bool(receiver) and receiver != facts.hospital_id
    other = bool(receiver) and receiver != facts.hospital_id
    return other or (bool(department) and department != facts.department_id)


def back_to(state: State | None) -> State:
    """Where a declined way back leads: to where it was offered from, at the hospital (§5)."""
    return state if state is State.FEEDBACK_SENT else State.IN_CARE
