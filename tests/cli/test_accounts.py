"""Accounts, roles and tokens from the command line."""

import re

import pytest
from sqlalchemy import select

from kernel.audit.entry import Action
from kernel.clock import Clock
from kernel.db.engine import Database
from kernel.db.tables import audit_entry, audit_inbox
from kernel.security import epoch, sign_in
from kernel.security.sign_in import Outcome
from tests.cli.conftest import Place

CODE = re.compile(r"\b[A-Z2-9]{4}(?:-[A-Z2-9]{4}){4}\b")


def outcome(place: Place, database: Database, name: str, password: str) -> Outcome:
    """How signing in ends."""
    now = Clock().now()
    with database.reading() as connection:
        attempt = sign_in.begin(connection, name=name, source="192.0.2.1", now=now)
    proof = attempt.prove(password)
    with database.writing() as connection:
        return sign_in.conclude(connection, proof, settings=place.settings, now=now).outcome


def actions(database: Database) -> list[str]:
    """What the change audit says, oldest first."""
    with database.reading() as connection:
        return list(connection.scalars(select(audit_inbox.c.action).order_by(audit_inbox.c.id)))


def test_first_administrator_comes_in_with_a_code(place: Place, database: Database) -> None:
    shown = place.run("user", "create", "boss", "--role", "security_admin").stdout
    code = CODE.search(shown)
    assert code is not None
    assert outcome(place, database, "boss", code[0]) is Outcome.SIGNED_IN
    with database.reading_audit() as connection:
        newest = select(audit_entry.c.action).order_by(audit_entry.c.position.desc())
        assert connection.scalars(newest).first() == Action.ACCOUNT


def test_list_shows_state_and_roles(place: Place) -> None:
    place.run("user", "create", "boss", "--role", "security_admin", "--display", "宫晓静")
    lines = [line.split("\t") for line in place.run("user", "list").stdout.splitlines()]
    found = {line[0]: line[1:] for line in lines}
    assert found["boss"] == ["code", "city-bureau", "security_admin", "宫晓静"]
    assert found["gp1"][:3] == ["active", "station-1", "gp"]
    own = place.run("user", "list", "--organisation", "station-2").stdout
    assert [line.split("\t")[0] for line in own.splitlines()] == ["gp2"]


def test_disabled_account_gets_no_token(place: Place) -> None:
    place.run("user", "disable", "gp1")
    assert "已停用" in place.said("token", "--user", "gp1", code=1)
    place.run("user", "enable", "gp1")
    assert place.run("token", "--user", "gp1").stdout.startswith("station_")


