"""健康体检表 as one declaration: every field, code, unit, range, condition and star.

Source: 国家基本公共卫生服务规范（第三版）, 居民健康档案管理服务规范, 健康体检表; the options are
the national code sets of `records.terminology`. Ranges are input checks of our own (the norm is
silent): outside the hard one a value is refused, outside the soft one it has to be confirmed.
"""

from dataclasses import replace
from functools import cache
from typing import Final

from kernel.declare.form import Coded, Field, Form, Section
from kernel.web.i18n import _
from records.examinations.results import (
    conclusion_fields,
    history_fields,
    laboratory_fields,
    problem_fields,
)
from records.fields import (
    SCORES,
    SENTENCE,
    choice,
    choices,
    day,
    decimal,
    loinc,
    text,
    when,
    whole,
)

NAME: Final = "health-examination"
VERSION: Final = "2017"
SOURCE: Final = "国家基本公共卫生服务规范（第三版）（国卫基层发〔2017〕13号）健康体检表"
ADULT: Final = 18
ELDERLY: Final = 65
ELDERLY_ONLY: Final = frozenset(
    {
        "self-health", "self-care-score", "self-care", "cognition", "mmse", "emotion",
        "emotion-scale", "gds-30", "gds-15",
    }
)  # fmt: skip
WOMEN_ONLY: Final = frozenset(
    {"breast", "vulva", "vagina", "cervix", "uterus", "adnexa", "cervical-smear"}
)
QUADRANTS: Final = ("upper-left", "lower-left", "upper-right", "lower-right")


@cache
def examination_form() -> Form:
    """The whole form. The code sets are read when it is first asked for."""
    sections = (
        Section("general", _("症状和一般状况"), (*_general_fields(), *_elderly_fields())),
        Section("lifestyle", _("生活方式"), _lifestyle_fields()),
        Section("organs", _("脏器功能"), _organ_fields()),
        Section("physical", _("查体"), _physical_fields()),
        Section("laboratory", _("辅助检查"), laboratory_fields()),
        Section("problems", _("现存主要健康问题"), problem_fields()),
        Section("history", _("住院、用药和接种"), history_fields()),
        Section("conclusion", _("健康评价和指导"), conclusion_fields()),
    )
    return Form(NAME, VERSION, _("健康体检表"), SOURCE, sections)


def form_for(sex: str | None, age: int | None) -> Form:
    """The form as it is asked of a person: without what does not concern sex or age.

    `sex` is FHIR's administrative gender, `age` the completed years at the end of the year of the
    examination. Where either is not known, everything is asked. Height and weight of the young
    have no usual range.
    """
    left_out = (WOMEN_ONLY if sex == "male" else frozenset()) | (
        ELDERLY_ONLY if age is not None and age < ELDERLY else frozenset()
    )
    young = age is not None and age < ADULT
    form = examination_form()
    sections = tuple(
        replace(
            section,
            fields=tuple(_for_young(f, young) for f in section.fields if f.key not in left_out),
        )
        for section in form.sections
    )
    return replace(form, sections=sections)


def _for_young(field: Field, young: bool) -> Field:
    usual = field.key in ("height", "weight") and young
    return replace(field, soft=None) if usual else field


_PRESSURE: Final = {"hard": ("50", "300"), "soft": ("80", "180")}
_LOW: Final = {"hard": ("20", "200"), "soft": ("50", "110")}


def _pressure(side: str, systolic: str, diastolic: str) -> tuple[Field, Field]:
    def coded(code: str) -> Coded:
        return loinc(code, "mm[Hg]", part_of="85354-9", site=f"{side}-arm")

    return (
        whole(f"systolic-{side}", systolic, "mmHg", **_PRESSURE, coded=coded("8480-6")),
        whole(f"diastolic-{side}", diastolic, "mmHg", **_LOW, coded=coded("8462-4")),
    )


