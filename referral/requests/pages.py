"""The pages on which a referral is written, sent, discarded and sent again.

`/referrals/new?resident=…` (also `&from=<follow-up>`, `&kind=call` for an emergency that is told by
telephone first) and `/referrals/{id}/edit`, which is also where the slip of such an emergency is
handed in afterwards.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final
from urllib.parse import urlencode

from starlette.responses import Response

from health.api import get_follow_up
from kernel.audit.entry import Action
from kernel.errors import Refused, bad_request, conflict
from kernel.messages import _
from kernel.web.acting import Wrong, attempt
from kernel.web.page import FormState
from kernel.web.pages import Pages
from kernel.web.shell import page, see_other
from kernel.web.submission import submission_of
from kernel.web.visit import Visit
from kernel.work import ReadWork, Work
from records.api import death_of, frame, get_resident, id_of, load_all
from referral.permissions import SUBMIT, WRITE
from referral.requests import services
from referral.requests.drafting import draft_id
from referral.requests.form import MOST_DIAGNOSES
from referral.requests.prefill import blank, from_follow_up
from referral.requests.services import Stored, get_stored
from referral.requests.slip import EMERGENCY, Slip
from referral.requests.typed import Kind, Typed, chosen, form_of, texts_for, typed

PAGES = Pages()
TAB: Final = "referrals"
_WHOM: Final = _("请从居民页面打开“转诊”")
_CLOSED: Final = _("档案已结案，不能转诊；需要时请先恢复档案")
_STALE: Final = _(
    "这份转诊在您填写期间被别人保存过。您的填写都在下面；请先在新窗口核对已保存的内容，再保存就以您的填写为准。"
)
_GONE_ON: Final = _("这份转诊已经提交或不再是草稿，不能在这里修改")
_FIELDS: Final = {
    "ServiceRequest.performer": "destination",
    "ServiceRequest.requester": "doctor",
    "ServiceRequest.reasonCode": "indications",
    "ServiceRequest.supportingInfo": "form",
    "slot": "slot",
}


@dataclass(frozen=True, slots=True)
class Sheet:
    """A slip on its page: the id of the referral, whose, which page, what it said before.

    `stored` is the referral where it has been saved.
    """

    id: str
    patient_id: str
    kind: Kind
    slip: Slip
    stored: Stored | None = None

    @property
    def address(self) -> str:
        """Where its page is posted to."""
        return f"/referrals/{self.id}/edit" if self.stored else "/referrals/new"

    def href(self, kind: Kind) -> str:
        """The address of the other page for the same; empty where it makes no sense."""
        if self.kind in (kind, Kind.LATE) or self.stored is not None:
            return ""
        about = {"resident": self.patient_id, "from": self.slip.answer}
        told = {**about, "kind": kind.value if kind is Kind.CALL else ""}
        return f"/referrals/new?{urlencode({name: text for name, text in told.items() if text})}"


# Opened -----------------------------------------------------------------------------------------


@PAGES.reads("/referrals/new", permission=WRITE)
def new(visit: Visit, work: ReadWork) -> Response:
    """A new slip with what the record says, or with what a follow-up found."""
    answer = visit.query.get("from", "")
    if answer and draft_id(answer) in load_all(work, "ServiceRequest", [draft_id(answer)]):
        return see_other(visit, f"/referrals/{draft_id(answer)}/edit")
    return _form(visit, work, _begun(visit, work, visit.query))


def _begun(visit: Visit, work: ReadWork, told: Mapping[str, str]) -> Sheet:
    """A new slip as an address or a form asks for it. Raises Refused (400, 404)."""
    answer, patient_id = told.get("from", ""), told.get("resident", "").strip()
    kind = Kind.CALL if told.get("kind") == Kind.CALL else Kind.WHOLE
    id_ = draft_id(answer) if answer else submission_of(visit)
    if answer:
        one = get_follow_up(work, answer)
        patient_id = id_of(one.body.get("subject"), "Patient")
        slip = from_follow_up(work, patient_id, one)
    elif patient_id:
        slip = blank(work, patient_id)
    else:
        raise bad_request(_WHOM)
    if kind is Kind.CALL:
        slip = replace(slip, urgency=EMERGENCY)
    return Sheet(id_, patient_id, kind, slip)


@PAGES.reads("/referrals/{id}/edit", permission=WRITE)
def edit(visit: Visit, work: ReadWork) -> Response:
    """A draft goes on; the slip of an emergency that was announced is handed in."""
    stored = get_stored(work, visit.params["id"])
    if not stored.is_draft and not stored.waits_for_slip:
        raise conflict(_GONE_ON)
    return _form(visit, work, _stored_sheet(visit, stored, _kind_of(stored)))


def _stored_sheet(visit: Visit, stored: Stored, kind: Kind) -> Sheet:
    return Sheet(visit.params["id"], stored.patient_id, kind, stored.slip, stored)


def _kind_of(stored: Stored) -> Kind:
    """A draft of an emergency that nobody has written more of is one short page."""
    if stored.waits_for_slip:
        return Kind.LATE
    slip = stored.slip
    short = slip.urgency == EMERGENCY and not slip.is_written and bool(slip.phoned_at)
    return Kind.CALL if short else Kind.WHOLE


def _form(visit: Visit, work: ReadWork, sheet: Sheet, state: FormState | None = None) -> Response:
    slip, stored = sheet.slip, sheet.stored
    form = form_of(work, sheet.kind, sheet.patient_id, chosen(visit, slip) if state else slip)
    texts = texts_for(form, slip)
    texts.setdefault("consent-on", (work.today.isoformat(),))
    is_draft = stored is not None and stored.is_draft
    return page(
        visit,
        "referrals/edit.html",
        http_status=422 if state and state.errors else 200,
        **frame(visit, work, sheet.patient_id, TAB),
        slip_form=form,
        kind=sheet.kind.value,
        state=state or FormState(texts),
        diagnosis_rows=range(1, MOST_DIAGNOSES + 1) if sheet.kind is not Kind.LATE else (),
        submission=sheet.id,
        seen=stored.version if stored else 0,
        answer=slip.answer,
        is_draft=is_draft,
        replaces=bool(stored and stored.request.get("replaces")),
        action=sheet.address,
        discard_href=f"/referrals/{sheet.id}/discard" if is_draft else "",
        whole_href=sheet.href(Kind.WHOLE),
        call_href=sheet.href(Kind.CALL),
        may_send=work.actor.may(SUBMIT),
    )


# Saved and sent ---------------------------------------------------------------------------------


@PAGES.alone("/referrals/new", permission=WRITE, post=True)
def begin(visit: Visit) -> Response:
    """Keep a new slip as a draft, or send it; the same page sent twice makes one."""

    def act(work: Work) -> Response:
        sheet = _begun(visit, work, visit.form)
        patient = get_resident(work, sheet.patient_id)
        if death_of(patient)[0] or not patient.get("active", True):
            raise conflict(_CLOSED)
        if sheet.id in load_all(work, "ServiceRequest", [sheet.id]):
            return see_other(visit, _there(work, sheet.id))
        return _carried_out(visit, work, sheet)

    def again(work: ReadWork, state: FormState) -> Response:
        return _form(visit, work, _begun(visit, work, visit.form), _placed(visit, state))

    return attempt(
        visit, act, again, fields=_NAMED, action=Action.CREATE, resource_type="ServiceRequest"
    )


_NAMED: Final = frozenset(_FIELDS)


def _there(work: ReadWork, id_: str) -> str:
    """Where a referral that was saved before goes on."""
    return f"/referrals/{id_}/edit" if get_stored(work, id_).is_draft else f"/referrals/{id_}"


@PAGES.alone("/referrals/{id}/edit", permission=WRITE, post=True)
def save(visit: Visit) -> Response:
    """Keep a draft, or send it; or hand in the slip of an emergency."""
    id_ = visit.params["id"]

    def read(work: ReadWork) -> Sheet:
        stored = get_stored(work, id_)
        posted = Kind.CALL if visit.field("kind") == Kind.CALL else Kind.WHOLE
        return _stored_sheet(visit, stored, Kind.LATE if stored.waits_for_slip else posted)

    def act(work: Work) -> Response:
        sheet = read(work)
        stored = get_stored(work, id_)
        if not stored.is_draft and not stored.waits_for_slip:
            if _typed(visit, work, sheet).slip == stored.slip:  # sent twice
                return see_other(visit, f"/referrals/{id_}")
            raise conflict(_GONE_ON)
        return _carried_out(visit, work, sheet)

    def again(work: ReadWork, state: FormState) -> Response:
        return _form(visit, work, read(work), _placed(visit, state))

    return attempt(visit, act, again, fields=_NAMED, resource_type="ServiceRequest")


def _placed(visit: Visit, state: FormState) -> FormState:
    """The page as it was filled in, with what is wrong at its fields."""
    errors = {_FIELDS.get(name, name): text for name, text in state.errors.items()}
    return FormState(visit.lists, errors)


def _typed(visit: Visit, work: ReadWork, sheet: Sheet, *, draft: bool = False) -> Typed:
    return typed(visit, work, sheet.kind, sheet.patient_id, sheet.slip, draft=draft)


def _carried_out(visit: Visit, work: Work, sheet: Sheet) -> Response:
    """What the button says: another checklist, a draft, sent, or the slip handed in."""
    do = visit.field("do")
    if do == "refresh":
        raise Wrong({})
    sends = do == "sign" or sheet.kind is Kind.LATE
    found = _typed(visit, work, sheet, draft=not sends)
    if found.errors:
        raise Wrong(found.errors)
    try:
        return _kept(visit, work, sheet, found.slip, sends=sends)
    except Refused as refused:
        if refused.status != 412:
            raise
        raise Wrong({"form": _STALE}) from None


def _kept(visit: Visit, work: Work, sheet: Sheet, slip: Slip, *, sends: bool) -> Response:
    seen, there = visit.field("seen"), f"/referrals/{sheet.id}"
    version = int(seen) if seen.isdecimal() and len(seen) < 9 and sheet.stored else None
    if sheet.kind is Kind.LATE:
        services.hand_in_slip(work, sheet.id, slip)
        return see_other(visit, there, flash="referral-slip")
    if sends:
        services.send(work, sheet.id, sheet.patient_id, slip, seen=version)
        return see_other(visit, there, flash="referral-sent")
    services.save_draft(work, sheet.id, sheet.patient_id, slip, seen=version)
    return see_other(visit, f"{there}/edit", flash="referral-kept")


# Discarded, and sent again ----------------------------------------------------------------------


@PAGES.writes("/referrals/{id}/discard", permission=WRITE)
def discard(visit: Visit, work: Work) -> Response:
    """Delete a draft."""
    id_ = visit.params["id"]
    patient_id = get_stored(work, id_).patient_id
    services.discard(work, id_)
    return see_other(visit, f"/residents/{patient_id}/referrals", flash="referral-discarded")


@PAGES.writes("/referrals/{id}/resend", permission=SUBMIT)
def resend(visit: Visit, work: Work) -> Response:
    """A new draft in place of a referral that was declined."""
    new_id = services.resend(work, visit.params["id"])
    return see_other(visit, f"/referrals/{new_id}/edit", flash="referral-again")
