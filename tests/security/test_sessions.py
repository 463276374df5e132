"""TRUST.md §2, rows 11 to 16: what happens to those who are in."""

import pytest
from sqlalchemy import select

from kernel.clock import instant_of
from kernel.db.tables import kernel_session
from kernel.declare.roles import Role
from kernel.errors import Refused
from kernel.security import accounts, credentials, sessions
from kernel.security.actor import Reach
from kernel.security.authentication import Authenticator
from kernel.security.sessions import Opened
from tests.security.house import HERE, MONDAY_MORNING, PASSWORD, House, settings


def is_in(house: House, authenticator: Authenticator, opened: Opened | str) -> bool:
    """Whether the next request with this cookie is let in; the only other answer is 401."""
    cookie = opened if isinstance(opened, str) else opened.cookie
    with house.database.reading() as connection:
        try:
            authenticator.by_session(connection, cookie)
        except Refused as refused:
            if refused.status != 401:
                raise
            return False
        return True


def test_a_session_belongs_to_its_actor(house: House, authenticator: Authenticator) -> None:
    user = house.user("gp1", Role.GP)
    opened = house.open(user)
    with house.database.reading() as connection:
        actor, session = authenticator.by_session(connection, opened.cookie, HERE)
    assert (actor.user_id, actor.name, actor.display) == (user.id, "gp1", "于海宁")
    assert actor.roles == {Role.GP}
    assert actor.permissions == {"kernel:gp:act"}
    assert (actor.reach, actor.organisations) == (Reach.ORGANISATIONS, ("station-1",))
    assert (actor.source, actor.scopes) == (HERE, None)
    assert (session.user_id, session.created_at, session.must_change) == (user.id, house.now, False)
    assert session.accepts(opened.csrf)
    assert not session.accepts("")
    assert not session.accepts(opened.csrf + "é")


def test_trust_11_a_new_password_ends_the_other_sessions(
    house: House, authenticator: Authenticator
) -> None:
    user = house.user()
    mine, other = house.open(user), house.open(user)
    with house.database.writing() as connection:
        credentials.set_password(
            connection,
            user_id=user.id,
            password="another long password",
            settings=house.settings,
            now=house.now,
            keep=sessions.digest_of(mine.cookie),
        )
    assert is_in(house, authenticator, mine)
    assert not is_in(house, authenticator, other)


def test_trust_12_every_sign_in_gives_a_new_random_session(
    house: House, authenticator: Authenticator
) -> None:
    user = house.user(password=None)
    assert not is_in(house, authenticator, "a-cookie-that-somebody-planted")
    before = house.open(user, replaces="a-cookie-that-somebody-planted")
    after = house.open(user, replaces=before.cookie)
    assert before.cookie != after.cookie
    assert before.csrf != after.csrf
    assert len(after.cookie) >= 43  # 256 bits, six a sign
    assert not is_in(house, authenticator, before)
    assert not is_in(house, authenticator, "a-cookie-that-somebody-planted")
    assert is_in(house, authenticator, after)


def test_trust_12_only_a_digest_is_stored(house: House) -> None:
    opened = house.open(house.user(password=None))
    with house.database.reading() as connection:
        row = connection.execute(select(kernel_session)).one()
    assert opened.cookie not in repr(row)
    assert row.digest != opened.cookie.encode()


def test_trust_13_an_idle_session_ends_after_fifteen_minutes(
    house: House, authenticator: Authenticator
) -> None:
    opened = house.open(house.user(password=None))
    house.clock.advance(minutes=15, seconds=-1)
    assert is_in(house, authenticator, opened)
    house.clock.advance(seconds=1)
    assert not is_in(house, authenticator, opened)


def test_trust_13_a_used_session_ends_after_twelve_hours(
    house: House, authenticator: Authenticator
) -> None:
    opened = house.open(house.user(password=None))
    for _ in range(71):
        house.clock.advance(minutes=10)
        assert is_in(house, authenticator, opened)
        with house.database.writing() as connection:
            sessions.touch(connection, sessions.digest_of(opened.cookie), now=house.now)
    house.clock.advance(minutes=10, seconds=-1)
    assert is_in(house, authenticator, opened)
    house.clock.advance(seconds=1)
    assert not is_in(house, authenticator, opened)


def test_trust_13_reading_writes_at_most_once_a_minute(
    house: House, authenticator: Authenticator
) -> None:
    opened = house.open(house.user(password=None))

    def is_due() -> bool:
        with house.database.reading() as connection:
            return authenticator.by_session(connection, opened.cookie)[1].is_due(house.now)

    house.clock.advance(seconds=59)
    assert not is_due()
    house.clock.advance(seconds=1)
    assert is_due()
    with house.database.writing() as connection:
        sessions.touch(connection, sessions.digest_of(opened.cookie), now=house.now)
    assert not is_due()


