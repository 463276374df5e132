"""CodeSystem, ValueSet and ConceptMap over FHIR: read, search, and their operations (R4)."""

from typing import Any

import pytest
from fhir.resources.R4B import get_fhir_model_class

from kernel.canonical import CANONICAL, GB_MARITAL, GB_RELATION, GB_SEX, code_system
from kernel.fhir.validate import check
from records.terminology import catalogue
from tests.support.answers import entries, pages, refusal
from tests.support.house import Client, OpenHouse

RH = code_system("nbphs3-rh")
RH_SET = f"{CANONICAL}/ValueSet/nbphs3-rh"
GENDER_MAP = f"{CANONICAL}/ConceptMap/gb-sex-administrative-gender"
GENDER = "http://hl7.org/fhir/administrative-gender"
TYPES = ["CodeSystem", "ValueSet", "ConceptMap"]
EVERY = {
    "CodeSystem": len(catalogue.system_names()),
    "ValueSet": len(catalogue.system_names()),
    "ConceptMap": len(catalogue.map_names()),
}
STRICT = {"Prefer": "handling=strict"}


def read(client: Client, path: str, *params: tuple[str, str]) -> dict[str, Any]:
    answer = client.search(path, *params)
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    return body


def values(body: dict[str, Any], name: str) -> list[Any]:
    """The values of a parameter; a parameter with parts becomes a dictionary of them."""
    assert body["resourceType"] == "Parameters"
    return [_value(p) for p in body["parameter"] if p["name"] == name]


def _value(parameter: dict[str, Any]) -> Any:
    if "part" in parameter:
        return {part["name"]: _value(part) for part in parameter["part"]}
    return next(value for key, value in parameter.items() if key.startswith("value"))


def posted(client: Client, path: str, **parameters: Any) -> dict[str, Any]:
    """An operation called with Parameters; names of elements follow two underscores."""
    listed = []
    for name, value in parameters.items():
        plain, _, element = name.partition("__")
        listed.append({"name": plain, element: value})
    answer = client.post(path, {"resourceType": "Parameters", "parameter": listed})
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    return body


@pytest.mark.parametrize("type_", TYPES)
def test_every_resource_is_read_and_valid(gp: Client, type_: str) -> None:
    found = [one for page in pages(gp, f"{type_}?_count=50") for one in entries(page)]
    assert len(found) == len({one["id"] for one in found}) == EVERY[type_]
    for one in found:
        assert check(one, types={type_}).type == type_
        get_fhir_model_class(type_).model_validate(one)
    assert gp.get(f"{type_}/{found[0]['id']}").json() == found[0]


@pytest.mark.parametrize("type_", TYPES)
@pytest.mark.parametrize("who", ["gp1", "platform", "auditor", "sysadmin", "secadmin"])
def test_everybody_signed_in_may_read(house: OpenHouse, type_: str, who: str) -> None:
    client = house.client(who)
    one = entries(client.search(type_, ("_count", "1")))[0]
    assert client.get(f"{type_}/{one['id']}").status_code == 200


@pytest.mark.parametrize("type_", TYPES)
def test_nobody_else_may_read_and_nobody_writes(house: OpenHouse, type_: str) -> None:
    refusal(house.client(None).get(type_), 401)
    refusal(house.client("gp1", "user/Patient.rs").get(type_), 403)
    refusal(house.client("gp1", "user/Patient.rs").get(f"{type_}/nobody"), 403)
    client = house.client("platform")
    refusal(client.get(f"{type_}/nobody"), 404)
    for method in ("POST", "PUT", "PATCH", "DELETE"):
        refusal(client.request(method, f"{type_}/nobody", {"resourceType": type_}), 405)
    refusal(client.get(f"{type_}/nobody/_history"), 405)
    refusal(client.get(f"{type_}/$validate"), 404)


@pytest.mark.parametrize(
    ("params", "ids"),
    [
        ([("url", RH)], ["nbphs3-rh"]),
        ([("url", GB_SEX)], ["gb-sex"]),
        ([("url", f"{RH},{GB_SEX}")], ["gb-sex", "nbphs3-rh"]),
        ([("url", "http://nowhere.example")], []),
        ([("name", "gbrel")], ["gb-relation", "nbphs3-gb-relation-short"]),
        ([("name:exact", "GbRelation")], ["gb-relation"]),
        ([("name:contains", "relation-short")], []),
        ([("title:contains", "民族")], ["gb-ethnicity"]),
        ([("version", "2003")], ["gb-marital", "gb-sex"]),
        ([("version", "2003"), ("name", "GbSex")], ["gb-sex"]),
        ([("_id", "gb-sex")], ["gb-sex"]),
        ([("shoe-size", "43"), ("url", RH)], ["nbphs3-rh"]),
    ],
)
def test_code_systems_are_searched(
    gp: Client, params: list[tuple[str, str]], ids: list[str]
) -> None:
    body = read(gp, "CodeSystem", *params)
    assert [e["resource"]["id"] for e in body.get("entry", ())] == ids
    assert body["total"] == len(ids)


