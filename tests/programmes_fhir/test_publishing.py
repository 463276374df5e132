"""Forms, plans and indicators of every programme as resources that are valid FHIR."""

import importlib
from datetime import date
from typing import Any

import pytest

from health.fhir.measures import sql_of
from health.followups.answers import forms
from health.programmes import MANAGED, PROGRAMMES
from health.publishing import JOBS, artefacts
from health.tables import health_year
from kernel.canonical import CANONICAL
from kernel.declare.indicator import TODAY
from kernel.fhir import json
from kernel.fhir.store import save
from kernel.fhir.validate import check
from kernel.jobs import run_job
from tests.examinations.entry import resource, resources
from tests.support.house import OpenHouse, registry

BODIES = {
    f"{one['resourceType']}/{one['id']}": one for one in artefacts(registry(), date(2026, 11, 23))
}


@pytest.mark.parametrize("place", BODIES)
def test_everything_published_is_valid(place: str) -> None:
    body = BODIES[place]
    check(body, types=registry().specs)
    type_ = body["resourceType"]
    module = importlib.import_module(f"fhir.resources.R4B.{type_.lower()}")
    read = getattr(module, type_).model_validate_json(json.dumps(body))
    assert read.url == body["url"]


def test_every_programme_and_indicator_has_its_artefacts() -> None:
    for one in PROGRAMMES:
        assert f"Questionnaire/{one.name}-{one.form().version}" in BODIES
    for managed in MANAGED:
        assert f"PlanDefinition/{managed.name}" in BODIES
    for code in registry().indicators:
        assert BODIES[f"Measure/{code}"]["url"] == f"{CANONICAL}/Measure/{code}"


def test_link_ids_are_unique_within_a_form() -> None:
    """FHIR R4 Questionnaire, invariant que-2."""

    def links(items: list[dict[str, Any]]) -> list[str]:
        return [link for one in items for link in (one["linkId"], *links(one.get("item", [])))]

    for body in BODIES.values():
        if body["resourceType"] == "Questionnaire":
            found = links(body["item"])
            assert len(found) == len(set(found)), body["id"]


def test_the_plan_of_hypertension_says_what_the_norm_says() -> None:
    plan = BODIES["PlanDefinition/hypertension"]
    enrolment, *activities = plan["action"]
    assert enrolment["condition"][0]["expression"]["expression"] == plan["description"]
    assert "definitionCanonical" not in enrolment
    actions = {one["code"][0]["coding"][0]["code"]: one for one in activities}
    assert list(actions) == [
        "follow-up", "recheck", "referral-outcome", "arrival-check", "examination",
    ]  # fmt: skip
    assert actions["follow-up"]["timingTiming"]["repeat"]["frequency"] == 4
    assert actions["recheck"]["timingDuration"]["value"] == 14
    assert actions["arrival-check"]["timingDuration"]["value"] == 1
    assert "调整治疗" in actions["recheck"]["condition"][0]["expression"]["expression"]
    asked = {code: one["definitionCanonical"].rpartition("/")[2] for code, one in actions.items()}
    assert asked == {
        "follow-up": "hypertension|2017",
        "recheck": "hypertension|2017",
        "referral-outcome": "referral-outcome|1",
        "arrival-check": "referral-outcome|1",
        "examination": "health-examination|2017",
    }
    assert "第三版" in actions["recheck"]["documentation"][0]["citation"]
    assert plan["description"] == "35 岁及以上、确诊原发性高血压的常住居民"


def test_what_a_plan_asks_for_is_published() -> None:
    known = {f"{one['url']}|{one['version']}" for one in BODIES.values()}
    for body in BODIES.values():
        for action in body.get("action", ()):
            asked = action.get("definitionCanonical", f"{body['url']}|{body['version']}")
            assert asked in known or asked.endswith("/health-examination|2017")
    card = BODIES["PlanDefinition/stroke"]["action"][0]["definitionCanonical"]
    assert card == f"{CANONICAL}/Questionnaire/stroke-card|1"
    assert set(forms()) >= {f"{CANONICAL}/Questionnaire/{one.name}" for one in PROGRAMMES}


def test_a_measure_says_how_it_is_counted() -> None:
    measure = BODIES["Measure/HT02"]
    assert measure["scoring"]["coding"][0]["code"] == "proportion"
    assert measure["improvementNotation"]["coding"][0]["code"] == "increase"
    populations = {
        one["code"]["coding"][0]["code"]: one["criteria"]["expression"]
        for one in measure["group"][0]["population"]
    }
    managed = "health_year.programme = 'hypertension' AND health_year.managed"
    assert populations["denominator"] == managed
    assert populations["numerator"] == "health_year.at_target"
    told = [one["description"] for one in measure["group"][0]["stratifier"]]
    assert told == ["失访", "今年没有测量", "最近一次未达标"]


def test_the_day_is_a_parameter() -> None:
    assert sql_of(health_year.c.answer_by >= TODAY) == "health_year.answer_by >= :today"


def published(house: OpenHouse) -> None:
    """What the job does: slice by slice."""
    (job,) = JOBS
    while run_job(house.station, job):
        pass


def test_they_are_published_once_and_anew_when_they_change(fresh_house: OpenHouse) -> None:
    house = fresh_house
    published(house)
    published(house)
    for place, body in BODIES.items():
        stored = resource(house, place)
        assert stored.pop("meta")["versionId"] == "1"
        assert stored == body
    (found,) = resources(house, "Measure", url=f"{CANONICAL}/Measure/HT01")
    assert found["id"] == "HT01"
    (form,) = resources(house, "Questionnaire", url=f"{CANONICAL}/Questionnaire/hypertension")
    assert form["id"] == "hypertension-2017"
    with house.station.write() as work:
        save(work, {**BODIES["PlanDefinition/stroke"], "title": "别的"}, id="stroke")
    published(house)
    again = resource(house, "PlanDefinition/stroke")
    assert (again["meta"]["versionId"], again["title"]) == ("3", "脑卒中管理")


def test_the_job_is_the_house_s() -> None:
    jobs = [one for module in registry().modules for one in module.jobs]
    assert set(JOBS) <= set(jobs)
