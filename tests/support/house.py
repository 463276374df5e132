"""A whole station for tests, on a clone of a seeded template, asked as its clients ask it.

`house` is shared by the tests of a file: for those that only read, or that write what nobody else
looks at. `fresh_house` belongs to one test alone. Both exist on either database. The clock stands
at nine o'clock on a Monday until a test moves it.
"""

import asyncio
import functools
import shutil
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import httpx2
import pytest
from fastapi import FastAPI
from sqlalchemy import Connection, insert, select, update

from billing.module import MODULE as BILLING
from demo.cast import CAST, DEMO_PASSWORD
from demo.directory import directory
from health.module import MODULE as HEALTH
from kernel.app import House, create_app, ensure_keys, open_station, registry_of
from kernel.audit.accesses import AccessLog
from kernel.audit.sealer import Sealer
from kernel.clock import FixedClock, instant_of
from kernel.db.engine import Database
from kernel.db.tables import kernel_grant, kernel_user
from kernel.db.upgrade import derived_changes, recreate, upgrade
from kernel.declare.roles import Role
from kernel.fhir import json
from kernel.fhir.store import Draft, Saved, save_all
from kernel.ids import uuid7
from kernel.jobs import Jobs
from kernel.registry import Registry
from kernel.security import accounts, credentials, tokens
from kernel.security.actor import Actor
from kernel.security.authentication import Authenticator
from kernel.settings import Settings
from kernel.subscriptions.courier import Courier
from kernel.work import Station
from records.module import MODULE as RECORDS
from referral.module import MODULE as REFERRAL
from tests.cast import everything_seeded
from tests.support.asking import ask
from tests.support.memory import passing_folder
from tests.support.postgres import PostgresDatabases, postgres_databases

KINDS = ("sqlite", pytest.param("postgresql", marks=pytest.mark.postgres))
ON_SQLITE = pytest.mark.parametrize("house", ["sqlite"], indirect=True)
FRESH_ON_SQLITE = pytest.mark.parametrize("fresh_house", ["sqlite"], indirect=True)
"""For tests that one database is enough for: what a page shows, asks and refuses is decided before
SQL. What searches, counts, sorts, locks or saves in a way of its own is tested on both."""
MORNING = instant_of(datetime(2026, 11, 23, 1, 5, tzinfo=UTC))
"""09:05 on a Monday in Shanghai."""
BASE = "http://station.test/fhir/R4"
EVERYTHING = "user/*.cruds"
FHIR_JSON = "application/fhir+json"
_SINCE = date(2020, 1, 1)


@functools.cache
def registry() -> Registry:
    """The declarations of all modules, once, so that compiled statements are shared."""
    return registry_of((RECORDS, HEALTH, REFERRAL, BILLING))


@dataclass
class Client:
    """Somebody with a bearer token who speaks FHIR to the application inside this process."""

    app: Any
    runner: asyncio.Runner
    token: str | None

    def request(
        self, method: str, path: str = "", body: Any = None, **others: Any
    ) -> httpx2.Response:
        """One request and its answer; see `send`."""
        return self.runner.run(self.send(method, path, body, **others))

    async def send(
        self,
        method: str,
        path: str = "",
        body: Any = None,
        *,
        headers: Mapping[str, str] | None = None,
        params: Sequence[tuple[str, str]] | Mapping[str, str] = (),
    ) -> httpx2.Response:
        """One request, inside the runner; a `body` that is no bytes is sent as JSON, as it is."""
        sent = dict(headers or {})
        if self.token is not None:
            sent.setdefault("Authorization", f"Bearer {self.token}")
        content = body if body is None or isinstance(body, bytes) else json.dumps(body)
        if content is not None:
            patch = "application/json-patch+json"
            sent.setdefault("Content-Type", patch if method == "PATCH" else FHIR_JSON)
        url = path if path.startswith("http") else f"{BASE}/{path}".rstrip("/")
        pairs = list(_pairs(params)) or None
        return await ask(self.app, method, url, headers=sent, content=content, params=pairs)

    def get(self, path: str = "", **others: Any) -> httpx2.Response:
        return self.request("GET", path, **others)

    def search(self, type_: str, *params: tuple[str, str], **others: Any) -> httpx2.Response:
        return self.request("GET", type_, params=params, **others)

    def post(self, path: str, body: Any, **others: Any) -> httpx2.Response:
        return self.request("POST", path, body, **others)

    def put(self, path: str, body: Any, **others: Any) -> httpx2.Response:
        return self.request("PUT", path, body, **others)

    def patch(self, path: str, body: Any, **others: Any) -> httpx2.Response:
        return self.request("PATCH", path, body, **others)

    def delete(self, path: str, **others: Any) -> httpx2.Response:
        return self.request("DELETE", path, **others)


