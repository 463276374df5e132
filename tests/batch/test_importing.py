"""A list of follow-ups on its way in: checked, confirmed, saved line by line, taken back."""

import io
import re
from collections.abc import Mapping
from datetime import date
from time import process_time
from typing import Any

import openpyxl
import pytest

from health.batch.lists import headings_of
from health.batch.taking import PORTION
from health.programmes import programme_of
from kernel.fhir import json
from records.exchange.uploads import read_upload
from tests.batch.workbooks import (
    LISTS,
    book,
    confirmed,
    residents,
    sent,
    uploaded,
    worked_off,
)
from tests.cast import RESIDENTS
from tests.exchange.lists import workbook
from tests.followups.sending import decided, follow_up, put, stored
from tests.pages.browsing import audited, signed_in, words
from tests.support.house import OpenHouse

WHO = ("姓名", "证件号码")
VISIT: dict[str, Any] = {
    "随访日期": "2026-11-16", "随访方式": "门诊", "收缩压（mmHg）": 128, "舒张压（mmHg）": 78,
    "心率（次/分）": 72, "体重（kg）": 68.5, "身高（cm）": 170, "症状": "1 无症状",
    "日吸烟量": "0支/天", "日饮酒量": 0, "运动次数": 5, "每次运动时间": 30, "摄盐情况": "轻",
    "心理调整": "1", "遵医行为": "良好", "服药依从性": "规律", "药物不良反应": "无",
    "用药情况": "氨氯地平片 1次 5mg；缬沙坦 1次 80mg",
}  # fmt: skip


def line(who: tuple[str, str], **changes: Any) -> dict[str, Any]:
    return {**dict(zip(WHO, who, strict=True)), **VISIT, **changes}


def answers(house: OpenHouse, patient: str) -> list[dict[str, Any]]:
    found = house.client("gp1").search("QuestionnaireResponse", ("subject", f"Patient/{patient}"))
    return [one["resource"] for one in json.loads(found.content).get("entry", ())]


def valid(house: OpenHouse, patient: str) -> list[str]:
    return [str(b["id"]) for b in answers(house, patient) if b["status"] != "entered-in-error"]


def test_a_whole_list_is_checked_taken_in_and_taken_back(fresh_house: OpenHouse) -> None:
    house = fresh_house
    people = residents(house, 4, "hypertension")
    doctor = signed_in(house, "gp1")
    rows = [
        line(people[0]),
        line(people[1], **{"收缩压（mmHg）": 158, "随访日期": date(2026, 11, 16)}),
        line(people[1], **{"收缩压（mmHg）": 152, "随访日期": "20261102"}),
        line(people[2], 随访日期=46342, 随访方式="2"),
    ]
    address = uploaded(doctor, book(rows))
    text = words(doctor.get(address))
    assert "无误 4 有错误 0" in text
    assert "控制满意 2" in text
    assert answers(house, "batch-0") == [], "something was stored before it was confirmed"
    assert confirmed(doctor, address).status_code == 303
    worked_off(house)
    text = words(doctor.get(address))
    assert "4 / 4 行" in text
    assert "已保存 4 份随访" in text
    second = next(
        id_ for id_ in valid(house, "batch-1") if decided(house, id_).action.value == "refer"
    )
    assert "连续两次控制不满意" in decided(house, second).reasons[0][0], "by days, not by lines"
    (first,) = valid(house, "batch-0")
    drugs = json.dumps(stored(house, "QuestionnaireResponse", first)).decode()
    assert "缬沙坦" in drugs
    assert stored(house, "Encounter", f"{valid(house, 'batch-2')[0]}-visit")["period"]["start"][
        :10
    ] == "2026-11-16"  # fmt: skip
    again = uploaded(doctor, book(rows))
    assert "无误 0 有错误 4" in words(doctor.get(again)), "the same file twice"
    assert "这一天已有一份高血压记录" in words(doctor.get(again))
    assert doctor.post(f"{address}/undo", {"reason": "x"}).status_code == 422
    assert doctor.post(f"{address}/undo", {"reason": "日期整批录错"}).status_code == 303
    worked_off(house)
    assert "已撤销" in words(doctor.get(address))
    assert valid(house, "batch-0") == valid(house, "batch-1") == []
    assert "日期整批录错" in json.dumps(stored(house, "QuestionnaireResponse", first)).decode()
    told = [(row["name"], row["detail"].get("what")) for row in audited(house, "import")
            if row["detail"]]  # fmt: skip
    assert ("gp1", "begin") in told
    assert ("gp1", "undo") in told
    assert "无误 4" in words(doctor.get(uploaded(doctor, book(rows))))


