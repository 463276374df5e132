"""脑卒中随访记录 and its card (chronic-disease.md §6, §6.1): what is asked. Local practice."""

from functools import cache
from typing import Final

from health.fields import (
    attitude_fields,
    body_fields,
    class_field,
    complication_fields,
    conclusion_section,
    fasting_glucose_field,
    medication_fields,
    plain_text,
    pressure_fields,
    smoking_fields,
    visit_fields,
    waist_field,
)
from kernel.declare.form import Field, Form, Section
from kernel.messages import _
from records.api import fields

NAME: Final = "stroke"
SOURCE: Final = _("地方通行做法（国家基本公共卫生服务规范未规定脑卒中随访）")


@cache
def form() -> Form:
    """The follow-up."""
    sections = (
        Section("visit", _("随访"), visit_fields()),
        Section("signs", _("体征"), (
            *pressure_fields(), *body_fields(), waist_field(), fasting_glucose_field(),
        )),
        Section("complaints", _("症状"), _symptoms()),
        Section("function", _("功能和康复"), _function()),
        Section("lifestyle", _("生活方式指导"), (*smoking_fields(), *attitude_fields())),
        Section("medication", _("用药"), (
            *medication_fields(), plain_text("advice", _("本次随访医生建议")),
        )),
        conclusion_section(class_field()),
    )  # fmt: skip
    return Form(NAME, "1", _("脑卒中患者随访记录"), SOURCE, sections)


def _symptoms() -> tuple[Field, ...]:
    return (
        fields.choice("stroke-type", _("脑卒中类型"), "stroke-type"),
        fields.choice("stroke-site", _("脑卒中部位"), "stroke-site"),
        fields.choices("stroke-history", _("个人病史"), "stroke-history"),
        fields.choices("symptoms", _("目前症状"), "stroke-symptom"),
        fields.choices("new-symptoms", _("新发卒中症状"), "stroke-new-symptom",
                       hint=_("上次随访以来新出现的；已有的后遗症填在目前症状")),
        fields.choices("danger", _("危急情况"), "stroke-danger"),
        fields.text("last-well", _("最后正常时间（发病时间）"),
                    hint=_("怀疑复发时必须问清，供医院判断能否溶栓")),
        fields.choices("complications", _("并发症情况"), "stroke-complication"),
        *complication_fields(),
    )  # fmt: skip


def _function() -> tuple[Field, ...]:
    return (
        fields.choice("self-care", _("生活能否自理"), "self-care-3"),
        fields.choice("limbs", _("肢体功能恢复情况"), "limb-recovery"),
        fields.choices("rehabilitation", _("康复治疗的方式"), "rehab-mode"),
    )


@cache
def card() -> Form:
    """脑卒中患者管理卡. The onset decides how often somebody is visited (§6.2)."""
    history = (
        fields.choice("enrol-source", _("发病来源"), "enrol-source"),
        fields.day("onset-date", _("发病时间"), hint=_("发病 6 个月内每月随访")),
        fields.day("diagnosed-on", _("确诊时间")),
        fields.text("diagnosed-at", _("确诊单位")),
        fields.choice("stroke-type", _("脑卒中类型"), "stroke-type"),
        fields.choice("stroke-site", _("脑卒中部位"), "stroke-site"),
        fields.choices("stroke-history", _("个人病史"), "stroke-history"),
        fields.text("imaging", _("CT 或 MRI 结果"), fields.SENTENCE),
        fields.whole("rankin", _("改良 Rankin 量表（mRS）"), "级", ("0", "6")),
        plain_text("treatment", _("治疗情况")),
    )  # fmt: skip
    state = (
        *pressure_fields(required=False), *body_fields(), waist_field(),
        fasting_glucose_field(), *smoking_fields(), *_function(),
    )  # fmt: skip
    sections = (Section("history", _("病史"), history), Section("state", _("目前情况"), state))
    return Form("stroke-card", "1", _("脑卒中患者管理卡"), SOURCE, sections)
