"""What the API refuses of a household, naming the element and what would be right."""

from typing import Any

import pytest

from demo.cast import practitioner_id
from kernel.canonical import GB_RELATION, UCUM, code_system
from records.households.codes import NUMBER_SYSTEM, RELATION
from records.households.group import members_of
from records.households.living import SYSTEM
from records.households.rules import faults
from records.terminology import catalogue
from tests.cast import Body, coded, to
from tests.households.homes import household, member
from tests.support.house import OpenHouse

HEAD = member("li-na", "02")
OTHER = member("wang-xiaoming", "20")
UNRELATED = {name: value for name, value in OTHER.items() if name != "extension"}
DOCTOR = to("Practitioner", practitioner_id("station-1", "gp"))
GONE = {"inactive": True, "period": {"start": "2020-01-01", "end": "2024-05-31"}}


def trait(key: str, **value: Any) -> Body:
    return {"code": coded(SYSTEM, key), "exclude": False, **value}


def quantity(value: Any) -> Body:
    return {"value": value, "unit": "x", "system": UCUM, "code": "1"}


CASES: list[tuple[Body, str, str]] = [
    (household(HEAD, type="device"), "Group.type", "person"),
    (household(HEAD, {**OTHER, "entity": DOCTOR}), "Group.member[1].entity", "Patient"),
    (household(HEAD, UNRELATED), "Group.member[1].extension", "GB/T 4761"),
    (household(HEAD, member("wang-xiaoming", "98")), "Group.member[1].extension", "GB/T 4761"),
    (household(HEAD, member("wang-xiaoming", "2")), "Group.member[1].extension", "GB/T 4761"),
    (household(HEAD, member("wang-xiaoming", "01")), "Group.member[1].extension", "02"),
    (household(HEAD, member("li-na", "12")), "Group.member[1].entity", "同一个人"),
    (household(member=None), "Group.member", "户主"),
    (household(OTHER), "Group.member", "户主"),
    (household(member("li-na", "02", **GONE), OTHER), "Group.member", "户主"),
    (household(HEAD, member("wang-xiaoming", "02")), "Group.member[1].extension", "只能有一名"),
    (household(HEAD, active=False), "Group.active", "已注销"),
    (household(HEAD, {**OTHER, "inactive": True}), "Group.member[1].period.end", "最后一天"),
    (household(HEAD, {**OTHER, "period": GONE["period"]}), "Group.member[1].period.end", "在册"),
    (household(HEAD, quantity=0), "Group.quantity", "1 至 99"),
    (household(HEAD, quantity=100), "Group.quantity", "1 至 99"),
    (household(HEAD, characteristic=[trait("living", valueQuantity=quantity(100))]),
     "Group.characteristic[0].value", "0 至 99"),
    (household(HEAD, quantity=3, characteristic=[trait("living", valueQuantity=quantity(4))]),
     "Group.characteristic[0].value", "总人口"),
    (household(HEAD, characteristic=[trait("area", valueQuantity=quantity(0))]),
     "Group.characteristic[0].value", "2000"),
    (household(HEAD, characteristic=[trait("area", valueBoolean=True)]),
     "Group.characteristic[0].value", "2000"),
    (household(HEAD, characteristic=[trait("low-income", valueQuantity=quantity(1))]),
     "Group.characteristic[0].value", "代码表"),
    (household(HEAD, characteristic=[
        trait("fuel", valueCodeableConcept=coded(catalogue.code_set("env-fuel").url, "7"))]),
     "Group.characteristic[0].value", "代码表"),
    (household(HEAD, characteristic=[
        trait("fuel", valueCodeableConcept=coded(catalogue.code_set("env-water").url, "1"))]),
     "Group.characteristic[0].value", "代码表"),
    (household(HEAD, identifier=[{"system": NUMBER_SYSTEM, "value": "1" * 18}]),
     "Group.identifier", "17"),
    (household(HEAD, identifier=[{"system": NUMBER_SYSTEM, "value": v} for v in ("1", "2")]),
     "Group.identifier", "只有一个"),
]  # fmt: skip


@pytest.mark.parametrize("number", range(len(CASES)))
def test_the_api_refuses_and_says_what_would_be_right(house: OpenHouse, number: int) -> None:
    body, where, said = CASES[number]
    answer = house.client("gp1").post("Group", body)
    assert answer.status_code == 422, answer.text
    issues = answer.json()["issue"]
    assert where in [one.get("expression", [""])[0] for one in issues]
    assert said in " ".join(one["diagnostics"] for one in issues)


