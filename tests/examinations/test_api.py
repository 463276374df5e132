"""An answer over the API: the same rules, the same Observations, all or nothing."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from kernel.fhir import json
from kernel.fhir.questionnaire import Answered, response
from kernel.fhir.store import save
from records.examinations.form import examination_form
from records.examinations.publishing import publish_form
from records.extracting import derived_id
from tests.cast import to
from tests.examinations.entry import NEW, entered, resource, resources
from tests.examinations.test_pages import derived
from tests.pages.browsing import signed_in, words
from tests.support.house import OpenHouse

VALUES: dict[str, Any] = {
    "exam-date": date(2026, 11, 20),
    "symptoms": ("1",),
    "systolic-left": 128,
    "diastolic-left": 82,
    "height": Decimal("160.0"),
    "weight": Decimal("60.0"),
    "evaluation": "1",
}


def answered(*, status: str = "completed", **changes: Any) -> dict[str, Any]:
    """An answer as a client writes it; underscores stand for hyphens, None leaves out."""
    named = {name.replace("_", "-"): value for name, value in changes.items()}
    values = {k: v for k, v in {**VALUES, **named}.items() if v is not None}
    about = Answered("li-na", "2026-11-20T10:00:00+08:00", to("Practitioner", "gp-station-1"))
    body = response(examination_form(), values, about)
    return {**body, "status": status, "id": "sent", "author": to("Patient", "li-na")}


def put(house: OpenHouse, body: dict[str, Any], status: int) -> str:
    """Send an answer; what was told."""
    answer = house.client("gp1").put(f"QuestionnaireResponse/{body['id']}", body)
    assert answer.status_code == status, answer.text
    return answer.text


def test_an_answer_gives_what_the_page_gives(fresh_house: OpenHouse) -> None:
    house = fresh_house
    put(house, answered(), 201)
    found = derived(house, "sent")
    assert sorted(found) == ["bmi", "height", "systolic-left", "weight"]
    assert str(found["bmi"]["valueQuantity"]["value"]) == "23.44"
    assert found["weight"]["effectiveDateTime"] == "2026-11-20"
    doctor = signed_in(house, "gp1")
    page = {
        "exam-date": "2026-11-20", "symptoms": "1", "systolic-left": "128",
        "diastolic-left": "82", "height": "160.0", "weight": "60.0", "evaluation": "1",
    }  # fmt: skip
    others = dict.fromkeys(
        (
            "temperature", "pulse", "respiration", "systolic-right", "diastolic-right", "waist",
            "smoking", "glucose", "urine-protein", "ecg", "ecg.2", "abnormal-1", "guidance",
        )
    )  # fmt: skip
    id_ = entered(doctor, NEW, **{**others, **page})
    typed = derived(house, id_)
    assert sorted(typed) == sorted(found)
    for key, body in typed.items():
        for name in ("code", "category", "effectiveDateTime", "valueQuantity", "component"):
            assert body.get(name) == found[key].get(name), (key, name)
    shown = words(doctor.get("/residents/li-na/examinations"))
    assert shown.count("2026-11-20") >= 2


@pytest.mark.parametrize(
    ("changes", "item", "told"),
    [
        ({"weight": Decimal(700)}, "weight", "应在 1～300 kg 之间"),
        ({"diastolic_left": 130}, "diastolic-left", "应低于收缩压 128"),
        ({"diastolic_left": None}, "diastolic-left", "请一并填写"),
        ({"exam_date": None}, "exam-date", "请填写体检日期"),
        ({"symptoms": None}, "symptoms", "请选择症状"),
        ({"evaluation": "2"}, "abnormal-1", "有异常时请写明"),
        ({"smoking": "1", "smoking_quit": 30}, "smoking-quit", "不应填写"),
        ({"bmi": Decimal("30.00")}, "bmi", "应为 23.44"),
        ({"ecg": "2"}, "ecg.2", "请写明是什么"),
    ],
)
def test_what_cannot_be_is_refused_and_leaves_nothing(
    house: OpenHouse, changes: dict[str, Any], item: str, told: str
) -> None:
    outcome = json.loads(put(house, answered(**changes), 422).encode())
    (issue,) = [one for one in outcome["issue"] if item in one["expression"][0]]
    assert told in issue["diagnostics"]
    assert f"linkId='{item}'" in issue["expression"][0]
    assert resources(house, "QuestionnaireResponse", patient="li-na") == []
    assert derived(house, "sent") == {}


def test_women_only_for_women(house: OpenHouse) -> None:
    body = {**answered(vulva="1"), "subject": to("Patient", "wang-xiaoming")}
    assert "外阴是妇女的检查项目" in put(house, body, 422)


def test_an_examination_may_be_filed_with_another_person(fresh_house: OpenHouse) -> None:
    """As when two files turn out to be one person's: nothing is examined anew."""
    house = fresh_house
    put(house, answered(vulva="1"), 201)
    moved = {**resource(house, "QuestionnaireResponse/sent"), "subject": to("Patient", "zhang-wei")}
    put(house, moved, 200)
    weight = resource(house, "Observation/sent-weight")
    assert (weight["status"], weight["subject"]) == ("final", to("Patient", "zhang-wei"))


def test_a_draft_may_lack_what_an_examination_needs(fresh_house: OpenHouse) -> None:
    house = fresh_house
    draft = answered(status="in-progress", symptoms=None, evaluation=None)
    put(house, draft, 201)
    assert derived(house, "sent") == {}
    put(house, answered(), 200)
    assert len(derived(house, "sent")) == 4
    put(house, answered(status="entered-in-error"), 200)
    assert {one["status"] for one in derived(house, "sent").values()} == {"entered-in-error"}
    put(house, answered(status="amended", weight=Decimal("61.0")), 200)
    weight = derived(house, "sent")["weight"]
    assert (weight["status"], str(weight["valueQuantity"]["value"])) == ("final", "61.0")


def test_answers_to_other_forms_are_left_alone(fresh_house: OpenHouse) -> None:
    house = fresh_house
    other = answered(weight=Decimal(700)) | {"questionnaire": "http://example.org/other|1"}
    put(house, other, 201)
    assert derived(house, "sent") == {}


def test_the_form_is_published_once_and_anew_when_it_changes(fresh_house: OpenHouse) -> None:
    house = fresh_house
    for _again in range(2):
        with house.station.write() as work:
            publish_form(work)
    body = resource(house, "Questionnaire/health-examination-2017")
    assert (body["meta"]["versionId"], body["version"]) == ("1", "2017")
    address = body["url"]
    assert [q["id"] for q in resources(house, "Questionnaire", url=address)] == [body["id"]]
    with house.station.write() as work:
        save(work, {**body, "title": "别的"}, id=body["id"])
        publish_form(work)
    again = resource(house, "Questionnaire/health-examination-2017")
    assert (again["meta"]["versionId"], again["title"]) == ("3", "健康体检表")


def test_ids_are_derived_whatever_the_answer_is_called() -> None:
    long = "x" * 64
    assert derived_id("a1", "weight") == "a1-weight"
    assert len(derived_id(long, "bilirubin-direct")) <= 64
    assert derived_id(long, "weight") != derived_id("x" * 63, "weight")
    assert derived_id(long, "weight") == derived_id(long, "weight")
