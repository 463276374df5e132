"""The desk of a station: today's patients, registering, a resident's visits."""

from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any

from starlette.responses import Response

from kernel.audit.entry import Action
from kernel.errors import Refused, bad_request
from kernel.web.exports import Full, export
from kernel.web.i18n import _
from kernel.web.listing import arrange, asked
from kernel.web.page import FormState, ListState
from kernel.web.pages import Pages
from kernel.web.sealing import sealed, unsealed
from kernel.web.shell import page, see_other
from kernel.web.spreadsheet import Cell
from kernel.web.submission import submission_of
from kernel.web.visit import Visit
from kernel.work import ReadWork, Work
from records.exchange.full import FULL
from records.information.pages import WRITE as FILE
from records.information.pages import register_href
from records.reading import Body, community_of, id_of, name_of
from records.residents import panels as resident_panels
from records.residents import queries as residents
from records.residents.finding import Sought, What, understand
from records.residents.frame import READ, frame
from records.residents.panels import born_of
from records.residents.queries import ResidentQuery
from records.visits import day, display, queries, services
from records.visits.consultation import consultation_of, doctor_name
from records.visits.form import clean
from records.visits.note import TEXTS
from records.visits.permissions import EXPORT, LIST, REGISTER, WRITE

PAGES = Pages()
_LIST = "visits"
_CANDIDATES = 20
_STATES = ("arrived", "in-progress", "finished", "cancelled")


@PAGES.reads("/visits", permission=LIST)
def today(visit: Visit, work: ReadWork) -> Response:
    """Today's patients of the station, and the box that registers one more."""
    return _today(visit, work, FormState())


def _today(visit: Visit, work: ReadWork, export_state: FormState) -> Response:
    token = visit.query.get("search", "")
    sought: Sought | None = understand(str(unsealed(work, _LIST, token)[0])) if token else None
    may = work.actor.may
    return page(
        visit,
        "visits/list.html",
        http_status=422 if export_state.errors else 200,
        **_day(visit, work),
        states=display.STATES,
        candidates=_candidates(work, sought),
        search_text=sought.typed if sought else "",
        may_file=may(FILE),
        may_register=may(REGISTER),
        may_write=may(WRITE),
        may_export=may(EXPORT),
        export_full=may(FULL),
        export_state=export_state,
    )


def _day(visit: Visit, work: ReadWork) -> dict[str, Any]:
    """The day as it is asked for, whole: a station has no more patients than a page has room for.

    Raises Refused (400) for a state, a doctor or an order that there is not.
    """
    chosen, everybody = asked(visit, "state", "doctor"), day.day_rows(work)
    doctors = day.doctor_choices(work, everybody)
    known = ("", day.NOBODY, *(id_ for id_, _name in doctors))
    if chosen["state"] not in ("", *_STATES) or chosen["doctor"] not in known:
        raise bad_request(_("筛选条件无效，请从列表上方重新选择"))
    rows = [row for row in everybody if day.is_with(row, chosen["doctor"])]
    counts = [(state, sum(row["status"] == state for row in rows)) for state in _STATES]
    shown = [row for row in rows if chosen["state"] in ("", row["status"])]
    listing = arrange(visit, "/visits", shown, chosen, day.SORTS)
    return {
        "rows": list(listing.rows),
        "list_state": listing.state,
        "export_href": listing.export_href,
        "doctors": [*doctors, (day.NOBODY, visit.translate(_("未指定")))],
        "counts": counts,
        "total": len(rows),
    }


@PAGES.reads("/visits/export", permission=EXPORT, post=True, action=Action.EXPORT)
def export_day(visit: Visit, work: ReadWork) -> Response:
    """Today's patients as an Excel file, for a reason that is recorded."""
    visit.subject = "Encounter"

    def cells(*, full: bool = False) -> Iterator[Sequence[Cell]]:
        for row in _day(visit, work)["rows"]:
            yield day.cells(visit, work, row, full=full)

    return export(
        visit,
        work,
        title=_("今日接诊"),
        headings=day.HEADINGS,
        rows=cells(),
        file="visits",
        again=lambda state: _today(visit, work, state),
        full=Full(FULL, day.HEADINGS, partial(cells, full=True)),
    )


def _candidates(work: ReadWork, sought: Sought | None) -> list[dict[str, Any]] | None:
    """Those whom the search may mean; None where nobody is searched for."""
    if sought is None:
        return None
    found = residents.list_residents(work, ResidentQuery(sought), limit=_CANDIDATES).bodies
    return [
        {
            "id": body["id"],
            "name": name_of(body),
            "sex": body.get("gender"),
            "birth_date": born_of(work, body),
            "community": community_of(body),
            "labels": resident_panels.state_labels(body),
        }
        for body in found
    ]


