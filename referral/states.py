"""The states of a referral and its legal moves: one table (referral.md §5). Pure.

A move is an event; whoever may act is one of two sides, a station's head, or the system. The table
is what the pages offer, what the write path judges by and what the property test plays against.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from kernel.messages import _


class State(StrEnum):
    """Where a referral stands; a code of `nbphs3-referral-state`."""

    DRAFT = "draft"
    PENDING_APPROVAL = "pending-approval"
    SUBMITTED = "submitted"
    INFO_REQUESTED = "info-requested"
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    SCHEDULED = "scheduled"
    ARRIVED = "arrived"
    NO_SHOW = "no-show"
    IN_CARE = "in-care"
    FEEDBACK_SENT = "feedback-sent"
    BACK_OFFERED = "back-offered"
    BACK_ACCEPTED = "back-accepted"
    FOLLOWED_UP = "followed-up"
    CLOSED = "closed"
    CANCELLED = "cancelled"
    EXPIRED = "expired"


class Event(StrEnum):
    """What moves a referral; a code of `nbphs3-referral-event`."""

    CREATE = "create"
    SUBMIT = "submit"
    APPROVE = "approve"
    RETURN = "return"
    REQUEST_INFO = "request-info"
    SUPPLY = "supply"
    ACCEPT = "accept"
    REJECT = "reject"
    REDIRECT = "redirect"
    CANCEL = "cancel"
    BOOK = "book"
    REBOOK = "rebook"
    ARRIVE = "arrive"
    EMERGENCY_OVERRIDE = "emergency-override"
    NO_SHOW = "no-show"
    START = "start"
    TRANSFER = "transfer"
    SEND_OUTCOME = "send-outcome"
    OFFER_BACK = "offer-back"
    ACCEPT_BACK = "accept-back"
    DECLINE_BACK = "decline-back"
    FOLLOW_UP = "follow-up"
    ACKNOWLEDGE = "acknowledge"
    CLOSE_WITHOUT_LETTER = "close-without-letter"
    RESEND = "resend"
    CLAIM = "claim"
    ESCALATE = "escalate"
    EXPIRE = "expire"


class Side(StrEnum):
    """Who acts: the community's doctors, the station's head, the hospital's office, the system."""

    COMMUNITY = "community"
    HEAD = "head"
    HOSPITAL = "hospital"
    SYSTEM = "system"


class Need(StrEnum):
    """What a move has to say."""

    REASON = "reason"
    TEXT = "text"
    DEPARTMENT = "department"
    PERSON = "person"
    APPOINTMENT = "appointment"
    LETTER = "letter"
    RECEIVER = "receiver"


@dataclass(frozen=True, slots=True)
class Move:
    """A line of the table: an event that leads from a state to another, who may, what it needs."""

    event: Event
    source: State | None
    target: State
    sides: frozenset[Side]
    needs: frozenset[Need] = frozenset()


LIVE: Final = frozenset(State) - {State.CLOSED, State.CANCELLED}
"""States in which the referral itself goes on, or still waits for its outcome."""
ENDED: Final = frozenset({State.REJECTED, State.CANCELLED, State.EXPIRED, State.CLOSED})
"""Terminal for the hospital's side; none of them ends the station's duty to follow up."""
WAITING: Final = frozenset({State.SUBMITTED, State.INFO_REQUESTED, State.ACCEPTED})
COMING: Final = frozenset(
    {State.SUBMITTED, State.INFO_REQUESTED, State.ACCEPTED, State.SCHEDULED, State.NO_SHOW}
)
"""Sent, and the person has not come yet."""
AT_HOSPITAL: Final = frozenset({State.ARRIVED, State.IN_CARE, State.FEEDBACK_SENT})
UNSENT: Final = frozenset({State.DRAFT, State.PENDING_APPROVAL})

_C, _H, _HEAD, _SYSTEM = Side.COMMUNITY, Side.HOSPITAL, Side.HEAD, Side.SYSTEM
_REASON, _TEXT, _LETTER, _PERSON = Need.REASON, Need.TEXT, Need.LETTER, Need.PERSON


def _lines(
    event: Event,
    sources: Iterable[State | None],
    target: State | None,
    sides: Iterable[Side],
    *needs: Need,
) -> Iterator[Move]:
    """One line a source, in the order of the states; without a target it stays as it is."""
    given = set(sources)
    for source in (one for one in (None, *State) if one in given):
        to = target or source
        if to is not None:
            yield Move(event, source, to, frozenset(sides), frozenset(needs))


