"""Taking files in: what is right is kept, what is wrong is named."""

import json
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from kernel.db.engine import Database
from kernel.db.tables import fhir_resource
from tests.cli.conftest import Place
from tests.support.house import Templates, opened

PATIENT: dict[str, Any] = {
    "resourceType": "Patient",
    "id": "imp-1",
    "name": [{"text": "王芳", "family": "王"}],
    "gender": "female",
    "managingOrganization": {"reference": "Organization/station-1"},
}
ADDRESS = "urn:uuid:6b8c6a3e-53c5-4d09-9f7c-0f7f0c1f0a01"
GLUCOSE = (
    '{"resourceType":"Observation","id":"imp-glucose","status":"final","code":{"text":"血糖"},'
    '"subject":{"reference":"Patient/imp-1"},"valueQuantity":{"value":6.30,"unit":"mmol/L"}}'
)


def lines(folder: Path, *bodies: Any) -> Path:
    """An NDJSON file of these bodies; a text is a line as it stands."""
    file = folder / "in.ndjson"
    texts = [b if isinstance(b, str) else json.dumps(b, ensure_ascii=False) for b in bodies]
    file.write_text("\n".join(texts) + "\n")
    return file


def bundle(folder: Path, kind: str, *entries: Any) -> Path:
    """A file with one Bundle, printed over many lines."""
    file = folder / f"{kind}.json"
    body = {"resourceType": "Bundle", "type": kind, "entry": list(entries)}
    file.write_text(json.dumps(body, ensure_ascii=False, indent=2))
    return file


def post(body: Any, url: str | None = None) -> Any:
    """An entry of a transaction or batch that creates."""
    entry = {"resource": body, "request": {"method": "POST", "url": body["resourceType"]}}
    return entry if url is None else {**entry, "fullUrl": url}


def count(database: Database) -> int:
    """All resources that there are."""
    with database.reading() as connection:
        return int(connection.execute(select(func.count()).select_from(fhir_resource)).scalar_one())


def test_lines_are_kept_digit_for_digit_and_versioned(place: Place) -> None:
    later = {**PATIENT, "name": [{"text": "王芳芳"}]}
    file = lines(place.folder, PATIENT, GLUCOSE, later)
    assert "created 2, updated 1" in place.said("import", file)
    assert "created 0, updated 3" in place.said("import", file)
    with opened(place.settings, place.kind, place.folder) as house:
        client = house.client("gp1")
        found = client.get("Observation/imp-glucose")
        assert b'"value":6.30' in found.content
        assert client.get("Patient/imp-1").json()["meta"]["versionId"] == "4"


def test_a_bad_line_fails_alone_and_is_named(place: Place, database: Database) -> None:
    before = count(database)
    file = lines(
        place.folder,
        PATIENT,
        {**PATIENT, "id": "imp-2", "gender": "woman"},
        "this is not json",
        GLUCOSE,
        {"resourceType": "Spaceship", "id": "x"},
        [1],
    )
    report = place.folder / "faults.tsv"
    result = place.run("import", file, "--report", report, code=1)
    assert "created 2, updated 0" in result.stdout
    assert "4 lines, entries or transactions were refused" in result.stderr
    rows = [line.split("\t") for line in report.read_text().splitlines()]
    assert rows[0] == ["file", "line", "type", "id", "expression", "message"]
    assert [row[1] for row in rows[1:]] == ["2", "3", "5", "6"]
    assert rows[1][2:5] == ["Patient", "imp-2", "Patient.gender"]
    assert count(database) == before + 3, "two lines, and the days of whom one of them is about"


def test_what_only_the_store_can_refuse_fails_alone_too(sqlite: Place) -> None:
    """A station's doctor may not write into another station's record."""
    foreign = {
        **PATIENT,
        "id": "imp-9",
        "managingOrganization": {"reference": "Organization/station-2"},
    }
    rest = [{**PATIENT, "id": f"imp-{number}"} for number in range(1, 8)]
    file = lines(sqlite.folder, *rest[:3], foreign, *rest[3:])
    result = sqlite.run("import", file, "--user", "gp1", code=1)
    assert "created 7, updated 0" in result.stdout
    assert "in.ndjson:4: Patient/imp-9" in result.stderr


def test_a_dry_run_keeps_nothing(place: Place, database: Database) -> None:
    before = count(database)
    file = lines(place.folder, PATIENT, GLUCOSE)
    assert "would be created 2" in place.said("import", file, "--dry-run")
    assert count(database) == before


def test_a_transaction_is_whole_or_nothing(place: Place, database: Database) -> None:
    before = count(database)
    bad = {**PATIENT, "gender": "woman"}
    refused = place.said(
        "import", bundle(place.folder, "transaction", post(PATIENT), post(bad)), code=1
    )
    assert "Bundle.entry[1].resource.gender" in refused
    assert count(database) == before
    unknown = {k: v for k, v in PATIENT.items() if k != "id"}
    observation = {**json.loads(GLUCOSE), "subject": {"reference": ADDRESS}}
    file = bundle(place.folder, "transaction", post(unknown, ADDRESS), post(observation))
    assert "created 2" in place.said("import", file)


def test_a_batch_goes_entry_by_entry(sqlite: Place) -> None:
    file = bundle(sqlite.folder, "batch", post(PATIENT), post({**PATIENT, "gender": "woman"}))
    result = sqlite.run("import", file, code=1)
    assert "created 1" in result.stdout
    assert "Bundle.entry[1]" in result.stderr


@pytest.mark.parametrize("kind", ["collection", "searchset", "document"])
def test_other_bundles_are_upserts_that_can_be_repeated(sqlite: Place, kind: str) -> None:
    without_id = {k: v for k, v in PATIENT.items() if k != "id"}
    observation = {**json.loads(GLUCOSE), "subject": {"reference": ADDRESS}}
    entries = [{"fullUrl": ADDRESS, "resource": without_id}, {"resource": observation}]
    file = bundle(sqlite.folder, kind, *entries)
    assert "created 2, updated 0" in sqlite.said("import", file)
    assert "created 0, updated 2" in sqlite.said("import", file)
    with opened(sqlite.settings, sqlite.kind, sqlite.folder) as house:
        kept = house.client("gp1").get("Observation/imp-glucose").json()
    assert kept["subject"]["reference"] == f"Patient/{ADDRESS.removeprefix('urn:uuid:')}"


def test_the_keeper_can_be_named(sqlite: Place) -> None:
    homeless = {k: v for k, v in PATIENT.items() if k != "managingOrganization"}
    file = lines(sqlite.folder, homeless)
    sqlite.run("import", file, "--organisation", "station-2")
    with opened(sqlite.settings, sqlite.kind, sqlite.folder) as house:
        assert house.client("gp2").get("Patient/imp-1").status_code == 200
        assert house.client("gp1").get("Patient/imp-1").status_code == 404


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--user", "nobody"), "there is no account 'nobody'"),
        (("--organisation", "nowhere"), "there is no Organization/nowhere here"),
        (("--organisation", "station-2", "--user", "gp1"), "only a machine account"),
    ],
)
def test_a_wrong_name_is_said_before_anything_is_read(
    sqlite: Place, arguments: tuple[str, ...], message: str
) -> None:
    assert message in sqlite.said("import", lines(sqlite.folder, PATIENT), *arguments, code=1)


def test_imports_are_proved_by_reprojection(place: Place, templates: Templates) -> None:
    file = lines(place.folder, GLUCOSE, PATIENT)  # the reference resolves one line later
    place.run("import", file)
    assert "every row is as it is derived" in place.said("reproject", "--check")
