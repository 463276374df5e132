"""2型糖尿病患者健康管理: who, what follows, when again. What is asked is in `diabetes_form`.

Source: 国家基本公共卫生服务规范（第三版）（国卫基层发〔2017〕13号）, 2型糖尿病患者健康管理服务规范;
chronic-disease.md §3. The limits are parameters.
"""

from datetime import date
from decimal import Decimal
from typing import Any, Final

from health import indicators
from health.declare import Case, Decision, Measured, Programme, Trend
from health.eligibility import aged, both, diagnosed
from health.fields import KEPT, pregnancy_faults, pressure_faults, titles, with_index
from health.judging import CLASSES, Clauses, Findings, judged
from health.parameters import GLUCOSE, HBA1C_TARGET, SOFT_SIGNS_CONFIRMED
from health.programmes.diabetes_form import NAME, SOURCE, form
from health.signs import adverse_signs, complication_signs, danger_signs, pressure_danger
from kernel.declare.form import Values
from kernel.messages import Message, _, joined

CLAUSES: Final = Clauses(
    emergency=_("2型糖尿病规范·随访评估：危急情况须处理后紧急转诊，2周内主动随访转诊情况"),
    control=_("2型糖尿病规范·分类干预"),
)
SAMPLES: Final = ("fasting-glucose", "random-glucose", "postprandial-glucose")
FAST_HEART: Final = 100
FEVER: Final = Decimal("39")

_ABOVE = _("空腹血糖 %(value)s mmol/L，未达到控制目标（低于 %(target)s mmol/L）")
_HIGH = _("血糖 %(value)s mmol/L，达到危急值（≥%(limit)s mmol/L）")
_LOW = _("血糖 %(value)s mmol/L，达到危急值（≤%(limit)s mmol/L）")
_PREGNANT = _("妊娠期或哺乳期，空腹血糖 %(value)s mmol/L 高于正常（≥%(limit)s mmol/L）")
_FAST = _("持续性心动过速：心率 %(value)s 次/分（>100 次/分）")
_HOT = _("体温 %(value)s ℃（>39 ℃）")
_SOFT = _("经医生确认为危急情况：%(what)s")
_HYPO_VALUE = _("使用降糖药物期间血糖 %(value)s mmol/L（低血糖）")
_HYPO_OFTEN = _("使用降糖药物期间频繁低血糖反应")
_HBA1C = _("糖化血红蛋白 %(value)s%% 未低于 %(target)s%%，供调整方案参考，不改变分类")
_NOT_YET = _("糖化血红蛋白检查日期 %(day)s 晚于随访日期 %(on)s")


def glucoses(values: Values) -> list[Decimal]:
    """The glucose values that were measured, of any sample, in mmol/L."""
    return [found for key in SAMPLES if isinstance(found := values.get(key), Decimal)]


def findings(values: Values, case: Case) -> Findings:
    """What an answer shows (§3.3, §3.4)."""
    fasting, limits = values.get("fasting-glucose"), GLUCOSE.on(case.on)
    above = isinstance(fasting, Decimal) and fasting >= limits.target
    told = Message(_ABOVE, value=fasting, target=limits.target)
    return Findings(
        emergency=emergencies(values, case),
        complication=complication_signs(values),
        uncontrolled=(told,) if above else (),
        adverse=(*adverse_signs(values), *hypoglycaemia(values, case)),
        hard_to_control=values.get("adr-hard") == "2",
        at_target=not above if isinstance(fasting, Decimal) else None,
        advice=_advice(values, case),
    )


def emergencies(values: Values, case: Case) -> tuple[str, ...]:
    """The danger signs: what was measured, what was ticked, what was confirmed (§3.3)."""
    return (
        *_dangerous_glucose(values, case),
        *pressure_danger(values),
        *_dangerous_signs(values),
        *danger_signs(form().field("danger"), values),
        *_confirmed(values, case),
    )


def _dangerous_glucose(values: Values, case: Case) -> list[str]:
    limits, fasting = GLUCOSE.on(case.on), values.get("fasting-glucose")
    found: list[str] = []
    for value in glucoses(values):
        if value >= limits.high:
            found.append(Message(_HIGH, value=value, limit=limits.high))
        if value <= limits.low:
            found.append(Message(_LOW, value=value, limit=limits.low))
    pregnant = values.get("pregnant") == "2"
    if pregnant and isinstance(fasting, Decimal) and fasting >= limits.pregnant:
        found.append(Message(_PREGNANT, value=fasting, limit=limits.pregnant))
    return found


