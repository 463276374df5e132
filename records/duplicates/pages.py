"""The warning while somebody registers, the pairs to be reviewed, the review, merging, undoing."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from typing import Any, Final, TypeVar

from starlette.responses import Response

from kernel.audit.entry import Action
from kernel.errors import Refused, unprocessable
from kernel.security.accounts import get_user
from kernel.values.dates import parse_date
from kernel.values.identity_number import parse_identity_number
from kernel.values.invalid import InvalidValue
from kernel.values.phone import parse_phone
from kernel.web.exports import export
from kernel.web.filters import write_sex
from kernel.web.i18n import _
from kernel.web.page import FormState, ListState, Pager
from kernel.web.pages import Pages
from kernel.web.sealing import sealed, unsealed
from kernel.web.shell import fragment, page, see_other
from kernel.web.spreadsheet import MOST_ROWS, Cell
from kernel.web.visit import Visit
from kernel.work import ReadWork, Work
from records.duplicates import services
from records.duplicates.joining import FIELDS, candidate_of, ranked
from records.duplicates.matching import Candidate, compare, weigh
from records.duplicates.pairs import PROPOSED, Pair, count_pairs, find_pair, list_merges, list_pairs
from records.duplicates.parameters import UNDO_DAYS
from records.duplicates.permissions import REVIEW, WARN
from records.duplicates.search import find_suspects
from records.duplicates.services import Files, check_joinable, get_files, needs_second
from records.duplicates.views import (
    CLOSED,
    enrolments,
    facts_of,
    field_rows,
    pair_rows,
    suspect_rows,
)
from records.information.completing import gender_of
from records.life.services import File
from records.reading import name_of

PAGES = Pages()
PAGE_SIZE: Final = 20
_PAIRS: Final = "duplicates"
_LEAST_NUMBER: Final = 8
_CHOOSE: Final = _("请选择保留哪一份档案。")
_HEADINGS: Final = (
    _("姓名"), _("性别"), _("出生日期"), _("机构"), _("另一份档案的姓名"), _("性别"),
    _("出生日期"), _("机构"), _("理由"),
)  # fmt: skip


@PAGES.reads("/residents/suspects", permission=WARN, post=True, action=Action.SEARCH)
def suspects(visit: Visit, work: ReadWork) -> Response:
    """The warning beside a registration form: a part of it, empty where nobody is suspected.

    Fields: name, sex (GB/T 2261.1), birth_date, number, phone, address, and id where a file is
    corrected. What cannot be read yet, because it is still being typed, is not looked for; what a
    citizen's number tells need not be typed.
    """
    visit.subject = "Patient"
    candidate = _typed(visit, work.today)
    visit.detail["query"] = {"name": candidate.name, "numbers": list(candidate.numbers)}
    found = find_suspects(work, candidate)
    work.touched.update(one.patient_id for one in found)
    rows = suspect_rows(visit, work, found)
    return fragment(visit, "duplicates/suspects.html", "suspects", suspects=rows)


def _typed(visit: Visit, today: date) -> Candidate:
    number = visit.field("number")
    told = _read(number, lambda text: parse_identity_number(text, today=today))
    return Candidate(
        name=visit.field("name"),
        sex=gender_of(visit.field("sex")) if visit.field("sex") else (told and told.sex) or "",
        born=_read(visit.field("birth_date"), parse_date) or (told.birth_date if told else None),
        numbers=(number,) if len(number) >= _LEAST_NUMBER else (),
        phones=tuple(filter(None, [_read(visit.field("phone"), lambda t: parse_phone(t).value)])),
        address=visit.field("address"),
        id=visit.field("id"),
    )


_T = TypeVar("_T")


def _read(text: str, parse: Callable[[str], _T]) -> _T | None:
    try:
        return parse(text)
    except InvalidValue:
        return None


@PAGES.reads("/duplicates", permission=REVIEW, action=Action.SEARCH)
def pairs(visit: Visit, work: ReadWork) -> Response:
    """The pairs that wait for a decision, the surest first, and the merges that can be undone."""
    return _list(visit, work, FormState())


def _list(visit: Visit, work: ReadWork, export_state: FormState) -> Response:
    visit.subject = "Patient"
    cursor = visit.query.get("cursor", "")
    after = unsealed(work, _PAIRS, cursor) if cursor else None
    found = list_pairs(work, after=after, limit=PAGE_SIZE + 1)
    shown, state = found[:PAGE_SIZE], ListState("/duplicates")
    more = ""
    if len(found) > PAGE_SIZE:
        more = state.href(cursor=sealed(work, _PAIRS, list(shown[-1].place)))
    return page(
        visit,
        "duplicates/list.html",
        http_status=422 if export_state.errors else 200,
        rows=pair_rows(visit, work, shown),
        pager_state=Pager(
            len(shown), more, state.href() if cursor else "", total=count_pairs(work)
        ),
        export_state=export_state,
        merges=_merges(work),
        undo_days=UNDO_DAYS,
    )


def _merges(work: ReadWork) -> list[dict[str, Any]]:
    return [
        {
            "provenance_id": one.pair.provenance_id,
            "id": one.pair.keep_id,
            "name": one.name,
            "former": one.former,
            "at": one.pair.decided_at,
            "by": get_user(work.connection, one.pair.decided_by or "").display,
        }
        for one in list_merges(work)
    ]


@PAGES.reads("/duplicates/export", permission=REVIEW, post=True, action=Action.EXPORT)
def export_pairs(visit: Visit, work: ReadWork) -> Response:
    """The pairs as an Excel file, for a reason that is recorded."""
    visit.subject = "Patient"
    return export(
        visit,
        work,
        title=_("疑似重复档案"),
        headings=_HEADINGS,
        rows=_cells(visit, work),
        file="duplicates",
        again=lambda state: _list(visit, work, state),
    )


def _cells(visit: Visit, work: ReadWork) -> Iterator[Sequence[Cell]]:
    for row in pair_rows(visit, work, list_pairs(work, limit=MOST_ROWS)):
        people = [
            (
                one["name"],
                write_sex(one["sex"], visit.language),
                one["birth_date"],
                one["organisation"] + ("" if one["active"] else f"（{visit.translate(CLOSED)}）"),
            )
            for one in row["people"]
        ]
        reasons = "；".join(visit.translate(reason) for reason in row["reasons"])
        yield (*people[0], *people[1], reasons)


@PAGES.reads("/duplicates/{id}/{other}", permission=REVIEW, action=Action.REVEAL)
def review(visit: Visit, work: ReadWork) -> Response:
    """Two files beside each other, in full: numbers have to be compared digit by digit."""
    return _review(visit, work, FormState())


def _review(visit: Visit, work: ReadWork, state: FormState) -> Response:
    files = get_files(work, visit.params["id"], visit.params["other"])
    counted = enrolments(work, [file.id for file in files])
    best, _other = ranked(files.keep.body, files.gone.body, enrolments=counted)
    pair = find_pair(work, files.keep.id, files.gone.id)
    ordered = files if best["id"] == files.keep.id else Files(files.gone, files.keep)
    proposal = pair if pair and pair.state == PROPOSED else None
    kept = proposal.keep_id if proposal and proposal.keep_id else ordered.keep.id
    chosen = _chosen(proposal, ordered) if proposal else dict.fromkeys(_KEYS, kept)
    return page(
        visit,
        "duplicates/review.html",
        http_status=422 if state.errors else 200,
        here=f"/duplicates/{files.keep.id}/{files.gone.id}",
        files=[_heading(file) for file in ordered],
        facts=facts_of(visit, work, ordered),
        fields=field_rows(visit, ordered.keep.body, ordered.gone.body, {**chosen, **_sent(visit)}),
        kept=visit.field("keep") or kept,
        reasons=weigh(compare(*(candidate_of(file.body) for file in ordered))).reasons,
        obstacle=_obstacle(visit, work, ordered, kept),
        needs_second=needs_second(files),
        proposal=_proposal(work, proposal),
        state=state,
        undo_days=UNDO_DAYS,
    )


_KEYS: Final = tuple(field.key for field in FIELDS)


def _heading(file: File) -> dict[str, Any]:
    return {"id": file.id, "name": name_of(file.body)}


def _chosen(proposal: Pair, files: Files) -> dict[str, str]:
    keep = proposal.keep_id or files.keep.id
    return {key: proposal.other(keep) if key in proposal.taken else keep for key in _KEYS}


def _sent(visit: Visit) -> Mapping[str, str]:
    return {key: visit.field(f"field-{key}") for key in _KEYS if visit.field(f"field-{key}")}


def _obstacle(visit: Visit, work: ReadWork, files: Files, kept: str) -> str:
    """What has to be done before these two can be merged, or an empty text."""
    ordered = files if kept == files.keep.id else Files(files.gone, files.keep)
    try:
        check_joinable(work, ordered)
    except Refused as refused:
        return visit.translate(refused.issues[0].diagnostics)
    return ""


def _proposal(work: ReadWork, pair: Pair | None) -> dict[str, Any] | None:
    if pair is None:
        return None
    user = get_user(work.connection, pair.proposed_by or "")
    mine = user.id == work.actor.user_id
    return {"by": user.display, "at": pair.proposed_at, "mine": mine}


@PAGES.alone("/duplicates/{id}/{other}/merge", permission=REVIEW, post=True)
def merge(visit: Visit) -> Response:
    """Merge, where a number is the same or somebody else proposed it; else propose it."""

    def act(work: Work) -> Response:
        keep, gone = _both(visit)
        files = get_files(work, keep, gone)
        taken = tuple(key for key, id_ in _sent(visit).items() if id_ == gone)
        if needs_second(files):
            services.propose_merge(work, keep, gone, taken=taken)
            return see_other(visit, _address(visit), flash="merge-proposed")
        services.merge(work, keep, gone, taken=taken)
        return see_other(visit, f"/residents/{keep}", flash="files-merged")

    return _attempt(visit, act)


@PAGES.alone("/duplicates/{id}/{other}/confirm", permission=REVIEW, post=True)
def confirm(visit: Visit) -> Response:
    """Confirm what somebody else proposed, as it was proposed."""

    def act(work: Work) -> Response:
        pair = find_pair(work, visit.params["id"], visit.params["other"])
        keep = pair.keep_id if pair and pair.keep_id else visit.params["id"]
        gone = pair.other(keep) if pair else visit.params["other"]
        services.merge(work, keep, gone, taken=pair.taken if pair else ())
        return see_other(visit, f"/residents/{keep}", flash="files-merged")

    return _attempt(visit, act)


@PAGES.alone("/duplicates/{id}/{other}/withdraw", permission=REVIEW, post=True)
def withdraw(visit: Visit) -> Response:
    """Take a proposal back, or refuse somebody's."""

    def act(work: Work) -> Response:
        services.withdraw_proposal(work, visit.params["id"], visit.params["other"])
        return see_other(visit, _address(visit), flash="merge-withdrawn")

    return _attempt(visit, act)


