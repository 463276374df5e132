"""What is abnormal in an examination: reference ranges as data, and the findings in words.

The ranges come from the standards named beside them. Only those of the domain reference (glucose
as there, body mass index, waist, blood pressure) have been compared with it; the others carry
`confirm`: compare them with the standard and with the station's own laboratory before use.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from kernel.declare.form import Field, FieldKind, Form, Value, Values, beside
from kernel.fhir.terminology import words
from kernel.form_values import with_unit, written
from kernel.messages import SEQUENCE, Message, _, joined
from records.examinations.person import Person
from records.examinations.results import ABNORMALITIES
from records.residents.rules import NORMAL as USUAL
from records.residents.rules import bmi_state

_BLOOD: Final = "WS/T 405-2012 血细胞分析参考区间"
_ENZYMES: Final = "WS/T 404.1-2012 临床常用生化检验项目参考区间 第1部分"
_PROTEIN: Final = "WS/T 404.2-2012 第2部分"
_IONS: Final = "WS/T 404.3-2012 第3部分"
_BILIRUBIN: Final = "WS/T 404.4-2018 第4部分"
_KIDNEY: Final = "WS/T 404.5-2015 第5部分"
_LIPIDS: Final = "中国成人血脂异常防治指南（2016年修订版）合适水平"
_VITALS: Final = "诊断学通用参考值"
_GLUCOSE: Final = "空腹血糖 3.9～6.1 mmol/L"
_HBA1C: Final = "WS/T 461-2015 糖化血红蛋白检测"
ADULT: Final = 18
OLDER: Final = 60


@dataclass(frozen=True, slots=True)
class Reference:
    """Where the values of healthy people lie, both ends included.

    `below` says that the upper limit itself is too high. `sex` is FHIR's gender, empty for both;
    `ages` the completed years from and below. `source` names the standard, `confirm` says that it
    has to be compared with it.
    """

    key: str
    low: str
    high: str
    source: str
    sex: str = ""
    ages: tuple[int, int] = (ADULT, 200)
    below: bool = False
    confirm: bool = True


_YOUNGER_ADULT: Final = (ADULT, OLDER)
_OLDER_ADULT: Final = (OLDER, 200)
REFERENCES: Final = (
    Reference("temperature", "36.0", "37.2", _VITALS, ages=(0, 200)),
    Reference("pulse", "60", "100", _VITALS),
    Reference("respiration", "12", "20", _VITALS),
    Reference("heart-rate", "60", "100", _VITALS),
    Reference("haemoglobin", "130", "175", _BLOOD, "male"),
    Reference("haemoglobin", "115", "150", _BLOOD, "female"),
    Reference("leukocytes", "3.5", "9.5", _BLOOD),
    Reference("platelets", "125", "350", _BLOOD),
    Reference("glucose", "3.9", "6.1", _GLUCOSE, ages=(0, 200), confirm=False),
    Reference("hba1c", "4.0", "6.0", _HBA1C),
    Reference("alt", "9", "50", _ENZYMES, "male"),
    Reference("alt", "7", "40", _ENZYMES, "female"),
    Reference("ast", "15", "40", _ENZYMES, "male"),
    Reference("ast", "13", "35", _ENZYMES, "female"),
    Reference("albumin", "40", "55", _PROTEIN),
    Reference("bilirubin-total", "", "26.0", _BILIRUBIN, "male"),
    Reference("bilirubin-total", "", "21.0", _BILIRUBIN, "female"),
    Reference("bilirubin-direct", "", "8.0", _BILIRUBIN),
    Reference("creatinine", "57", "97", _KIDNEY, "male", _YOUNGER_ADULT),
    Reference("creatinine", "57", "111", _KIDNEY, "male", _OLDER_ADULT),
    Reference("creatinine", "41", "73", _KIDNEY, "female", _YOUNGER_ADULT),
    Reference("creatinine", "41", "81", _KIDNEY, "female", _OLDER_ADULT),
    Reference("urea", "3.1", "8.0", _KIDNEY, "male", _YOUNGER_ADULT),
    Reference("urea", "3.6", "9.5", _KIDNEY, "male", _OLDER_ADULT),
    Reference("urea", "2.6", "7.5", _KIDNEY, "female", _YOUNGER_ADULT),
    Reference("urea", "3.1", "8.8", _KIDNEY, "female", _OLDER_ADULT),
    Reference("potassium", "3.5", "5.3", _IONS),
    Reference("sodium", "137", "147", _IONS),
    Reference("cholesterol", "", "5.2", _LIPIDS, below=True),
    Reference("triglyceride", "", "1.7", _LIPIDS, below=True),
    Reference("ldl", "", "3.4", _LIPIDS, below=True),
    Reference("hdl", "1.0", "", _LIPIDS),
)
PRESSURE: Final = (90, 140, 60, 90)
"""Systolic from and below, diastolic from and below, in mmHg (health-record.md, hypertension)."""
WAIST: Final[Mapping[str, tuple[int, str]]] = {"male": (90, _("男")), "female": (85, _("女"))}
"""Central obesity from this waist in cm on (health-record.md §6.1)."""

_FIRST: Final = frozenset({"1"})
NORMAL_CODES: Final[Mapping[str, frozenset[str]]] = {
    **dict.fromkeys(
        words(
            """self-care cognition emotion lip teeth pharynx hearing motor fundus skin sclera lymph
            barrel-chest breath-sound rale rhythm murmur tenderness mass liver spleen
            shifting-dullness edema rectal breast vulva vagina cervix uterus adnexa
            ecg stool-blood hbsag chest-x-ray ultrasound ultrasound-other cervical-smear
            problem-brain problem-kidney problem-heart problem-vessel problem-eye
            problem-nerve problem-other"""
        ),
        _FIRST,
    ),
    **dict.fromkeys(
        ("urine-protein", "urine-glucose", "urine-ketone", "urine-blood"), frozenset({"-", "±"})
    ),
    "dorsalis": frozenset({"2"}),
}
"""The codes that say nothing abnormal; fields that are not here are not judged."""


@dataclass(frozen=True, slots=True)
class Finding:
    """Something abnormal: the key of its field, its section, and the sentence."""

    key: str
    section: str
    text: str


def reference_for(key: str, person: Person) -> Reference | None:
    """The range that holds for somebody; None where there is none, or sex or age is not known."""
    for one in REFERENCES:
        known = one.ages == (0, 200) or person.age is not None
        fits = known and one.ages[0] <= (person.age or 0) < one.ages[1]
        if one.key == key and one.sex in ("", person.sex) and fits:
            return one
    return None


def judged(value: Decimal, reference: Reference) -> str:
    """`高于 3.9～6.1`, `低于 …`, or an empty text for a value within the range."""
    if reference.low and value < Decimal(reference.low):
        return Message(_("低于 %(limits)s"), limits=_limits(reference))
    too_high = reference.high and value > Decimal(reference.high)
    at_limit = reference.below and reference.high and value == Decimal(reference.high)
    if at_limit:
        return Message(_("达到 %(limit)s（应低于此值）"), limit=reference.high)
    return Message(_("高于 %(limits)s"), limits=_limits(reference)) if too_high else ""


def _limits(reference: Reference) -> str:
    if reference.low and reference.high:
        return f"{reference.low}～{reference.high}"
    return reference.low or reference.high


def findings(form: Form, values: Values, person: Person) -> list[Finding]:
    """Everything abnormal in the order of the form; nothing is said of what was not done."""
    return [
        Finding(field.key, section.key, text)
        for section in form.sections
        for field in section.fields
        if (text := _finding(field, values, person))
    ]


def _finding(field: Field, values: Values, person: Person) -> str:
    value = values.get(field.key)
    if value is None:
        return ""
    if field.key in _SPECIAL:
        return _SPECIAL[field.key](values, person)
    if field.kind in (FieldKind.INTEGER, FieldKind.DECIMAL):
        reference = reference_for(field.key, person)
        judgement = judged(Decimal(str(value)), reference) if reference else ""
        measured = with_unit(written(value), field.unit)
        said = _("%(title)s %(measured)s，%(judgement)s")
        named = Message(said, title=field.title, measured=measured, judgement=judgement)
        return named if judgement else ""
    return _chosen(field, value, values) if field.key in NORMAL_CODES else ""


def _chosen(field: Field, value: Value, values: Values) -> str:
    codes = value if isinstance(value, tuple) else (value,)
    odd = [str(code) for code in codes if code not in NORMAL_CODES[field.key]]
    said = [_said(field, code, values) for code in odd]
    return Message(_("%(title)s：%(said)s"), title=field.title, said=joined(said)) if said else ""


def _said(field: Field, code: str, values: Values) -> str:
    title = field.by_code[code].title
    more = values.get(beside(field.key, code))
    return Message(_("%(title)s（%(words)s）"), title=title, words=more) if more else title


def _pressure(side: str, word: str, values: Values) -> str:
    high, low = values.get(f"systolic-{side}"), values.get(f"diastolic-{side}")
    if not isinstance(high, int) or not isinstance(low, int):
        return ""
    least, below, least_low, below_low = PRESSURE
    told = Message(_("%(side)s血压 %(high)s/%(low)s mmHg"), side=word, high=high, low=low)
    limits = f"{least}～{below - 1}/{least_low}～{below_low - 1}"
    if high >= below or low >= below_low:
        return Message(_("%(told)s，高于 %(limits)s"), told=told, limits=limits)
    if high < least or low < least_low:
        return Message(_("%(told)s，低于 %(limits)s"), told=told, limits=limits)
    return ""


def difference(values: Values) -> int:
    """The greater difference between left and right arm, in mmHg; 0 where one was not measured."""
    found = [0]
    for part in ("systolic", "diastolic"):
        left, right = values.get(f"{part}-left"), values.get(f"{part}-right")
        if isinstance(left, int) and isinstance(right, int):
            found.append(abs(left - right))
    return max(found)


ARM_DIFFERENCE: Final = 20
"""mmHg from which both arms are looked at further (health-record.md §6.1)."""


def _left_pressure(values: Values, person: Person) -> str:
    parts = [_adult(_pressure("left", _("左侧"), values), person)]
    apart = difference(values)
    if apart >= ARM_DIFFERENCE:
        differ = _("左右两侧血压相差 %(apart)s mmHg（≥%(limit)s），建议转诊进一步检查")
        parts.append(Message(differ, apart=apart, limit=ARM_DIFFERENCE))
    return joined(parts, by=SEQUENCE)


def _right_pressure(values: Values, person: Person) -> str:
    return _adult(_pressure("right", _("右侧"), values), person)


def _adult(text: str, person: Person) -> str:
    return text if person.age is not None and person.age >= ADULT else ""


def _mass_index(values: Values, person: Person) -> str:
    value = values["bmi"]
    if not isinstance(value, Decimal):
        return ""
    word, _kind = bmi_state(value)
    said = Message(_("体质指数 %(index)s kg/m²，%(word)s"), index=f"{value:f}", word=word)
    return _adult("" if word == USUAL[0] else said, person)


def central_obesity(values: Values, person: Person) -> str:
    """Central obesity in words (men from 90 cm, women from 85 cm), or an empty text."""
    value = values.get("waist")
    if not isinstance(value, Decimal) or person.sex not in WAIST:
        return ""
    limit, word = WAIST[person.sex]
    obese = _("腰围 %(waist)s cm，腹型肥胖（%(who)s≥%(limit)s）")
    said = Message(obese, waist=f"{value:f}", who=word, limit=limit)
    return _adult(said if value >= limit else "", person)


_SPECIAL: Final = {
    "systolic-left": _left_pressure,
    "diastolic-left": lambda _values, _person: "",
    "systolic-right": _right_pressure,
    "diastolic-right": lambda _values, _person: "",
    "bmi": _mass_index,
    "waist": central_obesity,
}
_LINES: Final = (
    ("general", "lifestyle"), ("organs", "physical"), ("laboratory",), ("problems",),
)  # fmt: skip
_LONGEST: Final = 500


def evaluation(form: Form, values: Values, person: Person) -> dict[str, Value]:
    """健康评价 as the values suggest it: 1, or 2 with the findings in 异常1 to 异常4.

    Up to four findings have a line each; more share the line of their part of the form.
    """
    found = findings(form, values, person)
    if not found:
        return {"evaluation": "1"}
    lines = [one.text for one in found]
    if len(lines) > len(ABNORMALITIES):
        lines = [line for part in _LINES if (line := _line(found, part))]
    return {"evaluation": "2", **dict(zip(ABNORMALITIES, map(str, lines), strict=False))}


def _line(found: list[Finding], sections: tuple[str, ...]) -> str:
    texts = [one.text for one in found if one.section in sections]
    return joined(_fitting(texts), by=SEQUENCE)


def _fitting(texts: list[str]) -> Iterator[str]:
    """The texts as long as they have room in one line; the last one says that there are more."""
    room = _LONGEST - 20
    for text in texts:
        room -= len(text) + 1
        if room < 0:
            yield Message(_("等共 %(n)s 项"), n=len(texts))
            return
        yield text
