"""Browser sessions: a random cookie, its digest in the database, two time-outs.

The row is read on every request, so ending a session takes effect at once without `epoch.bump`.
`seen_at` is written at most once a minute, so a session may time out up to a minute early.
"""

import hashlib
import hmac
from dataclasses import dataclass

from sqlalchemy import (
    ColumnElement,
    Connection,
    and_,
    bindparam,
    delete,
    insert,
    or_,
    select,
    update,
)

from kernel.clock import SECOND, Instant
from kernel.db.dialect import lock_rows
from kernel.db.prepared import Prepared
from kernel.db.tables import kernel_epoch, kernel_session, kernel_user
from kernel.ids import secret
from kernel.security.epoch import SECURITY
from kernel.settings import Settings

MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
_SOURCE_LENGTH = 64


@dataclass(frozen=True, slots=True)
class Session:
    """A browser that is signed in. `must_change`: only to choose a new password."""

    digest: bytes
    user_id: str
    csrf: str
    created_at: Instant
    seen_at: Instant
    must_change: bool = False

    def is_live(self, settings: Settings, now: Instant) -> bool:
        """Whether neither the idle nor the absolute time-out has passed."""
        return (
            now - self.seen_at < settings.session_idle_minutes * MINUTE
            and now - self.created_at < settings.session_hours * HOUR
        )

    def is_due(self, now: Instant) -> bool:
        """Whether `touch` should be called, in a writing transaction of its own."""
        return now - self.seen_at >= MINUTE

    def accepts(self, csrf: str) -> bool:
        """Whether a form or header brought this session's own CSRF token."""
        return hmac.compare_digest(self.csrf.encode(), csrf.encode("utf-8", "replace"))


@dataclass(frozen=True, slots=True)
class Opened:
    """A new session. `cookie` is shown to the browser and kept nowhere; `ended` older ones went."""

    cookie: str
    csrf: str
    ended: int


_FIND = Prepared(
    select(
        select(kernel_epoch.c.value)
        .where(kernel_epoch.c.name == bindparam("epoch"))
        .scalar_subquery(),
        kernel_session.c.user_id,
        kernel_session.c.csrf,
        kernel_session.c.created_at,
        kernel_session.c.seen_at,
    ).where(kernel_session.c.digest == bindparam("digest"))
)


def digest_of(cookie: str) -> bytes:
    """What is stored of a cookie or token: SHA-256. 256 random bits need neither salt nor key."""
    return hashlib.sha256(cookie.encode("utf-8", "replace")).digest()


def find(connection: Connection, cookie: str) -> tuple[int, Session] | None:
    """The session of a cookie, timed out or not, and the security epoch, in one statement."""
    digest = digest_of(cookie)
    row = _FIND.row(connection, {"digest": digest, "epoch": SECURITY})
    return (row[0] or 0, Session(digest, *row[1:])) if row else None


def create(
    connection: Connection,
    *,
    user_id: str,
    source: str,
    settings: Settings,
    now: Instant,
    replaces: str = "",
) -> Opened:
    """Open a session with a new random cookie, after a successful sign-in.

    `replaces` is the cookie that the browser already had; that session ends. Where the account
    would have more than `settings.session_limit` sessions the oldest end.
    """
    connection.execute(lock_rows(select(kernel_user.c.id).where(kernel_user.c.id == user_id)))
    end(connection, replaces)
    mine = kernel_session.c.user_id == user_id
    connection.execute(delete(kernel_session).where(mine, _expired(settings, now)))
    newest_first = (kernel_session.c.created_at.desc(), kernel_session.c.seen_at.desc())
    surplus = connection.scalars(
        select(kernel_session.c.digest)
        .where(mine)
        .order_by(*newest_first)
        .offset(settings.session_limit - 1)
    ).all()
    connection.execute(delete(kernel_session).where(kernel_session.c.digest.in_(surplus)))
    cookie, csrf = secret(), secret()
    connection.execute(
        insert(kernel_session).values(
            digest=digest_of(cookie),
            user_id=user_id,
            csrf=csrf,
            created_at=now,
            seen_at=now,
            source=source[:_SOURCE_LENGTH],
        )
    )
    return Opened(cookie, csrf, len(surplus))


def touch(connection: Connection, digest: bytes, *, now: Instant) -> None:
    """Remember that the session was used."""
    mine = kernel_session.c.digest == digest
    connection.execute(
        update(kernel_session).where(mine, kernel_session.c.seen_at < now).values(seen_at=now)
    )


def end(connection: Connection, cookie: str) -> bool:
    """End the session of a cookie; whether there was one."""
    found = connection.execute(
        delete(kernel_session).where(kernel_session.c.digest == digest_of(cookie))
    )
    return found.rowcount > 0


def end_all(connection: Connection, *, user_id: str, keep: bytes | None = None) -> int:
    """End the sessions of an account, apart from the one with digest `keep`; how many."""
    others = kernel_session.c.user_id == user_id
    if keep is not None:
        others = and_(others, kernel_session.c.digest != keep)
    return connection.execute(delete(kernel_session).where(others)).rowcount


def purge(connection: Connection, *, settings: Settings, now: Instant) -> int:
    """Delete the sessions that have timed out; how many."""
    return connection.execute(delete(kernel_session).where(_expired(settings, now))).rowcount


def _expired(settings: Settings, now: Instant) -> ColumnElement[bool]:
    return or_(
        kernel_session.c.seen_at <= now - settings.session_idle_minutes * MINUTE,
        kernel_session.c.created_at <= now - settings.session_hours * HOUR,
    )
