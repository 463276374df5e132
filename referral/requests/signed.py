"""The slip of a referral while it is saved: once it was sent, nothing of it changes (§5).

A stamp of the write path, so that a page, a hospital's system and an import are held to the same.
Addenda are moves of the referral (补充资料), or documents of their own.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from kernel.errors import conflict
from kernel.messages import _
from kernel.work import Work
from records.api import codes_of
from referral.requests.bodies import SLIP

Body = Mapping[str, Any]
_SENT: Final = _("转出单已经签名提交，不能修改；需要说明的请补充资料")
_WHOSE: Final = frozenset({"id", "meta", "subject"})
"""Two files that become one take the slip along."""


def stamped(work: Work, before: Body | None, body: Body, _batch: Sequence[Body]) -> Body:
    """The slip as it is. Raises Refused (409) where a signed one would be changed."""
    signed = before is not None and before.get("status") == "final" and _is_slip(before)
    if signed and before is not None and _said(before) != _said(body) and not work.actor.elevated:
        raise conflict(_SENT, "Composition", "business-rule")
    return body


def _is_slip(body: Body) -> bool:
    return SLIP in codes_of(body.get("type"))


def _said(body: Body) -> dict[str, Any]:
    return {name: value for name, value in body.items() if name not in _WHOSE}
