"""One visit: written by the doctor, measured by the nurse, signed, cancelled, amended, printed."""

import hashlib
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from starlette.responses import Response

from kernel.audit.entry import Action
from kernel.errors import Refused, conflict
from kernel.fhir import json
from kernel.messages import Message, _
from kernel.web.acting import Wrong, attempt
from kernel.web.cards import panels_of
from kernel.web.page import FormState
from kernel.web.pages import Pages
from kernel.web.shell import page, see_other
from kernel.web.submission import submission_of
from kernel.web.visit import Visit
from kernel.work import ReadWork, Work
from records.examinations.queries import find_examinations
from records.reading import ages, day_of, id_of
from records.residents import panels as resident_panels
from records.residents import queries as residents
from records.residents.frame import READ, frame
from records.visits import display, form, note, picking, queries, services
from records.visits.contents import VisitFile, note_of, prescription_of, vitals_of
from records.visits.form import Reading, form_of
from records.visits.note import VITALS, VisitNote
from records.visits.permissions import MEASURE, REGISTER, WRITE

PAGES = Pages()
UNPROCESSABLE = 422
_RETRIED = (409, 412, UNPROCESSABLE)
_STALE = _(
    "这次接诊在您填写期间被别人保存过（例如护士测量）。空着的项目已补上新保存的内容，请核对后再保存。"
)
_SENT_WITH_EVERY_FORM = frozenset({"csrf_token", "do", "seen", "confirmed", "submission"})


@PAGES.reads("/visits/{id}", permission=READ)
def show(visit: Visit, work: ReadWork) -> Response:
    """The visit: its form for the doctor who sees the patient, else what is written.

    That of an examination leads to the examination.
    """
    file = queries.get_visit(work, visit.params["id"])
    if file.note is None and file.encounter["status"] not in queries.OPEN:
        examination = find_examinations(work, [file.id]).get(file.id)
        if examination is not None:
            return see_other(visit, f"/examinations/{examination.id}")
    if file.encounter["status"] == "in-progress" and not file.signed and work.actor.may(WRITE):
        return _form(visit, work, file, FormState(form_of(note_of(file))))
    return _shown(visit, work, file)


# The doctor's form ----------------------------------------------------------------------------


def seen_of(file: VisitFile) -> str:
    """What a form was opened with, in short: two states of a visit never have the same."""
    stored = json.dumps(form_of(note_of(file)))
    return hashlib.sha256(stored).hexdigest()[:16]


def _form(
    visit: Visit,
    work: ReadWork,
    file: VisitFile,
    state: FormState,
    *,
    doubts: Mapping[str, str] | None = None,
    confirmed: str = "",
    copied: frozenset[str] = frozenset(),
) -> Response:
    patient = id_of(file.encounter.get("subject"), "Patient")
    return page(
        visit,
        "visits/edit.html",
        http_status=422 if state.errors or doubts else 200,
        **frame(visit, work, patient, "visits"),
        **_choices(),
        visit=display.visit_row(file),
        state=state,
        doubts=doubts or {},
        confirmed=confirmed,
        seen=seen_of(file),
        copied=copied,
        panels=panels_of(work, "visit", file.id),
        **_beside(work, file, patient),
    )


def _choices() -> dict[str, Any]:
    """What the form is made of."""
    return {
        "vitals": {vital.key: vital for vital in VITALS},
        "texts": note.TEXTS,
        "diagnosis_rows": range(1, note.MOST_DIAGNOSES + 1),
        "drug_rows": range(1, note.MOST_DRUGS + 1),
        "units": [(unit, unit) for unit in note.DOSE_UNITS],
        "frequencies": [(key, row[0]) for key, row in note.FREQUENCIES.items()],
        "routes": list(note.ROUTES.items()),
    }


def _beside(work: ReadWork, file: VisitFile, patient: str) -> dict[str, Any]:
    """What the doctor looks at while writing."""
    body = residents.get_resident(work, patient)
    return {
        "prompts": display.prompts_beside(work, body),
        "last": display.last_visit(work, patient, without=file.encounter),
        "problems": resident_panels.problems(work, patient),
        "medications": resident_panels.medications(work, patient),
    }


