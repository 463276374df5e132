"""What the local alliance decides (referral.md §6, §10), and since when it holds.

All of it is TO CONFIRM but the 14 days of the outcome, which are national text. Changing a value
is adding a line with its date: a referral is judged by what held when it was submitted.
"""

from collections.abc import Mapping
from datetime import time
from fractions import Fraction
from typing import Final

from kernel.values.dated import ALWAYS, Dated
from referral.steps import Limit, Step, Unit, Urgency

Limits = Mapping[tuple[Step, Urgency], Limit]
"""The limit of a step, by how urgent the referral is."""


def _row(step: Step, emergency: Limit, urgent: Limit, routine: Limit) -> Limits:
    """A line of the table of §6, with its three columns."""
    return {
        (step, Urgency.EMERGENCY): emergency,
        (step, Urgency.URGENT): urgent,
        (step, Urgency.ROUTINE): routine,
    }


def _minutes(amount: int) -> Limit:
    return Limit(amount, Unit.MINUTES)


def _hours(amount: int) -> Limit:
    return Limit(amount, Unit.HOURS)


def _office(amount: int) -> Limit:
    return Limit(amount, Unit.OFFICE_HOURS)


def _working(amount: int) -> Limit:
    return Limit(amount, Unit.WORKING_DAYS)


def _days(amount: int) -> Limit:
    return Limit(amount, Unit.DAYS)


_LIMITS: Final[Limits] = {
    **_row(Step.SUBMIT, _minutes(30), _office(2), _days(0)),
    **_row(Step.ANSWER, _hours(1), _office(4), _working(1)),
    **_row(Step.ESCALATE, _minutes(15), _office(4), _working(1)),
    **_row(Step.EXPIRE, _hours(24), _office(8), _working(2)),
    **_row(Step.APPOINT, _minutes(15), _working(2), _days(7)),
    **_row(Step.NO_SHOW, _hours(24), _hours(24), _hours(24)),
    **_row(Step.ARRIVAL_CHECK, _days(0), _days(1), _days(1)),
    **_row(Step.RETURN, _hours(24), _working(1), _working(3)),
    **_row(Step.BACK_ANSWER, _working(1), _working(1), _working(2)),
    **_row(Step.FIRST_CONTACT, _hours(24), _days(3), _days(7)),
    **_row(Step.OUTCOME, _days(14), _days(14), _days(14)),
    **_row(Step.SLIP, _hours(24), _hours(24), _hours(24)),
}
LIMITS: Final[Dated[Limits]] = Dated(((ALWAYS, _LIMITS),))
"""The table of §6. Where it leaves something open, our own choice:

- 24 h are by the clock for an emergency, a working day for an urgent or routine referral, as the
  table itself says of the routine answer and its escalation ("1 working day (24 h)").
- It says when an unanswered routine referral expires (48 h) and nothing of the others: an urgent
  one after twice its limit too, an emergency after 24 h, within which a slip may still follow.
- An emergency's appointment is "immediate": the shortest limit of the table, 15 minutes.
- "<= 24-48 h" is the longer of the two.
- The answer of an emergency is the system's (1 h); that by telephone (15 min) is what its
  escalation watches.
- The community's answer to an emergency's way back is in working days, as the table has it.
"""

DISEASE_LIMITS: Final[Dated[Mapping[str, Limits]]] = Dated(((ALWAYS, {}),))
"""Limits that differ from LIMITS for a disease (a key of the indications). None is agreed yet."""

OFFICE_HOURS: Final = Dated(((ALWAYS, ((time(8), time(12)), (time(14), time(18)))),))
"""The hours of a working day, local time, the earliest first; a working day is their sum (8 h)."""

AT_RISK_SHARE: Final = Dated(((ALWAYS, Fraction(1, 4)),))
"""The last part of a limit, in which what is not done yet is at risk: our own choice."""

APPROVAL_NEEDED: Final = Dated(((ALWAYS, False),))
"""Whether the station head approves a referral before it is sent (§5, an optional step)."""

GRANT_DAYS: Final = Dated(((ALWAYS, 30),))
"""Days for which the hospital still sees the person's summary after the referral ended."""

REPEAT_DAYS: Final = Dated(((ALWAYS, 30),))
"""Within how many days a second referral for the same disease is a repeated one (RF17)."""

CLOSED_LOOP_DAYS: Final = Dated(((ALWAYS, 60),))
"""Days after the submission from which a loop that is not closed counts as open (RF14)."""

LOOKUPS_A_DAY: Final = Dated(((ALWAYS, (20, 60)),))
"""How often a day a coordinator, and a hospital, may ask which institution manages a person."""
