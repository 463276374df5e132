"""Nothing is shown and nothing is changed without its audit row; nothing secret lies in clear."""

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Table, inspect, select, text

from kernel.audit.entry import SEVERAL, detail_of
from kernel.db.dialect import is_sqlite
from kernel.db.tables import access_inbox, audit_entry, audit_inbox, fhir_resource
from tests.cast import RESIDENTS, citizen_number, draft, numbered, patient
from tests.support.answers import address_of, ids, refusal
from tests.support.house import OpenHouse

READS: list[tuple[str, str, str, set[str]]] = [
    ("Patient/li-na", "read", "Patient", {"li-na"}),
    ("Observation/li-na-8480-6", "read", "Observation", {"li-na"}),
    ("Patient/li-na/_history/1", "vread", "Patient", {"li-na"}),
    ("Patient/li-na/_history", "history", "Patient", {"li-na"}),
    ("Patient/li-na/$everything", "operation", "Patient", {"li-na"}),
    ("Patient?name=李娜", "search", "Patient", {"li-na"}),
    ("Patient", "search", "Patient", {"wang-xiaoming", "li-na", "zhang-wei"}),
    ("Patient?name=nobody", "search", "Patient", set()),
    (
        "Observation?_id=li-na-8480-6&_include=Observation:patient",
        "search",
        "Observation",
        {"li-na"},
    ),
]


def written_rows(house: OpenHouse, action: str) -> list[Any]:
    """The accesses of this kind, sealed or not."""
    with house.database.reading_audit() as audit:
        return [
            row
            for table in (access_inbox, audit_entry)
            for row in audit.execute(select(table).where(table.c.action == action))
        ]


@pytest.mark.parametrize(("path", "action", "type_", "people"), READS)
def test_an_access_is_recorded_before_it_is_answered(
    house: OpenHouse, path: str, action: str, type_: str, people: set[str]
) -> None:
    before = {row.id for row in written_rows(house, action)}
    assert house.client("gp1").get(path).status_code == 200
    rows = {row.id: row for row in written_rows(house, action) if row.id not in before}
    assert len(rows) == 1
    row = next(iter(rows.values()))
    assert row.resource_type == type_
    assert row.user_id == house.actor("gp1").user_id
    detail = detail_of(house.station.keys, row.id, row.detail) or {}
    touched = set(detail.get("patients", ())) if row.patient_id == SEVERAL else {row.patient_id}
    assert touched - {None} == people


def test_what_is_refused_is_recorded_too(house: OpenHouse) -> None:
    before = len(written_rows(house, "denied"))
    refusal(house.client("bureau").get("Patient/li-na"), 403)
    assert len(written_rows(house, "denied")) == before + 1


def test_every_change_has_its_row_in_its_transaction(fresh_house: OpenHouse) -> None:
    house, gp = fresh_house, fresh_house.client("gp1")
    at = address_of(gp.post("Patient", draft(patient("审计", "male", "1990-01-01"))))
    later = draft(patient("审计", "male", "1990-01-02"))
    assert gp.put(at, {**later, "id": at.split("/")[1]}).is_success
    assert gp.delete(at).status_code == 204
    with house.database.reading() as connection, house.database.reading_audit() as audit:
        rows = [
            (row.action, row.version)
            for source, table in ((connection, audit_inbox), (audit, audit_entry))
            for row in source.execute(
                select(table.c.action, table.c.version).where(
                    table.c.resource_id == at.split("/")[1],
                    table.c.action.in_(("create", "update", "delete")),
                )
            )
        ]
    assert sorted(set(rows)) == [("create", 1), ("delete", 3), ("update", 2)]


def refuse_inserts(house: OpenHouse, table: Table) -> None:
    """Let the database refuse every new row of a table."""
    with house.database.writing() as connection:
        if is_sqlite(connection):
            connection.execute(
                text(
                    f"CREATE TRIGGER broken BEFORE INSERT ON {table.name} "
                    "BEGIN SELECT RAISE(ABORT, 'no room for audit'); END"
                )
            )
            return
        connection.execute(
            text(
                "CREATE FUNCTION broken() RETURNS trigger LANGUAGE plpgsql AS "
                "$$ BEGIN RAISE EXCEPTION 'no room for audit'; END $$"
            )
        )
        connection.execute(
            text(
                f"CREATE TRIGGER broken BEFORE INSERT ON {table.name} "
                "FOR EACH ROW EXECUTE FUNCTION broken()"
            )
        )


def test_a_change_that_cannot_be_audited_is_not_made(fresh_house: OpenHouse) -> None:
    house, gp = fresh_house, fresh_house.client("gp1")
    refuse_inserts(house, audit_inbox)
    body = patient("不存", "male", "1990-01-01")
    assert gp.post("Patient", body).status_code >= 500
    assert gp.delete("AllergyIntolerance/li-na-allergy").status_code >= 500
    assert ids(gp.search("Patient", ("name", "不存"))) == []
    assert gp.get("AllergyIntolerance/li-na-allergy").status_code == 200
    with house.database.reading() as connection:
        newer = select(fhir_resource.c.id).where(fhir_resource.c.version > 1)
        assert connection.execute(newer).all() == []


IN_CLEAR = numbered(patient("金丝雀", "female", "1993-09-09"), "37990019930909022", "13987654321")
CANARIES = (citizen_number("37990019930909022"), "37990019930909", "13987654321")


def _bytes_of(house: OpenHouse) -> bytes:
    """Everything that lies on the disk: the SQLite files with their logs, or every table."""
    if house.kind == "sqlite":
        files = [p for p in Path(house.folder).iterdir() if p.suffix != ".keys"]
        assert any(p.name.endswith("-wal") for p in files)
        return b"".join(p.read_bytes() for p in files)
    rows: list[str] = []
    with house.database.reading() as connection:
        for name in inspect(connection).get_table_names():
            dump = text(f'SELECT t::text FROM "{name}" t')  # noqa: S608 - from the catalogue
            rows += map(str, connection.execute(dump))
    return "\n".join(rows).encode()


def test_no_identity_number_or_telephone_lies_in_clear(fresh_house: OpenHouse) -> None:
    house, gp = fresh_house, fresh_house.client("gp1")
    at = address_of(gp.post("Patient", IN_CLEAR))
    number, phone = CANARIES[0], CANARIES[2]
    sent = {**IN_CLEAR, "id": at.split("/")[1], "active": True}
    assert gp.put(at, sent).status_code == 200
    for query in (("identifier", number), ("phone", phone), ("name", "金丝雀")):
        assert ids(gp.search("Patient", query)) == [at.split("/")[1]]
    assert gp.get(f"Patient?identifier={number}&_count=1").status_code == 200
    headers = {"If-None-Exist": f"identifier={number}"}
    assert gp.post("Patient", IN_CLEAR, headers=headers).status_code == 200
    gp.get(f"Patient/{number}")
    gp.get(f"Observation?patient.phone={phone}")
    everything = _bytes_of(house)
    assert at.split("/")[1].encode() in everything, "the search looked in the wrong place"
    for canary in CANARIES:
        assert canary.encode() not in everything
        assert canary.encode().hex().encode() not in everything
    for body in RESIDENTS.values():
        assert body["identifier"][0]["value"].encode() not in everything