@PAGES.alone("/visits/{id}", permission=WRITE, post=True)
def write(visit: Visit) -> Response:
    """Keep the note (`keep`), sign it (`sign`) or copy the last prescription into the form."""
    station = visit.site.station
    failed: Mapping[str, str] = {}
    if visit.field("do") != "copy":
        try:
            with station.write(visit.actor) as work:
                answer = _written(visit, work)
                _record(visit, work)
            if answer is not None:
                return answer
        except Refused as refused:
            if refused.status not in _RETRIED:
                raise
            failed = _failures(visit, refused)
    with station.read(visit.actor) as work:
        answer = _again(visit, work, failed)
        _record(visit, work, Action.READ)
        return answer


def _record(visit: Visit, work: ReadWork, action: Action = Action.UPDATE) -> None:
    visit.note(action, patients=sorted(work.touched), resource_type="Patient")


def _failures(visit: Visit, refused: Refused) -> dict[str, str]:
    """What the write path or another module refused, at its field or at the whole form."""
    if refused.status != UNPROCESSABLE:  # somebody wrote at the same moment
        return {"form": _STALE}
    return {
        issue.expression if issue.expression in visit.form else "form": issue.diagnostics
        for issue in refused.issues
    }


def _written(visit: Visit, work: Work) -> Response | None:
    """Keep or sign; None where the form has to be shown again (then nothing was written)."""
    file = queries.get_visit(work, visit.params["id"])
    reading, stored = _read(visit, work, file), note_of(file)
    here, final = f"/visits/{file.id}", visit.field("do") == "sign"
    same = form_of(reading.note) == form_of(stored)
    if file.signed:
        if same:  # sent twice
            return see_other(visit, here, flash="visit-signed")
        raise conflict(services.SIGNED)
    if file.encounter["status"] not in queries.OPEN:
        raise conflict(services.ENDED)
    if _complaints(visit, reading)[0] or _is_stale(visit, file, same=same):
        return None
    if not final:
        if not same:
            services.keep(work, file, reading.note)
        return see_other(visit, here, flash="visit-kept")
    if _asked(visit, reading):
        return None
    services.sign(work, file, reading.note, answers=_answers(visit))
    return see_other(visit, here, flash="visit-signed")


def _is_stale(visit: Visit, file: VisitFile, *, same: bool) -> bool:
    return not same and visit.field("seen") != seen_of(file)


def _answers(visit: Visit) -> dict[str, str]:
    """The fields that belong to the panels of other modules."""
    ours = form.FIELDS | _SENT_WITH_EVERY_FORM
    return {name: text for name, text in visit.form.items() if name not in ours}


def _read(visit: Visit, work: ReadWork, file: VisitFile) -> Reading:
    patient = id_of(file.encounter.get("subject"), "Patient")
    born = day_of(residents.get_resident(work, patient).get("birthDate"))
    reading = form.read_form(
        lambda name: visit.form.get(name, ""),
        age=ages(born, work.today),
        diagnosis=picking.known_diagnosis,
        drug=picking.known_drug,
    )
    standing, _asked_for = display.known_allergies(
        queries.allergies_of(work, [patient]).get(patient, [])
    )
    for row, substance in services.allergy_conflicts(reading.note, standing).items():
        drug = reading.note.prescriptions[row - 1].drug
        text = _("患者对“%(substance)s”过敏，确认要用“%(drug)s”吗")
        reading.doubts[f"drug_{row}"] = Message(text, substance=substance, drug=drug)
    return reading


def _complaints(visit: Visit, reading: Reading) -> tuple[dict[str, str], dict[str, str]]:
    """What refuses the form, and what is asked about before a signature; in words."""
    errors = dict(reading.errors)
    if visit.field("do") == "sign":
        errors = form.missing_for_signature(reading.note) | errors
    doubts = _asked(visit, reading) if visit.field("do") == "sign" else {}
    return errors, doubts


