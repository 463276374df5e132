"""The panel of a referral's page that says to whom it opened the summary."""

from typing import Any, Final

from kernel.declare.module import Panel
from kernel.messages import _
from kernel.work import ReadWork
from records.api import day_of, load_all
from referral.disclosure.queries import list_grants
from referral.moving.services import get_request, get_task
from referral.moving.sides import sides_of
from referral.permissions import READ
from referral.states import Side
from referral.task import facts_of


def disclosed(work: ReadWork, request_id: str) -> dict[str, Any] | None:
    """Grants and consent of a referral; None for a side that does not see it, or before it."""
    task, _version = get_task(work, request_id)
    if Side.COMMUNITY not in sides_of(work.actor, facts_of(task)):
        return None
    _patient_id, grants = list_grants(work, request_id)
    if not grants:
        return None
    return {"id": request_id, "grants": grants, "consented_on": consented_on(work, request_id)}


def consented_on(work: ReadWork, request_id: str) -> Any:
    """The day on which the person agreed to the referral; None where it is not recorded."""
    request, _version = get_request(work, request_id)
    named = (str(one.get("reference", "")) for one in request.get("supportingInfo", ()))
    ids = [one.partition("/")[2] for one in named if one.startswith("Consent/")]
    bodies = load_all(work, "Consent", ids).values()
    return next(filter(None, (day_of(body.get("dateTime")) for body in bodies)), None)


PANELS: Final = (
    Panel(
        "referral",
        "referral-disclosure",
        _("医院查阅记录"),
        "referrals/panels/disclosure.html",
        disclosed,
        READ,
        90,
    ),
)
