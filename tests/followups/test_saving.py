"""An answer over the API is checked, judged, stamped, and everything follows from it."""

import asyncio
from datetime import date
from typing import Any

import pytest

from kernel.fhir import json
from tests.followups.sending import decided, enrolled, follow_up, put, stored
from tests.pages.browsing import audited
from tests.support.house import OpenHouse


def values(day: str, systolic: int, diastolic: int, **more: Any) -> dict[str, Any]:
    return {
        "visit-date": date.fromisoformat(day),
        "visit-mode": "1",
        "systolic": systolic,
        "diastolic": diastolic,
        **{name.replace("_", "-"): value for name, value in more.items()},
    }


def found(house: OpenHouse, type_: str, *params: tuple[str, str]) -> list[dict[str, Any]]:
    answer = house.client("gp1").search(type_, *params)
    assert answer.status_code == 200, answer.text
    return [one["resource"] for one in json.loads(answer.content).get("entry", ())]


def test_two_visits_above_target_lead_to_a_referral(fresh_house: OpenHouse) -> None:
    house = fresh_house
    episode = enrolled(house, "li-na", "hypertension", "2026-01-05")
    plan = stored(house, "CarePlan", f"{episode}-plan")
    dues = [one["detail"]["scheduledPeriod"]["end"] for one in plan["activity"]]
    assert dues == ["2026-01-19", "2026-12-31"]
    put(house, follow_up("li-na", "hypertension", values("2026-11-02", 152, 92), id="f1"), 201)
    first = decided(house, "f1")
    assert (first.outcome, first.action.value) == ("2", "adjust")
    assert first.due_on == date(2026, 11, 16)
    put(house, follow_up("li-na", "hypertension", values("2026-11-16", 158, 96), id="f2"), 201)
    second = decided(house, "f2")
    assert (second.outcome, second.action.value) == ("2", "refer")
    assert second.due_on == date(2026, 11, 30)
    assert "连续两次控制不满意" in second.reasons[0][0]
    visit = stored(house, "Encounter", "f2-visit")
    assert visit["episodeOfCare"] == [{"reference": f"EpisodeOfCare/{episode}"}]
    pressures = found(house, "Observation", ("patient", "li-na"), ("code", "85354-9"))
    assert len([one for one in pressures if one["id"].startswith("f2-")]) == 1
    plan = stored(house, "CarePlan", f"{episode}-plan")
    told = [
        (one["detail"]["code"]["coding"][0]["code"], one["detail"]["scheduledPeriod"]["end"])
        for one in plan["activity"]
    ]
    assert told == [("referral-outcome", "2026-11-30"), ("examination", "2026-12-31")]


def test_a_correction_and_a_withdrawal_move_the_plan(fresh_house: OpenHouse) -> None:
    house = fresh_house
    episode = enrolled(house, "li-na", "hypertension", "2026-01-05")
    body = follow_up("li-na", "hypertension", values("2026-11-16", 158, 96), id="f1")
    put(house, body, 201)
    corrected = follow_up(
        "li-na", "hypertension", values("2026-11-16", 128, 76), id="f1", status="amended"
    )
    put(house, corrected, 200)
    assert decided(house, "f1").due_on == date(2027, 2, 16)
    assert len(found(house, "Observation", ("encounter", "Encounter/f1-visit"))) == 1
    put(house, {**corrected, "status": "entered-in-error"}, 200)
    plan = stored(house, "CarePlan", f"{episode}-plan")
    assert plan["activity"][0]["detail"]["scheduledPeriod"]["end"] == "2026-01-19"
    assert stored(house, "Encounter", "f1-visit")["status"] == "entered-in-error"


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"visit-date": date(2026, 11, 24)}, "随访日期不能晚于今天"),
        ({"visit-date": date(2025, 12, 31)}, "不在“高血压患者健康管理”管理中"),
        ({"visit-date": date(1899, 12, 31)}, "随访日期不能早于 1900-01-01"),
        ({"visit-date": date(9999, 12, 31)}, "年份应在1800至2200之间"),
        ({"diastolic": 160}, "舒张压应低于收缩压"),
        ({"systolic": 301}, "50～300"),
        ({"visit-class": "1"}, "改变分类的理由"),
        ({"next-date": date(2027, 1, 1)}, "最迟为 2026-11-30"),
        ({"next-date": date(2026, 11, 16)}, "应晚于随访日期"),
        ({"systolic": 190, "action": "routine"}, "降低处理级别的理由"),
    ],
)
def test_what_is_refused(house: OpenHouse, changes: dict[str, Any], told: str) -> None:
    client = house.client("gp1")
    if client.get("EpisodeOfCare/li-na-hypertension").status_code == 404:
        enrolled(house, "li-na", "hypertension", "2026-01-05")
    body = follow_up(
        "li-na", "hypertension", {**values("2026-11-16", 158, 96), **changes}, id="refused"
    )
    assert told in put(house, body, 422)
    assert client.get("QuestionnaireResponse/refused").status_code == 404


