"""What the page of a referral shows: plain data in words."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from sqlalchemy import select

from kernel.clock import Instant
from kernel.messages import Message, _, joined
from kernel.security.directory import Tree
from kernel.work import ReadWork
from records.api import catalogue, display_of, id_of, load_all, name_of, plain, sections, words
from referral.codes import CALL_PATIENT, ESCALATION, SLIP_MISSING
from referral.indications.queries import known_indications
from referral.moving.needs import REASONS
from referral.moving.proposals import find_proposal
from referral.shown.case import Shown
from referral.states import EVENT_TITLES, SIDE_TITLES, STATE_TITLES, Event, Side, State
from referral.tables import referral_case, referral_errand, referral_outcome
from referral.task import Moved, instant, letters_of
from referral.wording import due_words, state_words, urgency_words

Body = Mapping[str, Any]
Row = dict[str, Any]
_SYSTEM: Final = _("系统")
_NOBODY: Final = _("机构内未指定个人")
_UNTITLED: Final = _("文档")
_LETTER: Final = _("诊疗反馈和回转单")
_ERRANDS: Final = {
    ESCALATION: _("超时升级：请处理或督促"),
    CALL_PATIENT: _("联系未到诊的患者"),
    SLIP_MISSING: _("补交转诊单"),
}
_PAPERS: Final = ("Composition", "DocumentReference", "DiagnosticReport")


def head_of(work: ReadWork, tree: Tree, shown: Shown) -> Row:
    """Whose it is, where it goes, how it stands, who has to act until when."""
    facts, request = shown.facts, shown.request
    row = work.connection.execute(
        select(referral_case).where(referral_case.c.request_id == shown.id)
    ).one()
    names = _staff(work, (facts.doctor_id, row.owner_id))
    departments = load_all(work, "HealthcareService", [facts.department_id])
    urgency, state = urgency_words(request.urgency), state_words(shown.state)
    answer = shown.state is State.SUBMITTED and row.escalated_at
    due_at = row.answer_due_at if answer else row.due_at
    due = due_words(due_at, work.now, risk_at=row.risk_at)
    return {
        "number": request.requisition,
        "direction": catalogue.title("referral-direction", request.direction),
        "urgency": {"text": urgency[0], "kind": urgency[1]},
        "state": {"text": state[0], "kind": state[1]},
        "community": tree.name(facts.community_id) or facts.community_id,
        "doctor": names.get(facts.doctor_id, ""),
        "hospital": tree.name(facts.hospital_id) or facts.hospital_id,
        "department": str(departments.get(facts.department_id, {}).get("name", "")),
        "owner_side": SIDE_TITLES[Side(row.owner_side)] if row.owner_side else "",
        "owner": names.get(row.owner_id or "", "") or (_NOBODY if row.owner_side else ""),
        "mine": bool(row.owner_id) and row.owner_id == work.actor.practitioner_id,
        "due": {"text": due[0], "kind": due[1]},
        "due_at": due_at,
        "expires_at": row.due_at if answer else None,
        "submitted_at": row.submitted_at,
        "appointment_at": row.appointment_at,
        "proposed_at": _proposed_at(work, shown),
    }


def _proposed_at(work: ReadWork, shown: Shown) -> Instant | None:
    """When the slot is that the station chose and the hospital has not booked yet."""
    proposed = find_proposal(work, shown.id)
    return instant(proposed["start"]) if proposed else None


def _staff(work: ReadWork, ids: Iterable[str | None]) -> dict[str, str]:
    bodies = load_all(work, "Practitioner", [one for one in ids if one])
    return {id_: name_of(body) for id_, body in bodies.items()}


# What was asked ---------------------------------------------------------------------------------


def asked_of(work: ReadWork, shown: Shown) -> Row:
    """Why somebody is referred, what is asked of the receiver, and the slip with its parts."""
    body = shown.body
    consents = load_all(work, "Consent", _named(body.get("supportingInfo", ()), "Consent"))
    notes = (str(one.get("text", "")) for one in body.get("note", ()))
    return {
        "reasons": [text for text in map(words, body.get("reasonCode", ())) if text],
        "questions": [text for text in notes if text],
        "wished_on": str(body.get("occurrenceDateTime", ""))[:10],
        "consent": bool(consents),
        "phoned": shown.request.phoned,
        "papers": papers_of(work, _references(body.get("supportingInfo", ()))),
    }


def letters(work: ReadWork, shown: Shown) -> list[Row]:
    """What the hospital sent back, the newest first."""
    named = letters_of(shown.task)
    found = {one["reference"]: one for one in papers_of(work, named)}
    own = work.actor.organisation_id == shown.facts.hospital_id
    if own and shown.patient is None:  # what it wrote itself about somebody it may not see
        found |= {one: _closed(one) for one in named if one not in found}
    told = [{**found[one], "href": _opened(shown, one)} for one in named if one in found]
    return told[::-1]


def _closed(reference: str) -> Row:
    return {"reference": reference, "title": _LETTER, "on": "", "author": "", "parts": []}


def _opened(shown: Shown, reference: str) -> str:
    """Where a letter opens with its drugs and attachments, or a document as it is."""
    type_, _slash, id_ = reference.partition("/")
    places = {"Composition": "letter", "DocumentReference": "files"}
    return f"/referrals/{shown.id}/{places[type_]}/{id_}" if type_ in places else ""


def papers_of(work: ReadWork, references: Iterable[str]) -> list[Row]:
    """Documents that the actor sees, in their order: title, date, author, parts (title, text)."""
    wanted = [one for one in references if one.partition("/")[0] in _PAPERS]
    found: dict[str, Body] = {}
    for type_ in _PAPERS:
        ids = [one.partition("/")[2] for one in wanted if one.startswith(f"{type_}/")]
        found |= {f"{type_}/{id_}": body for id_, body in load_all(work, type_, ids).items()}
    authors = [one for body in found.values() for one in body.get("author", ())]
    names = _staff(work, _named(authors, "Practitioner"))
    return [_paper(one, found[one], names) for one in wanted if one in found]


def _paper(reference: str, body: Body, names: Mapping[str, str]) -> Row:
    parts = [(str(one.get("title", "")), plain(one)) for one in sections(body)]
    titles = (body.get("title"), body.get("description"), words(body.get("type")))
    return {
        "reference": reference,
        "href": "",
        "title": next((str(one) for one in titles if one), _UNTITLED),
        "on": str(body.get("date") or body.get("effectiveDateTime", ""))[:10],
        "author": joined(
            display_of(one) or names.get(id_of(one, "Practitioner"), "")
            for one in body.get("author", ())
        ),
        "parts": [(title, text) for title, text in parts if text],
    }


def _references(named: Iterable[Body]) -> list[str]:
    return [str(one.get("reference", "")) for one in named]


def _named(named: Iterable[Body], type_: str) -> list[str]:
    return [id_ for one in named if (id_ := id_of(one, type_))]


# What happened ----------------------------------------------------------------------------------


def timeline_of(work: ReadWork, tree: Tree, shown: Shown) -> list[Row]:
    """Every move, the newest first: when, what, from where to where, who, why."""
    offered = any(one.event is Event.OFFER_BACK for one in shown.moves)
    indications = known_indications(work) if offered else {}
    return [_step(tree, one, indications) for one in reversed(shown.moves)]


def _step(tree: Tree, moved: Moved, indications: Mapping[str, str]) -> Row:
    stays = moved.source is moved.target
    return {
        "at": moved.at,
        "title": EVENT_TITLES[moved.event],
        "source": STATE_TITLES[moved.source] if moved.source and not stays else "",
        "target": "" if stays else STATE_TITLES[moved.target],
        "who": who_moved(moved),
        "place": tree.name(moved.organisation_id) or "",
        "reason": reason_title(moved, indications),
        "text": moved.text,
    }


def who_moved(moved: Moved) -> str:
    """Who made a move: the name, or 系统."""
    return display_of(moved.by) if moved.side is not Side.SYSTEM and moved.by else _SYSTEM


def reason_title(moved: Moved, indications: Mapping[str, str]) -> str:
    """The reason of a move in words, empty for none; `indications` by code, the bureau's too."""
    if moved.event is Event.OFFER_BACK:
        return indications.get(moved.reason, "")
    system = REASONS.get(moved.event, "")
    return catalogue.title(system.rpartition("nbphs3-")[2], moved.reason) if system else ""


