"""`station db`, `station reproject`: the schema, and what is computed from the resources."""

import typer

from kernel.cli.console import load_settings, out
from kernel.cli.token import DatabaseOption
from kernel.declare.module import Module


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
