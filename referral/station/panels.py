"""What a station sees of referrals on other pages: the first one, a resident's, a follow-up's."""

from typing import Any, Final

from health.api import Action, get_follow_up
from kernel.declare.module import Panel
from kernel.fhir.store import get_head
from kernel.messages import Message, _
from kernel.security.directory import load_tree
from kernel.web.cards import Card
from kernel.work import ReadWork
from records.api import id_of
from referral.permissions import STATION, WRITE
from referral.requests.drafting import draft_id
from referral.station.queries import Line, StationQuery, count_tabs, list_lines
from referral.station.tabs import Tab
from referral.station.views import rows_of

FIRST: Final = 8
_SHOWN: Final = 4
Row = dict[str, Any]


def cards(work: ReadWork, _key: str) -> list[Card]:
    """Who is offered back, whose outcome is due, what is overdue; none where nothing waits."""
    found, unit = count_tabs(work), _("例")
    shown = []
    if found.offered:
        shown.append(Card(_("待接回"), found.offered, unit, "/referrals?tab=back", "", "due"))
    if found.outcomes_due:
        late = found.outcomes_late
        note = Message(_("其中 %(n)s 例已逾期"), n=late) if late else ""
        kind, state = ("overdue", _("逾期")) if late else ("due", "")
        href = "/referrals?tab=outcome"
        shown.append(Card(_("转诊结果随访到期"), found.outcomes_due, unit, href, note, kind, state))
    if found.late:
        href, state = "/referrals?tab=risk&late=1", _("超时")
        shown.append(Card(_("转诊超时"), found.late, unit, href, "", "overdue", state))
    return shown


def drafts(work: ReadWork, _key: str) -> Row | None:
    """The drafts that wait to be sent, with their deadline."""
    return _rows(work, list_lines(work, StationQuery(tab=Tab.DRAFTS), size=FIRST))


def of_resident(work: ReadWork, patient_id: str) -> Row | None:
    """A person's last referrals, and the way to another one."""
    lines = list_lines(work, StationQuery(tab=Tab.ALL, person=patient_id), size=_SHOWN)
    shown = _rows(work, lines) or {"rows": [], "may_write": work.actor.may(WRITE)}
    if not lines and not shown["may_write"]:
        return None
    return {**shown, "patient_id": patient_id}


def under_way(work: ReadWork, patient_id: str) -> Row | None:
    """A person's referrals that have not ended, drafts first: beside the programmes."""
    lines = list_lines(work, StationQuery(tab=Tab.ALL, person=patient_id), sort="urgency")
    open_ones = [one for one in lines if one.open][:_SHOWN]
    shown = _rows(work, open_ones)
    return {**shown, "patient_id": patient_id} if shown else None


def of_follow_up(work: ReadWork, answer_id: str) -> Row | None:
    """The referral that a follow-up asked for: its draft, or what became of it."""
    one, id_ = get_follow_up(work, answer_id), draft_id(answer_id)
    patient_id = id_of(one.body.get("subject"), "Patient")
    lines = list_lines(work, StationQuery(tab=Tab.ALL, person=patient_id))
    own = [line for line in lines if line.request_id == id_]
    asks = one.decided is not None and one.decided.action in (Action.REFER, Action.EMERGENCY)
    going_on = [line for line in lines if line.open and line.programme == one.asked.programme.name]
    shown = _rows(work, own or (going_on[:1] if asks else []))
    if shown is not None:
        return {**shown, "patient_id": patient_id, "new_href": ""}
    if not asks or not work.actor.may(WRITE) or not one.asked.programme.regular:
        return None
    head = get_head(work, work.registry.specs["ServiceRequest"], id_)
    discarded = head is not None and head.deleted
    href = f"/referrals/new?resident={patient_id}" if discarded else f"/referrals/new?from={one.id}"
    return {"rows": [], "may_write": True, "patient_id": patient_id, "new_href": href}


def _rows(work: ReadWork, lines: list[Line]) -> Row | None:
    if not lines:
        return None
    tree = load_tree(work.connection, work.today)
    return {"rows": rows_of(work, tree, lines), "may_write": work.actor.may(WRITE)}


_FOLDER: Final = "referrals/panels"
PANELS: Final = (
    Panel("home-cards", "referrals", "转诊", "home.html", cards, STATION, 6),
    Panel(
        "home", "referral-drafts", _("转诊草稿"), f"{_FOLDER}/drafts.html", drafts, STATION, 4,
        wide=True,
    ),
    Panel(
        "resident", "referrals", _("转诊"), f"{_FOLDER}/resident.html", of_resident, STATION, 15
    ),
    Panel("programmes", "referrals", _("转诊"), f"{_FOLDER}/resident.html", under_way, STATION, 10),
    Panel(
        "follow-up", "referral", _("转诊"), f"{_FOLDER}/follow_up.html", of_follow_up, STATION, 10
    ),
)  # fmt: skip
