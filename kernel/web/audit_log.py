"""The auditor's page: who did what to whose record, by time, and as an Excel file."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta
from typing import Any

from sqlalchemy import func, select
from starlette.responses import Response

from kernel.audit import queries
from kernel.audit.entry import Action, Entry, Outcome
from kernel.audit.queries import Key, Person, Query, Sealed
from kernel.clock import SHANGHAI, instant_of
from kernel.db.tables import audit_entry
from kernel.errors import bad_request
from kernel.registry import Registry
from kernel.security.accounts import find_user
from kernel.values.dates import parse_date
from kernel.values.invalid import InvalidValue
from kernel.web.cards import Card
from kernel.web.exports import export
from kernel.web.filters import write_moment
from kernel.web.i18n import _
from kernel.web.page import FormState, ListState, Pager
from kernel.web.pages import Pages
from kernel.web.sealing import sealed, unsealed
from kernel.web.shell import page, see_other
from kernel.web.spreadsheet import MOST_ROWS
from kernel.web.visit import Visit
from kernel.work import ReadWork

PAGES = Pages()
READ = "kernel:audit:read"
PAGE_SIZE = 50
_CURSOR = "audit"
_FILTER = "audit-filter"
_FIELDS = ("user", "patient", "action", "outcome", "from", "to")
_LONGEST = 100
_NEWEST, _OLDEST = "-at", "at"
_OUTCOMES = {"ok": (Outcome.SUCCESS,), "refused": tuple(set(Outcome) - {Outcome.SUCCESS})}
_NOBODY = "nobody"
"""No account has this id, so an unknown name finds nothing."""

ACTION_TITLES: Mapping[Action, str] = {
    Action.SIGN_IN: _("登录"),
    Action.SIGN_IN_FAILED: _("登录失败"),
    Action.SIGN_OUT: _("退出"),
    Action.READ: _("查看"),
    Action.VREAD: _("查看历史版本"),
    Action.SEARCH: _("查找"),
    Action.HISTORY: _("查看修改历史"),
    Action.REVEAL: _("显示完整号码"),
    Action.CREATE: _("新建"),
    Action.UPDATE: _("修改"),
    Action.PATCH: _("部分修改"),
    Action.DELETE: _("删除"),
    Action.PRINT: _("打印"),
    Action.EXPORT: _("导出"),
    Action.IMPORT: _("导入"),
    Action.OPERATION: _("操作"),
    Action.DENIED: _("被拒绝"),
    Action.ACCOUNT: _("账号变更"),
    Action.TOKEN: _("令牌变更"),
    Action.GRANT: _("授权"),
    Action.CONFIG: _("设置变更"),
    Action.BACKUP: _("备份"),
    Action.RESTORE: _("恢复"),
    Action.PURGE: _("清除过期日志"),
}
_HEADINGS = (
    _("时间"), _("用户名"), _("姓名"), _("操作"), _("对象"), _("居民标识"), _("结果"),
    _("来源地址"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Asked:
    """The filters as typed, what they mean, and what is wrong with them."""

    state: FormState
    query: Query


@PAGES.reads("/audit/filter", permission=READ, post=True, action=Action.SEARCH)
def choose(visit: Visit, work: ReadWork) -> Response:
    """Go on with what was typed, sealed: it may be somebody's number (TRUST 33)."""
    visit.subject = "AuditEvent"
    typed = {name: visit.field(name) for name in _FIELDS}
    visit.detail["query"] = {name: text for name, text in typed.items() if text}
    return see_other(visit, filtered(work, typed, visit.field("sort")))


def filtered(work: ReadWork, chosen: Mapping[str, str], sort: str = "") -> str:
    """The address of the log with these filters: some of `_FIELDS`."""
    values = [chosen.get(name, "")[:_LONGEST] for name in _FIELDS]
    token = sealed(work, _FILTER, values) if any(values) else ""
    return ListState("/audit", {"filter": token}, sort).href()


@PAGES.reads("/audit", permission=READ, action=Action.SEARCH)
def entries(visit: Visit, work: ReadWork) -> Response:
    """A page of entries. Only sealed ones are shown; new ones follow within seconds."""
    return _list(visit, work, FormState())


def _list(visit: Visit, work: ReadWork, export_state: FormState) -> Response:
    visit.subject = "AuditEvent"
    asked = _asked(visit, work)
    cursor = visit.query.get("cursor", "")
    after = Key(*unsealed(work, _CURSOR, cursor)) if cursor else None
    with visit.site.station.database.reading_audit() as audit:
        found = queries.find(audit, work.keys, asked.query, after=after, limit=PAGE_SIZE)
        until = audit.scalar(select(func.max(audit_entry.c.at)))
    chosen = {"filter": visit.query.get("filter", "")}
    sort = _OLDEST if asked.query.oldest_first else _NEWEST
    state = ListState("/audit", chosen, sort)
    next_href = state.href(cursor=sealed(work, _CURSOR, list(found.next))) if found.next else ""
    people = queries.people(work.connection, found.entries)
    return page(
        visit,
        "audit/list.html",
        http_status=422 if export_state.errors else 200,
        rows=[_row(work.registry, one, people) for one in found.entries],
        filter_state=asked.state,
        actions=[(action.value, title) for action, title in ACTION_TITLES.items()],
        list_state=state,
        pager_state=Pager(len(found.entries), next_href, state.href() if cursor else ""),
        export_href=ListState("/audit/export", chosen, sort).href(),
        export_state=export_state,
        sealed_until=until,
    )


