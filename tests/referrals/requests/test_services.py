"""A referral is written, sent, discarded, sent again: its resources, through the whole path."""

from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import select

from kernel.errors import Refused
from referral.moving.clock import tick
from referral.requests import services
from referral.tables import referral_case, referral_errand, referral_outcome
from tests.referrals.requests.writing import (
    SLIP,
    drafted,
    rejected,
    sent,
    state,
    status,
    stored,
)
from tests.support.house import FRESH_ON_SQLITE, ON_SQLITE, OpenHouse


@ON_SQLITE
def test_what_was_written_is_read_back_the_same(house: OpenHouse) -> None:
    whole = replace(SLIP, to_doctor="孙主任", programme="hypertension", direction="lateral")
    with house.station.write(house.actor("gp1")) as work:
        services.save_draft(work, "back-1", "li-na", whole)
        found = services.get_stored(work, "back-1")
    assert found.slip == whole
    assert found.is_draft
    assert found.patient_id == "li-na"


@ON_SQLITE
def test_a_draft_is_preliminary_and_nothing_is_asked_of_it(house: OpenHouse) -> None:
    drafted(house, "half-1", reason="", consent=None, indications=(), hospital="")
    assert stored(house, "ServiceRequest", "half-1")["status"] == "draft"
    assert stored(house, "Composition", "half-1-slip")["status"] == "preliminary"
    assert state(house, "half-1") == "draft"
    assert status(house, "Task", "half-1-followup") == 404


def test_sending_signs_the_slip_and_opens_the_outcome_follow_up(house: OpenHouse) -> None:
    drafted(house, "sent-1")
    sent(house, "sent-1")
    request = stored(house, "ServiceRequest", "sent-1")
    slip = stored(house, "Composition", "sent-1-slip")
    assert (request["status"], slip["status"], state(house, "sent-1")) == (
        "active", "final", "submitted",
    )  # fmt: skip
    assert slip["attester"][0]["party"]["reference"] == "Practitioner/practitioner-station-1-gp"
    assert [one["reference"] for one in request["supportingInfo"]] == [
        "Consent/sent-1-consent", "Composition/sent-1-slip",
    ]  # fmt: skip
    codes = [c.get("code") for one in request["reasonCode"] for c in one.get("coding", ())]
    assert codes == ["hypertension-up-22", "I10.x00", "I10"]
    with house.station.read() as work:
        row = work.connection.execute(
            select(referral_case).where(referral_case.c.request_id == "sent-1")
        ).one()
        due = work.connection.execute(
            select(referral_outcome.c.due_on).where(referral_outcome.c.request_id == "sent-1")
        ).scalar_one()
    assert (row.state, row.disease, row.first_contact) == ("submitted", "hypertension", "1")
    assert (row.hospital_id, row.community_id) == ("hospital-1", "station-1")
    assert due.isoformat() == "2026-12-07"


@ON_SQLITE
def test_the_slip_carries_the_record_with_its_resources(house: OpenHouse) -> None:
    sent(house, "package-1")
    slip = stored(house, "Composition", "package-1-slip")
    titles = [one["title"] for one in slip["section"]]
    assert titles[:4] == ["初步印象", "主要现病史（转出原因）", "主要既往史", "治疗经过"]
    assert "过敏史" in titles
    entries = [e["reference"] for one in slip["section"] for e in one.get("entry", ())]
    assert any(one.startswith("Condition/") for one in entries)


@ON_SQLITE
@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"hospital": ""}, "请选择转往的医院"),
        ({"consent": None}, "请记录患者知情同意"),
        ({"reason": ""}, "请填写转出单"),
        ({"doctor": ""}, "请写明转诊医生"),
    ],
)
def test_nothing_that_lacks_is_sent(house: OpenHouse, changes: dict[str, Any], told: str) -> None:
    with pytest.raises(Refused) as refused:
        sent(house, "lacking-1", **changes)
    assert refused.value.status == 422
    assert any(told in issue.diagnostics for issue in refused.value.issues)
    assert status(house, "ServiceRequest", "lacking-1") == 404


@ON_SQLITE
def test_what_was_sent_cannot_be_written_again(house: OpenHouse) -> None:
    sent(house, "frozen-1")
    for again in (drafted, sent):
        with pytest.raises(Refused) as refused:
            again(house, "frozen-1", reason="另一个原因")
        assert refused.value.status == 409
    slip = stored(house, "Composition", "frozen-1-slip")
    answer = house.client("gp1").put("Composition/frozen-1-slip", {**slip, "title": "别的"})
    assert answer.status_code == 409, answer.text


