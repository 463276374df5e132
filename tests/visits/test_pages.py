"""The desk and the visit on pages: registered, measured, written, signed, amended."""

import re
from typing import Any

import httpx2
import pytest

from kernel.fhir import json
from tests.cast import coded, to
from tests.pages.browsing import Visitor, audited, signed_in, words
from tests.support.house import FRESH_ON_SQLITE, OpenHouse

SUBMISSION = re.compile(r'name="submission" value="([^"]+)"')
SEEN = re.compile(r'name="seen" value="([^"]+)"')
CONFIRMED = re.compile(r'name="confirmed" value="([^"]*)"')
NOTE = {
    "complaint": "头晕3天",
    "history": "三天前起床时头晕，无呕吐",
    "left_systolic": "148",
    "left_diastolic": "92",
    "pulse": "76",
    "temperature": "36.0",
    "weight": "70.0",
    "height": "170",
    "findings": "神清，心律齐",
    "diagnosis_1": "原发性高血压",
    "diagnosis_code_1": "I10.x00",
    "diagnosis_2": "高脂血症",
    "diagnosis_code_2": "E78.500",
    "assessment": "血压未达标",
    "tests": "血脂、肾功能",
    "treatment": "调整用药",
    "drug_1": "苯磺酸氨氯地平片",
    "drug_code_1": "C08CA01",
    "dose_1": "5",
    "unit_1": "mg",
    "frequency_1": "qd",
    "route_1": "po",
    "days_1": "28",
    "guidance": "两周后复诊",
    "education": "低盐饮食",
}


def register(visitor: Visitor, resident: str = "li-na", **others: str) -> httpx2.Response:
    """Fill in the form of the registration."""
    shown = visitor.get(f"/residents/{resident}/visits/new")
    if shown.status_code == 303:  # registered already
        return shown
    found = SUBMISSION.search(shown.text)
    assert found, shown.text
    form = {"submission": found[1], "reason": "头晕", "do": "wait", **others}
    return visitor.post(f"/residents/{resident}/visits/new", form)


def begun(visitor: Visitor, resident: str = "li-na") -> str:
    """The address of a visit that the doctor has begun."""
    answer = register(visitor, resident, do="begin")
    assert answer.status_code == 303, words(answer)
    return answer.headers["location"]


def opened(visitor: Visitor, address: str) -> dict[str, str]:
    """What the form was opened with."""
    shown = visitor.get(address)
    found = SEEN.search(shown.text)
    assert found, words(shown)
    return {"seen": found[1]}


def send(visitor: Visitor, address: str, action: str, **values: str) -> httpx2.Response:
    """Open the form of a visit, fill it in and send it."""
    return visitor.post(address, {**opened(visitor, address), **values, "do": action})


def resources(house: OpenHouse, type_: str, **params: str) -> list[dict[str, Any]]:
    """What the API has."""
    answer = house.client("gp1").search(type_, *params.items(), ("_count", "100"))
    bundle = json.loads(answer.content)
    return [entry["resource"] for entry in bundle.get("entry", [])]


def test_a_visit_from_the_desk_to_the_signature(fresh_house: OpenHouse) -> None:
    house = fresh_house
    nurse, doctor = signed_in(house, "nurse1"), signed_in(house, "gp1")
    assert "今天还没有登记就诊的居民" in words(nurse.get("/visits"))
    answer = nurse.post("/visits/search", {"q": "李娜"})
    assert answer.headers["location"] == "/residents/li-na/visits/new"
    shown = words(nurse.get("/residents/li-na/visits/new"))
    assert "青霉素过敏" in shown
    assert register(nurse, "li-na").headers["location"] == "/visits"
    row = words(nurse.get("/visits"))
    for text in ("李娜", "63岁", "头晕", "候诊", "青霉素过敏", "高血压", "已登记，正在候诊"):
        assert text in row, text
    (visit,) = resources(house, "Encounter", status="arrived")
    address = f"/visits/{visit['id']}"
    vitals = {"left_systolic": "148", "left_diastolic": "92", "pulse": "76"}
    assert "测量" in words(nurse.get(address))
    assert nurse.post(f"{address}/vitals", vitals).status_code == 303
    assert doctor.post(f"{address}/begin").status_code == 303
    form = doctor.get(address).text
    assert 'name="left_systolic" value="148"' in form
    kept = send(doctor, address, "keep", **NOTE)
    assert kept.status_code == 303, words(kept)
    assert resources(house, "MedicationRequest", patient="li-na", status="active") == []
    signed = send(doctor, address, "sign", **NOTE)
    assert signed.headers.get("location") == address, words(signed)
    shown = words(doctor.get(address))
    for text in ("头晕3天", "血压 左 148/92 mmHg", "体质指数 24.22 kg/m²", "原发性高血压",
                 "苯磺酸氨氯地平片", "口服，每日1次，每次5mg，共28天", "低盐饮食", "已签名",
                 "于海宁", "体温 36.0 ℃"):  # fmt: skip
        assert text in shown, text
    (visit,) = [v for v in resources(house, "Encounter", patient="li-na") if v["id"] in address]
    assert visit["status"] == "finished"
    assert [one["status"] for one in visit["statusHistory"]] == ["arrived", "in-progress"]
    page = words(doctor.get("/residents/li-na"))
    assert "148/92 mmHg" in page
    assert "苯磺酸氨氯地平片" in page
    assert "头晕3天" in words(doctor.get("/residents/li-na/visits"))
    paper = words(doctor.get(f"{address}/print"))
    for text in ("接诊记录表", "就诊者的主观资料", "就诊者的客观资料", "处置计划", "医生签字"):
        assert text in paper, text


