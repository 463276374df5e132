"""Taking a list away as an Excel file: nobody does without saying why (TRUST 36, 数据安全法 27).

The reason stands in the audit row of the export, encrypted like the rest of its detail.
"""

from collections.abc import Callable, Iterable, Sequence
from itertools import islice

from starlette.responses import Response

from kernel.audit.entry import Action
from kernel.web.filters import write_datetime
from kernel.web.i18n import _
from kernel.web.page import FormState
from kernel.web.spreadsheet import MOST_ROWS, Cell, Sheet, excel
from kernel.web.visit import Visit
from kernel.work import ReadWork

FEWEST, MOST = 5, 200
_WANTED = _("请写明导出原因，5 至 200 个字。")
_NOTE = _("%(name)s（%(organisation)s）于 %(at)s 导出；最多 %(rows)d 行，请妥善保管。")

Again = Callable[[FormState], Response]
"""The list with its export form as it was filled in."""


def export(
    visit: Visit,
    work: ReadWork,
    *,
    title: str,
    headings: Sequence[str],
    rows: Iterable[Sequence[Cell]],
    file: str,
    again: Again,
) -> Response:
    """The rows as a file signed by who took it; without a reason the list again (422).

    `title` and `headings` are Chinese. `rows` are read only where there is a reason, at most
    `MOST_ROWS` of them.
    """
    reason = visit.field("reason")
    if not FEWEST <= len(reason) <= MOST:
        visit.named = Action.SEARCH  # nothing was taken away
        return again(FormState({"reason": reason}, {"reason": visit.translate(_WANTED)}))
    visit.detail["reason"] = reason
    note = visit.translate(_NOTE) % {
        "name": f"{work.actor.display} {work.actor.name}",
        "organisation": visit.organisation_name,
        "at": write_datetime(work.now),
        "rows": MOST_ROWS,
    }
    translated = [visit.translate(heading) for heading in headings]
    sheet = Sheet(visit.translate(title), note, translated, islice(rows, MOST_ROWS))
    return excel(sheet, f"{file}-{work.today.isoformat()}.xlsx")
