"""/referrals/{id}: the page of one referral for both sides, and the moves that are made on it."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from starlette.responses import Response

from kernel.errors import Refused, conflict, not_found, precondition_failed
from kernel.messages import Message, _
from kernel.web.acting import attempt
from kernel.web.cards import panels_of
from kernel.web.filters import write_datetime
from kernel.web.flashes import told
from kernel.web.page import FormState
from kernel.web.pages import Pages
from kernel.web.shell import page, see_other
from kernel.web.submission import submission_of
from kernel.web.visit import Visit
from kernel.work import ReadWork, Work
from records.api import frame, name_of
from referral.office.repeated import has_slot
from referral.permissions import OFFICE, READ
from referral.shown import display
from referral.shown.case import Shown, get_shown
from referral.shown.choosing import asked_of_moves, first_values, named
from referral.shown.forms import form_of
from referral.shown.making import make_move
from referral.shown.offers import (
    FIELDS,
    LIKELY,
    LINKS,
    Offer,
    find_offer,
    links_of,
    may_resend,
    offers_of,
)
from referral.shown.typed import read_typed
from referral.states import EVENT_TITLES, STATE_TITLES, Event, Side

PAGES = Pages()
SLOT: Final = "referral"
"""The slot of this page for panels of any module; their key is the id of the ServiceRequest."""
_SUMMARY: Final = (
    "programmes", "vitals", "trends", "problems", "medications", "follow-up-drugs",
)  # fmt: skip
"""What of a resident's first page a referral shows, as far as it is disclosed."""
_OVERTAKEN: Final = _("刚才有人同时办理了这份转诊，或占用了同一个号源。请核对后再提交一次。")
_NOT_NOW: Final = _("转诊现在是“%(state)s”，不能%(event)s。")
_DONE: Final = _("%(event)s已保存，现在是“%(state)s”。")
_DONE_FOR: Final = _("%(name)s：%(event)s已保存，现在是“%(state)s”。")
_BACK_TO_LIST: Final = frozenset({Event.ACCEPT, Event.REJECT, Event.REDIRECT, Event.REQUEST_INFO})
"""After these the office goes on with the next one on its list."""


@PAGES.reads("/referrals/{id}", permission=READ)
def referral(visit: Visit, work: ReadWork) -> Response:
    """One referral: what was asked, what happened, what may be done now."""
    return _page(visit, work, get_shown(work, visit.params["id"]), FormState())


def _page(
    visit: Visit, work: ReadWork, shown: Shown, state: FormState, status: int = 200
) -> Response:
    visit.subject = "Patient"
    tree = visit.site.authenticator.tree(work.connection)
    offers = offers_of(work.actor, shown)
    asked = asked_of_moves(work, tree, shown, offers)
    values = {**first_values(work, shown, offers, asked), **state.values}
    kept = FormState(values, state.errors)
    refused = _event_of(visit)
    person = shown.request.patient_id
    return page(
        visit,
        "referrals/show.html",
        http_status=status,
        **(frame(visit, work, person, "") if shown.patient else _NOBODY),
        seen_person=shown.patient is not None,
        referral_id=shown.id,
        head=display.head_of(work, tree, shown),
        asked=display.asked_of(work, shown),
        letters=display.letters(work, shown),
        steps=display.timeline_of(work, tree, shown),
        errands=display.errands_of(work, shown),
        outcome=display.outcome_of_referral(work, shown),
        at_community=Side.COMMUNITY in shown.sides,
        office=work.actor.may(OFFICE),
        forms=[form_of(visit, one, asked, opened=_opened(offers, one, refused)) for one in offers],
        links=[_link(shown, event) for event in links_of(work.actor, shown)],
        may_resend=may_resend(work.actor, shown),
        typed=_typed_words(visit, refused, offers),
        seen=shown.version,
        submission=submission_of(visit),
        state=kept,
        summary=_summary(work, person) if shown.patient else [],
        panels=panels_of(work, SLOT, shown.id),
        **_linked(shown),
    )


_NOBODY: Final[Mapping[str, Any]] = {
    "resident": None,
    "allergies": [],
    "allergies_known": False,
    "tabs": [],
}
"""The values of the frame of somebody whom the hospital may not see."""


def _opened(offers: Sequence[Offer], one: Offer, refused: Event | None) -> bool:
    """The form that was refused is open, else the one that takes the referral on."""
    if refused is not None and any(offer.event is refused for offer in offers):
        return one.event is refused
    return one is offers[0] and one.event in LIKELY


