"""Two FHIR clients that were not written here do their daily work with a served station."""

from collections.abc import Iterator
from typing import Any

import pytest
from fhirclient.client import FHIRClient
from fhirclient.models.humanname import HumanName
from fhirclient.models.patient import Patient
from fhirpy import SyncFHIRClient
from fhirpy.base.exceptions import MultipleResourcesFound, OperationOutcome, ResourceNotFound
from requests import HTTPError

from tests.cast import draft
from tests.support.serving import ServedHouse

HOME = {"reference": "Organization/station-1"}


@pytest.fixture(scope="module")
def token(served: ServedHouse) -> str:
    return served.token("gp1")


def connected(
    served: ServedHouse, token: str, headers: dict[str, str] | None = None
) -> SyncFHIRClient:
    """A client of fhirpy, with these headers on every request."""
    base = served.base.rstrip("/")
    return SyncFHIRClient(base, authorization=f"Bearer {token}", extra_headers=headers)


def test_fhirpy(served: ServedHouse, token: str) -> None:
    client = connected(served, token)
    family = draft({"name": [{"text": "费派", "family": "费", "given": ["派"]}]})
    patient = client.resource("Patient", managingOrganization=HOME, **family)
    patient.save()
    assert patient.id
    read = client.reference("Patient", patient.id).to_resource()
    assert dict(read) == dict(patient)
    found = client.resources("Patient").search(name="费派").fetch_all()
    assert [p.id for p in found] == [patient.id]
    assert client.resources("Patient").search(name="fp").count() == 1
    read["gender"] = "male"
    read.save()
    assert read["meta"]["versionId"] == "2"
    stale = connected(served, token, {"If-Match": 'W/"1"'})
    with pytest.raises(MultipleResourcesFound, match="version 2"):  # its name for every 412
        stale.execute(f"Patient/{patient.id}", "put", data=dict(patient))
    with pytest.raises(OperationOutcome, match="gender"):
        client.resource("Patient", managingOrganization=HOME, gender="robot").save()
    visit = {"status": "finished", "class": {"code": "AMB"}, "subject": patient.to_reference()}
    client.resource("Encounter", **visit).save()
    with_visits = (
        client.resources("Encounter").search(patient=patient.id).include("Encounter", "patient")
    )
    types = {entry["resource"]["resourceType"] for entry in with_visits.fetch_raw()["entry"]}
    assert types == {"Encounter", "Patient"}
    visit_saved = client.resources("Encounter").search(patient=patient.id).first()
    assert visit_saved is not None
    assert client.execute(f"Encounter/{visit_saved.id}", "delete") is None
    read.refresh()
    assert client.execute(f"Patient/{patient.id}", "delete") is None
    with pytest.raises((ResourceNotFound, OperationOutcome)):
        client.reference("Patient", patient.id).to_resource()


def test_fhirpy_patches(served: ServedHouse, token: str) -> None:
    client = connected(served, token, {"Content-Type": "application/json-patch+json"})
    patient = connected(served, token).resource(
        "Patient", managingOrganization=HOME, name=[{"text": "补丁"}]
    )
    patient.save()
    operations: Any = [{"op": "add", "path": "/gender", "value": "female"}]
    patched = client.execute(f"Patient/{patient.id}", "patch", data=operations)
    assert (patched["gender"], patched["meta"]["versionId"]) == ("female", "2")


@pytest.fixture
def smart(served: ServedHouse, token: str) -> Iterator[FHIRClient]:
    client = FHIRClient(settings={"app_id": "station-tests", "api_base": served.base})
    client.server.session.headers["Authorization"] = f"Bearer {token}"
    yield client
    client.server.session.close()


def test_fhirclient(smart: FHIRClient) -> None:
    server = smart.server
    body = draft({"name": [{"text": "客端"}], "managingOrganization": HOME})
    patient = Patient(body)
    created = patient.create(server)
    id_ = created["id"]
    read = Patient.read(id_, server)
    assert read.name[0].text == "客端"
    found = list(Patient.where({"name": "客端"}).perform_resources_iter(server))
    assert [p.id for p in found] == [id_]
    read.gender = "female"
    read.name.append(HumanName({"text": "二名"}))
    assert read.update(server)["meta"]["versionId"] == "2"
    again = Patient.read(id_, server)
    assert [n.text for n in again.name] == ["客端", "二名"]
    session = server.session
    address = f"{server.base_uri}Patient/{id_}"
    headers = {"Content-Type": "application/fhir+json", "If-Match": 'W/"1"'}
    conflict = session.put(address, json=read.as_json(), headers=headers)
    assert conflict.status_code == 412
    operations: Any = [{"op": "replace", "path": "/gender", "value": "male"}]
    patch = {"Content-Type": "application/json-patch+json"}
    assert session.patch(address, json=operations, headers=patch).json()["gender"] == "male"
    Patient.read(id_, server).delete(server)
    with pytest.raises(HTTPError) as gone:
        Patient.read(id_, server)
    response = gone.value.response
    assert response is not None
    assert response.status_code == 410


def test_fhirclient_reads_the_capability_statement(smart: FHIRClient) -> None:
    statement = smart.server.capabilityStatement
    assert statement.fhirVersion == "4.0.1"
    assert {r.type for r in statement.rest[0].resource} >= {"Patient", "Observation"}
