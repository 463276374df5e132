"""高血压患者健康管理: who, what is asked, what follows, when again.

Source: 国家基本公共卫生服务规范（第三版）（国卫基层发〔2017〕13号）, 高血压患者健康管理服务规范;
chronic-disease.md §2. The target of those of 65 and older and the intervals are parameters.
"""

from functools import cache
from typing import Any, Final

from health import indicators
from health.declare import Case, Decision, Measured, Programme, Trend
from health.eligibility import aged, both, diagnosed
from health.fields import (
    KEPT,
    attitude_fields,
    body_fields,
    class_field,
    complication_fields,
    conclusion_section,
    heart_rate_field,
    medication_fields,
    plain_text,
    pregnancy_faults,
    pregnant_field,
    pressure_faults,
    pressure_fields,
    smoking_fields,
    visit_fields,
    with_index,
)
from health.judging import CLASSES, Clauses, Findings, judged
from health.parameters import PRESSURE_TARGET
from health.signs import (
    adverse_signs,
    complication_signs,
    danger_signs,
    pregnancy_danger,
    pressure_of,
    pressure_signs,
)
from kernel.declare.form import Form, Section, Values
from kernel.messages import _
from records.api import fields

NAME: Final = "hypertension"
SOURCE: Final = _("国家基本公共卫生服务规范（第三版）高血压患者健康管理服务规范")
CLAUSES: Final = Clauses(
    emergency=_("高血压规范·随访评估：危急情况须处理后紧急转诊，2周内主动随访转诊情况"),
    control=_("高血压规范·分类干预"),
)


@cache
def form() -> Form:
    """高血压患者随访服务记录表 (chronic-disease.md §2.5)."""
    salt = (
        fields.choice("salt", _("摄盐情况"), "salt"),
        fields.choice("salt-target", _("目标摄盐情况"), "salt"),
    )
    sections = (
        Section("visit", _("随访"), visit_fields()),
        Section("signs", _("体征"), (
            *pressure_fields(), heart_rate_field(), *body_fields(),
            fields.text("signs-other", _("其他体征"), fields.SENTENCE),
        )),
        Section("complaints", _("症状"), (
            fields.choices("symptoms", _("症状"), "htn-symptom"),
            fields.choices("danger", _("危急情况"), "htn-danger"),
            pregnant_field(),
            *complication_fields(),
        )),
        Section("lifestyle", _("生活方式指导"), (*smoking_fields(), *salt, *attitude_fields())),
        Section("tests", _("辅助检查"), (plain_text("auxiliary", _("辅助检查")),)),
        Section("medication", _("用药"), medication_fields()),
        conclusion_section(class_field()),
    )  # fmt: skip
    return Form(NAME, "2017", _("高血压患者随访服务记录表"), SOURCE, sections)


def target_of(case: Case) -> tuple[int, int]:
    """Systolic and diastolic target in mmHg; controlled is below both (§2.4)."""
    target = PRESSURE_TARGET.on(case.on)
    elderly = case.age is not None and case.age >= target.from_age
    return (target.elderly if elderly else target.systolic), target.diastolic


def findings(values: Values, case: Case) -> Findings:
    """What an answer shows (§2.3, §2.4, §2.6)."""
    danger, above = pressure_signs(values, target_of(case))
    return Findings(
        emergency=(
            *danger,
            *pregnancy_danger(values),
            *danger_signs(form().field("danger"), values),
        ),
        complication=complication_signs(values),
        uncontrolled=above,
        adverse=adverse_signs(values),
        hard_to_control=values.get("adr-hard") == "2",
        at_target=None if pressure_of(values) is None else not above,
    )


def decide(values: Values, case: Case) -> Decision:
    """Class, action and next date (§2.6)."""
    return judged(case, findings(values, case), CLAUSES)


def complain(values: Values, case: Case) -> dict[str, str]:
    """What no single field shows."""
    return {**pressure_faults(values), **pregnancy_faults(values, case.sex)}


def complete(values: dict[str, Any]) -> dict[str, Any]:
    """The values with what follows from them."""
    return with_index(values)


PROGRAMME: Final = Programme(
    name=NAME,
    title=_("高血压患者健康管理"),
    short=_("高血压"),
    source=SOURCE,
    form=form,
    outcomes=CLASSES,
    decide=decide,
    eligible=both(diagnosed("I10"), aged(35)),
    eligible_text=_("35 岁及以上、确诊原发性高血压的常住居民"),
    cadence_text=_("每年至少 4 次面对面随访；未达标、不良反应或转诊后 2 周内随访；每年 1 次体检"),
    complain=complain,
    complete=complete,
    mandatory=(
        "symptoms", "systolic", "diastolic", "weight", "bmi", "heart-rate", "smoking-daily",
        "alcohol-daily", "exercise-times", "exercise-minutes", "salt", "psych", "compliance",
        "adherence", "adr",
    ),
    carried=(*KEPT, "salt", "salt-target"),
    yearly=4,
    examination=True,
    measured=(Measured("systolic", "systolic"), Measured("diastolic", "diastolic")),
    indicators=indicators.HYPERTENSION,
    trends=(Trend(_("血压"), "mmHg", ("systolic", "diastolic"), target_of),),
    paper_columns=4,
)  # fmt: skip