@PAGES.alone("/duplicates/{id}/{other}/distinct", permission=REVIEW, post=True)
def distinct(visit: Visit) -> Response:
    """They are two people."""

    def act(work: Work) -> Response:
        services.mark_distinct(work, visit.params["id"], visit.params["other"])
        return see_other(visit, "/duplicates", flash="pair-distinct")

    return _attempt(visit, act)


@PAGES.alone("/duplicates/merges/{id}/undo", permission=REVIEW, post=True)
def undo(visit: Visit) -> Response:
    """Take a merge back."""
    station = visit.site.station
    with station.write(visit.actor) as work:
        kept = services.undo_merge(work, visit.params["id"])
        _note(visit, work)
    return see_other(visit, f"/residents/{kept}", flash="merge-undone")


def _both(visit: Visit) -> tuple[str, str]:
    """The id that is kept and the other one. Raises Refused (422)."""
    ids = [visit.params["id"], visit.params["other"]]
    keep = visit.field("keep")
    if keep not in ids:
        raise unprocessable(_CHOOSE, "keep")
    return keep, next(id_ for id_ in ids if id_ != keep)


def _address(visit: Visit) -> str:
    return f"/duplicates/{visit.params['id']}/{visit.params['other']}"


def _attempt(visit: Visit, act: Callable[[Work], Response]) -> Response:
    """What `act` answers, or the review again with what stands against it."""
    station = visit.site.station
    try:
        with station.write(visit.actor) as work:
            response = act(work)
            _note(visit, work)
    except Refused as refused:
        if refused.status not in (409, 412, 422):
            raise
        state = FormState(visit.form, {"form": refused.issues[0].diagnostics})
        with station.read(visit.actor) as again:
            response = _review(visit, again, state)
            visit.note(Action.REVEAL, patients=sorted(again.touched), resource_type="Patient")
    return response


def _note(visit: Visit, work: Work) -> None:
    visit.note(Action.UPDATE, patients=sorted(work.touched), resource_type="Patient")
