"""The batch table as a plain form: found, compared, saved row by row, nothing lost."""

from typing import Any

import pytest

from kernel.fhir import json
from tests.batch.typing import BATCH, CELLS, cells, fields_of, managed, row, send
from tests.cast import RESIDENTS
from tests.followups.sending import decided, enrolled
from tests.pages.browsing import audited, signed_in, words
from tests.support.house import FRESH_ON_SQLITE, ON_SQLITE, OpenHouse


def answers(house: OpenHouse, patient: str) -> list[dict[str, Any]]:
    found = house.client("gp1").search("QuestionnaireResponse", ("subject", f"Patient/{patient}"))
    return [one["resource"] for one in json.loads(found.content).get("entry", ())]


def test_rows_are_found_compared_and_saved_one_by_one(fresh_house: OpenHouse) -> None:
    managed(fresh_house, "li-na", "wang-xiaoming")
    doctor = signed_in(fresh_house, "gp1")
    empty = fields_of(doctor.get(BATCH))
    assert len({one for one in empty if one.endswith("-submission")}) == 8
    number = RESIDENTS["li-na"]["identifier"][0]["value"]
    sought = send(doctor, empty, row(0, sought=number[-4:]), row(1, sought="wxm"))
    text = words(sought)
    assert "李娜" in text
    assert "王小明" in text
    assert RESIDENTS["li-na"]["birthDate"] in text, "it is compared with the paper"
    assert answers(fresh_house, "li-na") == [], "nobody had looked at who it is"
    shown = fields_of(sought)
    assert shown["row-0-visit-date"] == "2026-11-16", "the head's day is every row's"
    wrong = {**CELLS, "systolic": "158", "diastolic": "160"}
    saved = send(doctor, shown, cells(0, {**CELLS, "systolic": "158", "diastolic": "96"}),
                 cells(1, wrong))  # fmt: skip
    assert saved.status_code == 422
    text = words(saved)
    assert "控制不满意" in text
    assert "下次随访 2026-11-30 前" in text
    assert "舒张压应低于收缩压" in text
    assert "已保存 1 行，待更正 1 行" in text
    (body,) = answers(fresh_house, "li-na")
    assert decided(fresh_house, str(body["id"])).outcome == "2"
    kept = fields_of(saved)
    assert kept["row-1-weight"] == "68", "everything that was typed stays"
    assert kept["row-1-submission"] == empty["row-1-submission"]
    assert "row-0-weight" not in kept
    again = send(doctor, kept, row(1, diastolic="96"))
    assert again.status_code == 200
    assert "已保存 2 行" in words(again)
    assert len(answers(fresh_house, "wang-xiaoming")) == 1
    assert len(answers(fresh_house, "li-na")) == 1
    told = [one["resource_id"] for one in audited(fresh_house, "create")]
    assert {"li-na", "wang-xiaoming"} <= set(told)


def test_what_is_sent_twice_is_one(fresh_house: OpenHouse) -> None:
    """The line dropped before the answer came: the row is sent again, also with another value."""
    managed(fresh_house, "li-na")
    doctor = signed_in(fresh_house, "gp1")
    shown = fields_of(send(doctor, fields_of(doctor.get(BATCH)), row(0, sought="李娜")))
    first = send(doctor, shown, cells(0, CELLS))
    assert "已保存 1 行" in words(first)
    second = send(doctor, shown, cells(0, CELLS))
    assert "已保存 1 行" in words(second)
    assert "之后的改动没有保存" not in words(second)
    changed = send(doctor, shown, cells(0, {**CELLS, "systolic": "150"}))
    assert "之后的改动没有保存" in words(changed)
    (body,) = answers(fresh_house, "li-na")
    assert body["meta"]["versionId"] == "1"


@FRESH_ON_SQLITE
def test_rare_values_are_asked_about(fresh_house: OpenHouse) -> None:
    managed(fresh_house, "li-na")
    doctor = signed_in(fresh_house, "gp1")
    shown = fields_of(send(doctor, fields_of(doctor.get(BATCH)), row(0, sought="李娜")))
    asked = send(doctor, shown, cells(0, {**CELLS, "weight": "140"}))
    assert asked.status_code == 422
    assert "体重 140 kg 少见" in words(asked)
    assert answers(fresh_house, "li-na") == []
    other = send(doctor, fields_of(asked), row(0, confirmed="yes", weight="141"))
    assert "体重 141 kg 少见" in words(other), "another value was not confirmed"
    assert "已保存 1 行" in words(send(doctor, fields_of(other), row(0, confirmed="yes")))


