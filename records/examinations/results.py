"""健康体检表, second half: auxiliary tests, problems, treatment, evaluation and guidance."""

from typing import Final

from kernel.declare.form import Coded, Field
from kernel.web.i18n import _
from records.fields import (
    SENTENCE,
    Range,
    choice,
    choices,
    day,
    decimal,
    laboratory,
    loinc,
    rows,
    text,
    when,
)

MOST_STAYS: Final = 20
MOST_DRUGS: Final = 20
MOST_VACCINES: Final = 20
ABNORMALITIES: Final = ("abnormal-1", "abnormal-2", "abnormal-3", "abnormal-4")
"""异常1 to 异常4 of the paper form."""


def laboratory_fields() -> tuple[Field, ...]:
    """§ 辅助检查: all items are starred."""
    return (*_blood(), *_urine(), *_others(), *_liver_and_kidney(), *_lipids(), *_imaging())


def _lab(key: str, title: str, unit: str, hard: Range, coded: Coded) -> Field:
    return decimal(key, title, unit, hard, 2, coded=coded, starred=True)


def _blood() -> tuple[Field, ...]:
    return (
        _lab("haemoglobin", _("血红蛋白"), "g/L", ("20", "250"), laboratory("718-7", "g/L")),
        _lab("leukocytes", _("白细胞"), "×10⁹/L", ("0.1", "200"), laboratory("6690-2", "10*9/L")),
        _lab("platelets", _("血小板"), "×10⁹/L", ("1", "2000"), laboratory("777-3", "10*9/L")),
        text("blood-other", _("血常规其他"), SENTENCE, starred=True),
    )


def _urine() -> tuple[Field, ...]:
    strips = (
        ("urine-protein", _("尿蛋白"), "20454-5"),
        ("urine-glucose", _("尿糖"), "25428-4"),
        ("urine-ketone", _("尿酮体"), "2514-8"),
        ("urine-blood", _("尿潜血"), "5794-3"),
    )
    return (
        *(
            choice(key, title, "urine-strip", coded=laboratory(code), starred=True)
            for key, title, code in strips
        ),
        text("urine-other", _("尿常规其他"), SENTENCE, starred=True),
    )


def _others() -> tuple[Field, ...]:
    return (
        _lab("glucose", _("空腹血糖"), "mmol/L", ("0.5", "50"), laboratory("14771-0", "mmol/L")),
        choice("ecg", _("心电图"), "normal-abnormal", coded=loinc("11524-6"), starred=True),
        _lab("microalbumin", _("尿微量白蛋白"), "mg/dL", ("0", "500"),
             laboratory("14957-5", "mg/dL")),
        choice("stool-blood", _("大便潜血"), "negative-positive", coded=laboratory("2335-8"),
               starred=True),
        _lab("hba1c", _("糖化血红蛋白"), "%", ("3", "20"), laboratory("4548-4", "%")),
        choice("hbsag", _("乙型肝炎表面抗原"), "negative-positive", coded=laboratory("5196-1"),
               starred=True),
    )  # fmt: skip


def _liver_and_kidney() -> tuple[Field, ...]:
    return (
        _lab("alt", _("血清谷丙转氨酶"), "U/L", ("0", "5000"), laboratory("1742-6", "U/L")),
        _lab("ast", _("血清谷草转氨酶"), "U/L", ("0", "5000"), laboratory("1920-8", "U/L")),
        _lab("albumin", _("白蛋白"), "g/L", ("5", "80"), laboratory("1751-7", "g/L")),
        _lab(
            "bilirubin-total",
            _("总胆红素"),
            "μmol/L",
            ("0", "800"),
            laboratory("14631-6", "umol/L"),
        ),
        _lab(
            "bilirubin-direct",
            _("结合胆红素"),
            "μmol/L",
            ("0", "500"),
            laboratory("14629-0", "umol/L"),
        ),
        _lab(
            "creatinine", _("血清肌酐"), "μmol/L", ("10", "2000"), laboratory("14682-9", "umol/L")
        ),
        _lab("urea", _("血尿素"), "mmol/L", ("0.5", "60"), laboratory("22664-7", "mmol/L")),
        _lab("potassium", _("血钾"), "mmol/L", ("1.5", "9"), laboratory("2823-3", "mmol/L")),
        _lab("sodium", _("血钠"), "mmol/L", ("100", "180"), laboratory("2951-2", "mmol/L")),
    )


