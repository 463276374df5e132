"""The table and the lists of follow-ups speak English to who reads English."""

import pytest

from health.batch.pages import choices
from tests.batch.typing import BATCH, CELLS, cells, fields_of, managed, row, send
from tests.batch.workbooks import LISTS, book, sent
from tests.cast import RESIDENTS
from tests.pages.test_english import ON_ONE, in_english, own_words
from tests.support.house import OpenHouse

pytestmark = ON_ONE
WRONG = {
    "systolic": "abc", "diastolic": "400", "weight": "68.55", "salt": "9", "psych": "1、2",
    "symptoms": "1、2", "adr": "2", "adr-hard": "2", "drugs": "5mg", "visit-date": "2026-13-01",
    "next-date": "x", "visit-class": "9", "auxiliary": "x" * 300,
}  # fmt: skip


@pytest.mark.parametrize("programme", [one.name for one in choices()])
def test_the_empty_pages(fresh_house: OpenHouse, programme: str) -> None:
    doctor = in_english(fresh_house, "gp1")
    for path in (BATCH, LISTS):
        assert own_words(doctor.get(f"{path}?programme={programme}").text) == []


def test_rows_with_faults(fresh_house: OpenHouse) -> None:
    managed(fresh_house, "li-na")
    doctor = in_english(fresh_house, "gp1")
    begun = fields_of(doctor.get(BATCH))
    shown = send(doctor, begun, row(0, sought="li-na"), row(1, sought="?"), row(2, sought="zw"),
                 row(3, systolic="1"), row(4, sought="lina"))  # fmt: skip
    assert own_words(shown.text) == []
    kept = fields_of(shown)
    wrong = send(doctor, kept, cells(4, {**CELLS, **WRONG}))
    assert own_words(wrong.text) == []
    rare = send(doctor, kept, cells(4, {**CELLS, "weight": "140"}))
    assert own_words(rare.text) == []
    saved = send(doctor, kept, cells(4, CELLS))
    assert "2027-02-16" in saved.text
    assert own_words(saved.text) == []


def test_a_list_with_faults(fresh_house: OpenHouse) -> None:
    managed(fresh_house, "li-na")
    doctor = in_english(fresh_house, "gp1")
    number = RESIDENTS["li-na"]["identifier"][0]["value"]
    good = {
        "姓名": "李娜", "证件号码": number, "随访日期": "2026-11-16", "随访方式": "1",
        "收缩压": 128, "舒张压": 78, "other": 1,
    }  # fmt: skip
    rows = [
        good,
        good,
        {**good, "姓名": "x", "证件号码": ""},
        {**good, "证件号码": RESIDENTS["zhao-lei"]["identifier"][0]["value"], "随访医生": "x"},
        {**good, "证件号码": "E123", "档案编号": "37180200100100001", "体重": 140, "症状": "1、2"},
        {**good, "随访日期": "2026-11-17", "用药情况": "5mg", "收缩压": "x"},
    ]
    answer = sent(doctor, book(rows), name="a.xlsx")
    address = answer.headers["location"]
    assert own_words(doctor.get(address).text) == []
    refused = doctor.post(f"{address}/confirm", {"how": "all"})
    assert refused.status_code == 422
    assert own_words(refused.text) == []
    assert own_words(sent(doctor, book([{"a": 1}]), name="b.xlsx").text) == []