def test_maps_and_value_sets_are_searched(gp: Client) -> None:
    found = read(gp, "ConceptMap", ("url", GENDER_MAP))
    assert [e["resource"]["id"] for e in found["entry"]] == ["gb-sex-administrative-gender"]
    found = read(gp, "ValueSet", ("url", RH_SET), ("_elements", "url"))
    assert found["entry"][0]["resource"]["url"] == RH_SET
    assert "compose" not in found["entry"][0]["resource"]
    counted = read(gp, "CodeSystem", ("_summary", "count"))
    assert (counted["total"], counted.get("entry")) == (EVERY["CodeSystem"], None)


def test_a_page_of_a_search_leads_to_the_next(gp: Client) -> None:
    found = pages(gp, "CodeSystem?version=2017&_count=7")
    ids = [one["id"] for page in found for one in entries(page)]
    assert all(len(entries(page)) <= 7 for page in found)
    assert len(ids) == len(set(ids)) == found[0].json()["total"] > 7


@pytest.mark.parametrize(
    ("params", "headers"),
    [
        ([("name:sounds", "x")], {}),
        ([("url:below", "x")], {}),
        ([("_count", "many")], {}),
        ([("_cursor", "x")], {}),
        ([("shoe-size", "43")], STRICT),
    ],
)
def test_a_search_that_is_not_understood_is_refused(
    gp: Client, params: list[tuple[str, str]], headers: dict[str, str]
) -> None:
    refusal(gp.search("CodeSystem", *params, headers=headers), 400)


def test_a_summary_leaves_the_codes_out(gp: Client) -> None:
    assert "concept" not in gp.get("CodeSystem/gb-sex?_summary=true").json()


def test_in_a_transaction_they_are_read_too(gp: Client) -> None:
    entry = {"request": {"method": "GET", "url": "CodeSystem/gb-sex"}}
    for kind in ("transaction", "batch"):
        answer = gp.post("", {"resourceType": "Bundle", "type": kind, "entry": [entry]})
        assert answer.json()["entry"][0]["resource"]["url"] == GB_SEX


def test_lookup_tells_name_display_english_and_properties(gp: Client) -> None:
    found = read(gp, "CodeSystem/$lookup", ("system", RH), ("code", "1"))
    assert values(found, "name") == ["RH血型"]
    assert values(found, "version") == ["2017"]
    assert values(found, "display") == ["阴性"]
    assert values(found, "designation") == [{"language": "en", "value": "Negative"}]
    assert values(found, "property")[0]["code"] == "to-confirm"
    english = read(
        gp, "CodeSystem/$lookup", ("system", RH), ("code", "1"), ("displayLanguage", "en-GB")
    )
    assert values(english, "display") == ["Negative"]
    coding = posted(
        gp, "CodeSystem/$lookup", coding__valueCoding={"system": GB_RELATION, "code": "20"}
    )
    assert values(coding, "display") == ["子"]
    assert [one["value"] for one in values(coding, "designation")] == ["Son", "儿子"]


@pytest.mark.parametrize(
    ("params", "status"),
    [
        ([("system", RH), ("code", "9")], 404),
        ([("system", "http://nowhere.example"), ("code", "1")], 404),
        ([("system", RH), ("code", "1"), ("version", "1")], 404),
        ([("system", RH)], 400),
        ([("code", "1")], 400),
        ([], 400),
    ],
)
def test_lookup_refuses_what_it_does_not_know(
    gp: Client, params: list[tuple[str, str]], status: int
) -> None:
    refusal(gp.search("CodeSystem/$lookup", *params), status)


@pytest.mark.parametrize(
    ("params", "result", "message"),
    [
        ([("url", RH), ("code", "1")], True, ""),
        ([("url", RH), ("code", "1"), ("display", "阴性")], True, ""),
        ([("url", RH), ("code", "1"), ("display", "Negative")], True, ""),
        ([("url", RH), ("code", "1"), ("display", "阳性")], False, "the display of 1 is 阴性"),
        ([("url", RH), ("code", "9")], False, "the code '9' is not in RH血型"),
        ([("url", f"{RH}|2017"), ("code", "1")], True, ""),
    ],
)
def test_a_code_is_validated_in_its_system(
    gp: Client, params: list[tuple[str, str]], result: bool, message: str
) -> None:
    found = read(gp, "CodeSystem/$validate-code", *params)
    assert values(found, "result") == [result]
    assert message in "".join(values(found, "message"))
    assert bool(message) == bool(values(found, "message"))
    assert values(found, "display") == ([] if "9" in dict(params)["code"] else ["阴性"])


