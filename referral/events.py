"""What referrals tell other modules: it happened, in the transaction that saves it."""

from dataclasses import dataclass

from referral.states import Event, State


@dataclass(frozen=True, slots=True)
class ReferralMoved:
    """A referral was moved: by which event, from which state (None: it is new) to which."""

    request_id: str
    patient_id: str
    event: Event
    source: State | None
    target: State
