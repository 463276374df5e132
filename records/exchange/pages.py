"""The pages of importing: upload, say what headings mean, read what was found, confirm, undo."""

import re
from collections.abc import Sequence
from typing import Final

from starlette.responses import Response

from kernel import batches, slices
from kernel.audit.entry import Action
from kernel.batches import AT_WORK, Batch, BatchState
from kernel.errors import Refused, conflict, unprocessable
from kernel.messages import Message, _, unpacked
from kernel.values.identity_number import mask_identity_number
from kernel.web.acting import complained
from kernel.web.filters import write_datetime
from kernel.web.page import FormState
from kernel.web.pages import Pages
from kernel.web.shell import fragment, page, see_other
from kernel.web.visit import Upload, Visit
from kernel.work import ReadWork, Work
from records.exchange import notes, taking, workbook
from records.exchange.columns import BY_KEY, COLUMNS, find_headings, meanings_of
from records.exchange.headings import IGNORED
from records.exchange.known import compare_with_city, surroundings
from records.exchange.listing import shown
from records.exchange.notes import Row, counted, row_of
from records.exchange.rows import read_rows, warn_of_lost_heads
from records.exchange.uploads import MOST_ROWS, Line, read_upload
from records.reading import name_of
from records.residents.queries import load_all

PAGES = Pages()
RUN = "records:import:run"
_BACK: Final = (BatchState.UNDONE, BatchState.FAILED)
_SHOWN: Final = 200
_PREVIEW: Final = 3
_NUMBERED: Final = re.compile(r"[0-9]{9}")
_TOO_MANY = _("文件超过 10000 行：请分成几个文件导入。")
_NO_NAME = _("没有找到“姓名”列：请指定哪一列是姓名。")
_TWICE = _("“%(title)s”被指定了两次：每项内容只能来自一列。")
_HAS_ERRORS = _("名单中有错误：请更正文件后重新上传，或选择“只导入无误的行”。")
_NONE = _("没有可以导入的行：请更正文件后重新上传。")
_CHOOSE = _("请选择怎样处理有错误的行。")
_WRONG_KEEPER = _("请选择为哪个机构导入。")


@PAGES.reads("/imports", permission=RUN)
def imports(visit: Visit, work: ReadWork) -> Response:
    """The lists of the institution, and the form for another one."""
    return _imports(visit, work, FormState({"organisation": work.actor.organisation_id}))


def _imports(visit: Visit, work: ReadWork, state: FormState) -> Response:
    found = batches.list_batches(work, taking.KIND)
    return page(
        visit,
        "imports/list.html",
        http_status=422 if state.errors else 200,
        rows=[shown(one) for one in found],
        state=state,
        organisations=_keepers(visit, work),
        undo_days=work.settings.import_undo_days,
    )


def _keepers(visit: Visit, work: ReadWork) -> list[tuple[str, str]]:
    """The institutions for which the actor may import; empty where it is only the own one."""
    tree = visit.site.authenticator.tree(work.connection)
    found = [(id_, tree.name(id_) or id_) for id_ in work.actor.organisations]
    return found if len(found) > 1 else []


@PAGES.reads("/imports/template", permission=RUN)
def template(visit: Visit, _work: ReadWork) -> Response:
    """The official template."""
    title = visit.translate(_("居民导入模板"))
    return workbook.template(f"{title}.xlsx")


@PAGES.alone("/imports", permission=RUN, post=True)
def upload(visit: Visit) -> Response:
    """Keep a list; check it at once where every heading is known."""
    station, given = visit.site.station, visit.files.get("file")
    with station.read(visit.actor) as reading:
        try:
            draft, ready = _read(visit, reading, given)
        except Refused as refused:
            if refused.status != 422:
                raise
            return _imports(visit, reading, complained(visit, refused))
    with station.write(visit.actor) as work:
        id_ = batches.add_batch(work, draft)
        visit.note(Action.IMPORT)
    if ready:
        _check(visit, id_)
    return see_other(visit, f"/imports/{id_}")


def _read(visit: Visit, work: ReadWork, given: Upload | None) -> tuple[batches.Draft, bool]:
    """An upload as a list, and whether all its headings are known. Raises Refused (422)."""
    keeper = visit.field("organisation") or work.actor.organisation_id
    if keeper not in (work.actor.organisation_id, *work.actor.organisations):
        raise unprocessable(_WRONG_KEEPER, "organisation")
    name, content = (given.name, given.content) if given else ("", b"")
    lines = read_upload(name, content)
    learnt = batches.known_headings(work, taking.KIND)
    sheet = find_headings(lines, learnt)
    if len(sheet.lines) > MOST_ROWS:
        raise unprocessable(_TOO_MANY, "file")
    meanings = meanings_of(sheet.headings, learnt)
    payload = {
        "keeper": keeper,
        "headings": list(sheet.headings),
        "meanings": meanings,
        "lines": [[line.number, list(line.cells)] for line in sheet.lines],
    }
    draft = batches.draft_batch(work, taking.KIND, name=name, payload=payload)
    return draft, "" not in meanings.values() and "name" in meanings.values()


