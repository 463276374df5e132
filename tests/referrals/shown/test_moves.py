"""Every move that is made on the page of a referral; what is refused; two at once."""

import pytest

from demo.cast import practitioner_id
from referral.states import State
from tests.pages.browsing import signed_in, words
from tests.referrals.office.opening import slots, stored
from tests.referrals.playing import GP, Players, department_id, departments
from tests.referrals.shown.moving import at_once, form, moved, second_coordinator
from tests.support.house import FRESH_ON_SQLITE, OpenHouse

HERE, THERE = department_id("hospital-1"), department_id("hospital-2")


@pytest.fixture
def players(fresh_house: OpenHouse) -> Players:
    departments(fresh_house)
    found = Players(fresh_house)
    found.refer("r")
    return found


@FRESH_ON_SQLITE
@pytest.mark.parametrize(
    ("begin", "who", "event", "typed", "end"),
    [
        (State.SUBMITTED, "coord1", "request-info", {"text": "请补充心电图"}, State.INFO_REQUESTED),
        (State.INFO_REQUESTED, "nurse1", "supply", {"text": "窦性心律"}, State.SUBMITTED),
        (State.INFO_REQUESTED, "nurse1", "claim", {}, State.INFO_REQUESTED),
        (State.SUBMITTED, "coord1", "accept", {"department": HERE}, State.ACCEPTED),
        (State.SUBMITTED, "coord1", "reject", {"reason": "1"}, State.REJECTED),
        (State.SUBMITTED, "coord1", "reject", {"reason": "9", "text": "设备检修"}, State.REJECTED),
        (State.SUBMITTED, "coord1", "redirect",
         {"receiver": "hospital.hospital-2", "text": "专科在区医院"}, State.SUBMITTED),
        (State.SUBMITTED, "coord1", "redirect",
         {"receiver": f"department.{THERE}", "text": "专科在区医院"}, State.SUBMITTED),
        (State.SUBMITTED, "coord1", "redirect",
         {"receiver": f"department.{HERE}", "text": "转心内"}, State.SUBMITTED),
        (State.SUBMITTED, "coord1", "emergency-override", {}, State.ARRIVED),
        (State.SUBMITTED, "gp1", "cancel", {"reason": "1"}, State.CANCELLED),
        (State.ACCEPTED, "coord1", "book",
         {"day": "2026-11-25", "time": "9:30"}, State.SCHEDULED),
        (State.SCHEDULED, "coord1", "rebook",
         {"day": "20261126", "time": "0930", "text": "患者改期"}, State.SCHEDULED),
        (State.SCHEDULED, "coord1", "arrive", {}, State.ARRIVED),
        (State.SCHEDULED, "coord1", "no-show", {"text": "电话未接"}, State.NO_SHOW),
        (State.NO_SHOW, "coord1", "rebook",
         {"day": "2026-11-26", "time": "09:30"}, State.SCHEDULED),
        (State.ARRIVED, "coord1", "start", {"indicated": "yes", "until": "2026-12-01"},
         State.IN_CARE),
        (State.IN_CARE, "coord1", "transfer",
         {"receiver": "hospital.hospital-2", "text": "需要手术"}, State.SUBMITTED),
        (State.BACK_OFFERED, "gp1", "accept-back", {"person": GP}, State.BACK_ACCEPTED),
        (State.BACK_OFFERED, "gp1", "decline-back", {"reason": "2"}, State.IN_CARE),
        (State.FOLLOWED_UP, "gp1", "acknowledge", {"text": "已阅"}, State.CLOSED),
    ],
)  # fmt: skip
def test_every_move(
    players: Players, *, begin: State, who: str, event: str, typed: dict[str, str], end: State
) -> None:
    players.bring("r", begin)
    answer = moved(players.house, who, "r", event, **typed)
    assert answer.status_code == 303, words(answer)
    assert players.state("r") is end
    last = players.moves("r")[-1]
    assert last.event == event
    assert (last.reason or "", last.text or "") == (typed.get("reason", ""), typed.get("text", ""))


@FRESH_ON_SQLITE
def test_what_the_moves_say_is_kept(players: Players) -> None:
    house = players.house
    players.bring("r", State.ARRIVED)
    moved(house, "coord1", "r", "start", indicated="no", until="2026-12-01")
    row = players.row("r")
    assert row.indicated is False
    assert row.due_at > house.clock.now() + 8 * 24 * 3600 * 1_000_000
    moved(house, "coord1", "r", "transfer", receiver=f"department.{THERE}", text="需要手术")
    row = players.row("r")
    assert (row.hospital_id, row.department_id) == ("hospital-2", THERE)
    assert signed_in(house, "coord2").get("/referrals/r").status_code == 200


