"""随访导入: the template of a programme, upload and check, confirm, progress, taking it back."""

from collections.abc import Sequence
from typing import Any, Final

from starlette.responses import Response

from health.batch import lists, taking
from health.batch.pages import choices, programme_in
from health.declare import Programme
from health.permissions import IMPORT
from health.programmes import programme_of
from kernel import batches, slices
from kernel.audit.entry import Action
from kernel.batches import AT_WORK, Batch, BatchState
from kernel.errors import Refused, conflict, unprocessable
from kernel.messages import Message, _, unpacked
from kernel.web.acting import complained
from kernel.web.filters import write_datetime
from kernel.web.page import FormState
from kernel.web.pages import Pages
from kernel.web.shell import fragment, page, see_other
from kernel.web.visit import Visit
from kernel.work import ReadWork, Work
from records.api import listing, notes, sheets

PAGES = Pages()
LISTS: Final = "/follow-ups/import"
_BACK: Final = (BatchState.UNDONE, BatchState.FAILED)
_SHOWN: Final = 200
_REASON: Final = (2, 200)
_KINDS: Final = {"errors": _("错误"), "suspects": _("少见的数值"), "warnings": _("提醒")}
_TITLE: Final = _("%(programme)s随访导入模板")
_HOW: Final = _(
    "每行一次随访，带 * 的列必填；选项写代码或名称，见“代码”表；"
    "不填分类时由系统按规范判定；第 4 行是示例，导入前请删除。"
)
_HAS_ERRORS = _("名单中有错误：请更正文件后重新上传，或选择“只导入无误的行”。")
_NONE = _("没有可以导入的行：请更正文件后重新上传。")
_CHOOSE = _("请选择怎样处理有错误的行。")
_WHY = _("请写明撤销原因，2 至 200 个字")
_CONFIRMED = _("这份名单已经确认，不能放弃；导入完成后可以撤销")


@PAGES.reads(LISTS, permission=IMPORT)
def imports(visit: Visit, work: ReadWork) -> Response:
    """The lists of the institution, and the form for another one."""
    programme = programme_in(visit.query.get("programme", ""))
    return _imports(visit, work, FormState({"programme": programme.name}))


def _imports(visit: Visit, work: ReadWork, state: FormState) -> Response:
    return page(
        visit,
        "batch/imports.html",
        http_status=422 if state.errors else 200,
        rows=[_shown(one) for one in batches.list_batches(work, taking.KIND)],
        state=state,
        programme=programme_in(state.value("programme")),
        programmes=[(one.name, one.short) for one in choices()],
        undo_days=work.settings.import_undo_days,
    )


def _shown(batch: Batch) -> dict[str, Any]:
    return listing.shown(batch, below=LISTS, unit=_("行"))


@PAGES.reads(f"{LISTS}/template", permission=IMPORT)
def template(visit: Visit, _work: ReadWork) -> Response:
    """The template of a programme, generated from its declaration."""
    programme = programme_in(visit.query.get("programme", ""))
    title = str(Message(_TITLE, programme=programme.short))
    shown = list(lists.headings_of(programme).values())
    return sheets.template(sheets.Template(programme.short, title, _HOW, shown), f"{title}.xlsx")


@PAGES.alone(LISTS, permission=IMPORT, post=True)
def upload(visit: Visit) -> Response:
    """Keep a list and check it; nothing of it is saved yet."""
    station, given = visit.site.station, visit.files.get("file")
    programme = programme_in(visit.field("programme"))
    name, content = (given.name, given.content) if given else ("", b"")
    with station.read(visit.actor) as reading:
        try:
            sheet = lists.read_sheet(programme, name, content)
        except Refused as refused:
            if refused.status != 422:
                raise
            return _imports(visit, reading, complained(visit, refused))
        rows = lists.checked_rows(reading, programme, sheet)
        kept = {"programme": programme.name, "rows": [row.as_json() for row in rows]}
        draft = batches.draft_batch(reading, taking.KIND, name=name, payload={})
        visit.note(Action.READ, patients=_people(rows), resource_type="Patient")
    with station.write(visit.actor) as work:
        id_ = batches.add_batch(work, draft)
        batch = batches.get_batch(work, taking.KIND, id_)
        batches.keep_part(work, batch, "report", batches.sealed_part(work, batch, "report", kept))
        batches.advance(work, batch, BatchState.CHECKED, total=len(rows))
        visit.note(Action.IMPORT)
    return see_other(visit, f"{LISTS}/{id_}")


def _people(rows: Sequence[notes.Row]) -> list[str]:
    return sorted({row.values[lists.PERSON] for row in rows if lists.PERSON in row.values})


@PAGES.reads(f"{LISTS}/{{id}}", permission=IMPORT)
def one_import(visit: Visit, work: ReadWork) -> Response:
    """One list, as far as it has come."""
    return _one(visit, work, FormState())


def _read(work: ReadWork, batch: Batch) -> tuple[Programme, dict[str, Any], list[notes.Row]]:
    """The programme of a list, its report, and its rows with what was refused meanwhile."""
    report = batches.read_part(work, batch, "report")
    rows = {kept["row"]: notes.row_of(kept) for kept in report["rows"]}
    for one in taking.refused_in(work, batch):
        for column, text in one["faults"]:
            rows[one["row"]].wrong(column, unpacked(text))
    return programme_of(report["programme"]), report, list(rows.values())


