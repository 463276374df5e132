"""Places that commands are tried at: a seeded station, or a database without any table."""

import os
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from kernel.app import registry_of
from kernel.db.engine import Database
from kernel.declare.module import Module
from kernel.registry import Registry
from kernel.settings import Settings
from main import cli
from tests.support.house import KINDS, Templates, registry
from tests.support.postgres import postgres_databases

PASSPHRASE = "correct horse battery staple"


@dataclass
class Place:
    """A database that commands work on, each as in a process of its own."""

    kind: str
    settings: Settings
    folder: Path
    environment: dict[str, str] = field(default_factory=dict)

    def run(self, *arguments: object, code: int = 0, typed: str | None = None) -> Result:
        """Run a command and expect its exit code."""
        environment = {
            "STATION_DATABASE_URL": self.settings.database_url,
            "STATION_KEY_FILE": str(self.settings.keys_path()),
            "STATION_BACKUP_PASSPHRASE": PASSPHRASE,
            "STATION_SHARED": str(self.folder / "no-test-data"),
            **self.environment,
        }
        result = CliRunner().invoke(cli, [str(a) for a in arguments], env=environment, input=typed)
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        assert result.exit_code == code, result.output
        return result

    def said(self, *arguments: object, code: int = 0, typed: str | None = None) -> str:
        """What a command prints, on both outputs, as one line of words."""
        return " ".join(self.run(*arguments, code=code, typed=typed).output.split())


@pytest.fixture(params=KINDS)
def place(request: pytest.FixtureRequest, templates: Templates, tmp_path: Path) -> Iterator[Place]:
    """A station with the tests' residents and cast."""
    with templates.clone(request.param, tmp_path) as settings:
        yield Place(request.param, settings, tmp_path)


@pytest.fixture
def sqlite(templates: Templates, tmp_path: Path) -> Iterator[Place]:
    """The same on SQLite only, for what does not depend on the database."""
    with templates.clone("sqlite", tmp_path) as settings:
        yield Place("sqlite", settings, tmp_path)


@pytest.fixture(params=KINDS)
def empty(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Place]:
    """A database without any table."""
    folder = tmp_path / "empty"
    folder.mkdir()
    if request.param == "sqlite":
        yield Place("sqlite", _settings(f"sqlite:///{folder}/station.db", folder), folder)
        return
    server, name = postgres_databases(), f"test_{uuid.uuid4().hex}"
    assert server is not None
    try:
        yield Place("postgresql", _settings(server.create_database(name), folder), folder)
    finally:
        server.drop_database(name)


def _settings(url: str, folder: Path) -> Settings:
    return Settings.model_validate({"database_url": url, "key_file": folder / "station.keys"})


@pytest.fixture
def database(place: Place) -> Iterator[Database]:
    """A look behind the commands' back."""
    database = Database(place.settings)
    yield database
    database.close()


@pytest.fixture(autouse=True)
def _declared_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """The modules' declarations are put together once, not anew for every command."""

    def known(modules: tuple[Module, ...]) -> Registry:
        return registry() if modules == registry().modules[1:] else registry_of(modules)

    monkeypatch.setattr("kernel.app.registry_of", known)
    monkeypatch.setattr("kernel.cli.opening.registry_of", known)


@pytest.fixture(autouse=True)
def _no_dotenv(tmp_path: Path) -> Iterator[None]:
    """Commands read `.env` where they are started: start them where there is none."""
    before = Path.cwd()
    os.chdir(tmp_path)
    yield
    os.chdir(before)
