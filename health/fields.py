"""The fields that the follow-up forms share, so that they mean the same everywhere.

Source: 国家基本公共卫生服务规范（第三版）, 高血压 and 2型糖尿病患者随访服务记录表
(chronic-disease.md §2.5). Soft ranges are input checks of our own: the norm is silent. Programmes
use the same key for the same thing, so that a joint visit asks it once.
"""

from decimal import ROUND_HALF_UP, Decimal
from typing import Any, Final

from kernel.declare.form import Field, FieldKind, Section, Values
from kernel.messages import Message, _
from records.api import fields

VISIT_DATE: Final = "visit-date"
VISIT_MODE: Final = "visit-mode"
FACE_TO_FACE: Final = frozenset({"1", "2"})
"""Codes of nbphs3-visit-mode that count as face to face: clinic and home (§1.1)."""
OUTCOME: Final = "visit-class"
OUTCOME_REASON: Final = "class-reason"
ACTION: Final = "action"
ACTION_REASON: Final = "action-reason"
NEXT_DATE: Final = "next-date"
EDUCATION: Final = "education"
CONCLUSION: Final = "conclusion"
"""Key of the section in which the clinician concludes."""

LIFESTYLE_KEPT: Final = (
    "smoking-daily", "smoking-target", "alcohol-daily", "alcohol-target", "exercise-times",
    "exercise-minutes", "exercise-times-target", "exercise-minutes-target", "psych", "compliance",
)  # fmt: skip
KEPT: Final = ("height", "target-weight", "target-bmi", *LIFESTYLE_KEPT, "adherence", "drugs")
"""History and lifestyle: what is copied from the last visit. Nothing that is measured."""

_PRESSURE_CODE: Final = "85354-9"


def visit_fields() -> tuple[Field, ...]:
    """When and how."""
    return (
        fields.day(VISIT_DATE, _("随访日期"), required=True),
        fields.choice(VISIT_MODE, _("随访方式"), "visit-mode", required=True),
    )


def pressure_fields(*, required: bool = True) -> tuple[Field, ...]:
    """Blood pressure in mmHg; by telephone it is the patient's own measurement."""
    return (
        fields.whole(
            "systolic", _("收缩压"), "mmHg", ("50", "300"), soft=("80", "180"), required=required,
            coded=fields.loinc("8480-6", "mm[Hg]", part_of=_PRESSURE_CODE),
        ),
        fields.whole(
            "diastolic", _("舒张压"), "mmHg", ("20", "200"), soft=("50", "110"), required=required,
            coded=fields.loinc("8462-4", "mm[Hg]", part_of=_PRESSURE_CODE),
        ),
    )  # fmt: skip


def heart_rate_field() -> Field:
    """Heart rate per minute."""
    return fields.whole(
        "heart-rate", _("心率"), "次/分", ("20", "250"), soft=("50", "110"),
        coded=fields.loinc("8867-4", "/min"),
    )  # fmt: skip


def respiration_field() -> Field:
    """Breaths per minute."""
    return fields.whole(
        "respiration", _("呼吸频率"), "次/分", ("4", "80"), soft=("10", "26"),
        coded=fields.loinc("9279-1", "/min"),
    )  # fmt: skip


def temperature_field() -> Field:
    """Body temperature in °C."""
    return fields.decimal(
        "temperature", _("体温"), "℃", ("30", "45"), soft=("35.5", "38"),
        coded=fields.loinc("8310-5", "Cel"),
    )  # fmt: skip


def waist_field() -> Field:
    """Waist in cm."""
    return fields.decimal(
        "waist", _("腰围"), "cm", ("30", "200"), soft=("55", "130"),
        coded=fields.loinc("8280-0", "cm"),
    )  # fmt: skip


def glucose_field(key: str, title: str, code: str, **others: Any) -> Field:
    """Glucose in mmol/L, compared as it stands (codes.md §8)."""
    return fields.decimal(
        key, title, "mmol/L", ("0.5", "50"), 2, soft=("3.9", "16.7"),
        coded=fields.laboratory(code, "mmol/L"), **others,
    )  # fmt: skip


def fasting_glucose_field(*, required: bool = False) -> Field:
    """空腹血糖."""
    return glucose_field("fasting-glucose", _("空腹血糖"), "14771-0", required=required)


def lipid_fields() -> tuple[Field, ...]:
    """Total cholesterol, triglycerides, LDL-C and HDL-C in mmol/L."""
    return tuple(
        fields.decimal(key, title, "mmol/L", ("0", "50"), 2,
                       coded=fields.laboratory(code, "mmol/L"))
        for key, title, code in (
            ("cholesterol", _("总胆固醇"), "14647-2"),
            ("triglycerides", _("甘油三酯"), "14927-8"),
            ("ldl", _("低密度脂蛋白胆固醇"), "22748-8"),
            ("hdl", _("高密度脂蛋白胆固醇"), "14646-4"),
        )
    )  # fmt: skip


def body_fields() -> tuple[Field, ...]:
    """Weight, height and the index that follows from them, with the goals."""
    return (
        fields.decimal("weight", _("体重"), "kg", ("20", "300"), soft=("35", "130"),
                       coded=fields.loinc("29463-7", "kg")),
        fields.decimal("target-weight", _("目标体重"), "kg", ("20", "300")),
        fields.decimal("height", _("身高"), "cm", ("40", "250"), soft=("130", "200"),
                       coded=fields.loinc("8302-2", "cm")),
        fields.decimal("bmi", _("体质指数"), "kg/m²", ("8", "80"), 2, computed=True,
                       coded=fields.loinc("39156-5", "kg/m2")),
        fields.decimal("target-bmi", _("目标体质指数"), "kg/m²", ("8", "80")),
    )  # fmt: skip