@FRESH_ON_SQLITE
def test_whoever_accepts_takes_it(players: Players) -> None:
    name = second_coordinator(players.house)
    moved(players.house, name, "r", "accept", department=HERE)
    assert players.row("r").owner_id == practitioner_id("hospital-2", "referral_coordinator")
    answer = moved(players.house, "coord1", "r", "claim")
    assert answer.status_code == 303
    assert players.row("r").owner_id == practitioner_id("hospital-1", "referral_coordinator")
    assert "由我负责" not in words(signed_in(players.house, "coord1").get("/referrals/r"))


@FRESH_ON_SQLITE
@pytest.mark.parametrize(
    ("begin", "who", "event", "typed", "said"),
    [
        (State.SUBMITTED, "coord1", "reject", {}, "请选择原因。"),
        (State.SUBMITTED, "coord1", "reject", {"reason": "x", "text": "甲乙"}, "请选择原因。"),
        (State.SUBMITTED, "coord1", "reject", {"reason": "5"},
         "原因为“建议转其他机构”时请写明说明。"),
        (State.SUBMITTED, "coord1", "request-info", {}, "请写明说明。"),
        (State.SUBMITTED, "coord1", "redirect", {"text": "专科在区医院"}, "请选择转往。"),
        (State.SUBMITTED, "coord1", "redirect",
         {"receiver": "hospital.hospital-1", "text": "甲乙"}, "请选择转往。"),
        (State.IN_CARE, "coord1", "transfer",
         {"receiver": f"department.{HERE}", "text": "甲乙"}, "请选择转往。"),
        (State.SUBMITTED, "gp1", "cancel", {"reason": "9"}, "原因为“其他”时请写明说明。"),
        (State.ACCEPTED, "coord1", "book", {"text": "甲乙"}, "请选择号源，或填写其他日期和时间。"),
        (State.ARRIVED, "coord1", "start", {"until": "2026-11-01", "text": "甲乙"},
         "预计住院到的日期不能早于今天。"),
        (State.ARRIVED, "coord1", "start", {"until": "下周", "text": "甲乙"}, "日期"),
        (State.BACK_OFFERED, "gp1", "accept-back", {"person": "nobody", "text": "甲乙"},
         "请选择负责医生。"),
        (State.BACK_OFFERED, "gp1", "decline-back", {"text": "甲乙"}, "请选择原因。"),
    ],
)  # fmt: skip
def test_what_is_refused_keeps_what_was_typed(
    players: Players, *, begin: State, who: str, event: str, typed: dict[str, str], said: str
) -> None:
    players.bring("r", begin)
    answer = moved(players.house, who, "r", event, **typed)
    assert answer.status_code == 422
    assert said in words(answer)
    assert players.state("r") is begin
    assert typed.get("text", "") in answer.text
    opened = answer.text.partition('<details class="move" open>')[2]
    assert f"/moves/{event}" in opened.partition("</details>")[0]


@FRESH_ON_SQLITE
def test_the_other_sides_move_is_refused(players: Players) -> None:
    for who, event, typed in (
        ("gp1", "accept", {"department": HERE}),
        ("coord1", "cancel", {"reason": "1"}),
        ("nurse1", "cancel", {"reason": "1"}),
    ):
        answer = moved(players.house, who, "r", event, **typed)
        assert answer.status_code == 403, (who, event)
    assert players.state("r") is State.SUBMITTED


@FRESH_ON_SQLITE
def test_a_move_that_is_not_possible_now_is_told(players: Players) -> None:
    players.bring("r", State.ACCEPTED)
    answer = moved(players.house, "coord1", "r", "accept", department=HERE)
    assert answer.status_code == 422
    assert "转诊现在是“已接收”，不能接收。" in words(answer)


@FRESH_ON_SQLITE
def test_a_stale_page_is_told_what_happened_meanwhile(players: Players) -> None:
    house, name = players.house, second_coordinator(players.house)
    visitor = signed_in(house, "coord1")
    visitor.get("/referrals/r")
    sent = form(house, "r", "reject", reason="9", text="本周没有专家号")
    house.clock.advance(minutes=3)
    moved(house, name, "r", "accept", department=HERE)
    answer = visitor.post("/referrals/r/moves/reject", sent)
    assert answer.status_code == 412
    told = words(answer)
    assert "您打开页面之后，隋红霞 已于 2026-11-23 09:08 办理“接收”，现在是“已接收”。" in told
    assert "本周没有专家号" in told, "what was typed is not lost with its form"
    assert players.state("r") is State.ACCEPTED
    assert f'name="seen" value="{players.row("r").version}"' in answer.text


@FRESH_ON_SQLITE
@pytest.mark.parametrize("seen", ["", "x", "0", "99"])
def test_a_form_without_the_version_that_was_seen_is_not_taken(players: Players, seen: str) -> None:
    visitor = signed_in(players.house, "coord1")
    visitor.get("/referrals/r")
    sent = {**form(players.house, "r", "reject", reason="1"), "seen": seen}
    answer = visitor.post("/referrals/r/moves/reject", sent)
    assert answer.status_code in (412, 422)
    assert "没有保存" in words(answer) or "未保存" in words(answer)
    assert players.state("r") is State.SUBMITTED