def test_a_token_is_listed_without_its_secret_and_ends_when_revoked(place: Place) -> None:
    secret = place.run("token", "--user", "gp1", "--scope", "user/Patient.rs").stdout.strip()
    lines = [line.split("\t") for line in tokens_of(place)]
    mine = next(line for line in lines if line[4] == "user/Patient.rs")
    assert re.fullmatch(r"[0-9a-f]{64}", mine[0])
    assert mine[1] == "valid"
    assert all(re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d", at) for at in mine[2:4])
    assert mine[2] < mine[3]
    assert secret.removeprefix("station_") not in "\n".join(tokens_of(place))
    place.run("token", "--user", "gp1", "--revoke", mine[0])
    assert [line.split("\t")[1] for line in tokens_of(place) if mine[0] in line] == ["revoked"]
    assert "has no token" in place.said("token", "--user", "gp1", "--revoke", mine[0], code=1)


def tokens_of(place: Place) -> list[str]:
    """The lines of the list."""
    return place.run("token", "--user", "gp1", "--list").stdout.splitlines()


def test_a_token_is_revoked_by_its_owner_only_and_audited(place: Place, database: Database) -> None:
    place.run("token", "--user", "gp1")
    reference = tokens_of(place)[0].partition("\t")[0]
    assert "gp2 has no token" in place.said("token", "--user", "gp2", "--revoke", reference, code=1)
    before = seen_epoch(database)
    place.run("token", "--user", "gp1", "--revoke", reference)
    assert seen_epoch(database) > before
    with database.reading_audit() as connection:
        newest = select(audit_entry.c.action).order_by(audit_entry.c.position.desc())
        assert connection.scalars(newest).first() == Action.TOKEN


def seen_epoch(database: Database) -> int:
    """What tells every process that rights have changed."""
    with database.reading() as connection:
        return epoch.current(connection)


def test_an_account_moves_to_another_institution(place: Place, database: Database) -> None:
    before = seen_epoch(database)
    assert "works at station-2" in place.said("user", "move", "gp1", "--organisation", "station-2")
    found = [line.split("\t") for line in place.run("user", "list").stdout.splitlines()]
    assert next(line[2] for line in found if line[0] == "gp1") == "station-2"
    assert seen_epoch(database) > before
    with database.reading_audit() as connection:
        newest = select(audit_entry.c.action).order_by(audit_entry.c.position.desc())
        assert connection.scalars(newest).first() == Action.ACCOUNT


def test_roles_are_granted_and_end(sqlite: Place) -> None:
    sqlite.run("user", "grant", "gp1", "--role", "station_head", "--on", "2026-01-01")
    assert "gp,station_head" in sqlite.run("user", "list").stdout
    sqlite.run("user", "revoke", "gp1", "--role", "station_head")
    assert "gp,station_head" not in sqlite.run("user", "list").stdout


def test_administrators_stay_separated(sqlite: Place) -> None:
    assert "不能兼任业务角色" in sqlite.said("user", "grant", "secadmin", "--role", "gp", code=1)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("user", "create", "n2", "--role", "gp"), "--organisation is needed"),
        (("user", "create", "n2", "--role", "gp", "--organisation", "x"), "no Organization/x here"),
        (("user", "create", "gp1", "--role", "auditor"), "用户名已被使用过"),
        (("user", "disable", "nobody"), "there is no account 'nobody'"),
        (("token", "--user", "nobody"), "there is no account 'nobody'"),
        (("token", "--user", "gp1", "--list", "--revoke", "0"), "give one of them"),
        (("token", "--user", "gp1", "--revoke", "zz"), "gp1 has no token 'zz'"),
        (("user", "move", "gp1", "--organisation", "x"), "no Organization/x here"),
        (("user", "move", "nobody", "--organisation", "station-1"), "there is no account 'nobody'"),
        (("token", "--user", "gp1", "--scope", "all"), "scope 'all' is not understood"),
    ],
)
def test_what_is_wrong_is_one_line(sqlite: Place, arguments: tuple[str, ...], message: str) -> None:
    result = sqlite.run(*arguments, code=1)
    assert message in result.stderr
    assert result.stderr.count("\n") == 1
    assert result.stdout == ""


def test_forgotten_password_becomes_a_code_and_a_typed_one_holds(
    place: Place, database: Database
) -> None:
    code = CODE.search(place.run("user", "password", "gp1").stdout)
    assert code is not None
    assert outcome(place, database, "gp1", code[0]) is Outcome.SIGNED_IN
    typed = "a long sentence nobody guesses\n" * 2
    place.run("user", "password", "gp2", "--ask", typed=typed)
    assert outcome(place, database, "gp2", typed.splitlines()[0]) is Outcome.SIGNED_IN


def test_rotated_key_writes_and_the_old_one_reads(sqlite: Place) -> None:
    assert "key 2 is current" in sqlite.said("keys", "rotate")
    assert "every row is as it is derived" in sqlite.said(
        "reproject", "--check", "--type", "Patient"
    )
    assert "the audit is whole" in sqlite.said("audit", "verify")


def test_what_commands_do_is_sealed_without_a_server(place: Place, database: Database) -> None:
    place.run("user", "disable", "gp2")
    assert actions(database) == []
    assert "the audit is whole" in place.said("audit", "verify")
