"""家庭病床: applied for, returned, submitted again, registered, suspended, ended."""

from datetime import date

from tests.enrolment.entering import enrolled, step
from tests.followups.sending import follow_up, put, stored
from tests.pages.browsing import signed_in, words
from tests.support.house import OpenHouse

LI = "/residents/li-na/programmes"
APPLICATION = {
    "diagnosis": "脑梗死后遗症",
    "diagnosis-code": "I69.3",
    "diagnosed-on": "2026-06-01",
    "conditions": "1",
    "summary": "左侧肢体偏瘫，不能下床",
    "contact": "王强",
    "contact-phone": "13900010009",
}
REGISTRATION = {
    "bed-number": "JC2026-07",
    "bed-type": "2",
    "start-date": "2026-11-23",
    "nurse": "周护士",
}


def test_a_home_bed_from_the_application_to_the_end(fresh_house: OpenHouse) -> None:
    house = fresh_house
    doctor, head = signed_in(house, "gp1"), signed_in(house, "head1")
    assert "家床号" not in words(doctor.get(f"{LI}/home-bed/enrol")), "asked at the registration"
    id_ = enrolled(doctor, "li-na", "home-bed", **APPLICATION)
    assert stored(house, "EpisodeOfCare", id_)["status"] == "waitlist"
    shown = words(doctor.get(LI))
    assert "已提交，待审核" in shown
    assert "新增随访" not in shown
    nurse = signed_in(house, "nurse1")
    assert nurse.get(f"/enrolments/{id_}/approve").status_code == 403
    back = step(head, id_, "return")
    assert back.status_code == 422
    assert "请写明原因，2 至 200 个字" in words(back)
    assert step(head, id_, "return", **{"enrolment-note": "请补充照护者情况"}).status_code == 303
    shown = words(doctor.get(LI))
    assert "已退回，待修改" in shown
    assert "请补充照护者情况" in shown
    again = {**APPLICATION, "contact": "王强（儿子，同住）"}
    assert 'value="王强"' in doctor.get(f"/enrolments/{id_}/submit").text
    assert step(doctor, id_, "submit", **again).status_code == 303
    assert step(head, id_, "approve", **{**again, **REGISTRATION}).status_code == 303
    body = stored(house, "EpisodeOfCare", id_)
    assert (body["status"], body["period"]) == ("active", {"start": "2026-11-23"})
    assert [one["status"] for one in body["statusHistory"]] == ["waitlist", "planned", "waitlist"]
    card = words(doctor.get(f"/enrolments/{id_}/card"))
    for text in ("JC2026-07", "康复型", "周护士", "王强（儿子，同住）"):
        assert text in card, text
    assert "2026-11-25" in words(doctor.get(LI)), "the first visit within two days"
    house.clock.advance(days=7)
    doctor = signed_in(house, "gp1")
    today = {"enrolment-on": "2026-11-30"}
    rests = {**today, "enrolment-note": "住院治疗"}
    assert step(doctor, id_, "suspend", **rests).status_code == 303
    assert "暂停" in words(doctor.get(LI))
    assert step(doctor, id_, "resume", **today).status_code == 303
    closing = {**today, "enrolment-reason": "6"}
    early = step(doctor, id_, "close", **closing)
    assert early.status_code == 422
    assert "请先在最后一次记录中填写转归和撤床诊断" in words(early)
    values = {
        "visit-date": date(2026, 11, 30), "visit-mode": "2", "course": "1",
        "closing-outcome": "2", "closing-diagnosis": "脑梗死恢复期",
    }  # fmt: skip
    put(house, follow_up("li-na", "home-bed", values, id="round"), 201)
    form = words(doctor.get(f"/enrolments/{id_}/close"))
    assert "好转" in form
    assert "脑梗死恢复期" in form
    assert step(doctor, id_, "close", **closing).status_code == 303
    assert stored(house, "EpisodeOfCare", id_)["status"] == "finished"


def test_who_dies_or_moves_needs_no_last_round(fresh_house: OpenHouse) -> None:
    house = fresh_house
    doctor, head = signed_in(house, "gp1"), signed_in(house, "head1")
    id_ = enrolled(doctor, "li-na", "home-bed", **APPLICATION)
    assert step(head, id_, "approve", **APPLICATION).status_code == 303
    assert step(doctor, id_, "close", **{"enrolment-reason": "1"}).status_code == 303


def test_an_application_is_withdrawn(fresh_house: OpenHouse) -> None:
    house = fresh_house
    doctor = signed_in(house, "gp1")
    id_ = enrolled(doctor, "li-na", "home-bed", **APPLICATION)
    assert "撤回申请" in words(doctor.get(LI))
    assert step(doctor, id_, "close").status_code == 303
    assert stored(house, "EpisodeOfCare", id_)["status"] == "cancelled"
    assert "已撤回" in words(doctor.get(LI))


def test_nobody_begins_one_without_who_may_approve_it(fresh_house: OpenHouse) -> None:
    house = fresh_house
    id_ = enrolled(signed_in(house, "gp1"), "li-na", "home-bed", **APPLICATION)
    body = stored(house, "EpisodeOfCare", id_)
    begun = {**body, "status": "active"}
    refused = house.client("nurse1").put(f"EpisodeOfCare/{id_}", begun)
    assert refused.status_code == 403
    assert "须先申请，由有审核权限的人员批准后开始" in refused.text
    assert house.client("nurse1").put(f"EpisodeOfCare/{id_}", body).status_code == 200
    assert house.client("head1").put(f"EpisodeOfCare/{id_}", begun).status_code == 200
    assert house.client("nurse1").put(f"EpisodeOfCare/{id_}", begun).status_code == 200, "it runs"
