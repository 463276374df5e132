"""康复训练评估表 and its plan (chronic-disease.md §9), with what rehabilitation after surgery adds.

The thirteen items are those of the record of training with a limb disability; wound, drains, pain
and Barthel index are additions of ours.
"""

from functools import cache
from typing import Final

from health.fields import (
    EDUCATION,
    OUTCOME,
    conclusion_section,
    drugs_field,
    plain_text,
    temperature_field,
    visit_fields,
)
from kernel.declare.form import Coded, Field, Form, Section
from kernel.messages import _
from records.api import fields

NAME: Final = "rehabilitation"
SOURCE: Final = _("地方通行做法（肢体残疾康复训练记录；术后康复部分为本系统补充）")
ACTIONS: Final = (
    ("turning", _("翻身")),
    ("sitting", _("坐")),
    ("standing", _("站")),
    ("transfer", _("转移")),
    ("walking", _("步行")),
    ("stairs", _("上下台阶")),
    ("eating", _("进食")),
    ("dressing", _("穿脱衣服")),
    ("washing", _("洗漱")),
    ("toilet", _("入厕")),
)
PARTICIPATION: Final = (
    ("talking", _("交流")),
    ("housework", _("做家务")),
    ("social", _("参加集体活动")),
)
ITEMS: Final = tuple(key for key, _title in (*ACTIONS, *PARTICIPATION))
FIRST: Final = "first-score"


@cache
def form() -> Form:
    """The evaluation."""
    sections = (
        Section("visit", _("评估"), (
            *visit_fields(), fields.choice("stage", _("评估阶段"), "rehab-stage", required=True),
        )),
        Section("items", _("训练评估"), _items()),
        Section("surgery", _("术后情况"), _surgery()),
        Section("training", _("训练和指导"), _training()),
        conclusion_section(fields.choice(OUTCOME, _("训练效果"), "rehab-effect")),
    )  # fmt: skip
    return Form(NAME, "1", _("康复训练评估表"), SOURCE, sections)


def _items() -> tuple[Field, ...]:
    alone = (
        fields.choice(key, title, "rehab-independence", required=True) for key, title in ACTIONS
    )
    able = (
        fields.choice(key, title, "rehab-participation", required=True)
        for key, title in PARTICIPATION
    )
    return (
        *alone,
        *able,
        fields.whole("score", _("评估总分"), "分", ("0", "26"), computed=True,
                     coded=Coded(fields.SCORES, "rehab", "{score}")),
        fields.whole(FIRST, _("首期分数"), "分", ("0", "26"),
                     hint=_("初次评估时由系统填写，以后沿用")),
    )  # fmt: skip


def _surgery() -> tuple[Field, ...]:
    return (
        temperature_field(),
        fields.choices("danger", _("危急情况"), "rehab-danger"),
        fields.choice("wound", _("切口愈合"), "wound-healing"),
        fields.text("drains", _("引流管"), fields.SENTENCE),
        fields.whole("pain", _("疼痛评分（VAS）"), "分", ("0", "10"), soft=("0", "7"),
                     coded=Coded(fields.SCORES, "pain-vas", "{score}")),
        fields.whole("barthel", _("Barthel 指数"), "分", ("0", "100"),
                     coded=Coded(fields.SCORES, "barthel", "{score}")),
    )  # fmt: skip


def _training() -> tuple[Field, ...]:
    session = (
        fields.day("on", _("训练日期"), required=True),
        fields.text("content", _("训练内容"), fields.SENTENCE),
        fields.text("instructor", _("康复指导员")),
    )
    return (
        fields.rows("sessions", _("训练记录"), 20, *session),
        drugs_field(),
        fields.choice("goal-reached", _("达到康复目标"), "no-yes"),
        fields.choices("opinion", _("进一步意见"), "rehab-opinion"),
        fields.choice(EDUCATION, _("本次健康教育"), "no-yes"),
        plain_text("advice", _("本次随访医生建议")),
    )


@cache
def card() -> Form:
    """康复训练计划: the disability or the operation, the goal and how it is trained for."""
    disability = (
        fields.choice("enrol-source", _("检出途径"), "enrol-source"),
        fields.choice("disability", _("肢体残疾类别"), "limb-disability"),
        fields.day("disabled-on", _("残疾时间")),
        fields.choice("cause", _("残疾原因"), "disability-cause"),
        fields.text("place", _("残疾部位"), fields.SENTENCE),
        fields.choices("past-care", _("既往医疗"), "rehab-past-care"),
    )
    operation = (
        fields.text("operation", _("手术名称"), fields.SENTENCE),
        fields.day("operated-on", _("手术日期")),
        fields.text("hospital", _("手术医院")),
        fields.text("weight-bearing", _("负重限制"), fields.SENTENCE),
        fields.day("prophylaxis-until", _("深静脉血栓预防截止日期")),
    )
    plan = (
        plain_text("goal", _("康复目标")),
        plain_text("training-items", _("训练项目")),
        fields.text("materials", _("指导材料"), fields.SENTENCE),
        fields.text("training-place", _("训练场所"), fields.SENTENCE),
        plain_text("method", _("训练方法")),
        fields.text("instructor", _("康复指导员")),
    )
    sections = (
        Section("disabilities", _("残疾情况"), disability),
        Section("surgery", _("手术情况"), operation),
        Section("plan", _("康复计划"), plan),
    )
    return Form("rehabilitation-card", "1", _("康复训练计划"), SOURCE, sections)