def test_a_doctor_registers_and_begins_at_once(fresh_house: OpenHouse) -> None:
    doctor = signed_in(fresh_house, "gp1")
    address = begun(doctor)
    assert 'name="complaint" value="头晕"' in doctor.get(address).text
    assert begun(doctor) == address, "who is in the room is not registered twice"


@FRESH_ON_SQLITE
def test_a_refused_form_keeps_what_was_typed_and_saves_nothing(fresh_house: OpenHouse) -> None:
    house = fresh_house
    doctor = signed_in(house, "gp1")
    address = begun(doctor)
    wrong = {**NOTE, "pulse": "9999", "left_diastolic": "150", "complaint": "", "days_1": "x"}
    refused = send(doctor, address, "sign", **wrong)
    assert refused.status_code == 422
    told = words(refused)
    for sentence in ("脉率应在 20–250 次/分 之间", "舒张压应低于同侧的收缩压", "请填写主诉，例如",
                     "用药天数应在 1–366 天之间"):  # fmt: skip
        assert sentence in told, sentence
    for kept in (
        'value="9999"',
        "三天前起床时头晕",
        'value="苯磺酸氨氯地平片"',
        'value="qd" selected',
    ):
        assert kept in refused.text, kept
    assert resources(house, "Observation", encounter=f"Encounter{address[7:]}") == []


@FRESH_ON_SQLITE
def test_unusual_values_are_asked_about_once(fresh_house: OpenHouse) -> None:
    doctor = signed_in(fresh_house, "gp1")
    address = begun(doctor)
    note = {**NOTE, "temperature": "38.5"}
    asked = send(doctor, address, "sign", **note)
    assert asked.status_code == 422
    assert "体温 38.5 ℃ 不在常见范围 35.5–38，请核对" in words(asked)
    confirmed = CONFIRMED.search(asked.text)
    assert confirmed
    other = send(doctor, address, "sign", **{**note, "temperature": "39.5"}, confirmed=confirmed[1])
    assert other.status_code == 422, "another value is asked about anew"
    assert send(doctor, address, "keep", **note).status_code == 303, "a draft is not asked about"
    assert send(doctor, address, "sign", **note, confirmed=confirmed[1]).status_code == 303


def test_a_drug_that_somebody_is_allergic_to_is_asked_about(fresh_house: OpenHouse) -> None:
    house = fresh_house
    allergy = {
        "resourceType": "AllergyIntolerance",
        "id": "penicillin",
        "patient": to("Patient", "li-na"),
        "clinicalStatus": coded(
            "http://terminology.hl7.org/CodeSystem/allergyintolerance-clinical", "active"
        ),
        "code": coded("http://www.whocc.no/atc", "J01C", "青霉素类"),
    }
    house.save(allergy)
    doctor = signed_in(house, "gp1")
    address = begun(doctor)
    offered = doctor.get(f"{address}/drugs", params={"drug_1": "amxl"})
    assert "阿莫西林胶囊" in words(offered)
    assert "过敏：青霉素类" in words(offered)
    assert "过敏" not in words(doctor.get(f"{address}/drugs", params={"drug_1": "aldp"}))
    drug = {"drug_1": "阿莫西林胶囊", "drug_code_1": "J01CA04", "dose_1": "500"}
    asked = send(doctor, address, "sign", **{**NOTE, **drug})
    assert asked.status_code == 422
    assert "患者对“青霉素类”过敏，确认要用“阿莫西林胶囊”吗" in words(asked)
    named = send(
        doctor, address, "sign", **{**NOTE, **drug, "drug_code_1": "", "drug_1": "青霉素V钾片"}
    )
    assert "患者对“青霉素类”过敏" in words(named), "a drug without a code is known by its name"


