"""Signing in with a password, in three steps, so that no transaction waits for a hash.

1. `begin` reads the account (a reading transaction).
2. `Attempt.prove` compares the password (about 30 ms, outside any transaction).
3. `conclude` counts a failure or lets the user in (a writing transaction).

`conclude` returns its answer instead of raising it, because a refused sign-in must still be
counted: the edge commits and then raises `SignIn.refusal`. Unknown names are counted and answered
exactly like known ones, and where a lock is reached meanwhile even the right password is refused,
so parallel guesses gain nothing.
"""

import hashlib
import ipaddress
from dataclasses import dataclass
from enum import Enum
from http import HTTPStatus

from sqlalchemy import Connection, delete, select, update

from kernel.clock import DAY, SECOND, Instant
from kernel.db.dialect import insert_ignore, lock_rows
from kernel.db.tables import kernel_sign_in_failure, kernel_user
from kernel.errors import Issue, Refused, unauthenticated
from kernel.messages import Message, _
from kernel.security import epoch, passwords
from kernel.security.accounts import User, find_user, get_user, normalise_name
from kernel.security.sessions import MINUTE
from kernel.settings import Settings

SOURCE_FACTOR = 5
"""A source may fail so many times as often as an account: a whole station shares one address."""

_IPV6_SITE = 64
"""Bits of an IPv6 address that one customer has; the others are his to choose."""


class Outcome(Enum):
    """How a sign-in ended."""

    SIGNED_IN = "signed in"
    WRONG = "unknown name, wrong password, disabled, or a code that is used up"
    ACCOUNT_LOCKED = "too many failures for this name"
    SOURCE_LOCKED = "too many failures from this source"