@pytest.mark.parametrize(
    ("changes", "place", "told"),
    [
        ({"subject": None}, "subject", "请写明是哪位居民"),
        ({"subject": {"display": "李娜"}}, "subject", "请写明是哪位居民"),
        ({"item": {"linkId": "bmi", "answer": [{"valueString": "x"}]}}, "bmi", "体质指数"),
        ({"item": {"linkId": "bmi", "answer": [{"valueDecimal": 24}]}}, "bmi", "体质指数"),
    ],
)
def test_what_no_page_would_send(
    fresh_house: OpenHouse, changes: dict[str, Any], place: str, told: str
) -> None:
    house = fresh_house
    enrolled(house, "li-na", "hypertension", "2026-01-05")
    body = follow_up("li-na", "hypertension", values("2026-11-16", 128, 76), id="odd")
    if "item" in changes:
        body["item"][1]["item"].append(changes["item"])
    else:
        body = {k: v for k, v in {**body, **changes}.items() if v is not None}
    (issue,) = json.loads(put(house, body, 422))["issue"]
    assert place in issue["expression"][0]
    assert told in issue["diagnostics"]


def test_a_value_that_follows_from_others_may_be_left_empty(fresh_house: OpenHouse) -> None:
    enrolled(fresh_house, "li-na", "hypertension", "2026-01-05")
    body = follow_up("li-na", "hypertension", values("2026-11-16", 128, 76), id="f1")
    body["item"][1]["item"].append({"linkId": "bmi"})
    put(fresh_house, body, 201)


def test_a_referral_that_is_made_milder_is_audited_however_it_comes(fresh_house: OpenHouse) -> None:
    house = fresh_house
    enrolled(house, "li-na", "hypertension", "2026-01-05")
    mild = {"systolic": 190, "action": "adjust", "action-reason": "本人拒绝转诊"}
    body = follow_up("li-na", "hypertension", {**values("2026-11-16", 158, 96), **mild}, id="f1")
    put(house, body, 201)
    put(house, {**body, "status": "entered-in-error"}, 200)
    told = [one["detail"] for one in audited(house, "create") if one["resource_id"] == "f1"]
    milder = {"programme": "hypertension", "proposed": "emergency", "chosen": "adjust"}
    assert {"downgraded": {**milder, "reason": "本人拒绝转诊"}} in told
    later = [one["detail"] for one in audited(house, "update") if one["resource_id"] == "f1"]
    assert not any("downgraded" in (detail or {}) for detail in later), "it was taken back"


def test_what_is_refused_tells_nothing_about_a_stranger(fresh_house: OpenHouse) -> None:
    house = fresh_house
    enrolled(house, "li-na", "hypertension", "2026-01-05")
    put(house, follow_up("li-na", "hypertension", values("2026-11-16", 158, 96), id="f1"), 201)
    body = follow_up("li-na", "hypertension", values("2026-11-16", 140, 96), id="theirs")
    author = {"author": {"reference": "Practitioner/practitioner-station-2-gp"}}
    answer = house.client("gp2").put("QuestionnaireResponse/theirs", {**body, **author})
    assert answer.status_code in (403, 422), answer.text
    assert "随访" not in answer.text


def test_a_clients_own_decision_is_replaced(fresh_house: OpenHouse) -> None:
    house = fresh_house
    enrolled(house, "li-na", "hypertension", "2026-01-05")
    body = follow_up("li-na", "hypertension", values("2026-11-16", 128, 76), id="f1")
    put(house, body, 201)
    forged = json.loads(json.dumps(stored(house, "QuestionnaireResponse", "f1")))
    for part in forged["extension"][0]["extension"]:
        if part["url"] == "action":
            part["valueCode"] = "emergency"
    put(house, forged, 200)
    assert decided(house, "f1").action.value == "routine"


