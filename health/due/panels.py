"""What the first page says of the due list: figures, and the first of those who wait."""

from typing import Any, Final

from health.due.queries import count_deadlines, list_urgent
from health.due.rows import Band, Tab, band_of, spans
from health.due.views import views_of
from health.permissions import DUE, WRITE
from kernel.declare.module import Panel
from kernel.messages import Message, _
from kernel.web.cards import Card
from kernel.work import ReadWork

FIRST: Final = 10


def cards(work: ReadWork, _key: str) -> list[Card]:
    """How many are overdue, due today, due this week; none where nobody is."""
    days = count_deadlines(work)
    if not days:
        return []
    counts = {
        tab: sum(one.persons for one in days if begin <= one.on <= end)
        for tab, (begin, end) in spans(work.today).items()
    }
    risk = sum(
        one.persons
        for one in days
        if one.missed_on and band_of((work.today - one.missed_on).days, work.today) is Band.RISK
    )
    unit, late = _("人"), counts[Tab.OVERDUE]
    note = Message(_("其中 %(n)s 人有失访风险"), n=risk) if risk else ""
    state = _("逾期") if late else ""
    return [
        Card(_("随访逾期"), late, unit, "/due?tab=overdue", note, "overdue", state),
        Card(_("今天到期"), counts[Tab.TODAY], unit, "/due"),
        Card(_("本周到期"), counts[Tab.WEEK], unit, "/due?tab=week"),
    ]


def first_due(work: ReadWork, _key: str) -> dict[str, Any] | None:
    """Who should be seen first: overdue or due today, the most urgent at the top."""
    rows = list_urgent(work, most=FIRST)
    if not rows:
        return None
    return {"rows": views_of(work, rows), "may_write": work.actor.may(WRITE)}


PANELS: Final = (
    Panel("home-cards", "due", "随访待办", "home.html", cards, DUE, 5),
    Panel("home", "due", "随访待办", "due/panels/first.html", first_due, DUE, 3, wide=True),
)
