"""What a doctor writes about one visit: the values of the form, without FHIR and without pages.

Sources: 接诊记录表 (national norm of basic public health services, third edition, health record),
prescriptions: 处方管理办法 §6 (five drugs) and 长期处方管理规范 (twelve weeks).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from typing import Final

from kernel.web.i18n import _

MOST_DIAGNOSES: Final = 5
MOST_DRUGS: Final = 5
"""One prescription holds five drugs at most (处方管理办法 §6)."""
ADULT: Final = 18
ARM_DIFFERENCE: Final = Decimal(20)
"""mmHg between the arms from which somebody is looked at further (health-record.md §6.1)."""


@dataclass(frozen=True, slots=True)
class Vital:
    """Something measured at a visit.

    `codes` are its LOINC codes, `ucum` the unit in FHIR and `unit` as printed. Outside of `hard`
    (both ends included) a value is refused, outside of `soft` it is asked about; for `adult` ones
    only of people of 18 and older. `decimals` is how many digits may stand behind the point.
    """

    key: str
    label: str
    unit: str
    codes: tuple[str, ...]
    ucum: str
    hard: tuple[str, str]
    soft: tuple[str, str] | None = None
    decimals: int = 0
    laboratory: bool = False
    adult: bool = False
    arm: str = ""
    """`left` or `right` for one of the two values of a blood pressure."""


_PRESSURE: Final = ("50", "300"), ("80", "180")
_LOW: Final = ("20", "200"), ("50", "110")
VITALS: Final = (
    Vital("left_systolic", _("左侧收缩压"), "mmHg", ("8480-6",), "mm[Hg]", *_PRESSURE, arm="left"),
    Vital("left_diastolic", _("左侧舒张压"), "mmHg", ("8462-4",), "mm[Hg]", *_LOW, arm="left"),
    Vital(
        "right_systolic", _("右侧收缩压"), "mmHg", ("8480-6",), "mm[Hg]", *_PRESSURE, arm="right"
    ),
    Vital("right_diastolic", _("右侧舒张压"), "mmHg", ("8462-4",), "mm[Hg]", *_LOW, arm="right"),
    Vital("pulse", _("脉率"), "次/分", ("8867-4",), "/min", ("20", "250"), ("50", "110")),
    Vital("temperature", _("体温"), "℃", ("8310-5",), "Cel", ("30", "45"), ("35.5", "38"), 1),
    Vital("respiration", _("呼吸频率"), "次/分", ("9279-1",), "/min", ("4", "80"), ("10", "26")),
    Vital("oxygen", _("血氧饱和度"), "%", ("2708-6", "59408-5"), "%", ("50", "100"), ("94", "100")),
    Vital(
        "weight", _("体重"), "kg", ("29463-7",), "kg", ("1", "300"), ("35", "130"), 1, adult=True
    ),
    Vital(
        "height", _("身高"), "cm", ("8302-2",), "cm", ("40", "250"), ("130", "200"), 1, adult=True
    ),
    Vital("waist", _("腰围"), "cm", ("8280-0",), "cm", ("30", "200"), ("55", "130"), 1),
    Vital(
        "fasting", _("空腹血糖（指尖）"), "mmol/L", ("14770-2",), "mmol/L", ("0.5", "50"), None, 2,
        True,
    ),
    Vital(
        "random", _("随机血糖（指尖）"), "mmol/L", ("14743-9",), "mmol/L", ("0.5", "50"), None, 2,
        True,
    ),
)  # fmt: skip
"""In the order of the form; ranges of health-record.md §6.1 and §6.5, for SpO₂ our own [D]."""
BY_KEY: Final[Mapping[str, Vital]] = {vital.key: vital for vital in VITALS}
MASS_INDEX: Final = Vital(
    "mass_index", _("体质指数"), "kg/m²", ("39156-5",), "kg/m2", ("8", "80"), None, 2
)
"""Computed from weight and height, never typed."""
ARMS: Final[Mapping[str, str]] = {"left": _("左侧"), "right": _("右侧")}

FREQUENCIES: Final[Mapping[str, tuple[str, int, int, str]]] = {
    "qd": (_("每日1次"), 1, 1, "d"),
    "bid": (_("每日2次"), 2, 1, "d"),
    "tid": (_("每日3次"), 3, 1, "d"),
    "qid": (_("每日4次"), 4, 1, "d"),
    "qn": (_("每晚1次"), 1, 1, "d"),
    "qod": (_("隔日1次"), 1, 2, "d"),
    "qw": (_("每周1次"), 1, 1, "wk"),
    "st": (_("立即1次"), 1, 0, ""),
    "prn": (_("必要时"), 0, 0, ""),
}
"""How often: title, times in how many of which unit (UCUM); 0 where no rhythm can be written."""
ROUTES: Final[Mapping[str, str]] = {
    "po": _("口服"),
    "sl": _("舌下含服"),
    "chew": _("嚼服"),
    "inh": _("吸入"),
    "neb": _("雾化吸入"),
    "ext": _("外用"),
    "eye": _("滴眼"),
    "ear": _("滴耳"),
    "nas": _("鼻喷"),
    "sc": _("皮下注射"),
    "im": _("肌内注射"),
    "iv": _("静脉注射"),
    "ivgtt": _("静脉滴注"),
    "pr": _("直肠给药"),
    "pv": _("阴道给药"),
}
DOSE_UNITS: Final[Mapping[str, str]] = {
    "mg": "mg",
    "g": "g",
    "μg": "ug",
    "ml": "mL",
    "IU": "[IU]",
    "片": "{tbl}",
    "粒": "{capsule}",
    "袋": "{packet}",
    "支": "{vial}",
    "喷": "{puff}",
    "滴": "[drp]",
}
"""Units of a dose as they are printed, and in UCUM."""
TEXTS: Final[Mapping[str, tuple[str, int]]] = {
    "complaint": (_("主诉"), 200),
    "history": (_("现病史"), 2000),
    "findings": (_("查体和检查结果"), 2000),
    "assessment": (_("评估"), 1000),
    "tests": (_("检查检验"), 1000),
    "treatment": (_("治疗处置"), 1000),
    "guidance": (_("随诊和转诊安排"), 1000),
    "education": (_("健康教育"), 1000),
}
"""The texts of the form: title, and how many characters at most."""


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """A diagnosis as it was written; `code` is its national ICD-10 code or empty."""

    name: str
    code: str = ""


@dataclass(frozen=True, slots=True)
class Prescription:
    """One drug: `code` ATC or empty, `dose` in `unit`, keys of FREQUENCIES and ROUTES, `days`."""

    drug: str
    code: str = ""
    dose: Decimal | None = None
    unit: str = ""
    frequency: str = ""
    route: str = ""
    days: int | None = None


@dataclass(frozen=True, slots=True)
class VisitNote:
    """Everything that is written at one visit; the first diagnosis is the main one."""

    complaint: str = ""
    history: str = ""
    findings: str = ""
    assessment: str = ""
    tests: str = ""
    treatment: str = ""
    guidance: str = ""
    education: str = ""
    vitals: Mapping[str, Decimal] = field(default_factory=dict)
    """Keys of VITALS; the digits stay as they were typed."""
    diagnoses: tuple[Diagnosis, ...] = ()
    prescriptions: tuple[Prescription, ...] = ()


def mass_index(vitals: Mapping[str, Decimal]) -> Decimal | None:
    """Body mass index in kg/m² with two decimals, where weight and height were measured."""
    weight, height = vitals.get("weight"), vitals.get("height")
    if weight is None or not height:
        return None
    metres = height / 100
    return (weight / (metres * metres)).quantize(Decimal("0.01"), ROUND_HALF_UP)


def arms_differ(vitals: Mapping[str, Decimal]) -> bool:
    """Whether left and right differ by 20 mmHg or more, which wants a closer look."""
    return any(
        f"left_{part}" in vitals
        and f"right_{part}" in vitals
        and abs(vitals[f"left_{part}"] - vitals[f"right_{part}"]) >= ARM_DIFFERENCE
        for part in ("systolic", "diastolic")
    )


def by_code(vitals: Mapping[str, Decimal]) -> dict[str, Decimal]:
    """The values by LOINC code: of the two arms the one with the higher systolic pressure."""
    found: dict[str, Decimal] = {}
    for vital in VITALS:
        if vital.key in vitals and not vital.arm:
            found[vital.codes[0]] = vitals[vital.key]
    arms = [arm for arm in ARMS if f"{arm}_systolic" in vitals and f"{arm}_diastolic" in vitals]
    if arms:
        higher = max(arms, key=lambda arm: vitals[f"{arm}_systolic"])
        for part, code in (("systolic", "8480-6"), ("diastolic", "8462-4")):
            found[code] = vitals[f"{higher}_{part}"]
    index = mass_index(vitals)
    if index is not None:
        found[MASS_INDEX.codes[0]] = index
    return found
