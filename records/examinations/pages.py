"""健康体检 on pages: the list of a resident, the form, what was entered, the paper."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from starlette.responses import Response

from kernel.audit.entry import Action
from kernel.errors import Refused, bad_request, not_found
from kernel.forms import texts_of
from kernel.messages import SEQUENCE, _, joined
from kernel.web.acting import Wrong, attempt
from kernel.web.page import FormState
from kernel.web.pages import Pages
from kernel.web.shell import page, see_other
from kernel.web.submission import submission_of
from kernel.web.visit import Visit
from kernel.work import ReadWork, Work
from records.examinations import display, queries, services
from records.examinations.bodies import patient_of
from records.examinations.entering import COMPLETE as DONE
from records.examinations.entering import (
    EVALUATE,
    Filled,
    doubted,
    evaluated,
    filled,
    form_of,
    lists_of,
)
from records.examinations.permissions import READ, WRITE
from records.examinations.person import person_of
from records.examinations.prefill import Prefill, fill_open, prefill
from records.examinations.queries import Examination
from records.examinations.references import findings
from records.extracting import FINISHED
from records.reading import Body, id_of
from records.residents.frame import frame
from records.residents.queries import get_resident, load_all
from records.visits import queries as visits

PAGES = Pages()
_RETRIED: Final = (409, 412, 422)
_STALE: Final = _(
    "这份体检在您填写期间被别人保存过。您的填写都在下面；请先在新窗口核对已保存的内容，再保存就以您的填写为准。"
)
_REASON: Final = (2, 200)


@PAGES.reads("/residents/{id}/examinations", permission=READ)
def of_resident(visit: Visit, work: ReadWork) -> Response:
    """A resident's examinations by year, and the last three beside each other."""
    id_ = visit.params["id"]
    found = queries.list_examinations(work, id_)
    patient = get_resident(work, id_)
    person = person_of(patient, work.today)
    return page(
        visit,
        "examinations/list.html",
        **frame(visit, work, id_, "examinations"),
        rows=[display.head_of(one) for one in found],
        comparison=display.comparison(queries.valid(found), person),
        may_write=work.actor.may(WRITE) and patient.get("active", True),
    )


# The form ---------------------------------------------------------------------------------------


@PAGES.reads("/residents/{id}/examinations/new", permission=WRITE)
def new(visit: Visit, work: ReadWork) -> Response:
    """A new form with what is known already."""
    patient = get_resident(work, visit.params["id"])
    form, _person = form_of(patient, work.today)
    known = prefill(work, visit.params["id"], form)
    return _form(
        visit, work, patient, None, _state(form, known, _doctor(work, patient, None)), known=known
    )


def _state(form: Any, known: Prefill, doctor: str) -> FormState:
    return FormState({**lists_of(texts_of(form, known.values)), "doctor": doctor})


def _doctor(work: ReadWork, patient: Body, one: Examination | None) -> str:
    """Who is responsible: as was entered, else the actor, else the file's doctor."""
    entered = ""
    if one is not None:
        visit_id = id_of(one.body.get("encounter"), "Encounter")
        encounter = load_all(work, "Encounter", [visit_id]).get(visit_id, {})
        entered = next(
            (id_of(p.get("individual"), "Practitioner") for p in encounter.get("participant", ())),
            "",
        )
    known = [doctor.id for doctor in visits.list_doctors(work)]
    filed = [id_of(ref, "Practitioner") for ref in patient.get("generalPractitioner", ())]
    wanted = (entered, work.actor.practitioner_id or "", *filed)
    return next((id_ for id_ in wanted if id_ in known), "")


def _form(
    visit: Visit,
    work: ReadWork,
    patient: Body,
    one: Examination | None,
    state: FormState,
    *,
    known: Prefill | None = None,
    sent: Filled | None = None,
) -> Response:
    id_ = str(patient["id"])
    form = sent.form if sent else form_of(patient, (one and one.on) or work.today)[0]
    doubts = sent.doubts if sent and not state.errors else {}
    return page(
        visit,
        "examinations/edit.html",
        http_status=422 if state.errors or doubts else 200,
        **frame(visit, work, id_, "examinations"),
        form_declared=form,
        state=state,
        doubts=doubts,
        doubted=doubted(visit, doubts),
        sources=(known.sources if known else {}),
        findings=_findings(sent),
        doctors=[(doctor.id, doctor.name) for doctor in visits.list_doctors(work)],
        submission=submission_of(visit),
        examination=display.head_of(one) if one else None,
        correcting=one is not None and one.status in FINISHED,
        action=f"/examinations/{one.id}/edit" if one else f"/residents/{id_}/examinations/new",
    )