def test_the_last_follow_up_is_carried_over_and_marked(fresh_house: OpenHouse) -> None:
    managed(fresh_house, "li-na")
    doctor = signed_in(fresh_house, "gp1")
    drugs = "氨氯地平片 1次 5mg；缬沙坦 2次 80 mg"
    first = send(doctor, fields_of(doctor.get(BATCH)), row(0, sought="李娜"))
    send(doctor, fields_of(first), cells(0, {**CELLS, "visit-date": "2026.8.3", "drugs": drugs}))
    again = send(doctor, fields_of(doctor.get(BATCH)), row(0, sought="李娜"))
    found = fields_of(again)
    assert found["row-0-drugs"] == "氨氯地平片 1次 5mg；缬沙坦 2次 80mg"
    assert found["row-0-salt"] == "1"
    assert found["row-0-systolic"] == ""
    assert found["row-0-adr"] == ""
    assert "沿用上次 2026-08-03" in again.text
    assert {"drugs", "salt", "height"} <= set(found["row-0-carried"].split())
    earlier = send(
        doctor, {"visit-date": "2026-07-01"}, fields_of(doctor.get(BATCH)), row(0, sought="李娜")
    )
    assert fields_of(earlier)["row-0-salt"] == "", "a visit before it knows nothing of it"


def test_several_people_are_chosen_from(fresh_house: OpenHouse) -> None:
    managed(fresh_house, "li-na", "wang-xiaoming")
    house = fresh_house
    twin = {**RESIDENTS["li-na"], "birthDate": "1950-02-01"}
    del twin["identifier"]
    assert house.client("gp1").put("Patient/li-na-2", {**twin, "id": "li-na-2"}).status_code == 201
    enrolled(house, "li-na-2", "hypertension", "2026-01-05")
    doctor = signed_in(house, "gp1")
    several = send(doctor, fields_of(doctor.get(BATCH)), row(0, sought="李娜"))
    assert "1950-02-01" in words(several)
    assert "row-0-patient" not in fields_of(several), "nobody is chosen before somebody chose"
    one = send(doctor, fields_of(several), row(0, patient="li-na-2"))
    assert fields_of(one)["row-0-shown"] == "li-na-2"
    assert answers(house, "li-na-2") == []
    other = send(doctor, fields_of(one), row(0, sought="王小明"), cells(0, CELLS))
    assert fields_of(other)["row-0-shown"] == "wang-xiaoming", "another name is another person"
    assert answers(house, "li-na-2") == answers(house, "wang-xiaoming") == []


@ON_SQLITE
@pytest.mark.parametrize(
    ("sought", "told"),
    [
        ("赵磊", "没有找到居民"),
        ("nobody", "没有找到居民"),
        ("张伟", "不在“高血压患者健康管理”管理中"),
    ],
)
def test_others_are_not_found(house: OpenHouse, sought: str, told: str) -> None:
    doctor = signed_in(house, "gp1")
    answer = send(doctor, fields_of(doctor.get(BATCH)), row(0, sought=sought))
    assert answer.status_code == 422
    assert told in words(answer)
    assert "row-0-systolic" not in fields_of(answer)


def test_who_needs_no_enrolment_has_to_be_meant(house: OpenHouse) -> None:
    """The first service enrols who is 65, and nobody else."""
    doctor = signed_in(house, "gp1")
    doctor.get(BATCH)
    man = {"row-0-sought": "王小明"}
    old = send(doctor, man, {"programme": "elderly"})
    assert "不是“老年人健康管理”的对象" in words(old)
    assert "row-0-shown" not in fields_of(old) or not fields_of(old)["row-0-shown"]
    other = send(doctor, {"row-0-sought": "张伟"}, {"programme": "elderly"})
    assert fields_of(other)["row-0-shown"] == "zhang-wei"


