"""健康体检 on pages: entered, refused, corrected, taken back, compared, printed."""

from decimal import Decimal
from typing import Any

import pytest

from tests.examinations.entry import (
    NEW,
    entered,
    resource,
    resources,
    send,
)
from tests.pages.browsing import audited, signed_in, words
from tests.support.house import FRESH_ON_SQLITE, ON_SQLITE, OpenHouse


def derived(house: OpenHouse, id_: str) -> dict[str, dict[str, Any]]:
    """The Observations of an examination by the key of their field."""
    found = resources(house, "Observation", patient="li-na")
    mine = [body for body in found if body["id"].startswith(f"{id_}-")]
    return {body["id"].removeprefix(f"{id_}-"): body for body in mine}


def test_an_examination_from_the_form_to_the_observations(fresh_house: OpenHouse) -> None:
    house = fresh_house
    doctor = signed_in(house, "gp1")
    assert "还没有体检记录" in words(doctor.get("/residents/li-na/examinations"))
    assert "未体检" in words(doctor.get("/residents/li-na"))
    id_ = entered(doctor)
    body = resource(house, f"QuestionnaireResponse/{id_}")
    assert (body["status"], body["authored"]) == ("completed", "2026-11-23")
    assert body["questionnaire"].endswith("/Questionnaire/health-examination|2017")
    visit = resource(house, body["encounter"]["reference"])
    assert (visit["status"], visit["type"][0]["text"]) == ("finished", "健康体检")
    found = derived(house, id_)
    assert sorted(found) == [
        "bmi", "ecg", "glucose", "height", "pulse", "respiration", "smoking", "systolic-left",
        "systolic-right", "temperature", "urine-protein", "waist", "weight",
    ]  # fmt: skip
    left = found["systolic-left"]
    assert [part["valueQuantity"]["value"] for part in left["component"]] == [152, 96]
    assert left["bodySite"]["coding"][0]["code"] == "left-arm"
    assert found["glucose"]["category"][0]["coding"][0]["code"] == "laboratory"
    assert found["ecg"]["valueCodeableConcept"]["text"] == "异常：ST-T改变"
    assert str(found["bmi"]["valueQuantity"]["value"]) == "24.22"
    assert found["weight"]["derivedFrom"] == [{"reference": f"QuestionnaireResponse/{id_}"}]
    shown = words(doctor.get(f"/examinations/{id_}"))
    for text in (
        "头痛、头晕", "152 mmHg", "24.22 kg/m²", "异常（ST-T改变）", "血压、血糖偏高",
        "空腹血糖 7.2 mmol/L，高于 3.9～6.1", "腰围 86.5 cm，腹型肥胖（女≥85）", "已完成",
    ):  # fmt: skip
        assert text in shown, text
    assert "已体检" in words(doctor.get("/residents/li-na"))
    assert "血压、血糖偏高" in words(doctor.get("/residents/li-na/examinations"))


@ON_SQLITE
@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"exam-date": "2026-11-24"}, "体检日期 2026-11-24 还没有到，不能晚于今天 2026-11-23"),
        ({"exam-date": ""}, "请填写体检日期。"),
        ({"exam-date": "昨天"}, "体检日期：日期应写成"),
        ({"diastolic-left": "152"}, "左侧舒张压 152 应低于收缩压 152 mmHg"),
        ({"diastolic-right": ""}, "请一并填写右侧舒张压"),
        ({"weight": "700"}, "体重：超出可能的范围，应在 1～300 kg 之间"),
        ({"ecg.2": ""}, "心电图：选了“异常”请写明是什么"),
        ({"symptoms": ["1", "2"]}, "症状：选了“无症状”就不能再选其他项"),
        ({"symptoms": None}, "请选择症状，再完成体检"),
        ({"abnormal-1": ""}, "有异常时请写明是什么异常"),
        ({"bilirubin-total": "5", "bilirubin-direct": "6"}, "结合胆红素 6 不能高于总胆红素 5"),
        ({"smoking": "2", "smoking-start": "30", "smoking-quit": "20"}, "戒烟年龄 20 岁不能小于"),
        ({"drugs-0-dose": "5mg"}, "请填写药物名称。"),
        ({"doctor": "somebody"}, "请选择责任医生"),
    ],
)
def test_what_is_refused_keeps_what_was_typed(
    house: OpenHouse, changes: dict[str, Any], told: str
) -> None:
    doctor = signed_in(house, "gp1")
    answer = send(doctor, NEW, **changes)
    assert answer.status_code == 422
    shown = words(answer)
    assert told in shown
    assert "未保存" in shown
    assert 'value="170.0"' in answer.text
    assert 'value="ST-T改变"' in answer.text or "ecg.2" in changes
    assert resources(house, "QuestionnaireResponse", patient="li-na") == []


