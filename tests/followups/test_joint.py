"""Several programmes as one form and one visit: asked once, judged each by its own rules."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from health.followups.joint import edition, joint
from health.programmes import PROGRAMMES, programme_of
from tests.followups.filling import PRESSURE, answers, managed, send
from tests.followups.sending import decided, stored
from tests.pages.browsing import signed_in, words
from tests.support.house import OpenHouse

HYPERTENSION, DIABETES = programme_of("hypertension"), programme_of("diabetes")
BOTH = "/residents/li-na/follow-ups/new?programmes=hypertension,diabetes"
SUGAR: dict[str, Any] = {
    "symptoms": None, "hypertension.symptoms": ["1"], "diabetes.symptoms": ["2"],
    "fasting-glucose": "6.5", "hypo": "1", "lowering": "2",
}  # fmt: skip


def test_what_is_asked_alike_is_asked_once() -> None:
    found = joint((HYPERTENSION, DIABETES))
    keys = [one.key for one in found.form.fields]
    assert len(keys) == len(set(keys))
    for shared in ("visit-date", "systolic", "heart-rate", "weight", "adr", "drugs", "education"):
        assert keys.count(shared) == 1
        assert found.name(DIABETES, shared) == shared
    for own in ("symptoms", "danger", "visit-class", "next-date", "auxiliary"):
        assert own not in keys
        assert f"hypertension.{own}" in keys
        assert f"diabetes.{own}" in keys
    heart = found.form.field("heart-rate")
    assert heart.soft is not None
    assert [int(one) for one in heart.soft] == [50, 100], "the narrower of both"
    assert found.form.field("fasting-glucose").required
    assert found.form.field("diabetes.symptoms").title == "症状（糖尿病）"


def test_values_find_their_way_to_each_form_and_back() -> None:
    found = joint((HYPERTENSION, DIABETES))
    page: dict[str, Any] = {
        "systolic": 140, "diabetes.symptoms": ("2", "10"), "diabetes.symptoms.10": "口渴",
        "hypertension.symptoms": ("1",), "salt": "1", "drugs": ({"name": "药"},),
    }  # fmt: skip
    own = found.own(DIABETES, page)
    assert own == {
        "systolic": 140, "symptoms": ("2", "10"), "symptoms.10": "口渴", "drugs": ({"name": "药"},),
    }  # fmt: skip
    assert found.page(DIABETES, own) == {n: v for n, v in page.items() if n in {
        "systolic", "diabetes.symptoms", "diabetes.symptoms.10", "drugs",
    }}  # fmt: skip
    assert found.name(DIABETES, "symptoms.10") == "diabetes.symptoms.10"
    assert found.field_of("diabetes.symptoms.10") == "diabetes.symptoms"
    assert found.field_of("drugs-0-name") == "drugs"
    assert found.field_of("action-reason") == "action-reason"


@pytest.mark.parametrize("one", PROGRAMMES, ids=lambda one: one.name)
def test_one_programme_is_asked_as_it_declares(one: Any) -> None:
    found = joint((one,))
    assert found.form is one.form()
    assert found.names[one.name] == {field.key: field.key for field in one.form().fields}


def test_a_correction_is_asked_in_the_edition_that_was_answered() -> None:
    form = HYPERTENSION.form()
    visit, signs = form.sections[:2]
    former = replace(
        form, version="2011", sections=(visit, replace(signs, fields=signs.fields[:2]))
    )
    found = edition(HYPERTENSION, former)
    assert found.form is former
    assert found.own(HYPERTENSION, {"systolic": 128, "salt": "1"}) == {"systolic": 128}


@pytest.mark.parametrize("one", PROGRAMMES, ids=lambda one: one.name)
def test_no_field_is_called_as_what_the_page_needs_for_itself(one: Any) -> None:
    own = {
        "csrf_token", "submission", "programmes", "encounter", "back", "of", "touched", "doubted",
        "seen", "do", "confirmed", "correction-reason",
    }  # fmt: skip
    assert own & {field.key for field in one.form().fields} == set()


def test_all_programmes_together_still_make_one_form() -> None:
    found = joint(PROGRAMMES)
    keys = [one.key for one in found.form.fields]
    assert len(keys) == len(set(keys))
    for programme in PROGRAMMES:
        named = found.names[programme.name]
        assert len(set(named.values())) == len(programme.form().fields), programme.name
        assert set(named.values()) <= set(keys)
        for field in programme.form().fields:
            asked = found.form.field(named[field.key])
            assert (asked.kind, asked.options, asked.unit) == (
                field.kind, field.options, field.unit,
            )  # fmt: skip
            if field.when is not None:
                assert asked.when is not None
                assert asked.when.key == named[field.when.key]


def test_one_visit_is_an_answer_for_each_programme_and_one_encounter(
    fresh_house: OpenHouse,
) -> None:
    house = fresh_house
    managed(house, "hypertension", "diabetes")
    doctor = signed_in(house, "gp1")
    answer = send(doctor, BOTH, systolic="152", diastolic="92", **SUGAR)
    assert answer.status_code == 303, words(answer)
    said = words(doctor.get("/account/password"))
    assert "高血压已保存：控制不满意，复查随访不晚于 2026-12-07" in said
    assert "糖尿病已保存：控制满意，下次随访不晚于 2027-02-23" in said
    bodies = {
        decided(house, id_).programme: stored(house, "QuestionnaireResponse", id_)
        for id_ in answers(house)
    }
    assert sorted(bodies) == ["diabetes", "hypertension"]
    first, other = bodies["hypertension"], bodies["diabetes"]
    visit = f"Encounter/{first['id']}-visit"
    assert other["encounter"] == {"reference": visit}
    assert "encounter" not in first
    client = house.client("gp1")
    assert client.get(f"Encounter/{other['id']}-visit").status_code == 404
    assert decided(house, other["id"]).due_on == date(2027, 2, 23)
    assert decided(house, first["id"]).due_on == date(2026, 12, 7)
    symptoms = [
        item["answer"][0]["valueCoding"]["code"]
        for body in (first, other)
        for section in body["item"]
        for item in section["item"]
        if item["linkId"] == "symptoms"
    ]
    assert symptoms == ["1", "2"]


def test_the_visit_stands_as_long_as_one_answer_does(fresh_house: OpenHouse) -> None:
    house = fresh_house
    managed(house, "hypertension", "diabetes")
    doctor = signed_in(house, "gp1")
    assert send(doctor, BOTH, **SUGAR).status_code == 303
    bodies = [stored(house, "QuestionnaireResponse", id_) for id_ in answers(house)]
    (first,) = [one["id"] for one in bodies if "encounter" not in one]
    (other,) = [one["id"] for one in bodies if "encounter" in one]
    for id_, status in ((first, "finished"), (other, "entered-in-error")):
        taken = doctor.post(f"/follow-ups/{id_}/cancel", {"reason": "登记到别人名下了"})
        assert taken.status_code == 303
        assert stored(house, "Encounter", f"{first}-visit")["status"] == status


def test_a_fault_of_one_programme_saves_neither(fresh_house: OpenHouse) -> None:
    house = fresh_house
    managed(house, "hypertension", "diabetes")
    doctor = signed_in(house, "gp1")
    changes = {**SUGAR, "diabetes.visit-class": "2"}
    answer = send(doctor, BOTH, **changes)
    assert answer.status_code == 422
    assert 'href="#field-diabetes.class-reason"' in answer.text
    assert answers(house) == []
    only = send(doctor, BOTH, **{**SUGAR, "fasting-glucose": ""})
    assert "请填写空腹血糖。" in words(only)
    assert 'data-programme="hypertension" data-outcome="1"' in only.text


def test_the_other_programmes_are_offered(fresh_house: OpenHouse) -> None:
    house = fresh_house
    managed(house, "hypertension", "diabetes")
    doctor = signed_in(house, "gp1")
    one = doctor.get("/residents/li-na/follow-ups/new?programmes=hypertension&back=/due")
    assert "programmes=hypertension%2Cdiabetes&amp;back=%2Fdue" in one.text
    assert "糖尿病 不晚于 2026-01-19" in words(one)
    assert "同一次访视" not in words(doctor.get(BOTH))


def test_a_visit_that_is_there_is_named_by_all(fresh_house: OpenHouse) -> None:
    house = fresh_house
    managed(house, "hypertension", "diabetes")
    doctor = signed_in(house, "gp1")
    answer = send(doctor, f"{BOTH}&encounter=li-na-visit", **SUGAR)
    assert answer.status_code == 303, words(answer)
    for id_ in answers(house):
        body = stored(house, "QuestionnaireResponse", id_)
        assert body["encounter"] == {"reference": "Encounter/li-na-visit"}
        doctor.post(f"/follow-ups/{id_}/cancel", {"reason": "登记到别人名下了"})
    assert stored(house, "Encounter", "li-na-visit")["status"] != "entered-in-error"
    elsewhere = doctor.get(f"{BOTH}&encounter=wang-xiaoming-visit")
    assert elsewhere.status_code == 400
    assert PRESSURE["systolic"] == "128"
