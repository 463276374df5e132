"""From the values of an answer to what is decided: what the program proposes, what was chosen."""

from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Final

from health.declare import Action, Case, Decision, Planned, Programme
from health.fields import (
    ACTION,
    ACTION_REASON,
    NEXT_DATE,
    OUTCOME,
    OUTCOME_REASON,
    VISIT_DATE,
)
from health.followups.answers import subject_programme
from health.followups.decision import Decided
from health.judging import next_dates
from kernel.declare.form import Values
from kernel.messages import Message, _

_WHY_CLASS: Final = _("与系统建议的分类（%(proposed)s）不同，请在“改变分类的理由”中写明")
_WHY_ACTION: Final = _("处理级别低于系统建议（%(proposed)s），请在“降低处理级别的理由”中写明")
_AFTER: Final = _("下次随访日期应晚于随访日期（%(day)s）")
_BY: Final = _("下次随访日期最迟为 %(day)s（%(why)s）")
_NO_NEXT: Final = _("管理已终止，不安排下次随访")
ACTION_TITLES: Final = {
    Action.ROUTINE: _("常规随访"),
    Action.ADJUST: _("调整治疗，限期复查"),
    Action.REFER: _("建议转诊，2 周内随访转诊情况"),
    Action.EMERGENCY: _("紧急处理后转诊"),
}


@dataclass(frozen=True, slots=True)
class Proposal:
    """What follows from the values of an answer (`proposed`), and what is decided after all."""

    proposed: Decision
    decided: Decided


def outcome_title(programme: Programme, code: str) -> str:
    """What a class is called."""
    return programme.outcome(code).title


def propose(programme: Programme, values: Values, case: Case) -> Proposal:
    """Judge the values; the clinician's own class, action and next date come before."""
    proposed = programme.decide(values, case)
    outcome = str(values.get(OUTCOME, proposed.outcome))
    action = Action(str(values.get(ACTION, proposed.action)))
    planned = proposed.planned
    if action is not proposed.action:
        planned = _dates(programme, values, case, action)
    wanted = values.get(NEXT_DATE)
    if isinstance(wanted, date) and planned:
        planned = (Planned(planned[0].activity, wanted), *planned[1:])
    decided = Decided(
        programme=subject_programme(programme, values),
        outcome=outcome,
        action=action,
        proposed_outcome=proposed.outcome,
        proposed_action=proposed.action,
        planned=planned,
        reasons=tuple((str(one.text), str(one.clause)) for one in proposed.reasons),
        missing=missing_keys(programme, values),
        uncontrolled=proposed.uncontrolled,
        adverse=proposed.adverse,
        at_target=proposed.at_target,
        regular=programme.regular,
    )
    return Proposal(proposed, decided)


def _dates(programme: Programme, values: Values, case: Case, action: Action) -> tuple[Planned, ...]:
    """What is planned after an action that the clinician chose."""
    if programme.dates is None:
        return next_dates(case.on, action)
    return programme.dates(values, case, action)


def missing_keys(programme: Programme, values: Values) -> tuple[str, ...]:
    """The mandatory fields that were not filled in: the record then counts as incomplete."""
    return tuple(key for key in programme.mandatory if key not in values)


def override_faults(
    programme: Programme, values: Values, case: Case, found: Proposal
) -> dict[str, str]:
    """Who decides otherwise has to say why; the next date lies after the visit, by the deadline.

    Chronic-disease.md §1.3: the class can be changed with a reason, and the action cannot be
    milder than a proposed referral or emergency without one.
    """
    return {
        **_unexplained(programme, values, found),
        **_impossible_date(programme, values, case, found),
    }


def _unexplained(programme: Programme, values: Values, found: Proposal) -> dict[str, str]:
    faults: dict[str, str] = {}
    proposed, decided = found.proposed, found.decided
    if decided.outcome != proposed.outcome and not values.get(OUTCOME_REASON):
        title = outcome_title(programme, proposed.outcome)
        faults[OUTCOME_REASON] = Message(_WHY_CLASS, proposed=title)
    if downgraded(proposed.action, decided.action) and not values.get(ACTION_REASON):
        title = ACTION_TITLES[proposed.action]
        faults[ACTION_REASON] = Message(_WHY_ACTION, proposed=title)
    return faults


def downgraded(proposed: Action, chosen: Action) -> bool:
    """Whether a proposed referral or emergency was made milder, which is audited (§1.3)."""
    return proposed.severity >= Action.REFER.severity and chosen.severity < proposed.severity


def _impossible_date(
    programme: Programme, values: Values, case: Case, found: Proposal
) -> dict[str, str]:
    wanted = values.get(NEXT_DATE)
    if not isinstance(wanted, date):
        return {}
    if wanted <= case.on:
        return {NEXT_DATE: Message(_AFTER, day=case.on.isoformat())}
    action = found.decided.action
    latest = (
        found.proposed.due_on
        if action is found.proposed.action
        else _dates(programme, values, case, action)[0].due_on
    )
    if latest is None:
        return {NEXT_DATE: _NO_NEXT}
    if wanted > latest:
        why = ACTION_TITLES[action]
        return {NEXT_DATE: Message(_BY, day=latest.isoformat(), why=why)}
    return {}


def on_day(case: Case, values: dict[str, Any]) -> Case:
    """The same case on the day that the values tell."""
    day = values.get(VISIT_DATE)
    return replace(case, on=day) if isinstance(day, date) else case
