"""A referral is written on a page: what it brings, refuses, keeps; who may; what a click does."""

from typing import Any

import pytest

from referral.requests import services
from referral.states import Event, State
from tests.followups.sending import enrolled
from tests.pages.browsing import Visitor, signed_in, words
from tests.referrals.requests.test_drafting import answered
from tests.referrals.requests.writing import GP, drafted, moved, rejected, sent, state, status
from tests.support.house import FRESH_ON_SQLITE, ON_SQLITE, OpenHouse

NEW = "/referrals/new?resident=li-na"
WHOLE: dict[str, Any] = {
    "kind": "whole",
    "resident": "li-na",
    "direction": "up",
    "urgency": "routine",
    "disease": "hypertension",
    "destination": "hospital-1/",
    "indications": ["hypertension-up-22"],
    "diagnosis_1": "原发性高血压",
    "diagnosis_code_1": "I10.x00",
    "impression": "原发性高血压",
    "reason": "连续两次随访血压 158/96 mmHg",
    "doctor": GP,
    "phone": "0640-6681000",
    "first-contact": "1",
    "consent-who": "1",
    "consent-how": "1",
    "consent-on": "2026-11-23",
    "do": "sign",
}
CALL: dict[str, Any] = {
    "kind": "call",
    "resident": "li-na",
    "disease": "hypertension",
    "destination": "hospital-1/",
    "indications": ["hypertension-up-01"],
    "phoned-at": "08:50",
    "reason": "血压 230/130 mmHg，剧烈头痛",
    "doctor": GP,
    "phone": "0640-6681000",
    "do": "sign",
}


def shown(house: OpenHouse, path: str, who: str = "gp1") -> tuple[Visitor, str]:
    visitor = signed_in(house, who)
    answer = visitor.get(path)
    assert answer.status_code == 200, answer.text
    return visitor, words(answer)


def made(location: str) -> str:
    """The id of the referral that an address is about."""
    return location.split("/")[2]


@ON_SQLITE
def test_a_new_page_brings_what_the_record_says(house: OpenHouse) -> None:
    visitor = signed_in(house, "gp1")
    text = visitor.get(NEW).text
    assert "原发性高血压" in text
    assert f'value="{GP}"' in text
    assert "请选择" in text
    assert "患者要求" in text, "the general checklist"


@ON_SQLITE
def test_a_slip_is_sent_and_the_same_click_twice_is_one(house: OpenHouse) -> None:
    visitor, _text = shown(house, NEW)
    form = {**WHOLE, "submission": "01939c1e-0000-7000-8000-000000000001"}
    first = visitor.post("/referrals/new", form)
    assert first.status_code == 303, words(first)
    id_ = made(first.headers["location"])
    assert id_ == form["submission"]
    again = visitor.post("/referrals/new", form)
    assert again.headers["location"] == first.headers["location"]
    assert state(house, id_) == "submitted"
    with house.station.read() as work:
        slip = services.get_stored(work, id_).slip
    assert (slip.reason, slip.hospital, slip.first_contact) == (WHOLE["reason"], "hospital-1", "1")
    assert slip.diagnoses[0].code == "I10.x00"


@ON_SQLITE
@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"reason": ""}, "请填写主要现病史（转出原因）。"),
        ({"destination": ""}, "请选择转往医院和科室。"),
        ({"destination": "hospital-9/"}, "转往医院和科室：请从列出的选项中选择"),
        ({"indications": []}, "请选择转诊指征。"),
        ({"indications": ["U8"]}, "请写明是什么"),
        ({"consent-who": "2"}, "请填写同意人姓名和与患者关系。"),
        ({"consent-on": "2026-11-24"}, "知情同意日期：不能晚于今天"),
        ({"consent-on": "明天"}, "知情同意日期"),
        ({"wished-on": "2026-11-01"}, "希望就诊日期：不能早于今天"),
        ({"urgency": "emergency", "phoned-at": "23:50"}, "电话联系时间：不能晚于现在（09:05）"),
        ({"urgency": "emergency", "phoned-at": "九点"}, "电话联系时间：应写成时和分"),
        ({"phone": ""}, "请填写联系电话。"),
        ({"diagnosis_2": "长" * 101}, "诊断 2：最多 100 个字"),
        ({"direction": "down"}, "转诊方向：请从列出的选项中选择"),
    ],
)
def test_what_is_wrong_is_told_at_its_field_and_what_was_typed_stays(
    house: OpenHouse, changes: dict[str, Any], sentence: str
) -> None:
    visitor, _text = shown(house, NEW)
    answer = visitor.post("/referrals/new", {**WHOLE, "phone": "13512345678", **changes})
    assert answer.status_code == 422
    assert sentence in words(answer)
    if "phone" not in changes:
        assert "13512345678" in answer.text
    assert "已填写的内容都保留" in words(answer)


