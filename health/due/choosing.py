"""What an address of the due list asks for, and what its filters offer."""

from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from health.declare import Action, Activity
from health.due.queries import SORTS, DueQuery
from health.due.rows import BAND_TITLES, Band, Tab
from health.programmes import MANAGED
from health.searching import UNKNOWN, person_choices, sought_in
from kernel.errors import bad_request
from kernel.messages import _
from kernel.web.visit import Visit
from kernel.work import ReadWork
from records.api import FILE_FILTERS, file_query

ACTIVITY_TITLES: Final = {
    Activity.FOLLOW_UP: _("随访"),
    Activity.RECHECK: _("复查"),
    Activity.REFERRAL_OUTCOME: _("转诊结果随访"),
    Activity.ARRIVAL_CHECK: _("到院确认"),
    Activity.EXAMINATION: _("年度体检"),
    Activity.RETURN_CONTACT: _("转回后首次随访"),
}
PRIORITIES: Final = {
    Action.EMERGENCY: (_("紧急"), "overdue"),
    Action.REFER: (_("转诊"), "alert"),
    Action.ADJUST: (_("复查"), "due"),
    Action.ROUTINE: (_("常规"), "neutral"),
}
"""What the action that asked for a visit means for how urgent it is: words and badge."""
_TERRITORY: Final = ("committee", "grid", "building", "unit", "doctor", "team")
_ALLOWED: Final[Mapping[str, frozenset[str]]] = {
    "programme": frozenset({"", *(one.name for one in MANAGED)}),
    "activity": frozenset({"", *Activity}),
    "priority": frozenset({"", *Action}),
    "band": frozenset({"", *Band}),
    "sort": frozenset({"", *SORTS, *(f"-{one}" for one in SORTS)}),
}


class Chosen(NamedTuple):
    """The query of an address, and the parameters that lead to the same list again."""

    query: DueQuery
    params: dict[str, str]


def chosen(visit: Visit, work: ReadWork, *, tab: Tab = Tab.TODAY) -> Chosen:
    """What the address asks for; `tab` where it names none. Raises Refused (400)."""
    visit.subject = "Patient"
    names = ("tab", "organisation", "search", *_ALLOWED, *_TERRITORY)
    params = {name: visit.query.get(name, "").strip()[:200] for name in names}
    wrong = any(params[name] not in codes for name, codes in _ALLOWED.items())
    if wrong or params["tab"] not in ("", *Tab):
        raise bad_request(UNKNOWN)
    params["search"] = visit.query.get("search", "")
    query = DueQuery(
        tab=Tab(params["tab"] or tab),
        sought=sought_in(visit, work),
        file=file_query({name: params[name] for name in FILE_FILTERS if name in params}),
        organisation=params["organisation"],
        sort=params["sort"],
        **{name: params[name] for name in ("programme", "activity", "priority", "band")},
    )
    return Chosen(query, {**params, "tab": str(query.tab)})


def choices(visit: Visit, work: ReadWork, query: DueQuery) -> dict[str, Any]:
    """What the filters offer: pairs of code or id and title; the Chinese is translated here."""
    said = visit.translate
    return {
        **person_choices(visit, work, query.organisation, query.sought),
        "programmes": [(one.name, said(one.short)) for one in MANAGED],
        "activities": [(str(code), said(title)) for code, title in ACTIVITY_TITLES.items()],
        "priorities": [(str(code), said(title)) for code, (title, _k) in PRIORITIES.items()],
        "bands": [(str(code), said(title)) for code, title in BAND_TITLES.items()],
        "more_filters": query.file.restricts,
    }