def _findings(sent: Filled | None) -> list[str]:
    """What is abnormal in what was typed, once it was asked for."""
    if sent is None:
        return []
    return [one.text for one in findings(sent.form, sent.values, sent.person)]


@PAGES.alone("/residents/{id}/examinations/new", permission=WRITE, post=True)
def enter(visit: Visit) -> Response:
    """Keep a new examination as a draft, finish it, or propose its evaluation."""
    station, id_ = visit.site.station, visit.params["id"]
    told: Mapping[str, str] = {}
    try:
        with station.write(visit.actor) as work:
            sent = filled(visit, work, get_resident(work, id_), correcting=False)
            if sent.accepted and visit.field("do") != EVALUATE:
                kept, final = submission_of(visit), visit.field("do") == DONE
                services.record(work, id_, sent.values, id=kept, doctor=sent.doctor, final=final)
                visit.note(Action.CREATE, patients=[id_], resource_type="Patient", resource_id=id_)
                return _saved(visit, kept, final=final)
    except Refused as refused:
        if refused.status not in _RETRIED:
            raise
        told = _told(refused)
    with station.read(visit.actor) as work:
        return _again(visit, work, get_resident(work, id_), None, told)


def _saved(visit: Visit, id_: str, *, final: bool) -> Response:
    flash = "examination-completed" if final else "examination-kept"
    return see_other(visit, f"/examinations/{id_}", flash=flash)


def _told(refused: Refused) -> dict[str, str]:
    """What the write path refused."""
    if refused.status == 412:
        return {"form": _STALE}
    return {"form": joined((issue.diagnostics for issue in refused.issues), by=SEQUENCE)}


def _again(
    visit: Visit,
    work: ReadWork,
    patient: Body,
    one: Examination | None,
    told: Mapping[str, str],
) -> Response:
    """The form with what was typed and what is to be said about it."""
    correcting = one is not None and one.status in FINISHED
    sent = filled(visit, work, patient, correcting=correcting)
    if visit.field("do") == EVALUATE and not sent.errors:
        texts = evaluated(sent.form, sent.values, sent.person, sent.texts)
        sent = replace(sent, texts=texts, doubts={})
    visit.note(Action.READ, patients=sorted(work.touched), resource_type="Patient")
    state = FormState(sent.texts, {**sent.errors, **told})
    return _form(visit, work, patient, one, state, sent=sent)


@PAGES.reads("/examinations/{id}/edit", permission=WRITE)
def edit(visit: Visit, work: ReadWork) -> Response:
    """Go on with a draft, or correct what is finished."""
    one = _open(work, visit.params["id"])
    patient = get_resident(work, patient_of(one.body))
    form, _person = form_of(patient, one.on or work.today)
    known = fill_open(work, str(patient["id"]), form, one)
    state = _state(form, known, _doctor(work, patient, one))
    return _form(visit, work, patient, one, state, known=known)


def _open(work: ReadWork, id_: str) -> Examination:
    one = queries.get_examination(work, id_)
    if one.status == "entered-in-error":
        raise bad_request(services.TAKEN_BACK)
    return one


@PAGES.alone("/examinations/{id}/edit", permission=WRITE, post=True)
def change(visit: Visit) -> Response:
    """Save a draft or a correction; every version stays."""
    station, id_ = visit.site.station, visit.params["id"]
    told: Mapping[str, str] = {}
    try:
        with station.write(visit.actor) as work:
            answer = _changed(visit, work, id_)
            if answer is not None:
                visit.note(Action.UPDATE, patients=sorted(work.touched), resource_type="Patient")
                return answer
    except Refused as refused:
        if refused.status not in _RETRIED:
            raise
        told = _told(refused)
    with station.read(visit.actor) as work:
        one = queries.get_examination(work, id_)
        return _again(visit, work, get_resident(work, patient_of(one.body)), one, told)