S = State
OWNERS: Final = {
    **dict.fromkeys(
        (
            S.DRAFT, S.INFO_REQUESTED, S.NO_SHOW, S.FEEDBACK_SENT, S.BACK_OFFERED, S.BACK_ACCEPTED,
            S.FOLLOWED_UP, S.REJECTED, S.EXPIRED, S.CANCELLED,
        ),
        Side.COMMUNITY,
    ),
    S.PENDING_APPROVAL: Side.HEAD,
    **dict.fromkeys(
        (S.SUBMITTED, S.ACCEPTED, S.SCHEDULED, S.ARRIVED, S.IN_CARE), Side.HOSPITAL
    ),
}  # fmt: skip
"""On whose list a referral stands; a closed one on nobody's."""

MOVES: Final = (
    *_lines(Event.CREATE, (None,), S.DRAFT, {_C}),
    *_lines(Event.SUBMIT, (None, S.DRAFT), S.SUBMITTED, {_C}),
    *_lines(Event.SUBMIT, (None, S.DRAFT), S.PENDING_APPROVAL, {_C}),
    *_lines(Event.APPROVE, (S.PENDING_APPROVAL,), S.SUBMITTED, {_HEAD}),
    *_lines(Event.RETURN, (S.PENDING_APPROVAL,), S.DRAFT, {_HEAD}, _TEXT),
    *_lines(Event.REQUEST_INFO, (S.SUBMITTED,), S.INFO_REQUESTED, {_H}, _TEXT),
    *_lines(Event.SUPPLY, (S.INFO_REQUESTED,), S.SUBMITTED, {_C}, _TEXT),
    *_lines(Event.ACCEPT, (S.SUBMITTED,), S.ACCEPTED, {_H}, Need.DEPARTMENT, _PERSON),
    *_lines(Event.REJECT, (S.SUBMITTED,), S.REJECTED, {_H}, _REASON),
    *_lines(Event.REDIRECT, WAITING - {S.SUBMITTED}, S.SUBMITTED, {_H}, Need.RECEIVER, _TEXT),
    *_lines(Event.REDIRECT, (S.SUBMITTED,), None, {_H}, Need.RECEIVER, _TEXT),
    *_lines(Event.CANCEL, COMING, S.CANCELLED, {_C}, _REASON),
    *_lines(Event.BOOK, (S.ACCEPTED,), S.SCHEDULED, {_H}, Need.APPOINTMENT),
    *_lines(Event.REBOOK, (S.NO_SHOW,), S.SCHEDULED, {_H}, Need.APPOINTMENT),
    *_lines(Event.REBOOK, (S.SCHEDULED,), None, {_H}, Need.APPOINTMENT),
    *_lines(Event.ARRIVE, (S.ACCEPTED, S.SCHEDULED, S.NO_SHOW), S.ARRIVED, {_H}),
    *_lines(Event.EMERGENCY_OVERRIDE, (S.SUBMITTED, S.INFO_REQUESTED), S.ARRIVED, {_H}),
    *_lines(Event.NO_SHOW, (S.SCHEDULED,), S.NO_SHOW, {_H, _SYSTEM}),
    *_lines(Event.START, (S.ARRIVED,), S.IN_CARE, {_H}),
    *_lines(Event.TRANSFER, (S.ARRIVED, S.IN_CARE), S.SUBMITTED, {_H}, Need.RECEIVER, _TEXT),
    *_lines(Event.SEND_OUTCOME, (S.IN_CARE,), S.FEEDBACK_SENT, {_H}, _LETTER),
    *_lines(
        Event.SEND_OUTCOME,
        (S.FEEDBACK_SENT, S.BACK_OFFERED, S.BACK_ACCEPTED, S.FOLLOWED_UP, S.CLOSED),
        None, {_H}, _LETTER,
    ),
    *_lines(Event.OFFER_BACK, (None,), S.BACK_OFFERED, {_H}, _REASON),
    *_lines(
        Event.OFFER_BACK, (S.IN_CARE, S.FEEDBACK_SENT), S.BACK_OFFERED, {_H}, _REASON, _LETTER
    ),
    *_lines(Event.ACCEPT_BACK, (S.BACK_OFFERED,), S.BACK_ACCEPTED, {_C}, _PERSON),
    *_lines(Event.DECLINE_BACK, (S.BACK_OFFERED,), S.IN_CARE, {_C}, _REASON),
    *_lines(Event.DECLINE_BACK, (S.BACK_OFFERED,), S.FEEDBACK_SENT, {_C}, _REASON),
    *_lines(
        Event.FOLLOW_UP, LIVE - UNSENT - {S.FOLLOWED_UP} | {S.CANCELLED}, S.FOLLOWED_UP, {_SYSTEM}
    ),
    *_lines(Event.ACKNOWLEDGE, (S.FOLLOWED_UP,), S.CLOSED, {_C}),
    *_lines(Event.CLOSE_WITHOUT_LETTER, (S.FOLLOWED_UP,), S.CLOSED, {_C}),
    *_lines(Event.RESEND, (S.REJECTED,), None, {_C}),
    *_lines(Event.CLAIM, LIVE - UNSENT - ENDED, None, {_C, _H}, _PERSON),
    *_lines(Event.ESCALATE, OWNERS, None, {_SYSTEM}),
    *_lines(Event.EXPIRE, (S.SUBMITTED,), S.EXPIRED, {_SYSTEM}),
)  # fmt: skip
"""All legal moves. `follow-up` is the system's: the outcome's own Task makes it, when the community
has found it out. Death is no line: it cancels from any state (`DEATH`)."""

