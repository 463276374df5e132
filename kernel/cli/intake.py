"""`station import`."""

import csv
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.progress import DownloadColumn, TimeElapsedColumn, TimeRemainingColumn

from kernel.cli.console import CliError, err, load_settings, out, progress_bar
from kernel.cli.token import DatabaseOption
from kernel.declare.module import Module

if TYPE_CHECKING:
    from kernel.intake import Fault, Intake
    from kernel.security.actor import Actor
    from kernel.work import Station

SHOWN = 50
"""Faults that are printed; more are counted, and all are in the report."""

_HEAD = ("file", "line", "type", "id", "expression", "message")


def add(cli: typer.Typer, modules: tuple[Module, ...]) -> None:
    """Add the command."""

    @cli.command("import")
    def import_(
        *,
        files: Annotated[
            list[Path],
            typer.Argument(
                metavar="FILE...",
                help="NDJSON files and Bundles.",
                exists=True,
                dir_okay=False,
                readable=True,
            ),
        ],
        user: Annotated[str, typer.Option(help="The account in whose name.")] = "platform",
        organisation: Annotated[
            str | None,
            typer.Option(
                help="The institution that keeps what names none.", show_default="the account's"
            ),
        ] = None,
        dry_run: Annotated[bool, typer.Option("--dry-run", help="Check; keep nothing.")] = False,
        report: Annotated[
            Path | None, typer.Option(help="Write all faults to this file (tab-separated).")
        ] = None,
        database: DatabaseOption = None,
    ) -> None:
        """Take in NDJSON files and Bundles; what is refused is reported, the rest is kept."""
        from kernel.audit.entry import Action
        from kernel.cli.opening import opened
        from kernel.cli.trail import note
        from kernel.intake import Intake

        settings = load_settings(database_url=database)
        with opened(settings, modules) as station, _reporting(report) as tell_fault:
            actor = _actor(station, user, organisation)
            intake = Intake(station, actor, tell_fault, lambda _bytes: None, trial=dry_run)
            _take(intake, files)
            done = intake.summary
            counts = {"created": done.created, "updated": done.updated, "refused": done.refused}
            if not dry_run:
                with station.write(actor) as work:
                    names = [file.name for file in files]
                    note(work, Action.IMPORT, "import", files=names, **counts)
        kept = "would be " if dry_run else ""
        out.print(f"{kept}created {done.created}, {kept}updated {done.updated}")
        if done.refused:
            raise CliError(f"{done.refused} lines, entries or transactions were refused")


def _take(intake: "Intake", files: list[Path]) -> None:
    columns = (DownloadColumn(), TimeElapsedColumn(), TimeRemainingColumn())
    with progress_bar(*columns) as progress:
        task = progress.add_task("import", total=sum(file.stat().st_size for file in files))
        before = 0
        for file in files:
            start = before

            def tell(count: int, start: int = start, name: str = file.name) -> None:
                progress.update(task, description=name, completed=start + count)

            intake.tell = tell
            intake.take(file)
            before += file.stat().st_size


def _actor(station: "Station", name: str, organisation: str | None) -> "Actor":
    from dataclasses import replace

    from kernel.security import accounts
    from kernel.security.actor import Reach
    from kernel.security.authentication import Authenticator
    from kernel.security.directory import organisation_name

    with station.read() as work:
        user = accounts.find_user(work.connection, name)
        if user is None:
            raise CliError(
                f"there is no account {name!r}: name another with --user, or make it with "
                f"`station user create {name} --role platform`"
            )
        permissions = station.registry.permissions_of
        actor = Authenticator(permissions, station.settings, station.clock).by_user(
            work.connection, user.id
        )
        if organisation is None:
            return actor
        if actor.reach is not Reach.EVERYTHING:
            raise CliError("--organisation: only a machine account may keep data for others")
        if organisation_name(work.connection, organisation) is None:
            raise CliError(f"--organisation: there is no Organization/{organisation} here")
        return replace(actor, organisation_id=organisation)


@contextmanager
def _reporting(path: Path | None) -> Iterator[Callable[["Fault"], None]]:
    """Prints the first faults, and writes all to the report."""
    file = path.open("w", newline="", encoding="utf-8") if path else None
    writer = csv.writer(file, dialect="excel-tab") if file else None
    if writer:
        writer.writerow(_HEAD)
    count = 0

    def report(fault: "Fault") -> None:
        nonlocal count
        count += 1
        values = (fault.file, fault.line, fault.type, fault.id, fault.expression, fault.message)
        if writer:
            writer.writerow(" ".join(str(value).split()) for value in values)
        if count <= SHOWN:
            who = "/".join(filter(None, (fault.type, fault.id)))
            where = " ".join(filter(None, (who, fault.expression)))
            message = " ".join(fault.message.split())
            err.print(f"{fault.file}:{fault.line}: {where}: {message}", markup=False)

    try:
        yield report
    finally:
        if count > SHOWN:
            err.print(f"… and {count - SHOWN} more faults" + (f", in {path}" if path else ""))
        if file:
            file.close()