def _changed(visit: Visit, work: Work, id_: str) -> Response | None:
    """Save; None where the form has to be shown again."""
    one = _open(work, id_)
    patient = get_resident(work, patient_of(one.body))
    correcting = one.status in FINISHED
    sent = filled(visit, work, patient, correcting=correcting)
    if not sent.accepted or visit.field("do") == EVALUATE:
        return None
    final = correcting or visit.field("do") == DONE
    if sent.values == one.values and final == (one.status in FINISHED):  # sent twice
        return _saved(visit, id_, final=final)
    seen = visit.field("seen")
    services.revise(
        work,
        one,
        sent.values,
        doctor=sent.doctor,
        final=final,
        seen=int(seen) if seen.isdecimal() else 0,
        reason=sent.reason,
    )
    return _saved(visit, id_, final=final)


# Looked at, printed, taken back -----------------------------------------------------------------


@PAGES.reads("/examinations/{id}", permission=READ)
def show(visit: Visit, work: ReadWork) -> Response:
    """An examination with what is abnormal, and beside the one before."""
    return _shown(visit, work, queries.get_examination(work, visit.params["id"]))


@PAGES.reads("/examinations/{id}/versions/{version}", permission=READ)
def version(visit: Visit, work: ReadWork) -> Response:
    """An examination as it was before a correction. Raises Refused (404)."""
    number = visit.params["version"]
    if not number.isdecimal() or len(number) > 6:
        raise not_found(f"version {number}")
    one = queries.get_examination(work, visit.params["id"], version=int(number))
    return _shown(visit, work, one, old=True)


def _shown(
    visit: Visit,
    work: ReadWork,
    one: Examination,
    *,
    old: bool = False,
    cancelling: FormState | None = None,
) -> Response:
    patient_id = patient_of(one.body)
    patient = get_resident(work, patient_id)
    person = person_of(patient, one.on or work.today)
    form = form_of(patient, one.on or work.today)[0]
    earlier = _before(work, patient_id, one)
    head = queries.get_examination(work, one.id) if old else one
    return page(
        visit,
        "examinations/show.html",
        http_status=422 if cancelling else 200,
        **frame(visit, work, patient_id, "examinations"),
        examination=display.head_of(one),
        sections=display.sections_of(form, one.values, person, earlier.values if earlier else None),
        findings=display.findings_of(one, person),
        before=display.head_of(earlier) if earlier else None,
        versions=[display.head_of(v) for v in queries.list_versions(work, head)],
        old=old,
        may_write=work.actor.may(WRITE) and not old and one.status != "entered-in-error",
        cancel_state=cancelling or FormState(),
    )


def _before(work: ReadWork, patient_id: str, one: Examination) -> Examination | None:
    """The last finished examination of an earlier day."""
    found = queries.valid(queries.list_examinations(work, patient_id))
    return next((e for e in found if e.on and one.on and e.on < one.on and e.id != one.id), None)


@PAGES.reads("/examinations/{id}/print", permission=READ, action=Action.PRINT)
def printed(visit: Visit, work: ReadWork) -> Response:
    """健康体检表 on A4, with room to sign."""
    one = queries.get_examination(work, visit.params["id"])
    patient_id = patient_of(one.body)
    patient = get_resident(work, patient_id)
    form, _person = form_of(patient, one.on or work.today)
    return page(
        visit,
        "examinations/print.html",
        **frame(visit, work, patient_id, "examinations"),
        examination=display.head_of(one),
        sections=display.paper_sections(form, one.values),
        doctor=next(
            (d.name for d in visits.list_doctors(work) if d.id == _doctor(work, patient, one)), ""
        ),
        printed_at=work.now,
    )


@PAGES.alone("/examinations/{id}/cancel", permission=WRITE, post=True)
def cancel(visit: Visit) -> Response:
    """Take an examination back; the reason is kept."""
    id_ = visit.params["id"]

    def act(work: Work) -> Response:
        one = queries.get_examination(work, id_)
        reason = visit.field("reason")
        if not _REASON[0] <= len(reason) <= _REASON[1]:
            raise Wrong({"reason": _("请写明作废原因，2 至 200 个字")})
        services.cancel(work, one, reason=reason)
        address = f"/residents/{patient_of(one.body)}/examinations"
        return see_other(visit, address, flash="examination-cancelled")

    def again(work: ReadWork, state: FormState) -> Response:
        return _shown(visit, work, queries.get_examination(work, id_), cancelling=state)

    return attempt(
        visit, act, again, fields=frozenset({"reason"}), resource_type="QuestionnaireResponse"
    )
