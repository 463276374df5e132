"""`station audit` and `station keys`."""

from datetime import datetime
from typing import Annotated

import typer

from kernel.cli.console import CliError, load_settings, out, progress_bar, teller
from kernel.cli.token import DatabaseOption
from kernel.declare.module import Module

SHOWN = 50
"""Faults that are named; more are counted."""


def add(cli: typer.Typer, modules: tuple[Module, ...]) -> None:
    """Add the commands."""
    audit = typer.Typer(help="The audit: prove it, purge what is over.", no_args_is_help=True)
    cli.add_typer(audit, name="audit")
    keys = typer.Typer(help="The key ring.", no_args_is_help=True)
    cli.add_typer(keys, name="keys")
    _add_audit(audit, modules)

    @keys.callback()
    def group() -> None:
        pass

    @keys.command()
    def rotate(database: DatabaseOption = None) -> None:
        """Add a fresh key for what is written from now on. Stop the server first."""
        from kernel import reprojection
        from kernel.audit.entry import Action
        from kernel.cli.opening import opened
        from kernel.cli.trail import note
        from kernel.security import keyring

        settings = load_settings(database_url=database)
        with opened(settings, modules):
            ring = keyring.rotate(settings.keys_path(), cipher=settings.cipher)
        with opened(settings, modules) as station:
            with station.write() as work:
                note(work, Action.CONFIG, "keys rotate", version=ring.current.version)
            with progress_bar() as progress:  # the digests of identifiers are made with the key
                types = reprojection.chosen_types(station.registry, None)
                reprojection.reproject(station, types, tell=teller(progress, "search rows"))
        out.print(
            f"key {ring.current.version} is current; start the server anew and take a backup: "
            f"{settings.keys_path()} is needed to read what is written from now on",
            markup=False,
        )


def _add_audit(audit: typer.Typer, modules: tuple[Module, ...]) -> None:
    @audit.command()
    def verify(database: DatabaseOption = None) -> None:
        """Check every entry, link and signed head; exit code 1 where something was changed."""
        from kernel.audit.verify import verify as verified
        from kernel.cli.opening import opened

        with opened(load_settings(database_url=database), modules) as station:
            report = verified(station.database, station.keys, station.clock)
        for fault in report.faults[:SHOWN]:
            out.print(f"{fault.kind}: {fault.text}", markup=False)
        if report.ok:
            out.print(f"the audit is whole: {report.entries} entries, {report.heads} signed heads")
            return
        raise CliError(f"the audit has {report.fault_count} faults in {report.entries} entries")

    @audit.command()
    def purge(
        before: Annotated[
            datetime | None,
            typer.Option(
                formats=["%Y-%m-%d"],
                help="Purge the months before this day's month.",
                show_default="all whose retention is over",
            ),
        ] = None,
        database: DatabaseOption = None,
    ) -> None:
        """Delete entries whose retention (STATION_AUDIT_RETENTION_MONTHS) is over."""
        from kernel.audit.purge import purge as purged
        from kernel.cli.opening import opened
        from kernel.security.actor import SYSTEM

        settings = load_settings(database_url=database)
        with opened(settings, modules) as station:
            count = purged(
                station.database,
                station.keys,
                station.clock,
                actor=SYSTEM,
                retention_months=settings.audit_retention_months,
                before=before and before.date(),
            )
        out.print(f"{count} entries purged")
