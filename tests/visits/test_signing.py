"""A signed note cannot be changed, only amended: over pages and over the API."""

from typing import Any

import pytest

from kernel.fhir import json
from tests.pages.browsing import signed_in, words
from tests.support.house import FRESH_ON_SQLITE, Client, OpenHouse
from tests.visits.test_pages import NOTE, SUBMISSION, begun, resources, send

Body = dict[str, Any]


def signed(house: OpenHouse, **others: str) -> str:
    """The address of a visit of 李娜 that the doctor has signed."""
    doctor = signed_in(house, "gp1")
    address = begun(doctor)
    answer = send(doctor, address, "sign", **{**NOTE, **others})
    assert answer.headers.get("location") == address, words(answer)
    return address


def parts(house: OpenHouse, address: str) -> dict[str, list[Body]]:
    """The resources of a visit by type, as the API has them."""
    visit = f"Encounter/{address.rpartition('/')[2]}"
    types = ("Composition", "Observation", "Condition", "MedicationRequest")
    return {type_: resources(house, type_, encounter=visit) for type_ in types}


def put(client: Client, body: Body, **changes: Any) -> int:
    """Update a resource; the status of the answer."""
    changed = {k: v for k, v in {**body, **changes}.items() if v is not None}
    return client.put(f"{body['resourceType']}/{body['id']}", changed).status_code


def test_what_a_signed_visit_is_made_of(fresh_house: OpenHouse) -> None:
    address = signed(fresh_house)
    found = parts(fresh_house, address)
    (note,) = found["Composition"]
    assert (note["status"], note["type"]["coding"][0]["code"]) == ("final", "34117-2")
    assert [s["title"] for s in note["section"]] == ["主观资料", "客观资料", "评估", "处置计划"]
    assert note["attester"][0]["party"]["display"] == "于海宁"
    codes = {one["code"]["coding"][0]["code"] for one in found["Observation"]}
    assert codes == {"85354-9", "8867-4", "8310-5", "29463-7", "8302-2", "39156-5"}
    weight = next(o for o in found["Observation"] if o["code"]["coding"][0]["code"] == "29463-7")
    assert weight["valueQuantity"]["code"] == "kg"
    assert f"{weight['valueQuantity']['value']}" == "70.0"
    (drug,) = found["MedicationRequest"]
    assert (drug["status"], drug["intent"]) == ("active", "order")
    names = [one["code"]["text"] for one in found["Condition"]]
    assert names == ["高脂血症"] or set(names) == {"原发性高血压", "高脂血症"}


def test_the_api_cannot_change_a_signed_note_either(fresh_house: OpenHouse) -> None:
    house, client = fresh_house, fresh_house.client("gp1")
    (note,) = parts(house, signed(house))["Composition"]
    for changes in ({"title": "改过"}, {"status": "preliminary"}, {"status": "amended"},
                    {"section": note["section"][:1]}, {"author": [{"display": "别人"}]},
                    {"status": "entered-in-error"}):  # fmt: skip
        assert put(client, note, **changes) == 422, changes
    patch = [{"op": "replace", "path": "/title", "value": "改过"}]
    assert client.patch(f"Composition/{note['id']}", patch).status_code == 422
    assert put(client, note) == 200, "saying the same again changes nothing"
    answer = client.put(f"Composition/{note['id']}", {**note, "title": "改过"})
    assert b"amendment" in answer.content


def test_what_was_measured_prescribed_and_diagnosed_stays(fresh_house: OpenHouse) -> None:
    house, client = fresh_house, fresh_house.client("gp1")
    address = signed(house)
    found = parts(house, address)
    one = next(o for o in found["Observation"] if "valueQuantity" in o)
    assert put(client, one, valueQuantity={**one["valueQuantity"], "value": 99}) == 422
    assert put(client, one, code={"text": "别的"}) == 422
    assert put(client, one, status="entered-in-error") == 200
    (drug,) = found["MedicationRequest"]
    dosage = [{"text": "每日三次"}]
    assert put(client, drug, dosageInstruction=dosage) == 422
    assert put(client, drug, status="stopped") == 200
    condition = found["Condition"][0]
    assert put(client, condition, code={"text": "别的"}) == 422
    over = {**condition["clinicalStatus"], "coding": [{**condition["clinicalStatus"]["coding"][0],
                                                       "code": "resolved"}]}  # fmt: skip
    assert put(client, condition, clinicalStatus=over, abatementDateTime="2026-11-30") == 200
    visit = json.loads(client.get(f"Encounter/{address.rpartition('/')[2]}").content)
    assert put(client, visit, reasonCode=[{"text": "别的"}]) == 422
    assert put(client, visit, status="entered-in-error") == 200


