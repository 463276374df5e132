"""By when whoever owns a referral in a state has to act (referral.md §6). Pure."""

from datetime import date
from typing import Final

from kernel.clock import Instant, local_date
from referral.limits import Step, Urgency, deadline
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


def due_at(
    state: State, facts: Facts, *, since: Instant, submitted: Instant, until: Instant = 0
) -> Instant:
    """The deadline of a referral that is in a state since an instant; 0 for a closed one.

    `submitted` is the instant of its (last) submission, 0 before it, by whose day the limits hold;
    `until` the end of the day until which somebody is expected to stay at the hospital.
    """
    if state not in _STEPS:
        return 0
    begin = since
    if state in (State.REJECTED, State.CANCELLED, State.EXPIRED):
        begin = submitted or since
    elif state is State.SCHEDULED:
        begin = facts.appointment_at or since
    elif state is State.IN_CARE:
        begin = max(since, until)
    return limited(_STEPS[state], facts, begin, on=local_date(submitted or since))


def limited(step: Step, facts: Facts, start: Instant, *, on: date) -> Instant:
    """The deadline of a step of this referral, by its urgency and disease."""
    return deadline(step, Urgency(facts.urgency), start, on=on, disease=facts.disease)