def cards(visit: Visit, work: ReadWork) -> list[Card]:
    """What an auditor sees first: how much was recorded today, and how much of it was refused."""
    if not work.actor.may(READ):
        return []
    today = {"from": work.today.isoformat()}
    refused = {**today, "outcome": "refused"}
    since = instant_of(datetime.combine(work.today, time(), SHANGHAI))
    with visit.site.station.database.reading_audit() as audit:
        entries = queries.count(audit, Query(since=since))
        failures = queries.count(audit, Query(since=since, outcomes=_OUTCOMES["refused"]))
    return [
        Card(_("今天的记录"), entries, _("条"), filtered(work, today)),
        Card(_("今天被拒绝或失败"), failures, _("条"), filtered(work, refused)),
    ]


@PAGES.reads("/audit/export", permission=READ, post=True, action=Action.EXPORT)
def export_entries(visit: Visit, work: ReadWork) -> Response:
    """The entries that the filters describe as an Excel file."""
    visit.subject = "AuditEvent"
    return export(
        visit,
        work,
        title=_("审计日志"),
        headings=_HEADINGS,
        rows=_sheet_rows(visit, work, _asked(visit, work).query),
        file="audit",
        again=lambda state: _list(visit, work, state),
    )


def _sheet_rows(visit: Visit, work: ReadWork, query: Query) -> Iterator[Sequence[str]]:
    after: Key | None = None
    left = MOST_ROWS
    while left > 0:
        with visit.site.station.database.reading_audit() as audit:
            found = queries.find(audit, work.keys, query, after=after, limit=min(left, 500))
        people = queries.people(work.connection, found.entries)
        for one in found.entries:
            row = _row(work.registry, one, people)
            yield (
                write_moment(row["at"]),
                row["user_name"],
                row["display"],
                visit.translate(row["action"]),
                f"{visit.translate(row['what'])} {row['record_id']}".strip(),
                row["patient_id"],
                visit.translate(_("成功") if row["outcome"] == "ok" else _("拒绝")),
                row["source"],
            )
        left -= len(found.entries)
        after = found.next
        if after is None:
            return


def _asked(visit: Visit, work: ReadWork) -> _Asked:
    """What the filters mean. A date that cannot be read is complained about and left out."""
    token = visit.query.get("filter", "")
    texts = unsealed(work, _FILTER, token) if token else [""] * len(_FIELDS)
    values = dict(zip(_FIELDS, (str(text) for text in texts), strict=True))
    visit.detail["query"] = {name: text for name, text in values.items() if text}
    errors: dict[str, str] = {}
    patient = values["patient"].removeprefix("Patient/")
    query = Query(patient_id=patient or None, oldest_first=_oldest_first(visit))
    if values["user"]:
        user = find_user(work.connection, values["user"])
        query = replace(query, user_id=user.id if user else _NOBODY)
    if values["action"] in {action.value for action in Action}:
        query = replace(query, actions=(Action(values["action"]),))
    if values["outcome"]:
        query = replace(query, outcomes=_OUTCOMES.get(values["outcome"], ()))
    since = _midnight(values, "from", 0, errors)
    until = _midnight(values, "to", 1, errors)
    return _Asked(FormState(values, errors), replace(query, since=since, until=until))


def _oldest_first(visit: Visit) -> bool:
    sort = visit.query.get("sort", _NEWEST)
    if sort not in (_OLDEST, _NEWEST):
        raise bad_request(_("筛选条件无效，请从列表上方重新选择"))
    return sort == _OLDEST


def _midnight(
    values: Mapping[str, str], name: str, days: int, errors: dict[str, str]
) -> int | None:
    if not values[name]:
        return None
    try:
        day = parse_date(values[name]) + timedelta(days=days)
    except InvalidValue as error:
        errors[name] = error.message
        return None
    return instant_of(datetime.combine(day, time(), SHANGHAI))


def _row(registry: Registry, one: Sealed, people: Mapping[str, Person]) -> dict[str, Any]:
    entry = one.entry
    person = people.get(entry.user_id or "")
    several = len(entry.patients)
    return {
        "at": entry.at,
        "user_name": person.name if person else entry.user_id or "",
        "display": person.display if person else "",
        "action": ACTION_TITLES[entry.action],
        "outcome": "ok" if entry.outcome is Outcome.SUCCESS else "refused",
        "what": _what(registry, entry),
        "record_id": (entry.resource_id or "") if several else "",
        "patient_id": entry.patient_id or (f"{several} ×" if several else ""),
        "patients": several,
        "source": entry.source or "",
        "damaged": one.damaged,
    }


def _what(registry: Registry, entry: Entry) -> str:
    """What kind of thing was acted on, in the words of its declaration."""
    type_ = entry.resource_type
    if not type_:
        return ""
    spec = registry.spec(type_)
    return _("账号") if type_ == "User" else spec.title if spec else type_
