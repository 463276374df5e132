"""家庭病床: who, what follows, when again. What is asked is in `home_bed_form`.

Local regulation, to be confirmed (chronic-disease.md §8): the doctor comes every week, every two
weeks where the state is stable and the plan fixed. The intervals are parameters.
"""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Final

from health.declare import (
    MOST_EARLIER,
    Action,
    Activity,
    Case,
    Decision,
    Measured,
    Outcome,
    Planned,
    Programme,
    Reason,
)
from health.eligibility import nobody
from health.fields import pressure_faults, titles
from health.judging import next_dates
from health.parameters import HOME_BED
from health.programmes.home_bed_form import NAME, SOURCE, card, form
from health.signs import pressure_danger
from kernel.declare.form import Values
from kernel.messages import Message, _

CLAUSE: Final = _("家庭病床管理（地方规定）")
STABLE: Final = Outcome("1", _("稳定"), "ok")
CHANGED: Final = Outcome("2", _("有变化，须调整方案"), "alert")
TO_HOSPITAL: Final = Outcome("3", _("须住院治疗"), "overdue")
CRITICAL: Final = Outcome("4", _("危急"), "overdue")
ACTIONS: Final = {
    STABLE.code: Action.ROUTINE,
    CHANGED.code: Action.ADJUST,
    TO_HOSPITAL.code: Action.REFER,
    CRITICAL.code: Action.EMERGENCY,
}

_STATE = _("病情：%(what)s")
_WEEKLY = _("医生至少每 %(days)s 天查床一次")
_FIXED = _("病情稳定、方案固定：每 %(days)s 天查床一次")
_TERM = _("建床已 %(days)s 天，达到一个周期（%(term)s 天），继续建床须重新评估")
_SENIOR = _("已超过 %(days)s 天没有上级医师查房")
_CLOSING = _("拟撤床，转归：%(what)s；请办理撤床")


def decide(values: Values, case: Case) -> Decision:
    """The state, the action and the next round (§8)."""
    danger = pressure_danger(values)
    code = CRITICAL.code if danger else str(values["course"])
    action, fixed = ACTIONS[code], values.get("plan-fixed") == "2"
    told = (*danger, *_reasons(values, case, code, fixed))
    reasons = tuple(Reason(text, CLAUSE) for text in told)
    return Decision(
        code, action, _planned(case.on, action, fixed), reasons, uncontrolled=code != STABLE.code
    )


def _planned(on: date, action: Action, fixed: bool) -> tuple[Planned, ...]:
    rules = HOME_BED.on(on)
    match action:
        case Action.ROUTINE:
            days = rules.stable if fixed else rules.round
            return (Planned(Activity.FOLLOW_UP, on + timedelta(days=days)),)
        case Action.ADJUST:
            return (Planned(Activity.RECHECK, on + timedelta(days=rules.round)),)
        case _:
            return next_dates(on, action)


def _reasons(values: Values, case: Case, code: str, fixed: bool) -> Iterator[str]:
    rules = HOME_BED.on(case.on)
    yield Message(_STATE, what=PROGRAMME.outcome(code).title)
    if code == STABLE.code and fixed:
        yield Message(_FIXED, days=rules.stable)
    elif code in (STABLE.code, CHANGED.code):
        yield Message(_WEEKLY, days=rules.round)
    for text in titles(form().field("closing-outcome"), values):
        yield Message(_CLOSING, what=text)
    yield from _reminders(values, case)


def _reminders(values: Values, case: Case) -> Iterator[str]:
    """The end of a term, and a senior doctor who did not come for a month."""
    rules, begun = HOME_BED.on(case.on), case.card.get("start-date")
    if not isinstance(begun, date):
        return
    days = (case.on - begun).days
    if days >= rules.term:
        yield Message(_TERM, days=days, term=rules.term)
    since = case.on - timedelta(days=rules.senior)
    rounds = [one.values for one in case.earlier if one.on >= since]
    seen = any(one.get("senior") == "2" for one in (values, *rounds))
    if days > rules.senior and not seen:
        yield Message(_SENIOR, days=rules.senior)


PROGRAMME: Final = Programme(
    name=NAME,
    title=_("家庭病床"),
    short=_("家床"),
    source=SOURCE,
    form=form,
    outcomes=(STABLE, CHANGED, TO_HOSPITAL, CRITICAL),
    usual_mode="2",
    decide=decide,
    dates=lambda _values, case, action: _planned(case.on, action, fixed=False),
    eligible=nobody(),
    eligible_text=_("病情稳定、需继续治疗而行动不便的居民，由医生申请建床，经批准后登记"),
    cadence_text=_("批准后 2 天内首次上门；医生每周查床，病情稳定且方案固定的每 2 周查床"),
    complain=lambda values, _case: pressure_faults(values),
    mandatory=("complaint", "examination", "course", "treatment-done"),
    carried=("drugs", "orders"),
    measured=(Measured("systolic", "systolic"), Measured("diastolic", "diastolic")),
    card=card,
    approved=True,
    recalls=MOST_EARLIER,
    first_days=2,
)  # fmt: skip