def test_several_follow_ups_of_one_person_in_one_transaction(fresh_house: OpenHouse) -> None:
    """The later one knows the earlier one, in whichever order they stand in the Bundle."""
    house = fresh_house
    enrolled(house, "li-na", "hypertension", "2026-01-05")
    days = (("late", "2026-11-16"), ("early", "2026-11-02"))
    entries = [
        {
            "resource": follow_up("li-na", "hypertension", values(day, 158, 96), id=id_),
            "request": {"method": "PUT", "url": f"QuestionnaireResponse/{id_}"},
        }
        for id_, day in days
    ]
    bundle = {"resourceType": "Bundle", "type": "transaction", "entry": entries}
    answer = house.client("gp1").post("", bundle)
    assert answer.status_code == 200, answer.text
    assert decided(house, "early").action.value == "adjust"
    assert decided(house, "late").action.value == "refer"
    plan = stored(house, "CarePlan", "li-na-hypertension-plan")
    assert plan["supportingInfo"] == [{"reference": "QuestionnaireResponse/late"}]


def test_two_at_the_same_moment_make_one_record_of_a_day(fresh_house: OpenHouse) -> None:
    house = fresh_house
    enrolled(house, "li-na", "hypertension", "2026-01-05")
    bodies = [
        follow_up("li-na", "hypertension", values("2026-11-16", 158, 96), id=f"same-{n}")
        for n in range(4)
    ]

    async def both() -> list[int]:
        client = house.client("gp1")
        sent = (client.send("PUT", f"QuestionnaireResponse/{b['id']}", b) for b in bodies)
        return [answer.status_code for answer in await asyncio.gather(*sent)]

    client = house.client("gp1")
    assert sorted(client.runner.run(both())) == [201, 422, 422, 422]
    assert len(found(house, "QuestionnaireResponse", ("patient", "li-na"))) == 1


def test_another_action_goes_by_the_programmes_own_intervals(fresh_house: OpenHouse) -> None:
    """Who had a stroke three months ago comes monthly, also where the doctor says routine."""
    house = fresh_house
    episode = enrolled(house, "li-na", "stroke", "2026-09-01")
    card = follow_up(
        "li-na", "stroke-card", {"onset-date": date(2026, 8, 20)}, id=f"{episode}-card",
        on="2026-09-01",
    )  # fmt: skip
    put(house, card, 201)
    body = follow_up("li-na", "stroke", values("2026-11-16", 128, 76), id="s1")
    put(house, body, 201)
    assert decided(house, "s1").due_on == date(2026, 12, 16)
    chosen = follow_up(
        "li-na",
        "stroke",
        values("2026-11-17", 150, 92, action="routine"),
        id="s2",
    )
    put(house, chosen, 201)
    found_ = decided(house, "s2")
    assert (found_.proposed_action.value, found_.action.value) == ("adjust", "routine")
    assert found_.due_on == date(2026, 12, 17)


def test_what_a_platform_sends_is_a_visit_at_the_institution_of_the_file(
    fresh_house: OpenHouse,
) -> None:
    house = fresh_house
    enrolled(house, "li-na", "hypertension", "2026-01-05")
    body = follow_up("li-na", "hypertension", values("2026-11-16", 128, 76), id="f1")
    answer = house.client("platform").put("QuestionnaireResponse/f1", {**body, "author": PATIENT})
    assert answer.status_code == 201, answer.text
    visit = stored(house, "Encounter", "f1-visit")
    assert visit["serviceProvider"] == {"reference": "Organization/station-1"}
    assert "participant" not in visit


PATIENT = {"reference": "Patient/li-na"}


def test_whoever_is_seen_in_a_new_year_is_examined_in_that_year(fresh_house: OpenHouse) -> None:
    house = fresh_house
    episode = enrolled(house, "li-na", "hypertension", "2025-03-05")
    plan = stored(house, "CarePlan", f"{episode}-plan")
    assert plan["activity"][1]["detail"]["scheduledPeriod"] == {"end": "2025-12-31"}
    put(house, follow_up("li-na", "hypertension", values("2026-02-16", 128, 76), id="f1"), 201)
    plan = stored(house, "CarePlan", f"{episode}-plan")
    assert plan["activity"][1]["detail"]["scheduledPeriod"] == {"end": "2026-12-31"}