@ON_SQLITE
def test_a_draft_may_leave_anything_out(house: OpenHouse) -> None:
    visitor, _text = shown(house, NEW)
    answer = visitor.post("/referrals/new", {"resident": "li-na", "reason": "头晕", "do": "keep"})
    assert answer.status_code == 303, words(answer)
    id_ = made(answer.headers["location"])
    page = visitor.get(f"/referrals/{id_}/edit")
    assert "头晕" in page.text
    assert "作废草稿" in words(page)
    assert state(house, id_) == "draft"


@ON_SQLITE
def test_another_disease_brings_its_checklist_and_saves_nothing(house: OpenHouse) -> None:
    visitor, _text = shown(house, NEW)
    answer = visitor.post("/referrals/new", {**WHOLE, "disease": "diabetes", "do": "refresh"})
    assert answer.status_code == 200
    assert "diabetes-up-09" in answer.text
    assert "hypertension-up-01" not in answer.text


@ON_SQLITE
def test_an_emergency_is_one_short_page_and_its_slip_follows(house: OpenHouse) -> None:
    visitor, text = shown(house, f"{NEW}&kind=call")
    assert "先拨打 120" in text
    assert "同意人" not in text
    refused = visitor.post("/referrals/new", {**CALL, "phoned-at": ""})
    assert refused.status_code == 422
    assert "请填写电话联系时间。" in words(refused)
    answer = visitor.post("/referrals/new", CALL)
    assert answer.status_code == 303, words(answer)
    id_ = made(answer.headers["location"])
    with house.station.read() as work:
        found = services.get_stored(work, id_)
    assert found.slip.phoned_at == "2026-11-23T08:50:00+08:00"
    assert found.slip.urgency == "emergency"
    assert found.waits_for_slip
    late = visitor.get(f"/referrals/{id_}/edit")
    assert "补交转出单" in words(late)
    assert "转往医院和科室" not in words(late)
    refused = visitor.post(f"/referrals/{id_}/edit", {"impression": "", "reason": "头痛"})
    assert refused.status_code == 422
    assert "请填写初步印象。" in words(refused)
    slip = {
        key: WHOLE[key] for key in ("impression", "reason", "consent-who", "consent-how",
                                    "consent-on")
    }  # fmt: skip
    handed = visitor.post(f"/referrals/{id_}/edit", slip)
    assert handed.status_code == 303, words(handed)
    assert visitor.get(f"/referrals/{id_}/edit").status_code == 409
    with house.station.read() as work:
        after = services.get_stored(work, id_)
    assert after.slip.phoned_at == found.slip.phoned_at
    assert after.slip.hospital == "hospital-1"


@FRESH_ON_SQLITE
def test_the_draft_of_a_follow_up_is_opened_and_sent(fresh_house: OpenHouse) -> None:
    enrolled(fresh_house, "li-na", "hypertension", "2026-01-05")
    answered(fresh_house, "f1", "2026-11-23", 186)
    visitor = signed_in(fresh_house, "gp1")
    opened = visitor.get("/referrals/new?from=f1")
    assert opened.headers["location"] == "/referrals/f1-referral/edit"
    page = visitor.get("/referrals/f1-referral/edit")
    assert "随访" in words(page)
    assert "186/92 mmHg" in page.text
    for path in ("/follow-ups/f1", "/residents/li-na/programmes", "/residents/li-na", "/"):
        assert "/referrals/f1-referral/edit" in visitor.get(path).text, path
    form = {**WHOLE, "seen": "1", "urgency": "emergency", "phoned-at": "09:00"}
    answer = visitor.post("/referrals/f1-referral/edit", form)
    assert answer.status_code == 303, words(answer)
    assert state(fresh_house, "f1-referral") == "submitted"
    again = visitor.post("/referrals/f1-referral/edit", form)
    assert again.status_code == 303, "the second click of two"
    changed = visitor.post("/referrals/f1-referral/edit", {**form, "reason": "别的原因"})
    assert changed.status_code == 422
    assert "不能在这里修改" in words(changed)