def test_before_the_signature_everything_can_be_changed(fresh_house: OpenHouse) -> None:
    house, client = fresh_house, fresh_house.client("gp1")
    doctor = signed_in(house, "gp1")
    address = begun(doctor)
    assert send(doctor, address, "keep", **NOTE).status_code == 303
    found = parts(house, address)
    assert found["Composition"][0]["status"] == "preliminary"
    one = next(o for o in found["Observation"] if "valueQuantity" in o)
    assert put(client, one, valueQuantity={**one["valueQuantity"], "value": 37}) == 200
    assert put(client, found["Composition"][0], title="改过") == 200


@FRESH_ON_SQLITE
def test_a_nurse_does_not_sign_over_the_api(fresh_house: OpenHouse) -> None:
    house = fresh_house
    doctor = signed_in(house, "gp1")
    address = begun(doctor)
    assert send(doctor, address, "keep", **NOTE).status_code == 303
    (note,) = parts(house, address)["Composition"]
    assert put(house.client("nurse1"), note, status="final") == 422
    assert put(house.client("gp1"), note, status="final") == 200


@FRESH_ON_SQLITE
def test_a_signed_visit_is_shown_and_no_longer_a_form(fresh_house: OpenHouse) -> None:
    house = fresh_house
    address = signed(house)
    doctor = signed_in(house, "gp1")
    page = doctor.get(address)
    assert 'name="complaint"' not in page.text
    refused = doctor.post(address, {**NOTE, "complaint": "别的", "do": "sign", "seen": ""})
    assert refused.status_code == 409
    assert "这次接诊已经签名，只能补充或更正" in words(refused)
    for path in ("vitals", "begin"):
        assert doctor.post(f"{address}/{path}", {"pulse": "80"}).status_code == 409, path
    refused = doctor.post(f"{address}/cancel", {"reason": "改天再来"})
    assert refused.status_code == 422
    assert "这次接诊已经签名，只能补充或更正" in words(refused)


def test_an_amendment_stands_below_with_who_when_and_why(fresh_house: OpenHouse) -> None:
    house = fresh_house
    address = signed(house)
    house.clock.advance(hours=2)
    doctor = signed_in(house, "gp1")
    submission = SUBMISSION.search(doctor.get(address).text)
    assert submission
    amended = {"submission": submission[1], "kind": "correction", "amend_reason": "笔误",
               "text": "主诉应为头晕5天\n第二行"}  # fmt: skip
    for wrong in ({"amend_reason": ""}, {"text": " "}, {"kind": "x"}):
        refused = doctor.post(f"{address}/amend", {**amended, **wrong})
        assert refused.status_code == 422
        assert "主诉应为头晕5天" in refused.text or "text" in wrong
    assert doctor.post(f"{address}/amend", amended).status_code == 303
    assert doctor.post(f"{address}/amend", amended).status_code == 303, "sent twice"
    shown = words(doctor.get(address))
    assert "更正 · 于海宁 · 2026-11-23 11:05" in shown
    assert "主诉应为头晕5天 第二行 原因：笔误" in shown
    assert "头晕3天" in shown, "the note itself stays as it was signed"
    notes = parts(house, address)["Composition"]
    assert len(notes) == 2
    (amendment,) = [one for one in notes if "relatesTo" in one]
    assert amendment["relatesTo"][0]["code"] == "appends"
    assert put(house.client("gp1"), amendment, title="改过") == 422
    assert "主诉应为头晕5天" in words(doctor.get(f"{address}/print"))


@FRESH_ON_SQLITE
def test_a_note_that_is_not_signed_is_not_amended(fresh_house: OpenHouse) -> None:
    doctor = signed_in(fresh_house, "gp1")
    address = begun(doctor)
    form = {"kind": "supplement", "amend_reason": "补记", "text": "补充"}
    assert doctor.post(f"{address}/amend", form).status_code == 409


@pytest.mark.parametrize("type_", ["Composition", "Observation", "MedicationRequest"])
def test_merging_may_move_a_signed_note_to_the_surviving_record(
    fresh_house: OpenHouse, type_: str
) -> None:
    """Whose record it lies in is not what the doctor signed; the rest is."""
    house, client = fresh_house, fresh_house.client("gp1")
    body = parts(house, signed(house))[type_][0]
    other = {"reference": "Patient/zhang-wei"}
    assert put(client, body, subject=other) == 200


def test_nothing_of_a_signed_visit_is_deleted(fresh_house: OpenHouse) -> None:
    house, client = fresh_house, fresh_house.client("gp1")
    address = signed(house)
    for type_, bodies in parts(house, address).items():
        for body in bodies:
            answer = client.delete(f"{type_}/{body['id']}")
            assert answer.status_code in (409, 422), f"{type_} {answer.status_code}"