WRONG: tuple[tuple[Mapping[str, Any], str, str], ...] = (
    ({"姓名": "张三丰"}, "姓名", "与健康档案中的姓名不一致"),
    ({"姓名": ""}, "姓名", "不能为空"),
    ({"证件号码": ""}, "证件号码", "至少填一项"),
    ({"证件号码": "379900195001010012"}, "证件号码", "校验"),
    ({"证件号码": 3.799e17}, "证件号码", "末几位已经丢失"),
    ({"证件号码": "E12345678"}, "证件号码", "没有这个号码的居民档案"),
    ({"收缩压（mmHg）": "高"}, "收缩压", "应为数字"),
    ({"收缩压（mmHg）": 400}, "收缩压", "50～300"),
    ({"体重（kg）": "68.55"}, "体重", "最多 1 位小数"),
    ({"舒张压（mmHg）": 128}, "舒张压", "舒张压应低于收缩压"),
    ({"随访日期": "2026-13-01"}, "随访日期", "月份应在1至12之间"),
    ({"随访日期": "2026-11-24"}, "随访日期", "不能晚于今天"),
    ({"随访日期": "2025-11-24"}, "随访日期", "不在“高血压患者健康管理”管理中"),
    ({"随访日期": ""}, "随访日期", "请填写随访日期"),
    ({"随访方式": "飞鸽"}, "随访方式", "1 门诊"),
    ({"症状": "1、3"}, "症状", "不能再选其他项"),
    ({"症状": "2、99"}, "症状", "应为下列之一"),
    ({"药物不良反应": "有"}, "药物不良反应", "请写明是什么"),
    ({"用药情况": "5mg"}, "用药情况", "每种依次写名称"),
    ({"用药情况": "甲 9次 5mg"}, "用药情况", "1～6"),
    ({"辅助检查": "长" * 201}, "辅助检查", "最多 200 个字"),
    ({"下次随访日期": "2027-11-16"}, "下次随访日期", "最迟为"),
    ({"此次随访分类": "2"}, "改变分类的理由", "请在“改变分类的理由”中写明"),
    ({"随访医生": "华佗"}, "随访医生", "本机构没有这位医生"),
)


def test_faults_are_named_by_row_and_column(house: OpenHouse) -> None:
    """A fault in every kind of column, each told where it is and what would be right."""
    people = residents(house, len(WRONG) + 1, "hypertension")
    doctor = signed_in(house, "gp1")
    rows = [line(who, **changes) for who, (changes, _c, _t) in zip(people, WRONG, strict=False)]
    address = uploaded(doctor, book([*rows, line(people[-1])]))
    page = words(doctor.get(address))
    assert f"无误 1 有错误 {len(WRONG)}" in page
    report = doctor.get(f"{address}/report")
    lines = [tuple(one.cells) for one in read_upload("r.xlsx", report.content)][3:]
    by_row = {int(one[0]): one for one in reversed(lines) if one[3] == "错误"}
    for number, (_changes, column, told) in enumerate(WRONG, start=2):
        assert by_row[number][2] == column, by_row[number]
        assert told in by_row[number][4]
    assert audited(house, "export")
    assert confirmed(doctor, address, "all").status_code == 422
    assert "请选择怎样处理" in words(confirmed(doctor, address, ""))
    assert doctor.post(f"{address}/discard").status_code == 303
    assert doctor.get(address).status_code == 404


def test_rare_values_want_to_be_confirmed(fresh_house: OpenHouse) -> None:
    people = residents(fresh_house, 2, "hypertension")
    doctor = signed_in(fresh_house, "gp1")
    rows = [line(people[0]), line(people[1], **{"体重（kg）": 140})]
    address = uploaded(doctor, book(rows))
    assert "体重 140 kg 少见" in words(doctor.get(address))
    confirmed(doctor, address)
    worked_off(fresh_house)
    assert [len(valid(fresh_house, f"batch-{n}")) for n in range(2)] == [1, 0]
    address = uploaded(doctor, book(rows[1:]))
    confirmed(doctor, address, suspects="take")
    worked_off(fresh_house)
    assert len(valid(fresh_house, "batch-1")) == 1


