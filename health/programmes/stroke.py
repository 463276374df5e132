"""脑卒中管理: who, what follows, when again. What is asked is in `stroke_form`.

Local practice, not in the national specification (chronic-disease.md §6); target and intervals are
parameters, to be confirmed.
"""

from typing import Final

from health import indicators
from health.declare import Case, Decision, Measured, Programme, Trend
from health.eligibility import diagnosed
from health.fields import KEPT, chosen, pressure_faults, titles, with_index
from health.judging import CLASSES, Clauses, Findings, judged, next_dates, phased
from health.parameters import STROKE_PHASE, STROKE_TARGET
from health.programmes.stroke_form import NAME, SOURCE, card, form
from health.signs import (
    adverse_signs,
    complication_signs,
    danger_signs,
    pressure_of,
    pressure_signs,
)
from kernel.declare.form import Values
from kernel.messages import Message, _, joined

CLAUSES: Final = Clauses(
    emergency=_("脑卒中随访（地方做法）·危急情况：立即呼叫 120，记录最后正常时间"),
    control=_("脑卒中随访（地方做法）·分类干预"),
)
NONE: Final = "1"
HEADACHE_AND_VOMITING: Final = frozenset({"10", "11"})
"""New symptoms that are a danger only together: a sudden headache with vomiting (§6.2)."""

_NEW = _("新发卒中症状：%(what)s")
_ADDED = _("新发并发症：%(what)s")


def target_of(case: Case) -> tuple[int, int]:
    """Systolic and diastolic target in mmHg; controlled is below both."""
    return STROKE_TARGET.on(case.on)


def findings(values: Values, case: Case) -> Findings:
    """What an answer shows (§6.2)."""
    danger, above = pressure_signs(values, target_of(case))
    ticked = danger_signs(form().field("danger"), values)
    return Findings(
        emergency=(*danger, *ticked, *_new_symptoms(values)),
        complication=(*complication_signs(values), *_added(values, case)),
        uncontrolled=above,
        adverse=adverse_signs(values),
        hard_to_control=values.get("adr-hard") == "2",
        at_target=None if pressure_of(values) is None else not above,
    )


def _new_symptoms(values: Values) -> tuple[str, ...]:
    """Any new deficit may be a recurrence; headache or vomiting alone is not taken for one."""
    new = {code for code in chosen(values, "new-symptoms") if code != NONE}
    if new < HEADACHE_AND_VOMITING:  # none, or only one of the two
        return ()
    return (Message(_NEW, what=joined(titles(form().field("new-symptoms"), values))),)


def _added(values: Values, case: Case) -> tuple[str, ...]:
    """Complications that were not there at the visit before, where that is known."""
    if case.last is None or "complications" not in case.last.values:
        return ()
    known = {NONE, *chosen(case.last.values, "complications")}
    field = form().field("complications")
    added = [code for code in chosen(values, "complications") if code not in known]
    return tuple(Message(_ADDED, what=field.by_code[code].title) for code in added)


def decide(values: Values, case: Case) -> Decision:
    """Class, action and next date; monthly while recovering from the onset (§6.2)."""
    return judged(case, findings(values, case), CLAUSES, months=_months(case))


def _months(case: Case) -> int:
    return phased(case.card.get("onset-date"), case.on, STROKE_PHASE.on(case.on))


PROGRAMME: Final = Programme(
    name=NAME,
    title=_("脑卒中管理"),
    short=_("脑卒中"),
    source=SOURCE,
    form=form,
    outcomes=CLASSES,
    decide=decide,
    dates=lambda _values, case, action: next_dates(case.on, action, months=_months(case)),
    eligible=diagnosed("I60", "I61", "I62", "I63", "I64", "I69"),
    eligible_text=_("确诊脑卒中及其后遗症的常住居民"),
    cadence_text=_(
        "每年至少 4 次面对面随访；发病 6 个月内每月随访；未达标、不良反应、转诊后 2 周内随访"
    ),
    complain=lambda values, _case: pressure_faults(values),
    complete=with_index,
    mandatory=(
        "symptoms", "systolic", "diastolic", "complications", "self-care", "limbs", "adherence",
        "adr",
    ),
    carried=(*KEPT, "stroke-type", "stroke-site", "stroke-history", "rehabilitation"),
    yearly=4,
    indicators=indicators.STROKE,
    measured=(
        Measured("systolic", "systolic"),
        Measured("diastolic", "diastolic"),
        Measured("glucose", "fasting-glucose"),
    ),
    trends=(Trend(_("血压"), "mmHg", ("systolic", "diastolic"), target_of),),
    card=card,
    recalls=1,
)  # fmt: skip
