"""老年人健康评估表: what is asked once a year (chronic-disease.md §4, §4.1, §4.2).

Interview, 老年人生活自理能力评估表, the prescreening of cognition and mood, findings and guidance;
the physical and auxiliary examination is the 健康体检表 of the same year.
"""

from functools import cache
from typing import Final

from health.fields import EDUCATION, OUTCOME, conclusion_section, drugs_field, visit_fields
from kernel.declare.form import Coded, Field, Form, Section
from kernel.messages import _
from records.api import fields

NAME: Final = "elderly"
SOURCE: Final = _("国家基本公共卫生服务规范（第三版）老年人健康管理服务规范")
ITEMS: Final = (
    ("self-care-eating", _("进餐"), _("使用餐具将饭菜送入口、咀嚼、吞咽等活动")),
    ("self-care-washing", _("梳洗"), _("梳头、洗脸、刷牙、剃须、洗澡等活动")),
    ("self-care-dressing", _("穿衣"), _("穿衣裤、袜子、鞋子等活动")),
    ("self-care-toilet", _("如厕"), _("小便、大便等活动及自控")),
    ("self-care-moving", _("活动"), _("站立、室内行走、上下楼梯、户外活动")),
)
"""Key (of the field and of its code set), title and what belongs to it."""


@cache
def form() -> Form:
    """The whole form."""
    level = fields.choice(OUTCOME, _("生活自理能力评估结果"), "self-care-level")
    sections = (
        Section("visit", _("随访"), visit_fields()),
        Section("lifestyle", _("生活方式和健康状况"), _lifestyle()),
        Section("self-care", _("生活自理能力评估"), _self_care()),
        Section("prescreen", _("认知功能和情感状态粗筛"), _prescreen()),
        Section("results", _("体检结果和健康指导"), _results()),
        conclusion_section(level),
    )
    return Form(NAME, "2017", _("老年人健康评估表"), SOURCE, sections)


def _lifestyle() -> tuple[Field, ...]:
    return (
        fields.choice("self-health", _("健康状态自我评估"), "self-health"),
        fields.choices("symptoms", _("慢性疾病常见症状"), "exam-symptom"),
        fields.choices("past-disease", _("既往所患疾病"), "past-disease"),
        fields.choice("exercise", _("锻炼频率"), "exercise-freq"),
        fields.choices("diet", _("饮食习惯"), "diet"),
        fields.choice("smoking", _("吸烟状况"), "smoking"),
        fields.choice("alcohol", _("饮酒频率"), "alcohol-freq"),
        drugs_field(),
    )


def _self_care() -> tuple[Field, ...]:
    score = fields.whole(
        "self-care-score", _("生活自理能力总分"), "分", ("0", "37"), computed=True,
        coded=Coded(fields.SCORES, "self-care", "{score}"),
    )  # fmt: skip
    return (
        *(fields.choice(key, title, key, required=True, hint=hint) for key, title, hint in ITEMS),
        score,
    )


def _prescreen() -> tuple[Field, ...]:
    doubted = fields.when("cognition", "2")
    return (
        fields.choice("cognition", _("认知功能"), "prescreen",
                      hint=_("说出铅笔、卡车、书三件物品，请立即重复，1 分钟后再次重复")),
        fields.whole("mmse", _("简易智力状态检查总分"), "分", ("0", "30"), when=doubted,
                     coded=fields.loinc("72106-8", "{score}")),
        fields.choice("schooling", _("文化程度"), "education", when=doubted),
        fields.choice("emotion", _("情感状态"), "prescreen",
                      hint=_("问“你经常感到伤心或抑郁吗”“你的情绪怎么样”")),
        fields.choice("emotion-scale", _("抑郁量表"), "depression-scale",
                      when=fields.when("emotion", "2")),
        fields.whole("gds-30", _("老年人抑郁评分（GDS-30）"), "分", ("0", "30"),
                     when=fields.when("emotion-scale", "1"),
                     coded=fields.loinc("48544-1", "{score}")),
        fields.whole("gds-15", _("老年人抑郁评分（GDS-15）"), "分", ("0", "15"),
                     when=fields.when("emotion-scale", "2"),
                     coded=fields.loinc("48545-8", "{score}")),
    )  # fmt: skip


def _results() -> tuple[Field, ...]:
    return (
        fields.choices("findings", _("体检发现"), "elderly-finding"),
        fields.text("findings-other", _("异常结果说明"), fields.SENTENCE),
        fields.choices("guidance", _("健康指导"), "elderly-guidance"),
        fields.choice(EDUCATION, _("本次健康教育"), "no-yes"),
    )
