"""What the programmes tell other modules: it happened, in the transaction that saves it."""

from dataclasses import dataclass

from health.declare import Action


@dataclass(frozen=True, slots=True)
class FollowUpRecorded:
    """A follow-up was saved (or corrected): what the norm asks for next.

    Whoever refers people listens for `Action.REFER` and `Action.EMERGENCY`. `reasons` are Chinese
    sentences.
    """

    patient_id: str
    programme: str
    answer_id: str
    action: Action
    reasons: tuple[str, ...]