def _one(visit: Visit, work: ReadWork, state: FormState) -> Response:
    batch = batches.get_batch(work, taking.KIND, visit.params["id"])
    programme, report, rows = _read(work, batch)
    found = notes.shown(rows, lambda key: lists.title_of(programme, key), _KINDS)
    until = slices.undo_until(work, batch)
    return page(
        visit,
        "batch/import.html",
        http_status=422 if state.errors else 200,
        batch=_shown(batch),
        programme=programme,
        step=batch.state.value,
        counts=notes.counted(rows),
        classes=_classes(programme, rows),
        notes=found[:_SHOWN],
        more=max(0, len(found) - _SHOWN),
        state=state,
        failure=unpacked(report.get("failure", "")),
        saved=taking.saved_in(work, batch),
        undo_until=until,
        undoable=work.now <= until,
        stayed=report.get("saved", 0) - batch.done if batch.state in _BACK else 0,
    )


def _classes(programme: Programme, rows: Sequence[notes.Row]) -> list[tuple[str, str, int]]:
    """How many lines get each class: title, badge, number."""
    told = [row.values[lists.CLASS] for row in rows if lists.CLASS in row.values]
    found = [(one.title, one.badge, told.count(one.code)) for one in programme.outcomes]
    return [one for one in found if one[2]]


@PAGES.reads(f"{LISTS}/{{id}}/report", permission=IMPORT, action=Action.EXPORT)
def report(visit: Visit, work: ReadWork) -> Response:
    """Everything that was found, as an Excel file."""
    batch = batches.get_batch(work, taking.KIND, visit.params["id"])
    programme, _kept, rows = _read(work, batch)
    heads = (
        visit.translate(_("随访导入检查报告")),
        f"{batch.name}　{write_datetime(batch.created_at)}",
    )
    return sheets.report(
        heads, rows, lambda key: lists.title_of(programme, key), language=visit.language,
        kinds=_KINDS,
    )  # fmt: skip


@PAGES.alone(f"{LISTS}/{{id}}/confirm", permission=IMPORT, post=True)
def confirm(visit: Visit) -> Response:
    """Take the list in, as it was chosen; the job begins at once."""
    station = visit.site.station
    with station.read(visit.actor) as reading:
        batch = batches.get_batch(reading, taking.KIND, visit.params["id"])
        try:
            chosen = _chosen(visit, reading, batch)
        except Refused as refused:
            if refused.status != 422:
                raise
            return _one(visit, reading, complained(visit, refused))
        programme = _read(reading, batch)[0]
        parts = taking.parts_of(reading, batch, programme, chosen)
    with station.write(visit.actor) as work:
        slices.begin(work, batch, parts, total=len(chosen))
    station.hurry.set()
    return see_other(visit, f"{LISTS}/{batch.id}")


def _chosen(visit: Visit, work: ReadWork, batch: Batch) -> list[notes.Row]:
    """The rows that the form wants taken in. Raises Refused (422)."""
    how, rare = visit.field("how"), visit.field("suspects") == "take"
    rows = _read(work, batch)[2]
    chosen = [row for row in rows if not row.errors and (rare or not row.suspects)]
    if how not in ("right", "all"):
        raise unprocessable(_CHOOSE, "how")
    if how == "all" and any(row.errors for row in rows):
        raise unprocessable(_HAS_ERRORS, "how")
    if not chosen:
        raise unprocessable(_NONE, "how")
    return chosen


@PAGES.reads(f"{LISTS}/{{id}}/progress", permission=IMPORT)
def progress(visit: Visit, work: ReadWork) -> Response:
    """How far the job has come; the whole page again where it is over."""
    batch = batches.get_batch(work, taking.KIND, visit.params["id"])
    response = fragment(visit, "components/progress.html", "progress", batch=_shown(batch))
    if batch.state not in AT_WORK:
        response.headers["HX-Refresh"] = "true"
    return response


@PAGES.alone(f"{LISTS}/{{id}}/undo", permission=IMPORT, post=True)
def undo(visit: Visit) -> Response:
    """Take a list back, with a reason; what somebody has corrected since stays."""
    station, reason = visit.site.station, visit.field("reason")
    with station.read(visit.actor) as reading:
        batch = batches.get_batch(reading, taking.KIND, visit.params["id"])
        if not _REASON[0] <= len(reason) <= _REASON[1]:
            return _one(visit, reading, complained(visit, unprocessable(_WHY, "reason")))
        kept = batches.read_part(reading, batch, "report")
        told = {**kept, taking.UNDO_REASON: reason, "saved": taking.saved_in(reading, batch)}
        sealed = batches.sealed_part(reading, batch, "report", told)
    with station.write(visit.actor) as work:
        batches.keep_part(work, batch, "report", sealed)
        slices.undo(work, batch, reason=reason)
    station.hurry.set()
    return see_other(visit, f"{LISTS}/{batch.id}")


@PAGES.writes(f"{LISTS}/{{id}}/discard", permission=IMPORT, action=Action.IMPORT)
def discard(visit: Visit, work: Work) -> Response:
    """Forget a list that was not taken in."""
    batch = batches.get_batch(work, taking.KIND, visit.params["id"])
    if batch.state is not BatchState.CHECKED:
        raise conflict(_CONFIRMED)
    batches.remove_batch(work, batch)
    return see_other(visit, LISTS)
