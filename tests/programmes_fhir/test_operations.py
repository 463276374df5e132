"""`$populate` and `$extract`: what is known, and what saving would give; nothing is written."""

from decimal import Decimal
from typing import Any

import pytest

from health.followups.answers import forms
from health.followups.decision import written
from health.programmes import programme_of
from kernel.canonical import CANONICAL
from kernel.fhir import json
from kernel.fhir.questionnaire import Answered, response
from kernel.fhir.validate import check
from tests.examinations.entry import resources
from tests.followups.sending import decided, enrolled, follow_up, put
from tests.followups.test_saving import values
from tests.support.house import OpenHouse, registry

FORM = "Questionnaire/hypertension-2017"
ADDRESS = f"{CANONICAL}/Questionnaire/hypertension"
Body = dict[str, Any]
LAST: Body = {
    "height": Decimal("160.0"), "weight": Decimal("60.0"), "salt": "2", "smoking_daily": 10,
    "adherence": "1",
}  # fmt: skip


@pytest.fixture(name="followed")
def _followed(house: OpenHouse) -> OpenHouse:
    """Somebody in hypertension with one follow-up that says a lot."""
    if house.client("gp1").get("QuestionnaireResponse/last").status_code == 404:
        enrolled(house, "li-na", "hypertension", "2026-01-05")
        said = values("2026-11-02", 152, 92, **LAST)
        put(house, follow_up("li-na", "hypertension", said, id="last"), 201)
    return house


def asked(house: OpenHouse, path: str, body: Body | None = None, *, status: int = 200) -> Body:
    """The answer of an operation: posted where there is a body."""
    client = house.client("gp1")
    answer = client.get(path) if body is None else client.post(path, body)
    assert answer.status_code == status, answer.text
    found: Body = json.loads(answer.content)
    return found


def parameters(**given: Body | str) -> Body:
    """Parameters: a resource, a Reference or a canonical address each."""
    entries = []
    for name, value in given.items():
        entry: Body = {"name": name.replace("_", "-")}
        if isinstance(value, str):
            entry["valueCanonical"] = value
        else:
            entry["resource" if "resourceType" in value else "valueReference"] = value
        entries.append(entry)
    return {"resourceType": "Parameters", "parameter": entries}


def links(body: Body) -> dict[str, Any]:
    """The first answer of every question by its linkId."""
    items = [item for section in body.get("item", ()) for item in section["item"]]
    return {
        one["linkId"]: next(iter(one["answer"][0].values())) for one in items if "answer" in one
    }


LI_NA = {"reference": "Patient/li-na"}


@pytest.mark.parametrize(
    ("path", "body"),
    [
        (f"{FORM}/$populate?subject=Patient/li-na", None),
        (f"{FORM}/$populate", parameters(subject=LI_NA)),
        ("Questionnaire/$populate", parameters(subject=LI_NA, canonical=f"{ADDRESS}|2017")),
        ("Questionnaire/$populate", parameters(subject=LI_NA, canonical=ADDRESS)),
        (
            "Questionnaire/$populate",
            parameters(subject=LI_NA, questionnaireRef={"reference": FORM}),
        ),
        (
            "Questionnaire/$populate",
            parameters(
                subject=LI_NA,
                questionnaire={"resourceType": "Questionnaire", "url": ADDRESS, "version": "2017"},
            ),
        ),
    ],
)
def test_habits_and_height_are_carried_over_and_no_measurement(
    followed: OpenHouse, path: str, body: Body | None
) -> None:
    answer = asked(followed, path, body)
    [parameter] = answer["parameter"]
    assert parameter["name"] == "response"
    found = parameter["resource"]
    check(found, types=registry().specs)
    assert (found["status"], found["subject"]) == ("in-progress", LI_NA)
    assert found["questionnaire"] == f"{ADDRESS}|2017"
    told = links(found)
    assert told["salt"]["code"] == "2"
    assert (told["smoking-daily"], told["height"]) == (10, Decimal("160.0"))
    assert not {"systolic", "diastolic", "weight", "bmi", "heart-rate", "visit-class"} & set(told)


@pytest.mark.parametrize(
    ("path", "body", "status", "told"),
    [
        (f"{FORM}/$populate", None, 400, "name the person"),
        (f"{FORM}/$populate?subject=Patient/nobody", None, 404, "Patient/nobody"),
        (f"{FORM}/$populate?subject=Patient/zhao-lei", None, 404, "Patient/zhao-lei"),
        ("Questionnaire/odd-1/$populate?subject=Patient/li-na", None, 404, "Questionnaire/odd-1"),
        ("Questionnaire/$populate?subject=Patient/li-na", None, 400, "name the form"),
        ("Questionnaire/$populate", parameters(canonical=f"{ADDRESS}|9"), 404, "hypertension|9"),
        (f"{FORM}/$populate", {"resourceType": "Patient"}, 400, "post a Parameters"),
    ],
)
def test_what_cannot_be_populated(
    followed: OpenHouse, path: str, body: Body | None, status: int, told: str
) -> None:
    outcome = asked(followed, path, body, status=status)
    assert outcome["resourceType"] == "OperationOutcome"
    assert told in outcome["issue"][0]["diagnostics"]


def test_a_stored_answer_gives_what_was_written_with_it(followed: OpenHouse) -> None:
    house = followed
    answer = asked(house, "QuestionnaireResponse/last/$extract")
    check(answer["parameter"][0]["resource"], types={*registry().specs, "Bundle"})
    parts = {one["name"]: one for one in answer["parameter"]}
    bundle = parts["return"]["resource"]
    assert bundle["type"] == "transaction"
    for entry in bundle["entry"]:
        body = entry["resource"]
        assert entry["request"] == {"method": "PUT", "url": f"Observation/{body['id']}"}
        stored = json.loads(house.client("gp1").get(f"Observation/{body['id']}").content)
        assert {k: v for k, v in stored.items() if k != "meta"} == body
    told = parts["decision"]["part"]
    extension = written(decided(house, "last"))["extension"]
    assert [one["name"] for one in told] == [one["url"] for one in extension]
    assert {"name": "outcome", "valueCode": "2"} in told
    assert {"name": "action", "valueCode": "adjust"} in told


