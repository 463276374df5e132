"""By when whoever owns a referral in a state has to act (referral.md §6). Pure."""

from collections.abc import Mapping
from datetime import date
from typing import Any, Final, NamedTuple

from kernel.clock import Instant, local_date
from records.api import extension_value
from referral.codes import EXPECTED_END
from referral.limits import Step, Urgency, at_risk_from, deadline, end_of_day
from referral.states import State
from referral.task import Facts

_STEPS: Final = {
    State.DRAFT: Step.SUBMIT,
    State.PENDING_APPROVAL: Step.SUBMIT,
    State.SUBMITTED: Step.ANSWER,
    State.INFO_REQUESTED: Step.ANSWER,
    State.ACCEPTED: Step.APPOINT,
    State.SCHEDULED: Step.NO_SHOW,
    State.NO_SHOW: Step.ARRIVAL_CHECK,
    State.ARRIVED: Step.RETURN,
    State.IN_CARE: Step.RETURN,
    State.FEEDBACK_SENT: Step.FIRST_CONTACT,
    State.BACK_OFFERED: Step.BACK_ANSWER,
    State.BACK_ACCEPTED: Step.FIRST_CONTACT,
    State.FOLLOWED_UP: Step.BACK_ANSWER,
    State.REJECTED: Step.OUTCOME,
    State.CANCELLED: Step.OUTCOME,
    State.EXPIRED: Step.OUTCOME,
}
"""What the owner of a referral in a state has to do; a closed one has no owner and no deadline."""


class _Running(NamedTuple):
    """The step that runs in a state: since when, and by which day's limits."""

    step: Step
    begin: Instant
    on: date


def due_at(
    state: State, facts: Facts, *, since: Instant, submitted: Instant, until: Instant = 0
) -> Instant:
    """The deadline of a referral that is in a state since an instant; 0 for a closed one.

    `submitted` is the instant of its (last) submission, 0 before it, by whose day the limits hold;
    `until` the end of the day until which somebody is expected to stay at the hospital.
    """
    running = _running(state, facts, since=since, submitted=submitted, until=until)
    return limited(running.step, facts, running.begin, on=running.on) if running else 0


def risk_at(
    state: State, facts: Facts, *, since: Instant, submitted: Instant, until: Instant = 0
) -> Instant:
    """From when on a referral in a state is at risk (`at_risk_from`); 0 for a closed one."""
    found = _running(state, facts, since=since, submitted=submitted, until=until)
    if found is None:
        return 0
    urgency = Urgency(facts.urgency)
    return at_risk_from(found.step, urgency, found.begin, on=found.on, disease=facts.disease)


def _running(
    state: State, facts: Facts, *, since: Instant, submitted: Instant, until: Instant
) -> _Running | None:
    if state not in _STEPS:
        return None
    begin = since
    if state in (State.REJECTED, State.CANCELLED, State.EXPIRED):
        begin = submitted or since
    elif state is State.SCHEDULED:
        begin = facts.appointment_at or since
    elif state is State.IN_CARE:
        begin = max(since, until)
    return _Running(_STEPS[state], begin, local_date(submitted or since))


def limited(step: Step, facts: Facts, start: Instant, *, on: date) -> Instant:
    """The deadline of a step of this referral, by its urgency and disease."""
    return deadline(step, Urgency(facts.urgency), start, on=on, disease=facts.disease)


_DAY_LENGTH: Final = len("2026-01-01")


def expected_until(body: Mapping[str, Any]) -> Instant:
    """The end of the day until which a Task expects somebody to stay; 0 where nobody said."""
    text = extension_value(body, EXPECTED_END, "valueDate")
    return end_of_day(date.fromisoformat(text)) if text and len(text) == _DAY_LENGTH else 0