def test_a_foreign_resident_is_refused_even_by_id(house: OpenHouse) -> None:
    enrolled_elsewhere = row(0, sought="x", found="x", patient="zhao-lei", shown="zhao-lei")
    doctor = signed_in(house, "gp1")
    answer = send(doctor, enrolled_elsewhere, cells(0, CELLS))
    assert "不在本机构管理" in words(answer)
    assert answer.status_code == 422


@ON_SQLITE
@pytest.mark.parametrize(
    ("key", "typed", "told"),
    [
        ("systolic", "abc", "收缩压：应为数字"),
        ("systolic", "400", "50～300"),
        ("salt", "9", "应为下列之一"),
        ("salt", "1、2", "只能选一项"),
        ("symptoms", "1、2", "选了“无症状”就不能再选其他项"),
        ("adr", "2", "请写明是什么"),
        ("adr-hard", "2", "只在“药物不良反应”选了"),
        ("drugs", "5mg", "每种依次写名称"),
        ("drugs", "甲 9次 5mg", "1～6"),
        ("visit-date", "2026-13-01", "月份应在1至12之间"),
        ("visit-date", "2026-11-24", "随访日期不能晚于今天"),
        ("visit-date", "2025-11-24", "这一天居民不在"),
        ("visit-mode", "", "请选择随访方式"),
        ("visit-class", "2", "请在“改变分类的理由”中写明"),
        ("next-date", "2026-11-01", "应晚于随访日期"),
    ],
)
def test_faults_stand_at_their_cells(house: OpenHouse, key: str, typed: str, told: str) -> None:
    if house.client("gp1").get("EpisodeOfCare/li-na-hypertension").status_code == 404:
        managed(house, "li-na")
    doctor = signed_in(house, "gp1")
    shown = fields_of(send(doctor, fields_of(doctor.get(BATCH)), row(0, sought="李娜")))
    answer = send(doctor, shown, cells(0, {**CELLS, key: typed}))
    assert answer.status_code == 422
    assert told in words(answer)
    assert f'id="field-row-0-{key}-error"' in answer.text or key == "visit-class"
    assert fields_of(answer)[f"row-0-{key}"] == typed
    assert answers(house, "li-na") == []


def test_a_referral_that_is_made_milder_is_audited(fresh_house: OpenHouse) -> None:
    managed(fresh_house, "li-na")
    doctor = signed_in(fresh_house, "gp1")
    shown = fields_of(send(doctor, fields_of(doctor.get(BATCH)), row(0, sought="李娜")))
    mild = {**CELLS, "systolic": "182", "action": "routine", "action-reason": "复测后下降"}
    asked = send(doctor, shown, cells(0, mild))
    assert "已保存 1 行" in words(send(doctor, fields_of(asked), row(0, confirmed="yes")))
    (told,) = [
        one["detail"]
        for one in audited(fresh_house, "create")
        if one["detail"] and "downgraded" in one["detail"]
    ]
    assert told["downgraded"]["proposed"] == "emergency"


def test_one_row_by_script(fresh_house: OpenHouse) -> None:
    managed(fresh_house, "li-na")
    doctor = signed_in(fresh_house, "gp1")
    doctor.get(BATCH)
    found = send(doctor, row(3, sought="李娜"), path=f"{BATCH}/row")
    assert found.status_code == 200
    assert found.text.lstrip().startswith("<tbody")
    saved = send(doctor, fields_of(found), cells(3, CELLS), path=f"{BATCH}/row")
    assert "控制满意" in words(saved)
    assert send(doctor, path=f"{BATCH}/row").status_code == 400


@ON_SQLITE
def test_the_head_is_checked(house: OpenHouse) -> None:
    doctor = signed_in(house, "gp1")
    shown = fields_of(doctor.get(BATCH))
    answer = send(doctor, {"visit-date": "2027-01-01"}, shown, {"visit-date": "2027-01-01"})
    assert answer.status_code == 422
    assert "随访日期不能晚于今天" in words(answer)
    assert doctor.get(f"{BATCH}?programme=nonsense").status_code == 400


@pytest.mark.parametrize("programme", ["diabetes", "elderly"])
def test_every_programme_has_its_table(house: OpenHouse, programme: str) -> None:
    doctor = signed_in(house, "gp1")
    assert doctor.get(f"{BATCH}?programme={programme}").status_code == 200
