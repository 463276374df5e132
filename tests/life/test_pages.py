"""The tab 档案管理 and the page 档案迁移, as somebody at a browser meets them."""

from typing import Any

import pytest

from records.life.move_pages import list_moves
from records.life.moves import Asked, cancel_move, request_move
from tests.life.people import days_ago, filed, intervals, working
from tests.pages.browsing import Visitor, audited, signed_in, words
from tests.support.house import OpenHouse

GP2 = "practitioner-station-2-gp"


@pytest.fixture
def doctor(house: OpenHouse) -> Visitor:
    return signed_in(house, "gp1")


def went_to(answer: Any) -> str:
    assert answer.status_code == 303, words(answer)[:2000]
    return str(answer.headers["location"])


def test_the_tab_tells_the_life_of_the_file(house: OpenHouse, doctor: Visitor) -> None:
    id_ = filed(house, on=days_ago(30))
    shown = doctor.get(f"/residents/{id_}/file")
    assert shown.status_code == 200
    text = words(shown)
    for part in ("档案管理", "正常", days_ago(30).isoformat(), "至今", "建档", "结案", "申请迁出"):
        assert part in text, part
    assert "31" in text, "the days of 30 days ago until today"


def test_a_draft_is_confirmed_or_voided(house: OpenHouse, doctor: Visitor) -> None:
    id_ = filed(house, on=days_ago(5), draft=True)
    here = f"/residents/{id_}/file"
    assert "建档中" in words(doctor.get(here))
    assert went_to(doctor.post(f"{here}/confirm")) == here
    assert "正常" in words(doctor.get(here))
    again = doctor.post(f"{here}/confirm")
    assert (again.status_code, "状态" in words(again)) == (422, True)
    other = filed(house, draft=True)
    refused = doctor.post(f"/residents/{other}/file/void", {"reason": ""})
    assert (refused.status_code, "原因" in words(refused)) == (422, True)
    went_to(doctor.post(f"/residents/{other}/file/void", {"reason": "录入错误"}))
    assert "作废" in words(doctor.get(f"/residents/{other}/file"))


def test_closing_keeps_what_was_typed_and_names_the_field(
    house: OpenHouse, doctor: Visitor
) -> None:
    id_ = filed(house, on=days_ago(200))
    at = f"/residents/{id_}/file/close"
    assert doctor.get(at).status_code == 200
    form = {"reason": "3", "on": days_ago(1).isoformat(), "tried_1": "20260701", "how_1": "打电话"}
    refused = doctor.post(at, form)
    assert refused.status_code == 422
    assert "至少 3 次联系" in words(refused)
    assert "打电话" in refused.text
    assert 'value="20260701"' in refused.text
    half = doctor.post(at, {**form, "tried_2": "20260801"})
    assert "field-tried_2-error" in half.text
    odd = doctor.post(at, {**form, "on": "明天"})
    assert "field-on-error" in odd.text
    assert intervals(house, id_) == [("station-1", days_ago(200), None)]
    more = {"tried_2": "2026-08-15", "how_2": "上门", "tried_3": "2026.10.20", "how_3": "居委会"}
    assert went_to(doctor.post(at, {**form, **more})) == f"/residents/{id_}/file"
    text = words(doctor.get(f"/residents/{id_}/file"))
    for part in ("终止（失访）", "2026-08-15 上门", "恢复档案"):
        assert part in text, part
    assert intervals(house, id_) == [("station-1", days_ago(200), days_ago(1))]


def test_what_does_not_belong_to_the_reason_is_not_kept(house: OpenHouse, doctor: Visitor) -> None:
    id_ = filed(house, on=days_ago(200))
    form = {"reason": "1", "on": "2026-11-20", "cause": "心肌梗死", "destination": "青岛"}
    went_to(doctor.post(f"/residents/{id_}/file/close", form))
    text = words(doctor.get(f"/residents/{id_}/file"))
    assert "心肌梗死" in text
    assert "青岛" not in text
    assert "已故" in text


def test_a_closed_file_is_opened_again(house: OpenHouse, doctor: Visitor) -> None:
    id_ = filed(house, on=days_ago(200))
    form = {"reason": "4", "on": "2026-11-10", "signed_on": "2026-11-09"}
    went_to(doctor.post(f"/residents/{id_}/file/close", form))
    at = f"/residents/{id_}/file/reopen"
    assert "拒绝" in words(doctor.get(at))
    refused = doctor.post(at, {"on": "2026-11-01", "reason": "居民同意建档"})
    assert (refused.status_code, "field-on-error" in refused.text) == (422, True)
    went_to(doctor.post(at, {"on": "2026-11-12", "reason": "居民同意建档"}))
    assert "居民同意建档" in words(doctor.get(f"/residents/{id_}/file"))


