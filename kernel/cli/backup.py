"""`station backup` and `station restore`."""

import os
from pathlib import Path
from typing import Annotated

import typer

from kernel.cli.console import CliError, load_settings, out, progress_bar, teller
from kernel.cli.token import DatabaseOption
from kernel.declare.module import Module

PASSPHRASE = "STATION_BACKUP_PASSPHRASE"  # noqa: S105 - the name of a variable
SHORTEST = 12


def add(cli: typer.Typer, modules: tuple[Module, ...]) -> None:
    """Add the commands."""
    _add_backup(cli, modules)
    _add_restore(cli, modules)


def _add_backup(cli: typer.Typer, modules: tuple[Module, ...]) -> None:
    @cli.command()
    def backup(
        file: Annotated[Path, typer.Argument(metavar="FILE", help="Where to write it.")],
        no_verify: Annotated[
            bool, typer.Option("--no-verify", help="Do not prove it by restoring it.")
        ] = False,
        database: DatabaseOption = None,
    ) -> None:
        """Write everything, keys included, to one encrypted file, and prove it by restoring it."""
        from kernel.audit.entry import Action
        from kernel.backup import BackupDamaged, back_up, verify_backup
        from kernel.cli.opening import opened
        from kernel.cli.trail import note

        settings = load_settings(database_url=database)
        secret = passphrase(confirm=True)
        with opened(settings, modules) as station, progress_bar() as progress:
            with station.write() as work:
                note(work, Action.BACKUP, "backup")
            contents = back_up(station, file, secret, tell=teller(progress, "writing"))
            proof = "not verified"
            if not no_verify:
                try:
                    verify_backup(
                        station.registry, file, secret, tell=teller(progress, "restoring on trial")
                    )
                except BackupDamaged as error:
                    raise CliError(f"the backup is of no use: {error}") from None
                proof = "verified by restoring it"
        size = file.stat().st_size / 1e6
        out.print(f"{file}: {contents.rows} rows, {size:.1f} MB, {proof}", markup=False)


def _add_restore(cli: typer.Typer, modules: tuple[Module, ...]) -> None:
    @cli.command()
    def restore(
        file: Annotated[Path, typer.Argument(metavar="FILE", help="The backup.")],
        replace: Annotated[
            bool,
            typer.Option(
                "--replace", help="Keep a SQLite station that is there aside. Stop its server."
            ),
        ] = False,
        database: DatabaseOption = None,
    ) -> None:
        """Restore a backup into a new database, of the same kind or the other, and check it."""
        from kernel.app import registry_of
        from kernel.audit.entry import Action
        from kernel.backup import BackupDamaged
        from kernel.backup import restore as restored
        from kernel.cli.opening import opened
        from kernel.cli.trail import note

        settings = load_settings(database_url=database)
        secret = passphrase(confirm=False)
        with progress_bar() as progress:
            try:
                done = restored(
                    settings,
                    registry_of(modules),
                    file,
                    secret,
                    replace=replace,
                    tell=teller(progress, "restoring"),
                )
            except BackupDamaged as error:
                raise CliError(f"nothing was restored: {error}") from None
        with opened(settings, modules) as station, station.write() as work:
            note(work, Action.RESTORE, "restore", made_at=done.made_at)
        for kept in done.set_aside:
            out.print(f"kept aside: {kept}", markup=False)
        out.print(
            f"restored: {done.contents.rows} rows as of {done.made_at}; counts, digests and "
            f"{done.audit_entries} audit entries are as they were"
        )


def passphrase(*, confirm: bool) -> str:
    """The passphrase from the environment, else typed. Raises CliError for one that is too short.

    A program without a terminal must set the variable.
    """
    given = os.environ.get(PASSPHRASE)
    if given is None:
        given = str(typer.prompt("passphrase", hide_input=True, confirmation_prompt=confirm))
    if len(given) < SHORTEST:
        raise CliError(f"{PASSPHRASE}: use {SHORTEST} characters or more, and keep them safe")
    return given