@pytest.mark.parametrize("code", list(catalogue.code_set("gb-relation").concepts))
def test_every_relation_code(code: str) -> None:
    """Each code of GB/T 4761 is taken, but that nobody besides the head is 户主 or 本人."""
    body = household(HEAD, member("wang-xiaoming", code))
    assert bool(faults(body)) is (code in ("01", "02"))
    assert members_of(body)[1].relation == code


@pytest.mark.parametrize("code", ["00", "03", "98", "9", "", "x", "002"])
def test_no_other_code(code: str) -> None:
    assert faults(household(HEAD, member("wang-xiaoming", code)))


def test_a_good_household_is_taken_with_all_that_a_client_says(fresh_house: OpenHouse) -> None:
    house = fresh_house
    body = household(
        HEAD, OTHER, member("zhang-wei", "51", **GONE), quantity=4,
        characteristic=[
            trait("living", valueQuantity=quantity(4)),
            {"code": coded("http://a.example/traits", "pets"), "valueBoolean": True,
             "exclude": False},
        ],
        extension=[{"url": "http://a.example/colour", "valueString": "blue"}],
    )  # fmt: skip
    answer = house.client("gp1").post("Group", body)
    assert answer.status_code == 201, answer.text
    assert answer.json()["extension"] == body["extension"]


def test_other_groups_are_none_of_our_business(fresh_house: OpenHouse) -> None:
    body = {**household(member=None), "code": coded("http://a.example/groups", "salt"), "member": [
        {"entity": to("Patient", "li-na")}
    ]}  # fmt: skip
    assert faults(body) == []
    client = fresh_house.client("gp1")
    answer = client.post("Group", body)
    assert answer.status_code == 201
    assert client.delete(f"Group/{answer.json()['id']}").status_code == 204


def test_a_number_belongs_to_one_household(fresh_house: OpenHouse) -> None:
    client = fresh_house.client("gp1")
    assert client.post("Group", household(HEAD)).status_code == 201
    answer = client.post("Group", household(member("wang-xiaoming", "02")))
    assert answer.status_code == 422
    assert answer.json()["issue"][0]["expression"] == ["Group.identifier"]
    old = [{"system": NUMBER_SYSTEM, "value": "3718020010000007", "use": "old"}]
    answer = client.post("Group", household(member("wang-xiaoming", "02"), identifier=old))
    assert answer.status_code == 201, "who took it in only remembers it"


def test_a_person_is_in_one_household_and_a_bundle_may_move_him(fresh_house: OpenHouse) -> None:
    client = fresh_house.client("gp1")
    first = {**household(HEAD, OTHER), "id": "home-1"}
    assert client.put("Group/home-1", first).status_code == 201
    others = [{"system": NUMBER_SYSTEM, "value": "3718020010000008"}]
    second = household(member("zhang-wei", "02"), OTHER, identifier=others)
    refused = client.post("Group", second)
    assert refused.status_code == 422
    assert refused.json()["issue"][0]["expression"] == ["Group.member[1].entity"]
    left = {**first, "member": [HEAD, {**OTHER, **GONE}]}
    for order in (1, -1):
        entries = [
            {"resource": left, "request": {"method": "PUT", "url": "Group/home-1"}},
            {"resource": second | {"id": "home-2"},
             "request": {"method": "PUT", "url": "Group/home-2"}},
        ][::order]  # fmt: skip
        bundle = {"resourceType": "Bundle", "type": "transaction", "entry": entries}
        assert client.post("", bundle).status_code == 200


def test_the_dead_are_no_members(fresh_house: OpenHouse) -> None:
    client = fresh_house.client("gp1")
    person = client.get("Patient/wang-xiaoming").json()
    assert (
        client.put("Patient/wang-xiaoming", {**person, "deceasedBoolean": True}).status_code == 200
    )
    answer = client.post("Group", household(HEAD, OTHER))
    assert answer.status_code == 422
    assert "已故" in answer.text
    assert client.post("Group", household(HEAD, {**OTHER, **GONE})).status_code == 201


def test_the_household_keeps_the_systems_of_the_domain() -> None:
    assert code_system("group-kind").endswith("/CodeSystem/group-kind")
    one = members_of(household(HEAD))[0]
    assert (one.relation, one.is_head) == ("02", True)
    element = {**HEAD, "extension": [
        {"url": RELATION, "valueCodeableConcept": coded("http://a.example", "02")}
    ]}  # fmt: skip
    assert members_of(household(element))[0].relation == "", "only GB/T 4761 counts"
    assert catalogue.code_set("gb-relation").url == GB_RELATION
