"""Who may let an application begin: on the write path, so that the API is held to it as well."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from health.enrolment.kinds import programme_in
from health.permissions import APPROVE, ENROL
from health.programmes import programme_of
from kernel.declare.module import Stamp
from kernel.errors import forbidden
from kernel.messages import Message, _
from kernel.work import Work

Body = Mapping[str, Any]
_APPLIED: Final = frozenset({"planned", "waitlist"})
_NOT_ALLOWED: Final = _("“%(title)s”须先申请，由有审核权限的人员批准后开始。")


def begun(work: Work, before: Body | None, body: Body, _batch: Sequence[Body]) -> Body:
    """The enrolment as it is. Raises Refused (403) where it begins without who may approve it.

    Who enrols nobody (another system that hands its records over) is not asked.
    """
    name = programme_in(body)
    if not name or not programme_of(name).approved or body.get("status") != "active":
        return body
    applied = before is None or before.get("status") in _APPLIED
    if applied and work.actor.may(ENROL) and not work.actor.may(APPROVE):
        raise forbidden(Message(_NOT_ALLOWED, title=programme_of(name).title))
    return body


STAMPS: Final = (Stamp("EpisodeOfCare", begun),)
