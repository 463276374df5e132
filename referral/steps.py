"""How urgent a referral is, and the steps that have a limit (referral.md §6): the words of both."""

from enum import StrEnum
from typing import Final, NamedTuple


class Urgency(StrEnum):
    """How urgent a referral is: 紧急, 加急, 常规."""

    EMERGENCY = "emergency"
    URGENT = "urgent"
    ROUTINE = "routine"

    @property
    def priority(self) -> str:
        """The code of ServiceRequest.priority and Task.priority (FHIR request-priority)."""
        return _PRIORITIES[self]

    @classmethod
    def of_priority(cls, priority: str) -> "Urgency":
        """The urgency of a FHIR priority; `asap` is urgent (§7). Raises KeyError for another."""
        return _URGENCIES[priority]


_PRIORITIES: Final = {
    Urgency.EMERGENCY: "stat",
    Urgency.URGENT: "urgent",
    Urgency.ROUTINE: "routine",
}
_URGENCIES: Final = {priority: one for one, priority in _PRIORITIES.items()} | {
    "asap": Urgency.URGENT
}


class Step(StrEnum):
    """What has to happen within a limit, and what the limit is counted from.

    - SUBMIT: the slip is submitted; from the decision to refer.
    - ANSWER: the receiver answers; from the submission.
    - ESCALATE: nobody answered, the office head and the referrer are told; from the submission.
    - EXPIRE: nobody answered, the system closes it; from the submission.
    - APPOINT: an appointment is offered; from the acceptance.
    - NO_SHOW: who has not come by then did not come; from the appointment.
    - ARRIVAL_CHECK: the referrer checks that the patient arrived; from the appointment, of an
      emergency from the submission.
    - RETURN: the outcome is returned; from the end of the visit or the discharge.
    - BACK_ANSWER: the community answers an offer to take the patient back; from the offer.
    - FIRST_CONTACT: the community's first contact with who came back; from the acceptance back.
    - OUTCOME: the follow-up of the referral's result; from the submission (national text).
    - SLIP: the slip of an emergency that came without one; from the arrival.
    """

    SUBMIT = "submit"
    ANSWER = "answer"
    ESCALATE = "escalate"
    EXPIRE = "expire"
    APPOINT = "appoint"
    NO_SHOW = "no-show"
    ARRIVAL_CHECK = "arrival-check"
    RETURN = "return"
    BACK_ANSWER = "back-answer"
    FIRST_CONTACT = "first-contact"
    OUTCOME = "outcome"
    SLIP = "slip"


class Unit(StrEnum):
    """In what a limit is counted.

    MINUTES and HOURS pass by the clock on the wall. OFFICE_HOURS pass in working time only.
    WORKING_DAYS are as many office hours as such a day has. DAYS are calendar days and end with
    the last of them: what is due within 14 days of the 2nd is in time on the 16th at 23:59.
    """

    MINUTES = "minutes"
    HOURS = "hours"
    OFFICE_HOURS = "office-hours"
    WORKING_DAYS = "working-days"
    DAYS = "days"


class Limit(NamedTuple):
    """Within how much of which unit something has to happen."""

    amount: int
    unit: Unit
