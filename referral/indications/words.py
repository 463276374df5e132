"""What pages call the checklists."""

from typing import Final

from kernel.messages import Message, _
from referral.codes import DOWN
from referral.indications.checklists import SUITABLE
from referral.request import GENERAL
from referral.supervision.labels import disease_title

_UP: Final = _("%(disease)s上转指征")
_DOWN: Final = _("%(disease)s下转指征")
_ANY_UP: Final = _("各病种通用上转指征")
_ANY_DOWN: Final = _("各病种通用下转指征")
_SUITABLE: Final = _("慢性病社区管理基本条件")


def checklist_title(disease: str, direction: str) -> str:
    """The title of a checklist."""
    if disease == SUITABLE:
        return _SUITABLE
    if disease == GENERAL:
        return _ANY_DOWN if direction == DOWN else _ANY_UP
    return Message(_DOWN if direction == DOWN else _UP, disease=disease_title(disease))
