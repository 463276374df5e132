"""`station token`."""

from typing import Annotated

import typer

from kernel.cli.console import CliError, err, load_settings, out
from kernel.clock import SHANGHAI, as_datetime
from kernel.declare.module import Module

DATABASE_HELP = "Database; default: STATION_DATABASE_URL, else sqlite:///station.db."
DatabaseOption = Annotated[
    str | None, typer.Option("--database", metavar="URL", help=DATABASE_HELP, show_default=False)
]


def add(cli: typer.Typer, modules: tuple[Module, ...]) -> None:
    """Add the command."""

    @cli.command()
    def token(
        user: Annotated[str, typer.Option(help="The account that the token acts for.")],
        scope: Annotated[
            str, typer.Option(help="SMART v2 scopes; they narrow what the account may do.")
        ] = "system/*.cruds",
        hours: Annotated[int, typer.Option(help="How long it is valid.", min=1, max=8784)] = 24,
        database: DatabaseOption = None,
    ) -> None:
        """Print a bearer token for an account. It is shown once and kept nowhere."""
        from kernel.audit.entry import Action
        from kernel.cli.opening import opened
        from kernel.cli.trail import note
        from kernel.security import accounts, tokens

        settings = load_settings(database_url=database)
        with opened(settings, modules) as station, station.write() as work:
            found = accounts.find_user(work.connection, user)
            if found is None:
                raise CliError(f"there is no account {user!r}: `station user list` shows all")
            issued = tokens.issue(
                work.connection, user_id=found.id, scope=scope, now=work.now, hours=hours
            )
            note(work, Action.TOKEN, "token", user=found.name, scope=scope, hours=hours)
        until = as_datetime(issued.expires_at).astimezone(SHANGHAI)
        out.print(issued.token, markup=False)
        err.print(f"for {found.name}, scope {scope}, until {until:%Y-%m-%d %H:%M}", markup=False)
