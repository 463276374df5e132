"""Documents on pages and on the command line: taken away for a reason, taken in, asked about."""

from pathlib import Path
from typing import Any

from kernel.fhir import json
from kernel.intake import Fault, Intake
from records.exchange.document_pages import MOST_CARRIED
from tests.cast import records_of
from tests.exchange.lists import upload
from tests.exchange.test_document import exported, newcomer, other_house, put, read
from tests.pages.browsing import audited, signed_in, words
from tests.support.house import ON_SQLITE, OpenHouse

__all__ = ["other_house"]
PAGE = "/imports/document"
REASON = "本人要求转到外地社区"


def test_a_file_is_taken_away_for_a_reason(fresh_house: OpenHouse) -> None:
    doctor = signed_in(fresh_house, "gp1")
    assert "导出档案" in doctor.get("/residents/wang-xiaoming").text
    assert doctor.get("/residents/wang-xiaoming/document").status_code == 200
    refused = doctor.post("/residents/wang-xiaoming/document", {"reason": "x"})
    assert refused.status_code == 422
    assert "请写明导出原因" in words(refused)
    answer = doctor.post("/residents/wang-xiaoming/document", {"reason": REASON})
    assert answer.headers["content-type"].startswith("application/fhir+json")
    assert "attachment" in answer.headers["content-disposition"]
    assert "wang" not in answer.headers["content-disposition"]
    document = json.loads(answer.content)
    assert document["entry"][1]["fullUrl"] == "http://station.test/fhir/R4/Patient/wang-xiaoming"
    (told,) = audited(fresh_house, "export")
    assert told["patient_id"] == "wang-xiaoming"
    assert told["detail"]["reason"] == REASON
    assert told["detail"]["document"] is True


@ON_SQLITE
def test_strangers_and_nurses_take_no_file_away(house: OpenHouse) -> None:
    path = "/residents/wang-xiaoming/document"
    for name, status in (("gp2", 404), ("nurse1", 403), ("auditor", 403)):
        somebody = signed_in(house, name)
        assert somebody.get(path).status_code == status
        assert somebody.post(path, {"reason": REASON}).status_code == status
    assert "导出档案" not in signed_in(house, "nurse1").get("/residents/wang-xiaoming").text


def arrive(house: OpenHouse, document: Any, **data: str) -> Any:
    """Send a document with the page's form as the doctor of station-2."""
    doctor = signed_in(house, "gp2")
    doctor.get(PAGE)
    return doctor, upload(doctor, json.dumps(document), "d.json", PAGE, **data)


def test_a_document_is_taken_in_on_a_page(fresh_house: OpenHouse, other_house: OpenHouse) -> None:
    put(fresh_house, [newcomer(), *records_of("ma-xiulan")])
    document = exported(fresh_house, "ma-xiulan")
    doctor, answer = arrive(other_house, document)
    assert answer.status_code == 303, words(answer)
    assert answer.headers["location"] == "/residents/ma-xiulan"
    page = words(doctor.get("/residents/ma-xiulan"))
    assert "文档已导入" in page
    assert "马秀兰" in page
    (told,) = audited(other_house, "import")
    assert told["patient_id"] == "ma-xiulan"
    doctor, answer = arrive(other_house, document)
    assert "没有变化" in words(doctor.get(answer.headers["location"]))


def test_the_page_asks_who_it_is_and_remembers_the_file(
    fresh_house: OpenHouse, other_house: OpenHouse
) -> None:
    put(fresh_house, [newcomer(), *records_of("ma-xiulan")])
    here = {name: value for name, value in newcomer("known-here").items() if name != "identifier"}
    put(other_house, [{**here, "managingOrganization": {"reference": "Organization/station-2"}}])
    document = exported(fresh_house, "ma-xiulan")
    doctor, asked = arrive(other_house, document)
    assert asked.status_code == 422
    page = asked.text
    assert "不是同一人，新建档案" in page
    assert "姓名相同" in page
    assert "379900196003120013" not in page
    carried = page.split('name="carried" value="')[1].split('"')[0]
    assert len(carried) <= MOST_CARRIED
    wrong = doctor.post(PAGE, {"carried": carried, "who": "li-na"})
    assert wrong.status_code == 422
    assert 'name="carried"' in wrong.text, "the file would have to be chosen again"
    answer = doctor.post(PAGE, {"carried": carried, "who": "known-here"})
    assert answer.headers["location"] == "/residents/known-here"
    assert read(other_house, "Condition/ma-xiulan-i10")["subject"]["reference"].endswith("here")


@ON_SQLITE
def test_what_cannot_be_taken_in_is_said_on_the_page(house: OpenHouse) -> None:
    doctor = signed_in(house, "gp2")
    doctor.get(PAGE)
    for content, sentence in (
        (b"", "请选择要导入的文件"),
        (b"{", "不是 FHIR 文档"),
        (b'{"resourceType":"Bundle","type":"batch"}', "不是 FHIR 文档"),
    ):
        answer = upload(doctor, content, "d.json", PAGE)
        assert answer.status_code == 422
        assert sentence in words(answer)
    forged = doctor.post(PAGE, {"carried": "AAAA"})
    assert forged.status_code == 422
    assert "再选一次" in words(forged)
    kept_elsewhere = upload(doctor, json.dumps(exported(house, "wang-xiaoming")), "d.json", PAGE)
    assert kept_elsewhere.status_code == 422
    assert "档案迁移" in words(kept_elsewhere)


def test_the_command_takes_a_document_in(
    fresh_house: OpenHouse, other_house: OpenHouse, tmp_path: Path
) -> None:
    """`station import` hands a document to the module that knows files."""
    put(fresh_house, [newcomer(), *records_of("ma-xiulan")])
    file = tmp_path / "document.json"
    file.write_bytes(json.dumps(exported(fresh_house, "ma-xiulan")))
    faults: list[Fault] = []
    for created in (True, False):
        actor = other_house.actor("gp2")
        intake = Intake(other_house.station, actor, faults.append, lambda _: None)
        intake.take(file)
        assert faults == []
        assert bool(intake.summary.created) is created
        assert intake.summary.updated == 0
    person = read(other_house, "Patient/ma-xiulan")
    assert person["managingOrganization"]["reference"] == "Organization/station-2"
    file.write_bytes(json.dumps(exported(other_house, "wang-xiaoming")))
    Intake(other_house.station, other_house.actor("gp2"), faults.append, lambda _: None).take(file)
    assert "档案迁移" in faults[0].message
