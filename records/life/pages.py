"""The tab 档案管理 of a resident's page, and the forms of the steps in a file's life."""

from typing import Any

from starlette.responses import Response

from kernel.web.acting import Wrong, attempt, day_in, needed_day
from kernel.web.i18n import _
from kernel.web.page import FormState
from kernel.web.pages import Pages
from kernel.web.shell import page, see_other
from kernel.web.visit import Visit
from kernel.work import ReadWork, Work
from records.life import services
from records.life.closing import Attempt, Closing
from records.life.moves import Asked, request_move
from records.life.parameters import LOST_ATTEMPTS, LOST_MONTHS
from records.life.permissions import CONTRACT, KEEP
from records.life.services import get_file
from records.life.states import REASON_TITLES
from records.life.views import (
    contract_rows,
    file_view,
    institutions,
    interval_rows,
    step_rows,
    use_view,
    waiting_move,
)
from records.residents.frame import READ, frame

PAGES = Pages()
TRIES = 5
"""Contact attempts that the form has room for."""

_HALF = _("请同时填写联系日期和方式。")


@PAGES.reads("/residents/{id}/file", permission=READ)
def life(visit: Visit, work: ReadWork) -> Response:
    """The life of a file: its state, who kept it when, what was done, and what can be done."""
    return life_page(visit, work, FormState())


def life_page(visit: Visit, work: ReadWork, state: FormState) -> Response:
    """The tab, with the errors of a step that was refused."""
    id_ = visit.params["id"]
    return page(
        visit,
        "life/show.html",
        http_status=422 if state.errors else 200,
        state=state,
        **frame(visit, work, id_, "file"),
        file=file_view(visit, work, get_file(work, id_)),
        intervals=interval_rows(visit, work, id_),
        steps=step_rows(visit, work, id_),
        move=waiting_move(visit, work, id_),
        contracts=contract_rows(work, id_),
        use=use_view(work, id_),
        may_keep=work.actor.may(KEEP),
        may_contract=work.actor.may(CONTRACT),
    )


def form_page(
    visit: Visit, work: ReadWork, template: str, state: FormState, **more: Any
) -> Response:
    """A form of a step below the resident's frame."""
    id_ = visit.params["id"]
    return page(
        visit,
        template,
        http_status=422 if state.errors else 200,
        **frame(visit, work, id_, "file"),
        file=file_view(visit, work, get_file(work, id_)),
        state=state,
        **more,
    )


def _today(work: ReadWork) -> FormState:
    return FormState({"on": work.today.isoformat()})


@PAGES.alone("/residents/{id}/file/confirm", permission=KEEP, post=True)
def confirm(visit: Visit) -> Response:
    """A draft is complete."""
    id_ = visit.params["id"]

    def act(work: Work) -> Response:
        services.confirm_file(work, id_)
        return see_other(visit, f"/residents/{id_}/file", flash="file-confirmed")

    return attempt(
        visit, act, lambda work, state: life_page(visit, work, state), resource_type="Patient"
    )


@PAGES.reads("/residents/{id}/file/close", permission=KEEP)
def close_form(visit: Visit, work: ReadWork) -> Response:
    """Why and when the file is closed."""
    return _close(visit, work, _today(work))


def _close(visit: Visit, work: ReadWork, state: FormState) -> Response:
    return form_page(
        visit, work, "life/close.html", state,
        reasons=tuple(REASON_TITLES.items()), tries=range(1, TRIES + 1),
        least=LOST_ATTEMPTS, months=LOST_MONTHS,
    )  # fmt: skip


_CLOSING_FIELDS = frozenset(
    {"reason", "on", "cause", "destination", "handover", "attempts", "signed_on", "note"}
    | {f"{part}_{number}" for part in ("tried", "how") for number in range(1, TRIES + 1)}
)


@PAGES.alone("/residents/{id}/file/close", permission=KEEP, post=True)
def close(visit: Visit) -> Response:
    """Close the file."""
    id_ = visit.params["id"]

    def act(work: Work) -> Response:
        services.close_file(work, id_, _closing(visit))
        return see_other(visit, f"/residents/{id_}/file", flash="file-closed")

    return attempt(
        visit, act, lambda work, state: _close(visit, work, state),
        fields=_CLOSING_FIELDS, resource_type="Patient",
    )  # fmt: skip