def test_trust_13_a_clock_set_back_ends_no_session(
    house: House, authenticator: Authenticator
) -> None:
    opened = house.open(house.user(password=None))
    house.clock.advance(hours=-1)
    assert is_in(house, authenticator, opened)
    with house.database.writing() as connection:
        sessions.touch(connection, sessions.digest_of(opened.cookie), now=house.now)
        assert sessions.purge(connection, settings=house.settings, now=house.now) == 0
    house.clock.instant = instant_of(MONDAY_MORNING)
    house.clock.advance(minutes=14)
    assert is_in(house, authenticator, opened)


def test_trust_13_what_has_timed_out_is_deleted(house: House, authenticator: Authenticator) -> None:
    user = house.user(password=None)
    house.open(user)
    house.clock.advance(minutes=10)
    fresh = house.open(user)
    house.clock.advance(minutes=5)
    with house.database.writing() as connection:
        assert sessions.purge(connection, settings=house.settings, now=house.now) == 1
    assert is_in(house, authenticator, fresh)


def test_trust_14_signing_out_kills_the_session_on_the_server(
    house: House, authenticator: Authenticator
) -> None:
    user = house.user(password=None)
    opened, other = house.open(user), house.open(user)
    assert is_in(house, authenticator, opened)
    with house.database.writing() as connection:
        assert sessions.end(connection, opened.cookie)
        assert not sessions.end(connection, opened.cookie)
    assert not is_in(house, authenticator, opened)
    assert is_in(house, authenticator, other)


def test_trust_15_disabling_ends_sessions_at_once_and_for_good(
    house: House, authenticator: Authenticator
) -> None:
    user, colleague = house.user(), house.user("gp2", password=None)
    opened, others = house.open(user), house.open(colleague)
    assert is_in(house, authenticator, opened)
    with house.database.writing() as connection:
        accounts.disable_user(connection, user_id=user.id, now=house.now)
    assert not is_in(house, authenticator, opened)
    assert is_in(house, authenticator, others)
    assert house.attempt("gp1", PASSWORD) == house.attempt("gp1", "wrong")
    with house.database.writing() as connection:
        accounts.enable_user(connection, user_id=user.id)
    assert not is_in(house, authenticator, opened)
    assert house.attempt("gp1", PASSWORD).user is not None


def test_trust_15_a_session_left_behind_does_not_let_a_disabled_account_in(
    house: House, authenticator: Authenticator
) -> None:
    user = house.user(password=None)
    with house.database.writing() as connection:
        accounts.disable_user(connection, user_id=user.id, now=house.now)
    assert not is_in(house, authenticator, house.open(user))


def test_trust_16_one_session_too_many_ends_the_oldest(
    house: House, authenticator: Authenticator
) -> None:
    user, colleague = house.user(password=None), house.user("gp2", password=None)
    others = house.open(colleague)
    opened = []
    for _ in range(4):
        house.clock.advance(minutes=1)
        opened.append(house.open(user))
    assert [o.ended for o in opened] == [0, 0, 0, 1]
    assert [is_in(house, authenticator, o) for o in opened] == [False, True, True, True]
    assert is_in(house, authenticator, others)


def test_trust_16_the_limit_is_a_setting(house: House, authenticator: Authenticator) -> None:
    house.settings = settings(session_limit=1)
    user = house.user(password=None)
    first = house.open(user)
    house.clock.advance(minutes=1)
    assert house.open(user).ended == 1
    assert not is_in(house, authenticator, first)


def test_trust_16_a_session_that_timed_out_takes_nobodys_place(house: House) -> None:
    user = house.user(password=None)
    for _ in range(3):
        house.open(user)
    house.clock.advance(minutes=15)
    assert house.open(user).ended == 0


def test_trust_08_who_must_choose_a_password_can_do_nothing_else(
    house: House, authenticator: Authenticator
) -> None:
    user = house.user("gp1", Role.GP, password=None)
    with house.database.writing() as connection:
        code = credentials.issue_code(
            connection, user_id=user.id, settings=house.settings, now=house.now
        )
    assert house.attempt("gp1", code).user is not None
    opened = house.open(user)
    with house.database.reading() as connection:
        actor, session = authenticator.by_session(connection, opened.cookie)
    assert session.must_change
    assert not actor.roles
    assert not actor.permissions
    assert (actor.reach, actor.organisations) == (Reach.NOTHING, ())
    with house.database.writing() as connection:
        credentials.choose_password(
            connection,
            user_id=user.id,
            password=PASSWORD,
            settings=house.settings,
            now=house.now,
            keep=session.digest,
        )
    with house.database.reading() as connection:
        actor, session = authenticator.by_session(connection, opened.cookie)
    assert not session.must_change
    assert actor.roles == {Role.GP}


def test_a_code_ends_all_sessions(house: House, authenticator: Authenticator) -> None:
    user = house.user(password=None)
    opened = house.open(user)
    with house.database.writing() as connection:
        credentials.issue_code(connection, user_id=user.id, settings=house.settings, now=house.now)
    assert not is_in(house, authenticator, opened)


@pytest.mark.parametrize("cookie", ["", "x", "\x00", "é\udcff", "x" * 10_000])
def test_a_strange_cookie_is_401(house: House, authenticator: Authenticator, cookie: str) -> None:
    assert not is_in(house, authenticator, cookie)
