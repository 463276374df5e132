"""Bearer tokens (TRUST.md §2, rows 15 and 49) and how actors are kept between requests."""

from datetime import date

import pytest
from sqlalchemy import select

from kernel.db.tables import kernel_token
from kernel.declare.roles import Role
from kernel.errors import Refused
from kernel.security import accounts, authentication, credentials, epoch, tokens
from kernel.security.accounts import User
from kernel.security.actor import Actor, Reach
from kernel.security.authentication import Authenticator
from kernel.security.scopes import parse
from kernel.security.tokens import Issued
from tests.security.house import TODAY, House


def issue(house: House, user: User, scope: str = "system/*.cruds", hours: int = 24) -> Issued:
    with house.database.writing() as connection:
        return tokens.issue(connection, user_id=user.id, scope=scope, hours=hours, now=house.now)


def actor_of(house: House, authenticator: Authenticator, token: str, source: str = "") -> Actor:
    with house.database.reading() as connection:
        return authenticator.by_token(connection, token, source)


def is_in(house: House, authenticator: Authenticator, issued: Issued) -> bool:
    """Whether the next request with this token is let in; the only other answer is 401."""
    try:
        actor_of(house, authenticator, issued.token)
    except Refused as refused:
        if refused.status != 401:
            raise
        return False
    return True


def test_a_token_is_its_account_within_its_scopes(
    house: House, authenticator: Authenticator
) -> None:
    machine = house.user("platform", Role.PLATFORM, machine=True, organisation="city-bureau")
    issued = issue(house, machine, "system/Patient.rs user/Observation.read")
    actor = actor_of(house, authenticator, issued.token, "192.0.2.1")
    assert (actor.user_id, actor.reach, actor.source) == (
        machine.id,
        Reach.EVERYTHING,
        "192.0.2.1",
    )
    assert actor.scopes == parse("system/Patient.rs user/Observation.read")
    assert actor_of(house, authenticator, issued.token, "192.0.2.2").source == "192.0.2.2"


def test_trust_49_a_wide_scope_widens_nothing(house: House, authenticator: Authenticator) -> None:
    auditor = house.user("auditor", Role.AUDITOR, password=None)
    actor = actor_of(house, authenticator, issue(house, auditor, "system/*.cruds").token)
    assert actor.roles == {Role.AUDITOR}
    assert actor.reach is Reach.NOTHING
    assert actor.permissions == {"kernel:auditor:act"}


def test_only_a_digest_is_stored_and_the_reference_is_not_the_token(house: House) -> None:
    user = house.user(password=None)
    first, second = issue(house, user), issue(house, user)
    assert first.token != second.token
    with house.database.reading() as connection:
        stored = repr(connection.execute(select(kernel_token)).all())
        listed = tokens.list_tokens(connection, user_id=user.id)
    assert first.token not in stored
    assert first.token.removeprefix("station_") not in stored
    assert len(listed) == 2
    assert {t.scope for t in listed} == {"system/*.cruds"}


def test_a_token_expires(house: House, authenticator: Authenticator) -> None:
    issued = issue(house, house.user(password=None), hours=2)
    assert issued.expires_at == house.now + 2 * 3600 * 1_000_000
    house.clock.advance(hours=2, seconds=-1)
    assert is_in(house, authenticator, issued)
    house.clock.advance(seconds=1)
    assert not is_in(house, authenticator, issued)
    with house.database.writing() as connection:
        assert tokens.purge(connection, before=house.now) == 0
        assert tokens.purge(connection, before=house.now + 1) == 1


def test_trust_15_a_revoked_token_ends_at_once(house: House, authenticator: Authenticator) -> None:
    user = house.user(password=None)
    issued, other = issue(house, user), issue(house, user, "system/*.rs")
    assert is_in(house, authenticator, issued)
    with house.database.writing() as connection:
        listed = tokens.list_tokens(connection, user_id=user.id)
        reference = next(t.reference for t in listed if t.scope == "system/*.cruds")
        tokens.revoke(connection, reference=reference, now=house.now)
    assert not is_in(house, authenticator, issued)
    assert is_in(house, authenticator, other)
    for unknown in (reference, "00", "not hexadecimal"):
        with pytest.raises(Refused) as refused, house.database.writing() as connection:
            tokens.revoke(connection, reference=unknown, now=house.now)
        assert refused.value.status == 404


def test_trust_15_disabling_ends_tokens_at_once_and_for_good(
    house: House, authenticator: Authenticator
) -> None:
    user, colleague = house.user(password=None), house.user("gp2", password=None)
    issued, others = issue(house, user), issue(house, colleague)
    assert is_in(house, authenticator, issued)
    with house.database.writing() as connection:
        accounts.disable_user(connection, user_id=user.id, now=house.now)
    assert not is_in(house, authenticator, issued)
    assert is_in(house, authenticator, others)
    with pytest.raises(Refused, match="停用"):
        issue(house, user)
    with house.database.writing() as connection:
        accounts.enable_user(connection, user_id=user.id)
    assert not is_in(house, authenticator, issued)
    assert is_in(house, authenticator, issue(house, user))


