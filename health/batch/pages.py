"""批量录入: many residents, one form, by keyboard; every row is saved on its own."""

import re
from typing import Final

from starlette.responses import Response

from health.batch import rows
from health.batch.columns import columns_of
from health.batch.rows import Head, Row, Sent, State
from health.batch.views import row_view
from health.declare import Programme
from health.fields import VISIT_DATE, VISIT_MODE
from health.permissions import IMPORT
from health.programmes import PROGRAMMES
from kernel.audit.entry import Action
from kernel.errors import Refused, bad_request
from kernel.messages import Message, _
from kernel.values.dates import parse_date
from kernel.values.invalid import InvalidValue
from kernel.web.page import FormState
from kernel.web.pages import Pages
from kernel.web.shell import fragment, page
from kernel.web.submission import submission_of
from kernel.web.visit import Visit
from kernel.work import ReadWork
from records.api import list_doctors

PAGES = Pages()
BATCH: Final = "/follow-ups/batch"
ROWS: Final = 8
"""Empty rows of a new table; a form has at most 500 fields (`kernel/web/request.py`)."""
MOST_ROWS: Final = 200
_FIELD: Final = re.compile(r"row-(\d{1,3})-(.+)")
_REFUSED: Final = (403, 404, 409, 410, 412, 422)
_UNKNOWN: Final = _("请从列表中选择项目")
_FUTURE: Final = _("随访日期不能晚于今天（%(today)s）")


def choices() -> list[Programme]:
    """The programmes that are entered in batches: all but the outcome of a referral."""
    return [one for one in PROGRAMMES if one.regular]


def programme_in(name: str) -> Programme:
    """The programme of a name; of none the first one. Raises Refused (400)."""
    for one in choices():
        if name in ("", one.name):
            return one
    raise bad_request(_UNKNOWN, "programme")


@PAGES.reads(BATCH, permission=IMPORT)
def batch(visit: Visit, work: ReadWork) -> Response:
    """An empty table for a programme."""
    programme = programme_in(visit.query.get("programme", ""))
    own = work.actor.practitioner_id or ""
    doctors = {one.id: one for one in list_doctors(work)}
    head = Head(programme, doctor=doctors.get(own))
    state = FormState({"doctor": own if own in doctors else ""})
    shown = [rows.empty(work, number) for number in range(ROWS)]
    return _table(visit, work, head, state, shown)


def _table(
    visit: Visit, work: ReadWork, head: Head, state: FormState, shown: list[Row]
) -> Response:
    wrong = state.errors or any(row.state in (State.REFUSED, State.DOUBTED) for row in shown)
    mode = head.programme.form().field(VISIT_MODE)
    return page(
        visit,
        "batch/table.html",
        http_status=422 if wrong else 200,
        programme=head.programme,
        programmes=[(one.name, one.short) for one in choices()],
        state=state,
        modes=[(one.code, one.title) for one in mode.options],
        doctors=[(one.id, one.name) for one in list_doctors(work)],
        rows=[row_view(work, head, row) for row in shown],
        codes=[column for column in columns_of(head.programme) if column.field.options],
        saved=sum(row.state is State.SAVED for row in shown),
        open=sum(row.state in (State.REFUSED, State.DOUBTED) for row in shown),
    )


def _head(visit: Visit, work: ReadWork) -> tuple[Head, FormState]:
    """What was chosen for all rows, and what is wrong with it."""
    programme, errors = programme_in(visit.field("programme")), dict[str, str]()
    day = visit.field(VISIT_DATE)
    try:
        if day and parse_date(day) > work.today:
            errors[VISIT_DATE] = Message(_FUTURE, today=work.today.isoformat())
    except InvalidValue as wrong:
        errors[VISIT_DATE] = wrong.message
    doctors = {one.id: one for one in list_doctors(work)}
    doctor = doctors.get(visit.field("doctor"))
    return Head(programme, day, visit.field(VISIT_MODE), doctor), FormState(visit.form, errors)


def _sent(visit: Visit) -> list[Sent]:
    """The rows of the form, in their order."""
    found: dict[int, dict[str, str]] = {}
    for name, text in visit.form.items():
        match = _FIELD.fullmatch(name)
        if match and int(match[1]) < MOST_ROWS:
            found.setdefault(int(match[1]), {})[match[2]] = text
    return [Sent(number, fields) for number, fields in sorted(found.items())]


@PAGES.alone(BATCH, permission=IMPORT, post=True)
def all_rows(visit: Visit) -> Response:
    """Everything that was typed: each row saved on its own, the others again as they were."""
    with visit.site.station.read(visit.actor) as work:
        head, state = _head(visit, work)
    shown = [_row(visit, head, sent) for sent in _sent(visit)]
    with visit.site.station.read(visit.actor) as work:
        if not any(row.state is State.EMPTY for row in shown):
            last = max((row.number for row in shown), default=-1)
            more = range(last + 1, min(last + 1 + ROWS, MOST_ROWS))
            shown += [rows.empty(work, number) for number in more]
        visit.note(Action.READ, patients=_shown_in(shown), resource_type="Patient")
        return _table(visit, work, head, state, shown)


@PAGES.alone(f"{BATCH}/row", permission=IMPORT, post=True)
def one_row(visit: Visit) -> Response:
    """One row of the table, sent by the keyboard of the page: as it stands after that."""
    with visit.site.station.read(visit.actor) as work:
        head, _state = _head(visit, work)
    sent = _sent(visit)
    if len(sent) != 1:
        raise bad_request(_("请刷新页面后再试"))
    row = _row(visit, head, sent[0])
    with visit.site.station.read(visit.actor) as work:
        visit.note(Action.READ, patients=_shown_in([row]), resource_type="Patient")
        return fragment(visit, "batch/row.html", "row", row=row_view(work, head, row))


def _shown_in(shown: list[Row]) -> list[str]:
    """Whose names stand on the page."""
    people = [one for row in shown for one in (row.person, *row.people) if one is not None]
    return sorted({one.id for one in people})


def _row(visit: Visit, head: Head, sent: Sent) -> Row:
    """A row after it was sent: found, refused, or saved in a transaction of its own."""
    station = visit.site.station
    submission = submission_of(visit, f"row-{sent.number}-submission")
    with station.read(visit.actor) as work:
        if sent.text("saved") == "yes":
            return rows.shown_again(work, sent, submission)
        if not sent.is_shown:
            return rows.found(work, head, sent, submission)
        row = rows.answered(work, head, sent, submission)
    if row.state is not State.SHOWN:
        return row
    try:
        with station.write(visit.actor) as work:
            saved = rows.save(work, head, row, sent.text("patient"))
    except Refused as refused:
        if refused.status not in _REFUSED:
            raise
        return rows.refused(head, row, refused)
    one = sent.text("patient")
    visit.note(Action.CREATE, patients=[one], resource_type="Patient", resource_id=one)
    return saved