def _confirmation(visit: Visit, reading: Reading) -> str:
    """What is confirmed by sending the form again: these very values in these fields."""
    return ";".join(f"{name}={visit.form.get(name, '')}" for name in sorted(reading.doubts))


def _asked(visit: Visit, reading: Reading) -> dict[str, str]:
    """The unusual values that nobody has confirmed yet."""
    if visit.form.get("confirmed", "") == _confirmation(visit, reading):
        return {}
    return dict(reading.doubts)


def _again(visit: Visit, work: ReadWork, failed: Mapping[str, str]) -> Response:
    """The form with what was typed and what is to be said about it."""
    file = queries.get_visit(work, visit.params["id"])
    if file.signed or file.encounter["status"] not in queries.OPEN:
        raise conflict(services.SIGNED if file.signed else services.ENDED)
    typed = {**visit.form}
    if visit.field("do") == "copy":
        copied = _copied(work, file, typed)
        state = FormState({**typed, **copied})
        return _form(visit, work, file, state, copied=frozenset(copied))
    reading = _read(visit, work, file)
    errors, doubts = _complaints(visit, reading)
    errors |= failed
    same = form_of(reading.note) == form_of(note_of(file))
    if _is_stale(visit, file, same=same):
        stored = form_of(note_of(file))
        typed |= {name: text for name, text in stored.items() if not typed.get(name, "").strip()}
        errors.setdefault("form", _STALE)
    confirmed = "" if errors else _confirmation(visit, reading)
    return _form(visit, work, file, FormState(typed, errors), doubts=doubts, confirmed=confirmed)


def _copied(work: ReadWork, file: VisitFile, typed: Mapping[str, str]) -> dict[str, str]:
    """The fields of the last prescription, in the rows that are free; no drug comes twice."""
    patient = id_of(file.encounter.get("subject"), "Patient")
    rows = range(1, note.MOST_DRUGS + 1)
    free = [row for row in rows if not typed.get(f"drug_{row}", "").strip()]
    there = {typed.get(f"drug_{row}", "").strip() for row in rows}
    bodies = queries.last_prescriptions(work, patient, without=file.id)
    drugs = [drug for drug in map(prescription_of, bodies) if drug.drug not in there]
    copied: dict[str, str] = {}
    for row, drug in zip(free, drugs, strict=False):
        fields = form_of(VisitNote(prescriptions=(drug,)))
        copied |= {f"{name.removesuffix('1')}{row}": text for name, text in fields.items()}
    return copied


# Looked at, measured, cancelled, amended, printed ---------------------------------------------


def _shown(
    visit: Visit,
    work: ReadWork,
    file: VisitFile,
    *,
    measured: FormState | None = None,
    doubts: Mapping[str, str] | None = None,
    confirmed: str = "",
    cancelling: FormState | None = None,
    amended: FormState | None = None,
) -> Response:
    patient = id_of(file.encounter.get("subject"), "Patient")
    row, may = display.visit_row(file), work.actor.may
    states = filter(None, (measured, cancelling, amended))
    refused = bool(doubts) or any(state.errors for state in states)
    stored = {key: f"{value:f}" for key, value in vitals_of(file.observations).items()}
    body = residents.get_resident(work, patient)
    return page(
        visit,
        "visits/show.html",
        http_status=422 if refused else 200,
        **frame(visit, work, patient, "visits"),
        visit=row,
        note=display.written_note(file),
        vitals={vital.key: vital for vital in VITALS},
        measure_state=measured or FormState(stored),
        doubts=doubts or {},
        confirmed=confirmed,
        cancel_state=cancelling or FormState(),
        amend_state=amended or FormState({"kind": "supplement"}),
        submission=submission_of(visit),
        prompts=display.prompts_beside(work, body),
        may_begin=row["open"] and may(WRITE),
        may_measure=row["open"] and may(MEASURE) and not file.signed,
        may_cancel=row["open"] and may(REGISTER) and file.note is None,
        may_amend=row["signed"] and may(WRITE),
    )