def _general_fields() -> tuple[Field, ...]:
    return (
        day("exam-date", _("体检日期"), required=True),
        choices("symptoms", _("症状"), "exam-symptom"),
        decimal("temperature", _("体温"), "℃", ("30", "45"), soft=("35.5", "38"),
                coded=loinc("8310-5", "Cel")),
        whole("pulse", _("脉率"), "次/分", ("20", "250"), soft=("50", "110"),
              coded=loinc("8867-4", "/min")),
        whole("respiration", _("呼吸频率"), "次/分", ("4", "80"), soft=("10", "26"),
              coded=loinc("9279-1", "/min")),
        *_pressure("left", _("左侧收缩压"), _("左侧舒张压")),
        *_pressure("right", _("右侧收缩压"), _("右侧舒张压")),
        decimal("height", _("身高"), "cm", ("40", "250"), soft=("130", "200"),
                coded=loinc("8302-2", "cm")),
        decimal("weight", _("体重"), "kg", ("1", "300"), soft=("35", "130"),
                coded=loinc("29463-7", "kg")),
        decimal("waist", _("腰围"), "cm", ("30", "200"), soft=("55", "130"),
                coded=loinc("8280-0", "cm")),
        decimal("bmi", _("体质指数"), "kg/m²", ("8", "80"), 2, computed=True,
                coded=loinc("39156-5", "kg/m2")),
    )  # fmt: skip


def _elderly_fields() -> tuple[Field, ...]:
    return (
        choice("self-health", _("老年人健康状态自我评估"), "self-health", starred=True),
        whole("self-care-score", _("老年人生活自理能力评估总分"), "分", ("0", "37"), starred=True,
              coded=Coded(SCORES, "self-care", "{score}")),
        choice("self-care", _("老年人生活自理能力自我评估"), "self-care-level", starred=True,
               hint=_("填了总分时可以不选，由系统按总分判定")),
        choice("cognition", _("老年人认知功能"), "prescreen", starred=True),
        whole("mmse", _("简易智力状态检查总分"), "分", ("0", "30"), when=when("cognition", "2"),
              starred=True, coded=loinc("72106-8", "{score}")),
        choice("emotion", _("老年人情感状态"), "prescreen", starred=True),
        choice("emotion-scale", _("抑郁量表"), "depression-scale", when=when("emotion", "2"),
               starred=True),
        whole("gds-30", _("老年人抑郁评分（GDS-30）"), "分", ("0", "30"), starred=True,
              when=when("emotion-scale", "1"), coded=loinc("48544-1", "{score}")),
        whole("gds-15", _("老年人抑郁评分（GDS-15）"), "分", ("0", "15"), starred=True,
              when=when("emotion-scale", "2"), coded=loinc("48545-8", "{score}")),
    )  # fmt: skip


def _lifestyle_fields() -> tuple[Field, ...]:
    moves, smoked, drinks = (
        when("exercise", "1", "2", "3"), when("smoking", "2", "3"), when("alcohol", "2", "3", "4"),
    )  # fmt: skip
    return (
        choice("exercise", _("锻炼频率"), "exercise-freq"),
        whole("exercise-minutes", _("每次锻炼时间"), "分钟", ("0", "360"), when=moves),
        whole("exercise-years", _("坚持锻炼时间"), "年", ("0", "100"), when=moves),
        text("exercise-kind", _("锻炼方式"), when=moves),
        choices("diet", _("饮食习惯"), "diet"),
        choice("smoking", _("吸烟状况"), "smoking", coded=loinc("72166-2")),
        whole("smoking-daily", _("日吸烟量"), "支", ("0", "200"), when=smoked),
        whole("smoking-start", _("开始吸烟年龄"), "岁", ("0", "120"), when=smoked),
        whole("smoking-quit", _("戒烟年龄"), "岁", ("0", "120"), when=when("smoking", "2")),
        choice("alcohol", _("饮酒频率"), "alcohol-freq"),
        decimal("alcohol-daily", _("日饮酒量"), "两", ("0", "50"), when=drinks,
                hint=_("折合白酒：1 两白酒相当于葡萄酒 4 两、黄酒半斤、啤酒 1 瓶、果酒 4 两")),
        choice("alcohol-quit", _("是否戒酒"), "drinking-quit", when=drinks),
        whole("alcohol-quit-age", _("戒酒年龄"), "岁", ("0", "120"),
              when=when("alcohol-quit", "2")),
        whole("alcohol-start", _("开始饮酒年龄"), "岁", ("0", "120"), when=drinks),
        choice("drunk", _("近一年内是否曾醉酒"), "yes-no", when=drinks),
        choices("drink-type", _("饮酒种类"), "drink-type", words="5", when=drinks),
        choice("hazard", _("职业病危害因素接触史"), "absent-present"),
        text("hazard-work", _("工种"), when=when("hazard", "2")),
        whole("hazard-years", _("从业时间"), "年", ("0", "80"), when=when("hazard", "2")),
        *_hazards(),
    )  # fmt: skip


