"""What every command shares: two consoles, progress bars, and errors as one clear line."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import typer
from pydantic import ValidationError
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from sqlalchemy.exc import DBAPIError
from typer.core import TyperGroup

from kernel.db.upgrade import WrongSchema
from kernel.errors import Refused
from kernel.security.keyring import KeysMissing
from kernel.settings import Settings
from kernel.subscriptions.addresses import read_hosts

out = Console(highlight=False, soft_wrap=True)
"""Results. Plain text without colours where it is no terminal, so that other programs can read."""

err = Console(stderr=True, highlight=False, soft_wrap=True)
"""Progress, warnings and errors."""


class CliError(Exception):
    """A command cannot do what was asked; the message says why and what would be right."""


EXPECTED = (CliError, Refused, WrongSchema, KeysMissing, DBAPIError, OSError)


class StationGroup(TyperGroup):
    """The outermost command: what is expected to go wrong ends as one line and exit code 1."""

    def invoke(self, ctx: Any) -> Any:
        """Run the command."""
        try:
            return super().invoke(ctx)
        except EXPECTED as error:
            fail(error)
        except KeyboardInterrupt:
            err.print("interrupted")
            raise typer.Exit(130) from None


def fail(error: Exception) -> None:
    """Print why a command failed, in one line, and end it. Raises typer.Exit(1)."""
    text = str(error.orig if isinstance(error, DBAPIError) else error)
    err.print("[red]error:[/red]", end=" ")
    err.print(" ".join(text.split()) or type(error).__name__, markup=False)
    raise typer.Exit(1) from None


def load_settings(*, default_database: str | None = None, **given: Any) -> Settings:
    """The settings, with what was given on the command line in front.

    `default_database` stands in where neither the command line nor the environment names one.
    Raises CliError naming every setting that cannot be used, the allow-list after the others.
    """
    values = {name: value for name, value in given.items() if value is not None}
    try:
        settings = Settings(**values)
        if default_database and "database_url" not in settings.model_fields_set:
            settings = Settings(**values, database_url=default_database)
    except ValidationError as error:
        faults = "; ".join(
            f"STATION_{'_'.join(map(str, fault['loc'])).upper()}: {fault['msg']}"
            for fault in error.errors()
        )
        raise CliError(f"settings cannot be used: {faults}") from None
    try:
        read_hosts(settings.subscription_hosts)
    except ValueError as error:
        text = f"settings cannot be used: STATION_SUBSCRIPTION_HOSTS: {error}"
        raise CliError(text) from None
    return settings


def export_settings(settings: Settings) -> None:
    """Let processes that we start find the database that the command line named."""
    os.environ["STATION_DATABASE_URL"] = settings.database_url


@contextmanager
def progress_bar(*columns: Any) -> Iterator[Progress]:
    """A progress bar on the error console; nothing is drawn where that is no terminal."""
    shown = columns or (MofNCompleteColumn(), TimeElapsedColumn(), TimeRemainingColumn())
    with Progress(
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        *shown,
        console=err,
        transient=False,
        disable=not err.is_terminal,
    ) as progress:
        yield progress


def teller(progress: Progress, what: str) -> Callable[[int, int], None]:
    """Draws a bar of its own for a job that tells how many are done, of how many (0: unknown)."""
    task = progress.add_task(what, total=None, visible=False)

    def tell(done: int, total: int) -> None:
        progress.update(task, completed=done, total=total or None, visible=True)

    return tell