def test_a_code_is_validated_in_the_system_of_the_address(gp: Client) -> None:
    found = read(gp, "CodeSystem/gb-sex/$validate-code", ("code", "1"))
    assert values(found, "result") == [True]
    concept = {"coding": [{"system": RH, "code": "x"}, {"system": RH, "code": "2"}]}
    found = posted(gp, "CodeSystem/$validate-code", codeableConcept__valueCodeableConcept=concept)
    assert values(found, "result") == [True]
    refusal(gp.search("CodeSystem/$validate-code", ("code", "1")), 400)
    refusal(gp.search("CodeSystem/nobody/$validate-code", ("code", "1")), 404)


@pytest.mark.parametrize(
    ("params", "result"),
    [
        ([("url", RH_SET), ("system", RH), ("code", "3")], True),
        ([("url", RH_SET), ("system", RH), ("code", "4")], False),
        ([("url", RH_SET), ("system", GB_SEX), ("code", "1")], False),
    ],
)
def test_a_code_is_validated_in_a_value_set(
    gp: Client, params: list[tuple[str, str]], result: bool
) -> None:
    found = read(gp, "ValueSet/$validate-code", *params)
    assert values(found, "result") == [result]
    assert bool(values(found, "message")) != result
    at = read(gp, "ValueSet/nbphs3-rh/$validate-code", *params[1:])
    assert values(at, "result") == [result]


@pytest.mark.parametrize(
    ("params", "status"),
    [
        ([("url", RH_SET), ("code", "1")], 400),
        ([("system", RH), ("code", "1")], 400),
        ([("url", "http://nowhere.example"), ("system", RH), ("code", "1")], 404),
    ],
)
def test_validation_in_a_value_set_needs_a_system_and_a_set(
    gp: Client, params: list[tuple[str, str]], status: int
) -> None:
    refusal(gp.search("ValueSet/$validate-code", *params), status)


def expanded(client: Client, *params: tuple[str, str]) -> dict[str, Any]:
    body = read(client, "ValueSet/gb-relation/$expand", *params)
    assert check(body, types={"ValueSet"}).type == "ValueSet"
    found: dict[str, Any] = body["expansion"]
    return found


def test_a_value_set_is_expanded_whole_filtered_and_in_parts(gp: Client) -> None:
    known = list(catalogue.code_set("gb-relation").concepts)
    whole = expanded(gp)
    assert [one["code"] for one in whole["contains"]] == known
    assert whole["contains"][0] == {
        "system": GB_RELATION, "version": "2008", "code": "01", "display": "本人",
    }  # fmt: skip
    sisters = expanded(gp, ("filter", "姐"))
    assert [one["code"] for one in sisters["contains"]] == ["70", "75", "76", "79", "91", "92"]
    english = expanded(gp, ("filter", "sister"), ("displayLanguage", "en"))
    assert [one["display"] for one in english["contains"]][:2] == [
        "Elder sister",
        "Elder sister's husband",
    ]
    part = expanded(gp, ("offset", "2"), ("count", "3"))
    assert [one["code"] for one in part["contains"]] == known[2:5]
    assert (part["total"], part["offset"]) == (len(known), 2)
    counted = expanded(gp, ("count", "0"))
    assert (counted["total"], "contains" in counted) == (len(known), False)
    designated = expanded(gp, ("count", "1"), ("includeDesignations", "true"))
    assert designated["contains"][0]["designation"] == [{"language": "en", "value": "Self"}]


def test_a_value_set_is_expanded_by_its_url(gp: Client) -> None:
    body = posted(gp, "ValueSet/$expand", url__valueUri=RH_SET, count__valueInteger=2)
    assert [one["code"] for one in body["expansion"]["contains"]] == ["1", "2"]
    refusal(gp.get("ValueSet/$expand"), 400)
    refusal(gp.search("ValueSet/$expand", ("url", "http://nowhere.example")), 404)
    refusal(gp.search("ValueSet/gb-sex/$expand", ("count", "-1")), 400)


def matches(body: dict[str, Any]) -> list[tuple[str, str]]:
    return [
        (one["equivalence"], one.get("concept", {}).get("code", ""))
        for one in values(body, "match")
    ]