HAZARDS: Final = (
    ("dust", _("粉尘"), _("粉尘防护措施")),
    ("radiation", _("放射物质"), _("放射物质防护措施")),
    ("physical-hazard", _("物理因素"), _("物理因素防护措施")),
    ("chemical", _("化学物质"), _("化学物质防护措施")),
    ("other-hazard", _("其他毒物"), _("其他毒物防护措施")),
)
"""Key and titles of what somebody was exposed to, and of the protection against it."""


def _hazards() -> list[Field]:
    asked = when("hazard", "2")
    return [
        field
        for key, title, protection in HAZARDS
        for field in (
            text(key, title, when=asked),
            choice(f"{key}-protection", protection, "absent-present", words="2", when=asked),
        )
    ]


TEETH: Final = (
    ("2", "missing", (_("缺齿左上"), _("缺齿左下"), _("缺齿右上"), _("缺齿右下"))),
    ("3", "caries", (_("龋齿左上"), _("龋齿左下"), _("龋齿右上"), _("龋齿右下"))),
    ("4", "denture", (_("义齿左上"), _("义齿左下"), _("义齿右上"), _("义齿右下"))),
)
"""Code of 齿列, beginning of the key, and the titles in the order of `QUADRANTS`."""


def _organ_fields() -> tuple[Field, ...]:
    teeth = [
        whole(f"{kind}-{place}", title, "颗", ("0", "8"), when=when("teeth", code))
        for code, kind, titles in TEETH
        for place, title in zip(QUADRANTS, titles, strict=True)
    ]
    sight = [
        decimal(key, title, "", ("0.0", "5.3"))
        for key, title in (
            ("vision-left", _("左眼视力")),
            ("vision-right", _("右眼视力")),
            ("corrected-left", _("左眼矫正视力")),
            ("corrected-right", _("右眼矫正视力")),
        )
    ]
    return (
        choice("lip", _("口唇"), "lip"),
        choices("teeth", _("齿列"), "teeth"),
        *teeth,
        choice("pharynx", _("咽部"), "pharynx"),
        *sight,
        choice("hearing", _("听力"), "hearing", hint=_("耳旁轻声问“你叫什么名字”")),
        choice("motor", _("运动功能"), "motor",
               hint=_("两手触枕后部；捡起这支笔；从椅子上站起，行走几步，转身，坐下")),
    )  # fmt: skip


def _physical_fields() -> tuple[Field, ...]:
    belly = [
        choice(key, title, "absent-present", words="2")
        for key, title in (
            ("tenderness", _("腹部压痛")),
            ("mass", _("腹部包块")),
            ("liver", _("肝大")),
            ("spleen", _("脾大")),
            ("shifting-dullness", _("移动性浊音")),
        )
    ]
    women = [
        choice(key, title, "gynaecology", starred=True)
        for key, title in (
            ("vulva", _("外阴")),
            ("vagina", _("阴道")),
            ("cervix", _("宫颈")),
            ("uterus", _("宫体")),
            ("adnexa", _("附件")),
        )
    ]
    return (
        choice("fundus", _("眼底"), "normal-abnormal", starred=True),
        choice("skin", _("皮肤"), "skin"),
        choice("sclera", _("巩膜"), "sclera"),
        choice("lymph", _("淋巴结"), "lymph"),
        choice("barrel-chest", _("桶状胸"), "no-yes"),
        choice("breath-sound", _("呼吸音"), "lung-sound"),
        choice("rale", _("罗音"), "rale"),
        whole("heart-rate", _("心率"), "次/分", ("20", "250"), coded=loinc("8867-4", "/min")),
        choice("rhythm", _("心律"), "rhythm"),
        choice("murmur", _("心脏杂音"), "absent-present", words="2"),
        *belly,
        choice("edema", _("下肢水肿"), "edema"),
        choice("dorsalis", _("足背动脉搏动"), "dorsalis-exam", starred=True,
               hint=_("糖尿病患者必须检查")),
        choice("rectal", _("肛门指诊"), "rectal", starred=True),
        choices("breast", _("乳腺"), "breast", starred=True),
        *women,
        text("physical-other", _("其他查体"), SENTENCE, starred=True),
    )  # fmt: skip
