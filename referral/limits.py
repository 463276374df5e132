"""By when a step of a referral has to be done, by its urgency and disease (referral.md §6)."""

from datetime import date, datetime, time, timedelta
from fractions import Fraction
from typing import Final

from kernel.clock import SECOND, SHANGHAI, Instant, instant_of, local_date
from referral.hours import HOUR, add_working, hours_of_day
from referral.parameters import AT_RISK_SHARE, DISEASE_LIMITS, LIMITS
from referral.steps import Limit, Step, Unit, Urgency

__all__ = ["Limit", "Step", "Unit", "Urgency", "at_risk_from", "deadline", "end_of_day", "limit_of"]

_WALL: Final = {Unit.MINUTES: 60 * SECOND, Unit.HOURS: HOUR}
_LAST_SECOND: Final = time(23, 59, 59)
_WHOLE: Final = Fraction(1)


def deadline(
    step: Step, urgency: Urgency, start: Instant, *, on: date, disease: str = ""
) -> Instant:
    """By when `step` has to be done that is counted from `start` (see Step, for what that is).

    `on` is the day whose parameters hold: that of the submission. `disease` is the key
    of its indications (as `referral_case.disease`). Emergencies run by the clock, urgent ones in
    office hours, routine ones in working days of 8 office hours; calendar days end at 23:59:59 of
    the last one, local time (§6). What is not done is late from the returned instant on.
    """
    return _after(limit_of(step, urgency, on=on, disease=disease), start, on=on)


def at_risk_from(
    step: Step, urgency: Urgency, start: Instant, *, on: date, disease: str = ""
) -> Instant:
    """From when on what is not done is at risk: in the last quarter of the limit (AT_RISK_SHARE).

    The quarter is one of the time the limit is counted in: 3 of 4 office hours have to pass.
    """
    share = 1 - AT_RISK_SHARE.on(on)
    return _after(limit_of(step, urgency, on=on, disease=disease), start, on=on, share=share)


def limit_of(step: Step, urgency: Urgency, *, on: date, disease: str = "") -> Limit:
    """The limit of a step: that of the disease where one is agreed, else the general one (§6)."""
    own = DISEASE_LIMITS.on(on).get(disease, {})
    return own.get((step, urgency)) or LIMITS.on(on)[step, urgency]


def end_of_day(day: date) -> Instant:
    """The last second of a day, local time: a deadline shown as a date is shown as its own day."""
    return instant_of(datetime.combine(day, _LAST_SECOND, SHANGHAI))


def _after(limit: Limit, start: Instant, *, on: date, share: Fraction = _WHOLE) -> Instant:
    """When `share` of a limit has passed."""
    if limit.unit in _WALL:
        return start + round(limit.amount * _WALL[limit.unit] * share)
    if limit.unit is Unit.DAYS:
        end = end_of_day(local_date(start) + timedelta(days=limit.amount))
        return start + round((end - start) * share)
    day = hours_of_day(on) if limit.unit is Unit.WORKING_DAYS else 1
    return add_working(start, limit.amount * day * share)
