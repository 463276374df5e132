"""What the first page tells a hospital's referral office."""

from typing import Final

from kernel.declare.module import Panel
from kernel.messages import Message, _
from kernel.web.cards import Card
from kernel.work import ReadWork
from referral.office.queries import count_late, count_tabs
from referral.office.tabs import Tab
from referral.permissions import OFFICE

_RISK: Final = _("另有 %(n)s 份有超时风险")


def cards(work: ReadWork, _key: str) -> list[Card]:
    """How many wait to be accepted, how many are overdue, who is expected today."""
    counts, late = count_tabs(work), count_late(work)
    risk = counts[Tab.RISK] - late
    unit, path = _("份"), "/referral-office"
    note = Message(_RISK, n=risk) if risk > 0 else ""
    return [
        Card(_("转诊待接收"), counts[Tab.WAITING], unit, path),
        Card(
            _("转诊超时"), late, unit, f"{path}?tab=risk&late=1", note, "overdue",
            _("超时") if late else "",
        ),
        Card(_("今日到诊"), counts[Tab.TODAY], _("人"), f"{path}?tab=today"),
    ]  # fmt: skip


PANELS: Final = (
    Panel("home-cards", "referral-office", "转诊办公室", "home.html", cards, OFFICE, 3),
)
