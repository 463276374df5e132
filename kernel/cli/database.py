"""`station db`, `station reproject`: the schema, and what is computed from the resources."""

from typing import Annotated

import typer

from kernel.cli.console import CliError, load_settings, out, progress_bar, teller
from kernel.cli.token import DatabaseOption
from kernel.declare.module import Module

SHOWN = 50
"""Differences that are named; more are counted."""


def add(cli: typer.Typer, modules: tuple[Module, ...]) -> None:
    """Add the commands."""
    db = typer.Typer(help="The database's schema.", no_args_is_help=True)

    @db.callback()
    def group() -> None:
        pass

    @db.command()
    def upgrade(database: DatabaseOption = None) -> None:
        """Bring the database to this program's schema; make it and its keys where none is."""
        from kernel.app import registry_of
        from kernel.cli.opening import announce, upgraded

        settings = load_settings(database_url=database)
        done = upgraded(settings, registry_of(modules))
        announce(done)
        out.print("the database is up to date" if done.nothing else "the database was upgraded")

    cli.add_typer(db, name="db")
    _add_reproject(cli, modules)


def _add_reproject(cli: typer.Typer, modules: tuple[Module, ...]) -> None:
    @cli.command()
    def reproject(
        check: Annotated[
            bool, typer.Option("--check", help="Only compare row for row; change nothing.")
        ] = False,
        type_: Annotated[
            str | None,
            typer.Option("--type", help="Only this FHIR type, e.g. Patient.", show_default="all"),
        ] = None,
        database: DatabaseOption = None,
    ) -> None:
        """Derive all search and fact rows anew, or find those that are not as they should be."""
        from kernel import reprojection
        from kernel.cli.opening import opened

        settings = load_settings(database_url=database)
        with opened(settings, modules) as station, progress_bar() as progress:
            types = reprojection.chosen_types(station.registry, type_)
            tell = teller(progress, "resources")
            if not check:
                count = reprojection.reproject(station, types, tell=tell)
                out.print(f"{count} resources derived again")
                return
            found = list(reprojection.differences(station, types, tell=tell))
        for one in found[:SHOWN]:
            out.print(f"{one.table}: {one.resource}: {one.text}", markup=False)
        if found:
            raise CliError(f"{len(found)} differences; `station reproject` derives the rows anew")
        out.print("every row is as it is derived")
