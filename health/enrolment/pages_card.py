"""The card of an enrolment (管理卡): shown, filled in, corrected."""

from typing import Final

from starlette.responses import Response

from health.enrolment import cards, display
from health.enrolment.cards import CardOf
from health.enrolment.pages_held import held_of
from health.enrolment.pages_typed import TAB, doubted, placed, read_card, texts_of_card, typed_card
from health.permissions import ENROL, READ
from kernel.errors import conflict, not_found
from kernel.fhir.store import save_all
from kernel.messages import _
from kernel.web.acting import Wrong, attempt
from kernel.web.page import FormState
from kernel.web.pages import Pages
from kernel.web.shell import page, see_other
from kernel.web.visit import Visit
from kernel.work import ReadWork, Work
from records.api import frame

PAGES = Pages()
_NOT_NOW: Final = _("这项管理没有管理卡，或已经结束，不能再修改管理卡。")
_STALE: Final = _(
    "这张管理卡在您填写期间被别人保存过。您的填写都在下面；请先在新窗口核对已保存的内容，再保存就以您的填写为准。"
)


@PAGES.reads("/enrolments/{id}/card", permission=READ)
def card(visit: Visit, work: ReadWork) -> Response:
    """The card of an enrolment as it was filled in. Raises Refused (404) where there is none."""
    held = held_of(visit, work)
    found = cards.find_card(work, held.id)
    if found is None:
        raise not_found(f"QuestionnaireResponse/{cards.card_id(held.id)}")
    return page(
        visit,
        "enrolment/card.html",
        **frame(visit, work, held.patient_id, TAB),
        programme=held.programme,
        form_declared=found.form,
        sections=display.card_sections(found.form, found.values),
        episode_id=held.id,
        may_edit=work.actor.may(ENROL) and not held.ended,
    )


@PAGES.reads("/enrolments/{id}/card/edit", permission=ENROL)
def card_form(visit: Visit, work: ReadWork) -> Response:
    """Fill the card in, or correct it."""
    held = held_of(visit, work)
    found = cards.find_card(work, held.id)
    values = texts_of_card(found.form, found.values) if found else {}
    return _card_page(visit, work, FormState(values))


def _card_page(visit: Visit, work: ReadWork, state: FormState) -> Response:
    held = held_of(visit, work)
    if held.programme.card is None or held.ended:
        raise conflict(_NOT_NOW)
    form = held.programme.card()
    doubts = read_card(visit, form).doubts if visit.form and not state.errors else {}
    found = cards.find_card(work, held.id)
    return page(
        visit,
        "enrolment/card_edit.html",
        http_status=422 if state.errors or doubts else 200,
        **frame(visit, work, held.patient_id, TAB),
        programme=held.programme,
        card=form,
        state=state,
        episode_id=held.id,
        seen=found.version if found else 0,
        doubts=doubts,
        doubted=doubted(visit, doubts),
    )


@PAGES.alone("/enrolments/{id}/card/edit", permission=ENROL, post=True)
def keep_card(visit: Visit) -> Response:
    """Save the card; every version stays."""

    def act(work: Work) -> Response:
        held = held_of(visit, work)
        if held.programme.card is None or held.ended:
            raise conflict(_NOT_NOW)
        errors: dict[str, str] = {}
        filled = typed_card(visit, held.programme.card(), errors)
        if errors or filled.doubts:
            raise Wrong(errors)
        before = cards.find_card(work, held.id)
        if before is not None and visit.field("seen") != str(before.version):
            raise conflict(_STALE)
        on, whose = work.today, CardOf(held.programme, held.patient_id, held.id)
        with placed():
            save_all(work, cards.card_drafts(work, whose, filled.values, on=on, before=before))
        return see_other(visit, f"/enrolments/{held.id}/card", flash="programme-card")

    def again(work: ReadWork, state: FormState) -> Response:
        return _card_page(visit, work, FormState(visit.lists, state.errors))

    return attempt(visit, act, again, resource_type="QuestionnaireResponse")
