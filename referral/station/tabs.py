"""The parts of a station's list: which referrals each of them has, as SQL."""

from collections.abc import Iterable
from enum import StrEnum
from typing import Final

from sqlalchemy import ColumnElement, and_, or_

from kernel.messages import _
from kernel.work import ReadWork
from referral.limits import end_of_day
from referral.moving.sides import owner_side
from referral.states import UNSENT, Side, State
from referral.tables import referral_case, referral_outcome

_case = referral_case.c
_outcome = referral_outcome.c


class Tab(StrEnum):
    """A part of the station's list."""

    WAITING = "waiting"
    SENT = "sent"
    BACK = "back"
    OUTCOME = "outcome"
    RISK = "risk"
    DRAFTS = "drafts"
    CLOSED = "closed"
    ALL = "all"


TAB_TITLES: Final = {
    Tab.WAITING: _("待处理"),
    Tab.SENT: _("已转出"),
    Tab.BACK: _("待接回、已转回"),
    Tab.OUTCOME: _("结果待随访"),
    Tab.RISK: _("有风险"),
    Tab.DRAFTS: _("草稿"),
    Tab.CLOSED: _("已闭环"),
    Tab.ALL: _("全部"),
}
_BACK: Final = (State.FEEDBACK_SENT, State.BACK_OFFERED, State.BACK_ACCEPTED)
_WITH_HOSPITAL: Final = [one for one in State if owner_side(one) is Side.HOSPITAL]


def clause_of(work: ReadWork, tab: Tab) -> ColumnElement[bool] | None:
    """Which of the station's referrals a tab has; None for all."""
    return {
        Tab.WAITING: and_(own_list(), _case.state != State.DRAFT.value),
        Tab.SENT: _in(_WITH_HOSPITAL),
        Tab.BACK: _in(_BACK),
        Tab.OUTCOME: _outcome.known.is_(False),
        Tab.RISK: at_risk(work),
        Tab.DRAFTS: _in(UNSENT),
        Tab.CLOSED: _case.open.is_(False),
        Tab.ALL: None,
    }[tab]


def own_list() -> ColumnElement[bool]:
    """Those on which the station has to act: its doctors, or its head."""
    return and_(_case.open.is_(True), _case.owner_side.in_([Side.COMMUNITY.value, Side.HEAD.value]))


def late(work: ReadWork) -> ColumnElement[bool]:
    """Those whose deadline has passed, whoever has to act."""
    return and_(_case.open.is_(True), _case.due_at <= work.now)


def at_risk(work: ReadWork) -> ColumnElement[bool]:
    """What is overdue, or becomes due today, or of which three quarters of the limit are over.

    It is what the head of a station looks through in the morning: of both sides' work, and the
    outcomes that have to be known today.
    """
    tonight = end_of_day(work.today)
    deadline = or_(_case.due_at <= tonight, _case.risk_at <= work.now)
    outcome = and_(_outcome.known.is_(False), _outcome.due_on <= work.today)
    return or_(and_(_case.open.is_(True), deadline), outcome)


def _in(states: Iterable[State]) -> ColumnElement[bool]:
    return _case.state.in_(sorted(one.value for one in states))
