"""The desk: who is registered, waits, is measured, left open, cancelled, prompted for."""

from tests.cast import RESIDENTS, citizen_number, patient
from tests.pages.browsing import audited, signed_in, words
from tests.pages.test_residents import _statements as statements
from tests.support.house import FRESH_ON_SQLITE, OpenHouse
from tests.visits.test_pages import CONFIRMED, NOTE, SUBMISSION, begun, opened, register, resources


def test_sending_twice_creates_one(fresh_house: OpenHouse) -> None:
    """A line that drops before the answer: the same form is sent again."""
    house = fresh_house
    doctor = signed_in(house, "gp1")
    found = SUBMISSION.search(doctor.get("/residents/li-na/visits/new").text)
    assert found
    form = {"submission": found[1], "reason": "头晕", "do": "wait"}
    for _ in range(2):
        assert doctor.post("/residents/li-na/visits/new", form).status_code == 303
    assert len(resources(house, "Encounter", status="arrived")) == 1
    address = f"/visits/{found[1]}"
    assert doctor.post(f"{address}/begin").status_code == 303
    assert doctor.post(f"{address}/begin").status_code == 303
    note = {**opened(doctor, address), **NOTE, "do": "sign"}
    for _ in range(2):
        answer = doctor.post(address, note)
        assert answer.headers.get("location") == address, words(answer)
    for type_, count in (("Composition", 1), ("MedicationRequest", 1), ("Observation", 6)):
        assert len(resources(house, type_, encounter=f"Encounter/{found[1]}")) == count, type_


@FRESH_ON_SQLITE
def test_a_nurse_is_refused_what_cannot_be(fresh_house: OpenHouse) -> None:
    nurse = signed_in(fresh_house, "nurse1")
    register(nurse)
    (visit,) = resources(fresh_house, "Encounter", status="arrived")
    address = f"/visits/{visit['id']}/vitals"
    refused = nurse.post(address, {"temperature": "99", "weight": "60.5"})
    assert refused.status_code == 422
    assert "体温应在 30–45 ℃ 之间" in words(refused)
    assert 'value="60.5"' in refused.text
    asked = nurse.post(address, {"temperature": "39.0"})
    assert "体温 39.0 ℃ 不在常见范围" in words(asked)
    confirmed = CONFIRMED.search(asked.text)
    assert confirmed
    form = {"temperature": "39.0", "confirmed": confirmed[1]}
    assert nurse.post(address, form).status_code == 303
    assert "体温 39.0 ℃" in words(signed_in(fresh_house, "gp1").get(address[:-7]))


@FRESH_ON_SQLITE
def test_cancelling_wants_a_reason(fresh_house: OpenHouse) -> None:
    house = fresh_house
    nurse = signed_in(house, "nurse1")
    register(nurse)
    (visit,) = resources(house, "Encounter", status="arrived")
    address = f"/visits/{visit['id']}"
    assert "已填写的内容都保留" not in words(nurse.get(address))
    for reason in ("", " 无 ", "改" * 201):
        refused = nurse.post(f"{address}/cancel", {"reason": reason})
        assert refused.status_code == 422, reason
        assert "请写明取消原因，2 至 200 个字" in words(refused)
        assert 'id="field-reason-error"' in refused.text
        assert f'value="{reason}"' in refused.text
        assert '<details class="confirm" open>' in refused.text
        assert "主观资料" in words(refused), "the page of the visit"
    (stored,) = resources(house, "Encounter", status="arrived")
    assert stored["id"] == visit["id"]
    assert nurse.post(f"{address}/cancel", {"reason": "患者改天再来"}).status_code == 303
    assert "取消原因 患者改天再来" in words(nurse.get(address))
    assert "已取消 1" in words(nurse.get("/visits"))
    assert "李娜" not in words(nurse.get("/visits?state=arrived"))
    assert nurse.get("/visits?state=x").status_code == 400
    doctor = signed_in(house, "gp1")
    assert doctor.post(f"{address}/begin").status_code == 409
    rows = [row for row in audited(house, "update") if row["detail"]]
    (row,) = [row for row in rows if row["detail"].get("path") == f"{address}/cancel"]
    assert (row["resource_type"], row["resource_id"]) == ("Encounter", visit["id"])
    assert row["patient_id"] == "li-na"


