"""What goes in comes out, digit for digit, and what is derived from it can be derived again."""

from typing import Any

import pytest
from sqlalchemy import Table, select

from kernel.db.derived import SIDES
from kernel.db.tables import fhir_resource
from kernel.fhir import json
from kernel.fhir.store.reproject import rederive
from kernel.work import Work
from tests.conformance.own import OWN
from tests.conformance.samples import (
    WRITTEN,
    Body,
    exact,
    examples,
    transactions,
    without_server_meta,
)
from tests.support.house import OpenHouse, registry

EXAMPLES = [*examples(), *OWN]


@pytest.mark.parametrize("body", EXAMPLES, ids=lambda b: f"{b['resourceType']}/{b['id']}")
def test_an_example_comes_out_as_it_went_in(loaded: OpenHouse, body: Body) -> None:
    read = loaded.client("platform").get(f"{body['resourceType']}/{body['id']}")
    assert read.status_code == 200
    found = json.loads(read.content)
    assert found["meta"]["versionId"] == "1"
    assert exact(without_server_meta(found)) == exact(without_server_meta(body))
    kept = [key for key in found if key not in ("resourceType", "id", "meta")]
    assert kept == [key for key in body if key not in ("resourceType", "id", "meta")]


def readdressed(value: Any, places: dict[str, str]) -> Any:
    """A resource with the addresses that a transaction gave to its `urn:uuid:` references."""
    if isinstance(value, dict):
        found = {k: readdressed(v, places) for k, v in value.items()}
        if isinstance(value.get("reference"), str):
            found["reference"] = places.get(value["reference"], value["reference"])
        return found
    return [readdressed(v, places) for v in value] if isinstance(value, list) else value


TRANSACTIONS = transactions() or (
    {
        "resourceType": "Bundle",
        "type": "transaction",
        "entry": [
            {
                "fullUrl": "urn:uuid:7d6d41c5-3a2b-4f46-8f0c-0a1f6c9b1a11",
                "resource": {"resourceType": "Patient", "name": [{"text": "孤例"}]},
                "request": {"method": "POST", "url": "Patient"},
            }
        ],
    },
)


@pytest.mark.parametrize("number", range(len(TRANSACTIONS)))
def test_a_transaction_comes_out_as_it_went_in(loaded: OpenHouse, number: int) -> None:
    platform, bundle = loaded.client("platform"), TRANSACTIONS[number]
    answer = json.loads(platform.post("", bundle).content)
    places = {
        sent["fullUrl"]: "/".join(got["response"]["location"].split("/")[-4:-2])
        for sent, got in zip(bundle["entry"], answer["entry"], strict=True)
    }
    for sent, got in zip(bundle["entry"], answer["entry"], strict=True):
        place = places[sent["fullUrl"]]
        expected = {**sent["resource"], "id": place.split("/")[1]}
        expected = exact(without_server_meta(readdressed(expected, places)))
        assert exact(without_server_meta(got["resource"])) == expected
    sample = bundle["entry"][:: max(1, len(bundle["entry"]) // 20)]
    for sent in sample:
        place = places[sent["fullUrl"]]
        read = json.loads(platform.get(place).content)
        expected = readdressed({**sent["resource"], "id": place.split("/")[1]}, places)
        assert exact(without_server_meta(read)) == exact(without_server_meta(expected))


def derived_rows(work: Work, type_: str) -> dict[str, list[Any]]:
    """All rows derived from the resources of a type, and all rows of summaries that it changes."""
    known = registry()
    tables: list[tuple[Table, str | None]] = [(known.search[type_], None)]
    tables += [(side, "type") for side in SIDES]
    tables += [
        (known.derived.tables[p.table.name], "source_type")
        for p in known.projections.get(type_, ())
    ]
    tables += [
        (known.derived.tables[one.table.name], None) for one in known.summaries.get(type_, ())
    ]
    found = {}
    for table, column in tables:
        statement = select(table)
        if column is not None:
            statement = statement.where(table.c[column] == type_)
        found[table.name] = sorted(map(repr, work.connection.execute(statement).all()))
    return found


@pytest.mark.parametrize("type_", WRITTEN)
def test_what_is_derived_again_is_the_same(loaded: OpenHouse, type_: str) -> None:
    with loaded.station.write() as work:
        where = (fhir_resource.c.type == type_, fhir_resource.c.deleted.is_(False))
        ids = work.connection.scalars(select(fhir_resource.c.id).where(*where)).all()
        before = derived_rows(work, type_)
        heads = select(fhir_resource).where(fhir_resource.c.type == type_)
        owned = sorted(map(repr, work.connection.execute(heads).all()))
        assert rederive(work, type_, list(ids)) == len(ids) > 0
        assert derived_rows(work, type_) == before
        assert sorted(map(repr, work.connection.execute(heads).all())) == owned
        assert before[registry().search[type_].name]
