"""Body mass index, waist, contradictions, classes and changes: every boundary (pure)."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from records.examinations.form import examination_form
from records.examinations.person import Person, age_in_year, person_of
from records.examinations.references import (
    REFERENCES,
    Reference,
    central_obesity,
    difference,
    evaluation,
    findings,
    judged,
    reference_for,
)
from records.examinations.results import ABNORMALITIES
from records.examinations.rules import (
    change,
    completed,
    contradictions,
    missing,
    self_care_class,
)

FORM = examination_form()
TODAY = date(2026, 11, 23)
MAN = Person("male", date(1958, 5, 6), 68)
WOMAN = Person("female", date(1958, 5, 6), 68)
CHILD = Person("male", date(2016, 5, 6), 10)


def numbers(**values: str) -> dict[str, Any]:
    """Values with Decimals; underscores stand for hyphens."""
    return {name.replace("_", "-"): Decimal(text) for name, text in values.items()}


@pytest.mark.parametrize(
    ("height", "weight", "index"),
    [
        ("170.0", "70.0", "24.22"),
        ("160", "47.4", "18.52"),
        ("100", "18.495", "18.50"),
        ("200", "96.02", "24.01"),
        ("200", "96.01", "24.00"),
        ("165", "76.23", "28.00"),
    ],
)
def test_the_body_mass_index_has_two_decimals_rounded_half_up(
    height: str, weight: str, index: str
) -> None:
    found = completed(numbers(height=height, weight=weight))
    assert found["bmi"] == Decimal(index)
    assert str(found["bmi"]) == index
    assert "bmi" not in completed(numbers(height=height))


@pytest.mark.parametrize(
    ("index", "said"),
    [("18.49", "偏瘦"), ("18.50", ""), ("23.99", ""), ("24.00", "超重"), ("27.99", "超重"),
     ("28.00", "肥胖")],
)  # fmt: skip
def test_classes_of_the_body_mass_index(index: str, said: str) -> None:
    texts = [one.text for one in findings(FORM, {"bmi": Decimal(index)}, MAN)]
    assert texts == ([f"体质指数 {index} kg/m²，{said}"] if said else [])
    assert findings(FORM, {"bmi": Decimal(index)}, CHILD) == []


@pytest.mark.parametrize(
    ("person", "waist", "central"),
    [(MAN, "89.9", False), (MAN, "90.0", True), (WOMAN, "84.9", False), (WOMAN, "85.0", True),
     (CHILD, "95.0", False), (Person("unknown", None, 50), "95.0", False)],
)  # fmt: skip
def test_central_obesity(person: Person, waist: str, central: bool) -> None:
    assert bool(central_obesity(numbers(waist=waist), person)) == central


@pytest.mark.parametrize(
    ("left", "right", "apart", "told"),
    [
        ((130, 80), (111, 80), 19, False),
        ((130, 80), (110, 80), 20, True),
        ((110, 60), (110, 80), 20, True),
        ((110, 80), (150, 85), 40, True),
    ],
)
def test_arms_that_differ(
    left: tuple[int, int], right: tuple[int, int], apart: int, told: bool
) -> None:
    values = {
        "systolic-left": left[0], "diastolic-left": left[1],
        "systolic-right": right[0], "diastolic-right": right[1],
    }  # fmt: skip
    assert difference(values) == apart
    texts = " ".join(one.text for one in findings(FORM, values, MAN))
    assert (f"左右两侧血压相差 {apart} mmHg" in texts) == told


@pytest.mark.parametrize(
    ("pressure", "told"),
    [((139, 89), ""), ((140, 89), "高于 90～139/60～89"), ((139, 90), "高于 90～139/60～89"),
     ((90, 60), ""), ((89, 60), "低于 90～139/60～89"), ((90, 59), "低于 90～139/60～89")],
)  # fmt: skip
def test_blood_pressure_is_judged(pressure: tuple[int, int], told: str) -> None:
    values = {"systolic-left": pressure[0], "diastolic-left": pressure[1]}
    texts = [one.text for one in findings(FORM, values, MAN)]
    said = f"左侧血压 {pressure[0]}/{pressure[1]} mmHg，{told}"
    assert texts == ([said] if told else [])


@pytest.mark.parametrize(
    ("score", "code"),
    [(0, "1"), (3, "1"), (4, "2"), (7, "2"), (8, "2"), (9, "3"), (11, "3"), (15, "3"), (18, "3"),
     (19, "4"), (37, "4")],
)  # fmt: skip
def test_classes_of_self_care(score: int, code: str) -> None:
    assert self_care_class(score) == code
    assert completed({"self-care-score": score})["self-care"] == code
    assert completed({"self-care-score": score, "self-care": "9"})["self-care"] == "9"


@pytest.mark.parametrize(
    ("values", "field", "told"),
    [
        ({"exam-date": date(2026, 11, 24)}, "exam-date", "不能晚于今天 2026-11-23"),
        ({"exam-date": date(1958, 5, 5)}, "exam-date", "早于出生日期 1958-05-06"),
        ({"systolic-left": 120, "diastolic-left": 120}, "diastolic-left", "应低于收缩压 120"),
        ({"systolic-right": 120, "diastolic-right": 121}, "diastolic-right", "右侧舒张压 121"),
        ({"systolic-left": 120}, "diastolic-left", "请一并填写左侧舒张压"),
        ({"diastolic-right": 80}, "systolic-right", "请一并填写右侧收缩压"),
        ({"bmi": Decimal("80.01")}, "weight", "超出可能的范围 8～80"),
        ({"bmi": Decimal("7.99")}, "weight", "超出可能的范围 8～80"),
        (numbers(bilirubin_total="10", bilirubin_direct="10.1"), "bilirubin-direct", "不能高于"),
        ({"smoking-start": 30, "smoking-quit": 29}, "smoking-quit", "不能小于开始吸烟年龄 30"),
        ({"smoking-start": 69}, "smoking-start", "大于体检时的年龄 68"),
        ({"smoking-quit": 69}, "smoking-quit", "大于体检时的年龄 68"),
        ({"alcohol-start": 30, "alcohol-quit-age": 29}, "alcohol-quit-age", "不能小于"),
        ({"self-care-score": 4, "self-care": "1"}, "self-care", "总分 4 分属于“轻度依赖”"),
        ({"breast": ("1",)}, "breast", "妇女的检查项目"),
        (numbers(weight="70", target_weight="70"), "target-weight", "应低于现体重 70 kg"),
        ({"exam-date": TODAY, "hospital": ({"from": date(2026, 11, 24)},)}, "hospital-0-from",
         "晚于体检日期"),
        ({"exam-date": TODAY, "home-bed": ({"from": TODAY, "to": date(2026, 1, 1)},)},
         "home-bed-0-to", "撤床日期 2026-01-01 早于建床日期"),
    ],
)  # fmt: skip
def test_what_cannot_be_true_together(values: dict[str, Any], field: str, told: str) -> None:
    found = contradictions(values, MAN, TODAY)
    assert list(found) == [field]
    assert told in found[field]


@pytest.mark.parametrize(
    "values",
    [
        {"exam-date": TODAY}, {"exam-date": date(1958, 5, 6)},
        {"systolic-left": 120, "diastolic-left": 119},
        {"bmi": Decimal("8.00")}, {"bmi": Decimal("80.00")},
        numbers(bilirubin_total="10", bilirubin_direct="10.0"),
        {"smoking-start": 30, "smoking-quit": 30}, {"smoking-start": 68, "smoking-quit": 68},
        {"self-care-score": 4, "self-care": "2"},
        numbers(weight="70", target_weight="69.9"),
    ],
)  # fmt: skip
def test_limits_that_are_allowed(values: dict[str, Any]) -> None:
    assert contradictions(values, MAN, TODAY) == {}


def test_women_are_examined_as_women() -> None:
    assert contradictions({"breast": ("1",), "vulva": "1"}, WOMAN, TODAY) == {}


def test_what_an_examination_still_needs() -> None:
    assert list(missing({})) == ["symptoms", "evaluation"]
    assert list(missing({"symptoms": ("1",), "evaluation": "2"})) == ["abnormal-1"]
    done: dict[str, Any] = {"symptoms": ("1",), "evaluation": "2", "abnormal-1": "血压偏高"}
    assert missing(done) == {}


def test_a_finding_says_value_unit_and_range() -> None:
    (found,) = findings(FORM, numbers(glucose="7.2"), MAN)
    assert (found.key, found.text) == ("glucose", "空腹血糖 7.2 mmol/L，高于 3.9～6.1")
    assert findings(FORM, numbers(glucose="6.10"), MAN) == []
    (low,) = findings(FORM, numbers(glucose="3.89"), MAN)
    assert low.text == "空腹血糖 3.89 mmol/L，低于 3.9～6.1"


@pytest.mark.parametrize("reference", REFERENCES, ids=lambda one: f"{one.key}-{one.sex}")
def test_every_range_counts_its_limits_as_normal(reference: Reference) -> None:
    tiny = Decimal("0.01")
    field = FORM.field(reference.key)
    assert field.hard is not None
    assert reference.source
    if reference.low:
        assert judged(Decimal(reference.low), reference) == ""
        assert judged(Decimal(reference.low) - tiny, reference).startswith("低于")
        assert field.hard[0] < Decimal(reference.low) < field.hard[1]
    if reference.high:
        at_limit = judged(Decimal(reference.high), reference)
        assert at_limit.startswith("达到") if reference.below else not at_limit
        assert judged(Decimal(reference.high) + tiny, reference).startswith("高于")
        assert field.hard[0] < Decimal(reference.high) < field.hard[1]


def test_every_age_and_sex_has_one_range_at_most() -> None:
    for key in {one.key for one in REFERENCES}:
        for sex in ("male", "female"):
            for age in range(111):
                fitting = [
                    one for one in REFERENCES
                    if one.key == key and one.sex in ("", sex) and one.ages[0] <= age < one.ages[1]
                ]  # fmt: skip
                assert len(fitting) <= 1, (key, sex, age)
                assert len(fitting) == 1 or age < 18, (key, sex, age)
                assert reference_for(key, Person(sex, None, age)) == next(iter(fitting), None)
    assert reference_for("creatinine", Person("male", None, None)) is None
    assert reference_for("creatinine", Person("unknown", None, 50)) is None


def test_only_what_the_domain_has_needs_no_confirmation() -> None:
    assert [one.key for one in REFERENCES if not one.confirm] == ["glucose"]


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ({"ecg": "2", "ecg.2": "ST-T改变"}, ["心电图：异常（ST-T改变）"]),
        ({"ecg": "1"}, []),
        ({"dorsalis": "2"}, []),
        ({"dorsalis": "1"}, ["足背动脉搏动：未触及"]),
        ({"urine-protein": "±"}, []),
        ({"urine-protein": "+"}, ["尿蛋白：+"]),
        ({"teeth": ("2", "4")}, ["齿列：缺齿、义齿（假牙）"]),
        ({"problem-brain": ("1",)}, []),
        ({"symptoms": ("2",), "smoking": "3"}, []),
    ],
)
def test_codes_are_judged(values: dict[str, Any], told: list[str]) -> None:
    assert [one.text for one in findings(FORM, values, MAN)] == told


def test_the_evaluation_follows_from_the_values() -> None:
    assert evaluation(FORM, {"ecg": "1"}, MAN) == {"evaluation": "1"}
    one = evaluation(FORM, numbers(glucose="7.2"), MAN)
    assert one == {"evaluation": "2", "abnormal-1": "空腹血糖 7.2 mmol/L，高于 3.9～6.1"}
    many = {
        **numbers(glucose="7.2", waist="95"),
        "lip": "2",
        "skin": "3",
        "ecg": "2",
        "ecg.2": "早搏",
        "problem-eye": ("4",),
    }
    found = evaluation(FORM, many, MAN)
    assert found == {
        "evaluation": "2",
        "abnormal-1": "腰围 95 cm，腹型肥胖（男≥90）",
        "abnormal-2": "口唇：苍白；皮肤：苍白",
        "abnormal-3": "空腹血糖 7.2 mmol/L，高于 3.9～6.1；心电图：异常（早搏）",
        "abnormal-4": "眼部疾病：白内障",
    }


def test_however_much_is_abnormal_it_fits_into_the_form() -> None:
    texts = {field.key: "2" for field in FORM.fields if field.options}
    words = {f"{key}.{n}": "很长的说明" * 40 for key in texts for n in "2567"}
    values: dict[str, Any] = {**texts, **words}
    for field in FORM.fields:
        if field.key in texts and field.kind.name == "CHOICES":
            values[field.key] = ("2",)
        if field.key.startswith("urine") and field.options:
            values[field.key] = "++++"
    found = evaluation(FORM, values, WOMAN)
    for key in ABNORMALITIES[1:]:
        assert 0 < len(str(found[key])) <= FORM.field(key).most, key
    assert "等共" in str(found["abnormal-3"])


@pytest.mark.parametrize(
    ("now", "before", "text"),
    [
        (Decimal("7.2"), Decimal("6.60"), "↑0.60 升高"),
        (Decimal("70.0"), Decimal("72.5"), "↓2.5 降低"),
        (76, 76, "→持平"),
        (Decimal("70.0"), Decimal("70"), "→持平"),
    ],
)
def test_changes_have_a_sign_and_a_word(now: Any, before: Any, text: str) -> None:
    found = change(now, before)
    assert found is not None
    assert found.text == text


def test_there_is_no_change_without_two_numbers() -> None:
    assert change(None, 1) is None
    assert change(1, None) is None
    assert change("2", "1") is None


def test_who_turns_65_this_year_counts_as_elderly() -> None:
    body = {"gender": "female", "birthDate": "1961-12-31"}
    person = person_of(body, date(2026, 1, 1))
    assert (person.age, age_in_year(person, 2026), age_in_year(person, 2025)) == (64, 65, 64)
    assert age_in_year(person_of({"birthDate": "1961"}, TODAY), 2026) is None
