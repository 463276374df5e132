"""What the pages of a file's life show: plain values for the templates."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from kernel.security.directory import Tree
from kernel.security.policy import sees_organisation, sight
from kernel.web.i18n import _
from kernel.web.visit import Visit
from kernel.work import ReadWork
from records.life.contracts import list_contracts
from records.life.dynamic import dynamic, last_year
from records.life.intervals import list_intervals
from records.life.moves import answers, asks, find_move, pending_move
from records.life.projections import close_reason_of, extension_day
from records.life.provenance import TITLES as STEP_TITLES
from records.life.provenance import facts_of
from records.life.residence import ASSUMED, FILED, HANDED_OVER, MOVED_IN, REOPENED
from records.life.services import FILED_BY, FILING_ORGANISATION, File
from records.life.services_done import KINDS as KINDS_DONE
from records.life.services_done import REASONS as REASONS_NOT
from records.life.states import (
    ACTIVE,
    CLOSED,
    CLOSED_ON,
    DRAFT,
    OPEN,
    OPENED_ON,
    REASON_TITLES,
    TITLES,
    TRANSFERRING,
)
from records.life.tasks import KINDS, STATUSES, Move
from records.life.teams import get_team
from records.reading import codes_of, day_of, display_of, id_of, words
from records.residents.queries import find_all

Row = dict[str, Any]

BADGES: Mapping[str, str] = {DRAFT: "due", ACTIVE: "ok", TRANSFERRING: "due"}
_BEGAN = {
    FILED: _("建档"),
    MOVED_IN: _("迁入"),
    REOPENED: _("恢复档案"),
    ASSUMED: _("数据导入"),
}


def tree_of(visit: Visit, work: ReadWork) -> Tree:
    """The institutions of today."""
    return visit.site.authenticator.tree(work.connection)


def file_view(visit: Visit, work: ReadWork, file: File) -> Row:
    """The state of a file and what can be done with it."""
    body, tree = file.body, tree_of(visit, work)
    told = {one.get("url"): one.get("valueReference") for one in body.get("extension", ())}
    filing = told.get(FILING_ORGANISATION)
    reason = close_reason_of(body)
    return {
        "id": file.id,
        "state": TITLES[file.state],
        "kind": BADGES.get(file.state, "neutral"),
        "opened_on": extension_day(body, OPENED_ON),
        "filed_by": display_of(told.get(FILED_BY)),
        "filed_at": tree.name(id_of(filing, "Organization")) or display_of(filing),
        "closed_on": extension_day(body, CLOSED_ON),
        "close_reason": REASON_TITLES.get(reason or "", ""),
        "is_draft": file.state == DRAFT,
        "is_kept": file.state in OPEN - {DRAFT},
        "is_active": file.state == ACTIVE,
        "is_closed": file.state in CLOSED,
    }


def interval_rows(visit: Visit, work: ReadWork, patient_id: str) -> list[Row]:
    """The institutions that kept the file, the latest first; the last day is inclusive here."""
    tree, rows = tree_of(visit, work), []
    for one in list_intervals(work, patient_id):
        until = one.to_on or work.today + timedelta(days=1)
        rows.append(
            {
                "organisation": tree.name(one.organisation_id) or one.organisation_id,
                "from_on": one.from_on,
                "last_on": one.to_on - timedelta(days=1) if one.to_on else None,
                "days": (until - one.from_on).days,
                "began": _BEGAN.get(one.opened_for or "", _("建档")),
                "ended": _ended(one.closed_for),
            }
        )
    return rows[::-1]


def _ended(code: str | None) -> str:
    if code == HANDED_OVER:
        return _("迁出本机构")
    return REASON_TITLES.get(code or "", "")


def step_rows(visit: Visit, work: ReadWork, patient_id: str) -> list[Row]:
    """What was written down of the file's life, the latest first."""
    pairs = (("patient", patient_id), ("_sort", "-recorded"), ("_count", "100"))
    rows = []
    for body in find_all(work, "Provenance", *pairs):
        step = next((c for c in codes_of(body.get("activity")) if c in STEP_TITLES), "")
        on = day_of(body.get("occurredDateTime")) or day_of(body.get("recorded"))
        if step and on:
            rows.append(_step(visit, body, step, on))
    return rows


def _step(visit: Visit, body: Mapping[str, Any], step: str, on: date) -> Row:
    agents = [display_of(agent.get("who")) for agent in body.get("agent", ())]
    facts = [f"{visit.translate(label)}：{text}" for label, text in facts_of(body)]
    reasons = [words(one) for one in body.get("reason", ())]
    return {
        "on": on,
        "title": visit.translate(STEP_TITLES[step]),
        "place": "、".join(name for name in agents if name),
        "detail": "；".join([*(text for text in reasons if text), *facts]),
        "href": "",
    }


def waiting_move(visit: Visit, work: ReadWork, patient_id: str) -> Row | None:
    """The request that waits for an answer, or None."""
    move_id = pending_move(work, patient_id)
    move = find_move(work, move_id) if move_id else None
    return move_view(visit, work, move) if move else None


def move_view(visit: Visit, work: ReadWork, move: Move) -> Row:
    """A move as its page and the lists show it."""
    tree = tree_of(visit, work)
    title, kind = STATUSES[move.status]
    waits = move.status == "requested"
    return {
        "id": move.id,
        "title": KINDS[move.kind],
        "status": title,
        "badge": kind,
        "waits": waits,
        "patient_id": move.patient_id,
        "name": move.name,
        "sex": move.sex,
        "birth_date": day_of(move.born),
        "people": move.people,
        "household": move.household,
        "from_name": tree.name(move.from_id) or move.from_id,
        "to_name": tree.name(move.to_id) or move.to_id,
        "to_id": move.to_id,
        "reason": move.reason,
        "address": move.address,
        "answer": move.answer,
        "asked_by": display_of(move.asked_by),
        "asked_on": day_of(move.asked_at),
        "doctor_id": move.doctor_id,
        "may_answer": waits and answers(work, move),
        "may_cancel": waits and asks(work, move),
    }


def institutions(visit: Visit, work: ReadWork, *, without: str = "") -> Sequence[tuple[str, str]]:
    """Stations and centres that can keep files, by name: pairs of id and name."""
    found = tree_of(visit, work).organisations.values()
    keepers = [o for o in found if o.kind in ("station", "centre") and o.active and o.id != without]
    return sorted(((o.id, o.name) for o in keepers), key=lambda pair: (len(pair[0]), pair[0]))


def contract_rows(work: ReadWork, patient_id: str) -> list[Row]:
    """A person's contracts, the latest first; of a team elsewhere no name is told."""
    rows = []
    for one in reversed(list_contracts(work, patient_id)):
        spec = work.registry.specs["CareTeam"]
        seen = sees_organisation(sight(work.actor, spec), one.organisation_id)
        rows.append(
            {
                "team": get_team(work, one.team_id).name if seen else "",
                "from_on": one.from_on,
                "last_on": one.to_on - timedelta(days=1) if one.to_on else None,
                "holds": one.holds_on(work.today),
                "to_come": one.from_on > work.today,
            }
        )
    return rows


def use_view(work: ReadWork, patient_id: str) -> Row:
    """Whether the file was used in the last months, and every record of them."""
    found = dynamic(work, patient_id, *last_year(work.today))
    return {
        "used": found.used,
        "from_on": found.from_on,
        "to_on": found.to_on,
        "counted": found.counted,
        "services": [
            {"on": one.on, "title": KINDS_DONE[one.type], "reason": REASONS_NOT.get(one.reason, "")}
            for one in found.services
        ],
    }
