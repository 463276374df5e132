"""How pages word a referral's time, state and urgency: text (Chinese) and badge. Pure."""

from typing import Final

from kernel.clock import SECOND, Instant
from kernel.messages import Message, _
from records.api import catalogue
from referral.states import STATE_TITLES, State

_MINUTE: Final = 60 * SECOND
_HOUR: Final = 60 * _MINUTE
_DAY: Final = 24 * _HOUR
_MINUTES: Final = _("%(n)s 分钟")
_HOURS: Final = _("%(n)s 小时")
_HOURS_MINUTES: Final = _("%(n)s 小时 %(rest)s 分钟")
_DAYS: Final = _("%(n)s 天")
_DAYS_HOURS: Final = _("%(n)s 天 %(rest)s 小时")
_LEFT: Final = _("还有 %(span)s")
_LATE: Final = _("超时 %(span)s")
_URGENCY_BADGES: Final = {"emergency": "overdue", "urgent": "alert", "routine": "neutral"}
_STATE_BADGES: Final = {
    State.SUBMITTED: "due",
    State.INFO_REQUESTED: "alert",
    State.ACCEPTED: "info",
    State.REJECTED: "overdue",
    State.SCHEDULED: "info",
    State.NO_SHOW: "alert",
    State.ARRIVED: "info",
    State.IN_CARE: "info",
    State.FEEDBACK_SENT: "ok",
    State.BACK_OFFERED: "due",
    State.BACK_ACCEPTED: "ok",
    State.FOLLOWED_UP: "ok",
    State.CLOSED: "ok",
    State.EXPIRED: "overdue",
}
Worded = tuple[str, str]
"""A text (Chinese) and the kind of its badge."""


def span_words(span: int) -> Message:
    """A span of time (microseconds, not negative) in words: two units at most, none rounded up."""
    minutes = span // _MINUTE
    if span < _HOUR:
        return Message(_MINUTES, n=minutes)
    if span < _DAY:
        return _two(_HOURS, _HOURS_MINUTES, *divmod(minutes, 60))
    return _two(_DAYS, _DAYS_HOURS, *divmod(span // _HOUR, 24))


def _two(whole: str, both: str, n: int, rest: int) -> Message:
    return Message(both, n=n, rest=rest) if rest else Message(whole, n=n)


def due_words(due_at: Instant | None, now: Instant, *, risk_at: Instant | None = None) -> Worded:
    """How much time is left until a deadline, or by how much it is overrun; empty for none.

    Its badge warns from `risk_at` on.
    """
    if due_at is None:
        return "", "neutral"
    if now >= due_at:
        return Message(_LATE, span=span_words(now - due_at)), "overdue"
    at_risk = risk_at is not None and now >= risk_at
    return Message(_LEFT, span=span_words(due_at - now)), "due" if at_risk else "neutral"


def urgency_words(urgency: str) -> Worded:
    """How urgent a referral is."""
    title = catalogue.title("referral-urgency", urgency)
    return title, _URGENCY_BADGES.get(urgency, "neutral")


def state_words(state: State) -> Worded:
    """Where a referral stands."""
    return STATE_TITLES[state], _STATE_BADGES.get(state, "neutral")
