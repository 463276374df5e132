"""Taking a list away as an Excel file: nobody does without saying why (TRUST 36, 数据安全法 27).

The reason stands in the audit row of the export, encrypted like the rest of its detail; and so does
whether numbers were taken in full, which needs a permission of its own.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import islice

from starlette.responses import Response

from kernel.audit.entry import Action
from kernel.errors import forbidden
from kernel.web.errors import no_permission
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


@dataclass(frozen=True, slots=True)
class Full:
    """The same list with numbers in full, for those who have `permission`."""

    permission: str
    headings: Sequence[str]
    rows: Callable[[], Iterable[Sequence[Cell]]]


def reason_missing(visit: Visit) -> FormState | None:
    """The form with its complaint where no reason was given; else the reason goes to the audit."""
    reason = visit.field("reason")
    if not FEWEST <= len(reason) <= MOST:
        visit.named = Action.SEARCH  # nothing was taken away
        typed = {"reason": reason, "full": visit.field("full")}
        return FormState(typed, {"reason": _WANTED})
    visit.detail["reason"] = reason
    return None


def export(
    visit: Visit,
    work: ReadWork,
    *,
    title: str,
    headings: Sequence[str],
    rows: Iterable[Sequence[Cell]],
    file: str,
    again: Again,
    full: Full | None = None,
) -> Response:
    """The rows as a file signed by who took it; without a reason the list again (422).

    `title` and `headings` are Chinese. `rows` are read only where there is a reason, at most
    `MOST_ROWS` of them. Where the field `full` was chosen it is `full` instead. Raises Refused
    (403) for who may not.
    """
    if full is not None and visit.field("full") and not work.actor.may(full.permission):
        raise forbidden(no_permission(visit, full.permission))
    complaint = reason_missing(visit)
    if complaint is not None:
        return again(complaint)
    if full is not None and visit.field("full"):
        visit.detail["full"] = True
        headings, rows = full.headings, full.rows()
    note = visit.translate(_NOTE) % {
        "name": f"{work.actor.display} {work.actor.name}",
        "organisation": visit.organisation_name,
        "at": write_datetime(work.now),
        "rows": MOST_ROWS,
    }
    translated = [visit.translate(heading) for heading in headings]
    sheet = Sheet(visit.translate(title), note, translated, islice(rows, MOST_ROWS))
    return excel(sheet, f"{file}-{work.today.isoformat()}.xlsx")