@dataclass(frozen=True, slots=True)
class SignIn:
    """The answer to a sign-in. `user` is there only when it succeeded."""

    outcome: Outcome
    user: User | None = None
    locked_until: Instant = 0

    def refusal(self, now: Instant) -> Refused:
        """What to raise, once the transaction is committed, where the user was not let in."""
        if self.outcome is Outcome.WRONG:
            return unauthenticated("用户名或密码不正确")
        seconds = max(1, (self.locked_until - now) // SECOND)
        status, code = HTTPStatus.LOCKED, "login"
        text = _("该账号登录失败次数过多，请在 %(n)s 分钟后再试")
        if self.outcome is Outcome.SOURCE_LOCKED:
            status, code = HTTPStatus.TOO_MANY_REQUESTS, "throttled"
            text = _("这台设备登录失败次数过多，请在 %(n)s 分钟后再试")
        told = Message(text, n=-(-seconds // 60))
        return Refused(int(status), [Issue(code, told)], {"Retry-After": str(seconds)})


@dataclass(frozen=True, slots=True)
class Proof:
    """What comparing the password showed. `blocked` is set where it was not even compared."""

    attempt: "Attempt"
    correct: bool
    rehashed: str | None = None
    blocked: SignIn | None = None


@dataclass(frozen=True, slots=True)
class Attempt:
    """Somebody who wants to sign in; `stored` is the hash to compare with, if there is one."""

    name: str
    source: str
    user: User | None
    stored: str | None
    blocked: SignIn | None

    def prove(self, password: str) -> Proof:
        """Compare the password; a hash with outdated parameters is made anew."""
        if self.blocked is not None:
            return Proof(self, False, blocked=self.blocked)
        match = passwords.match(self.stored, password)
        renewed = passwords.hash_password(password) if match.outdated else None
        return Proof(self, match.correct, renewed)


def begin(connection: Connection, *, name: str, source: str, now: Instant) -> Attempt:
    """Read what a sign-in needs. `source` is the network address that it comes from."""
    user = find_user(connection, name)
    stored = _stored_hash(connection, user, now) if user else None
    blocked = _blocked(_counts(connection, name, source, lock=False), name, now)
    return Attempt(name, source, user, stored, blocked)


def conclude(connection: Connection, proof: Proof, *, settings: Settings, now: Instant) -> SignIn:
    """Let the user in, or count the failure. Commit afterwards in either case.

    A one-time code is used up by this. Where the profile's password age is reached, the user must
    choose a new one (`user.must_change`).
    """
    if proof.blocked is not None:
        return proof.blocked
    name, source = proof.attempt.name, proof.attempt.source
    _reserve(connection, name, source, now)
    counts = _counts(connection, name, source, lock=True)
    blocked = _blocked(counts, name, now)
    if blocked is not None:
        return blocked
    user = proof.attempt.user
    if user is None or not proof.correct or not _unchanged(connection, user, proof, now):
        _count(connection, counts, name, settings, now)
        return SignIn(Outcome.WRONG)
    connection.execute(
        delete(kernel_sign_in_failure).where(kernel_sign_in_failure.c.key == _name_key(name))
    )
    _renew(connection, proof, user, settings, now)
    return SignIn(Outcome.SIGNED_IN, get_user(connection, user.id))


def unlock(connection: Connection, *, name: str) -> None:
    """Let an account that was locked try again at once."""
    key = _name_key(name)
    connection.execute(delete(kernel_sign_in_failure).where(kernel_sign_in_failure.c.key == key))


def locked_until(connection: Connection, *, name: str, now: Instant) -> Instant | None:
    """Until when an account is locked, or None where it is not."""
    table, key = kernel_sign_in_failure, _name_key(name)
    until: Instant | None = connection.scalar(
        select(table.c.locked_until).where(table.c.key == key, table.c.locked_until > now)
    )
    return until


def purge(connection: Connection, *, now: Instant) -> int:
    """Forget the failures of more than a day ago; how many rows."""
    old = kernel_sign_in_failure.c.seen_at < now - DAY
    done = kernel_sign_in_failure.c.locked_until <= now
    return connection.execute(delete(kernel_sign_in_failure).where(old, done)).rowcount


@dataclass(frozen=True, slots=True)
class _Count:
    failures: int
    locked_until: Instant
    seen_at: Instant


def _stored_hash(connection: Connection, user: User, now: Instant) -> str | None:
    """The hash with which this account can sign in at this moment, if it can at all."""
    expired = user.code_until is not None and user.code_until <= now
    if user.disabled or user.machine or expired:
        return None
    found: str | None = connection.scalar(
        select(kernel_user.c.password_hash).where(kernel_user.c.id == user.id)
    )
    return found


def _unchanged(connection: Connection, user: User, proof: Proof, now: Instant) -> bool:
    """Whether the account is still as it was when the password was compared."""
    connection.execute(lock_rows(select(kernel_user.c.id).where(kernel_user.c.id == user.id)))
    fresh = get_user(connection, user.id)
    return _stored_hash(connection, fresh, now) == proof.attempt.stored


def _renew(
    connection: Connection, proof: Proof, user: User, settings: Settings, now: Instant
) -> None:
    """Use up a code, store a renewed hash, notice an old password."""
    values: dict[str, object] = {}
    days = passwords.PROFILES[settings.password_profile].days
    if user.code_until is not None:
        values = {"password_hash": None, "code_until": None}
    elif proof.rehashed is not None:
        values = {"password_hash": proof.rehashed}
    if days is not None and now - (user.password_set_at or 0) >= days * DAY:
        values["must_change"] = True
    if values:
        connection.execute(update(kernel_user).where(kernel_user.c.id == user.id).values(**values))
    if "must_change" in values:
        epoch.bump(connection)


def _name_key(name: str) -> str:
    return _key("name", normalise_name(name) or name)


def _source_key(source: str) -> str:
    """One key for all addresses that one customer of a network can choose from."""
    try:
        address = ipaddress.ip_address(source)
    except ValueError:
        return _key("source", source)
    if isinstance(address, ipaddress.IPv4Address):
        return _key("source", str(address))
    if address.ipv4_mapped is not None:
        return _key("source", str(address.ipv4_mapped))
    return _key("source", str(ipaddress.ip_network((int(address), _IPV6_SITE), strict=False)))


def _key(kind: str, text: str) -> str:
    digest = hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()
    return f"{kind}:{digest[:48]}"


def _reserve(connection: Connection, name: str, source: str, now: Instant) -> None:
    """Make the rows that count, so that they can be locked even at the first failure."""
    for key in sorted((_name_key(name), _source_key(source))):
        connection.execute(
            insert_ignore(connection, kernel_sign_in_failure).values(
                key=key, failures=0, locked_until=0, seen_at=now
            )
        )


def _counts(connection: Connection, name: str, source: str, *, lock: bool) -> dict[str, _Count]:
    """The counters of a name and a source; locked in the order of their keys."""
    table = kernel_sign_in_failure
    keys = (_name_key(name), _source_key(source))
    statement = select(table).where(table.c.key.in_(keys)).order_by(table.c.key)
    rows = connection.execute(lock_rows(statement) if lock else statement)
    return {row.key: _Count(row.failures, row.locked_until, row.seen_at) for row in rows}


def _blocked(counts: dict[str, _Count], name: str, now: Instant) -> SignIn | None:
    """The refusal of a locked name or source, the name first."""
    own = _name_key(name)
    for key in sorted(counts, key=lambda k: k != own):
        until = counts[key].locked_until
        if until > now:
            outcome = Outcome.ACCOUNT_LOCKED if key == own else Outcome.SOURCE_LOCKED
            return SignIn(outcome, locked_until=until)
    return None


def _count(
    connection: Connection,
    counts: dict[str, _Count],
    name: str,
    settings: Settings,
    now: Instant,
) -> None:
    """Count one failure of a name and a source; the last one that is allowed locks."""
    window = settings.lockout_minutes * MINUTE
    own = _name_key(name)
    for key, count in counts.items():
        limit = settings.lockout_attempts * (1 if key == own else SOURCE_FACTOR)
        failures = 1 + (count.failures if now - count.seen_at < window else 0)
        full = failures >= limit
        connection.execute(
            update(kernel_sign_in_failure)
            .where(kernel_sign_in_failure.c.key == key)
            .values(
                failures=0 if full else failures,
                locked_until=now + window if full else 0,
                seen_at=now,
            )
        )
