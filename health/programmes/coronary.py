"""冠心病管理: who, what follows, when again. What is asked is in `coronary_form`.

Local practice, not in the national specification (chronic-disease.md §5); targets and intervals
are parameters, all of them to be confirmed.
"""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Final

from health import indicators
from health.declare import Case, Decision, Measured, Programme, Trend
from health.eligibility import diagnosed
from health.fields import KEPT, pressure_faults, with_index
from health.judging import CLASSES, Clauses, Findings, judged, next_dates, phased
from health.parameters import CORONARY_LOW, CORONARY_PHASE, CORONARY_TARGET, LDL_TARGET
from health.programmes.coronary_form import NAME, SOURCE, card, form
from health.signs import (
    adverse_signs,
    complication_signs,
    danger_signs,
    pressure_of,
    pressure_signs,
)
from kernel.declare.form import Values
from kernel.messages import Message, _

CLAUSES: Final = Clauses(
    emergency=_("冠心病随访（地方做法）·危急情况：立即呼叫 120，紧急处理后转诊"),
    control=_("冠心病随访（地方做法）·分类干预"),
)
WORSE: Final = "3"

_LOW = _("收缩压 %(value)s mmHg（<%(limit)s mmHg）")
_ANGINA = _("心绞痛较上次加重")
_LDL = _("低密度脂蛋白胆固醇 %(value)s mmol/L，未低于 %(target)s mmol/L，供参考，不改变分类")
_ANTIPLATELET = _("双联抗血小板治疗计划 %(day)s 停药，请评估")


def target_of(case: Case) -> tuple[int, int]:
    """Systolic and diastolic target in mmHg; controlled is below both."""
    return CORONARY_TARGET.on(case.on)


def findings(values: Values, case: Case) -> Findings:
    """What an answer shows (§5.2)."""
    danger, above = pressure_signs(values, target_of(case))
    angina = (_ANGINA,) if values.get("angina") == WORSE else ()
    ticked = danger_signs(form().field("danger"), values)
    return Findings(
        emergency=(*danger, *_low(values, case), *ticked),
        complication=complication_signs(values),
        uncontrolled=(*angina, *above),
        adverse=adverse_signs(values),
        hard_to_control=values.get("adr-hard") == "2",
        at_target=None if pressure_of(values) is None else not above,
        advice=tuple(_advice(values, case)),
    )


def _low(values: Values, case: Case) -> tuple[str, ...]:
    systolic, limit = values.get("systolic"), CORONARY_LOW.on(case.on)
    if isinstance(systolic, int) and systolic < limit:
        return (Message(_LOW, value=systolic, limit=limit),)
    return ()


def _advice(values: Values, case: Case) -> Iterator[str]:
    ldl, target = values.get("ldl"), LDL_TARGET.on(case.on)
    if isinstance(ldl, Decimal) and ldl >= target:
        yield Message(_LDL, value=ldl, target=target)
    until = case.card.get("antiplatelet-until")
    if isinstance(until, date) and until <= case.on:
        yield Message(_ANTIPLATELET, day=until.isoformat())


def decide(values: Values, case: Case) -> Decision:
    """Class, action and next date; monthly in the first months after an event (§5.2)."""
    return judged(case, findings(values, case), CLAUSES, months=_months(case))


def _months(case: Case) -> int:
    return phased(case.card.get("event-date"), case.on, CORONARY_PHASE.on(case.on))


PROGRAMME: Final = Programme(
    name=NAME,
    title=_("冠心病管理"),
    short=_("冠心病"),
    source=SOURCE,
    form=form,
    outcomes=CLASSES,
    decide=decide,
    dates=lambda _values, case, action: next_dates(case.on, action, months=_months(case)),
    eligible=diagnosed("I20", "I21", "I22", "I23", "I24", "I25"),
    eligible_text=_("确诊冠心病的常住居民"),
    cadence_text=_(
        "每年至少 4 次面对面随访；急性事件或手术后 3 个月内每月随访；"
        "未达标、不良反应、转诊后 2 周内随访"
    ),
    complain=lambda values, _case: pressure_faults(values),
    complete=with_index,
    mandatory=("symptoms", "angina", "systolic", "diastolic", "heart-rate", "adherence", "adr"),
    carried=(*KEPT, "salt", "coronary-type", "treatment", "nondrug"),
    yearly=4,
    indicators=indicators.CORONARY,
    measured=(
        Measured("systolic", "systolic"),
        Measured("diastolic", "diastolic"),
        Measured("glucose", "fasting-glucose"),
    ),
    trends=(Trend(_("血压"), "mmHg", ("systolic", "diastolic"), target_of),),
    card=card,
)  # fmt: skip
