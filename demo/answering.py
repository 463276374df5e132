"""Somebody's place in a programme, and an answer to its form with what the programme decides."""

from dataclasses import dataclass, field
from datetime import date
from typing import Final

from demo.chart import Chart
from demo.directory import Resource
from demo.habits import Values
from health.api import (
    VISIT_DATE,
    VISIT_MODE,
    Action,
    Case,
    Decision,
    Earlier,
    Entry,
    Programme,
    answer_body,
    programme_of,
)

_WHERE: Final = {
    "hypertension": "蓬澜市人民医院心血管内科",
    "diabetes": "蓬澜市人民医院内分泌科",
    "coronary": "蓬澜市人民医院心血管内科",
    "stroke": "蓬澜市人民医院神经内科",
    "copd": "蓬澜市人民医院呼吸内科",
}
_HOSPITAL: Final = "蓬澜市人民医院"
REFERRAL_OUTCOME: Final = "referral-outcome"
_PLANS: Final = (
    "调整降压方案，规律复查",
    "完善检查后调整用药，两周后基层复诊",
    "维持原方案，监测指标",
)
_WHY_NOT: Final = "症状不明显，暂不愿去医院"
_MILDER: Final = "患者近期服药不规律，已当面指导，两周后复查再定"


@dataclass(slots=True)
class Managed:
    """A place in a programme since a day; `due` is the deadline of the next visit.

    `earlier` are the last follow-ups, the latest first.
    """

    programme: Programme
    since: date
    due: date
    enrolment: Resource
    earlier: list[Earlier] = field(default_factory=list)

    @property
    def reference(self) -> Resource:
        """The Reference to the enrolment."""
        return {"reference": f"EpisodeOfCare/{self.enrolment['id']}"}


def record(chart: Chart, managed: Managed, encounter_id: str, values: Values) -> Decision:
    """Write an answer; what the programme decides about it."""
    programme, on = managed.programme, values[VISIT_DATE]
    complete = programme.complete(values)
    case = Case(on, chart.born, chart.sex, tuple(managed.earlier))
    decided = programme.decide(complete, case)
    said = {**values, **_referred(chart, programme.name, decided)}
    entry = Entry("", chart.patient_id, programme, programme.complete(said), encounter_id)
    chart.put("follow-up", answer_body(programme.form(), entry, author=chart.doctor))
    managed.due = decided.due_on or date.max
    before = Earlier(
        on,
        decided.outcome,
        Action(said.get("action", decided.action)),
        decided.uncontrolled,
        decided.adverse,
        complete,
    )
    managed.earlier = [before, *managed.earlier[:5]]
    return decided


def _referred(chart: Chart, name: str, decided: Decision) -> Values:
    """Where to and why, if the norm asks for a referral; seldom the doctor wants to wait."""
    if decided.action.severity < Action.REFER.severity:
        return {}
    if decided.action is Action.REFER and chart.chance(6):
        return {"action": Action.ADJUST.value, "action-reason": _MILDER}
    return {
        "referral-to": _WHERE.get(name, _HOSPITAL),
        "referral-reason": str(decided.reasons[0].text)[:200],
    }


def record_outcome(chart: Chart, managed: Managed, encounter_id: str, on: date) -> None:
    """Write what came of a referral: most went and came back with a plan, some did not go."""
    programme, name = programme_of(REFERRAL_OUTCOME), managed.programme.name
    values: Values = {VISIT_DATE: on, VISIT_MODE: "3", "programme": name}
    if chart.chance(80):
        plan = _PLANS[chart.between(0, len(_PLANS) - 1)]
        values |= {"finding": "1", "hospital": _WHERE[name], "plan": plan}
    else:
        values |= {"finding": "3", "not-gone-reason": _WHY_NOT}
    entry = Entry("", chart.patient_id, programme, values, encounter_id)
    chart.put("follow-up", answer_body(programme.form(), entry, author=chart.doctor))
    decided = programme.decide(values, Case(on, chart.born, chart.sex))
    managed.due = decided.due_on or managed.due
