"""会诊记录表: entered for a resident, and printed with room for the consulted doctors to sign."""

from starlette.responses import Response

from kernel.audit.entry import Action
from kernel.errors import not_found
from kernel.fhir import json
from kernel.fhir.store import read
from kernel.web.page import FormState
from kernel.web.pages import Pages
from kernel.web.shell import page, see_other
from kernel.web.submission import submission_of
from kernel.web.visit import Visit
from kernel.work import ReadWork
from records.reading import codes_of, id_of
from records.residents.frame import READ, frame
from records.visits import codes, queries, services
from records.visits.consultation import (
    MOST_CONSULTED,
    consultation_of,
    doctor_name,
    read_consultation,
)
from records.visits.permissions import WRITE

PAGES = Pages()


@PAGES.reads("/residents/{id}/consultations/new", permission=WRITE)
def form(visit: Visit, work: ReadWork) -> Response:
    """An empty consultation record."""
    state = FormState({"doctor": work.actor.practitioner_id or "", "on": work.today.isoformat()})
    return _form(visit, work, state)


def _form(visit: Visit, work: ReadWork, state: FormState) -> Response:
    return page(
        visit,
        "visits/consultation.html",
        http_status=422 if state.errors else 200,
        **frame(visit, work, visit.params["id"], "visits"),
        state=state,
        submission=submission_of(visit),
        rows=range(1, MOST_CONSULTED + 1),
        doctors=[(doctor.id, doctor.name) for doctor in queries.list_doctors(work)],
    )


@PAGES.alone("/residents/{id}/consultations/new", permission=WRITE, post=True)
def keep(visit: Visit) -> Response:
    """Keep a consultation record; a refused one keeps what was typed."""
    station, id_ = visit.site.station, visit.params["id"]
    with station.write(visit.actor) as work:
        doctors = {doctor.id: doctor.name for doctor in queries.list_doctors(work)}
        written, errors = read_consultation(
            lambda name: visit.form.get(name, ""), today=work.today, doctors=doctors
        )
        if not errors:
            kept = submission_of(visit)
            services.record_consultation(work, id_, written, id=kept)
            visit.note(Action.CREATE, patients=[id_], resource_type="Patient", resource_id=id_)
            return see_other(visit, f"/residents/{id_}/visits", flash="consultation-kept")
    with station.read(visit.actor) as work:
        answer = _form(visit, work, FormState(visit.form, errors))
        visit.note(Action.READ, patients=sorted(work.touched), resource_type="Patient")
        return answer


@PAGES.reads("/consultations/{id}/print", permission=READ, action=Action.PRINT)
def printed(visit: Visit, work: ReadWork) -> Response:
    """会诊记录表 on A4. Raises Refused (404) for a document of another kind."""
    id_ = visit.params["id"]
    body = json.loads(read(work, work.registry.specs["Composition"], id_).body)
    if codes.CONSULTATION not in codes_of(body.get("type")):
        raise not_found(f"Composition/{id_}")
    patient = id_of(body.get("subject"), "Patient")
    return page(
        visit,
        "visits/consultation_print.html",
        **frame(visit, work, patient, "visits"),
        written=consultation_of(body),
        doctor=doctor_name(body),
        printed_at=work.now,
    )
