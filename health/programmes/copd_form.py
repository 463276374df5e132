"""慢阻肺病患者随访记录 and its card (chronic-disease.md §7): what is asked.

The form of the official specification (2024 trial) was not at hand: this one follows guidelines and
is to be replaced by it.
"""

from dataclasses import replace
from functools import cache
from typing import Final

from health.fields import (
    attitude_fields,
    body_fields,
    class_field,
    complication_fields,
    conclusion_section,
    heart_rate_field,
    medication_fields,
    plain_text,
    pressure_fields,
    respiration_field,
    smoking_fields,
    visit_fields,
)
from kernel.declare.form import Coded, Field, Form, Section
from kernel.messages import _
from records.api import fields

NAME: Final = "copd"
SOURCE: Final = _("慢性阻塞性肺疾病患者健康服务规范（试行）（正式文本待核对，暂按基层诊疗指南）")


@cache
def form() -> Form:
    """The follow-up."""
    sections = (
        Section("visit", _("随访"), visit_fields()),
        Section("signs", _("体征"), _signs()),
        Section("complaints", _("症状"), _symptoms()),
        Section("lifestyle", _("生活方式指导"), _lifestyle()),
        Section("tests", _("肺功能"), (*_lung(), plain_text("auxiliary", _("辅助检查")))),
        Section("medication", _("用药和治疗"), (
            *medication_fields(),
            fields.choice("inhaler", _("吸入装置使用"), "inhaler"),
            fields.decimal("oxygen-hours", _("家庭氧疗"), "小时/天", ("0", "24")),
            fields.day("influenza-vaccine", _("流感疫苗接种日期")),
            fields.day("pneumococcal-vaccine", _("肺炎疫苗接种日期")),
        )),
        conclusion_section(class_field()),
    )  # fmt: skip
    return Form(NAME, "1", _("慢阻肺病患者随访记录"), SOURCE, sections)


def _signs() -> tuple[Field, ...]:
    saturation = fields.whole(
        "saturation", _("血氧饱和度"), "%", ("50", "100"), soft=("90", "100"), required=True,
        coded=fields.loinc("59408-5", "%"), hint=_("静息、未吸氧时测"),
    )  # fmt: skip
    return (
        saturation,
        replace(respiration_field(), required=True),
        heart_rate_field(),
        *pressure_fields(required=False),
        *body_fields(),
        fields.text("signs-other", _("其他体征"), fields.SENTENCE),
    )


def _symptoms() -> tuple[Field, ...]:
    return (
        fields.choices("symptoms", _("症状"), "copd-symptom"),
        fields.whole("mmrc", _("mMRC 呼吸困难分级"), "级", ("0", "4"), required=True,
                     coded=Coded(fields.SCORES, "mmrc", "{score}")),
        fields.whole("cat", _("CAT 评分"), "分", ("0", "40"), required=True,
                     coded=Coded(fields.SCORES, "cat", "{score}")),
        fields.whole("exacerbations", _("上次随访以来急性加重次数"), "次", ("0", "50")),
        fields.whole("admissions", _("上次随访以来因急性加重住院次数"), "次", ("0", "50")),
        fields.choices("danger", _("危急情况"), "copd-danger"),
        *complication_fields(),
    )  # fmt: skip


def _lifestyle() -> tuple[Field, ...]:
    exposed = fields.choice("dust", _("粉尘、油烟或生物燃料暴露"), "absent-present", words="2")
    return (*smoking_fields(), exposed, *attitude_fields())


def _lung() -> tuple[Field, ...]:
    return (
        fields.decimal("fev1-fvc", _("FEV1/FVC"), "", ("0.1", "1.0"), 2,
                       hint=_("吸入支气管舒张剂后")),
        fields.decimal("fev1", _("FEV1 占预计值"), "%", ("10", "150"), soft=("15", "120"),
                       coded=fields.loinc("20152-5", "%")),
        fields.day("lung-date", _("肺功能检查日期")),
    )  # fmt: skip


@cache
def card() -> Form:
    """慢阻肺病患者管理卡. The lung function decides how often somebody is visited."""
    history = (
        fields.choice("enrol-source", _("检出途径"), "enrol-source"),
        fields.day("diagnosed-on", _("确诊时间")),
        fields.text("diagnosed-at", _("确诊单位")),
        fields.choice("smoking", _("吸烟状况"), "smoking"),
        fields.choice("dust", _("粉尘、油烟或生物燃料暴露"), "absent-present", words="2"),
        fields.whole("yearly-exacerbations", _("近一年急性加重次数"), "次", ("0", "50")),
        plain_text("copd-history", _("病史")),
    )
    sections = (
        Section("history", _("病史"), history),
        Section("lung", _("肺功能"), _lung()),
    )
    return Form("copd-card", "1", _("慢阻肺病患者管理卡"), SOURCE, sections)