def test_formulas_do_not_get_into_the_report(house: OpenHouse) -> None:
    residents(house, 1, "hypertension")
    doctor = signed_in(house, "gp1")
    name = '=HYPERLINK("http://x.test")'
    head = "姓名,证件号码,随访日期,随访方式,收缩压,舒张压,=1+1"
    text = f"{head}\n{name},E12345678,2026-11-16,1,128,78,1\n@SUM(1),E1234567,,,,,"
    answer = sent(doctor, text.encode(), name="=cmd.csv")
    content = doctor.get(f"{answer.headers['location']}/report").content
    sheet = openpyxl.load_workbook(io.BytesIO(content)).worksheets[0]
    cells = [cell for row in sheet.iter_rows() for cell in row if cell.value]
    assert all(cell.data_type != "f" for cell in cells)
    assert any(str(cell.value).startswith("'=HYPERLINK") for cell in cells)


def test_residents_of_others_and_the_closed_are_refused(fresh_house: OpenHouse) -> None:
    (own,) = residents(fresh_house, 1, "hypertension")
    doctor = signed_in(fresh_house, "gp1")
    number = RESIDENTS["zhao-lei"]["identifier"][0]["value"]
    address = uploaded(doctor, book([line(("赵磊", number)), line(own), line(own)]))
    text = words(doctor.get(address))
    assert "不在本机构管理" in text
    assert "与第3行是同一居民同一天的随访" in text
    assert signed_in(fresh_house, "gp2").get(address).status_code == 404


def test_what_was_entered_meanwhile_is_told(fresh_house: OpenHouse) -> None:
    """Between check and import somebody saves the same visit by hand: the others go on."""
    people = residents(fresh_house, 3, "hypertension")
    doctor = signed_in(fresh_house, "gp1")
    fresh_house.house.jobs.close()
    first = uploaded(doctor, book([line(one) for one in people]))
    confirmed(doctor, first)
    values = {"visit-date": date(2026, 11, 16), "visit-mode": "1", "systolic": 130, "diastolic": 80}
    put(fresh_house, follow_up("batch-1", "hypertension", values, id="by-hand"), 201)
    worked_off(fresh_house)
    text = words(doctor.get(first))
    assert "已导入" in text
    assert "已保存 2 份随访" in text
    assert re.search(r" 3 \S+ 随访日期 错误 ! 这一天已有一份高血压记录", text)
    assert [len(valid(fresh_house, f"batch-{n}")) for n in range(3)] == [1, 1, 1]
    assert valid(fresh_house, "batch-1") == ["by-hand"]


def test_what_was_corrected_since_stays(fresh_house: OpenHouse) -> None:
    people = residents(fresh_house, 2, "hypertension")
    doctor = signed_in(fresh_house, "gp1")
    address = uploaded(doctor, book([line(one) for one in people]))
    confirmed(doctor, address)
    worked_off(fresh_house)
    (id_,) = valid(fresh_house, "batch-0")
    body = stored(fresh_house, "QuestionnaireResponse", id_)
    changed = fresh_house.client("gp1").put(
        f"QuestionnaireResponse/{id_}", {**body, "status": "amended"}
    )
    assert changed.status_code == 200
    doctor.get(address)
    doctor.post(f"{address}/undo", {"reason": "录错"})
    worked_off(fresh_house)
    assert "有 1 份随访在撤销前已被更正或作废" in words(doctor.get(address))
    assert [len(valid(fresh_house, f"batch-{n}")) for n in range(2)] == [1, 0]


@pytest.mark.parametrize("programme", ["hypertension", "diabetes", "elderly", "copd"])
def test_the_template_is_the_form(house: OpenHouse, programme: str) -> None:
    """Its headings are understood, and its example is not imported by mistake."""
    doctor = signed_in(house, "gp1")
    answer = doctor.get(f"{LISTS}/template?programme={programme}")
    lines = read_upload("t.xlsx", answer.content)
    assert lines[2].cells[0] == "姓名*"
    address = sent(doctor, answer.content, programme=programme).headers["location"]
    page = words(doctor.get(address))
    assert "没有认出" not in page
    assert "证件号码和档案编号至少填一项" in page
    assert "无误 0" in page
    example = [line for line in page.split("问题和正确的写法")[1].split(" 4 ") if "错误" in line]
    assert len(example) == 1, "the example itself is right but for whom it is about"