def _pairs(params: Any) -> Iterator[tuple[str, str]]:
    yield from params.items() if isinstance(params, Mapping) else params


@dataclass
class OpenHouse:
    """A running station with its cast, and what tests do behind its back."""

    kind: str
    house: House = field(repr=False)
    clock: FixedClock
    app: FastAPI = field(repr=False)
    runner: asyncio.Runner = field(repr=False)
    folder: Path
    known_tokens: dict[tuple[str, str], str] = field(default_factory=dict, repr=False)

    @property
    def station(self) -> Station:
        return self.house.station

    @property
    def database(self) -> Database:
        return self.house.station.database

    def token(self, name: str, scope: str = EVERYTHING) -> str:
        """A bearer token of somebody of the cast."""
        known = self.known_tokens.get((name, scope))
        if known is None:
            with self.database.writing() as connection:
                known = issue_token(connection, name, scope, self.clock.now())
            self.known_tokens[(name, scope)] = known
        return known

    def client(self, as_: str | None = "gp1", scope: str = EVERYTHING) -> Client:
        """A client signed in as somebody of the cast; None: without a token."""
        token = None if as_ is None else self.token(as_, scope)
        return Client(self.app, self.runner, token)

    def actor(self, name: str) -> Actor:
        """Somebody of the cast, as the edge sees them."""
        token = self.token(name)
        with self.database.reading() as connection:
            return self.house.authenticator.by_token(connection, token)

    def save(self, *bodies: Any, as_: str = "gp1") -> list[Saved]:
        """Save resources together, under their own ids where they have one."""
        with self.station.write(self.actor(as_)) as work:
            return save_all(work, [Draft(body, body.get("id")) for body in bodies])

    def grant(self, patient_id: str, organisation_id: str, *, days: int = 30) -> None:
        """Let an institution read one person's record for some days."""
        row = {
            "id": uuid7(self.clock.now()),
            "patient_id": patient_id,
            "organisation_id": organisation_id,
            "scope": "summary",
            "reason": "转诊",
            "granted_by": self.actor("gp1").user_id,
            "granted_at": self.clock.now(),
            "until": self.clock.now() + days * 86_400_000_000,
        }
        with self.database.writing() as connection:
            connection.execute(insert(kernel_grant).values(row))

    def close(self) -> None:
        self.house.close()
        self.runner.close()


def issue_token(connection: Connection, name: str, scope: str, now: int) -> str:
    """A token that lives for a year."""
    user_id = connection.execute(
        select(kernel_user.c.id).where(kernel_user.c.name == name)
    ).scalar_one()
    return tokens.issue(
        connection, user_id=user_id, scope=scope, now=now, hours=tokens.MAX_HOURS
    ).token