def _closing(visit: Visit) -> Closing:
    """What was typed, only as far as it belongs to the chosen reason. Raises Wrong."""
    reason = visit.field("reason")
    return Closing(
        reason,
        needed_day(visit, "on"),
        cause=visit.field("cause") if reason == "1" else "",
        destination=visit.field("destination") if reason == "2" else "",
        handover=visit.field("handover") if reason == "2" else "",
        attempts=_attempts(visit) if reason == "3" else (),
        signed_on=day_in(visit, "signed_on") if reason == "4" else None,
        note=visit.field("note"),
    )


def _attempts(visit: Visit) -> tuple[Attempt, ...]:
    found = []
    for number in range(1, TRIES + 1):
        on, how = day_in(visit, f"tried_{number}"), visit.field(f"how_{number}")
        if (on is None) != (not how):
            raise Wrong({f"tried_{number}": visit.translate(_HALF)})
        if on is not None:
            found.append(Attempt(on, how))
    return tuple(found)


@PAGES.reads("/residents/{id}/file/reopen", permission=KEEP)
def reopen_form(visit: Visit, work: ReadWork) -> Response:
    """From when and why the file is kept again."""
    return form_page(visit, work, "life/reopen.html", _today(work))


@PAGES.alone("/residents/{id}/file/reopen", permission=KEEP, post=True)
def reopen(visit: Visit) -> Response:
    """Keep the file again."""
    id_ = visit.params["id"]

    def act(work: Work) -> Response:
        on = needed_day(visit, "on")
        services.reopen_file(work, id_, on=on, reason=visit.field("reason"))
        return see_other(visit, f"/residents/{id_}/file", flash="file-reopened")

    return attempt(
        visit, act, lambda work, state: form_page(visit, work, "life/reopen.html", state),
        fields=frozenset({"on", "reason"}), resource_type="Patient",
    )  # fmt: skip


@PAGES.reads("/residents/{id}/file/void", permission=KEEP)
def void_form(visit: Visit, work: ReadWork) -> Response:
    """Why a draft is voided."""
    return form_page(visit, work, "life/void.html", FormState())


@PAGES.alone("/residents/{id}/file/void", permission=KEEP, post=True)
def void(visit: Visit) -> Response:
    """Void a draft."""
    id_ = visit.params["id"]

    def act(work: Work) -> Response:
        services.void_file(work, id_, reason=visit.field("reason"))
        return see_other(visit, f"/residents/{id_}/file", flash="file-voided")

    return attempt(
        visit, act, lambda work, state: form_page(visit, work, "life/void.html", state),
        fields=frozenset({"reason"}), resource_type="Patient",
    )  # fmt: skip


@PAGES.reads("/residents/{id}/file/move", permission=KEEP)
def move_form(visit: Visit, work: ReadWork) -> Response:
    """To which institution the file shall go, and why."""
    return _move(visit, work, FormState({"household": "no"}))


def _move(visit: Visit, work: ReadWork, state: FormState) -> Response:
    keeper = get_file(work, visit.params["id"]).keeper
    return form_page(
        visit, work, "life/move.html", state,
        institutions=institutions(visit, work, without=keeper),
    )  # fmt: skip


@PAGES.alone("/residents/{id}/file/move", permission=KEEP, post=True)
def ask_move(visit: Visit) -> Response:
    """Ask another institution to take the file over."""
    id_ = visit.params["id"]

    def act(work: Work) -> Response:
        asked = Asked(
            visit.field("to_id"), visit.field("reason"), visit.field("household") == "yes"
        )
        move_id = request_move(work, id_, asked)
        return see_other(visit, f"/moves/{move_id}", flash="move-asked")

    return attempt(
        visit, act, lambda work, state: _move(visit, work, state),
        fields=frozenset({"to_id", "reason", "household"}), resource_type="Patient",
    )  # fmt: skip
