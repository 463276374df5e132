"""Who is asking: the actor behind a bearer token or a session cookie.

Actors are kept by token digest or account. Each carries the security epoch under which it was
loaded, and every request compares it with the epoch of its own transaction: what was changed by a
committed transaction holds from the next request on, in every process.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Generic, TypeVar

from sqlalchemy import Connection

from kernel.clock import SHANGHAI, Clock, Instant, instant_of
from kernel.declare.roles import Role
from kernel.errors import unauthenticated
from kernel.security import epoch, sessions, tokens
from kernel.security.accounts import User, get_user, roles_on
from kernel.security.actor import Actor, Reach
from kernel.security.directory import Tree, TreeCache
from kernel.security.sessions import Session
from kernel.settings import Settings

_ON_SITE = frozenset({Role.GP, Role.NURSE, Role.STATION_HEAD})
_KEPT = 10_000
"""So many actors are kept; beyond that the cache starts anew rather than grow without bound."""

K = TypeVar("K")


@dataclass(frozen=True, slots=True)
class _Entry:
    epoch: int
    until: Instant
    actor: Actor
    must_change: bool


class _Kept(Generic[K]):
    """Entries by key. A stale one is overwritten, never served."""

    def __init__(self) -> None:
        self._entries: dict[K, _Entry] = {}

    def get(self, key: K, value: int, now: Instant) -> _Entry | None:
        entry = self._entries.get(key)
        if entry is None or entry.epoch != value or entry.until <= now:
            return None
        return entry

    def put(self, key: K, entry: _Entry) -> None:
        if len(self._entries) >= _KEPT:
            self._entries = {}
        self._entries[key] = entry


class Authenticator:
    """Finds actors. One for each process, used by all its threads.

    `permissions_of` is the registry's: the permissions that any of some roles gives.
    """

    def __init__(
        self,
        permissions_of: Callable[[Iterable[Role]], frozenset[str]],
        settings: Settings,
        clock: Clock,
    ) -> None:
        self.trees = TreeCache()
        self._permissions_of = permissions_of
        self._settings = settings
        self._clock = clock
        self._by_token: _Kept[bytes] = _Kept()
        self._by_user: _Kept[str] = _Kept()

    def tree(self, connection: Connection) -> Tree:
        """The organisation tree of today."""
        return self.trees.get(connection, self._clock.today())

    def by_token(self, connection: Connection, token: str, source: str = "") -> Actor:
        """The actor of a bearer token. Raises Refused (401)."""
        value, now = epoch.current(connection), self._clock.now()
        digest = sessions.digest_of(token)
        entry = self._by_token.get(digest, value, now)
        if entry is None:
            entry = self._load_token(connection, token, value, now)
        elif entry.actor.source == source:
            return entry.actor
        actor = replace(entry.actor, source=source)
        self._by_token.put(digest, replace(entry, actor=actor))
        return actor

    def by_session(
        self, connection: Connection, cookie: str, source: str = ""
    ) -> tuple[Actor, Session]:
        """The actor and the session of a cookie. Raises Refused (401).

        Somebody who must choose a new password first is let in without any role or permission;
        `Session.must_change` says so. Where `Session.is_due`, the edge calls `sessions.touch`.
        """
        found = sessions.find(connection, cookie)
        now = self._clock.now()
        if found is None or not found[1].is_live(self._settings, now):
            raise unauthenticated("the session has ended; sign in again")
        value, session = found
        entry = self._by_user.get(session.user_id, value, now)
        if entry is None:
            entry = self._load_user(connection, session.user_id, value)
            self._by_user.put(session.user_id, entry)
        actor = entry.actor if not entry.must_change else _powerless(entry.actor)
        return replace(actor, source=source), replace(session, must_change=entry.must_change)

    def by_user(self, connection: Connection, user_id: str) -> Actor:
        """The actor of an account, for commands in its name. Raises Refused (401, 404)."""
        return self._load_user(connection, user_id, epoch.current(connection)).actor

    def _load_token(self, connection: Connection, token: str, value: int, now: Instant) -> _Entry:
        valid = tokens.find(connection, token, now=now)
        if valid is None:
            raise unauthenticated("the bearer token is unknown, expired or revoked")
        entry = self._load_user(connection, valid.user_id, value)
        actor = replace(entry.actor, scopes=valid.scopes)
        return replace(entry, actor=actor, until=min(entry.until, valid.expires_at))

    def _load_user(self, connection: Connection, user_id: str, value: int) -> _Entry:
        user, today = get_user(connection, user_id), self._clock.today()
        if user.disabled:
            raise unauthenticated("this account has been disabled")
        roles = roles_on(connection, user_id=user_id, day=today)
        reach, organisations = self._reach(connection, user, roles, today)
        actor = Actor(
            user_id=user.id,
            name=user.name,
            display=user.display,
            roles=roles,
            permissions=self._permissions_of(roles),
            organisation_id=user.organisation_id,
            reach=reach,
            organisations=organisations,
            practitioner_id=user.practitioner_id,
            language=user.language,
        )
        return _Entry(value, _midnight_after(today), actor, user.must_change)

    def _reach(
        self, connection: Connection, user: User, roles: frozenset[Role], today: date
    ) -> tuple[Reach, tuple[str, ...]]:
        """How far the roles of an account see; of several the first that applies."""
        own = user.organisation_id
        if Role.PLATFORM in roles:
            return Reach.EVERYTHING, ()
        if Role.CENTRE_MANAGER in roles:
            below = self.trees.get(connection, today).descendants(own)
            return Reach.ORGANISATIONS, (own, *below)
        if roles & _ON_SITE:
            return Reach.ORGANISATIONS, (own,)
        if Role.REFERRAL_COORDINATOR in roles:
            return Reach.GRANTS, ()
        return Reach.NOTHING, ()


def _powerless(actor: Actor) -> Actor:
    return replace(
        actor, roles=frozenset(), permissions=frozenset(), reach=Reach.NOTHING, organisations=()
    )


def _midnight_after(day: date) -> Instant:
    return instant_of(datetime.combine(day + timedelta(days=1), time(), SHANGHAI))
