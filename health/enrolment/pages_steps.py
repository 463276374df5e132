"""Through a programme: an application decided, the management suspended, resumed, closed."""

from collections.abc import Mapping
from typing import Final

from starlette.responses import Response

from health.enrolment import cards, display, services
from health.enrolment.cards import CardOf
from health.enrolment.pages_held import Held, held_of
from health.enrolment.pages_typed import (
    NOTE,
    ON,
    REASON,
    TAB,
    FilledCard,
    asked_card,
    doubted,
    note_fault,
    placed,
    read_card,
    texts_of_card,
    typed_card,
    typed_day,
)
from health.enrolment.states import Step, possible
from health.followups.queries import find_last
from kernel.declare.form import Form
from kernel.errors import conflict
from kernel.fhir.store import Draft
from kernel.messages import _
from kernel.web.acting import Wrong, attempt
from kernel.web.page import FormState
from kernel.web.pages import Pages
from kernel.web.shell import page, see_other
from kernel.web.visit import Visit
from kernel.work import ReadWork, Work
from records.api import catalogue, frame

PAGES = Pages()
_NO_REASON: Final = _("请选择结束管理的原因。")
_NO_ENDING: Final = _("请先在最后一次记录中填写转归和撤床诊断，再结束管理。")
ENDING: Final = "closing-outcome"
"""Field of a follow-up form that says how it ended (转归)."""
_BESIDE_ENDING: Final = ("closing-diagnosis", "closing-state")
_GONE: Final = frozenset({"1", "2", "3"})
"""死亡, 迁出, 失访 of nbphs3-enrol-close-reason: nobody can be seen once more."""
_NOT_NOW: Final = _("这项管理现在的状态不能这样做，请回到“健康管理”页核对。")
_WITH_CARD: Final = frozenset({Step.SUBMIT, Step.APPROVE})
_FLASHES: Final[Mapping[Step, str]] = {
    Step.SUBMIT: "programme-applied",
    Step.APPROVE: "programme-approved",
    Step.RETURN: "programme-returned",
    Step.SUSPEND: "programme-suspended",
    Step.RESUME: "programme-resumed",
    Step.CLOSE: "programme-closed",
}
_DONE: Final = {
    Step.SUBMIT: services.submit,
    Step.APPROVE: services.approve,
    Step.RETURN: services.give_back,
    Step.SUSPEND: services.suspend,
    Step.RESUME: services.resume,
    Step.CLOSE: services.close,
}


def _step_page(visit: Visit, work: ReadWork, step: Step, state: FormState) -> Response:
    held = held_of(visit, work)
    if step not in possible(held.status) and not state.errors:
        raise conflict(_NOT_NOW)
    form = _card_of(held, step)
    doubts = read_card(visit, form).doubts if form and visit.form and not state.errors else {}
    return page(
        visit,
        "enrolment/step.html",
        http_status=422 if state.errors or doubts else 200,
        **frame(visit, work, held.patient_id, TAB),
        programme=held.programme,
        state_now=display.state_of(held.programme, held.status),
        title=display.step_title(step, held.status),
        begun=str(held.body["period"]["start"])[:10],
        action=f"/enrolments/{held.id}/{step.value}",
        reasons=_reasons(step, held),
        note_wanted=step is Step.RETURN,
        ending=_told_at_the_end(work, held) if step is Step.CLOSE else [],
        ending_wanted=step is Step.CLOSE and _asks_for_ending(held),
        card=form,
        state=state,
        seen=held.version,
        doubts=doubts,
        doubted=doubted(visit, doubts),
    )


def _reasons(step: Step, held: Held) -> list[tuple[str, str]]:
    """The reasons to choose from where somebody who is managed leaves."""
    if step is not Step.CLOSE or held.status in display.APPLIED:
        return []
    return list(catalogue.choices("enrol-close-reason"))


