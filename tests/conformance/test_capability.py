"""The CapabilityStatement claims what works, all of it and nothing else."""

from typing import Any

import pytest
from fhir.resources.R4B import get_fhir_model_class

from kernel.fhir.validate import check
from tests.cast import Body, draft
from tests.conformance.samples import SPECS, WRITTEN, sampled
from tests.pages.browsing import sealed
from tests.support.answers import address_of, entries, refusal
from tests.support.house import OpenHouse

STRICT = {"Prefer": "handling=strict"}
ELSEWHERE = (
    "lookup", "validate-code", "expand", "translate", "populate", "extract", "due-list",
)  # fmt: skip
"""Operations that have tests of their own (tests/terminology, programmes_fhir, due)."""


def preliminary(body: Body) -> Body:
    """The same note before anybody signs it: it may be deleted."""
    return {**body, "status": "preliminary"}


NOT_YET_FINAL = {"Patient": draft, "Composition": preliminary}
"""Of these types what is confirmed or signed is never deleted."""


@pytest.fixture(scope="module")
def statement(loaded: OpenHouse) -> dict[str, Any]:
    found: dict[str, Any] = loaded.client(None).get("metadata").json()
    return found


def claimed(statement: dict[str, Any], type_: str) -> dict[str, Any]:
    found = [r for r in statement["rest"][0]["resource"] if r["type"] == type_]
    assert len(found) == 1
    return dict(found[0])


def test_it_is_a_valid_capability_statement(statement: dict[str, Any]) -> None:
    assert check(statement, types={"CapabilityStatement"}).type == "CapabilityStatement"
    get_fhir_model_class("CapabilityStatement").model_validate(statement)


def test_it_names_every_registered_type(statement: dict[str, Any]) -> None:
    assert {r["type"] for r in statement["rest"][0]["resource"]} == set(SPECS)


@pytest.mark.parametrize("type_", WRITTEN)
def test_the_interactions_of_a_type_work(
    loaded: OpenHouse, statement: dict[str, Any], type_: str
) -> None:
    told = {i["code"] for i in claimed(statement, type_)["interaction"]}
    platform = loaded.client("platform")
    created = platform.post(type_, sampled()[type_])
    done = {"create": created.status_code == 201}
    at = address_of(created)
    body = created.json()
    done["read"] = platform.get(at).json() == body
    done["vread"] = platform.get(f"{at}/_history/1").json() == body
    done["update"] = platform.put(at, body).headers.get("ETag") == 'W/"2"'
    tag = {"system": "http://a.example", "code": "patched"}
    add = [{"op": "add", "path": "/meta/tag", "value": [tag]}]
    done["patch"] = platform.patch(at, add).json()["meta"]["tag"] == [tag]
    found = entries(platform.search(type_, ("_id", at.split("/")[1])))
    done["search-type"] = [f["meta"]["versionId"] for f in found] == ["3"]
    own = platform.get(f"{at}/_history").json()
    done["history-instance"] = len(own["entry"]) == 3
    every = platform.get(f"{type_}/_history?_count=500").json()
    done["history-type"] = sum(e["fullUrl"].endswith(at) for e in every["entry"]) == 3
    deleting = at
    if type_ in NOT_YET_FINAL:
        deleting = address_of(platform.post(type_, NOT_YET_FINAL[type_](sampled()[type_])))
    done["delete"] = platform.delete(deleting).status_code == 204
    assert done == dict.fromkeys(told, True)
    refusal(platform.get(deleting), 410)


@pytest.mark.parametrize("type_", WRITTEN)
def test_the_parameters_and_includes_of_a_type_are_understood(
    loaded: OpenHouse, statement: dict[str, Any], type_: str
) -> None:
    told, platform = claimed(statement, type_), loaded.client("platform")
    names = [p["name"] for p in told["searchParam"]]
    assert {"_id", "_lastUpdated", *SPECS[type_].by_name} == set(names)
    every = [(f"{name}:missing", "false") for name in names if not name.startswith("_")]
    assert platform.search(type_, *every, headers=STRICT).status_code == 200
    for word, field in (("_include", "searchInclude"), ("_revinclude", "searchRevInclude")):
        includes = [(word, value) for value in told.get(field, ())]
        for start in range(0, len(includes), 12):
            part = includes[start : start + 12]
            answer = platform.search(type_, ("_count", "3"), *part, headers=STRICT)
            assert answer.status_code == 200, answer.text
    assert told.get("conditionalDelete", "not-supported") == "not-supported"


@pytest.mark.parametrize("type_", sorted(SPECS))
def test_the_operations_of_a_type_answer(
    loaded: OpenHouse, statement: dict[str, Any], type_: str
) -> None:
    platform = loaded.client("platform")
    operations = {o["name"] for o in claimed(statement, type_).get("operation", ())}
    if "validate" in operations:
        answer = platform.post(f"{type_}/$validate", sampled()[type_])
        assert [i["severity"] for i in answer.json()["issue"]] == ["information"]
    if "everything" in operations:
        assert platform.get(f"{type_}/li-na/$everything").status_code == 200
    if "document" in operations:
        assert platform.get(f"{type_}/li-na/$document").json()["type"] == "document"
    assert operations <= {"validate", "everything", "document", *ELSEWHERE}


READ_ONLY = sorted(set(SPECS) - set(WRITTEN))


@pytest.mark.parametrize("type_", READ_ONLY)
@pytest.mark.parametrize("name", ["platform", "auditor", "gp1"])
def test_read_only_types_refuse_writes(
    loaded: OpenHouse, statement: dict[str, Any], type_: str, name: str
) -> None:
    codes = {i["code"] for i in claimed(statement, type_)["interaction"]}
    assert codes == {"read", "search-type"}
    client, body = loaded.client(name), {"resourceType": type_, "id": "x"}
    for method, path, sent in [
        ("POST", type_, body),
        ("PUT", f"{type_}/x", body),
        ("PATCH", f"{type_}/x", []),
        ("DELETE", f"{type_}/x", None),
        ("PUT", f"{type_}?_id=x", body),
    ]:
        refusal(client.request(method, path, sent), 405)
        if method != "PATCH":
            entry = {"resource": sent, "request": {"method": method, "url": path}}
            if sent is None:
                del entry["resource"]
            bundle = {"resourceType": "Bundle", "type": "transaction", "entry": [entry]}
            assert 400 <= client.post("", bundle).status_code < 500


def test_the_auditor_reads_what_was_accessed(loaded: OpenHouse) -> None:
    loaded.client("gp1").get("Patient/li-na")
    auditor = loaded.client("auditor")
    found = entries(auditor.search("AuditEvent", ("patient", "Patient/li-na"), ("_count", "5")))
    if not found:  # accesses are sealed within seconds
        sealed(loaded)
        found = entries(auditor.search("AuditEvent", ("patient", "Patient/li-na")))
    assert found
    one = auditor.get(f"AuditEvent/{found[0]['id']}")
    assert one.status_code == 200
    assert check(one.json(), types={"AuditEvent"}).type == "AuditEvent"