@FRESH_ON_SQLITE
def test_the_program_proposes_the_evaluation_and_the_doctor_decides(
    fresh_house: OpenHouse,
) -> None:
    house = fresh_house
    doctor = signed_in(house, "gp1")
    nothing: dict[str, Any] = {"evaluation": None, "abnormal-1": None}
    asked = send(doctor, NEW, "complete", **nothing)
    assert asked.status_code == 422
    assert "已按检查结果填写健康评价" in words(asked)
    assert "空腹血糖 7.2 mmol/L，高于 3.9～6.1" in asked.text
    proposed = send(doctor, NEW, "evaluate", **nothing)
    assert proposed.status_code == 200
    assert "左侧血压 152/96 mmHg，高于 90～139/60～89" in proposed.text
    assert resources(house, "QuestionnaireResponse", patient="li-na") == []
    id_ = entered(doctor, **{**nothing, "evaluation": "1"})
    assert "体检无异常" in words(doctor.get(f"/examinations/{id_}"))


@FRESH_ON_SQLITE
def test_a_rare_value_is_asked_about_once(fresh_house: OpenHouse) -> None:
    doctor = signed_in(fresh_house, "gp1")
    asked = send(doctor, NEW, weight="140.0")
    assert asked.status_code == 422
    assert "体重 140.0 kg 少见（通常 35～130）" in words(asked)
    other = send(doctor, NEW, weight="141.0", confirmed="yes", doubted="weight=140.0")
    assert other.status_code == 422
    id_ = entered(doctor, weight="140.0", confirmed="yes", doubted="weight=140.0")
    assert "140.0 kg" in words(doctor.get(f"/examinations/{id_}"))


def test_a_draft_counts_for_nothing_until_it_is_finished(fresh_house: OpenHouse) -> None:
    house = fresh_house
    nurse, doctor = signed_in(house, "nurse1"), signed_in(house, "gp1")
    answer = send(nurse, NEW, "keep", symptoms=None, evaluation=None, **{"abnormal-1": None})
    assert answer.status_code == 303, words(answer)
    address = answer.headers["location"]
    id_ = address.removeprefix("/examinations/")
    assert resource(house, f"QuestionnaireResponse/{id_}")["status"] == "in-progress"
    assert derived(house, id_) == {}
    assert resources(house, "Encounter", patient="li-na", date="2026-11-23") == []
    assert "继续填写" in words(doctor.get("/residents/li-na/examinations"))
    assert entered(doctor, f"{address}/edit") == id_
    assert resource(house, f"QuestionnaireResponse/{id_}")["status"] == "completed"
    assert derived(house, id_)["weight"]["valueQuantity"]["code"] == "kg"


def test_sending_a_form_twice_creates_one(fresh_house: OpenHouse) -> None:
    house = fresh_house
    doctor = signed_in(house, "gp1")
    id_ = entered(doctor)
    assert entered(doctor, submission=id_) == id_
    assert len(resources(house, "QuestionnaireResponse", patient="li-na")) == 1
    assert resource(house, f"QuestionnaireResponse/{id_}")["meta"]["versionId"] == "1"