def _link(shown: Shown, event: Event) -> dict[str, str]:
    return {"label": EVENT_TITLES[event], "href": f"/referrals/{shown.id}/{LINKS[event]}"}


def _linked(shown: Shown) -> dict[str, str]:
    """Other referrals that this one goes back to."""
    return {"replaces_id": shown.request.replaces_id, "based_on_id": shown.request.based_on_id}


def _summary(work: ReadWork, patient_id: str) -> list[Any]:
    return [one for one in panels_of(work, "resident", patient_id) if one.key in _SUMMARY]


def _typed_words(visit: Visit, refused: Event | None, offers: Sequence[Offer]) -> str:
    """What was written in a form that is not offered any more."""
    if refused is None or any(one.event is refused for one in offers):
        return ""
    return visit.field(named(refused, "text"))


# Moves ------------------------------------------------------------------------------------------


@PAGES.alone("/referrals/{id}/moves/{event}", permission=READ, post=True)
def make(visit: Visit) -> Response:
    """Make a move; what is refused is shown again as it was filled in."""
    event = _event_of(visit)
    if event is None:
        raise not_found(f"move {visit.params['event']}")
    return attempt(
        visit,
        lambda work: _make(visit, work, event),
        lambda work, state: _again(visit, work, event, state),
        resource_type="Task",
    )


def _event_of(visit: Visit) -> Event | None:
    """The move of the address, one that has a form here."""
    typed = visit.params.get("event", "")
    return next((event for event in FIELDS if event.value == typed), None)


def _make(visit: Visit, work: Work, event: Event) -> Response:
    shown = get_shown(work, visit.params["id"])
    seen = _seen(visit)
    if seen != shown.version:
        raise precondition_failed(_OVERTAKEN)
    offer = find_offer(shown, event)
    if offer is None:
        values = {"state": STATE_TITLES[shown.state], "event": EVENT_TITLES[event]}
        raise conflict(Message(_NOT_NOW, **values))
    tree = visit.site.authenticator.tree(work.connection)
    typed = read_typed(visit, work, offer, asked_of_moves(work, tree, shown, [offer]))
    try:
        make_move(work, shown, offer, typed, booking_id=submission_of(visit))
    except Refused as refused:
        if refused.status != 412:
            raise
        raise precondition_failed(_OVERTAKEN) from refused
    return _done(visit, work, event)


def _seen(visit: Visit) -> int | None:
    text = visit.field("seen")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None


def _done(visit: Visit, work: ReadWork, event: Event) -> Response:
    """On with the next one: the office to its list, others to what they see of this one."""
    id_ = visit.params["id"]
    shown = get_shown(work, id_)
    values: dict[str, object] = {
        "event": EVENT_TITLES[event],
        "state": STATE_TITLES[shown.state],
    }
    message = Message(_DONE, **values)
    if shown.patient:
        message = Message(_DONE_FOR, name=name_of(shown.patient), **values)
    office = event in _BACK_TO_LIST and work.actor.may(OFFICE)
    address = "/referral-office" if office else f"/referrals/{id_}"
    return see_other(visit, address, flash=told(work.keys, message))


def _again(visit: Visit, work: ReadWork, event: Event, state: FormState) -> Response:
    """The page as it is by now; what somebody else did meanwhile is told first (412).

    A second click finds what the first one did, and is answered as that was.
    """
    shown = get_shown(work, visit.params["id"])
    seen = _seen(visit)
    if seen is None or seen == shown.version:
        return _page(visit, work, shown, FormState(visit.lists, state.errors), 422)
    if _is_second_click(visit, work, shown, seen, event):
        return _done(visit, work, event)
    last = write_datetime(shown.moves[-1].at)
    errors = {"form": display.stale_text(shown, seen, last)}
    return _page(visit, work, shown, FormState(visit.lists, errors), 412)


def _is_second_click(visit: Visit, work: ReadWork, shown: Shown, seen: int, event: Event) -> bool:
    """Whether the first move since the page was shown is this very form, sent before."""
    since = [one for one in shown.moves if one.version > seen]
    if not since:
        return False
    first = since[0]
    words = visit.field(named(event, "text")), visit.field(named(event, "reason"))
    mine = first.by.get("reference") == f"Practitioner/{work.actor.practitioner_id}"
    slot, day = (visit.field(named(event, name)) for name in ("slot", "day"))
    same = not (slot or day) or shown.facts.appointment_id == submission_of(visit)
    same = same or bool(slot and has_slot(work, shown.id, slot))
    return mine and first.event is event and (first.text, first.reason) == words and same
