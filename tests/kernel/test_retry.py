"""A transaction that the database undid (deadlock) is carried out again, whole."""

import pytest

from kernel.fhir.exchange import Call
from kernel.fhir.router import plan
from kernel.fhir.transaction import read_bundle, run_transaction
from kernel.work import Work
from tests.cast import RESIDENTS, encounter
from tests.support.house import OpenHouse

VISIT = "urn:uuid:6f6b1fc4-7a7e-4a4b-9a5e-0d5f4d9d1c11"
WHEN = "2026-11-20T09:00:00+08:00"


class UndoneError(Exception):
    """Stands for what the driver raises."""


def _bundle() -> dict[str, object]:
    child = {**encounter("li-na", WHEN), "partOf": {"reference": VISIT}}
    return {
        "resourceType": "Bundle",
        "type": "transaction",
        "entry": [
            {
                "fullUrl": VISIT,
                "resource": encounter("li-na", WHEN),
                "request": {"method": "POST", "url": "Encounter"},
            },
            {"resource": child, "request": {"method": "POST", "url": "Encounter"}},
            {
                "resource": {**RESIDENTS["li-na"], "id": "li-na"},
                "request": {"method": "PUT", "url": "Patient/li-na"},
            },
            {"request": {"method": "DELETE", "url": "AllergyIntolerance/li-na-allergy"}},
            {"request": {"method": "GET", "url": "Patient/li-na"}},
        ],
    }


def test_the_second_attempt_does_all_of_it_again(fresh_house: OpenHouse) -> None:
    station, actor = fresh_house.station, fresh_house.actor("gp1")
    call = Call("POST", "", [], base="http://x/fhir/R4", parsed=_bundle())
    bundle = read_bundle(station.registry, call)

    def attempt(work: Work) -> list[int]:
        entries = run_transaction(work, bundle, lambda w, c: plan(station.registry, c).run(w))
        return [entry.answer.status for entry in entries if entry.answer]

    def undone(work: Work) -> None:
        assert attempt(work) == [201, 201, 200, 204, 200]
        raise UndoneError

    with pytest.raises(UndoneError), station.write(actor) as work:
        undone(work)
    with station.write(actor) as work:
        assert attempt(work) == [201, 201, 200, 204, 200]
    client = fresh_house.client("gp1")
    visits = client.get("Encounter?patient=li-na&part-of:missing=false&_include=Encounter:part-of")
    assert [e["search"]["mode"] for e in visits.json()["entry"]] == ["match", "include"]
    assert client.get("Patient/li-na").headers["ETag"] == 'W/"2"'
    assert client.get("AllergyIntolerance/li-na-allergy").status_code == 410