@FRESH_ON_SQLITE
def test_a_follow_up_whose_draft_was_discarded_offers_a_referral(fresh_house: OpenHouse) -> None:
    enrolled(fresh_house, "li-na", "hypertension", "2026-01-05")
    answered(fresh_house, "f1", "2026-11-23", 186)
    visitor = signed_in(fresh_house, "gp1")
    visitor.get("/referrals/f1-referral/edit")
    gone = visitor.post("/referrals/f1-referral/discard")
    assert gone.headers["location"] == "/residents/li-na/referrals"
    assert status(fresh_house, "ServiceRequest", "f1-referral") == 410
    assert visitor.get("/referrals/f1-referral/edit").status_code == 404
    text = visitor.get("/follow-ups/f1").text
    assert "/referrals/new?resident=li-na" in text


@ON_SQLITE
def test_somebody_elses_save_is_not_written_over(house: OpenHouse) -> None:
    drafted(house, "stale-1")
    visitor, _text = shown(house, "/referrals/stale-1/edit")
    drafted(house, "stale-1", reason="另一位医生写的")
    answer = visitor.post("/referrals/stale-1/edit", {**WHOLE, "seen": "1", "do": "keep"})
    assert answer.status_code == 422
    assert "被别人保存过" in words(answer)
    assert WHOLE["reason"] in answer.text


@ON_SQLITE
def test_a_declined_one_is_sent_again_from_its_page(house: OpenHouse) -> None:
    rejected(house, "no-1")
    visitor, _text = shown(house, NEW)
    answer = visitor.post("/referrals/no-1/resend")
    assert answer.headers["location"] == "/referrals/no-1-again/edit"
    assert "对方拒绝了上一份转诊" in words(visitor.get("/referrals/no-1-again/edit"))
    sent(house, "ok-1")
    assert visitor.post("/referrals/ok-1/resend").status_code == 409
    assert visitor.post("/referrals/ok-1/discard").status_code == 409


@ON_SQLITE
def test_a_nurse_prepares_only(house: OpenHouse) -> None:
    visitor, text = shown(house, NEW, "nurse1")
    assert "提交转诊" not in text
    kept = visitor.post("/referrals/new", {**WHOLE, "do": "keep"})
    assert kept.status_code == 303
    assert visitor.post("/referrals/new", WHOLE).status_code == 403


@ON_SQLITE
@pytest.mark.parametrize(
    ("who", "code"), [("gp2", 404), ("coord1", 403), ("bureau", 403), ("sysadmin", 403)]
)
def test_others_do_not_write(house: OpenHouse, who: str, code: int) -> None:
    drafted(house, "mine-1")
    visitor = signed_in(house, who)
    assert visitor.get(NEW).status_code == code
    assert visitor.get("/referrals/mine-1/edit").status_code == code
    assert visitor.post("/referrals/mine-1/discard").status_code == code
    assert visitor.post("/referrals/new", WHOLE).status_code == code


@ON_SQLITE
def test_nobody_is_referred_without_a_person_or_with_a_closed_file(house: OpenHouse) -> None:
    visitor = signed_in(house, "gp1")
    assert visitor.get("/referrals/new").status_code == 400
    assert visitor.get("/referrals/new?resident=nobody").status_code == 404


@ON_SQLITE
def test_what_the_hospital_has_is_not_edited(house: OpenHouse) -> None:
    sent(house, "theirs-1")
    moved(
        house, "theirs-1", Event.REQUEST_INFO, State.INFO_REQUESTED, "coord1", text="请补充心电图"
    )
    assert signed_in(house, "gp1").get("/referrals/theirs-1/edit").status_code == 409
