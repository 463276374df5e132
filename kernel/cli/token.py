"""`station token`."""

from typing import TYPE_CHECKING, Annotated

import typer

from kernel.cli.console import CliError, err, load_settings, out
from kernel.clock import SHANGHAI, Instant, as_datetime
from kernel.declare.module import Module
from kernel.settings import Settings
from kernel.work import ReadWork

if TYPE_CHECKING:
    from kernel.security.accounts import User

DATABASE_HELP = "Database; default: STATION_DATABASE_URL, else sqlite:///station.db."
DatabaseOption = Annotated[
    str | None, typer.Option("--database", metavar="URL", help=DATABASE_HELP, show_default=False)
]


def add(cli: typer.Typer, modules: tuple[Module, ...]) -> None:
    """Add the command."""

    @cli.command()
    def token(  # noqa: PLR0917 - the options of one command; typer passes them by name
        user: Annotated[str, typer.Option(help="The account that the token acts for.")],
        scope: Annotated[
            str, typer.Option(help="SMART v2 scopes; they narrow what the account may do.")
        ] = "system/*.cruds",
        hours: Annotated[int, typer.Option(help="How long it is valid.", min=1, max=8784)] = 24,
        listed: Annotated[
            bool, typer.Option("--list", help="List the account's tokens instead: never a secret.")
        ] = False,
        revoke: Annotated[
            str | None,
            typer.Option(metavar="REFERENCE", help="End one of them at once instead."),
        ] = None,
        database: DatabaseOption = None,
    ) -> None:
        """Print a bearer token for an account, shown once; or list its tokens, or revoke one."""
        if listed and revoke is not None:
            raise CliError("--list and --revoke are two things: give one of them")
        settings = load_settings(database_url=database)
        if listed:
            _list(settings, modules, user)
        elif revoke is not None:
            _revoke(settings, modules, user, revoke)
        else:
            _issue(settings, modules, user, scope, hours)


def _issue(
    settings: Settings, modules: tuple[Module, ...], user: str, scope: str, hours: int
) -> None:
    from kernel.audit.entry import Action
    from kernel.cli.opening import opened
    from kernel.cli.trail import note
    from kernel.security import tokens

    with opened(settings, modules) as station, station.write() as work:
        found = named_account(work, user)
        issued = tokens.issue(
            work.connection, user_id=found.id, scope=scope, now=work.now, hours=hours
        )
        note(work, Action.TOKEN, "token", user=found.name, scope=scope, hours=hours)
    out.print(issued.token, markup=False)
    until = _written(issued.expires_at)
    err.print(f"for {found.name}, scope {scope}, until {until}", markup=False)


def _list(settings: Settings, modules: tuple[Module, ...], user: str) -> None:
    from kernel.cli.opening import opened
    from kernel.security import tokens

    with opened(settings, modules) as station, station.read() as work:
        for one in tokens.list_tokens(work.connection, user_id=named_account(work, user).id):
            expired = "expired" if one.expires_at <= work.now else "valid"
            state = expired if one.revoked_at is None else "revoked"
            made, until = _written(one.created_at), _written(one.expires_at)
            typer.echo("\t".join((one.reference, state, made, until, one.scope)))


def _revoke(settings: Settings, modules: tuple[Module, ...], user: str, reference: str) -> None:
    from kernel.audit.entry import Action
    from kernel.cli.opening import opened
    from kernel.cli.trail import note
    from kernel.security import tokens

    with opened(settings, modules) as station, station.write() as work:
        found = named_account(work, user)
        known = tokens.list_tokens(work.connection, user_id=found.id)
        live = {one.reference for one in known if one.revoked_at is None}
        if reference not in live:
            raise CliError(
                f"{found.name} has no token {reference!r} that could be revoked: "
                f"`station token --user {found.name} --list` shows all"
            )
        tokens.revoke(work.connection, reference=reference, now=work.now)
        note(work, Action.TOKEN, "token --revoke", user=found.name, reference=reference)
    out.print(f"{found.name}: revoked {reference}", markup=False)


def named_account(work: ReadWork, name: str) -> "User":
    """The account that a command names. Raises CliError where there is none."""
    from kernel.security import accounts

    found = accounts.find_user(work.connection, name)
    if found is None:
        raise CliError(f"there is no account {name!r}: `station user list` shows all")
    return found


def _written(instant: Instant) -> str:
    return f"{as_datetime(instant).astimezone(SHANGHAI):%Y-%m-%d %H:%M}"
