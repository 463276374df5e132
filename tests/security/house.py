"""What the tests of accounts stand in: a database, a clock that stands still, and the edge's part.

`sign_in` does what the sign-in page does: read, compare outside any transaction, write, commit.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlalchemy import Table

from kernel.clock import SHANGHAI, FixedClock
from kernel.db.dialect import plain_insert
from kernel.db.engine import Database
from kernel.db.prepared import Prepared
from kernel.declare.roles import Role
from kernel.security import accounts, credentials, sessions, sign_in
from kernel.security.accounts import User
from kernel.security.directory import PROJECTIONS
from kernel.security.sessions import Opened
from kernel.security.sign_in import Outcome, SignIn
from kernel.settings import Settings

MONDAY_MORNING = datetime(2026, 11, 23, 9, tzinfo=SHANGHAI)
TODAY = date(2026, 11, 23)
PASSWORD = "correct horse battery staple"
HERE = "192.0.2.10"


def permissions_of(roles: Iterable[Role]) -> frozenset[str]:
    """Stands for the registry's: one permission a role."""
    return frozenset(f"kernel:{role.value.replace('_', '-')}:act" for role in roles)


def settings(**values: Any) -> Settings:
    """Settings that do not depend on where the tests run."""
    return Settings.model_validate({"database_url": "sqlite:///unused.db", **values})


@dataclass
class House:
    """A database with its clock; each method is one committed transaction."""

    database: Database
    clock: FixedClock
    settings: Settings = field(default_factory=settings)

    @property
    def now(self) -> int:
        return self.clock.now()

    def user(
        self,
        name: str = "gp1",
        *roles: Role,
        organisation: str = "station-1",
        password: str | None = PASSWORD,
        machine: bool = False,
        display: str = "于海宁",
    ) -> User:
        """An account with roles and a password."""
        with self.database.writing() as connection:
            user = accounts.create_user(
                connection,
                name=name,
                display=display,
                organisation_id=organisation,
                machine=machine,
                now=self.now,
            )
            for role in roles:
                accounts.grant_role(connection, user_id=user.id, role=role, from_on=TODAY)
            if password is not None and not machine:
                credentials.set_password(
                    connection,
                    user_id=user.id,
                    password=password,
                    settings=self.settings,
                    now=self.now,
                )
            return user

    def attempt(self, name: str, password: str, source: str = HERE) -> SignIn:
        """Sign in as the page does."""
        with self.database.reading() as connection:
            attempt = sign_in.begin(connection, name=name, source=source, now=self.now)
        proof = attempt.prove(password)
        with self.database.writing() as connection:
            return sign_in.conclude(connection, proof, settings=self.settings, now=self.now)

    def outcome(self, name: str, password: str, source: str = HERE) -> Outcome:
        return self.attempt(name, password, source).outcome

    def open(self, user: User, replaces: str = "") -> Opened:
        """A session, as after a sign-in."""
        with self.database.writing() as connection:
            return sessions.create(
                connection,
                user_id=user.id,
                source=HERE,
                settings=self.settings,
                now=self.now,
                replaces=replaces,
            )

    def organisation(self, body: dict[str, Any]) -> None:
        """Project an Organization like the store does."""
        with self.database.writing() as connection:
            for projection in PROJECTIONS:
                table: Table = projection.table
                source = {"source_type": "Organization", "source_id": body["id"]}
                connection.execute(table.delete().where(table.c.source_id == body["id"]))
                rows = [{**source, **row} for row in projection.rows(body)]
                Prepared(plain_insert(table)).run_many(connection, rows)
