"""A referral is accepted and booked in one go; several at once, all or none."""

import re
from typing import Any

import httpx2
import pytest

from kernel.fhir.store import save
from referral.states import Event, State
from tests.pages.browsing import Visitor, signed_in, words
from tests.referrals.office.opening import listed, slots, stored, version
from tests.referrals.playing import Players, department, department_id, departments
from tests.support.house import FRESH_ON_SQLITE, OpenHouse

HERE = department_id("hospital-1")
_CHOSEN = re.compile(r'name="(?P<name>[\w.-]+)"[^>]*value="(?P<value>[^"]*)"')


@pytest.fixture
def desk(fresh_house: OpenHouse) -> Players:
    """Three wait; the department has slots from tomorrow at nine on."""
    departments(fresh_house)
    slots(fresh_house, 4)
    players = Players(fresh_house)
    players.refer("one")
    players.refer("two", "li-na", urgency="emergency")
    players.refer("three", "zhang-wei", urgency="urgent")
    return players


def filled_form(page: str, event: str) -> dict[str, str]:
    """What a form of the page sends when nobody has typed anything."""
    found = re.search(
        rf'<form method="post" action="/referrals/[^"]+/moves/{event}".*?</form>', page, re.DOTALL
    )
    assert found is not None, f"{event} is not offered"
    form = {m["name"]: m["value"] for m in _CHOSEN.finditer(found[0]) if m["name"] != "csrf_token"}
    for name, body in re.findall(
        r'<select[^>]*name="([^"]+)".*?>(.*?)</select>', found[0], re.DOTALL
    ):
        chosen = re.search(r'value="([^"]*)" selected', body)
        form[name] = chosen[1] if chosen else ""
    radios = re.findall(r'type="radio" name="([^"]+)"', found[0])
    return {name: value for name, value in form.items() if name not in radios}


def accepted(visitor: Visitor, request_id: str, **changes: str) -> httpx2.Response:
    """Open a referral and send its acceptance, changed where something is typed."""
    shown = visitor.get(f"/referrals/{request_id}")
    form = {**filled_form(shown.text, "accept"), **changes}
    return visitor.post(f"/referrals/{request_id}/moves/accept", form)


def test_enter_accepts_into_the_first_free_slot(desk: Players) -> None:
    house, visitor = desk.house, signed_in(desk.house, "coord1")
    with house.station.write() as work:
        other = {**department("hospital-1"), "id": "hospital-1-surgery", "name": "外科"}
        save(work, other, id="hospital-1-surgery")
    answer = accepted(visitor, "one")
    assert answer.status_code == 422, "no department was asked for, so none is preset"
    assert "请选择接收科室" in words(answer)
    desk.refer("four", "sun-li", as_="gp2", doctor="practitioner-station-2-gp",
               performer=[{"reference": "Organization/hospital-1"},
                          {"reference": f"HealthcareService/{HERE}"}])  # fmt: skip
    answer = accepted(visitor, "four")
    assert (answer.status_code, answer.headers["location"]) == (303, "/referral-office")
    told = words(visitor.get("/referral-office"))
    assert "孙丽：接收已保存，现在是“已预约”。" in told
    row = desk.row("four")
    assert (row.state, row.department_id) == ("scheduled", HERE)
    assert stored(house, "Slot", f"{HERE}-slot-0")["status"] == "busy"
    booked = stored(house, "Appointment", row.appointment_id)
    assert booked["start"] == "2026-11-24T09:00:00+08:00"
    assert booked["slot"] == [{"reference": f"Slot/{HERE}-slot-0"}]
    assert [one.event for one in desk.moves("four")] == ["submit", "accept", "book"]


def test_another_time_without_a_slot(desk: Players) -> None:
    visitor = signed_in(desk.house, "coord1")
    answer = accepted(
        visitor, "one", **{"accept-department": HERE, "accept-slot": "", "accept-day": "2026-11-30",
                           "accept-time": "14：30", "accept-text": "请空腹"},
    )  # fmt: skip
    assert answer.status_code == 303
    row = desk.row("one")
    assert row.state == "scheduled"
    assert (
        stored(desk.house, "Appointment", row.appointment_id)["start"]
        == "2026-11-30T14:30:00+08:00"
    )
    assert desk.moves("one")[1].text == "请空腹"