@ON_SQLITE
def test_a_nurse_prepares_and_a_doctor_sends(house: OpenHouse) -> None:
    with house.station.write(house.actor("nurse1")) as work:
        services.save_draft(work, "nurse-1", "li-na", SLIP)
    with pytest.raises(Refused) as refused, house.station.write(house.actor("nurse1")) as work:
        services.send(work, "nurse-1", "li-na", SLIP)
    assert refused.value.status == 403
    assert state(house, "nurse-1") == "draft"


def test_a_discarded_draft_is_gone_with_all_that_belongs_to_it(house: OpenHouse) -> None:
    drafted(house, "gone-1")
    with house.station.write(house.actor("gp1")) as work:
        services.discard(work, "gone-1")
    for type_, id_ in (
        ("ServiceRequest", "gone-1"), ("Task", "gone-1-task"), ("Composition", "gone-1-slip"),
        ("Consent", "gone-1-consent"),
    ):  # fmt: skip
        assert status(house, type_, id_) == 410, type_
    with house.station.read() as work:
        rows = work.connection.execute(
            select(referral_case).where(referral_case.c.request_id == "gone-1")
        ).all()
    assert rows == []


@FRESH_ON_SQLITE
def test_an_overdue_draft_is_discarded_with_its_errand(fresh_house: OpenHouse) -> None:
    house = fresh_house
    drafted(house, "late-1")
    house.clock.advance(days=3)
    with house.station.write() as work:
        tick(work)
    with house.station.read() as work:
        assert work.connection.execute(select(referral_errand)).all()
    with house.station.write(house.actor("gp1")) as work:
        services.discard(work, "late-1")
    with house.station.read() as work:
        assert work.connection.execute(select(referral_errand)).all() == []


@ON_SQLITE
def test_only_a_draft_is_discarded(house: OpenHouse) -> None:
    sent(house, "kept-1")
    with pytest.raises(Refused) as refused, house.station.write(house.actor("gp1")) as work:
        services.discard(work, "kept-1")
    assert refused.value.status == 409
    assert status(house, "ServiceRequest", "kept-1") == 200


def test_scenario_3_a_declined_referral_is_sent_again_as_a_new_one(house: OpenHouse) -> None:
    rejected(house, "old-1")
    with house.station.write(house.actor("gp1")) as work:
        new = services.resend(work, "old-1")
    with house.station.write(house.actor("gp1")) as work:
        assert services.resend(work, "old-1") == new, "pressed twice, it is one"
    old, made = stored(house, "ServiceRequest", "old-1"), stored(house, "ServiceRequest", new)
    assert made["status"] == "draft"
    assert made["replaces"] == [{"reference": "ServiceRequest/old-1"}]
    assert made["requisition"] == old["requisition"]
    assert state(house, new) == "draft"
    assert state(house, "old-1") == "rejected"
    with house.station.read() as work:
        assert services.get_stored(work, new).slip == SLIP
    sent(house, new)
    made = stored(house, "ServiceRequest", new)
    assert made["replaces"] == [{"reference": "ServiceRequest/old-1"}]
    assert state(house, new) == "submitted"


@ON_SQLITE
def test_only_what_was_declined_is_sent_again(house: OpenHouse) -> None:
    sent(house, "waits-1")
    with pytest.raises(Refused) as refused, house.station.write(house.actor("gp1")) as work:
        services.resend(work, "waits-1")
    assert refused.value.status == 409


def test_an_emergency_is_told_by_telephone_and_its_slip_follows(house: OpenHouse) -> None:
    sent(
        house, "phoned-1", urgency="emergency", phoned_at="2026-11-23T09:00:00+08:00",
        impression="", consent=None, diagnoses=(), history="", treatment="",
    )  # fmt: skip
    assert state(house, "phoned-1") == "submitted"
    with house.station.read() as work:
        found = services.get_stored(work, "phoned-1")
        errand = work.connection.execute(
            select(referral_errand).where(referral_errand.c.request_id == "phoned-1")
        ).one()
    assert found.waits_for_slip
    assert found.slip.reason == SLIP.reason
    assert (errand.kind, errand.open) == ("slip-missing", True)
    assert errand.due_at - house.clock.now() == 24 * 3_600_000_000
    with house.station.write(house.actor("gp1")) as work:
        services.hand_in_slip(work, "phoned-1", SLIP)
    with house.station.read() as work:
        assert not services.get_stored(work, "phoned-1").waits_for_slip
        errand = work.connection.execute(
            select(referral_errand).where(referral_errand.c.request_id == "phoned-1")
        ).one()
    assert not errand.open
    assert stored(house, "Composition", "phoned-1-slip")["status"] == "final"
    with pytest.raises(Refused) as refused, house.station.write(house.actor("gp1")) as work:
        services.hand_in_slip(work, "phoned-1", SLIP)
    assert refused.value.status == 409