def test_diabetes_is_taken_in_too(fresh_house: OpenHouse) -> None:
    (who,) = residents(fresh_house, 1, "diabetes")
    doctor = signed_in(fresh_house, "gp1")
    rest = {k: v for k, v in VISIT.items() if k != "摄盐情况"}
    visit = {
        **dict(zip(WHO, who, strict=True)), **rest, "空腹血糖": "7.6 mmol/L", "主食": "300",
        "足背动脉搏动": "1", "低血糖反应": "无", "胰岛素": "门冬胰岛素 3次 8U",
    }  # fmt: skip
    address = uploaded(doctor, book([visit]), "diabetes")
    text = words(doctor.get(address))
    assert "无误 1 有错误 0" in text, text
    confirmed(doctor, address)
    worked_off(fresh_house)
    (id_,) = valid(fresh_house, "batch-0")
    found = decided(fresh_house, id_)
    assert (found.outcome, found.programme) == ("2", "diabetes")


def test_who_needs_no_enrolment_has_to_be_meant(fresh_house: OpenHouse) -> None:
    house = fresh_house
    number = {id_: RESIDENTS[id_]["identifier"][0]["value"] for id_ in ("zhang-wei", "li-na")}
    doctor = signed_in(house, "gp1")
    example = {str(h.title): h.sample for h in headings_of(programme_of("elderly")).values()}
    rows = [
        {**example, "姓名": "张伟", "证件号码": number["zhang-wei"]},
        {**example, "姓名": "李娜", "证件号码": number["li-na"]},
    ]
    address = uploaded(doctor, book(rows), "elderly")
    text = words(doctor.get(address))
    assert "无误 1 有错误 1" in text, text
    assert "不是“老年人健康管理”的对象" in text
    confirmed(doctor, address)
    worked_off(house)
    assert len(valid(house, "zhang-wei")) == 1


def test_csv_and_unknown_columns(house: OpenHouse) -> None:
    (who,) = residents(house, 1, "hypertension")
    doctor = signed_in(house, "gp1")
    row = line(who, 幸运数字="7")
    text = "\n".join(",".join(str(one) for one in part) for part in (row.keys(), row.values()))
    answer = sent(doctor, text.encode("gb18030"), name="a.csv")
    page = words(doctor.get(answer.headers["location"]))
    assert "无误 1" in page
    assert "列“幸运数字”没有认出" in page


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "请选择要导入的文件"),
        (
            workbook([["赵一", "2026-11-16"]], ["姓名", "随访日期"]),
            "没有找到“证件号码”或“档案编号”",
        ),
        (workbook([["赵一", "1"]], ["姓名", "证件号码"]), "没有找到“随访日期”列"),
        (workbook([["x"]] * 2001, ["姓名"]), "超过 2000 行"),
    ],
)
def test_a_file_that_cannot_be_used_is_refused(house: OpenHouse, content: bytes, told: str) -> None:
    answer = sent(signed_in(house, "gp1"), content)
    assert answer.status_code == 422
    assert told in words(answer)


def test_hundreds_of_lines(fresh_house: OpenHouse) -> None:
    """The check of 300 lines answers while somebody waits; the job lets others save between.

    What a line costs is Python's: on PostgreSQL a hundred tell, and may take a third of the time.
    """
    lines = 300 if fresh_house.kind == "sqlite" else 100
    people = residents(fresh_house, lines, "hypertension")
    doctor = signed_in(fresh_house, "gp1")
    fresh_house.house.jobs.close()
    content = book([line(one) for one in people])
    begun = process_time()
    address = uploaded(doctor, content)
    checked = process_time() - begun
    assert f"无误 {lines}" in words(doctor.get(address))
    confirmed(doctor, address)
    begun = process_time()
    slices = worked_off(fresh_house)
    taken = process_time() - begun
    assert f"{lines} / {lines} 行" in words(doctor.get(address))
    assert checked < lines / 100
    assert slices >= lines / PORTION / 3, "slices are of some portions, not of the whole list"
    assert taken / slices <= 0.2
