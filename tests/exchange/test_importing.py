"""A list on its way in: checked, confirmed, taken in slice by slice, taken back."""

import re
from collections.abc import Sequence
from statistics import median
from time import process_time
from typing import Any

import pytest
from sqlalchemy import func, select

from kernel import slices
from kernel.audit.entry import Action
from kernel.clock import monotonic
from kernel.db.tables import fhir_resource
from kernel.errors import Refused, unprocessable
from kernel.fhir.store import save
from kernel.jobs import run_job
from kernel.work import Work
from records.exchange import taking
from records.exchange.columns import COLUMNS, find_headings, meanings_of
from records.exchange.rows import Surroundings, read_rows
from records.exchange.taking import PORTION
from records.exchange.uploads import read_upload
from records.life.intervals import list_intervals
from records.life.services import Opening, open_files
from records.module import MODULE
from tests.exchange.lists import (
    HEADINGS,
    confirmed,
    person,
    upload,
    uploaded,
    wait_for,
    workbook,
    worked_off,
)
from tests.pages.browsing import audited, signed_in, words
from tests.support.house import ON_SQLITE, OpenHouse

JOB = next(job for job in MODULE.jobs if job.name == "records:import")


def everything(house: OpenHouse) -> dict[str, int]:
    """How many resources of each type there are."""
    head = fhir_resource.c
    statement = select(head.type, func.count()).where(~head.deleted).group_by(head.type)
    with house.database.reading() as connection:
        return {row[0]: row[1] for row in connection.execute(statement)}


def found(house: OpenHouse, number: str, as_: str = "gp1") -> list[dict[str, Any]]:
    """The residents with an identity number."""
    answer = house.client(as_).search("Patient", ("identifier", number)).json()
    return [entry["resource"] for entry in answer.get("entry", ())]


def test_a_list_is_checked_confirmed_and_undone(fresh_house: OpenHouse) -> None:
    doctor = signed_in(fresh_house, "gp1")
    before = everything(fresh_house)
    rows = [person(n, household=True) for n in range(9)]
    address = uploaded(doctor, workbook(rows))
    assert "无误 9" in words(doctor.get(address))
    assert everything(fresh_house) == before, "something was stored before it was confirmed"
    assert confirmed(doctor, address).status_code == 303
    worked_off(fresh_house)
    assert "已导入" in words(doctor.get(address))
    (body,) = found(fresh_house, rows[4][3])
    assert body["name"][0]["text"] == rows[4][0]
    assert body["generalPractitioner"][0]["reference"].startswith("Practitioner/")
    with fresh_house.station.read() as work:
        (interval,) = list_intervals(work, body["id"])
    assert (interval.organisation_id, interval.to_on) == ("station-1", None)
    groups = fresh_house.client("gp1").search("Group", ("member", f"Patient/{body['id']}")).json()
    (group,) = [entry["resource"] for entry in groups["entry"]]
    assert group["identifier"][0]["value"] == "T000001"
    relations = [
        member["extension"][0]["valueCodeableConcept"]["coding"][0]["code"]
        for member in group["member"]
    ]
    assert relations == ["02", "10", "22"]
    assert doctor.post(f"{address}/undo").status_code == 303
    worked_off(fresh_house)
    assert "已撤销" in words(doctor.get(address))
    assert found(fresh_house, rows[4][3]) == []
    assert everything(fresh_house) == before
    told = [(row["name"], row["detail"].get("what")) for row in audited(fresh_house, "import")]
    assert ("gp1", "begin") in told
    assert ("gp1", "undo") in told
    again = uploaded(doctor, workbook(rows))
    assert "无误 9" in words(doctor.get(again)), "an undone list can be imported again"


def test_faults_are_named_by_row_and_column(fresh_house: OpenHouse) -> None:
    doctor = signed_in(fresh_house, "gp1")
    rows = [person(n) for n in range(6)]
    rows[1][3], rows[2][1], rows[4][0] = "123", "?", ""
    address = uploaded(doctor, workbook(rows))
    page = words(doctor.get(address))
    assert "无误 3 有错误 3" in page
    for row, column in ((3, "证件号码"), (4, "性别"), (6, "姓名")):
        assert re.search(rf" {row} \S+ {column} 错误", page), page
    report = doctor.get(f"{address}/report")
    lines = [tuple(line.cells) for line in read_upload("r.xlsx", report.content)]
    assert lines[2] == ("行号", "姓名", "列", "类别", "问题和正确的写法")
    assert [line[:4] for line in lines[3:]] == [
        ("3", rows[1][0], "证件号码", "错误"),
        ("4", rows[2][0], "性别", "错误"),
        ("6", "", "姓名", "错误"),
    ]
    assert audited(fresh_house, Action.EXPORT)
    refused = confirmed(doctor, address, "all")
    assert refused.status_code == 422
    assert "名单中有错误" in words(refused)
    assert confirmed(doctor, address, "").status_code == 422
    assert confirmed(doctor, address, "right").status_code == 303
    worked_off(fresh_house)
    assert [bool(found(fresh_house, row[3])) for row in rows] == [
        True, False, False, True, False, True,
    ]  # fmt: skip


