"""2型糖尿病患者随访服务记录表 (chronic-disease.md §3.5): what is asked.

The danger signs that are measured are found by the program; the others are ticked (§3.3).
"""

from dataclasses import replace
from decimal import Decimal
from functools import cache
from typing import Final

from health.fields import (
    attitude_fields,
    body_fields,
    class_field,
    complication_fields,
    conclusion_section,
    fasting_glucose_field,
    glucose_field,
    heart_rate_field,
    medication_fields,
    plain_text,
    pregnant_field,
    pressure_fields,
    smoking_fields,
    temperature_field,
    visit_fields,
)
from kernel.declare.form import Field, Form, Section
from kernel.messages import _
from records.api import fields

NAME: Final = "diabetes"
SOURCE: Final = _("国家基本公共卫生服务规范（第三版）2型糖尿病患者健康管理服务规范")
_SOFT_SIGNS: Final = tuple(str(number) for number in range(1, 10))


@cache
def form() -> Form:
    """The whole form."""
    staple = (
        fields.whole("staple", _("主食"), "克/天", ("0", "2000")),
        fields.whole("staple-target", _("目标主食"), "克/天", ("0", "2000")),
    )
    sections = (
        Section("visit", _("随访"), visit_fields()),
        Section("signs", _("体征"), _signs()),
        Section("complaints", _("症状"), _symptoms()),
        Section("lifestyle", _("生活方式指导"), (*smoking_fields(), *staple, *attitude_fields())),
        Section("tests", _("辅助检查"), _tests()),
        Section("medication", _("用药"), _medication()),
        conclusion_section(class_field()),
    )
    return Form(NAME, "2017", _("2型糖尿病患者随访服务记录表"), SOURCE, sections)


def _signs() -> tuple[Field, ...]:
    heart = replace(
        heart_rate_field(),
        soft=(Decimal(50), Decimal(100)),
        hint=_("超过 100 次/分请复测，持续过速为危急情况"),
    )
    return (
        *pressure_fields(),
        heart,
        temperature_field(),
        *body_fields(),
        fields.choice("dorsalis", _("足背动脉搏动"), "dorsalis-dm"),
        fields.text("signs-other", _("其他体征"), fields.SENTENCE),
    )


def _symptoms() -> tuple[Field, ...]:
    asked = fields.when("soft-signs", *_SOFT_SIGNS)
    return (
        fields.choices("symptoms", _("症状"), "dm-symptom"),
        fields.choices("danger", _("危急情况"), "dm-danger"),
        fields.choices("soft-signs", _("可疑危急症状"), "dm-soft-sign"),
        fields.choice(
            "soft-confirmed", _("上述症状属危急情况"), "no-yes", when=asked, required=True
        ),
        pregnant_field(),
        *complication_fields(),
    )


def _tests() -> tuple[Field, ...]:
    return (
        fasting_glucose_field(required=True),
        glucose_field("random-glucose", _("随机血糖（末梢血）"), "14743-9"),
        glucose_field("postprandial-glucose", _("餐后2小时血糖（末梢血）"), "14760-3"),
        fields.decimal("hba1c", _("糖化血红蛋白"), "%", ("3", "20"), soft=("4", "14"),
                       coded=fields.laboratory("4548-4", "%")),
        fields.day("hba1c-date", _("糖化血红蛋白检查日期")),
        plain_text("auxiliary", _("其他检查")),
    )  # fmt: skip


def _medication() -> tuple[Field, ...]:
    return (
        *medication_fields(),
        fields.choice("lowering", _("正在使用降糖药物"), "no-yes"),
        fields.rows(
            "insulin", _("胰岛素"), 4,
            fields.text("name", _("胰岛素种类"), required=True),
            fields.whole("times", _("每日次数"), "次", ("1", "6")),
            fields.decimal("dose", _("每次用量"), "U", ("0.5", "300")),
        ),
        fields.choice("hypo", _("低血糖反应"), "hypo"),
    )  # fmt: skip