@pytest.mark.parametrize("typed", ["gxy", "gaoxueya", "高血压", "i10", "I10.x00"])
def test_the_picker_finds_by_whatever_is_typed(house: OpenHouse, typed: str) -> None:
    doctor = signed_in(house, "gp1")
    answer = doctor.get("/visits/diagnoses", params={"diagnosis_1": typed})
    assert 'data-code="I10.x00"' in answer.text
    assert "data-name" not in doctor.get("/visits/diagnoses").text


@FRESH_ON_SQLITE
def test_what_was_typed_and_not_picked_is_understood_where_it_is_plain(
    fresh_house: OpenHouse,
) -> None:
    doctor = signed_in(fresh_house, "gp1")
    address = begun(doctor)
    note = {**NOTE, "diagnosis_1": "i10", "diagnosis_code_1": "", "drug_code_1": ""}
    assert send(doctor, address, "keep", **note).status_code == 303
    form = doctor.get(address).text
    assert 'value="I10.x00"' in form
    assert 'value="原发性高血压"' in form
    assert 'value="C08CA01"' in form


def test_a_nurse_measures_while_the_doctor_writes(fresh_house: OpenHouse) -> None:
    """What the other one saved meanwhile is neither lost nor silently written over."""
    house = fresh_house
    doctor, nurse = signed_in(house, "gp1"), signed_in(house, "nurse1")
    address = begun(doctor)
    before = opened(doctor, address)
    assert nurse.post(f"{address}/vitals", {"pulse": "88", "oxygen": "97"}).status_code == 303
    answer = doctor.post(address, {**before, **NOTE, "do": "sign"})
    assert answer.status_code == 422
    assert "被别人保存过" in words(answer)
    assert 'name="oxygen" value="97"' in answer.text, "an empty field shows what was saved"
    assert 'name="pulse" value="76"' in answer.text, "what was typed stays"
    seen = SEEN.search(answer.text)
    assert seen
    again = {**NOTE, "oxygen": "97", "seen": seen[1], "do": "sign"}
    assert doctor.post(address, again).status_code == 303
    shown = words(doctor.get(address))
    assert "血氧饱和度 97 %" in shown
    assert "脉率 76 次/分" in shown


def test_the_last_prescription_is_copied_marked_and_nothing_else(fresh_house: OpenHouse) -> None:
    house = fresh_house
    doctor = signed_in(house, "gp1")
    assert send(doctor, begun(doctor), "sign", **NOTE).status_code == 303
    house.clock.advance(days=1)
    doctor = signed_in(house, "gp1")
    address = begun(doctor)
    copied = send(doctor, address, "copy", complaint="复诊", pulse="70", drug_1="别的")
    assert copied.status_code == 200
    for text in ('value="复诊"', 'name="pulse" value="70"', 'value="苯磺酸氨氯地平片"',
                 "已复制上次处方，请逐项核对"):  # fmt: skip
        assert text in copied.text, text
    assert 'name="drug_1" value="别的"' in copied.text, "what was typed keeps its row"
    assert 'name="drug_2" value="苯磺酸氨氯地平片"' in copied.text
    assert copied.text.count("copied") >= 6
    assert "148" not in re.findall(r'name="left_systolic" value="([^"]*)"', copied.text)
    assert resources(house, "MedicationRequest", encounter=f"Encounter{address[7:]}") == []


STRANGE = [
    "/visits/{id}", "/visits/{id}/print", "/residents/li-na/visits", "/residents/li-na/visits/new",
    "/residents/li-na/consultations/new", "/visits/{id}/drugs",
]  # fmt: skip
FORMS = [
    ("/visits/{id}", {"do": "sign", "complaint": "x"}), ("/visits/{id}/begin", {}),
    ("/visits/{id}/vitals", {"pulse": "80"}), ("/visits/{id}/cancel", {"reason": "改天再来"}),
    ("/visits/{id}/amend", {"kind": "supplement", "amend_reason": "补记", "text": "x"}),
    ("/residents/li-na/visits/new", {"do": "wait"}),
]  # fmt: skip


@FRESH_ON_SQLITE
def test_another_stations_doctor_sees_and_changes_nothing(fresh_house: OpenHouse) -> None:
    house = fresh_house
    id_ = begun(signed_in(house, "gp1")).rpartition("/")[2]
    before = resources(house, "Encounter", patient="li-na")
    stranger = signed_in(house, "gp2")
    for path in STRANGE:
        assert stranger.get(path.replace("{id}", id_)).status_code == 404, path
    for path, form in FORMS:
        assert stranger.post(path.replace("{id}", id_), form).status_code == 404, path
    assert "李娜" not in words(stranger.get("/visits"))
    assert "李娜" not in words(stranger.get("/"))
    assert resources(house, "Encounter", patient="li-na") == before