def test_who_is_known_in_the_city_is_told(fresh_house: OpenHouse) -> None:
    doctor = signed_in(fresh_house, "gp1")
    same_number, similar, new = person(1), person(2), person(3)
    same_number[:4] = ["孙丽丽", "女", "2001-02-28", "379900200102280064"]
    known = fresh_house.client("gp2").get("Patient/sun-li").json()
    same_number[3] = known["identifier"][0]["value"]
    similar[:5] = ["赵磊", "男", "1990-07-07", "", "15400009999"]
    address = uploaded(doctor, workbook([same_number, similar, new]))
    page = words(doctor.get(address))
    assert "无误 1 有错误 1 疑似重复 1" in page
    assert "已有健康档案：不重复建档" in page
    assert "姓名相同、出生日期相同" in page
    assert confirmed(doctor, address).status_code == 303
    worked_off(fresh_house)
    assert found(fresh_house, new[3])
    again = uploaded(doctor, workbook([similar]))
    assert confirmed(doctor, again).status_code == 422, "nothing is left to be imported"
    assert confirmed(doctor, again, suspects="take").status_code == 303
    worked_off(fresh_house)
    assert "已导入" in words(doctor.get(again))


def test_a_household_without_its_head_is_told_and_not_made(fresh_house: OpenHouse) -> None:
    doctor = signed_in(fresh_house, "gp1")
    rows = [person(n, household=True) for n in range(6)]
    rows[0][3] = "123"
    address = uploaded(doctor, workbook(rows))
    page = words(doctor.get(address))
    assert "无误 5 有错误 1 疑似重复 0 有提醒 2" in page
    assert "户主（第2行）有错误" in page
    before = everything(fresh_house).get("Group", 0)
    confirmed(doctor, address)
    worked_off(fresh_house)
    assert found(fresh_house, rows[1][3])
    assert everything(fresh_house)["Group"] == before + 1, "of the household with its head"


def test_headings_are_assigned_once_and_remembered(fresh_house: OpenHouse) -> None:
    doctor = signed_in(fresh_house, "gp1")
    headings = ["芳名", *HEADINGS[1:4], "呼叫号码", *HEADINGS[5:7], "备注"]
    content = workbook([[*person(n)[:7], "无"] for n in range(2)], headings)
    address = uploaded(doctor, content)
    page = doctor.get(address)
    assert "指定各列的内容" in page.text
    assert person(1)[3] not in page.text, "numbers of examples are hidden"
    form = {f"column-{n}": "" for n in range(8)}
    refused = doctor.post(f"{address}/mapping", form)
    assert refused.status_code == 422
    assert "哪一列是姓名" in words(refused)
    meant = ["name", "sex", "birth_date", "document_number", "phone", "committee", "address", "-"]
    form = {f"column-{n}": meaning for n, meaning in enumerate(meant)}
    twice = doctor.post(f"{address}/mapping", {**form, "column-4": "name"})
    assert twice.status_code == 422
    assert "被指定了两次" in words(twice)
    assert doctor.post(f"{address}/mapping", form).status_code == 303
    assert "无误 2" in words(doctor.get(address))
    again = uploaded(doctor, content)
    assert "无误 2" in words(doctor.get(again)), "the institution is not asked again"
    stranger = signed_in(fresh_house, "gp2")
    assert "指定各列的内容" in stranger.get(uploaded(stranger, content)).text


def test_another_institution_knows_nothing_of_a_list(fresh_house: OpenHouse) -> None:
    doctor, stranger = signed_in(fresh_house, "gp1"), signed_in(fresh_house, "gp2")
    address = uploaded(doctor, workbook([person(1)]))
    for path in ("", "/report", "/mapping", "/progress"):
        assert stranger.get(f"{address}{path}").status_code == 404
    for path in ("/confirm", "/undo", "/discard", "/mapping"):
        assert stranger.post(f"{address}{path}", {"how": "right"}).status_code == 404
    assert "名单.xlsx" not in stranger.get("/imports").text


