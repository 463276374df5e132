"""The desk and the visit on pages: registered, measured, written, signed, amended."""

import re
from typing import Any

import httpx2

from kernel.fhir import json
from tests.pages.browsing import Visitor, signed_in, words
from tests.support.house import OpenHouse

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