def test_a_correction_changes_the_same_observations_and_keeps_the_old_version(
    fresh_house: OpenHouse,
) -> None:
    house = fresh_house
    doctor = signed_in(house, "gp1")
    id_ = entered(doctor)
    edit = f"/examinations/{id_}/edit"
    assert send(doctor, edit, weight="71.5").status_code == 422
    assert "请写明更正原因" in words(send(doctor, edit, weight="71.5"))
    entered(doctor, edit, weight="71.5", glucose=None, reason="体重录错")
    body = resource(house, f"QuestionnaireResponse/{id_}")
    assert (body["status"], body["meta"]["versionId"]) == ("amended", "2")
    found = derived(house, id_)
    weight = found["weight"]
    assert (weight["status"], weight["meta"]["versionId"]) == ("final", "2")
    assert str(weight["valueQuantity"]["value"]) == "71.5"
    assert found["glucose"]["status"] == "entered-in-error"
    assert found["bmi"]["meta"]["versionId"] == "2"
    assert found["pulse"]["meta"]["versionId"] == "1"
    shown = words(doctor.get(f"/examinations/{id_}"))
    assert "体重录错" in shown
    assert "第 1 版" in shown
    old = words(doctor.get(f"/examinations/{id_}/versions/1"))
    assert "这是更正前的版本" in old
    assert "70.0 kg" in old
    assert "71.5 kg" in shown
    entered(doctor, edit, weight="71.5", glucose=None, reason="体重录错")  # sent twice
    assert resource(house, f"QuestionnaireResponse/{id_}")["meta"]["versionId"] == "2"


def test_two_who_correct_at_once_are_told(fresh_house: OpenHouse) -> None:
    house = fresh_house
    doctor = signed_in(house, "gp1")
    id_ = entered(doctor)
    edit = f"/examinations/{id_}/edit"
    entered(doctor, edit, weight="71.5", reason="体重录错")
    late = send(doctor, edit, weight="72.5", reason="体重录错", seen="1")
    assert late.status_code == 422
    assert "在您填写期间被别人保存过" in words(late)
    assert 'value="72.5"' in late.text


def test_an_examination_is_taken_back_with_all_that_followed(fresh_house: OpenHouse) -> None:
    house = fresh_house
    doctor = signed_in(house, "gp1")
    id_ = entered(doctor)
    doctor.get(f"/examinations/{id_}")
    for reason in ("", "错", "错" * 201):
        refused = doctor.post(f"/examinations/{id_}/cancel", {"reason": reason})
        assert refused.status_code == 422, reason
        assert "请写明作废原因，2 至 200 个字" in words(refused)
        assert 'id="field-reason-error"' in refused.text
        assert f'value="{reason}"' in refused.text
        assert '<details class="confirm" open>' in refused.text
        assert "152 mmHg" in words(refused), "the page of the examination"
    assert resource(house, f"QuestionnaireResponse/{id_}")["status"] == "completed"
    answer = doctor.post(f"/examinations/{id_}/cancel", {"reason": "录到了别人名下"})
    assert answer.status_code == 303
    body = resource(house, f"QuestionnaireResponse/{id_}")
    assert body["status"] == "entered-in-error"
    assert resource(house, body["encounter"]["reference"])["status"] == "entered-in-error"
    assert {one["status"] for one in derived(house, id_).values()} == {"entered-in-error"}
    shown = words(doctor.get("/residents/li-na/examinations"))
    assert "已作废" in shown
    assert "录到了别人名下" in shown
    assert "最近三次比较" not in shown
    assert "未体检" in words(doctor.get("/residents/li-na"))
    assert doctor.get(f"/examinations/{id_}/edit").status_code == 400
    assert "152 mmHg" in words(doctor.get(f"/examinations/{id_}"))


def test_the_last_three_stand_beside_each_other(fresh_house: OpenHouse) -> None:
    doctor = signed_in(fresh_house, "gp1")
    for year, weight in ((2023, "66.0"), (2024, "68.0"), (2025, "72.0"), (2026, "70.0")):
        entered(doctor, **{"exam-date": f"{year}-10-12", "weight": weight})
    shown = words(doctor.get("/residents/li-na/examinations"))
    table = shown[shown.index("最近三次比较") :]
    assert "2023-10-12" not in table
    row = table[table.index(" 体重 ") : table.index(" 腰围 ")]
    assert row.split() == [
        "体重", "68.0", "kg", "72.0", "kg", "↑4.0", "升高", "70.0", "kg", "↓2.0", "降低",
    ]  # fmt: skip