@FRESH_ON_SQLITE
def test_a_second_click_has_the_same_outcome(players: Players) -> None:
    visitor = signed_in(players.house, "coord1")
    visitor.get("/referrals/r")
    sent = form(players.house, "r", "request-info", text="请补充心电图")
    answers = [visitor.post("/referrals/r/moves/request-info", sent) for _ in range(2)]
    assert [one.status_code for one in answers] == [303, 303]
    assert [one.event for one in players.moves("r")] == ["submit", "request-info"]
    other = {**sent, "request-info-text": "请补充化验单"}
    assert visitor.post("/referrals/r/moves/request-info", other).status_code == 412


@FRESH_ON_SQLITE
def test_a_second_click_books_once(players: Players) -> None:
    house = players.house
    slots(house, 2)
    visitor = signed_in(house, "coord1")
    visitor.get("/referrals/r")
    typed = {"department": HERE, "slot": f"{HERE}-slot-0"}
    id_ = "01939b5e-0000-7000-8000-000000000001"
    sent = {**form(house, "r", "accept", **typed), "submission": id_}
    answers = [visitor.post("/referrals/r/moves/accept", sent) for _ in range(2)]
    assert [one.status_code for one in answers] == [303, 303]
    assert players.row("r").appointment_id == id_
    assert stored(house, "Slot", f"{HERE}-slot-1")["status"] == "free"
    other = {**sent, "submission": id_[:-1] + "2", "accept-slot": f"{HERE}-slot-1"}
    assert visitor.post("/referrals/r/moves/accept", other).status_code == 412


@FRESH_ON_SQLITE
def test_what_is_booked_anew_gives_its_slot_back(players: Players) -> None:
    house = players.house
    slots(house, 2)
    moved(house, "coord1", "r", "accept", department=HERE, slot=f"{HERE}-slot-0")
    before = players.row("r").appointment_id
    answer = moved(house, "coord1", "r", "rebook", slot=f"{HERE}-slot-1")
    assert answer.status_code == 303, words(answer)
    assert stored(house, "Appointment", before)["status"] == "cancelled"
    assert stored(house, "Slot", f"{HERE}-slot-0")["status"] == "free"
    assert stored(house, "Slot", f"{HERE}-slot-1")["status"] == "busy"
    moved(house, "gp1", "r", "cancel", reason="1")
    assert stored(house, "Slot", f"{HERE}-slot-1")["status"] == "free"


# Two at once ------------------------------------------------------------------------------------


def test_two_coordinators_at_once(players: Players) -> None:
    """One accepts and the other declines in the same moment: one outcome, and a clear word."""
    house = players.house
    visitors = [signed_in(house, who) for who in ("coord1", second_coordinator(house))]
    for one in visitors:
        one.get("/referrals/r")
    answers = at_once(
        house,
        (visitors[0], "/referrals/r/moves/accept", form(house, "r", "accept", department=HERE)),
        (visitors[1], "/referrals/r/moves/reject", form(house, "r", "reject", reason="1")),
    )
    assert sorted(one.status_code for one in answers) == [303, 412]
    assert len(players.moves("r")) == 2
    assert players.state("r") in (State.ACCEPTED, State.REJECTED)
    [refused] = [one for one in answers if one.status_code == 412]
    assert "您的这次提交没有保存，请核对后再办理。" in words(refused)


def test_a_double_click_at_once(players: Players) -> None:
    house = players.house
    visitor = signed_in(house, "coord1")
    visitor.get("/referrals/r")
    sent = (visitor, "/referrals/r/moves/accept", form(house, "r", "accept", department=HERE))
    answers = at_once(house, sent, sent)
    assert [one.status_code for one in answers] == [303, 303]
    assert [one.event for one in players.moves("r")] == ["submit", "accept"]


def test_one_slot_for_two_at_once(players: Players) -> None:
    house = players.house
    slots(house, 2)
    players.refer("s", "li-na")
    visitors = [signed_in(house, "coord1") for _ in range(2)]
    sent = [
        (one, f"/referrals/{id_}/moves/accept",
         form(house, id_, "accept", department=HERE, slot=f"{HERE}-slot-0"))
        for one, id_ in zip(visitors, ("r", "s"), strict=True)
    ]  # fmt: skip
    for one in visitors:
        one.get("/referrals/r")
    answers = at_once(house, *sent)
    assert sorted(one.status_code for one in answers) == [303, 422]
    states = [players.state(id_) for id_ in ("r", "s")]
    assert sorted(states) == [State.SCHEDULED, State.SUBMITTED]
    [refused] = [one for one in answers if one.status_code == 422]
    assert "号源" in words(refused)