@PAGES.alone("/visits/{id}/vitals", permission=MEASURE, post=True)
def measure(visit: Visit) -> Response:
    """Keep the vital signs that a nurse takes before the doctor sees the patient."""
    station, id_ = visit.site.station, visit.params["id"]
    with station.write(visit.actor) as work:
        reading = _measured(visit, work)
        if not reading.errors and not _asked(visit, reading):
            services.take_vitals(work, id_, reading.note.vitals)
            _record(visit, work)
            return see_other(visit, "/visits", flash="visit-measured")
    with station.read(visit.actor) as work:
        errors = dict(reading.errors)
        state = FormState(visit.form, errors)
        doubts = {} if errors else _asked(visit, reading)
        confirmed = _confirmation(visit, reading) if doubts else ""
        file = queries.get_visit(work, id_)
        _record(visit, work, Action.READ)
        return _shown(visit, work, file, measured=state, doubts=doubts, confirmed=confirmed)


def _measured(visit: Visit, work: ReadWork) -> Reading:
    encounter = queries.get_encounter(work, visit.params["id"])
    patient = id_of(encounter.get("subject"), "Patient")
    born = day_of(residents.get_resident(work, patient).get("birthDate"))
    reading = Reading(VisitNote())
    values = form.read_vitals(
        lambda name: visit.form.get(name, ""),
        age=ages(born, work.today),
        errors=reading.errors,
        doubts=reading.doubts,
    )
    return replace(reading, note=VisitNote(vitals=values))


@PAGES.alone("/visits/{id}/cancel", permission=REGISTER, post=True)
def cancel(visit: Visit) -> Response:
    """Somebody left again; the reason is kept."""
    id_ = visit.params["id"]

    def act(work: Work) -> Response:
        reason = form.clean(visit.field("reason"))
        if not 2 <= len(reason) <= 200:
            raise Wrong({"reason": _("请写明取消原因，2 至 200 个字")})
        services.cancel(work, id_, reason=reason)
        return see_other(visit, "/visits", flash="visit-cancelled")

    def again(work: ReadWork, state: FormState) -> Response:
        return _shown(visit, work, queries.get_visit(work, id_), cancelling=state)

    return attempt(visit, act, again, fields=frozenset({"reason"}), resource_type="Encounter")


@PAGES.alone("/visits/{id}/amend", permission=WRITE, post=True)
def amend(visit: Visit) -> Response:
    """Add to a signed note, or say what was wrong in it; with a reason."""
    station = visit.site.station
    errors = _amendment_errors(visit)
    if not errors:
        with station.write(visit.actor) as work:
            file = queries.get_visit(work, visit.params["id"])
            services.amend(
                work,
                file,
                id=submission_of(visit),
                kind=visit.field("kind"),
                text=form.clean(visit.field("text")),
                reason=form.clean(visit.field("amend_reason")),
            )
            _record(visit, work)
        return see_other(visit, f"/visits/{visit.params['id']}", flash="visit-amended")
    with station.read(visit.actor) as work:
        file = queries.get_visit(work, visit.params["id"])
        _record(visit, work, Action.READ)
        return _shown(visit, work, file, amended=FormState(visit.form, errors))


def _amendment_errors(visit: Visit) -> dict[str, str]:
    errors: dict[str, str] = {}
    if visit.field("kind") not in ("supplement", "correction"):
        errors["kind"] = _("请选择补充或更正")
    if not 2 <= len(form.clean(visit.field("amend_reason"))) <= 200:
        errors["amend_reason"] = _("请写明补充或更正的原因，2 至 200 个字")
    if not 1 <= len(form.clean(visit.field("text"))) <= 2000:
        errors["text"] = _("请填写补充或更正的内容，最多 2000 个字")
    return errors


@PAGES.reads("/visits/{id}/print", permission=READ, action=Action.PRINT)
def printed(visit: Visit, work: ReadWork) -> Response:
    """接诊记录表 on A4 in the official layout."""
    file = queries.get_visit(work, visit.params["id"])
    patient = id_of(file.encounter.get("subject"), "Patient")
    return page(
        visit,
        "visits/print.html",
        **frame(visit, work, patient, "visits"),
        visit=display.visit_row(file),
        note=display.written_note(file),
        printed_at=work.now,
    )