@PAGES.reads("/visits/search", permission=REGISTER, post=True, action=Action.SEARCH)
def find_to_register(visit: Visit, work: ReadWork) -> Response:
    """Open the registration of the one who is found, or list those who may be meant."""
    visit.subject = "Patient"
    sought = understand(visit.field("q"))
    if sought is None:
        return see_other(visit, "/visits")
    visit.detail["query"] = {"q": sought.typed}
    found = residents.list_residents(work, ResidentQuery(sought), limit=2).bodies
    if len(found) == 1:
        return see_other(visit, f"/residents/{found[0]['id']}/visits/new")
    if not found and sought.what is What.IDENTITY and work.actor.may(FILE):
        return see_other(visit, register_href(work, sought.text), flash="card-unknown")
    state = ListState("/visits", {"search": sealed(work, _LIST, [sought.typed])})
    return see_other(visit, state.href())


@PAGES.reads("/residents/{id}/visits/new", permission=REGISTER)
def registration(visit: Visit, work: ReadWork) -> Response:
    """Why somebody came and to whom; what this visit should not be missed for."""
    waiting = queries.find_open(work, visit.params["id"])
    if waiting is not None:
        return see_other(visit, f"/visits/{waiting['id']}")
    body = residents.get_resident(work, visit.params["id"])
    return _registration(visit, work, FormState({"doctor": _usual_doctor(work, body)}))


def _usual_doctor(work: ReadWork, body: Body) -> str:
    """Whom a patient sees: the doctor who registers, else the one who is responsible."""
    known = {doctor.id for doctor in queries.list_doctors(work)}
    own = [work.actor.practitioner_id or ""]
    own += [id_of(one, "Practitioner") for one in body.get("generalPractitioner", ())]
    return next((id_ for id_ in own if id_ in known), "")


def _registration(visit: Visit, work: ReadWork, state: FormState) -> Response:
    id_ = visit.params["id"]
    body = residents.get_resident(work, id_)
    return page(
        visit,
        "visits/new.html",
        http_status=422 if state.errors else 200,
        **frame(visit, work, id_, "visits"),
        state=state,
        submission=submission_of(visit),
        doctors=[(doctor.id, doctor.name) for doctor in queries.list_doctors(work)],
        prompts=display.prompts_beside(work, body),
        last=display.last_visit(work, id_, without={"id": ""}),
        may_write=work.actor.may(WRITE),
    )


@PAGES.alone("/residents/{id}/visits/new", permission=REGISTER, post=True)
def register(visit: Visit) -> Response:
    """Put somebody on today's list; a doctor may begin at once."""
    station, id_ = visit.site.station, visit.params["id"]
    try:
        with station.write(visit.actor) as work:
            encounter = _registered(visit, work)
            visit.note(Action.CREATE, patients=[id_], resource_type="Patient", resource_id=id_)
    except Refused as refused:
        if refused.status != 422:
            raise
        with station.read(visit.actor) as work:
            errors = {issue.expression: issue.diagnostics for issue in refused.issues}
            return _registration(visit, work, FormState(visit.form, errors))
    if visit.field("do") == "begin" and visit.actor.may(WRITE):
        return see_other(visit, f"/visits/{encounter}")
    return see_other(visit, "/visits", flash="visit-registered")


def _registered(visit: Visit, work: Work) -> str:
    reason = clean(visit.field("reason"))
    longest = TEXTS["complaint"][1]
    if len(reason) > longest:
        raise bad_request(_("就诊事由最多 200 个字"), "reason")
    chosen = visit.field("doctor")
    doctor = next((d for d in queries.list_doctors(work) if d.id == chosen), None)
    encounter = services.register(
        work, visit.params["id"], id=submission_of(visit), reason=reason, doctor=doctor
    )
    if visit.field("do") == "begin" and work.actor.may(WRITE):
        services.begin(work, encounter)
    return encounter


@PAGES.writes("/visits/{id}/begin", permission=WRITE)
def begin(visit: Visit, work: Work) -> Response:
    """The doctor calls the patient in."""
    services.begin(work, visit.params["id"])
    return see_other(visit, f"/visits/{visit.params['id']}")


@PAGES.reads("/residents/{id}/visits", permission=READ)
def of_resident(visit: Visit, work: ReadWork) -> Response:
    """A resident's visits and consultations, the newest first."""
    id_ = visit.params["id"]
    return page(
        visit,
        "visits/resident.html",
        **frame(visit, work, id_, "visits"),
        visits=resident_panels.visits(work, id_),
        consultations=[_consultation_row(body) for body in queries.find_consultations(work, id_)],
        may_register=work.actor.may(REGISTER),
        may_write=work.actor.may(WRITE),
    )


def _consultation_row(body: Body) -> dict[str, Any]:
    written = consultation_of(body)
    return {
        "id": body["id"],
        "on": written.on,
        "reason": written.reason,
        "institutions": "、".join(one.institution for one in written.consulted),
        "doctor": doctor_name(body),
    }