def test_accepted_only_and_booked_later(desk: Players) -> None:
    visitor = signed_in(desk.house, "coord1")
    plain = {"accept-department": HERE, "accept-slot": ""}
    assert accepted(visitor, "one", **plain).status_code == 303
    assert desk.state("one") is State.ACCEPTED
    assert listed(visitor.get("/referral-office?tab=booking")) == ["王小明"]
    form = filled_form(visitor.get("/referrals/one").text, "book")
    assert form["book-slot"] == f"{HERE}-slot-0"
    answer = visitor.post("/referrals/one/moves/book", form)
    assert (answer.status_code, answer.headers["location"]) == (303, "/referrals/one")
    assert desk.state("one") is State.SCHEDULED


@FRESH_ON_SQLITE
@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"accept-department": ""}, "请选择接收科室。"),
        ({"accept-department": "nowhere"}, "请选择接收科室。"),
        ({"accept-slot": "nowhere"}, "这个号源已被占用或时间已过，请另选一个。"),
        ({"accept-day": "2026-11-25", "accept-time": "9"}, "时间应写成 09:30 这样的 24 小时制。"),
        ({"accept-slot": "", "accept-day": "2026-11-25"}, "请同时填写日期和时间。"),
        ({"accept-slot": "", "accept-time": "09:30"}, "请同时填写日期和时间。"),
        ({"accept-day": "2026-11-25", "accept-time": "09:30"}, "号源和其他时间只能选一个"),
        ({"accept-slot": "", "accept-day": "2026-11-20", "accept-time": "09:30"}, "应晚于现在"),
        ({"accept-slot": "", "accept-day": "昨天", "accept-time": "09:30"}, "日期"),
        ({"accept-text": "字" * 501}, "说明最多 500 个字，现有 501 个。"),
    ],
)
def test_what_is_wrong_is_told_and_what_was_typed_stays(
    desk: Players, typed: dict[str, str], said: str
) -> None:
    visitor = signed_in(desk.house, "coord1")
    form = {"accept-department": HERE, "accept-slot": f"{HERE}-slot-0", "accept-text": "空腹来院"}
    answer = accepted(visitor, "one", **{**form, **typed})
    assert answer.status_code == 422
    assert said in words(answer)
    kept = {**form, **typed}["accept-text"]
    assert kept in answer.text
    assert desk.state("one") is State.SUBMITTED


def test_the_same_slot_is_taken_once(desk: Players) -> None:
    """Two coordinators of the same hospital, both with the first slot on their screens."""
    visitors = [signed_in(desk.house, "coord1") for _ in range(2)]
    form = {"accept-department": HERE, "accept-slot": f"{HERE}-slot-0"}
    pages = [v.get(f"/referrals/{id_}") for v, id_ in zip(visitors, ("one", "three"), strict=True)]
    sent = [{**filled_form(page.text, "accept"), **form} for page in pages]
    assert visitors[0].post("/referrals/one/moves/accept", sent[0]).status_code == 303
    answer = visitors[1].post("/referrals/three/moves/accept", sent[1])
    assert answer.status_code == 422
    assert "这个号源已被占用" in words(answer)
    assert desk.state("three") is State.SUBMITTED


# Several ----------------------------------------------------------------------------------------


def ticked(desk: Players, *ids: str) -> dict[str, Any]:
    """The form below the list with some of it chosen."""
    return {
        "chosen": [f"{id_}:{version(desk.house, id_)}" for id_ in ids],
        "bulk-department": HERE,
    }


def hidden(answer: httpx2.Response) -> dict[str, Any]:
    """What the page that shows the plan sends."""
    form: dict[str, Any] = {"chosen": re.findall(r'name="chosen" value="([^"]+)"', answer.text)}
    for name in re.findall(r'name="(slot-[^"]+|submission|bulk-department)"', answer.text):
        found = re.search(rf'name="{name}" value="([^"]+)"', answer.text)
        assert found is not None
        form[name] = found[1]
    return form


def test_several_get_the_next_slots_in_the_order_of_urgency(desk: Players) -> None:
    visitor = signed_in(desk.house, "coord1")
    plan = visitor.post("/referral-office/bulk", ticked(desk, "one", "two", "three"))
    assert plan.status_code == 200
    told = words(plan)
    assert told.index("李娜") < told.index("张伟") < told.index("王小明")
    assert "3 份转诊，按紧急程度和期限依次预约到心血管内科的空号源。" in told
    assert "与申请不同" not in told
    form = hidden(plan)
    answer = visitor.post("/referral-office/bulk/accept", form)
    assert (answer.status_code, answer.headers["location"]) == (303, "/referral-office")
    slots_of = {id_: stored(desk.house, "Appointment", desk.row(id_).appointment_id)["start"][11:16]
                for id_ in ("one", "two", "three")}  # fmt: skip
    assert slots_of == {"two": "09:00", "three": "09:30", "one": "10:00"}
    assert "已接收 3 份转诊并预约到心血管内科。" in words(visitor.get("/referral-office"))
    again = visitor.post("/referral-office/bulk/accept", form)
    assert again.status_code == 303, "a second click has the same outcome"
    assert len(desk.moves("one")) == 3