@FRESH_ON_SQLITE
def test_history_is_copied_and_measurements_never(fresh_house: OpenHouse) -> None:
    house = fresh_house
    doctor = signed_in(house, "gp1")
    history = {"smoking": "3", "smoking-daily": "10", "smoking-start": "20", "problem-eye": "4"}
    entered(doctor, **{"exam-date": "2025-10-12", **history})
    shown = doctor.get(NEW)
    assert "已带入 上次体检" in words(shown)
    for text in (
        'name="height" type="text" class="size-xs" value="170.0"',
        'name="smoking-daily" type="text" class="size-xs" value="10"',
        'name="weight" type="text" class="size-xs" value=""',
        'name="glucose" type="text" class="size-xs" value=""',
        'name="exam-date" type="text" class="size-s" value="2026-11-23"',
    ):
        assert text in shown.text, text
    assert 'name="evaluation" value="2" id="field-evaluation-2" checked' not in shown.text


def test_what_a_visit_measured_today_is_not_typed_again(fresh_house: OpenHouse) -> None:
    house = fresh_house
    doctor = signed_in(house, "gp1")
    shown = doctor.get("/residents/li-na/visits/new")
    sent = shown.text.partition('name="submission" value="')[2].partition('"')[0]
    doctor.post("/residents/li-na/visits/new", {"submission": sent, "do": "wait"})
    (visit,) = resources(house, "Encounter", patient="li-na", status="arrived")
    nurse = signed_in(house, "nurse1")
    nurse.get(f"/visits/{visit['id']}")
    vitals = {
        "left_systolic": "148", "left_diastolic": "92", "right_systolic": "144",
        "right_diastolic": "90", "weight": "68.5", "fasting": "6.1",
    }  # fmt: skip
    assert nurse.post(f"/visits/{visit['id']}/vitals", vitals).status_code == 303
    fresh = doctor.get(NEW)
    told = words(fresh).replace(" ", "")
    assert "已带入今日就诊的测量：左侧收缩压、左侧舒张压" in told
    for name, value in (
        ("systolic-left", "148"), ("diastolic-left", "92"), ("systolic-right", "144"),
        ("diastolic-right", "90"), ("weight", "68.5"), ("glucose", ""), ("heart-rate", ""),
    ):  # fmt: skip
        assert f'name="{name}" type="text" class="size-xs" value="{value}"' in fresh.text, name


@ON_SQLITE
def test_a_man_and_the_young_are_not_asked_what_does_not_concern_them(house: OpenHouse) -> None:
    doctor = signed_in(house, "gp1")
    woman = doctor.get(NEW).text
    man = doctor.get("/residents/wang-xiaoming/examinations/new").text
    assert 'name="vulva"' in woman
    assert 'name="vulva"' not in man
    assert 'name="self-health"' not in man


@FRESH_ON_SQLITE
def test_the_paper_has_every_answer_with_its_number(fresh_house: OpenHouse) -> None:
    house = fresh_house
    doctor = signed_in(house, "gp1")
    id_ = entered(doctor)
    paper = words(doctor.get(f"/examinations/{id_}/print"))
    for text in (
        "健康体检表", "李娜", "2 头痛", "2 / 3 / /", "左侧收缩压 152 mmHg", "体质指数 24.22 kg/m²",
        "心电图* 1 正常 2 异常", "ST-T改变", "责任医生： 于海宁", "医生签名", "血压、血糖偏高",
    ):  # fmt: skip
        assert text in paper, text
    (row,) = audited(house, "print")
    assert row["patient_id"] == "li-na"


@FRESH_ON_SQLITE
@pytest.mark.parametrize(
    ("who", "reads", "writes"),
    [("gp1", 200, 200), ("nurse1", 200, 200), ("head1", 200, 403), ("centre1", 200, 403),
     ("gp2", 404, 404), ("sysadmin", 403, 403), ("auditor", 403, 403), ("bureau", 403, 403)],
)  # fmt: skip
def test_who_may_see_and_enter(fresh_house: OpenHouse, who: str, reads: int, writes: int) -> None:
    house = fresh_house
    id_ = entered(signed_in(house, "gp1"))
    visitor = signed_in(house, who)
    shown = (
        "/residents/li-na/examinations", f"/examinations/{id_}", f"/examinations/{id_}/print",
        f"/examinations/{id_}/versions/1",
    )  # fmt: skip
    assert {visitor.get(address).status_code for address in shown} == {reads}
    entering = (NEW, f"/examinations/{id_}/edit")
    assert {visitor.get(address).status_code for address in entering} == {writes}
    if writes != 200:
        visitor.get("/account/password")
        refused = visitor.post(f"/examinations/{id_}/cancel", {"reason": "试一试"})
        assert refused.status_code == writes
        assert visitor.post(NEW, {"do": "keep"}).status_code == writes


