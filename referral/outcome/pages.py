"""/referrals/{id}/outcome: what came of a referral, asked within 14 days in any mode (§1.6).

What began in a programme is asked on the programme's own form, whose answer is heard
(`hear_follow_up`); everything else here.
"""

from typing import Final
from urllib.parse import urlencode

from starlette.responses import Response

from kernel.errors import Refused, conflict
from kernel.forms import read_form
from kernel.messages import Message, _
from kernel.web.acting import Wrong, attempt
from kernel.web.flashes import told
from kernel.web.page import FormState
from kernel.web.pages import Pages
from kernel.web.shell import page, see_other
from kernel.web.visit import Visit
from kernel.work import ReadWork, Work
from records.api import catalogue, frame, id_of
from referral.moving.services import get_request
from referral.outcome.bodies import OutcomeTask, is_known, next_on, outcome_of
from referral.outcome.form import contact_of, faults_of, outcome_form
from referral.outcome.services import get_outcome, record_contact
from referral.permissions import WRITE
from referral.request import request_of
from referral.requests.package import running

PAGES = Pages()
_TAB: Final = "referrals"
_KNOWN: Final = _("转诊结果已经记录，不需要再随访")
_STALE: Final = _("这份转诊的结果在您填写期间被别人记录过。您的填写都在下面，请核对后再保存。")
_SAVED: Final = _("转诊结果已记录：%(finding)s。")
_AGAIN: Final = _("转诊结果已记录：%(finding)s，不晚于 %(day)s 再次随访。")


def _open(work: ReadWork, id_: str) -> tuple[OutcomeTask, int]:
    """The outcome follow-up that still waits. Raises Refused (404, 409)."""
    body, version = get_outcome(work, id_)
    found = outcome_of(body)
    if found.known:
        raise conflict(_KNOWN)
    return found, version


@PAGES.reads("/referrals/{id}/outcome", permission=WRITE)
def form(visit: Visit, work: ReadWork) -> Response:
    """What is asked; of a referral of a running programme the programme's form."""
    id_ = visit.params["id"]
    request, _version = get_request(work, id_)
    asked = request_of(request)
    _open(work, id_)
    if asked.programme and asked.programme in running(work, asked.patient_id):
        query = urlencode({"programmes": "referral-outcome", "of": asked.programme})
        return see_other(visit, f"/residents/{asked.patient_id}/follow-ups/new?{query}")
    return _form(visit, work, FormState({"on": work.today.isoformat(), "mode": "3"}))


def _form(visit: Visit, work: ReadWork, state: FormState) -> Response:
    id_ = visit.params["id"]
    request, _version = get_request(work, id_)
    found, version = _open(work, id_)
    seen = visit.field("seen")
    return page(
        visit,
        "referrals/outcome.html",
        http_status=422 if state.errors else 200,
        **frame(visit, work, id_of(request.get("subject"), "Patient"), _TAB),
        outcome_form=outcome_form(),
        state=state,
        seen=seen if seen.isdecimal() and "form" not in state.errors else version,
        referral_id=id_,
        referred_on=found.referred_on,
        due_on=found.due_on,
        contacts=[
            {"on": one.on, "title": one.text, "place": _mode(one.mode), "detail": "", "href": ""}
            for one in found.contacts
        ],
    )


def _mode(code: str) -> str:
    return catalogue.title("visit-mode", code) if code else ""


@PAGES.alone("/referrals/{id}/outcome", permission=WRITE, post=True)
def record(visit: Visit) -> Response:
    """Record what was found out: known, or when to ask again."""
    id_ = visit.params["id"]

    def act(work: Work) -> Response:
        found, _version = _open(work, id_)
        answer = read_form(outcome_form(), visit.lists)
        faults = faults_of(
            answer.values, found.contacts, referred_on=found.referred_on, today=work.today
        )
        if errors := {**answer.errors, **faults}:
            raise Wrong(errors)
        contact, seen = contact_of(answer.values), visit.field("seen")
        try:
            record_contact(work, id_, contact, seen=int(seen) if seen.isdecimal() else 0)
        except Refused as refused:
            if refused.status != 412:
                raise
            raise Wrong({"form": _STALE}) from None
        title = catalogue.title("referral-finding", contact.finding)
        said = Message(_SAVED, finding=title)
        if not is_known([*found.contacts, contact]):
            said = Message(_AGAIN, finding=title, day=next_on(contact).isoformat())
        return see_other(visit, f"/referrals/{id_}", flash=told(work.keys, said))

    def again(work: ReadWork, state: FormState) -> Response:
        return _form(visit, work, FormState(visit.lists, state.errors))

    return attempt(visit, act, again, fields=frozenset(), resource_type="Task")
