"""The pages of the figures: all indicators of a year by institution, and the people behind one."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from starlette.responses import Response

from health.figures import queries
from health.permissions import FIGURE_EXPORT, FIGURE_PERSONS, FIGURES
from kernel.audit.entry import Action
from kernel.declare.indicator import Indicator
from kernel.errors import bad_request, not_found
from kernel.measure import Figures, Question, evaluate, persons
from kernel.messages import Message, joined
from kernel.web.exports import export
from kernel.web.filters import write_age, write_sex
from kernel.web.i18n import _
from kernel.web.page import FormState, ListState, Pager
from kernel.web.pages import Pages
from kernel.web.sealing import sealed, unsealed
from kernel.web.shell import page
from kernel.web.spreadsheet import MOST_ROWS, Cell
from kernel.web.visit import Visit
from kernel.work import ReadWork

PAGES = Pages()
PAGE_SIZE: Final = 20
_LIST: Final = "figure"
_WRONG: Final = _("筛选条件无效，请从列表上方重新选择")
_NO_YEAR: Final = _("统计年份应为 %(first)s 至 %(last)s 年，请从列表上方重新选择")
_COUNTED: Final[Mapping[str, bool | None]] = {"": None, "yes": True, "no": False}
_HEADINGS: Final = (
    _("年度"), _("机构"), _("代码"), _("指标"), _("分子"), _("分母"), _("率（%）"), _("口径"),
    _("来源"),
)  # fmt: skip
_PEOPLE_HEADINGS: Final = (
    _("姓名"), _("性别"), _("出生日期"), _("年龄"), _("身份证号"), _("电话"), _("居（村）委会"),
    _("机构"), _("是否计入"), _("未计入的原因"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Asked:
    """What an address asks for: the year, its figures, the institution (empty: all seen)."""

    years: Sequence[int]
    year: int
    figures: Figures
    organisation: str

    @property
    def name(self) -> str:
        """The institution's name; of all that are seen that of the only one at the top, if so."""
        tops = self.figures.tops
        id_ = self.organisation or (tops[0] if len(tops) == 1 else "")
        return self.figures.tree.name(id_) or ""


def _asked(visit: Visit, work: ReadWork) -> Asked:
    """Raises Refused (400) for a year without figures and an institution that is not seen."""
    years, typed = queries.years(work), visit.query.get("year", "").strip()
    year = int(typed) if typed.isascii() and typed.isdigit() and len(typed) == 4 else years[0]
    if year not in years or (typed and str(year) != typed):
        raise bad_request(Message(_NO_YEAR, first=years[-1], last=years[0]), "year")
    figures = evaluate(work, year)
    organisation = visit.query.get("organisation", "").strip()
    if organisation and organisation not in figures.seen:
        raise bad_request(_WRONG, "organisation")
    return Asked(years, year, figures, organisation)


def _filter_values(asked: Asked) -> dict[str, str]:
    return {"year": str(asked.year), "organisation": asked.organisation}


@PAGES.reads("/figures", permission=FIGURES)
def figures(visit: Visit, work: ReadWork) -> Response:
    """All indicators of a year, of an institution or of all that are seen."""
    return _figures(visit, work, FormState())


def _figures(visit: Visit, work: ReadWork, export_state: FormState) -> Response:
    asked, indicators = _asked(visit, work), list(work.registry.indicators.values())
    code = visit.query.get("code", "").strip() or indicators[0].code
    if code not in work.registry.indicators:
        raise bad_request(_WRONG, "code")
    values = {**_filter_values(asked), "code": code}
    parts, chosen = queries.institutions(asked.figures), work.registry.indicators[code]
    rows = queries.indicator_rows(asked.figures, indicators, asked.organisation)
    return page(
        visit,
        "figures/list.html",
        http_status=422 if export_state.errors else 200,
        asked=asked,
        filter_state=FormState(values),
        years=[(str(year), str(year)) for year in asked.years],
        organisations=parts if len(parts) > 1 else [],
        codes=[(one.code, f"{one.code} {visit.translate(one.title)}") for one in indicators],
        rows=[{**row, "href": _people_href(work, asked, row["indicator"].code)} for row in rows],
        chosen=chosen,
        institution_rows=_institution_rows(work, asked, code),
        people_shown=work.actor.may(FIGURE_PERSONS),
        counted_at=work.now,
        export_href=ListState("/figures/export", values).href(),
        export_state=export_state,
    )


