"""A follow-up is entered and corrected: the form, what is proposed, the saving.

`/residents/{id}/follow-ups/new?programmes=a,b` asks several programmes as one form, saved as one
answer for each, in one transaction with one visit. `back` is where the page was opened from.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final
from urllib.parse import urlencode, urlsplit

from starlette.responses import Response

from health.declare import Case, Programme
from health.followups import display
from health.followups.answers import WRONG, patient_in
from health.followups.carrying import Beginning, beginning
from health.followups.entering import PROPOSE, Filled, Judged, Place, doubted, filled
from health.followups.facts import person
from health.followups.joint import Joint, edition, joint
from health.followups.joint_others import list_others
from health.followups.proposing import ACTIVITY_TITLES, proposals
from health.followups.services import FollowUp, get_follow_up, record, revise
from health.permissions import WRITE
from health.programmes import PROGRAMMES
from kernel.audit.entry import Action
from kernel.errors import Refused, bad_request, conflict, not_found
from kernel.forms import texts_of
from kernel.messages import SEQUENCE, Message, _, joined
from kernel.web.acting import Wrong, attempt
from kernel.web.cards import panels_of
from kernel.web.flashes import told
from kernel.web.page import FormState
from kernel.web.pages import Pages
from kernel.web.shell import fragment, page, see_other
from kernel.web.submission import submission_of
from kernel.web.visit import Visit
from kernel.work import ReadWork, Work
from records.api import death_of, frame, get_resident, id_of, load_all

PAGES = Pages()
TAB: Final = "programmes"
"""The tab of the resident's page on which the follow-ups stand."""
CLOSED: Final = _("档案已结案，不能录入随访；需要时请先恢复档案")
_UNKNOWN: Final = _("请说明要随访的项目，例如从待办名单或“健康管理”打开")
_ELSEWHERE: Final = _("这次就诊不是这位居民的，请从就诊页面重新打开")
_TAKEN_BACK: Final = _("这份随访已经作废，不能再修改")
_STALE: Final = _(
    "这份随访在您填写期间被别人保存过。您的填写都在下面；请先在新窗口核对已保存的内容，再保存就以您的填写为准。"
)
_SAVED: Final = _("%(programme)s已保存：%(outcome)s")
_NEXT: Final = _("%(saved)s，%(activity)s不晚于 %(day)s")
_OURS: Final = re.compile(r"/(?![/\\])[\w\-./?&=%,~+]*", re.ASCII)
_LONGEST: Final = 500


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a page was opened for: which programmes, within which visit, and where to go after."""

    programmes: tuple[Programme, ...]
    encounter: str = ""
    back: str = ""
    of: str = ""
    """Of an outcome of a referral: which programme referred."""
    corrected: FollowUp | None = None
    """The answer that is corrected, in the edition that it was given under."""

    @property
    def joint(self) -> Joint:
        """The form of the page."""
        if self.corrected is not None:
            return edition(self.corrected.asked.programme, self.corrected.asked.form)
        return joint(self.programmes)


def wanted(told: Mapping[str, str]) -> Wanted:
    """Out of an address or a form. Raises Refused (400, 404)."""
    names = list(dict.fromkeys(filter(None, told.get("programmes", "").split(","))))
    if not names:
        raise bad_request(_UNKNOWN)
    known = {one.name: one for one in PROGRAMMES}
    if unknown := [name for name in names if name not in known]:
        raise not_found(", ".join(unknown))
    return Wanted(
        tuple(known[name] for name in names),
        told.get("encounter", ""),
        _ours(told.get("back", "")),
        told.get("of", ""),
    )


@PAGES.reads("/residents/{id}/follow-ups/new", permission=WRITE)
def new(visit: Visit, work: ReadWork) -> Response:
    """A new form, with what is known already."""
    id_, asked = visit.params["id"], _from(visit, wanted(visit.query))
    _place(visit, work, asked)
    begun = beginning(work, id_, asked.joint, about=asked.of)
    state = FormState(_lists(texts_of(asked.joint.form, begun.values)))
    return _form(visit, work, id_, asked, state, begun=begun)


def _from(visit: Visit, asked: Wanted) -> Wanted:
    """With the page from which this one was opened, where its address does not tell."""
    came = urlsplit(visit.headers.get("referer", ""))
    address = f"{came.path}?{came.query}" if came.query else came.path
    return replace(asked, back=asked.back or _ours(address)) if came.path != visit.path else asked


def _ours(address: str) -> str:
    """An address of this program to come back to; empty where it is none."""
    fits = len(address) <= _LONGEST and _OURS.fullmatch(address)
    return address if fits and not address.startswith("/sign-in") else ""


def _lists(texts: Mapping[str, str | tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
    return {name: (text,) if isinstance(text, str) else text for name, text in texts.items()}


def _place(visit: Visit, work: ReadWork, asked: Wanted) -> Place:
    """Where the answers go. Raises Refused: 404 (not visible), 400 (the visit is another's)."""
    id_ = visit.params["id"]
    get_resident(work, id_)
    if asked.encounter:
        stored = load_all(work, "Encounter", [asked.encounter]).get(asked.encounter, {})
        if id_of(stored.get("subject"), "Patient") != id_:
            raise bad_request(_ELSEWHERE)
    return Place(id_, submission_of(visit), asked.encounter)


def _form(
    visit: Visit,
    work: ReadWork,
    patient_id: str,
    asked: Wanted,
    state: FormState,
    *,
    begun: Beginning | None = None,
    sent: Filled | None = None,
    one: FollowUp | None = None,
) -> Response:
    doubts = sent.doubts if sent and not state.errors and not _asks(visit) else {}
    marks = _marks(visit, asked.joint, begun, state) if begun else {}
    about = person(work, patient_id)
    parts, conclusions = display.concluding(
        display.sections(
            asked.joint,
            Case(work.today, about.born, about.sex),
            marks=marks,
            last=begun.last if begun else {},
        )
    )
    return page(
        visit,
        "followups/edit.html",
        http_status=422 if state.errors or doubts else 200,
        **frame(visit, work, patient_id, TAB),
        form_title=asked.joint.form.title,
        parts=parts,
        conclusions=conclusions,
        state=state,
        doubts=doubts,
        doubted=doubted(visit, sent.doubts) if sent else "",
        marked=bool(marks),
        touched=visit.field("touched"),
        proposals=proposals(asked.joint, sent),
        programmes=",".join(programme.name for programme in asked.programmes),
        others=[] if one else list(_others(work, patient_id, asked)),
        asked=asked,
        panels=[] if one else panels_of(work, "follow-up-entry", patient_id),
        submission=one.id if one else submission_of(visit),
        follow_up=display.head_of(one) if one else None,
        action=f"/follow-ups/{one.id}/edit" if one else f"/residents/{patient_id}/follow-ups/new",
        back=f"/follow-ups/{one.id}" if one else _after(asked, patient_id),
    )


def _asks(visit: Visit) -> bool:
    """Whether only a proposal is asked for, without script."""
    return visit.field("do") == PROPOSE


def _marks(visit: Visit, joint_: Joint, begun: Beginning, state: FormState) -> dict[str, str]:
    """The marks of what still stands as it was brought, and that nobody has touched."""
    brought = _lists(texts_of(joint_.form, begun.values))
    changed = set(visit.field("touched").split())
    for name in {*brought, *state.values}:
        if tuple(filter(None, state.chosen(name))) != brought.get(name, ()):
            changed.add(joint_.field_of(name))
    return {key: mark for key, mark in begun.marks.items() if key not in changed}


def _others(work: ReadWork, patient_id: str, asked: Wanted) -> Iterator[dict[str, Any]]:
    """The person's other programmes, to be asked on the same page."""
    chosen = [one.name for one in asked.programmes]
    for other in list_others(work, patient_id, asked.programmes):
        names = ",".join([*chosen, other.programme.name])
        query = {
            "programmes": names,
            "encounter": asked.encounter,
            "of": asked.of,
            "back": asked.back,
        }
        address = urlencode({name: text for name, text in query.items() if text})
        yield {"title": other.programme.short, "due_on": other.due_on, "query": address}


def _after(asked: Wanted, patient_id: str) -> str:
    """Where to go when all is done: where the page was opened from."""
    return asked.back or f"/residents/{patient_id}/{TAB}"


# What is proposed, and what is saved ------------------------------------------------------------


@PAGES.reads("/residents/{id}/follow-ups/propose", permission=WRITE, post=True)
def propose(visit: Visit, work: ReadWork) -> Response:
    """What follows from what stands in the form now; nothing is written."""
    asked = wanted(visit.form)
    get_resident(work, visit.params["id"])
    place = Place(visit.params["id"], visit.field("submission"), asked.encounter)
    sent = filled(visit, work, asked.joint, place)
    return fragment(visit, "followups/parts.html", "proposals", views=proposals(asked.joint, sent))


@PAGES.alone("/residents/{id}/follow-ups/new", permission=WRITE, post=True)
def enter(visit: Visit) -> Response:
    """Save one answer for each programme of the page, or show the page again."""
    id_, asked = visit.params["id"], wanted(visit.form)

    def act(work: Work) -> Response:
        place = _place(visit, work, asked)
        patient = get_resident(work, id_)
        if death_of(patient)[0] or not patient.get("active", True):
            raise conflict(CLOSED)
        sent = _accepted(visit, filled(visit, work, asked.joint, place))
        first, *others = sent.entries
        record(work, first)
        record(work, *others)
        flash = told(work.keys, _saved(sent.judged))
        return see_other(visit, _after(asked, id_), flash=flash)

    def again(work: ReadWork, state: FormState) -> Response:
        sent = filled(visit, work, asked.joint, _place(visit, work, asked))
        begun = beginning(work, id_, asked.joint, about=asked.of)
        return _form(visit, work, id_, asked, _again(visit, sent, state), begun=begun, sent=sent)

    return attempt(
        visit, act, again, fields=frozenset(), action=Action.CREATE, resource_type="Patient"
    )


def _accepted(visit: Visit, sent: Filled) -> Filled:
    """The page that can be saved. Raises Wrong."""
    if _asks(visit) or not sent.accepted:
        raise Wrong(sent.errors)
    return sent


def _again(visit: Visit, sent: Filled, state: FormState) -> FormState:
    """What was typed, and what is wrong with it; nothing is, where only a proposal was asked."""
    errors = {} if _asks(visit) else {**sent.errors, **state.errors}
    return FormState(sent.texts, errors)


def _saved(judged: Sequence[Judged]) -> str:
    """Class and next date, in a sentence for each programme."""
    return joined((_sentence(one) for one in judged), by=SEQUENCE)


def _sentence(one: Judged) -> str:
    if one.proposal is None:
        raise ValueError("only what was judged is saved")
    decided = one.proposal.decided
    said = Message(
        _SAVED,
        programme=one.programme.short,
        outcome=one.programme.outcome(decided.outcome).title,
    )
    if decided.due_on is None:
        return said
    activity, day = ACTIVITY_TITLES[decided.planned[0].activity], decided.due_on.isoformat()
    return Message(_NEXT, saved=said, activity=activity, day=day)


# Corrected --------------------------------------------------------------------------------------


def _open(work: ReadWork, id_: str) -> FollowUp:
    one = get_follow_up(work, id_)
    if one.body["status"] == WRONG:
        raise conflict(_TAKEN_BACK)
    return one


@PAGES.reads("/follow-ups/{id}/edit", permission=WRITE)
def edit(visit: Visit, work: ReadWork) -> Response:
    """Correct a follow-up; every version stays."""
    one = _open(work, visit.params["id"])
    asked = Wanted((one.asked.programme,), corrected=one)
    state = FormState(_lists(texts_of(asked.joint.form, one.values)))
    get_resident(work, patient_in(one.body))
    return _form(visit, work, patient_in(one.body), asked, state, one=one)


@PAGES.alone("/follow-ups/{id}/edit", permission=WRITE, post=True)
def change(visit: Visit) -> Response:
    """Save a correction: class, next date and statistics follow."""
    id_ = visit.params["id"]

    def read(work: ReadWork) -> tuple[FollowUp, Wanted, Filled]:
        one = _open(work, id_)
        asked = Wanted((one.asked.programme,), corrected=one)
        get_resident(work, patient_in(one.body))
        place = Place(patient_in(one.body), one.id, correcting=True)
        return one, asked, filled(visit, work, asked.joint, place)

    def act(work: Work) -> Response:
        one, _asked, sent = read(work)
        _revised(visit, work, one, _accepted(visit, sent))
        return see_other(visit, f"/follow-ups/{id_}", flash="follow-up-corrected")

    def again(work: ReadWork, state: FormState) -> Response:
        one, asked, sent = read(work)
        patient_id = patient_in(one.body)
        errors = _again(visit, sent, state)
        return _form(visit, work, patient_id, asked, errors, sent=sent, one=one)

    return attempt(visit, act, again, fields=frozenset(), resource_type="QuestionnaireResponse")


def _revised(visit: Visit, work: Work, one: FollowUp, sent: Filled) -> None:
    entry, seen = sent.entries[0], visit.field("seen")
    if dict(entry.values) == one.values:  # sent twice
        return
    try:
        revise(work, one, entry, seen=int(seen) if seen.isdecimal() else 0, reason=sent.reason)
    except Refused as refused:
        if refused.status != 412:
            raise
        raise Wrong({"form": _STALE}) from None
