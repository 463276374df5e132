"""Code tables of the resident's file: what a code is called on a page, in the field's own words."""

from collections.abc import Mapping
from typing import Final

from kernel.canonical import code_system

IMPORT_BATCH: Final = code_system("import-batch")
"""System of the tag by which a Patient says with which uploaded list it came."""

BLOOD_PRESSURE: Final = frozenset({"85354-9", "55284-4"})
SYSTOLIC: Final = "8480-6"
DIASTOLIC: Final = "8462-4"
FASTING_GLUCOSE: Final = frozenset({"14770-2", "14771-0", "1558-6"})
BODY_MASS_INDEX: Final = "39156-5"

MEASURES: Final[Mapping[str, str]] = {
    "85354-9": "血压",
    "55284-4": "血压",
    "8480-6": "收缩压",
    "8462-4": "舒张压",
    "8867-4": "心率",
    "8310-5": "体温",
    "9279-1": "呼吸频率",
    "29463-7": "体重",
    "8302-2": "身高",
    "39156-5": "体质指数",
    "8280-0": "腰围",
    "14770-2": "空腹血糖（指尖）",
    "14743-9": "随机血糖（指尖）",
    "14771-0": "空腹血糖",
    "1558-6": "空腹血糖",
    "4548-4": "糖化血红蛋白",
    "14647-2": "总胆固醇",
    "14927-8": "甘油三酯",
    "22748-8": "低密度脂蛋白胆固醇",
    "14682-9": "血清肌酐",
    "2708-6": "血氧饱和度",
}
"""LOINC codes of what is measured at a station."""

FIRST_MEASURES: Final = (
    "85354-9", "55284-4", "14770-2", "14771-0", "4548-4", "39156-5", "29463-7", "8867-4", "8302-2",
    "8310-5",
)  # fmt: skip
"""What a doctor looks for first, in this order."""

UNITS: Final[Mapping[str, str]] = {
    "mm[Hg]": "mmHg",
    "/min": "次/分",
    "{beats}/min": "次/分",
    "Cel": "℃",
    "kg/m2": "kg/m²",
    "umol/L": "μmol/L",
    "10*3/uL": "10³/μL",
    "10*6/uL": "10⁶/μL",
    "10*9/L": "10⁹/L",
    "10*12/L": "10¹²/L",
}
"""UCUM units as they are printed; the others are printed as they are."""

CLINICAL_STATES: Final[Mapping[str, tuple[str, str]]] = {
    "active": ("现患", "info"),
    "recurrence": ("复发", "alert"),
    "relapse": ("复发", "alert"),
    "inactive": ("稳定", "neutral"),
    "remission": ("缓解", "neutral"),
    "resolved": ("已愈", "neutral"),
}
"""Condition.clinicalStatus: its title, and the badge that shows it."""

VISIT_CLASSES: Final[Mapping[str, str]] = {
    "AMB": "门诊",
    "HH": "上门",
    "VR": "电话或线上",
    "EMER": "急诊",
    "IMP": "住院",
    "ACUTE": "住院",
    "NONAC": "住院",
    "OBSENC": "留观",
    "SS": "日间",
}
"""Encounter.class (v3-ActCode)."""

GROUPS: Final = (
    (("I10", "I11", "I12", "I13", "I15"), "高血压"),
    (("E10", "E11", "E12", "E13", "E14"), "糖尿病"),
    (("J44",), "慢阻肺"),
    (("I20", "I21", "I22", "I24", "I25"), "冠心病"),
    (("I60", "I61", "I62", "I63", "I64", "I69"), "脑卒中"),
    (("F20", "F21", "F22", "F25", "F30", "F31"), "严重精神障碍"),
    (("A15", "A16"), "肺结核"),
)
"""Beginnings of ICD-10 codes, and the group of the basic public health services they lead to."""

ELDERLY_FROM: Final = 65
CHILD_UNDER: Final = 7
NO_KNOWN_ALLERGY: Final = frozenset({"716186003", "409137002", "428607008", "429625007"})
"""SNOMED CT: somebody asked, and there is none."""
