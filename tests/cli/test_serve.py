"""Serving: what is refused before, what is answered, and how it ends."""

import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx2
import pytest

from kernel.cli.serving import address_of, listen
from kernel.settings import Settings
from tests.cli.conftest import Place
from tests.support.house import KINDS, Templates

STATION = (sys.executable, "-c", "from main import cli; cli()")
EVERYWHERE = "0.0.0.0"  # noqa: S104 - what is to be refused
ROOT = Path(__file__).resolve().parents[2]


@contextmanager
def served(settings: Settings, *arguments: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """`station` with these arguments as people start it, and the address that it prints."""
    environment = {
        **os.environ,
        "STATION_DATABASE_URL": settings.database_url,
        "STATION_KEY_FILE": str(settings.keys_path()),
        "STATION_SHARED": "nowhere",
        "PYTHONPATH": str(ROOT),
    }
    with subprocess.Popen(
        [*STATION, *arguments],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        try:
            assert process.stdout is not None
            said = []
            for line in process.stdout:
                said.append(line)
                if found := re.search(r"http://127\.0\.0\.1:\d+", line):
                    yield process, found[0]
                    break
            else:
                raise AssertionError(f"it ended without printing an address: {''.join(said)}")
        finally:
            process.send_signal(signal.SIGTERM)
            process.communicate(timeout=30)


def capability(address: str) -> httpx2.Response:
    """What needs no token."""
    with httpx2.Client(trust_env=False, transport=httpx2.HTTPTransport(retries=5)) as client:
        return client.get(f"{address}/fhir/R4/metadata", timeout=30)


@pytest.mark.parametrize("kind", KINDS)
def test_it_answers_without_saying_what_it_is_and_stops_in_order(
    kind: str, templates: Templates, tmp_path: Path
) -> None:
    workers = ("--workers", "2") if kind == "postgresql" else ()
    with templates.clone(kind, tmp_path) as settings:
        with served(settings, "serve", "--port", "0", *workers) as (process, address):
            answer = capability(address)
            assert answer.status_code == 200
            assert answer.json()["fhirVersion"] == "4.0.1"
            assert "server" not in answer.headers
        assert process.returncode in (0, -signal.SIGTERM)


def test_several_workers_need_postgresql(sqlite: Place) -> None:
    assert "--workers 2 needs PostgreSQL" in sqlite.said("serve", "--workers", "2", code=1)


@pytest.mark.parametrize("host", [EVERYWHERE, "::", "192.0.2.1", "station.example.org"])
def test_the_world_is_served_over_tls_only(sqlite: Place, host: str) -> None:
    assert "STATION_TLS_TERMINATED=true" in sqlite.said("serve", "--host", host, code=1)


def test_behind_a_proxy_with_tls_every_address_will_do() -> None:
    settings = Settings.model_validate({"host": EVERYWHERE, "port": 0, "tls_terminated": True})
    with listen(settings) as bound:
        assert address_of(bound).startswith("http://")


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_a_taken_port_is_said_before_anything_is_done(sqlite: Place, host: str) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        said = sqlite.said("demo", "--host", host, "--port", port, code=1)
    assert f"cannot listen on {host} port {port}: address already in use" in said
    assert "--port or STATION_PORT" in said


def test_settings_that_cannot_be_used_are_all_named(sqlite: Place) -> None:
    sqlite.environment |= {"STATION_PORT": "x", "STATION_THREADS": "1"}
    said = sqlite.said("serve", code=1)
    assert "STATION_PORT:" in said
    assert "STATION_THREADS:" in said


@pytest.mark.parametrize("entry", ["https://his.example.org", "his.example.org:x", "10.0.0.1/16"])
def test_an_allow_list_that_cannot_be_read_is_told_in_a_line(sqlite: Place, entry: str) -> None:
    sqlite.environment["STATION_SUBSCRIPTION_HOSTS"] = f"hooks.example.org, {entry}"
    said = sqlite.said("serve", code=1)
    assert f"STATION_SUBSCRIPTION_HOSTS: '{entry}' is no host, host:port or network" in said
    assert "Traceback" not in said


def test_help_names_every_command() -> None:
    place = Place("sqlite", Settings(), Path())
    said = place.said("--help")
    for command in ("demo", "serve", "token", "import", "backup", "restore", "reproject", "audit"):
        assert command in said
    assert re.fullmatch(r"\d+\.\d+\.\d+", place.said("--version"))