DEATH: Final = "5"
"""The cancel reason 死亡: from any state that is not closed, by the community or the system; the
only thing that ends the outcome follow-up without an outcome (§5)."""

EVENT_TITLES: Final = {
    Event.CREATE: _("建立转诊"),
    Event.SUBMIT: _("提交转诊"),
    Event.APPROVE: _("审核通过"),
    Event.RETURN: _("退回修改"),
    Event.REQUEST_INFO: _("要求补充资料"),
    Event.SUPPLY: _("补充资料"),
    Event.ACCEPT: _("接收"),
    Event.REJECT: _("拒绝接收"),
    Event.REDIRECT: _("改派"),
    Event.CANCEL: _("撤销转诊"),
    Event.BOOK: _("预约"),
    Event.REBOOK: _("改约"),
    Event.ARRIVE: _("登记到诊"),
    Event.EMERGENCY_OVERRIDE: _("急诊直接到诊"),
    Event.NO_SHOW: _("登记未到诊"),
    Event.START: _("开始诊疗"),
    Event.TRANSFER: _("转往其他医院"),
    Event.SEND_OUTCOME: _("发送诊疗反馈"),
    Event.OFFER_BACK: _("转回社区"),
    Event.ACCEPT_BACK: _("接回"),
    Event.DECLINE_BACK: _("不能接回"),
    Event.FOLLOW_UP: _("随访转诊结果"),
    Event.ACKNOWLEDGE: _("确认并闭环"),
    Event.CLOSE_WITHOUT_LETTER: _("未回执闭环"),
    Event.RESEND: _("重新转诊"),
    Event.CLAIM: _("认领"),
    Event.ESCALATE: _("超时升级"),
    Event.EXPIRE: _("超时关闭"),
}
STATE_TITLES: Final = {
    S.DRAFT: _("草稿"),
    S.PENDING_APPROVAL: _("待机构审核"),
    S.SUBMITTED: _("待接收"),
    S.INFO_REQUESTED: _("待补充资料"),
    S.ACCEPTED: _("已接收"),
    S.REJECTED: _("已拒绝"),
    S.SCHEDULED: _("已预约"),
    S.ARRIVED: _("已到诊"),
    S.NO_SHOW: _("未到诊"),
    S.IN_CARE: _("诊疗中"),
    S.FEEDBACK_SENT: _("已反馈"),
    S.BACK_OFFERED: _("待接回"),
    S.BACK_ACCEPTED: _("已接回"),
    S.FOLLOWED_UP: _("已随访"),
    S.CLOSED: _("已闭环"),
    S.CANCELLED: _("已撤销"),
    S.EXPIRED: _("超时关闭"),
}
SIDE_TITLES: Final = {
    Side.COMMUNITY: _("社区"),
    Side.HEAD: _("站长"),
    Side.HOSPITAL: _("接收医院"),
    Side.SYSTEM: _("系统"),
}


def moves_from(state: State | None, sides: Iterable[Side]) -> list[Move]:
    """What somebody on these sides may do in a state, in the order of the table."""
    acting = set(sides)
    return [one for one in MOVES if one.source is state and one.sides & acting]


def find_moves(state: State | None, target: State, event: Event | None = None) -> list[Move]:
    """The lines that lead from a state to another, of one event where it is named."""
    return [
        one
        for one in MOVES
        if one.source is state and one.target is target and event in (None, one.event)
    ]