def _dangerous_signs(values: Values) -> list[str]:
    heart, temperature = values.get("heart-rate"), values.get("temperature")
    found: list[str] = []
    if isinstance(heart, int) and heart > FAST_HEART:
        found.append(Message(_FAST, value=heart))
    if isinstance(temperature, Decimal) and temperature > FEVER:
        found.append(Message(_HOT, value=temperature))
    return found


def _confirmed(values: Values, case: Case) -> tuple[str, ...]:
    """The milder signs count where the clinician says that they are a danger (§3.3, soft)."""
    signs = titles(form().field("soft-signs"), values)
    asked = SOFT_SIGNS_CONFIRMED.on(case.on)
    if not signs or (asked and values.get("soft-confirmed") != "2"):
        return ()
    return (Message(_SOFT, what=joined(signs)),)


def lowering(values: Values) -> bool:
    """Whether a glucose-lowering drug is taken: as answered, else as the drugs say."""
    if "lowering" in values:
        return values["lowering"] == "2"
    return bool(values.get("insulin") or values.get("drugs"))


def hypoglycaemia(values: Values, case: Case) -> tuple[str, ...]:
    """Low glucose under a glucose-lowering drug counts as an adverse reaction (§3.4)."""
    if not lowering(values):
        return ()
    low = [value for value in glucoses(values) if value <= GLUCOSE.on(case.on).low]
    often = (_HYPO_OFTEN,) if values.get("hypo") == "3" else ()
    return (*(Message(_HYPO_VALUE, value=value) for value in low), *often)


def _advice(values: Values, case: Case) -> tuple[str, ...]:
    hba1c, target = values.get("hba1c"), HBA1C_TARGET.on(case.on)
    if isinstance(hba1c, Decimal) and hba1c >= target:
        return (Message(_HBA1C, value=hba1c, target=target),)
    return ()


def decide(values: Values, case: Case) -> Decision:
    """Class, action and next date (§3.6)."""
    return judged(case, findings(values, case), CLAUSES)


def complain(values: Values, case: Case) -> dict[str, str]:
    """What no single field shows."""
    faults = {**pressure_faults(values), **pregnancy_faults(values, case.sex)}
    tested = values.get("hba1c-date")
    if isinstance(tested, date) and tested > case.on:
        faults["hba1c-date"] = Message(_NOT_YET, day=tested.isoformat(), on=case.on.isoformat())
    return faults


def complete(values: dict[str, Any]) -> dict[str, Any]:
    """The values with what follows from them."""
    return with_index(values)


def band(case: Case) -> tuple[float]:
    """The fasting glucose below which somebody is controlled, in mmol/L."""
    return (float(GLUCOSE.on(case.on).target),)


PROGRAMME: Final = Programme(
    name=NAME,
    title=_("2型糖尿病患者健康管理"),
    short=_("糖尿病"),
    source=SOURCE,
    form=form,
    outcomes=CLASSES,
    decide=decide,
    eligible=both(diagnosed("E11"), aged(35)),
    eligible_text=_("35 岁及以上、确诊2型糖尿病的常住居民"),
    cadence_text=_(
        "每年至少 4 次面对面随访和空腹血糖检测；未达标、不良反应、转诊后 2 周内随访；"
        "每年 1 次健康体检"
    ),
    complain=complain,
    complete=complete,
    mandatory=(
        "symptoms", "systolic", "diastolic", "weight", "bmi", "dorsalis", "smoking-daily",
        "alcohol-daily", "exercise-times", "exercise-minutes", "staple", "psych", "compliance",
        "fasting-glucose", "adherence", "adr", "hypo",
    ),
    carried=(*KEPT, "staple", "staple-target", "lowering", "insulin"),
    yearly=4,
    examination=True,
    measured=(
        Measured("glucose", "fasting-glucose"),
        Measured("systolic", "systolic"),
        Measured("diastolic", "diastolic"),
    ),
    indicators=indicators.DIABETES,
    trends=(Trend(_("空腹血糖"), "mmol/L", ("fasting-glucose",), band),),
    paper_columns=4,
)  # fmt: skip