@FRESH_ON_SQLITE
def test_each_role_does_its_own(fresh_house: OpenHouse) -> None:
    house = fresh_house
    id_ = begun(signed_in(house, "gp1")).rpartition("/")[2]
    for name in ("nurse1", "head1"):
        visitor = signed_in(house, name)
        assert 'name="complaint"' not in visitor.get(f"/visits/{id_}").text
        for path in ("", "/begin", "/amend"):
            assert visitor.post(f"/visits/{id_}{path}", {"do": "sign"}).status_code == 403, path
    assert signed_in(house, "head1").post(f"/visits/{id_}/vitals", {}).status_code == 403
    for name in ("centre1", "bureau", "sysadmin", "auditor"):
        visitor = signed_in(house, name)
        assert visitor.get("/visits").status_code == 403
        assert visitor.post("/visits/search", {"q": "李娜"}).status_code == 403


def test_who_read_a_visit_and_who_printed_it_is_recorded(fresh_house: OpenHouse) -> None:
    house = fresh_house
    doctor = signed_in(house, "gp1")
    address = begun(doctor)
    assert send(doctor, address, "sign", **NOTE).status_code == 303
    doctor.get(f"{address}/print")
    (printed,) = audited(house, "print")
    assert printed["patient_id"] == "li-na"
    paths = [(row["detail"] or {}).get("path") for row in audited(house, "update")]
    assert address in paths


HOSTILE = '<script>alert("x")</script>'


@FRESH_ON_SQLITE
def test_hostile_texts_stay_texts(fresh_house: OpenHouse) -> None:
    doctor = signed_in(fresh_house, "gp1")
    address = begun(doctor)
    note = {**NOTE, "complaint": HOSTILE, "history": HOSTILE, "drug_1": HOSTILE, "drug_code_1": ""}
    assert send(doctor, address, "keep", **note).status_code == 303
    assert HOSTILE not in doctor.get(address).text
    assert send(doctor, address, "sign", **note).status_code == 303
    for path in (address, f"{address}/print", "/visits", "/residents/li-na/visits", "/"):
        html = doctor.get(path).text
        assert HOSTILE not in html, path
        assert "&lt;script&gt;" in html, path


def test_visits_that_others_wrote_are_shown(fresh_house: OpenHouse) -> None:
    """Whatever is valid FHIR: no period, no reason, another's note, a value without a unit."""
    house = fresh_house
    station = to("Organization", "station-1")
    odd: list[dict[str, Any]] = [
        {"status": "planned", "class": {"code": "?"}},
        {"status": "finished", "class": {"code": "AMB"}, "period": {"end": "2026-01"}},
        {"status": "in-progress", "class": {"code": "IMP"}, "period": {"start": "2026-11-23"}},
        {"status": "onleave", "class": {"code": "EMER"}, "period": {"start": "2026"}},
    ]
    for number, body in enumerate(odd):
        whole = {"resourceType": "Encounter", "id": f"odd-{number}", "serviceProvider": station,
                 "subject": to("Patient", "li-na"), **body}  # fmt: skip
        note = {
            "resourceType": "Composition", "status": "preliminary", "date": "2026-11",
            "type": coded("http://loinc.org", "34117-2"), "title": "x",
            "author": [{"display": "某医生"}], "subject": to("Patient", "li-na"),
            "encounter": to("Encounter", f"odd-{number}"),
            "section": [{"code": coded("http://loinc.org", "51848-0"), "text": {
                "status": "generated", "div": '<div xmlns="http://www.w3.org/1999/xhtml">'
                "<p>一</p><p>二</p></div>"}}],
        }  # fmt: skip
        house.save(whole, note)
    doctor = signed_in(house, "gp1")
    for path in ("/", "/visits", "/residents/li-na/visits", "/residents/li-na"):
        assert doctor.get(path).status_code == 200, path
    for number in range(len(odd)):
        for end in ("", "/print"):
            answer = doctor.get(f"/visits/odd-{number}{end}")
            assert answer.status_code == 200, words(answer)
            assert "一" in words(answer)


def test_a_drug_whose_days_are_over_is_no_longer_taken(fresh_house: OpenHouse) -> None:
    house = fresh_house
    doctor = signed_in(house, "gp1")
    assert send(doctor, begun(doctor), "sign", **{**NOTE, "days_1": "7"}).status_code == 303
    for days, taken in ((6, True), (1, False)):
        house.clock.advance(days=days)
        page = words(signed_in(house, "gp1").get("/residents/li-na"))
        assert ("苯磺酸氨氯地平片" in page) is taken