def _check(visit: Visit, id_: str) -> None:
    """The dry run: read outside of any writing transaction, then kept."""
    station = visit.site.station
    with station.read(visit.actor) as work:
        batch = batches.get_batch(work, taking.KIND, id_)
        _open_for_mapping(batch)
        payload = batches.read_part(work, batch, "payload")
        lines = [Line(number, cells) for number, cells in payload["lines"]]
        around = surroundings(work, payload["keeper"])
        rows = read_rows(lines, payload["headings"], payload["meanings"], around)
        compare_with_city(work, rows, visit.site.authenticator.tree(work.connection))
        warn_of_lost_heads(rows)
        report = {"keeper": payload["keeper"], "rows": [row.as_json() for row in rows]}
        sealed = batches.sealed_part(work, batch, "report", report)
    with station.write(visit.actor) as work:
        batches.keep_part(work, batch, "report", sealed)
        batches.advance(work, batch, BatchState.CHECKED, total=len(rows))


@PAGES.reads("/imports/{id}", permission=RUN)
def one_import(visit: Visit, work: ReadWork) -> Response:
    """One list, as far as it has come."""
    return _one(visit, work, FormState())


def _one(
    visit: Visit, work: ReadWork, state: FormState, *, touched: Sequence[str] = ()
) -> Response:
    batch = batches.get_batch(work, taking.KIND, visit.params["id"])
    if batch.state is BatchState.UPLOADED:
        return _mapping(visit, work, batch, state)
    report = batches.read_part(work, batch, "report")
    rows = [row_of(kept) for kept in report["rows"]]
    found = notes.shown(rows, lambda key: BY_KEY[key].title)
    people = load_all(work, "Patient", touched)
    return page(
        visit,
        "imports/show.html",
        http_status=422 if state.errors else 409 if touched else 200,
        batch=shown(batch),
        step=batch.state.value,
        counts=counted(rows),
        notes=found[:_SHOWN],
        more=max(0, len(found) - _SHOWN),
        state=state,
        failure=unpacked(report.get("failure", "")),
        undo_until=slices.undo_until(work, batch),
        undoable=work.now <= slices.undo_until(work, batch),
        touched=[{"id": id_, "name": name_of(people[id_])} for id_ in touched if id_ in people],
        stayed=batch.total - batch.done if batch.state in _BACK else 0,
    )


def _mapping(visit: Visit, work: ReadWork, batch: Batch, state: FormState) -> Response:
    payload = batches.read_part(work, batch, "payload")
    said = state.values or {
        f"column-{place}": payload["meanings"].get(heading, "")
        for place, heading in enumerate(payload["headings"])
    }
    return page(
        visit,
        "imports/mapping.html",
        http_status=422 if state.errors else 200,
        batch=shown(batch),
        state=FormState(said, state.errors),
        columns=[
            {
                "field": f"column-{place}",
                "heading": heading,
                "known": bool(payload["meanings"].get(heading)),
                "samples": [
                    _hidden(cells[place])
                    for _number, cells in payload["lines"][:_PREVIEW]
                    if place < len(cells) and cells[place]
                ],
            }
            for place, heading in enumerate(payload["headings"])
            if heading
        ],
        choices=[(IGNORED, _("不导入这一列")), *((c.key, c.title) for c in COLUMNS)],
    )


def _hidden(text: str) -> str:
    """A cell as an example of its column: numbers of documents and phones partly hidden."""
    return mask_identity_number(text) if _NUMBERED.search(text) else text


@PAGES.alone("/imports/{id}/mapping", permission=RUN, post=True)
def mapping(visit: Visit) -> Response:
    """Take what the headings mean, remember it for the institution, and check the list."""
    station = visit.site.station
    with station.read(visit.actor) as reading:
        batch = batches.get_batch(reading, taking.KIND, visit.params["id"])
        _open_for_mapping(batch)
        payload = batches.read_part(reading, batch, "payload")
        try:
            meanings = _said(visit, payload["headings"])
        except Refused as refused:
            return _mapping(visit, reading, batch, complained(visit, refused))
        changed = {**payload, "meanings": meanings}
        sealed = batches.sealed_part(reading, batch, "payload", changed)
    with station.write(visit.actor) as work:
        batches.keep_part(work, batch, "payload", sealed)
        batches.learn_headings(work, taking.KIND, meanings)
        visit.note(Action.IMPORT)
    _check(visit, batch.id)
    return see_other(visit, f"/imports/{batch.id}")


def _open_for_mapping(batch: Batch) -> None:
    if batch.state not in (BatchState.UPLOADED, BatchState.CHECKED):
        raise conflict(_("这份名单已经确认，不能再改列的对应"))