def test_an_answer_that_is_sent_is_judged_and_not_kept(followed: OpenHouse) -> None:
    house = followed
    body = follow_up("li-na", "hypertension", values("2026-11-16", 158, 96), id="tried")
    for sent in (body, parameters(questionnaire_response={**body, "status": "in-progress"})):
        answer = asked(house, "QuestionnaireResponse/$extract", sent)
        parts = {one["name"]: one for one in answer["parameter"]}
        [entry] = parts["return"]["resource"]["entry"]
        assert entry["request"]["url"] == "Observation/tried-systolic"
        told = parts["decision"]["part"]
        assert {"name": "action", "valueCode": "refer"} in told
        [planned] = [one["part"] for one in told if one["name"] == "planned"]
        assert {"name": "due", "valueDate": "2026-11-30"} in planned
    assert house.client("gp1").get("QuestionnaireResponse/tried").status_code == 404
    assert resources(house, "Observation", _id="tried-systolic") == []


def test_an_answer_without_an_id_gives_observations_to_be_created(followed: OpenHouse) -> None:
    body = follow_up("li-na", "hypertension", values("2026-11-16", 158, 96), id="x")
    del body["id"]
    answer = asked(followed, "QuestionnaireResponse/$extract", body)
    [entry] = answer["parameter"][0]["resource"]["entry"]
    assert entry["request"] == {"method": "POST", "url": "Observation"}
    assert not {"id", "derivedFrom"} & set(entry["resource"])
    bundle = answer["parameter"][0]["resource"]
    assert followed.client("gp1").post("", bundle).status_code == 200


@pytest.mark.parametrize(
    ("changes", "status", "told"),
    [
        ({"questionnaire": f"{ADDRESS}|1999"}, 422, "没有这一版表单（1999）"),
        ({"questionnaire": "http://a.example/form"}, 422, "names no form of a programme"),
        ({"subject": {"reference": "Patient/zhao-lei"}}, 404, "Patient/zhao-lei"),
        ({"status": "done"}, 422, "done"),
        ({"resourceType": "Patient"}, 400, "post a QuestionnaireResponse"),
    ],
)
def test_what_cannot_be_extracted(
    followed: OpenHouse, changes: Body, status: int, told: str
) -> None:
    body = follow_up("li-na", "hypertension", values("2026-11-16", 158, 96), id="tried")
    outcome = asked(followed, "QuestionnaireResponse/$extract", {**body, **changes}, status=status)
    assert told in json.dumps(outcome).decode()


def test_all_faults_of_an_answer_are_told_by_their_items(followed: OpenHouse) -> None:
    said = values("2026-11-16", 158, 160, visit_class="1")
    body = follow_up("li-na", "hypertension", said, id="tried")
    outcome = asked(followed, "QuestionnaireResponse/$extract", body, status=422)
    places = " ".join(one["expression"][0] for one in outcome["issue"])
    assert "linkId='diastolic'" in places
    assert "linkId='class-reason'" in places


def test_who_may_not_read_the_record_may_not_ask(followed: OpenHouse) -> None:
    """gp2 works at another station."""
    client = followed.client("gp2")
    assert client.get(f"{FORM}/$populate?subject=Patient/li-na").status_code == 404
    assert client.get("QuestionnaireResponse/last/$extract").status_code == 404
    body = follow_up("li-na", "hypertension", values("2026-11-16", 158, 96), id="tried")
    assert client.post("QuestionnaireResponse/$extract", body).status_code == 404
    assert followed.client("bureau").get(f"{FORM}/$populate?subject=Patient/li-na").status_code in (
        403,
        404,
    )


FORMS = sorted({f"{one.form.name}-{one.form.version}" for one in forms().values()})


@pytest.mark.parametrize("form", FORMS)
def test_every_form_of_every_programme_can_be_begun(followed: OpenHouse, form: str) -> None:
    """Cards too; what comes back may be kept as a draft as it is."""
    answer = asked(followed, f"Questionnaire/{form}/$populate?subject=Patient/li-na")
    draft = answer["parameter"][0]["resource"]
    put(followed, {**draft, "id": f"draft-{form}"}, 201)


def test_a_card_gives_neither_observations_nor_a_decision(followed: OpenHouse) -> None:
    card = programme_of("coronary").card
    assert card is not None
    about = Answered("li-na", "2026-11-16", LI_NA)
    body = response(card(), {"height": Decimal("160.0")}, about)
    answer = asked(followed, "QuestionnaireResponse/$extract", body)
    nothing = {"resourceType": "Bundle", "type": "transaction"}
    assert answer["parameter"] == [{"name": "return", "resource": nothing}]


def test_the_capability_statement_names_them(house: OpenHouse) -> None:
    body = json.loads(house.client(None).get("metadata").content)
    types = {one["type"]: one.get("operation", []) for one in body["rest"][0]["resource"]}
    sdc = "http://hl7.org/fhir/uv/sdc/OperationDefinition"
    populate = {"name": "populate", "definition": f"{sdc}/Questionnaire-populate"}
    extract = {"name": "extract", "definition": f"{sdc}/QuestionnaireResponse-extract"}
    assert populate in types["Questionnaire"]
    assert extract in types["QuestionnaireResponse"]