def _told_at_the_end(work: ReadWork, held: Held) -> list[tuple[str, str]]:
    """What the last follow-up says of the end (转归, 撤床诊断): pairs of title and words."""
    last = find_last(work, held.patient_id, held.programme)
    if last is None:
        return []
    keys = (ENDING, *_BESIDE_ENDING)
    found = [one for one in last.asked.form.fields if one.key in keys and one.key in last.values]
    return [(one.title, display.worded(one, last.values)) for one in found]


def _asks_for_ending(held: Held) -> bool:
    """Whether the programme's form says how it ended."""
    return any(one.key == ENDING for one in held.programme.form().fields)


def _ending_fault(work: ReadWork, held: Held, step: Step, reason: str) -> dict[str, str]:
    """Who leaves a home bed alive and reachable has been told how it ended (§8)."""
    wanted = step is Step.CLOSE and held.status not in display.APPLIED and _asks_for_ending(held)
    if not wanted or reason in _GONE:
        return {}
    last = find_last(work, held.patient_id, held.programme)
    return {} if last is not None and ENDING in last.values else {"form": _NO_ENDING}


def _typed_card(visit: Visit, held: Held, step: Step, errors: dict[str, str]) -> FilledCard | None:
    """The card that was sent with a step, None for one that asks for none."""
    form = _card_of(held, step)
    return typed_card(visit, form, errors) if form else None


def _card_of(held: Held, step: Step) -> Form | None:
    """The card that a step asks: as it was applied with, or whole where it is registered."""
    if step is Step.SUBMIT:
        return asked_card(held.programme)
    card = held.programme.card if step is Step.APPROVE else None
    return card() if card else None


def _first_state(visit: Visit, work: ReadWork, step: Step) -> FormState:
    values: dict[str, str | tuple[str, ...]] = {ON: work.today.isoformat()}
    if step in _WITH_CARD:
        card = cards.find_card(work, visit.params["id"])
        values |= texts_of_card(card.form, card.values) if card else {}
    return FormState(values)


def _take(visit: Visit, work: Work, step: Step) -> Response:
    held = held_of(visit, work)
    address = f"/residents/{held.patient_id}/programmes"
    errors: dict[str, str] = {}
    on = typed_day(visit, errors)
    reason, note = visit.field(REASON), visit.field(NOTE)
    if _reasons(step, held) and reason not in dict(_reasons(step, held)):
        errors[REASON] = _NO_REASON
    wordy = catalogue.code_set("enrol-close-reason").with_text
    if note or step is Step.RETURN or (reason in wordy and _reasons(step, held)):
        errors |= note_fault(note)
    errors |= _ending_fault(work, held, step, reason)
    filled = _typed_card(visit, held, step, errors)
    if errors or on is None or (filled and filled.doubts):
        raise Wrong(errors)
    beside: tuple[Draft, ...] = ()
    if filled is not None:
        before = cards.find_card(work, held.id)
        whose = CardOf(held.programme, held.patient_id, held.id)
        beside = cards.card_drafts(work, whose, filled.values, on=on, before=before)
    seen = visit.field("seen")
    change = services.Change(on, reason, note, beside)
    with placed():
        _DONE[step](work, held.id, change, expect=int(seen) if seen.isdecimal() else None)
    return see_other(visit, address, flash=_FLASHES[step])


def _declare(step: Step) -> None:
    """The form of a step and where it is sent to."""
    address, permission = f"/enrolments/{{id}}/{step.value}", display.permission_of(step)

    def show(visit: Visit, work: ReadWork) -> Response:
        return _step_page(visit, work, step, _first_state(visit, work, step))

    def take(visit: Visit) -> Response:
        def again(work: ReadWork, state: FormState) -> Response:
            return _step_page(visit, work, step, FormState(visit.lists, state.errors))

        return attempt(
            visit, lambda work: _take(visit, work, step), again, resource_type="EpisodeOfCare"
        )

    PAGES.reads(address, permission=permission)(show)
    PAGES.alone(address, permission=permission, post=True)(take)


for _step in Step:
    _declare(_step)
