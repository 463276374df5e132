"""The application: a station opened on its database, and the ASGI app that serves it."""

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from importlib.metadata import version
from threading import Thread
from typing import Any

import anyio.to_thread
from fastapi import FastAPI
from sqlalchemy import select
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from kernel.audit.accesses import AccessLog
from kernel.audit.sealer import Sealer
from kernel.clock import Clock
from kernel.db.dialect import upsert
from kernel.db.engine import Database
from kernel.db.tables import kernel_fact
from kernel.db.upgrade import check
from kernel.declare.module import Module
from kernel.errors import Refused
from kernel.fhir.audit_events import audit_view
from kernel.fhir.rest import PREFIX, FhirApi
from kernel.fhir.validate import warm
from kernel.jobs import Jobs
from kernel.module import KERNEL
from kernel.registry import Registry, build
from kernel.security.authentication import Authenticator
from kernel.security.keyring import KeyRing, KeysMissing, create, load
from kernel.settings import Settings
from kernel.subscriptions.courier import Courier
from kernel.web.assets import STATIC_PREFIX, serve_static
from kernel.web.errors import http_error, refused_request
from kernel.web.headers import SecurityHeaders, security_headers
from kernel.web.rendering import Renderer
from kernel.web.visit import Site
from kernel.work import Station

VERSION = version("station")
KEY_CHECK = "key-check"
BELOW = PREFIX + "/"
_log = logging.getLogger("station")


@dataclass(frozen=True)
class House:
    """A running station: what the edges share."""

    station: Station
    authenticator: Authenticator
    accesses: AccessLog
    sealer: Sealer
    jobs: Jobs
    courier: Courier

    def close(self) -> None:
        """Write what waits and give everything back."""
        self.courier.close()
        self.jobs.close()
        self.accesses.close()
        self.sealer.close()
        self.station.database.close()


def registry_of(modules: tuple[Module, ...]) -> Registry:
    """The registry of the kernel and these modules."""
    return build((KERNEL, *modules))


def open_station(settings: Settings, registry: Registry, *, clock: Clock | None = None) -> Station:
    """A station on an existing, current database.

    Raises WrongSchema (older or newer schema) and KeysMissing (no key file, or a foreign one).
    """
    database = Database(settings)
    try:
        check(database)
        keys = load(settings.keys_path())
        _check_keys(database, keys, settings)
    except BaseException:
        database.close()
        raise
    return Station(settings, database, registry, keys, clock or Clock())


def _check_keys(database: Database, keys: KeyRing, settings: Settings) -> None:
    """The key file must be the one that this database was written with."""
    with database.reading() as connection:
        known = connection.execute(
            select(kernel_fact.c.value).where(kernel_fact.c.name == KEY_CHECK)
        ).scalar()
    if known is not None and known not in keys.check_values():
        raise KeysMissing(
            f"key file {settings.keys_path()} belongs to another database; "
            "restore the one that was kept with this database's backups"
        )


def ensure_keys(database: Database, settings: Settings) -> KeyRing:
    """The key ring, made anew for a database that has none yet.

    Raises KeysMissing where the database was written with keys that are not there any more.
    """
    with database.writing() as connection:
        known = connection.execute(
            select(kernel_fact.c.value).where(kernel_fact.c.name == KEY_CHECK)
        ).scalar()
        if known is None and not settings.keys_path().exists():
            keys = create(settings.keys_path(), cipher=settings.cipher)
        else:
            keys = load(settings.keys_path())
        row = {"name": KEY_CHECK, "value": keys.check_value()}
        if known is None:
            connection.execute(upsert(connection, kernel_fact, "name"), row)
    _check_keys(database, keys, settings)
    return keys


def open_house(station: Station) -> House:
    """Start what runs beside the requests: the audit's threads, the jobs, the notifications."""
    authenticator = Authenticator(station.registry.permissions_of, station.settings, station.clock)
    accesses = AccessLog(station.database, station.keys)
    sealer = Sealer(station.database, station.keys, station.clock)
    courier = Courier(station)
    courier.start()
    return House(station, authenticator, accesses, sealer, Jobs(station), courier)


class Application(FastAPI):
    """The pages, and beside them the FHIR interface, which needs none of what pages need."""

    def __init__(self, *, fhir: FhirApi, **options: Any) -> None:
        super().__init__(**options)
        self.fhir = fhir

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request, by its address."""
        path = scope.get("path", "")
        if scope["type"] == "http" and (path == PREFIX or path.startswith(BELOW)):
            await self.fhir(scope, receive, send)
        else:
            await super().__call__(scope, receive, send)


def create_app(house: House) -> FastAPI:
    """The ASGI application of a house."""

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        # The first save of the day should not wait for the validator's tables.
        Thread(target=warm, args=(station.registry.specs,), name="warm", daemon=True).start()
        limiter = anyio.to_thread.current_default_thread_limiter()
        limiter.total_tokens = station.settings.threads  # as many pages at once as connections
        yield
        house.close()

    station = house.station
    fhir = FhirApi(
        station,
        house.authenticator,
        house.accesses,
        version=VERSION,
        views={"AuditEvent": audit_view(station.database)},
        headers=security_headers(station.settings),
    )
    app = Application(
        fhir=fhir,
        lifespan=lifespan,
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        middleware=[Middleware(SecurityHeaders, settings=station.settings)],
    )
    app.add_exception_handler(Refused, refused_request)
    app.add_exception_handler(HTTPException, http_error)
    app.state.house = house
    app.state.site = Site(station, house.authenticator, house.accesses, Renderer(), VERSION)
    app.router.routes.append(Route(STATIC_PREFIX + "{path:path}", endpoint=serve_static))
    for module in station.registry.modules:
        for router in module.pages:
            # As they are: `include_router` would wrap each in a router that is asked first, which
            # costs a page a fifth of its time. A page's router has nothing but its routes.
            app.router.routes.extend(router.routes)
    return app
