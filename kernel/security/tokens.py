"""Bearer tokens: opaque, for one account, with SMART scopes that narrow what it may do."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, bindparam, delete, insert, select, update

from kernel.clock import Instant
from kernel.db.prepared import Prepared
from kernel.db.tables import kernel_token, kernel_user
from kernel.errors import not_found, unprocessable
from kernel.ids import secret
from kernel.messages import Message, _
from kernel.security import epoch
from kernel.security.scopes import BadScope, Scopes, parse
from kernel.security.sessions import HOUR, digest_of

DEFAULT_HOURS = 24
MAX_HOURS = 366 * 24
_PREFIX = "station_"
"""Lets people and secret scanners see what a leaked string is."""


@dataclass(frozen=True, slots=True)
class Issued:
    """A new token. `token` is shown once and kept nowhere."""

    token: str
    expires_at: Instant


@dataclass(frozen=True, slots=True)
class Token:
    """A token as the database knows it. `reference` names it in lists and to `revoke`."""

    reference: str
    user_id: str
    scope: str
    created_at: Instant
    expires_at: Instant
    revoked_at: Instant | None


@dataclass(frozen=True, slots=True)
class Valid:
    """What a live token stands for."""

    user_id: str
    scopes: Scopes
    expires_at: Instant


_FIND = Prepared(
    select(
        kernel_token.c.user_id,
        kernel_token.c.scope,
        kernel_token.c.expires_at,
        kernel_token.c.revoked_at,
    ).where(kernel_token.c.digest == bindparam("digest"))
)


def issue(
    connection: Connection,
    *,
    user_id: str,
    scope: str,
    now: Instant,
    hours: int = DEFAULT_HOURS,
) -> Issued:
    """A new token for an account, valid for `hours`.

    Raises Refused (404) for an unknown account and (422) for a disabled one, a scope that is not
    understood, or a life of less than an hour or more than a year.
    """
    disabled = connection.scalar(select(kernel_user.c.disabled).where(kernel_user.c.id == user_id))
    if disabled is None:
        raise not_found("this account")
    if disabled:
        raise unprocessable(_("账号已停用，不能签发令牌"), "user")
    if not 1 <= hours <= MAX_HOURS:
        raise unprocessable(Message(_("令牌有效期应为 1 至 %(n)s 小时"), n=MAX_HOURS), "hours")
    try:
        parse(scope)
    except BadScope as error:
        raise unprocessable(str(error), "scope") from error
    token, expires_at = _PREFIX + secret(), now + hours * HOUR
    connection.execute(
        insert(kernel_token).values(
            digest=digest_of(token),
            user_id=user_id,
            scope=scope,
            created_at=now,
            expires_at=expires_at,
        )
    )
    return Issued(token, expires_at)


def find(connection: Connection, token: str, *, now: Instant) -> Valid | None:
    """What a token stands for, or None where it is unknown, expired or revoked."""
    row = _FIND.row(connection, {"digest": digest_of(token)})
    if row is None or row[3] is not None or row[2] <= now:
        return None
    return Valid(row[0], parse(row[1]), row[2])


def list_tokens(connection: Connection, *, user_id: str) -> Sequence[Token]:
    """The tokens of an account, newest first, those that no longer work included."""
    rows = connection.execute(
        select(kernel_token)
        .where(kernel_token.c.user_id == user_id)
        .order_by(kernel_token.c.created_at.desc(), kernel_token.c.digest)
    )
    return [
        Token(r.digest.hex(), r.user_id, r.scope, r.created_at, r.expires_at, r.revoked_at)
        for r in rows
    ]


def revoke(connection: Connection, *, reference: str, now: Instant) -> None:
    """End a token at once. Raises Refused (404) where there is none, or it was revoked before."""
    try:
        digest = bytes.fromhex(reference)
    except ValueError:
        raise not_found("this token") from None
    mine = (kernel_token.c.digest == digest, kernel_token.c.revoked_at.is_(None))
    if connection.execute(update(kernel_token).where(*mine).values(revoked_at=now)).rowcount == 0:
        raise not_found("this token")
    epoch.bump(connection)


def revoke_all(connection: Connection, *, user_id: str, now: Instant) -> int:
    """End all live tokens of an account at once; how many there were."""
    live = (
        kernel_token.c.user_id == user_id,
        kernel_token.c.revoked_at.is_(None),
        kernel_token.c.expires_at > now,
    )
    count = connection.execute(update(kernel_token).where(*live).values(revoked_at=now)).rowcount
    epoch.bump(connection)
    return count


def purge(connection: Connection, *, before: Instant) -> int:
    """Delete the tokens that expired before an instant; how many."""
    return connection.execute(
        delete(kernel_token).where(kernel_token.c.expires_at < before)
    ).rowcount
