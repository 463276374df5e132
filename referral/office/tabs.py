"""The parts of a hospital's list: which referrals each of them has, as SQL."""

from collections.abc import Iterable, Mapping
from datetime import datetime, time
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import BigInteger, ColumnElement, and_, bindparam, case, func, or_, true

from kernel.clock import SHANGHAI, instant_of
from kernel.messages import _
from kernel.work import ReadWork
from referral.limits import end_of_day
from referral.states import AT_HOSPITAL, COMING, Side, State
from referral.tables import referral_case

_case = referral_case.c
DUE: Final = case(
    (_case.state == State.SUBMITTED.value, func.coalesce(_case.answer_due_at, _case.due_at)),
    else_=_case.due_at,
)
"""By when the hospital has to act: what nobody answers has its limit, and expires only later."""


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


def _in(states: Iterable[State]) -> ColumnElement[bool]:
    return _case.state.in_(sorted(state.value for state in states))


def _at(name: str) -> ColumnElement[Any]:
    """An instant that is given when the statement is run (`binds`)."""
    return bindparam(name, value=None, type_=BigInteger(), required=False)


# Built once: putting them together takes longer than carrying them out.
UNENDED: Final = and_(
    _case.hospital_id == bindparam("office_hospital", value=None, required=False),
    _case.open.is_(True),
    _in(STATES),
)
"""The referrals to the actor's hospital that have not ended there."""
LATE: Final = _at("office_now") > DUE
"""The hospital should have acted before now."""
AT_RISK: Final = and_(_case.owner_side == Side.HOSPITAL.value, _case.risk_at <= _at("office_now"))
"""On the hospital's own list, and overdue or close to it."""
CLAUSES: Final[Mapping[Tab, ColumnElement[bool]]] = {
    Tab.WAITING: _in((State.SUBMITTED,)),
    Tab.BOOKING: _in((State.ACCEPTED,)),
    Tab.TODAY: or_(
        and_(
            _in((State.SCHEDULED,)),
            _case.appointment_at >= _at("office_morning"),
            _case.appointment_at <= _at("office_night"),
        ),
        and_(_in(_TREATED), _case.arrived_at >= _at("office_morning")),
    ),
    Tab.CARE: _in(_TREATED),
    Tab.LETTER: and_(_in(_TREATED), _case.due_at <= _at("office_night")),
    Tab.BACK: _in((State.BACK_OFFERED,)),
    Tab.RISK: AT_RISK,
    Tab.ALL: true(),
}
"""Which of the `UNENDED` ones a tab has."""


def binds(work: ReadWork) -> dict[str, Any]:
    """The values that statements over these clauses are run with."""
    return {
        "office_hospital": work.actor.organisation_id,
        "office_now": work.now,
        "office_morning": instant_of(datetime.combine(work.today, time(), SHANGHAI)),
        "office_night": end_of_day(work.today),
    }
