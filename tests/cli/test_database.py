"""The schema, re-projection and the audit from the command line."""

import pytest
from sqlalchemy import delete, insert, select, update

from kernel.app import ensure_keys
from kernel.audit.sealer import seal_all
from kernel.clock import Clock
from kernel.db.derived import search_identifier
from kernel.db.engine import Database
from kernel.db.tables import audit_entry, fhir_resource, kernel_fact
from kernel.db.upgrade import PRINT
from kernel.reprojection import upgrade_schema
from kernel.security.keyring import load
from tests.cli.conftest import Place
from tests.support.house import registry


def test_upgrade_makes_everything_once(empty: Place) -> None:
    assert "upgraded" in empty.said("db", "upgrade")
    assert empty.settings.keys_path().stat().st_mode & 0o777 == 0o600
    assert "up to date" in empty.said("db", "upgrade")
    assert "every row is as it is derived" in empty.said("reproject", "--check")
    assert "the audit is whole: 0 entries" in empty.said("audit", "verify")


def test_commands_ask_for_the_upgrade(empty: Place) -> None:
    assert "run `station db upgrade`" in empty.said("user", "list", code=1)
    assert "run `station db upgrade`" in empty.said("serve", "--port", "0", code=1)


def test_changed_declaration_is_noticed_and_made_anew(place: Place, database: Database) -> None:
    name = PRINT + "search_patient"
    with database.writing() as connection:
        connection.execute(
            update(kernel_fact).where(kernel_fact.c.name == name).values(value="older")
        )
    assert "search_patient" in place.said("user", "list", code=1)
    assert "search_patient" in place.said("db", "upgrade")
    assert "every row is as it is derived" in place.said("reproject", "--check")


def test_interrupted_upgrade_is_completed(place: Place, database: Database) -> None:
    with database.writing() as connection:
        facts = kernel_fact.c.name == PRINT + search_identifier.name
        connection.execute(update(kernel_fact).where(facts).values(value="older"))
    upgrade_schema(database, registry())  # and then the lights go out
    assert "an upgrade was interrupted" in place.said("token", "--user", "gp1", code=1)
    place.run("db", "upgrade")
    assert "every row is as it is derived" in place.said("reproject", "--check")


def test_check_names_what_differs_and_reproject_mends_it(place: Place, database: Database) -> None:
    table = registry().search["Patient"]
    stray = {"type": "Patient", "id": "ghost", "param": "identifier", "system": "s"}
    with database.writing() as connection:
        id_ = connection.scalars(select(table.c.id).order_by(table.c.id)).first()
        connection.execute(update(table).where(table.c.id == id_).values(gender="other"))
        connection.execute(delete(search_identifier).where(search_identifier.c.id == id_))
        connection.execute(insert(search_identifier).values(**stray, digest=b"x" * 16, part=0))
    found = place.said("reproject", "--check", code=1)
    assert f"search_patient: Patient/{id_}: other values in gender" in found
    assert f"search_identifier: Patient/{id_}:" in found
    assert "search_identifier: Patient: 1 rows belong to no resource that exists" in found
    with database.reading() as connection:
        assert connection.scalar(select(table.c.gender).where(table.c.id == id_)) == "other"
    place.run("reproject", "--type", "Patient")
    assert "every row is as it is derived" in place.said("reproject", "--check")


def test_reproject_keeps_what_was_written(sqlite: Place) -> None:
    database = Database(sqlite.settings)
    written = select(fhir_resource).order_by(fhir_resource.c.type, fhir_resource.c.id)
    with database.reading() as connection:
        before = connection.execute(written).all()
    sqlite.run("reproject")
    with database.reading() as connection:
        assert connection.execute(written).all() == before
    database.close()


def test_unknown_type_is_refused(sqlite: Place) -> None:
    assert "type Pacient is not stored here" in sqlite.said(
        "reproject", "--type", "Pacient", code=1
    )


def test_audit_names_a_changed_entry(place: Place, database: Database) -> None:
    keys = load(place.settings.keys_path())
    sealed = seal_all(database, keys, Clock())
    assert sealed > 0
    assert f"the audit is whole: {sealed} entries" in place.said("audit", "verify")
    with database.auditing() as connection:
        for statement in _without_triggers(place.kind):
            connection.exec_driver_sql(statement)
        changed = audit_entry.c.position == 2
        connection.execute(update(audit_entry).where(changed).values(user_id="somebody"))
    found = place.said("audit", "verify", code=1)
    assert "edited: entry" in found
    assert "the audit has 1 faults" in found


def _without_triggers(kind: str) -> tuple[str, ...]:
    """What an attacker with the database in hand would do first."""
    if kind == "sqlite":
        return ("DROP TRIGGER audit_entry_no_update",)
    return ("ALTER TABLE audit_entry DISABLE TRIGGER ALL",)


def test_purge_respects_the_retention(sqlite: Place) -> None:
    assert "0 entries purged" in sqlite.said("audit", "purge")
    refused = sqlite.said("audit", "purge", "--before", "2026-11-01", code=1)
    assert "audit entries are kept for 36 months" in refused


@pytest.mark.parametrize("missing", ["gone", "foreign"])
def test_keys_that_do_not_fit_are_one_line(sqlite: Place, missing: str) -> None:
    keys = sqlite.settings.keys_path()
    keys.unlink()
    if missing == "foreign":
        other = sqlite.settings.model_copy(
            update={"database_url": f"sqlite:///{sqlite.folder}/other.db"}
        )
        other_place = Place("sqlite", other, sqlite.folder)
        other_place.run("db", "upgrade")
    result = sqlite.run("serve", "--port", "0", code=1)
    assert str(keys) in result.stderr
    assert result.stderr.count("\n") == 1


def test_ensure_keys_agrees_with_the_upgrade(empty: Place) -> None:
    empty.run("db", "upgrade")
    database = Database(empty.settings)
    made = load(empty.settings.keys_path()).check_value()
    assert ensure_keys(database, empty.settings).check_value() == made
    database.close()