def test_a_move_from_asking_to_acceptance(house: OpenHouse, doctor: Visitor) -> None:
    id_ = filed(house, "迁居人", on=days_ago(200))
    at = f"/residents/{id_}/file/move"
    assert "二站" not in words(doctor.get(at))
    refused = doctor.post(at, {"to_id": "", "reason": "搬家到对面"})
    assert (refused.status_code, "field-to_id-error" in refused.text) == (422, True)
    place = went_to(doctor.post(at, {"to_id": "station-2", "reason": "搬家到对面"}))
    assert "等待对方答复" in words(doctor.get(place))
    assert "迁居人" in words(doctor.get("/moves"))
    assert "迁移待确认" in words(doctor.get(f"/residents/{id_}/file"))
    other = signed_in(house, "gp2")
    assert "档案迁移待答复" in words(other.get("/"))
    assert "迁居人" in words(other.get("/moves"))
    assert other.get(f"/residents/{id_}").status_code == 404
    text = words(other.get(place))
    for part in ("搬家到对面", "同意迁移", "退回"):
        assert part in text, part
    refused = other.post(f"{place}/accept", {"doctor_id": "", "on": "2026-11-22"})
    assert (refused.status_code, "field-doctor_id-error" in refused.text) == (422, True)
    went_to(other.post(f"{place}/accept", {"doctor_id": GP2, "on": "2026-11-22"}))
    assert other.get(f"/residents/{id_}/file").status_code == 200
    assert "station" not in words(other.get(f"/residents/{id_}/file"))
    for path in ("", "/file", "/file/close"):
        assert doctor.get(f"/residents/{id_}{path}").status_code == 404
    assert "已确认" in words(doctor.get(place)), "who gave it away still sees how it ended"
    found = doctor.post("/residents/search", {"q": "迁居人"})
    assert "没有符合条件的居民" in words(doctor.get(found.headers["location"]))


def test_a_file_is_asked_for_by_name_and_number(house: OpenHouse) -> None:
    number = "37990019700506009"
    from tests.cast import numbered
    from tests.life.people import person

    body = numbered(person("同号人"), number, "13900010077")
    id_ = filed(house, "同号人", on=days_ago(90), identifier=body["identifier"])
    value = body["identifier"][0]["value"]
    other = signed_in(house, "gp2")
    form = {"name": "同号人", "number": value, "to_id": "station-2", "doctor_id": GP2,
            "reason": "居民已在本辖区居住半年"}  # fmt: skip
    assert other.get("/moves/new").status_code == 200
    wrong = other.post("/moves/new", {**form, "name": "别人"})
    assert (wrong.status_code, "field-number-error" in wrong.text) == (422, True)
    assert "别人" in wrong.text
    place = went_to(other.post("/moves/new", form))
    assert value not in place
    doctor = signed_in(house, "gp1")
    refused = doctor.post(f"{place}/reject", {"reason": ""})
    assert (refused.status_code, "field-reason-error" in refused.text) == (422, True)
    went_to(doctor.post(f"{place}/reject", {"reason": "居民仍住在本站辖区"}))
    assert "居民仍住在本站辖区" in words(other.get(place))
    assert other.get(f"/residents/{id_}").status_code == 404
    again = went_to(other.post("/moves/new", form))
    went_to(other.post(f"{again}/cancel", {"reason": "填错了"}))
    assert "已撤销" in words(other.get("/moves"))
    detail = [row["detail"] for row in audited(house, "update") if row["detail"]]
    assert any("moves/new" in str(one.get("path")) for one in detail)


def test_a_nurse_sees_moves_and_answers_none(house: OpenHouse) -> None:
    id_ = filed(house, on=days_ago(90))
    nurse = signed_in(house, "nurse1")
    assert nurse.get("/moves").status_code == 200
    assert "结案" not in words(nurse.get(f"/residents/{id_}/file")).replace("结案日期", "").replace(
        "结案原因", ""
    )
    assert nurse.get(f"/residents/{id_}/file/close").status_code == 403
    assert nurse.post(f"/residents/{id_}/file/confirm").status_code == 403


def test_moves_that_wait_come_first_and_the_rest_by_their_time(fresh_house: OpenHouse) -> None:
    house, asked = fresh_house, Asked("station-2", "搬家到对面")
    moves = []
    for name in ("甲先生", "乙先生", "丙先生"):
        id_ = filed(house, name)
        house.clock.advance(minutes=1)
        with working(house) as work:
            moves.append(request_move(work, id_, asked))
    with working(house) as work:
        cancel_move(work, moves[2], reason="居民不搬了")

    def listed(who: str, most: int) -> list[str]:
        with house.station.read(house.actor(who)) as work:
            return [one.name for one in list_moves(work, most=most)]

    assert listed("gp1", 100) == ["乙先生", "甲先生", "丙先生"]
    assert listed("gp2", 100) == ["乙先生", "甲先生", "丙先生"], "both sides, each once"
    assert listed("centre1", 100) == ["乙先生", "甲先生", "丙先生"], "who sees both sides, too"
    assert listed("gp1", 2) == ["乙先生", "甲先生"]