def test_where_one_cannot_be_accepted_none_is(desk: Players) -> None:
    visitor = signed_in(desk.house, "coord1")
    form = hidden(visitor.post("/referral-office/bulk", ticked(desk, "one", "two", "three")))
    desk.play("coord1", "three", Event.REQUEST_INFO, State.INFO_REQUESTED)
    answer = visitor.post("/referral-office/bulk/accept", form)
    assert answer.status_code == 409
    told = words(answer)
    assert "没有保存：有 1 份不能接收" in told
    assert "张伟" in told
    assert "已有人办理，内容有变化，请重新选择" in told
    assert desk.state("one") is State.SUBMITTED
    assert desk.state("two") is State.SUBMITTED
    assert stored(desk.house, "Slot", f"{HERE}-slot-0")["status"] == "free"
    others = visitor.post("/referral-office/bulk", ticked(desk, "one", "three"))
    assert "现在是“待补充资料”，不能接收" in words(others)
    left = hidden(others)
    assert [one.partition(":")[0] for one in left["chosen"]] == ["one"]


def test_too_few_slots_are_told_by_row(desk: Players) -> None:
    house = desk.house
    with house.station.write() as work:
        for number in range(3):
            slot = stored(house, "Slot", f"{HERE}-slot-{number}")
            save(work, {**slot, "status": "busy"}, id=slot["id"])
    plan = signed_in(house, "coord1").post("/referral-office/bulk", ticked(desk, "one", "two"))
    told = words(plan)
    assert "这个科室没有足够的空号源" in told
    assert told.count("可以接收") == 1


@FRESH_ON_SQLITE
@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"chosen": []}, "请先在名单中勾选要接收的转诊。"),
        ({"bulk-department": ""}, "请选择接收科室。"),
        ({"bulk-department": "hospital-2-cardiology"}, "请选择接收科室。"),
        ({"chosen": [f"x{n}:1" for n in range(51)]}, "一次最多接收 50 份，现在选了 51 份。"),
    ],
)
def test_a_wrong_choice_is_told(desk: Players, change: dict[str, Any], said: str) -> None:
    visitor = signed_in(desk.house, "coord1")
    answer = visitor.post("/referral-office/bulk", {**ticked(desk, "one"), **change})
    assert answer.status_code == 422
    assert said in words(answer)
    answer = visitor.post("/referral-office/bulk/accept", {**ticked(desk, "one"), **change})
    assert answer.status_code == 422
    assert desk.state("one") is State.SUBMITTED


@FRESH_ON_SQLITE
def test_another_department_than_the_one_asked_for_is_told(desk: Players) -> None:
    with desk.house.station.write() as work:
        other = {**department("hospital-1"), "id": "hospital-1-surgery", "name": "外科"}
        save(work, other, id="hospital-1-surgery")
    performer = [{"reference": "Organization/hospital-1"},
                 {"reference": "HealthcareService/hospital-1-surgery"}]  # fmt: skip
    desk.refer("four", "sun-li", as_="gp2", doctor="practitioner-station-2-gp", performer=performer)
    visitor = signed_in(desk.house, "coord1")
    told = words(visitor.post("/referral-office/bulk", ticked(desk, "one", "four")))
    assert "外科 与申请不同" in told
    assert told.count("与申请不同") == 1


@FRESH_ON_SQLITE
def test_another_hospitals_are_not_to_be_had(desk: Players) -> None:
    visitor = signed_in(desk.house, "coord2")
    chosen = {**ticked(desk, "one"), "bulk-department": department_id("hospital-2")}
    told = words(visitor.post("/referral-office/bulk", chosen))
    assert "已不在本院的待办中" in told
    assert "王小明" not in told
    sent = {**chosen, "slot-one": f"{HERE}-slot-0"}
    assert visitor.post("/referral-office/bulk/accept", sent).status_code == 409
    assert desk.state("one") is State.SUBMITTED
    assert signed_in(desk.house, "gp1").post("/referral-office/bulk", chosen).status_code == 403