def test_a_list_can_be_discarded_until_it_is_confirmed(fresh_house: OpenHouse) -> None:
    doctor = signed_in(fresh_house, "gp1")
    address = uploaded(doctor, workbook([person(1)]))
    assert doctor.post(f"{address}/discard").status_code == 303
    assert doctor.get(address).status_code == 404
    other = uploaded(doctor, workbook([person(1)]))
    confirmed(doctor, other)
    assert doctor.post(f"{other}/discard").status_code == 409
    assert doctor.post(f"{other}/confirm", {"how": "right"}).status_code == 409


def test_what_somebody_worked_on_is_not_undone(fresh_house: OpenHouse) -> None:
    doctor = signed_in(fresh_house, "gp1")
    rows = [person(n) for n in range(4)]
    address = uploaded(doctor, workbook(rows))
    confirmed(doctor, address)
    worked_off(fresh_house)
    (body,) = found(fresh_house, rows[2][3])
    fresh_house.clock.advance(minutes=5)
    pulse = {
        "resourceType": "Observation",
        "status": "final",
        "code": {"text": "脉搏"},
        "subject": {"reference": f"Patient/{body['id']}"},
    }
    assert fresh_house.client("gp1").post("Observation", pulse).status_code == 201
    refused = doctor.post(f"{address}/undo")
    assert refused.status_code == 409
    assert rows[2][0] in words(refused)
    assert rows[1][0] not in words(refused)
    assert found(fresh_house, rows[1][3])


def test_after_some_days_a_list_is_not_undone_any_more(fresh_house: OpenHouse) -> None:
    doctor = signed_in(fresh_house, "gp1")
    address = uploaded(doctor, workbook([person(1)]))
    confirmed(doctor, address)
    worked_off(fresh_house)
    assert "撤销导入" in doctor.get(address).text
    days = fresh_house.station.settings.import_undo_days
    fresh_house.clock.advance(days=days, seconds=1)
    doctor = signed_in(fresh_house, "gp1")
    assert "撤销导入" not in doctor.get(address).text
    refused = doctor.post(f"{address}/undo")
    assert refused.status_code == 409
    assert "期限已过" in words(refused)


def test_a_file_that_is_used_while_a_list_is_undone_stays(fresh_house: OpenHouse) -> None:
    doctor = signed_in(fresh_house, "gp1")
    rows = [person(n) for n in range(3)]
    address = uploaded(doctor, workbook(rows))
    confirmed(doctor, address)
    worked_off(fresh_house)
    assert doctor.post(f"{address}/undo").status_code == 303
    (body,) = found(fresh_house, rows[0][3])
    fresh_house.clock.advance(minutes=5)
    with fresh_house.station.write(fresh_house.actor("gp1")) as work:
        save(work, {**body, "maritalStatus": {"text": "已婚"}}, id=body["id"])
    worked_off(fresh_house)
    assert found(fresh_house, rows[0][3])
    assert found(fresh_house, rows[1][3]) == []
    assert "有 1 份档案" in words(doctor.get(address))