def _lipids() -> tuple[Field, ...]:
    return (
        _lab(
            "cholesterol", _("总胆固醇"), "mmol/L", ("0.5", "30"), laboratory("14647-2", "mmol/L")
        ),
        _lab(
            "triglyceride", _("甘油三酯"), "mmol/L", ("0.1", "60"), laboratory("14927-8", "mmol/L")
        ),
        _lab(
            "ldl",
            _("血清低密度脂蛋白胆固醇"),
            "mmol/L",
            ("0.1", "20"),
            laboratory("22748-8", "mmol/L"),
        ),
        _lab(
            "hdl",
            _("血清高密度脂蛋白胆固醇"),
            "mmol/L",
            ("0.1", "6"),
            laboratory("14646-4", "mmol/L"),
        ),
    )


def _imaging() -> tuple[Field, ...]:
    pictures = (
        ("chest-x-ray", _("胸部X线片"), "36643-5"),
        ("ultrasound", _("腹部B超（肝胆胰脾）"), "24558-9"),
        ("ultrasound-other", _("其他B超"), ""),
        ("cervical-smear", _("宫颈涂片"), "10524-7"),
    )
    return (
        *(
            choice(key, title, "normal-abnormal", coded=loinc(code) if code else None, starred=True)
            for key, title, code in pictures
        ),
        text("test-other", _("其他辅助检查"), SENTENCE, starred=True),
    )


def problem_fields() -> tuple[Field, ...]:
    """§ 现存主要健康问题."""
    several = (
        ("problem-brain", _("脑血管疾病"), "problem-brain"),
        ("problem-kidney", _("肾脏疾病"), "problem-kidney"),
        ("problem-heart", _("心脏疾病"), "problem-heart"),
        ("problem-vessel", _("血管疾病"), "problem-vessel"),
        ("problem-eye", _("眼部疾病"), "problem-eye"),
        ("problem-nerve", _("神经系统疾病"), "problem-other"),
        ("problem-other", _("其他系统疾病"), "problem-other"),
    )
    return tuple(choices(key, title, codes) for key, title, codes in several)


def history_fields() -> tuple[Field, ...]:
    """§ 住院治疗情况, 主要用药情况, 非免疫规划预防接种史; of the past year."""
    stays = (("hospital", _("住院史"), _("入院日期"), _("出院日期")),
             ("home-bed", _("家庭病床史"), _("建床日期"), _("撤床日期")))  # fmt: skip
    return (
        *(
            rows(
                key, title, MOST_STAYS,
                day("from", begun, required=True), day("to", ended),
                text("reason", _("原因"), required=True),
                text("institution", _("医疗机构名称")),
                text("number", _("病案号"), 30),
            )
            for key, title, begun, ended in stays
        ),
        rows(
            "drugs", _("主要用药情况"), MOST_DRUGS,
            text("name", _("药物名称"), required=True), text("usage", _("用法"), 50),
            text("dose", _("用量"), 50), text("since", _("用药时间"), 50),
            choice("adherence", _("服药依从性"), "adherence"),
        ),
        rows(
            "vaccines", _("非免疫规划预防接种史"), MOST_VACCINES,
            text("name", _("接种名称"), required=True), day("on", _("接种日期")),
            text("institution", _("接种机构")),
        ),
    )  # fmt: skip


def conclusion_fields() -> tuple[Field, ...]:
    """§ 健康评价, 健康指导, 危险因素控制."""
    abnormal = when("evaluation", "2")
    found = (_("异常1"), _("异常2"), _("异常3"), _("异常4"))
    return (
        choice("evaluation", _("健康评价"), "evaluation", words=""),
        *(
            text(key, title, 500, when=abnormal)
            for key, title in zip(ABNORMALITIES, found, strict=True)
        ),
        choices("guidance", _("健康指导"), "guidance"),
        choices("risk-control", _("危险因素控制"), "risk-control", words="6 7"),
        decimal("target-weight", _("减体重目标"), "kg", ("20", "200"),
                when=when("risk-control", "5")),
    )  # fmt: skip
