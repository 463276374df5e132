"""The life of an enrolment as one table: which step leads from which state into which.

States are FHIR's of an EpisodeOfCare (chronic-disease.md §1.4). Of a programme that is applied for
first (the home bed, §8: applied, submitted, returned, registered, active, suspended, closed),
`waitlist` is what was submitted, `planned` what was returned; a registration is `active`.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final


class Step(StrEnum):
    """What can be done with an enrolment; its value ends the address of its page."""

    SUBMIT = "submit"
    APPROVE = "approve"
    RETURN = "return"
    SUSPEND = "suspend"
    RESUME = "resume"
    CLOSE = "close"


STATUSES: Final = ("planned", "waitlist", "active", "onhold", "finished", "cancelled")
STEPS: Final[Mapping[Step, Mapping[str, str]]] = {
    Step.SUBMIT: {"planned": "waitlist"},
    Step.APPROVE: {"waitlist": "active"},
    Step.RETURN: {"waitlist": "planned"},
    Step.SUSPEND: {"active": "onhold"},
    Step.RESUME: {"onhold": "active"},
    Step.CLOSE: {
        "planned": "cancelled",
        "waitlist": "cancelled",
        "active": "finished",
        "onhold": "finished",
    },
}
"""From the state that a step begins in to the one that it leads to; from others it is refused."""


def after(step: Step, status: str) -> str | None:
    """The state in which a step ends, or None where it cannot be taken."""
    return STEPS[step].get(status)


def possible(status: str) -> tuple[Step, ...]:
    """The steps that can be taken from a state."""
    return tuple(step for step, ways in STEPS.items() if status in ways)