def _people_href(work: ReadWork, asked: Asked, code: str, organisation: str = "") -> str:
    """Where the people behind a figure are listed; empty for who may not see them."""
    if not work.actor.may(FIGURE_PERSONS):
        return ""
    values = _filter_values(asked)
    return ListState(
        f"/figures/{code}", {**values, "organisation": organisation or values["organisation"]}
    ).href()


def _institution_rows(work: ReadWork, asked: Asked, code: str) -> list[dict[str, Any]]:
    """An indicator by institution, each leading further down, and their sum."""
    rows = queries.institution_rows(asked.figures, code, asked.organisation)
    if not rows:
        return []
    linked = []
    for row in rows:
        values = {**_filter_values(asked), "organisation": row["id"], "code": code}
        down = ListState("/figures", values).href()
        href = down if row["parent"] else _people_href(work, asked, code, row["id"])
        linked.append({**row, "href": href})
    chosen = [work.registry.indicators[code]]
    [total] = queries.indicator_rows(asked.figures, chosen, asked.organisation)
    return [*linked, {**total, "name": "", "href": ""}]


@PAGES.reads("/figures/export", permission=FIGURES, post=True, action=Action.EXPORT)
def export_figures(visit: Visit, work: ReadWork) -> Response:
    """All indicators of all institutions below the chosen one as an Excel file."""
    visit.subject = "Organization"
    asked = _asked(visit, work)
    return export(
        visit,
        work,
        title=_("工作指标"),
        headings=_HEADINGS,
        rows=_figure_cells(visit, asked, list(work.registry.indicators.values())),
        file=f"figures-{asked.year}",
        again=lambda state: _figures(visit, work, state),
    )


def _figure_cells(
    visit: Visit, asked: Asked, indicators: Sequence[Indicator]
) -> Iterator[Sequence[Cell]]:
    tree, below = asked.figures.tree, asked.figures.tree.descendants(asked.organisation)
    for id_, _indented in queries.institutions(asked.figures):
        if asked.organisation and id_ not in (asked.organisation, *below):
            continue
        for row in queries.indicator_rows(asked.figures, indicators, id_):
            one, rate = row["indicator"], row["rate"]
            yield (
                asked.year,
                tree.name(id_) or id_,
                one.code,
                visit.translate(one.title),
                row["numerator"],
                row["denominator"],
                None if rate is None else float(rate),
                visit.translate(one.definition),
                visit.translate(one.source),
            )


@PAGES.reads("/figures/{code}", permission=FIGURE_PERSONS, action=Action.SEARCH)
def people(visit: Visit, work: ReadWork) -> Response:
    """The people behind a figure: who is counted, and why the others are not."""
    return _people(visit, work, FormState())


@dataclass(frozen=True, slots=True)
class People:
    """Which people of which indicator an address asks for, in which order."""

    asked: Asked
    indicator: Indicator
    question: Question
    sort: str

    @property
    def order(self) -> str:
        """The order as `kernel.measure.persons` takes it."""
        name = self.sort.removeprefix("-") or "name"
        return ("-" if self.sort.startswith("-") else "") + queries.SORTS[name]

    @property
    def values(self) -> dict[str, str]:
        """The parameters that lead to the same list again."""
        question = self.question
        counted = next(key for key, value in _COUNTED.items() if value is question.counted)
        reason = "" if question.reason is None else str(question.reason)
        return {**_filter_values(self.asked), "counted": counted, "reason": reason}


