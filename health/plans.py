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
from records.api import CARE_KIND, as_day, derived_id, id_of, load_all

Body = Mapping[str, Any]
Resource = dict[str, Any]
ACTIVITIES: Final = code_system("nbphs3-plan-activity")
ACTION: Final = structure_definition("follow-up-action")
"""Extension of an activity's detail: the action that asked for it."""
_TITLES: Final = {
    Activity.FOLLOW_UP: "随访",
    Activity.RECHECK: "2周内复查",
    Activity.REFERRAL_OUTCOME: "随访转诊情况",
    Activity.ARRIVAL_CHECK: "确认到院",
    Activity.EXAMINATION: "年度健康体检",
}
_STATUSES: Final = {"active": "active", "onhold": "on-hold", "finished": "completed"}


def plan_id(episode_id: str) -> str:
    """The id of the CarePlan of an enrolment."""
    return derived_id(episode_id, "plan")


def keep_plan(work: Work, episode: Body) -> None:
    """Write the plan of an enrolment as it has to be now; nothing where it says so already."""
    plan = plan_of(work, episode)
    stored = load_all(work, "CarePlan", [plan["id"]]).get(plan["id"])
    if stored is None and plan["status"] == "revoked":
        return
    if stored is None or _said(stored) != _said(plan):
        save_all(work, [Draft(plan, plan["id"])])


def _said(plan: Body) -> dict[str, Any]:
    return {name: value for name, value in plan.items() if name != "meta"}


def plan_of(work: ReadWork, episode: Body) -> Resource:
    """The CarePlan of an enrolment, from what is stored of the person now."""
    programme = programme_of(programme_in(episode))
    patient = id_of(episode.get("patient"), "Patient")
    begun = date.fromisoformat(episode["period"]["start"][:10])
    answer = _last_answer(work, patient, programme.name, begun)
    decided = read_decision(answer) if answer else None
    examined = _last_examination(work, patient) if programme.examination else None
    open_ = episode["status"] == "active"
    planned = list(_planned(programme, begun, decided, examined)) if open_ else []
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
    programme: Programme, begun: date, decided: Decided | None, examined: date | None
) -> Iterator[Planned]:
    if decided is not None:
        yield from decided.planned
    else:
        yield Planned(Activity.FOLLOW_UP, begun + timedelta(days=programme.first_days))
    if programme.examination:
        yield Planned(Activity.EXAMINATION, examination_due(begun, examined))


def examination_due(begun: date, examined: date | None) -> date:
    """The last day of the year in which the next health examination belongs.

    One a calendar year; who was enrolled late in the year (§1.5 b) begins with the next one.
    """
    late = (begun.month, begun.day) > EXAMINED_FROM.on(begun)
    year = begun.year + 1 if late else begun.year
    if examined is not None:
        year = max(year, examined.year + 1)
    return date(year, 12, 31)


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
_answer = Prepared(
    select(_follow_up.source_id)
    .where(
        _follow_up.patient_id == bindparam("patient_id"),
        _follow_up.programme == bindparam("programme"),
        _follow_up.done_on >= bindparam("from_on"),
    )
    .order_by(_follow_up.done_on.desc(), _follow_up.regular, _follow_up.source_id.desc())
    .limit(1)
)


def _last_answer(work: ReadWork, patient_id: str, programme: str, since: date) -> Body | None:
    key = {"patient_id": patient_id, "programme": programme, "from_on": since.isoformat()}
    row = _answer.row(work.connection, key)
    if row is None:
        return None
    return load_all(work, "QuestionnaireResponse", [row[0]]).get(row[0])


_examined = Prepared(
    select(health_examination.c.done_on)
    .where(health_examination.c.patient_id == bindparam("patient_id"))
    .order_by(health_examination.c.done_on.desc())
    .limit(1)
)


def _last_examination(work: ReadWork, patient_id: str) -> date | None:
    row = _examined.row(work.connection, {"patient_id": patient_id})
    return as_day(row[0]) if row else None
