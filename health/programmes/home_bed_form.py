"""家庭病床: 建床申请和登记 (the card) and 查床记录 (chronic-disease.md §8): what is asked."""

from functools import cache
from typing import Final

from health.fields import (
    EDUCATION,
    OUTCOME,
    conclusion_section,
    drugs_field,
    heart_rate_field,
    plain_text,
    pressure_fields,
    respiration_field,
    temperature_field,
    visit_fields,
)
from kernel.declare.form import Field, Form, Section
from kernel.messages import _
from records.api import fields

NAME: Final = "home-bed"
SOURCE: Final = _("地方家庭病床管理规定（待确认）")


@cache
def form() -> Form:
    """查床记录."""
    course = fields.choice("course", _("本次病情"), "homebed-course", required=True)
    sections = (
        Section("visit", _("查床"), (
            *visit_fields(), fields.choice("senior", _("上级医师查房"), "no-yes"),
        )),
        Section("condition", _("病情"), (
            plain_text("complaint", _("主诉")),
            temperature_field(), heart_rate_field(), respiration_field(),
            *pressure_fields(required=False),
            plain_text("examination", _("体格检查")),
            plain_text("auxiliary", _("辅助检查")),
            course,
            fields.choice("plan-fixed", _("治疗方案固定"), "no-yes"),
        )),
        Section("treatment", _("处置"), (
            plain_text("treatment-done", _("处置")),
            drugs_field(),
            plain_text("orders", _("医嘱")),
            plain_text("nursing", _("护理记录")),
            plain_text("contact-told", _("联系人沟通情况")),
            fields.choice(EDUCATION, _("本次健康教育"), "no-yes"),
        )),
        Section("closing", _("撤床"), _closing()),
        conclusion_section(fields.choice(OUTCOME, _("病情分类"), "homebed-course")),
    )  # fmt: skip
    return Form(NAME, "1", _("家庭病床查床记录"), SOURCE, sections)


def _closing() -> tuple[Field, ...]:
    return (
        fields.choice("closing-outcome", _("转归"), "homebed-outcome",
                      hint=_("准备撤床时填写")),
        fields.text("closing-diagnosis", _("撤床诊断"), fields.SENTENCE),
        plain_text("closing-state", _("撤床时情况")),
    )  # fmt: skip


@cache
def card() -> Form:
    """建床申请 and, once it was approved, 建床登记."""
    applied = (
        fields.text("number", _("门诊或住院号")),
        fields.choice("payment", _("费别"), "payment"),
        fields.text("contact", _("联系人")),
        fields.choice("contact-relation", _("与患者关系"), "gb-relation-short"),
        fields.text("contact-phone", _("联系人电话"), 20),
        fields.text("diagnosis", _("建床诊断"), fields.SENTENCE),
        fields.text("diagnosis-code", _("诊断编码（ICD-10）"), 20),
        fields.day("diagnosed-on", _("诊断日期")),
        plain_text("summary", _("病情摘要")),
        fields.choices("conditions", _("收治指征"), "homebed-condition"),
        fields.choices("exclusions", _("不宜建床情况"), "homebed-exclusion"),
        plain_text("opinion", _("建床意见")),
    )
    registered = (
        fields.text("bed-number", _("家床号")),
        fields.choice("bed-type", _("家床类型"), "homebed-type"),
        fields.day("start-date", _("建床日期"), hint=_("批准后 1～2 个工作日内首次上门")),
        fields.text("nurse", _("责任护士")),
    )
    sections = (
        Section("application", _("建床申请"), applied),
        Section("registration", _("建床登记"), registered),
    )
    return Form("home-bed-card", "1", _("家庭病床建床申请和登记"), SOURCE, sections)
