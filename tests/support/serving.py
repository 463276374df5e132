"""A station in a process of its own, on a port: for real clients, real races and `kill -9`.

`python -m tests.support.serving URL KEYFILE` serves a seeded database and prints its port.
"""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx2
import pytest
import uvicorn

from kernel.app import create_app, open_house, open_station
from kernel.clock import Clock
from kernel.db.engine import Database
from kernel.settings import Settings
from tests.support.house import EVERYTHING, KINDS, Templates, issue_token, registry
from tests.support.memory import passing_folder

_ROOT = Path(__file__).resolve().parents[2]
_START_SECONDS = 30


@dataclass
class ServedHouse:
    """A serving process, its database, and its address."""

    kind: str
    settings: Settings
    process: subprocess.Popen[str]
    base: str

    def token(self, name: str, scope: str = EVERYTHING) -> str:
        """A bearer token of somebody of the cast, issued behind the server's back."""
        database = Database(self.settings)
        try:
            with database.writing() as connection:
                return issue_token(connection, name, scope, Clock().now())
        finally:
            database.close()

    def client(self, as_: str = "gp1") -> httpx2.Client:
        """An HTTP client signed in as somebody of the cast. Close it."""
        headers = {"Authorization": f"Bearer {self.token(as_)}"}
        return httpx2.Client(base_url=self.base, headers=headers, timeout=30, trust_env=False)

    def kill9(self) -> None:
        """End the server as a power cut would."""
        os.kill(self.process.pid, signal.SIGKILL)
        self.process.wait()


@contextmanager
def serving(settings: Settings, kind: str) -> Iterator[ServedHouse]:
    """Serve a seeded database until the block ends."""
    command = [sys.executable, "-m", "tests.support.serving"]
    command += [settings.database_url, str(settings.keys_path())]
    with subprocess.Popen(command, cwd=_ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        port = process.stdout.readline().strip()
        try:
            base = f"http://127.0.0.1:{port}/fhir/R4/"
            _wait_until_it_answers(base, process)
            yield ServedHouse(kind, settings, process, base)
        finally:
            process.terminate()


def _wait_until_it_answers(base: str, process: subprocess.Popen[str]) -> None:
    give_up = time.monotonic() + _START_SECONDS
    with httpx2.Client(trust_env=False) as client:
        while True:
            try:
                if client.get(base + "metadata").status_code == 200:
                    return
            except httpx2.TransportError:
                if process.poll() is not None or time.monotonic() > give_up:
                    raise
            time.sleep(0.05)


@pytest.fixture(scope="module", params=KINDS)
def served(request: pytest.FixtureRequest, templates: Templates) -> Iterator[ServedHouse]:
    """A served station that the tests of a file share, on either database."""
    with (
        passing_folder() as folder,
        templates.clone(request.param, folder) as settings,
        serving(settings, request.param) as house,
    ):
        yield house


def main(url: str, key_file: str) -> None:
    """Serve until terminated."""
    settings = Settings.model_validate({"database_url": url, "key_file": key_file})
    app = create_app(open_house(open_station(settings, registry())))
    with socket.create_server(("127.0.0.1", 0), backlog=256) as listener:
        sys.stdout.write(f"{listener.getsockname()[1]}\n")
        sys.stdout.flush()
        config = uvicorn.Config(app, log_level="warning", access_log=False)
        uvicorn.Server(config).run(sockets=[listener])


if __name__ == "__main__":
    main(*sys.argv[1:])


@pytest.fixture(scope="module")
def station(templates: Templates) -> Iterator[ServedHouse]:
    """A served station on SQLite, for what is the browser's side and alike on both databases."""
    with (
        passing_folder() as folder,
        templates.clone("sqlite", folder) as settings,
        serving(settings, "sqlite") as house,
    ):
        yield house