def smoking_fields() -> tuple[Field, ...]:
    """Cigarettes and alcohol a day, and exercise, now and as a goal."""
    return (
        fields.whole("smoking-daily", _("日吸烟量"), "支/天", ("0", "200"), soft=("0", "60")),
        fields.whole("smoking-target", _("目标日吸烟量"), "支/天", ("0", "200")),
        fields.decimal("alcohol-daily", _("日饮酒量"), "两/天", ("0", "50"), soft=("0", "20")),
        fields.decimal("alcohol-target", _("目标日饮酒量"), "两/天", ("0", "50")),
        fields.whole("exercise-times", _("运动次数"), "次/周", ("0", "21")),
        fields.whole("exercise-minutes", _("每次运动时间"), "分钟/次", ("0", "360")),
        fields.whole("exercise-times-target", _("目标运动次数"), "次/周", ("0", "21")),
        fields.whole("exercise-minutes-target", _("目标每次运动时间"), "分钟/次", ("0", "360")),
    )


def attitude_fields() -> tuple[Field, ...]:
    """Mood, compliance, and whether health education was given (§1.5 e)."""
    return (
        fields.choice("psych", _("心理调整"), "psych"),
        fields.choice("compliance", _("遵医行为"), "psych"),
        fields.choice(EDUCATION, _("本次健康教育"), "no-yes"),
    )


def medication_fields() -> tuple[Field, ...]:
    """Adherence, adverse reactions and the drugs that are taken."""
    return (
        fields.choice("adherence", _("服药依从性"), "adherence"),
        fields.choice("adr", _("药物不良反应"), "adr"),
        fields.choice("adr-hard", _("不良反应难以控制"), "no-yes", when=fields.when("adr", "2")),
        drugs_field(),
    )


def drugs_field() -> Field:
    """用药情况: name, times a day, dose and unit."""
    return fields.rows(
        "drugs", _("用药情况"), 12,
        fields.text("name", _("药物名称"), required=True),
        fields.whole("times", _("每日次数"), "次", ("1", "6")),
        fields.decimal("dose", _("每次用量"), "", ("0.01", "10000"), 2),
        fields.text("unit", _("用量单位"), 10),
    )  # fmt: skip


def pregnant_field() -> Field:
    """Whether the limits of pregnancy and lactation hold."""
    return fields.choice("pregnant", _("处于妊娠期或哺乳期"), "no-yes")


def complication_fields() -> tuple[Field, ...]:
    """Complications: empty where there is none."""
    return (
        fields.text("new-complication", _("新发并发症"), fields.SENTENCE),
        fields.text("complication-worse", _("原有并发症加重"), fields.SENTENCE),
    )


def conclusion_section(outcomes: Field) -> Section:
    """What the clinician concludes; what is left empty is as the program proposes."""
    return Section(
        CONCLUSION,
        _("本次结论"),
        (
            outcomes,
            fields.text(OUTCOME_REASON, _("改变分类的理由"), fields.SENTENCE),
            fields.choice(ACTION, _("处理"), "follow-up-action"),
            fields.text(ACTION_REASON, _("降低处理级别的理由"), fields.SENTENCE),
            fields.text("referral-reason", _("转诊原因"), fields.SENTENCE),
            fields.text("referral-to", _("转往机构及科别"), fields.SENTENCE),
            fields.day(NEXT_DATE, _("下次随访日期")),
        ),
    )


def class_field() -> Field:
    """此次随访分类 of the chronic programmes."""
    return fields.choice(OUTCOME, _("此次随访分类"), "visit-class")


def with_index(values: dict[str, Any]) -> dict[str, Any]:
    """The values with the body mass index that follows from weight and height (2 decimals)."""
    rest = {key: value for key, value in values.items() if key != "bmi"}
    weight, height = values.get("weight"), values.get("height")
    if not isinstance(weight, Decimal) or not isinstance(height, Decimal) or height <= 0:
        return rest
    index = weight / (height / 100) ** 2
    return {**rest, "bmi": index.quantize(Decimal("0.01"), ROUND_HALF_UP)}


_MALE = _("患者是男性，不会处于妊娠期或哺乳期，请核对")
_LOWER = _("舒张压应低于收缩压（%(systolic)s mmHg），请核对")


def pressure_faults(values: Values) -> dict[str, str]:
    """A diastolic pressure has to be below the systolic one (§2.5)."""
    systolic, diastolic = values.get("systolic"), values.get("diastolic")
    if isinstance(systolic, int) and isinstance(diastolic, int) and diastolic >= systolic:
        return {"diastolic": Message(_LOWER, systolic=systolic)}
    return {}


def pregnancy_faults(values: Values, sex: str) -> dict[str, str]:
    """A man is not pregnant; `sex` is FHIR's gender."""
    return {"pregnant": _MALE} if values.get("pregnant") == "2" and sex == "male" else {}


def chosen(values: Values, key: str) -> tuple[str, ...]:
    """The codes that were chosen under a key, of one or several choices."""
    value = values.get(key, ())
    return value if isinstance(value, tuple) else (str(value),)


def titles(field: Field, values: Values) -> tuple[str, ...]:
    """What was chosen in a field, in words, each with what was written beside it."""
    said = []
    for code in chosen(values, field.key):
        option, words = field.by_code[code], values.get(f"{field.key}.{code}")
        said.append(f"{option.title}：{words}" if words else option.title)
    return tuple(said)


def plain_text(key: str, title: str) -> Field:
    """Several lines of words."""
    return Field(key, title, FieldKind.LONG_TEXT, most=fields.SENTENCE)
