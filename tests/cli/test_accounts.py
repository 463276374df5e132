"""Accounts, roles and tokens from the command line."""

import re

import pytest
from sqlalchemy import select

from kernel.audit.entry import Action
from kernel.clock import Clock
from kernel.db.engine import Database
from kernel.db.tables import audit_entry, audit_inbox
from kernel.security import sign_in
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
