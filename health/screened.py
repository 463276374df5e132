"""What the screenings share: their results, and how one is put together. Pure."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Final

from health.declare import Action, Activity, Case, Decision, Outcome, Planned, Reason
from health.fields import chosen, titles
from health.judging import months_later, next_dates
from kernel.declare.form import Field, Values
from kernel.messages import _

NORMAL: Final = Outcome("normal", _("正常"), "ok")
HIGH_RISK: Final = Outcome("high-risk", _("高危"), "alert")
RECHECK: Final = Outcome("recheck", _("待复查"), "alert")
SUSPECTED: Final = Outcome("suspected", _("疑似"), "overdue")
EMERGENCY: Final = Outcome("emergency", _("危急"), "overdue")
RESULTS: Final = (NORMAL, HIGH_RISK, RECHECK, SUSPECTED, EMERGENCY)
"""Codes of nbphs3-screening-result."""


def routine(case: Case, outcome: Outcome, reasons: tuple[Reason, ...], *, months: int) -> Decision:
    """Nothing raised: to be measured again after so many months."""
    planned = (Planned(Activity.FOLLOW_UP, months_later(case.on, months)),)
    return Decision(outcome.code, Action.ROUTINE, planned, reasons, at_target=True)


def again(case: Case, reasons: tuple[Reason, ...], *, days: int) -> Decision:
    """Raised: to be measured on another day within so many days."""
    planned = (Planned(Activity.RECHECK, case.on + timedelta(days=days)),)
    return Decision(
        RECHECK.code, Action.ADJUST, planned, reasons, uncontrolled=True, at_target=False
    )


def dates(on: date, action: Action, *, months: int, days: int) -> tuple[Planned, ...]:
    """What is planned after an action that the clinician chose: the screening's own intervals."""
    if action is Action.ROUTINE:
        return (Planned(Activity.FOLLOW_UP, months_later(on, months)),)
    if action is Action.ADJUST:
        return (Planned(Activity.RECHECK, on + timedelta(days=days)),)
    return next_dates(on, action)


def suspected(case: Case, reasons: tuple[Reason, ...]) -> Decision:
    """To be referred, so that the diagnosis is made; asked after within two weeks."""
    planned = next_dates(case.on, Action.REFER)
    return Decision(
        SUSPECTED.code, Action.REFER, planned, reasons, uncontrolled=True, at_target=False
    )


def emergency(case: Case, reasons: tuple[Reason, ...], *, raised: bool) -> Decision:
    """A danger sign. `raised` whether the measured value is above normal as well."""
    planned = next_dates(case.on, Action.EMERGENCY)
    return Decision(
        EMERGENCY.code,
        Action.EMERGENCY,
        planned,
        reasons,
        uncontrolled=raised,
        at_target=not raised,
    )


def risk_titles(field: Field, values: Values, found: Mapping[str, bool]) -> tuple[str, ...]:
    """The titles of the risk factors that were `found` by their code, or ticked."""
    ticked = chosen(values, field.key)
    codes = tuple(code for code in field.by_code if found.get(code) or code in ticked)
    return titles(field, {field.key: codes})
