"""Serving: one socket, uvicorn on uvloop, and the checks that come before."""

import ipaddress
import socket
from collections.abc import Callable
from typing import TYPE_CHECKING

from kernel.cli.console import CliError, export_settings, load_settings
from kernel.cli.opening import current_station
from kernel.declare.module import Module
from kernel.settings import Settings

if TYPE_CHECKING:
    from fastapi import FastAPI
    from uvicorn import Config

FACTORY = "main:app_factory"
"""Where the worker processes of a city's server find the application."""

GRACE_SECONDS = 10
"""How long requests under way may take when the server is told to stop."""


def build_app(settings: Settings, modules: tuple[Module, ...]) -> "FastAPI":
    """The application on an existing, current database.

    Raises WrongSchema and KeysMissing, saying what to do.
    """
    from kernel.app import create_app, open_house, registry_of
    from kernel.logs import configure

    configure(settings.log_level)
    return create_app(open_house(current_station(settings, registry_of(modules))))


def make_app(modules: tuple[Module, ...]) -> "FastAPI":
    """The application of a worker process, with the settings of its environment."""
    return build_app(load_settings(), modules)


def listen(settings: Settings) -> socket.socket:
    """A socket bound to the address of the settings, before anything else costs time.

    Raises CliError for an address that is not loopback without TLS, or that is taken.
    """
    host, port = settings.host, settings.port
    if not _is_loopback(host) and not settings.tls_terminated:
        raise CliError(
            f"{host} is not a loopback address, and records must not travel unencrypted: let a "
            "proxy that speaks TLS stand in front and set STATION_TLS_TERMINATED=true, or listen "
            "on 127.0.0.1"
        )
    try:
        family, kind, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        bound = socket.socket(family, kind)
    except OSError as error:
        raise CliError(f"{host} is not an address of this machine: {error.strerror}") from None
    try:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind(address)
    except OSError as error:
        bound.close()
        why = error.strerror or str(error)
        raise CliError(
            f"cannot listen on {host} port {port}: {why.lower()}; stop what uses it, or choose "
            "another with --port or STATION_PORT"
        ) from None
    bound.set_inheritable(True)
    return bound


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def address_of(bound: socket.socket) -> str:
    """The address that people open: `http://127.0.0.1:8080`."""
    host, port = bound.getsockname()[:2]
    if host in ("0.0.0.0", "::"):  # noqa: S104 - all addresses were asked for; this one is ours
        host = socket.gethostname()
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def check_workers(settings: Settings, workers: int) -> None:
    """Raise CliError where several processes would have to share one SQLite file."""
    if workers > 1 and settings.database_path() is not None:
        raise CliError(
            f"--workers {workers} needs PostgreSQL: a SQLite file has one writer, and one process "
            "queues for it fairly. Leave --workers out, or set STATION_DATABASE_URL=postgresql://…"
        )


def run(
    settings: Settings,
    modules: tuple[Module, ...],
    bound: socket.socket,
    *,
    announce: Callable[[str], None],
    workers: int = 1,
) -> None:
    """Serve until told to stop (SIGINT, SIGTERM); requests under way are finished first.

    `announce` is called with the address once everything is in order. Raises WrongSchema and
    KeysMissing, saying what to do.
    """
    from uvicorn import Server

    if workers > 1:
        _check(settings, modules)
        announce(address_of(bound))
        _run_workers(settings, bound, workers)
        return
    config = _config(build_app(settings, modules), settings)
    announce(address_of(bound))
    try:
        Server(config).run(sockets=[bound])
    except KeyboardInterrupt:  # uvicorn repeats the signal after it has shut down
        return


def _check(settings: Settings, modules: tuple[Module, ...]) -> None:
    """What every worker would complain about is said once."""
    from kernel.app import registry_of
    from kernel.logs import configure

    configure(settings.log_level)
    current_station(settings, registry_of(modules)).database.close()


def _run_workers(settings: Settings, bound: socket.socket, workers: int) -> None:
    from uvicorn.supervisors import Multiprocess

    export_settings(settings)
    config = _config(FACTORY, settings, workers=workers)
    Multiprocess(config, sockets=[bound]).run()


def _config(app: "FastAPI | str", settings: Settings, *, workers: int = 1) -> "Config":
    from uvicorn import Config

    return Config(
        app,
        factory=isinstance(app, str),
        workers=workers,
        loop="auto",
        http="httptools",
        log_config=None,
        log_level=settings.log_level,
        access_log=False,
        server_header=False,
        proxy_headers=settings.tls_terminated,
        timeout_graceful_shutdown=GRACE_SECONDS,
    )
