"""One request or job is one `ReadWork` or one `Work`: a transaction with all that it needs.

Functions that only read take `ReadWork`; those that may write take `Work`. Nothing below the edges
opens a transaction, and nothing but this file ends one.
"""

import copy
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date
from threading import Event
from typing import Self, TypeVar

from sqlalchemy import Connection

from kernel.clock import Clock, Instant
from kernel.db.engine import Database
from kernel.registry import Registry
from kernel.security.actor import SYSTEM, Actor
from kernel.security.keyring import KeyRing
from kernel.settings import Settings


@dataclass
class ReadWork:
    """A snapshot of the database, seen by one actor at one instant.

    `touched` collects the persons whose records were read, for the access audit.
    """

    connection: Connection
    actor: Actor
    clock: Clock
    registry: Registry
    keys: KeyRing
    settings: Settings
    now: Instant = field(init=False)
    today: date = field(init=False)
    touched: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.now = self.clock.now()
        self.today = self.clock.today()

    def elevated(self) -> Self:
        """The same transaction for what follows by rule from what the actor was allowed to do.

        It reaches as far as the system does and still says who caused it, in the audit and as
        author. Only reactions and services that have judged the cause use it: whoever accepts a
        patient could not write the station's own resources. What is read so counts as accessed.
        """
        who = self.actor
        found = copy.copy(self)
        found.actor = replace(
            SYSTEM,
            user_id=who.user_id,
            name=who.name,
            display=who.display,
            practitioner_id=who.practitioner_id,
            organisation_id=who.organisation_id,
            source=who.source,
            language=who.language,
            elevated=True,
        )
        return found


@dataclass
class Work(ReadWork):
    """A transaction that may write; it is committed when the block around it ends well."""

    def emit(self, event: object) -> None:
        """Tell every module that listens that `event` happened, inside this transaction."""
        wanted = ("", getattr(event, "type", ""))
        for reaction in self.registry.reactions.get(type(event), ()):
            if reaction.of in wanted:
                reaction.handle(self, event)


W = TypeVar("W", bound=ReadWork)
Who = Actor | Callable[[Connection], Actor]
"""An actor, or how to find one."""


@dataclass(frozen=True)
class Station:
    """What all works of a process share."""

    settings: Settings
    database: Database
    registry: Registry
    keys: KeyRing
    clock: Clock
    hurry: Event = field(default_factory=Event, repr=False, compare=False)
    """Set by who has left work for a hurried job of this process."""

    @contextmanager
    def read(self, who: Who = SYSTEM) -> Iterator[ReadWork]:
        """A snapshot for an actor, or for whom `who` finds in this very snapshot."""
        with self.database.reading() as connection:
            yield self._work(ReadWork, connection, who)

    @contextmanager
    def write(self, who: Who = SYSTEM) -> Iterator[Work]:
        """A transaction for an actor: everything in the block is kept, or nothing of it."""
        with self.database.writing() as connection:
            yield self._work(Work, connection, who)

    def _work(self, kind: type[W], connection: Connection, who: Who) -> W:
        actor = who if isinstance(who, Actor) else who(connection)
        return kind(connection, actor, self.clock, self.registry, self.keys, self.settings)
