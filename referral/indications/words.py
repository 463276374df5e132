"""What pages call the checklists."""

from typing import Final

from kernel.messages import Message, _
from referral.codes import DOWN
from referral.indications.checklists import SUITABLE
from referral.supervision.labels import disease_title

_UP: Final = _("%(disease)s上转指征")
_DOWN: Final = _("%(disease)s下转指征")
_SUITABLE: Final = _("慢性病社区管理基本条件")


def checklist_title(disease: str, direction: str) -> str:
    """The title of a checklist."""
    if disease == SUITABLE:
        return _SUITABLE
    return Message(_DOWN if direction == DOWN else _UP, disease=disease_title(disease))
