"""Trying to reach who did not come: noted, counted, and after three tries 暂时失访 (§10)."""

from typing import Any

import pytest

from kernel.fhir import json
from tests.due.people import counted, due, listed
from tests.followups.sending import stored
from tests.pages.browsing import Visitor, signed_in, words
from tests.support.house import OpenHouse

VAIN = {"on": "2026-11-20", "way": "phone", "reached": "no", "words": "电话无人接听"}


def noted(visitor: Visitor, person: str = "zhang-wei", **changes: str) -> Any:
    visitor.get(f"/due/{person}/contact")
    return visitor.post(f"/due/{person}/contact", {**VAIN, **changes})


def communications(house: OpenHouse) -> list[dict[str, Any]]:
    answer = house.client("gp1").search("Communication", ("category", "overdue-contact"))
    return [one["resource"] for one in json.loads(answer.content).get("entry", ())]


def test_a_try_in_vain_is_noted_and_counted(fresh_house: OpenHouse) -> None:
    house = fresh_house
    due(house, "zhang-wei", -40)
    visitor = signed_in(house, "gp1")
    answer = noted(visitor)
    assert (answer.status_code, answer.headers["location"]) == (303, "/due?tab=overdue")
    (one,) = communications(house)
    assert one["status"] == "not-done"
    assert one["statusReason"] == {"text": "电话无人接听"}
    assert one["sent"] == "2026-11-20"
    assert one["subject"] == {"reference": "Patient/zhang-wei"}
    assert "1 次" in words(visitor.get("/due?tab=overdue"))
    assert "电话无人接听" in words(visitor.get("/due/zhang-wei/contact"))


def test_who_was_reached_is_said(fresh_house: OpenHouse) -> None:
    house = fresh_house
    due(house, "zhang-wei", -40)
    visitor = signed_in(house, "nurse1")
    assert noted(visitor, reached="yes", words="下周一来站", way="visit").status_code == 303
    (one,) = communications(house)
    assert one["status"] == "completed"
    assert one["payload"] == [{"contentString": "下周一来站"}]
    assert "2026-11-20 联系上" in words(visitor.get("/due?tab=overdue"))


def test_a_try_before_the_deadline_does_not_count(fresh_house: OpenHouse) -> None:
    house = fresh_house
    due(house, "zhang-wei", -2)
    visitor = signed_in(house, "gp1")
    assert noted(visitor, on="2026-11-20").status_code == 303
    assert "0 次" in words(visitor.get("/due?tab=overdue"))
    assert noted(visitor, on="2026-11-21").status_code == 303
    assert "1 次" in words(visitor.get("/due?tab=overdue"))


def test_a_form_that_is_sent_twice_notes_one_try(fresh_house: OpenHouse) -> None:
    house = fresh_house
    due(house, "zhang-wei", -40)
    visitor = signed_in(house, "gp1")
    form = visitor.get("/due/zhang-wei/contact").text
    submission = form.split('name="submission" value="')[1].split('"')[0]
    for _time in range(2):
        sent = visitor.post("/due/zhang-wei/contact", {**VAIN, "submission": submission})
        assert sent.status_code == 303
    assert len(communications(house)) == 1


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"on": "2026-11-24"}, "联系日期不能晚于今天"),
        ({"on": "昨天"}, "请填写联系日期"),
        ({"way": "fax"}, "请选择联系方式"),
        ({"reached": ""}, "请选择是否联系上"),
        ({"words": ""}, "没有联系上时请写明情况"),
        ({"words": "长" * 201}, "最多 200 个字"),
    ],
)
def test_what_is_refused_stays_typed(house: OpenHouse, changes: dict[str, str], told: str) -> None:
    visitor = signed_in(house, "gp1")
    answer = noted(visitor, **changes)
    assert answer.status_code == 422
    assert told in words(answer)
    if "words" not in changes:
        assert "电话无人接听" in answer.text
    assert communications(house) == []


def test_only_the_own_residents(house: OpenHouse) -> None:
    visitor = signed_in(house, "gp1")
    assert visitor.get("/due/zhao-lei/contact").status_code == 404
    assert noted(visitor, person="zhao-lei").status_code == 404
    assert visitor.post("/due/zhao-lei/suspend", {"programmes": "hypertension"}).status_code == 404


def test_lost_for_the_time_being_by_the_rule_alone(fresh_house: OpenHouse) -> None:
    """More than 90 days late and three tries, not before."""
    house = fresh_house
    episode = due(house, "zhang-wei", -90)
    due(house, "zhang-wei", -10, "diabetes")
    visitor = signed_in(house, "gp1")
    for day in ("2026-09-10", "2026-10-10"):
        assert noted(visitor, on=day).status_code == 303
    sent = {"programmes": "hypertension"}
    assert "转为暂时失访" not in visitor.get("/due?tab=overdue").text.split("<tbody>")[1]
    assert visitor.post("/due/zhang-wei/suspend", sent).status_code == 409
    house.clock.advance(days=1)
    visitor = signed_in(house, "gp1")
    assert visitor.post("/due/zhang-wei/suspend", sent).status_code == 409
    assert noted(visitor).status_code == 303
    assert "确认转为暂时失访" in words(visitor.get("/due?tab=overdue"))
    both = {"programmes": "hypertension,diabetes"}
    assert visitor.post("/due/zhang-wei/suspend", both).status_code == 409, "diabetes is not"
    assert visitor.post("/due/zhang-wei/suspend", sent).status_code == 303
    assert stored(house, "EpisodeOfCare", episode)["status"] == "onhold"
    lost = visitor.get("/due?tab=lost")
    assert list(listed(lost.text)) == ["张伟"]
    assert "2026-11-24" in words(lost)
    late = visitor.get("/due?tab=overdue")
    assert counted(late.text)[2:] == [1, 0, 1]
    assert "糖尿病" in words(late)
    assert visitor.get("/due?tab=lost&programme=diabetes").text.count("row-link") == 0