@pytest.mark.parametrize(
    ("params", "result", "wanted"),
    [
        ([("code", "1")], True, [("equivalent", "male")]),
        ([("code", "9")], True, [("wider", "unknown")]),
        ([("code", "8")], False, []),
        ([("code", "male"), ("reverse", "true")], True, [("equivalent", "1")]),
        (
            [("code", "unknown"), ("reverse", "true")],
            True,
            [("equivalent", "0"), ("narrower", "9")],
        ),
    ],
)
def test_a_code_is_translated_by_a_map(
    gp: Client, params: list[tuple[str, str]], result: bool, wanted: list[tuple[str, str]]
) -> None:
    system = GENDER if ("reverse", "true") in params else GB_SEX
    by_url = ("url", GENDER_MAP), ("system", system), *params
    found = read(gp, "ConceptMap/$translate", *by_url)
    assert values(found, "result") == [result]
    assert matches(found) == wanted
    assert all(one["source"] == GENDER_MAP for one in values(found, "match"))
    assert bool(values(found, "message")) != result
    at = read(gp, "ConceptMap/gb-sex-administrative-gender/$translate", *params)
    assert matches(at) == wanted


def test_without_a_map_all_maps_of_the_system_are_asked(gp: Client) -> None:
    asked = ("system", code_system("nbphs3-marital-form")), ("code", "2")
    found = read(gp, "ConceptMap/$translate", *asked)
    assert values(found, "match")[0]["concept"] == {
        "system": GB_MARITAL, "code": "20", "display": "已婚",
    }  # fmt: skip
    assert matches(read(gp, "ConceptMap/$translate", *asked, ("targetsystem", RH))) == []
    target = ("target", "http://hl7.org/fhir/ValueSet/marital-status")
    assert matches(read(gp, "ConceptMap/$translate", *asked, target)) == []
    married = ("system", GB_MARITAL), ("code", "21")
    assert matches(read(gp, "ConceptMap/$translate", *married, target)) == [("wider", "M")]


def test_an_unmatched_code_is_told_as_such(gp: Client) -> None:
    coding = {"system": code_system("nbphs3-drug-allergy"), "code": "1"}
    found = posted(gp, "ConceptMap/$translate", coding__valueCoding=coding)
    assert values(found, "result") == [False]
    assert matches(found) == [("unmatched", "")]
    assert values(found, "message")


@pytest.mark.parametrize(
    ("params", "status"),
    [
        ([("url", "http://nowhere.example"), ("code", "1")], 404),
        ([("code", "1")], 422),
        ([("url", GENDER_MAP)], 400),
    ],
)
def test_translation_refuses_what_it_does_not_know(
    gp: Client, params: list[tuple[str, str]], status: int
) -> None:
    refusal(gp.search("ConceptMap/$translate", *params), status)


@pytest.mark.parametrize(
    "body",
    [
        {"resourceType": "Patient"},
        [],
        {"resourceType": "Parameters", "parameter": [{"valueCode": "1"}]},
        {"resourceType": "Parameters", "parameter": {}},
        {"resourceType": "Parameters", "parameter": [{"name": "code", "valueInteger": 1}]},
        {"resourceType": "Parameters", "parameter": [{"name": "coding", "valueString": "1"}]},
        {"resourceType": "Parameters", "parameter": [{"name": "coding", "valueCoding": {}}]},
        {
            "resourceType": "Parameters",
            "parameter": [{"name": "codeableConcept", "valueCodeableConcept": {"coding": {}}}],
        },
    ],
)
def test_what_is_no_parameters_is_refused(gp: Client, body: Any) -> None:
    for path in ("CodeSystem/$lookup", "ValueSet/$validate-code", "ConceptMap/$translate"):
        refusal(gp.post(path, body), 400)


@pytest.mark.parametrize("type_", TYPES)
def test_the_capability_statement_claims_them(gp: Client, type_: str) -> None:
    statement = gp.get("metadata").json()
    (told,) = [r for r in statement["rest"][0]["resource"] if r["type"] == type_]
    wanted = {
        "CodeSystem": ["lookup", "validate-code"],
        "ValueSet": ["validate-code", "expand"],
        "ConceptMap": ["translate"],
    }
    assert told["operation"] == [
        {
            "name": name,
            "definition": f"http://hl7.org/fhir/OperationDefinition/{type_}-{name}",
        }
        for name in wanted[type_]
    ]
    names = {one["name"] for one in told["searchParam"]}
    assert {"url", "name", "version"} <= names
    strict = [(name, "x") for name in names]
    assert gp.search(type_, *strict, headers=STRICT).json()["total"] == 0