def test_one_refusal_takes_everything_back(
    fresh_house: OpenHouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever happens between the check and the end: nothing stays half imported."""
    doctor = signed_in(fresh_house, "gp1")
    before = everything(fresh_house)
    fresh_house.house.jobs.close()
    address = uploaded(doctor, workbook([person(n) for n in range(30)]))
    confirmed(doctor, address)

    def fails(work: Work, openings: Sequence[Opening]) -> None:
        open_files(work, openings)
        if any(one.person["name"][0]["text"] == person(20)[0] for one in openings):
            raise unprocessable("档案编号已用完")

    monkeypatch.setattr(taking, "open_files", fails)
    worked_off(fresh_house)
    page = words(doctor.get(address))
    assert "未导入" in page
    assert "档案编号已用完" in page
    assert everything(fresh_house) == before


def test_an_interrupted_import_goes_on(
    fresh_house: OpenHouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A slice is kept or not; whoever runs the job next goes on where it was."""
    doctor = signed_in(fresh_house, "gp1")
    fresh_house.house.jobs.close()
    rows = [person(n) for n in range(30)]
    address = uploaded(doctor, workbook(rows))
    confirmed(doctor, address)
    monkeypatch.setattr(slices, "SLICE_SECONDS", 0)
    assert run_job(fresh_house.station, JOB)
    assert "15 / 30" in words(doctor.get(f"{address}/progress"))

    def breaks(work: Work, openings: Sequence[Opening]) -> None:
        open_files(work, openings)
        raise Refused(503, ())

    with monkeypatch.context() as broken:
        broken.setattr(taking, "open_files", breaks)
        with pytest.raises(Refused):
            run_job(fresh_house.station, JOB)
    assert "15 / 30" in words(doctor.get(f"{address}/progress")), "half a slice was kept"
    worked_off(fresh_house)
    assert "30 / 30" in words(doctor.get(address))
    assert all(len(found(fresh_house, row[3])) == 1 for row in rows)


def test_a_slice_does_not_hold_the_writer_long(fresh_house: OpenHouse) -> None:
    """A doctor who saves meanwhile waits for one slice: 200 ms.

    Told in processor time of this process, so that a busy machine does not change it; PostgreSQL's
    own share is not in it.
    """
    doctor = signed_in(fresh_house, "gp1")
    fresh_house.house.jobs.close()
    rows = [person(n, household=True) for n in range(180)]
    confirmed(doctor, uploaded(doctor, workbook(rows)))
    slices, begun = [], process_time()
    while run_job(fresh_house.station, JOB):
        slices.append(process_time() - begun)
        begun = process_time()
    assert len(slices) >= 180 / PORTION / 3, "slices are of some portions, not of the whole list"
    assert median(slices) <= 0.2


def test_the_station_itself_works_it_off_at_once(fresh_house: OpenHouse) -> None:
    doctor = signed_in(fresh_house, "gp1")
    address = uploaded(doctor, workbook([person(n) for n in range(3)]))
    begun = monotonic()
    confirmed(doctor, address)
    wait_for(doctor, address, "已导入")
    assert monotonic() - begun < 10, "it waited for the job's turn"
    assert doctor.get(f"{address}/progress").headers["hx-refresh"] == "true"


@ON_SQLITE
@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("a.xlsx", b"", "请选择要导入的文件"),
        ("a.xls", b"\xd0\xcf\x11\xe0", "另存为不加密的 .xlsx"),
        ("a.csv", b"\xff\x81\x00", "GB18030"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_on_the_page(
    house: OpenHouse, name: str, content: bytes, sentence: str
) -> None:
    doctor = signed_in(house, "gp1")
    doctor.get("/imports")
    answer = upload(doctor, content, name)
    assert answer.status_code == 422
    assert sentence in words(answer)


def test_a_centre_imports_for_its_stations(fresh_house: OpenHouse) -> None:
    manager = signed_in(fresh_house, "centre1")
    assert "管理机构" in manager.get("/imports").text
    row = person(5)
    answer = upload(manager, workbook([row]), organisation="station-1")
    address = answer.headers["location"]
    manager.get(address)
    assert confirmed(manager, address).status_code == 303
    worked_off(fresh_house)
    assert found(fresh_house, row[3], "gp1")
    wrong = upload(manager, workbook([row]), organisation="station-99")
    assert wrong.status_code == 422
    assert "请选择为哪个机构导入" in words(wrong)


@ON_SQLITE
def test_the_template_is_what_is_imported(house: OpenHouse) -> None:
    doctor = signed_in(house, "gp1")
    answer = doctor.get("/imports/template")
    sheet = find_headings(read_upload("t.xlsx", answer.content), {})
    meanings = meanings_of(sheet.headings, {})
    assert set(meanings.values()) == {c.key for c in COLUMNS} - {"rh_negative"}
    with house.station.read() as work:
        around = Surroundings(work.today, ["379901001001"], {})
    (sample,) = read_rows(sheet.lines, sheet.headings, meanings, around)
    assert sample.errors == [], "the example of the template is wrong"
    assert {"name", "sex", "household", "payment", "drug_allergy"} <= sample.values.keys()


@pytest.mark.slow
def test_five_thousand_rows_with_two_hundred_bad_ones(fresh_house: OpenHouse) -> None:
    """Checked within 30 seconds, all bad ones named, nothing stored."""
    doctor = signed_in(fresh_house, "gp1")
    before = everything(fresh_house)
    rows = [person(n, household=True) for n in range(5000)]
    bad = list(range(0, 5000, 25))
    for place, n in enumerate(bad):
        column, wrong = ((3, "123"), (1, "?"), (2, "2031-01-01"), (4, "1"))[place % 4]
        rows[n][column] = wrong
    content = workbook(rows)
    doctor.get("/imports")
    begun = monotonic()
    answer = upload(doctor, content)
    spent = monotonic() - begun
    assert answer.status_code == 303
    assert spent < 30, f"{spent:.1f} s"
    address = answer.headers["location"]
    report = read_upload("r.xlsx", doctor.get(f"{address}/report").content)
    wrong_rows = {line.cells[0] for line in report[3:] if line.cells[3] == "错误"}
    assert wrong_rows == {str(n + 2) for n in bad}
    assert "无误 4,800 有错误 200" in words(doctor.get(address))
    assert everything(fresh_house) == before