def _said(visit: Visit, headings: Sequence[str]) -> dict[str, str]:
    """What the form says of each heading. Raises Refused (422)."""
    meanings: dict[str, str] = {}
    known = {IGNORED, *BY_KEY}
    for place, heading in enumerate(headings):
        if heading and heading not in meanings:
            chosen = visit.field(f"column-{place}")
            meanings[heading] = chosen if chosen in known else IGNORED
            others = [m for h, m in meanings.items() if h != heading and m != IGNORED]
            if meanings[heading] in others:
                sentence = Message(_TWICE, title=BY_KEY[meanings[heading]].title)
                raise unprocessable(sentence, f"column-{place}")
    if "name" not in meanings.values():
        raise unprocessable(_NO_NAME)
    return meanings


@PAGES.reads("/imports/{id}/mapping", permission=RUN)
def change_mapping(visit: Visit, work: ReadWork) -> Response:
    """Say again what the headings mean."""
    batch = batches.get_batch(work, taking.KIND, visit.params["id"])
    _open_for_mapping(batch)
    return _mapping(visit, work, batch, FormState())


@PAGES.reads("/imports/{id}/report", permission=RUN, action=Action.EXPORT)
def report(visit: Visit, work: ReadWork) -> Response:
    """Everything that was found, as an Excel file."""
    batch = batches.get_batch(work, taking.KIND, visit.params["id"])
    kept = batches.read_part(work, batch, "report")
    if kept is None:
        raise conflict(_("这份名单还没有检查，请先确认各列的内容"))
    note = f"{batch.name}　{write_datetime(batch.created_at)}"
    rows: list[Row] = [row_of(one) for one in kept["rows"]]
    title = visit.translate(_("导入检查报告"))
    return workbook.report(title, note, rows, language=visit.language)


@PAGES.alone("/imports/{id}/confirm", permission=RUN, post=True)
def confirm(visit: Visit) -> Response:
    """Take the list in, as it was chosen; the job begins at once."""
    station = visit.site.station
    with station.read(visit.actor) as reading:
        try:
            plan = _chosen(visit, reading)
        except Refused as refused:
            if refused.status != 422:
                raise
            return _one(visit, reading, complained(visit, refused))
    with station.write(visit.actor) as work:
        taking.begin(work, plan)
    station.hurry.set()
    return see_other(visit, f"/imports/{plan.batch.id}")


def _chosen(visit: Visit, work: ReadWork) -> taking.Plan:
    """The rows that the form wants taken in. Raises Refused (422)."""
    batch = batches.get_batch(work, taking.KIND, visit.params["id"])
    how, suspects = visit.field("how"), visit.field("suspects") == "take"
    kept = batches.read_part(work, batch, "report") or {"rows": [], "keeper": ""}
    rows = [row_of(one) for one in kept["rows"]]
    chosen = [row for row in rows if not row.errors and (suspects or not row.suspects)]
    if how not in ("right", "all"):
        raise unprocessable(_CHOOSE, "how")
    if how == "all" and any(row.errors for row in rows):
        raise unprocessable(_HAS_ERRORS, "how")
    if not chosen:
        raise unprocessable(_NONE, "how")
    return taking.plan(work, batch, chosen, keeper=kept["keeper"])


@PAGES.reads("/imports/{id}/progress", permission=RUN)
def progress(visit: Visit, work: ReadWork) -> Response:
    """How far the job has come; the whole page again where it is over."""
    batch = batches.get_batch(work, taking.KIND, visit.params["id"])
    response = fragment(visit, "components/progress.html", "progress", batch=shown(batch))
    if batch.state not in AT_WORK:
        response.headers["HX-Refresh"] = "true"
    return response


@PAGES.alone("/imports/{id}/undo", permission=RUN, post=True)
def undo(visit: Visit) -> Response:
    """Take a list back, or say on whose file somebody has worked since."""
    station = visit.site.station
    with station.read(visit.actor) as reading:
        batch = batches.get_batch(reading, taking.KIND, visit.params["id"])
        touched = taking.touched_since(reading, batch)
        if touched:
            return _one(visit, reading, FormState(), touched=touched)
    with station.write(visit.actor) as work:
        slices.undo(work, batch)
    station.hurry.set()
    return see_other(visit, f"/imports/{batch.id}")


@PAGES.writes("/imports/{id}/discard", permission=RUN, action=Action.IMPORT)
def discard(visit: Visit, work: Work) -> Response:
    """Forget a list that was not taken in."""
    batch = batches.get_batch(work, taking.KIND, visit.params["id"])
    if batch.state not in (BatchState.UPLOADED, BatchState.CHECKED):
        raise conflict(_("这份名单已经确认，不能放弃；导入完成后可以撤销"))
    batches.remove_batch(work, batch)
    return see_other(visit, "/imports")
