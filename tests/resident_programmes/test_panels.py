"""The panels of the programmes on the first page of a resident and beside a visit."""

from datetime import date
from decimal import Decimal
from typing import Any

from tests.followups.sending import enrolled, follow_up, put
from tests.followups.test_saving import values
from tests.pages.browsing import signed_in, words
from tests.screening.people import resident
from tests.support.house import OpenHouse
from tests.visits.test_pages import begun

DRUG = {"name": "二甲双胍", "times": 2, "dose": Decimal("0.5"), "unit": "g"}
DIABETES: dict[str, Any] = {
    "visit-mode": "1", "systolic": 126, "diastolic": 78, "hypo": "1", "adherence": "2",
    "drugs": (DRUG,),
}  # fmt: skip


def diabetic(day: str, glucose: str) -> dict[str, Any]:
    on = date.fromisoformat(day)
    return {**DIABETES, "visit-date": on, "fasting-glucose": Decimal(glucose)}


def test_glucose_has_a_chart_with_its_target_and_drugs_their_adherence(
    fresh_house: OpenHouse,
) -> None:
    house = fresh_house
    enrolled(house, "li-na", "diabetes", "2026-01-05")
    doctor = signed_in(house, "gp1")
    put(house, follow_up("li-na", "diabetes", diabetic("2026-05-04", "7.4"), id="d1"), 201)
    assert "随访趋势" not in words(doctor.get("/residents/li-na")), "one day is no course"
    put(house, follow_up("li-na", "diabetes", diabetic("2026-08-03", "6.8"), id="d2"), 201)
    answer = doctor.get("/residents/li-na")
    shown = words(answer)
    for text in (
        "随访趋势",
        "<7",
        "空腹血糖",
        "随访用药",
        "二甲双胍",
        "每日 2 次，每次 0.5g",
        "间断",
    ):
        assert text in shown, text
    assert "2026-05-04 空腹血糖 7.4 mmol/L" in answer.text
    assert "point-1 point-out" in answer.text, "7.4 misses the target"
    assert "空腹血糖 6.8 mmol/L" in words(doctor.get("/residents/li-na/programmes"))


def test_the_tab_draws_the_pressure_with_the_target_of_the_age(fresh_house: OpenHouse) -> None:
    house = fresh_house
    enrolled(house, "zhang-wei", "hypertension", "2026-01-05")
    for number, day in enumerate(("2026-04-06", "2026-07-06")):
        body = follow_up("zhang-wei", "hypertension", values(day, 148, 82), id=f"f{number}")
        put(house, body, 201)
    shown = words(signed_in(house, "gp1").get("/residents/zhang-wei/programmes"))
    assert "<150" in shown
    assert "<90" in shown


def test_what_is_due_stands_beside_the_visit(fresh_house: OpenHouse) -> None:
    house = fresh_house
    enrolled(house, "li-na", "hypertension", "2026-01-05")
    put(house, follow_up("li-na", "hypertension", values("2026-08-20", 132, 82), id="f1"), 201)
    doctor = signed_in(house, "gp1")
    address = begun(doctor, "li-na")
    answer = doctor.get(address)
    shown = words(answer)
    for text in ("健康管理待办", "2026-11-20", "已过期", "控制满意", "随访一并录入"):
        assert text in shown, text
    visit = address.rpartition("/")[2]
    link = f"/residents/li-na/follow-ups/new?encounter={visit}&amp;programmes=hypertension"
    assert link in answer.text
    opened = doctor.get(link.replace("&amp;", "&"))
    assert opened.status_code == 200, words(opened)


def test_somebody_to_be_screened_is_told_of_beside_the_visit(fresh_house: OpenHouse) -> None:
    house = fresh_house
    who = resident(house, "liu-ling", "1980-05-01")
    doctor = signed_in(house, "gp1")
    shown = words(doctor.get(begun(doctor, who)))
    assert "高血压筛查 本次测量签名后自动登记 应筛查" in shown
    young = resident(house, "liu-yang", "2000-05-01")
    assert "健康管理待办" not in words(doctor.get(begun(doctor, young)))


def test_whom_no_programme_is_meant_for_has_no_panel(fresh_house: OpenHouse) -> None:
    house = fresh_house
    young = resident(house, "liu-yang", "2000-05-01")
    doctor = signed_in(house, "gp1")
    assert "panel-programmes" not in doctor.get(f"/residents/{young}").text
    tab = words(doctor.get(f"/residents/{young}/programmes"))
    assert "没有专项管理，档案中也没有应当纳入的诊断或年龄" in tab