@FRESH_ON_SQLITE
def test_what_is_over_is_not_cancelled(fresh_house: OpenHouse) -> None:
    nurse = signed_in(fresh_house, "nurse1")
    nurse.get("/visits")
    refused = nurse.post("/visits/li-na-visit/cancel", {"reason": "患者改天再来"})
    assert refused.status_code == 422
    assert "这次接诊已经结束或取消" in words(refused)
    assert signed_in(fresh_house, "gp2").post("/visits/li-na-visit/cancel").status_code == 404


def test_a_visit_left_open_yesterday_is_still_there(fresh_house: OpenHouse) -> None:
    house = fresh_house
    register(signed_in(house, "nurse1"))
    house.clock.advance(days=1)
    visitor = signed_in(house, "nurse1")
    assert "2026-11-23 往日未完成" in words(visitor.get("/visits"))
    assert register(visitor).headers["location"] == "/visits", "today is another visit"
    assert len(resources(house, "Encounter", status="arrived")) == 2


@FRESH_ON_SQLITE
def test_a_closed_file_is_not_registered(fresh_house: OpenHouse) -> None:
    house = fresh_house
    house.save({**RESIDENTS["li-na"], "id": "li-na", "deceasedDateTime": "2026-11-01"})
    refused = register(signed_in(house, "gp1"), do="begin")
    assert refused.status_code == 422
    assert "档案已结案" in words(refused)
    assert 'value="头晕"' in refused.text


def test_the_pressure_of_the_year_is_prompted_until_it_is_taken(fresh_house: OpenHouse) -> None:
    house = fresh_house
    house.save({**patient("周静", "female", "1985-01-01"), "id": "zhou-jing"})
    nurse = signed_in(house, "nurse1")
    prompt = "35 岁及以上，今年还没有测血压：请测量"
    assert prompt in words(nurse.get("/residents/zhou-jing/visits/new"))
    register(nurse, "zhou-jing")
    (visit,) = resources(house, "Encounter", status="arrived")
    assert prompt in words(nurse.get("/visits"))
    assert prompt in words(nurse.get(f"/visits/{visit['id']}"))
    form = {"left_systolic": "120", "left_diastolic": "80"}
    assert nurse.post(f"/visits/{visit['id']}/vitals", form).status_code == 303
    assert prompt not in words(nurse.get("/visits"))


def test_the_home_page_shows_today(fresh_house: OpenHouse) -> None:
    doctor = signed_in(fresh_house, "gp1")
    begun(doctor)
    home = words(doctor.get("/"))
    for text in ("今日接诊", "接诊中 1", "李娜", "打开今日接诊"):
        assert text in home, text
    assert "最近就诊" in words(signed_in(fresh_house, "centre1").get("/"))


def test_a_card_that_nobody_knows_leads_to_a_new_file(fresh_house: OpenHouse) -> None:
    doctor = signed_in(fresh_house, "gp1")
    unknown = citizen_number("37990019800101003")
    answer = doctor.post("/visits/search", {"q": unknown})
    assert answer.headers["location"].startswith("/residents/new?number=")
    assert unknown not in answer.headers["location"]
    several = doctor.post("/visits/search", {"q": "w"}).headers["location"]
    assert several.startswith(("/visits?search=", "/residents/"))
    nobody = doctor.post("/visits/search", {"q": "没有这个人"}).headers["location"]
    assert "没有找到这位居民" in words(doctor.get(nobody))


def test_the_list_costs_the_same_however_many_come(fresh_house: OpenHouse) -> None:
    """No N+1: the statements do not grow with the patients."""
    house, nurse = fresh_house, signed_in(fresh_house, "nurse1")
    register(nurse, "li-na")
    nurse.get("/visits")
    before = statements(house, nurse, "/visits")
    register(nurse, "wang-xiaoming")
    register(nurse, "zhang-wei")
    assert statements(house, nurse, "/visits") == before
