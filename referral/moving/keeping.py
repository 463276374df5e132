"""A referral that was sent is never deleted, and neither is the follow-up of its outcome (§5)."""

from collections.abc import Mapping
from typing import Any, Final

from kernel.errors import conflict
from kernel.messages import _
from kernel.work import Work
from referral.request import is_referral
from referral.states import State
from referral.task import is_referral_task, kind_of, state_of

Body = Mapping[str, Any]
_SENT: Final = _("转诊提交后不能删除；不再需要的，请撤销并写明原因")


def kept_request(work: Work, body: Body) -> None:
    """Raises Refused (409) for the ServiceRequest of a referral that was sent."""
    if is_referral(body) and body.get("status") != "draft" and not work.actor.elevated:
        raise conflict(_SENT, "ServiceRequest", "business-rule")


def kept_task(work: Work, body: Body) -> None:
    """Raises Refused (409) for a Task of a referral; that of a draft goes with its request."""
    if not kind_of(body) or work.actor.elevated:
        return
    if not is_referral_task(body) or state_of(body) is not State.DRAFT:
        raise conflict(_SENT, "Task", "business-rule")
