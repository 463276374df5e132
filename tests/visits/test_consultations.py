"""会诊记录表 (health-record.md §8): every field survives, is refused with reasons, printed."""

from datetime import date
from random import Random

import pytest

from kernel.fhir import json
from kernel.fhir.validate import check
from records.visits.consultation import (
    MOST_CONSULTED,
    Consultation,
    Consulted,
    consultation_body,
    consultation_of,
    form_of_consultation,
    read_consultation,
)
from tests.pages.browsing import signed_in, words
from tests.support.house import OpenHouse, registry
from tests.visits.test_form import AUTHOR, ODD
from tests.visits.test_pages import SUBMISSION, resources

TODAY = date(2026, 11, 23)
DOCTORS = {"practitioner-station-1-gp": "于海宁"}
FORM = {
    "reason": "血压控制不满意，请会诊",
    "opinion": "加用利尿剂，\n一个月后复查",
    "institution_1": "滨海市第一医院",
    "consultant_1": "丛建军",
    "institution_2": "海阳区人民医院",
    "consultant_2": "隋红霞",
    "doctor": "practitioner-station-1-gp",
    "on": "2026-11-20",
}


@pytest.mark.parametrize("seed", range(30))
def test_every_field_survives_form_resource_form(seed: int) -> None:
    random = Random(seed)  # noqa: S311 -- cases, no secret
    rows = random.randint(1, MOST_CONSULTED)
    written = Consultation(
        random.choice(ODD),
        random.choice(ODD),
        tuple(Consulted(random.choice(ODD)[:20], f"医生{n}") for n in range(rows)),
        "practitioner-station-1-gp",
        date(2026, random.randint(1, 11), random.randint(1, 23)),
    )
    typed = form_of_consultation(written)
    read, errors = read_consultation(lambda n: typed.get(n, ""), today=TODAY, doctors=DOCTORS)
    assert errors == {}
    body = {**consultation_body(read, "li-na", AUTHOR, DOCTORS), "id": "c1"}
    assert check(body, types=registry().specs).type == "Composition"
    assert form_of_consultation(consultation_of(json.loads(json.dumps(body)))) == typed


WRONG = [
    ({"reason": ""}, "reason", "请填写会诊原因"),
    ({"opinion": " "}, "opinion", "请填写会诊意见"),
    ({"opinion": "王" * 2001}, "opinion", "会诊意见最多 2000 个字"),
    ({"consultant_1": ""}, "consultant_1", "会诊机构和会诊医生要成对填写"),
    ({"institution_2": ""}, "institution_2", "会诊机构和会诊医生要成对填写"),
    ({"doctor": "someone"}, "doctor", "请选择责任医生"),
    ({"on": "2026-11-24"}, "on", "会诊日期不能晚于今天"),
    ({"on": "2026-02-30"}, "on", "请填写会诊日期，例如 2026-11-23"),
    ({name: "" for name in FORM if name[-2:] in ("_1", "_2")}, "institution_1", "请至少填写一个"),
]  # fmt: skip


@pytest.mark.parametrize(("changes", "field", "sentence"), WRONG)
def test_what_is_refused(changes: dict[str, str], field: str, sentence: str) -> None:
    typed = {**FORM, **changes}
    _read, errors = read_consultation(lambda n: typed.get(n, ""), today=TODAY, doctors=DOCTORS)
    assert list(errors) == [field]
    assert errors[field].startswith(sentence)


def test_a_consultation_is_entered_shown_and_printed(fresh_house: OpenHouse) -> None:
    house = fresh_house
    doctor = signed_in(house, "gp1")
    address = "/residents/li-na/consultations/new"
    found = SUBMISSION.search(doctor.get(address).text)
    assert found
    refused = doctor.post(address, {**FORM, "reason": ""})
    assert refused.status_code == 422
    assert "请填写会诊原因" in words(refused)
    assert 'value="滨海市第一医院"' in refused.text
    for _ in range(2):  # sent twice
        kept = doctor.post(address, {**FORM, "submission": found[1]})
        assert kept.headers["location"] == "/residents/li-na/visits"
    (body,) = resources(house, "Composition", patient="li-na", type="11488-4")
    assert body["status"] == "final"
    shown = words(doctor.get("/residents/li-na/visits"))
    assert "血压控制不满意，请会诊 滨海市第一医院、海阳区人民医院 · 于海宁 2026-11-20" in shown
    paper = words(doctor.get(f"/consultations/{body['id']}/print"))
    for text in ("会诊记录表", "会诊原因", "会诊意见", "加用利尿剂", "会诊医生签字", "隋红霞",
                 "责任医生", "2026-11-20"):  # fmt: skip
        assert text in paper, text
    assert signed_in(house, "gp2").get(f"/consultations/{body['id']}/print").status_code == 404
    assert signed_in(house, "gp2").post(address, FORM).status_code == 404
    for name in ("nurse1", "head1", "centre1"):
        assert signed_in(house, name).get(address).status_code == 403
    answer = house.client("gp1").put(f"Composition/{body['id']}", {**body, "title": "改过"})
    assert answer.status_code == 422, "it is signed"


def test_a_document_of_another_kind_is_no_consultation(house: OpenHouse) -> None:
    house.save(
        {
            "resourceType": "Composition", "id": "other", "status": "final", "title": "x",
            "type": {"text": "x"}, "date": "2026", "author": [{"display": "某医生"}],
            "subject": {"reference": "Patient/li-na"},
        }
    )  # fmt: skip
    assert signed_in(house, "gp1").get("/consultations/other/print").status_code == 404
