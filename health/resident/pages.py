"""The tab 健康管理 of a resident: all programmes, and what can be done in each."""

from typing import Final

from starlette.responses import Response

from health.enrolment.pages_typed import TAB
from health.permissions import ENROL, READ, WRITE
from health.resident.view import missing_rows, offered_rows, programme_rows
from kernel.declare.module import Tab
from kernel.messages import _
from kernel.web.cards import panels_of
from kernel.web.pages import Pages
from kernel.web.shell import page
from kernel.web.visit import Visit
from kernel.work import ReadWork
from records.api import frame

PAGES = Pages()
SLOT: Final = "programmes"
"""The slot of this tab for panels of other modules; their key is the resident's id."""
TABS = (Tab("resident", TAB, _("健康管理"), "/programmes", READ, 10),)


@PAGES.reads("/residents/{id}/programmes", permission=READ)
def of_resident(visit: Visit, work: ReadWork) -> Response:
    """Where a person stands in every programme, and which ones the file asks for."""
    id_ = visit.params["id"]
    values = frame(visit, work, id_, TAB)
    rows = programme_rows(work, id_)
    kept = values["resident"]["kept"]
    missing = missing_rows(work, id_, rows) if kept else []
    return page(
        visit,
        "programmes/resident.html",
        **values,
        rows=rows,
        missing=missing,
        offered=offered_rows(rows, missing) if kept else [],
        may_enrol=work.actor.may(ENROL) and kept,
        may_write=work.actor.may(WRITE) and kept,
        panels=panels_of(work, SLOT, id_),
    )