class Templates:
    """A seeded database of each kind, made on first use and then only copied."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._made: dict[str, Settings] = {}
        self.tokens: dict[str, dict[tuple[str, str], str]] = {}

    @contextmanager
    def clone(self, kind: str, folder: Path) -> Iterator[Settings]:
        """The settings of a copy of the template, with its key file in `folder`."""
        made = self._template(kind)
        shutil.copy(made.keys_path(), folder / "station.keys")
        if kind == "sqlite":
            for path in (made.database_path(), made.audit_path()):
                shutil.copy(str(path), folder)
            yield _settings(f"sqlite:///{folder}/station.db", folder)
        else:
            name, template = f"test_{uuid.uuid4().hex}", made.database_url.rpartition("/")[2]
            url = _server().create_database(name, template.partition("?")[0])
            try:
                yield _settings(url, folder)
            finally:
                _server().drop_database(name)

    def _template(self, kind: str) -> Settings:
        if kind not in self._made:
            self._folder.mkdir(exist_ok=True)
            folder = self._folder / kind
            folder.mkdir()
            url = f"sqlite:///{folder}/station.db"
            if kind == "postgresql":
                url = _server().create_database(f"template_{uuid.uuid4().hex}")
            self._made[kind] = _settings(url, folder)
            self.tokens[kind] = _seed(self._made[kind])
        return self._made[kind]


def _server() -> PostgresDatabases:
    server = postgres_databases()
    if server is None:
        raise RuntimeError("PostgreSQL was found when the tests were collected, but is gone now")
    return server


def _settings(url: str, folder: Path) -> Settings:
    values = {"database_url": url, "key_file": folder / "station.keys"}
    return Settings.model_validate({**values, "subscription_hosts": "his.example.org"})


def _seed(settings: Settings) -> dict[tuple[str, str], str]:
    """Migrate an empty database and fill it: directory, accounts, residents. Returns tokens."""
    database = Database(settings)
    upgrade(database)
    ensure_keys(database, settings)
    with database.writing() as connection:
        for table in derived_changes(connection, registry()):
            recreate(connection, table)
    database.close()
    station = open_station(settings, registry(), clock=FixedClock(MORNING))
    with station.write() as work:
        bodies = [*directory().resources(), *everything_seeded()]
        save_all(work, [Draft(body, body["id"]) for body in bodies])
        issued = _accounts(work.connection, settings)
    station.database.close()
    return issued


def _accounts(connection: Connection, settings: Settings) -> dict[tuple[str, str], str]:
    """The cast, each with role, token and password; one hash serves them all."""
    for account in CAST:
        user = accounts.create_user(
            connection,
            name=account.user_name,
            display=account.display_name,
            organisation_id=account.organisation_id,
            practitioner_id=account.practitioner_id,
            machine=account.machine,
            now=MORNING,
        )
        role = Role(account.role)
        accounts.grant_role(connection, user_id=user.id, role=role, from_on=_SINCE)
    names = [account.user_name for account in CAST]
    people = [account.user_name for account in CAST if not account.machine]
    _set_passwords(connection, settings, people)
    return {(n, EVERYTHING): issue_token(connection, n, EVERYTHING, MORNING) for n in names}


def _set_passwords(connection: Connection, settings: Settings, people: Sequence[str]) -> None:
    table = kernel_user
    first = connection.execute(select(table.c.id).where(table.c.name == people[0])).scalar_one()
    credentials.set_password(
        connection, user_id=first, password=DEMO_PASSWORD, settings=settings, now=MORNING
    )
    columns = ("password_hash", "password_set_at", "must_change", "code_until")
    row = connection.execute(
        select(*(table.c[name] for name in columns)).where(table.c.id == first)
    ).one()
    connection.execute(update(table).where(table.c.name.in_(people)).values(row._asdict()))


@contextmanager
def opened(settings: Settings, kind: str, folder: Path) -> Iterator[OpenHouse]:
    """The station on a seeded database."""
    clock = FixedClock(MORNING)
    station = open_station(settings, registry(), clock=clock)
    house = House(
        station,
        Authenticator(station.registry.permissions_of, settings, clock),
        AccessLog(station.database, station.keys, reserve_bytes=4096),
        Sealer(station.database, station.keys, clock),
        Jobs(station),
        Courier(station),  # tests that need it let it look
    )
    open_house = OpenHouse(kind, house, clock, create_app(house), asyncio.Runner(), folder)
    try:
        yield open_house
    finally:
        open_house.close()


@contextmanager
def cloned_house(templates: Templates, kind: str, folder: Path) -> Iterator[OpenHouse]:
    """A station on a clone of its own."""
    with templates.clone(kind, folder) as settings, opened(settings, kind, folder) as house:
        house.known_tokens.update(templates.tokens[kind])
        yield house


@pytest.fixture(scope="session")
def templates(tmp_path_factory: pytest.TempPathFactory) -> Templates:
    """The seeded databases that all houses are copies of."""
    return Templates(tmp_path_factory.mktemp("templates"))


@pytest.fixture(scope="module", params=KINDS)
def house(request: pytest.FixtureRequest, templates: Templates) -> Iterator[OpenHouse]:
    """A station that the tests of a file share, on either database."""
    with passing_folder() as folder, cloned_house(templates, request.param, folder) as house:
        yield house


@pytest.fixture(params=KINDS)
def fresh_house(request: pytest.FixtureRequest, templates: Templates) -> Iterator[OpenHouse]:
    """A station of the test's own, on either database."""
    with passing_folder() as folder, cloned_house(templates, request.param, folder) as house:
        yield house


@pytest.fixture
def gp(house: OpenHouse) -> Client:
    """The general practitioner of station-1, at the shared station."""
    return house.client("gp1")