def test_a_code_revokes_tokens(house: House, authenticator: Authenticator) -> None:
    user = house.user(password=None)
    issued = issue(house, user)
    with house.database.writing() as connection:
        credentials.issue_code(connection, user_id=user.id, settings=house.settings, now=house.now)
    assert not is_in(house, authenticator, issued)


@pytest.mark.parametrize(
    ("scope", "hours", "field"),
    [
        ("", 24, "scope"),
        ("patient/*.rs", 24, "scope"),
        ("system/Patient.x", 24, "scope"),
        ("system/*.rs", 0, "hours"),
        ("system/*.rs", 10_000, "hours"),
    ],
)
def test_a_token_that_makes_no_sense_is_refused(
    house: House, scope: str, hours: int, field: str
) -> None:
    user = house.user(password=None)
    with pytest.raises(Refused) as refused:
        issue(house, user, scope, hours)
    assert (refused.value.status, refused.value.issues[0].expression) == (422, field)


def test_a_token_for_nobody_is_refused(house: House) -> None:
    with pytest.raises(Refused) as refused, house.database.writing() as connection:
        tokens.issue(connection, user_id="nobody", scope="system/*.rs", now=house.now)
    assert refused.value.status == 404


@pytest.mark.parametrize("token", ["", "station_", "\x00", "\ud800", "x" * 10_000])
def test_a_strange_token_is_401(house: House, authenticator: Authenticator, token: str) -> None:
    with pytest.raises(Refused) as refused:
        actor_of(house, authenticator, token)
    assert refused.value.status == 401
    assert "Bearer" in refused.value.headers["WWW-Authenticate"]


def test_a_kept_actor_follows_every_committed_change(
    house: House, authenticator: Authenticator
) -> None:
    user = house.user("gp1", Role.GP, password=None)
    token = issue(house, user).token
    kept = actor_of(house, authenticator, token)
    assert actor_of(house, authenticator, token) is kept
    with house.database.writing() as connection:
        accounts.grant_role(connection, user_id=user.id, role=Role.NURSE, from_on=TODAY)
    assert actor_of(house, authenticator, token).roles == {Role.GP, Role.NURSE}
    with house.database.writing() as connection:
        accounts.move_user(connection, user_id=user.id, organisation_id="station-2")
    assert actor_of(house, authenticator, token).organisations == ("station-2",)


def test_kept_actors_do_not_grow_without_bound(
    house: House, authenticator: Authenticator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(authentication, "_KEPT", 2)
    user = house.user(password=None)
    issued = [issue(house, user) for _ in range(5)]
    assert all(is_in(house, authenticator, one) for one in issued)
    assert len(authenticator._by_token._entries) == 1
    assert all(is_in(house, authenticator, one) for one in issued)


def test_an_older_snapshot_never_spoils_what_newer_requests_get(
    house: House, authenticator: Authenticator
) -> None:
    user = house.user("gp1", Role.GP, password=None)
    token = issue(house, user).token
    with house.database.reading() as before:
        assert epoch.current(before) > 0  # a snapshot from here on, on SQLite
        with house.database.writing() as connection:
            accounts.end_role(connection, user_id=user.id, role=Role.GP, on=TODAY)
        assert actor_of(house, authenticator, token).roles == set()
        authenticator.by_token(before, token)
    assert actor_of(house, authenticator, token).roles == set()


def _disable(house: House, *user_ids: str) -> None:
    with house.database.writing() as connection:
        for user_id in user_ids:
            accounts.disable_user(connection, user_id=user_id, now=house.now)


def test_what_is_undone_was_never_so(house: House, authenticator: Authenticator) -> None:
    user = house.user("gp1", Role.GP, password=None)
    issued = issue(house, user)
    assert is_in(house, authenticator, issued)
    with pytest.raises(Refused):
        _disable(house, user.id, "nobody")
    assert is_in(house, authenticator, issued)


def test_a_role_begins_and_ends_at_midnight_in_shanghai(
    house: House, authenticator: Authenticator
) -> None:
    user = house.user(password=None)
    token = issue(house, user, hours=72).token
    with house.database.writing() as connection:
        accounts.grant_role(
            connection,
            user_id=user.id,
            role=Role.GP,
            from_on=date(2026, 11, 24),
            to_on=date(2026, 11, 25),
        )
    house.clock.advance(hours=15, seconds=-1)
    assert actor_of(house, authenticator, token).roles == set()
    house.clock.advance(seconds=1)
    assert actor_of(house, authenticator, token).roles == {Role.GP}
    house.clock.advance(hours=24)
    assert actor_of(house, authenticator, token).roles == set()
