"""Into a programme: enrolled, or applied for where it has to be approved first."""

from typing import Final

from starlette.responses import Response

from health.declare import Programme
from health.enrolment import cards, services
from health.enrolment.cards import CardOf
from health.enrolment.pages_typed import (
    DOCTOR,
    NOTE,
    ON,
    SOURCE,
    TAB,
    asked_card,
    doubted,
    note_fault,
    placed,
    read_card,
    typed_card,
    typed_day,
    with_source,
)
from health.enrolment.queries import find_eligible
from health.permissions import ENROL
from health.programmes import programme_of
from kernel.audit.entry import Action
from kernel.errors import not_found
from kernel.messages import _
from kernel.web.acting import Wrong, attempt
from kernel.web.page import FormState
from kernel.web.pages import Pages
from kernel.web.shell import page, see_other
from kernel.web.submission import submission_of
from kernel.web.visit import Visit
from kernel.work import ReadWork, Work
from records.api import catalogue, frame, get_resident, list_doctors

PAGES = Pages()
_NO_SOURCE: Final = _("请选择检出途径。")
_NO_DOCTOR: Final = _("请选择责任医生。")


def named(visit: Visit) -> Programme:
    """The programme of the address. Raises Refused (404)."""
    try:
        return programme_of(visit.params["name"])
    except KeyError:
        raise not_found(f"programme {visit.params['name']}") from None


@PAGES.reads("/residents/{id}/programmes/{name}/enrol", permission=ENROL)
def enrol_form(visit: Visit, work: ReadWork) -> Response:
    """When, how found, by whom; with the card where the programme has one."""
    asked = visit.query.get("source", "")
    known = dict(catalogue.choices("enrol-source"))
    doctors = {doctor.id for doctor in list_doctors(work)}
    doctor = work.actor.practitioner_id or ""
    values = {
        ON: work.today.isoformat(),
        SOURCE: asked if asked in known else "",
        DOCTOR: doctor if doctor in doctors else "",
    }
    return _enrol(visit, work, FormState(values))


def _enrol(visit: Visit, work: ReadWork, state: FormState) -> Response:
    id_, programme = visit.params["id"], named(visit)
    card = asked_card(programme)
    doubts = read_card(visit, card).doubts if card and visit.form and not state.errors else {}
    return page(
        visit,
        "enrolment/enrol.html",
        http_status=422 if state.errors or doubts else 200,
        **frame(visit, work, id_, TAB),
        programme=programme,
        eligible=programme.name in find_eligible(work, id_),
        card=card,
        state=state,
        sources=catalogue.choices("enrol-source"),
        doctors=[(doctor.id, doctor.name) for doctor in list_doctors(work)],
        submission=submission_of(visit),
        doubts=doubts,
        doubted=doubted(visit, doubts),
    )


@PAGES.alone("/residents/{id}/programmes/{name}/enrol", permission=ENROL, post=True)
def enrol(visit: Visit) -> Response:
    """Take somebody into a programme, or apply for it where it has to be approved."""
    programme, id_ = named(visit), visit.params["id"]

    def act(work: Work) -> Response:
        get_resident(work, id_)
        enrolling = _enrolling(visit, work, programme)
        with placed():
            services.enrol(work, id_, programme, enrolling, id=submission_of(visit))
        flash = "programme-applied" if programme.approved else "programme-enrolled"
        return see_other(visit, f"/residents/{id_}/programmes", flash=flash)

    def again(work: ReadWork, state: FormState) -> Response:
        return _enrol(visit, work, FormState(visit.lists, state.errors))

    return attempt(visit, act, again, action=Action.CREATE, resource_type="Patient")


def _enrolling(visit: Visit, work: ReadWork, programme: Programme) -> services.Enrolling:
    """What was typed. Raises Wrong with all that is wrong with it."""
    errors: dict[str, str] = {}
    on = typed_day(visit, errors)
    source, note = visit.field(SOURCE), visit.field(NOTE)
    if source not in dict(catalogue.choices("enrol-source")):
        errors[SOURCE] = _NO_SOURCE
    doctors = {doctor.id: doctor.name for doctor in list_doctors(work)}
    if visit.field(DOCTOR) not in doctors:
        errors[DOCTOR] = _NO_DOCTOR
    if source in catalogue.code_set("enrol-source").with_text or note:
        errors |= note_fault(note)
    filled = typed_card(visit, asked_card(programme), errors)
    if errors or filled.doubts or on is None:
        raise Wrong(errors)
    doctor = visit.field(DOCTOR)
    values = with_source(programme, filled, source, note)
    whose = CardOf(programme, visit.params["id"], submission_of(visit))
    return services.Enrolling(
        on,
        source,
        beside=cards.card_drafts(work, whose, values, on=on),
        status="waitlist" if programme.approved else "active",
        note=note,
        doctor={"reference": f"Practitioner/{doctor}", "display": doctors[doctor]},
    )