@ON_SQLITE
def test_other_answers_are_no_examinations(house: OpenHouse) -> None:
    doctor = signed_in(house, "gp1")
    other = {
        "resourceType": "QuestionnaireResponse", "id": "other-answer", "status": "completed",
        "questionnaire": "http://example.org/other", "subject": {"reference": "Patient/li-na"},
    }  # fmt: skip
    assert house.client("gp1").put("QuestionnaireResponse/other-answer", other).status_code == 201
    assert doctor.get("/examinations/other-answer").status_code == 404
    assert doctor.get("/examinations/nothing").status_code == 404


@FRESH_ON_SQLITE
def test_a_version_that_is_no_number_is_not_found(fresh_house: OpenHouse) -> None:
    doctor = signed_in(fresh_house, "gp1")
    id_ = entered(doctor)
    for number in ("9", "x", "1" * 30):
        assert doctor.get(f"/examinations/{id_}/versions/{number}").status_code == 404


@FRESH_ON_SQLITE
def test_a_closed_file_gets_no_examination(fresh_house: OpenHouse) -> None:
    house = fresh_house
    doctor = signed_in(house, "gp1")
    shown = doctor.get(NEW)
    body = resource(house, "Patient/li-na")
    house.save({**body, "deceasedDateTime": "2026-11-20"})
    assert shown.status_code == 200
    answer = send(doctor, NEW)
    assert answer.status_code == 422
    assert "档案已结案，不能录入体检" in words(answer)


def test_the_visit_of_an_examination_leads_to_it(fresh_house: OpenHouse) -> None:
    doctor = signed_in(fresh_house, "gp1")
    id_ = entered(doctor)
    assert f'href="/examinations/{id_}"' in doctor.get("/visits").text
    assert doctor.get(f"/visits/{id_}-visit").headers["location"] == f"/examinations/{id_}"
    assert doctor.get(f"/visits/{id_}-visit/print").status_code == 200
    assert "健康体检" in words(doctor.get("/residents/li-na/visits"))


def test_who_was_examined_this_year_is_not_reminded(fresh_house: OpenHouse) -> None:
    doctor = signed_in(fresh_house, "gp1")
    registration = "/residents/li-na/visits/new"
    reminder = "今年还没有做健康体检"
    assert reminder in words(doctor.get(registration))
    entered(doctor, **{"exam-date": "2025-12-31"})
    assert reminder in words(doctor.get(registration))
    entered(doctor)
    assert reminder not in words(doctor.get(registration))


def test_a_draft_of_today_takes_what_a_visit_measures_meanwhile(fresh_house: OpenHouse) -> None:
    house = fresh_house
    nurse = signed_in(house, "nurse1")
    open_fields = dict.fromkeys(("weight", "symptoms", "evaluation", "abnormal-1"))
    address = send(nurse, NEW, "keep", **open_fields).headers["location"]
    house.save(
        {
            "resourceType": "Observation", "id": "scales", "status": "final",
            "code": {"coding": [{"system": "http://loinc.org", "code": "29463-7"}]},
            "subject": {"reference": "Patient/li-na"},
            "effectiveDateTime": "2026-11-23T09:30:00+08:00",
            "valueQuantity": {"value": Decimal("68.5"), "unit": "kg", "code": "kg",
                              "system": "http://unitsofmeasure.org"},
        }
    )  # fmt: skip
    shown = signed_in(house, "gp1").get(f"{address}/edit")
    assert 'name="weight" type="text" class="size-xs" value="68.5"' in shown.text
    assert 'name="pulse" type="text" class="size-xs" value="76"' in shown.text
    assert "今日就诊的测量 ：体重" in words(shown).replace("： ", "：") or "体重。请逐项" in words(
        shown
    )
