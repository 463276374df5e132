"""A small synthetic city, made and served by the very command that people use."""

import fcntl
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx2
import pytest

from tests.support.memory import passing_folder

_START_SECONDS = 30
_ROOT = Path(__file__).resolve().parents[2]
RESIDENTS = 300
"""Enough for every tour: its residents are in a city of any size."""


@dataclass(frozen=True)
class City:
    """A served city: its address, and what `station demo` printed before it."""

    address: str
    database_url: str
    greeting: str

    def command(self, *arguments: str) -> str:
        """What a `station` command on the city's database prints. Raises CalledProcessError."""
        return _station(self.database_url, *arguments).stdout.strip()


def _environment(database_url: str) -> dict[str, str]:
    # No test data from elsewhere: the city is the same on every machine.
    return {**os.environ, "STATION_DATABASE_URL": database_url, "STATION_SHARED": os.devnull}


def _station(database_url: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "main.py", *arguments],
        cwd=_ROOT,
        env=_environment(database_url),
        capture_output=True,
        text=True,
        check=True,
    )


def made_city(factory: pytest.TempPathFactory) -> Path:
    """The folder of a city that the whole run makes once: whoever writes in it writes in a copy."""
    shared = factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:  # the workers' folders lie side by side
        shared = shared.parent
    made, part = shared / "made-city", shared / "city-in-the-making"
    with (shared / "city.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not made.exists():
            shutil.rmtree(part, ignore_errors=True)
            part.mkdir()
            url = f"sqlite:///{part}/city.db"
            _station(url, "demo", "--residents", str(RESIDENTS), "--no-serve")
            part.rename(made)
    return made


@contextmanager
def served_city(factory: pytest.TempPathFactory) -> Iterator[City]:
    """Serve a copy of the run's city on a free port until the block ends."""
    with passing_folder() as folder:
        shutil.copytree(made_city(factory), folder, dirs_exist_ok=True)
        with _served(folder) as city:
            yield city


@contextmanager
def _served(folder: Path) -> Iterator[City]:
    database_url = f"sqlite:///{folder}/city.db"
    command = [sys.executable, "main.py", "demo", "--port", "0"]
    with (
        (folder / "served.log").open("w") as log,
        subprocess.Popen(
            command,
            cwd=_ROOT,
            env=_environment(database_url),
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
        ) as process,
    ):
        try:
            greeting = _greeting(process, folder / "served.log")
            address = next(word for word in greeting.split() if word.startswith("http://"))
            _wait_until_it_answers(address)
            yield City(address, database_url, greeting)
        finally:
            process.terminate()


def _greeting(process: subprocess.Popen[str], log: Path) -> str:
    """What the command prints, up to its last line."""
    assert process.stdout is not None
    lines: list[str] = []
    while not lines or not lines[-1].startswith("FHIR R4 API"):
        line = process.stdout.readline()
        assert line, f"the demo ended before it served: {log.read_text()}"
        lines.append(line)
    return "".join(lines)


def _wait_until_it_answers(address: str) -> None:
    """The address is printed when all is in order; the server listens a moment later."""
    give_up = time.monotonic() + _START_SECONDS
    with httpx2.Client(trust_env=False) as client:
        while True:
            try:
                client.get(f"{address}/fhir/R4/metadata").raise_for_status()
            except httpx2.TransportError:
                assert time.monotonic() < give_up, f"{address} does not answer"
                time.sleep(0.05)
            else:
                return
