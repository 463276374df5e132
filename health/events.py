"""What the programmes tell other modules: it happened, in the transaction that saves it."""

from dataclasses import dataclass
from datetime import date

from health.declare import Action


@dataclass(frozen=True, slots=True)
class FollowUpRecorded:
    """A follow-up was saved (or corrected): what was found and what the norm asks for next.

    Whoever refers people listens for `Action.REFER` and `Action.EMERGENCY`. `reasons` are Chinese
    sentences. `form` is the programme whose form it is: that of `programme`, or the outcome of a
    referral (`referral-outcome`), of which `outcome` is a code of nbphs3-referral-finding. `on` is
    the local day of the visit.
    """

    patient_id: str
    programme: str
    answer_id: str
    action: Action
    reasons: tuple[str, ...]
    form: str
    outcome: str
    on: date | None
