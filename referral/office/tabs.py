"""The parts of a hospital's list: which referrals each of them has, as SQL."""

from collections.abc import Sequence
from datetime import datetime, time, timedelta
from enum import StrEnum
from typing import Final

from sqlalchemy import ColumnElement, and_, or_

from kernel.clock import SHANGHAI, Instant, instant_of
from kernel.messages import _
from kernel.work import ReadWork
from referral.limits import end_of_day
from referral.states import AT_HOSPITAL, COMING, Side, State
from referral.tables import referral_case

_case = referral_case.c


class Tab(StrEnum):
    """A part of the hospital's list."""

    WAITING = "waiting"
    BOOKING = "booking"
    TODAY = "today"
    CARE = "care"
    LETTER = "letter"
    BACK = "back"
    RISK = "risk"
    ALL = "all"


TAB_TITLES: Final = {
    Tab.WAITING: _("待接收"),
    Tab.BOOKING: _("待预约"),
    Tab.TODAY: _("今日到诊"),
    Tab.CARE: _("诊疗中"),
    Tab.LETTER: _("待回单"),
    Tab.BACK: _("待社区接回"),
    Tab.RISK: _("有风险"),
    Tab.ALL: _("全部未结"),
}
STATES: Final = tuple(one for one in State if one in COMING | AT_HOSPITAL | {State.BACK_OFFERED})
"""The states of what has not ended for the hospital: on its own list, or on the community's."""
_TREATED: Final = (State.ARRIVED, State.IN_CARE)


def unended(work: ReadWork) -> ColumnElement[bool]:
    """The referrals to the actor's hospital that have not ended there."""
    return and_(
        _case.hospital_id == work.actor.organisation_id,
        _case.open.is_(True),
        _case.state.in_([state.value for state in STATES]),
    )


def own_list() -> ColumnElement[bool]:
    """Those on which the hospital has to act."""
    return _case.owner_side == Side.HOSPITAL.value


def clause_of(work: ReadWork, tab: Tab) -> ColumnElement[bool] | None:
    """Which of the `unended` ones a tab has; None for all."""
    if tab is Tab.ALL:
        return None
    return {
        Tab.WAITING: _in((State.SUBMITTED,)),
        Tab.BOOKING: _in((State.ACCEPTED,)),
        Tab.TODAY: _today(work),
        Tab.CARE: _in(_TREATED),
        Tab.LETTER: and_(_in(_TREATED), _case.due_at <= end_of_day(work.today)),
        Tab.BACK: _in((State.BACK_OFFERED,)),
        Tab.RISK: and_(own_list(), _case.risk_at <= work.now),
    }[tab]


def _in(states: Sequence[State]) -> ColumnElement[bool]:
    return _case.state.in_([state.value for state in states])


def _today(work: ReadWork) -> ColumnElement[bool]:
    """Who is expected today, and who has come today."""
    begin = _begin_of_today(work)
    end = begin + timedelta(days=1) // timedelta(microseconds=1)
    expected = and_(
        _in((State.SCHEDULED,)), _case.appointment_at >= begin, _case.appointment_at < end
    )
    return or_(expected, and_(_in(_TREATED), _case.arrived_at >= begin))


def _begin_of_today(work: ReadWork) -> Instant:
    return instant_of(datetime.combine(work.today, time(), SHANGHAI))
