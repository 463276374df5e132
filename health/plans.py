"""The plan of somebody in a programme: a CarePlan that says what has to be done by when.

One a enrolment. Its scheduled activities are the due list (`health_due`); it is written anew from
the last answer and the last examination whenever one of these, or the enrolment, changes.
"""

from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from typing import Any, Final

from sqlalchemy import bindparam, select

from health.declare import Action, Activity, Planned, Programme
from health.enrolment.kinds import programme_in
from health.followups.decision import Decided, read_decision
from health.parameters import EXAMINED_FROM
from health.programmes import programme_of
from health.tables import health_examination, health_follow_up
from kernel.canonical import CANONICAL, code_system, structure_definition
from kernel.db.prepared import Prepared
from kernel.fhir.store import Draft, save_all
from kernel.work import ReadWork, Work
from records.api import CARE_KIND, as_day, day_of, derived_id, id_of, load_all

Body = Mapping[str, Any]
Resource = dict[str, Any]
ACTIVITIES: Final = code_system("nbphs3-plan-activity")
ACTION: Final = structure_definition("follow-up-action")
"""Extension of an activity's detail: the action that asked for it."""
_TITLES: Final = {
    Activity.FOLLOW_UP: "随访",
    Activity.RECHECK: "复查",
    Activity.REFERRAL_OUTCOME: "随访转诊情况",
    Activity.ARRIVAL_CHECK: "确认到院",
    Activity.EXAMINATION: "年度健康体检",
    Activity.RETURN_CONTACT: "转回后首次随访",
}
_STATUSES: Final = {"active": "active", "onhold": "on-hold", "finished": "completed"}


def plan_id(episode_id: str) -> str:
    """The id of the CarePlan of an enrolment."""
    return derived_id(episode_id, "plan")


def keep_plan(work: Work, episode: Body) -> None:
    """Write the plan of an enrolment as it has to be now; nothing where it says so already."""
    if (draft := plan_draft(work, episode)) is not None:
        save_all(work, [draft])


def plan_draft(work: ReadWork, episode: Body, *, new: Body | None = None) -> Draft | None:
    """The plan of an enrolment where it has to be written, or None.

    `new` is an answer that was saved just now for the first time: where a later one is stored
    already, the plan follows from that and stays as it is.
    """
    last = _last_answer(work, episode)
    if new is not None and last is not None and last != new["id"]:
        return None
    plan = _plan(work, episode, new if new is not None and last else _answer(work, last))
    stored = load_all(work, "CarePlan", [plan["id"]]).get(plan["id"])
    if stored is None and plan["status"] == "revoked":
        return None
    changed = stored is None or _said(stored) != _said(plan)
    return Draft(plan, plan["id"]) if changed else None


def _said(plan: Body) -> dict[str, Any]:
    return {name: value for name, value in plan.items() if name != "meta"}


def _plan(work: ReadWork, episode: Body, answer: Body | None) -> Resource:
    """The CarePlan of an enrolment, from its last answer and what is stored of the person."""
    programme = programme_of(programme_in(episode))
    patient = id_of(episode.get("patient"), "Patient")
    begun = date.fromisoformat(episode["period"]["start"][:10])
    decided = read_decision(answer) if answer else None
    examined = _last_examination(work, patient) if programme.examination else None
    open_ = episode["status"] == "active"
    seen = day_of(answer.get("authored")) if answer else None
    yearly = examination_due(begun, seen, examined) if programme.examination else None
    planned = list(_planned(programme, begun, decided, yearly)) if open_ else []
    body: Resource = {
        "resourceType": "CarePlan",
        "id": plan_id(str(episode["id"])),
        "instantiatesCanonical": [f"{CANONICAL}/PlanDefinition/{programme.name}"],
        "status": _STATUSES.get(episode["status"], "revoked"),
        "intent": "plan",
        "category": [{"coding": [{"system": CARE_KIND, "code": programme.name}]}],
        "title": str(programme.title),
        "subject": {"reference": f"Patient/{patient}"},
        "period": episode["period"],
    }
    if answer:
        answered = {"reference": f"QuestionnaireResponse/{answer['id']}"}
        body["supportingInfo"] = [answered]
    if planned:
        action = decided.action if decided else Action.ROUTINE
        reasons = [text for text, _clause in decided.reasons] if decided else []
        body["activity"] = [_activity(one, action, reasons) for one in planned]
    return body


def _planned(
    programme: Programme, begun: date, decided: Decided | None, yearly: date | None
) -> Iterator[Planned]:
    if decided is not None:
        yield from decided.planned
    else:
        yield Planned(Activity.FOLLOW_UP, begun + timedelta(days=programme.first_days))
    if yearly is not None:
        yield Planned(Activity.EXAMINATION, yearly)


def examination_due(begun: date, seen: date | None, examined: date | None) -> date:
    """The last day of the year in which the next health examination belongs.

    One a calendar year; who was enrolled late in the year (§1.5 b) begins with the next one. That
    of a year gone by cannot be made up for: whoever was `seen` since is expected in that year.
    """
    late = (begun.month, begun.day) > EXAMINED_FROM.on(begun)
    years = [begun.year + 1 if late else begun.year]
    if seen is not None:
        years.append(seen.year)
    if examined is not None:
        years.append(examined.year + 1)
    return date(max(years), 12, 31)


def _activity(planned: Planned, action: Action, reasons: list[str]) -> Resource:
    yearly = planned.activity is Activity.EXAMINATION
    code = {"system": ACTIVITIES, "code": planned.activity.value}
    told = Action.ROUTINE if yearly else action
    detail: Resource = {
        "extension": [{"url": ACTION, "valueCode": told.value}],
        "code": {"coding": [code], "text": _TITLES[planned.activity]},
        "status": "scheduled",
        "scheduledPeriod": {"end": planned.due_on.isoformat()},
    }
    if reasons and not yearly:
        detail["description"] = "；".join(reasons)
    return {"detail": detail}


_follow_up = health_follow_up.c
_last = Prepared(
    select(_follow_up.source_id)
    .where(
        _follow_up.patient_id == bindparam("patient_id"),
        _follow_up.programme == bindparam("programme"),
        _follow_up.done_on >= bindparam("from_on"),
    )
    .order_by(_follow_up.done_on.desc(), _follow_up.regular, _follow_up.source_id.desc())
    .limit(1)
)


def _last_answer(work: ReadWork, episode: Body) -> str | None:
    """The id of the last answer in an enrolment."""
    key = {
        "patient_id": id_of(episode.get("patient"), "Patient"),
        "programme": programme_in(episode),
        "from_on": episode["period"]["start"][:10],
    }
    row = _last.row(work.connection, key)
    return str(row[0]) if row else None


def _answer(work: ReadWork, id_: str | None) -> Body | None:
    return load_all(work, "QuestionnaireResponse", [id_]).get(id_) if id_ else None


_examined = Prepared(
    select(health_examination.c.done_on)
    .where(health_examination.c.patient_id == bindparam("patient_id"))
    .order_by(health_examination.c.done_on.desc())
    .limit(1)
)


def _last_examination(work: ReadWork, patient_id: str) -> date | None:
    row = _examined.row(work.connection, {"patient_id": patient_id})
    return as_day(row[0]) if row else None
