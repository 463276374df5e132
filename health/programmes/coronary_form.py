"""冠心病随访记录 and its card (chronic-disease.md §5, §5.1): what is asked. Local practice."""

from functools import cache
from typing import Final

from health.fields import (
    attitude_fields,
    body_fields,
    class_field,
    complication_fields,
    conclusion_section,
    fasting_glucose_field,
    heart_rate_field,
    lipid_fields,
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

NAME: Final = "coronary"
SOURCE: Final = _("地方通行做法（国家基本公共卫生服务规范未规定冠心病随访）")


@cache
def form() -> Form:
    """The follow-up."""
    sections = (
        Section("visit", _("随访"), visit_fields()),
        Section("signs", _("体征"), _signs()),
        Section("complaints", _("症状"), _symptoms()),
        Section("lifestyle", _("生活方式指导"), _lifestyle()),
        Section("tests", _("辅助检查"), (
            fasting_glucose_field(), *lipid_fields(), *_heart_tests(),
        )),
        Section("medication", _("用药和治疗"), (
            *medication_fields(),
            fields.choices("treatment", _("特殊治疗"), "chd-treatment"),
            fields.choices("nondrug", _("非药物治疗措施"), "chd-nondrug"),
            plain_text("advice", _("本次随访医生建议")),
        )),
        conclusion_section(class_field()),
    )  # fmt: skip
    return Form(NAME, "1", _("冠心病患者随访记录"), SOURCE, sections)


def _signs() -> tuple[Field, ...]:
    return (
        *pressure_fields(),
        heart_rate_field(),
        *body_fields(),
        fields.choice("arrhythmia", _("心律失常（早搏、房颤）"), "no-yes"),
        fields.choice("gallop", _("心尖部奔马律"), "no-yes"),
        fields.choice("weak-first-sound", _("第一心音减弱"), "no-yes"),
        fields.text("signs-other", _("其他体征"), fields.SENTENCE),
    )


def _symptoms() -> tuple[Field, ...]:
    return (
        fields.choice("coronary-type", _("冠心病类型"), "chd-type"),
        fields.choices("symptoms", _("目前症状"), "chd-symptom"),
        fields.choice("angina", _("与上次相比心绞痛"), "chd-angina"),
        fields.choice("nitroglycerin", _("服硝酸甘油后缓解"), "no-yes"),
        fields.choices("danger", _("危急情况"), "chd-danger"),
        *complication_fields(),
    )


def _lifestyle() -> tuple[Field, ...]:
    return (
        *smoking_fields(),
        fields.choice("salt", _("摄盐情况"), "salt"),
        *attitude_fields(),
        plain_text("lifestyle-advice", _("烟酒、运动、摄盐注意事项")),
    )


def _heart_tests() -> tuple[Field, ...]:
    return tuple(
        fields.text(key, title, fields.SENTENCE)
        for key, title in (
            ("ecg-result", _("心电图检查结果")),
            ("stress-test", _("运动负荷试验结果")),
            ("angiography", _("冠脉造影结果")),
            ("enzymes", _("心肌酶学结果")),
            ("echo", _("心脏彩超结果")),
        )
    )


@cache
def card() -> Form:
    """冠心病患者管理卡. The day of the event decides how often somebody is visited (§5.2)."""
    history = (
        fields.choice("enrol-source", _("检出途径"), "enrol-source"),
        fields.day("diagnosed-on", _("确诊时间")),
        fields.text("diagnosed-at", _("确诊单位")),
        fields.choice("coronary-type", _("冠心病类型"), "chd-type"),
        fields.choice("coronary-family", _("冠心病家族史"), "absent-present"),
        fields.day("event-date", _("最近一次急性事件或手术日期"),
                   hint=_("急性冠脉综合征、介入治疗或搭桥手术；此后 3 个月内每月随访")),
        fields.choices("treatment", _("特殊治疗"), "chd-treatment"),
        fields.day("antiplatelet-until", _("双联抗血小板治疗计划停药日期")),
        plain_text("coronary-history", _("病史")),
    )  # fmt: skip
    state = (
        *pressure_fields(required=False), heart_rate_field(), *body_fields(), waist_field(),
        fasting_glucose_field(), *lipid_fields(), *_heart_tests(), *smoking_fields(),
        fields.choice("self-care", _("生活能否自理"), "self-care-3"),
    )  # fmt: skip
    sections = (Section("history", _("病史"), history), Section("state", _("目前情况"), state))
    return Form("coronary-card", "1", _("冠心病患者管理卡"), SOURCE, sections)
