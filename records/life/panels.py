"""What the first page says of files' lives: moves that wait, files that nobody uses."""

from kernel.security.actor import Reach
from kernel.web.cards import Card
from kernel.web.i18n import _
from kernel.work import ReadWork
from records.life.dynamic import figures
from records.life.move_pages import count_waiting


def cards(work: ReadWork, _key: str) -> list[Card]:
    """Requests that wait for an answer, where there are any; and files not in dynamic use."""
    found = []
    waiting = count_waiting(work)
    if waiting:
        title = _("档案迁移待答复")
        found.append(Card(title, waiting, _("份"), "/moves", "", "due", _("待办")))
    if work.actor.reach is Reach.ORGANISATIONS:
        told = figures(work)
        if told.kept:
            title, href = _("12 个月未动态使用"), "/residents?use=inactive"
            found.append(Card(title, told.inactive, _("人"), href))
    return found