def errands_of(work: ReadWork, shown: Shown) -> list[Row]:
    """What is told beside the referral's own step and is still to be done, as the actor sees it."""
    table = referral_errand.c
    rows = work.connection.execute(
        select(referral_errand)
        .where(table.request_id == shown.id, table.open.is_(True))
        .order_by(table.due_at, table.source_id)
    ).all()
    seen = load_all(work, "Task", [row.source_id for row in rows])
    names = _staff(work, [row.owner_id for row in rows])
    return [
        {
            "title": _ERRANDS[row.kind],
            "owner": names.get(row.owner_id or "", ""),
            "due_at": row.due_at,
            "due": dict(zip(("text", "kind"), due_words(row.due_at, work.now), strict=True)),
        }
        for row in rows
        if row.source_id in seen
    ]


def outcome_of_referral(work: ReadWork, shown: Shown) -> Row | None:
    """The 14-day follow-up of the outcome; None before the submission."""
    row = work.connection.execute(
        select(referral_outcome).where(referral_outcome.c.request_id == shown.id)
    ).first()
    if row is None:
        return None
    finding = catalogue.title("referral-finding", row.finding or "")
    return {
        "known": row.known,
        "finding": finding,
        "found_on": row.found_on,
        "due_on": row.due_on,
        "late": not row.known and row.due_on < work.today,
        "contacts": row.contacts,
    }


# What was refused -------------------------------------------------------------------------------

_STALE: Final = _(
    "您打开页面之后，%(who)s 已于 %(at)s 办理“%(event)s”，现在是“%(state)s”。"
    "您的这次提交没有保存，请核对后再办理。"
)
_CHANGED: Final = _("您打开页面之后，这份转诊的内容有变化。您的这次提交没有保存，请核对后再办理。")


def stale_text(shown: Shown, seen: int, at: str) -> str:
    """What happened since the version that a page showed; `at` is the time of the last move."""
    since = [one for one in shown.moves if one.version > seen]
    if not since:
        return _CHANGED
    last = since[-1]
    event = joined(dict.fromkeys(EVENT_TITLES[one.event] for one in since))
    state = STATE_TITLES[shown.state]
    return Message(_STALE, who=who_moved(last), at=at, event=event, state=state)
