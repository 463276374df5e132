"""A follow-up that asks for a referral leaves one draft; it goes when nothing is asked any more."""

from datetime import date
from typing import Any

import pytest

from health.api import get_follow_up
from health.followups.services import cancel
from kernel.fhir import json
from referral.requests import services
from referral.requests.drafting import draft_id
from referral.states import Event, State
from tests.followups.sending import enrolled, follow_up, put
from tests.referrals.requests.writing import SLIP, moved, state, status, stored
from tests.support.house import FRESH_ON_SQLITE, OpenHouse


def answered(
    house: OpenHouse, id_: str, on: str, systolic: int, *, code: int = 201, **more: Any
) -> None:
    """A follow-up of 李娜's blood pressure."""
    values = {
        "visit-date": date.fromisoformat(on), "visit-mode": "1", "systolic": systolic,
        "diastolic": 92, **more,
    }  # fmt: skip
    put(house, follow_up("li-na", "hypertension", values, id=id_), code)


@pytest.fixture
def managed(fresh_house: OpenHouse) -> OpenHouse:
    """李娜 is in the programme since January."""
    enrolled(fresh_house, "li-na", "hypertension", "2026-01-05")
    return fresh_house


def written(house: OpenHouse, answer: str) -> services.Stored:
    with house.station.read(house.actor("gp1")) as work:
        return services.get_stored(work, draft_id(answer))


def test_an_emergency_is_drafted_with_all_that_is_known(managed: OpenHouse) -> None:
    answered(managed, "f1", "2026-11-23", 186)
    found = written(managed, "f1")
    slip = found.slip
    assert found.is_draft
    assert state(managed, "f1-referral") == "draft"
    assert (slip.urgency, slip.disease, slip.programme) == (
        "emergency", "hypertension", "hypertension",
    )  # fmt: skip
    assert slip.indications == ("hypertension-up-07",)
    assert [one.code[:3] for one in slip.diagnoses] == ["I10"]
    assert "186/92 mmHg" in slip.reason
    assert "达到危急值" in slip.reason
    assert slip.doctor == "practitioner-station-1-gp"
    assert slip.answer == "f1"
    assert "高血压" in slip.history
    sections = {
        one["title"] for one in stored(managed, "Composition", "f1-referral-slip")["section"]
    }
    assert {"健康问题", "过敏史", "近期随访", "近期检查结果"} <= sections


@FRESH_ON_SQLITE
def test_two_bad_visits_are_a_routine_referral(managed: OpenHouse) -> None:
    answered(managed, "f1", "2026-11-09", 152)
    assert status(managed, "ServiceRequest", "f1-referral") == 404
    answered(managed, "f2", "2026-11-23", 156)
    slip = written(managed, "f2").slip
    assert slip.urgency == "routine"
    assert slip.indications == ("hypertension-up-22",)
    assert "连续两次控制不满意" in slip.reason


@FRESH_ON_SQLITE
def test_there_is_one_draft_an_answer_and_none_while_one_is_under_way(managed: OpenHouse) -> None:
    answered(managed, "f1", "2026-11-22", 186)
    answered(managed, "f2", "2026-11-23", 188)
    assert status(managed, "ServiceRequest", "f1-referral") == 200
    assert status(managed, "ServiceRequest", "f2-referral") == 404


@FRESH_ON_SQLITE
def test_one_that_was_declined_does_not_swallow_the_next(managed: OpenHouse) -> None:
    answered(managed, "f1", "2026-11-22", 186)
    with managed.station.write(managed.actor("gp1")) as work:
        services.send(work, "f1-referral", "li-na", SLIP)
    moved(managed, "f1-referral", Event.REJECT, State.REJECTED, "coord1", reason="1")
    answered(managed, "f2", "2026-11-23", 188)
    assert status(managed, "ServiceRequest", "f2-referral") == 200


@FRESH_ON_SQLITE
def test_an_old_visit_that_is_typed_in_later_asks_for_nothing(managed: OpenHouse) -> None:
    answered(managed, "f1", "2026-06-01", 186)
    assert status(managed, "ServiceRequest", "f1-referral") == 404


@FRESH_ON_SQLITE
def test_a_milder_correction_takes_the_draft_away(managed: OpenHouse) -> None:
    answered(managed, "f1", "2026-11-23", 186)
    answered(managed, "f1", "2026-11-23", 136, code=200)
    assert status(managed, "ServiceRequest", "f1-referral") == 410
    assert status(managed, "Task", "f1-referral-task") == 410


@FRESH_ON_SQLITE
def test_a_graver_correction_makes_it_and_a_draft_follows_its_answer(managed: OpenHouse) -> None:
    answered(managed, "f1", "2026-11-23", 136)
    assert status(managed, "ServiceRequest", "f1-referral") == 404
    answered(managed, "f1", "2026-11-23", 184, code=200)
    answered(managed, "f1", "2026-11-23", 188, code=200)
    assert "188/92 mmHg" in written(managed, "f1").slip.reason


@FRESH_ON_SQLITE
def test_an_answer_that_is_taken_back_takes_its_draft_along(managed: OpenHouse) -> None:
    answered(managed, "f1", "2026-11-23", 186)
    with managed.station.write(managed.actor("gp1")) as work:
        cancel(work, get_follow_up(work, "f1"), reason="录错了人")
    assert status(managed, "ServiceRequest", "f1-referral") == 410


@FRESH_ON_SQLITE
def test_what_was_sent_stays_whatever_becomes_of_the_answer(managed: OpenHouse) -> None:
    answered(managed, "f1", "2026-11-23", 186)
    with managed.station.write(managed.actor("gp1")) as work:
        services.send(work, "f1-referral", "li-na", SLIP)
    answered(managed, "f1", "2026-11-23", 136, code=200)
    assert state(managed, "f1-referral") == "submitted"


@FRESH_ON_SQLITE
def test_a_draft_of_a_nurse_is_the_doctors(managed: OpenHouse) -> None:
    values = {"visit-date": date(2026, 11, 23), "visit-mode": "1", "systolic": 186, "diastolic": 92}
    body = follow_up("li-na", "hypertension", values, id="f1")
    answer = managed.client("nurse1").put("QuestionnaireResponse/f1", body)
    assert answer.status_code == 201, json.loads(answer.content)
    assert written(managed, "f1").slip.doctor == "practitioner-station-1-gp"