def _asked_people(visit: Visit, work: ReadWork) -> People:
    """Raises Refused: 404 for an unknown indicator, 400 for filters that do not exist."""
    visit.subject = "Patient"
    indicator = work.registry.indicators.get(visit.params["code"])
    if indicator is None:
        raise not_found("this indicator")
    asked = _asked(visit, work)
    counted, reason = visit.query.get("counted", ""), visit.query.get("reason", "")
    sort = visit.query.get("sort", "")
    reasons = ("", *map(str, range(len(indicator.missing))))
    known = counted in _COUNTED and reason in reasons
    if not known or sort.removeprefix("-") not in ("", *queries.SORTS):
        raise bad_request(_WRONG)
    question = Question(
        indicator.code,
        asked.year,
        asked.organisation or None,
        _COUNTED[counted],
        int(reason) if reason else None,
    )
    return People(asked, indicator, question, sort)


def _people(visit: Visit, work: ReadWork, export_state: FormState) -> Response:
    one = _asked_people(visit, work)
    cursor = visit.query.get("cursor", "")
    after = unsealed(work, _LIST, cursor) if cursor else None
    found = persons(work, one.question, sort=one.order, after=after, limit=PAGE_SIZE)
    path = f"/figures/{one.indicator.code}"
    state = ListState(path, one.values, one.sort)
    more = state.href(cursor=sealed(work, _LIST, found.after)) if found.after else ""
    asked, figures_ = one.asked, one.asked.figures
    [row] = queries.indicator_rows(figures_, [one.indicator], asked.organisation)
    parts = queries.institutions(figures_)
    count = (row["numerator"], row["denominator"])
    return page(
        visit,
        "figures/people.html",
        http_status=422 if export_state.errors else 200,
        asked=asked,
        indicator=one.indicator,
        figure=row,
        rows=queries.people_rows(work, found.people, figures_.tree),
        elsewhere=queries.elsewhere(work, one.question, *count),
        list_state=state,
        pager_state=Pager(len(found.people), more, state.href() if cursor else ""),
        filter_state=FormState(one.values),
        years=[(str(year), str(year)) for year in asked.years],
        organisations=parts if len(parts) > 1 else [],
        reasons=[
            (
                str(number),
                Message(missing.text, n="n") if missing.value is not None else missing.text,
            )
            for number, missing in enumerate(one.indicator.missing)
        ],
        figures_href=ListState("/figures", _filter_values(asked)).href(),
        export_href=ListState(f"{path}/export", one.values, one.sort).href()
        if work.actor.may(FIGURE_EXPORT)
        else "",
        export_state=export_state,
    )


@PAGES.reads("/figures/{code}/export", permission=FIGURE_EXPORT, post=True, action=Action.EXPORT)
def export_people(visit: Visit, work: ReadWork) -> Response:
    """The people behind a figure as an Excel file with masked numbers, for a recorded reason."""
    one = _asked_people(visit, work)
    visit.detail["indicator"] = one.indicator.code
    return export(
        visit,
        work,
        title=one.indicator.title,
        headings=_PEOPLE_HEADINGS,
        rows=_people_cells(visit, work, one),
        file=f"{one.indicator.code}-{one.asked.year}",
        again=lambda state: _people(visit, work, state),
    )


def _people_cells(visit: Visit, work: ReadWork, one: People) -> Iterator[Sequence[Cell]]:
    tree = one.asked.figures.tree
    for row in queries.each_person(work, one.question, tree, sort=one.order, most=MOST_ROWS):
        yield _cells(visit, work, row)


def _cells(visit: Visit, work: ReadWork, row: Mapping[str, Any]) -> Sequence[Cell]:
    return (
        row["name"],
        write_sex(row["sex"], visit.language),
        row["birth_date"],
        write_age(row["birth_date"], work.today, visit.language),
        row["identity_number"],
        row["phone"],
        row["community"],
        row["organisation"],
        visit.translate(_("计入") if row["counted"] else _("未计入")),
        visit.translate(joined(row["reasons"])),
    )
