"""`station user`: accounts, for the first administrator and for emergencies.

Everyday administration has its pages; the first security administrator can only come from here.
"""

from datetime import date, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from kernel.cli.console import CliError, err, load_settings, out
from kernel.cli.token import DatabaseOption, named_account
from kernel.clock import SHANGHAI, as_datetime
from kernel.declare.module import Module
from kernel.declare.roles import ADMINISTRATORS, TITLES, Role
from kernel.work import ReadWork, Work

if TYPE_CHECKING:
    from kernel.security.directory import Tree

Name = Annotated[str, typer.Argument(metavar="NAME", help="The account's user name.")]
RoleOption = Annotated[Role, typer.Option("--role", help="The role.")]
Day = Annotated[
    datetime | None, typer.Option("--on", formats=["%Y-%m-%d"], help="From this day on.",
                                  show_default="today")
]  # fmt: skip


def add(cli: typer.Typer, modules: tuple[Module, ...]) -> None:
    """Add the commands."""
    group = typer.Typer(help="Accounts and their roles.", no_args_is_help=True)
    cli.add_typer(group, name="user")
    _add_reading(group, modules)
    _add_making(group, modules)
    _add_password(group, modules)
    _add_switching(group, modules)
    _add_moving(group, modules)
    _add_roles(group, modules)


def _add_reading(group: typer.Typer, modules: tuple[Module, ...]) -> None:
    @group.command("list")
    def list_(
        organisation: Annotated[
            str | None, typer.Option(help="Only accounts of this institution.")
        ] = None,
        database: DatabaseOption = None,
    ) -> None:
        """List the accounts: name, state, institution, roles of today."""
        from kernel.cli.opening import opened
        from kernel.security import accounts

        settings = load_settings(database_url=database)
        with opened(settings, modules) as station, station.read() as work:
            for user in accounts.list_users(work.connection, organisation_id=organisation):
                roles = accounts.roles_on(work.connection, user_id=user.id, day=work.today)
                state = "disabled" if user.disabled else "code" if user.code_until else "active"
                shown = ",".join(sorted(roles)) or "-"
                line = (user.name, state, user.organisation_id or "-", shown, user.display)
                typer.echo("\t".join(line))  # rich would expand the tabs


def _add_making(group: typer.Typer, modules: tuple[Module, ...]) -> None:
    @group.command()
    def create(  # noqa: PLR0917 - the options of one command; typer passes them by name
        name: Name,
        role: RoleOption,
        display: Annotated[
            str | None, typer.Option(help="The person's name.", show_default="the user name")
        ] = None,
        organisation: Annotated[
            str | None, typer.Option(help="Where the account works: the institution's id.")
        ] = None,
        practitioner: Annotated[
            str | None, typer.Option(help="The id of the person's Practitioner resource.")
        ] = None,
        database: DatabaseOption = None,
    ) -> None:
        """Create an account with a role; print its one-time code (a machine has none)."""
        from kernel.audit.entry import Action
        from kernel.cli.opening import opened
        from kernel.cli.trail import note
        from kernel.security import accounts, credentials

        settings = load_settings(database_url=database)
        with opened(settings, modules) as station, station.write() as work:
            where = _organisation(work, organisation, role)
            user = accounts.create_user(
                work.connection,
                name=name,
                display=display or name,
                organisation_id=where,
                practitioner_id=practitioner,
                machine=role is Role.PLATFORM,
                now=work.now,
            )
            accounts.grant_role(work.connection, user_id=user.id, role=role, from_on=work.today)
            code = None
            if not user.machine:
                code = credentials.issue_code(
                    work.connection, user_id=user.id, settings=settings, now=work.now
                )
            note(work, Action.ACCOUNT, "user create", user=user.name, role=role, organisation=where)
        _hand_out(name, code, work)


def _add_password(group: typer.Typer, modules: tuple[Module, ...]) -> None:
    @group.command()
    def password(
        name: Name,
        ask: Annotated[
            bool, typer.Option("--ask", help="Ask for the new password instead of making a code.")
        ] = False,
        database: DatabaseOption = None,
    ) -> None:
        """Print a one-time code for an account whose password was forgotten, or set a password."""
        from kernel.audit.entry import Action
        from kernel.cli.opening import opened
        from kernel.cli.trail import note
        from kernel.security import credentials, sign_in

        settings = load_settings(database_url=database)
        typed = typer.prompt("password", hide_input=True, confirmation_prompt=True) if ask else None
        code = None
        with opened(settings, modules) as station, station.write() as work:
            user_id = named_account(work, name).id
            if typed is None:
                code = credentials.issue_code(
                    work.connection, user_id=user_id, settings=settings, now=work.now
                )
            else:
                credentials.set_password(
                    work.connection,
                    user_id=user_id,
                    password=typed,
                    settings=settings,
                    now=work.now,
                )
            sign_in.unlock(work.connection, name=name)
            note(work, Action.ACCOUNT, "user password", user=name)
        _hand_out(name, code, work)


def _add_switching(group: typer.Typer, modules: tuple[Module, ...]) -> None:
    @group.command()
    def disable(name: Name, database: DatabaseOption = None) -> None:
        """Shut an account; its sessions and tokens end at once."""
        _switch(name, database, modules, enable=False)

    @group.command()
    def enable(name: Name, database: DatabaseOption = None) -> None:
        """Open an account again; what ended with it stays ended."""
        _switch(name, database, modules, enable=True)


def _add_moving(group: typer.Typer, modules: tuple[Module, ...]) -> None:
    @group.command()
    def move(
        name: Name,
        organisation: Annotated[
            str, typer.Option(help="Where the account works from now on: the institution's id.")
        ],
        database: DatabaseOption = None,
    ) -> None:
        """Let an account work at another institution: it sees that one's records, no others."""
        from kernel.audit.entry import Action
        from kernel.cli.opening import opened
        from kernel.cli.trail import note
        from kernel.security import accounts
        from kernel.security.directory import load_tree

        settings = load_settings(database_url=database)
        with opened(settings, modules) as station, station.write() as work:
            user = named_account(work, name)
            where = _known(load_tree(work.connection, work.today), organisation)
            accounts.move_user(work.connection, user_id=user.id, organisation_id=where)
            note(
                work,
                Action.ACCOUNT,
                "user move",
                user=user.name,
                before=user.organisation_id,
                organisation=where,
            )
        out.print(f"{name}: works at {where}", markup=False)


def _add_roles(group: typer.Typer, modules: tuple[Module, ...]) -> None:
    @group.command()
    def grant(
        name: Name, role: RoleOption, on: Day = None, database: DatabaseOption = None
    ) -> None:
        """Give an account a role from a day on."""
        _change_role(name, role, on and on.date(), database, modules, give=True)

    @group.command()
    def revoke(
        name: Name, role: RoleOption, on: Day = None, database: DatabaseOption = None
    ) -> None:
        """End an account's role: from the day on it has it no longer."""
        _change_role(name, role, on and on.date(), database, modules, give=False)


def _switch(name: str, database: str | None, modules: tuple[Module, ...], *, enable: bool) -> None:
    from kernel.audit.entry import Action
    from kernel.cli.opening import opened
    from kernel.cli.trail import note
    from kernel.security import accounts

    settings = load_settings(database_url=database)
    word = "enable" if enable else "disable"
    with opened(settings, modules) as station, station.write() as work:
        user_id = named_account(work, name).id
        if enable:
            accounts.enable_user(work.connection, user_id=user_id)
        else:
            accounts.disable_user(work.connection, user_id=user_id, now=work.now)
        note(work, Action.ACCOUNT, f"user {word}", user=name)
    out.print(f"{name}: {word}d", markup=False)


def _change_role(
    name: str,
    role: Role,
    on: date | None,
    database: str | None,
    modules: tuple[Module, ...],
    *,
    give: bool,
) -> None:
    from kernel.audit.entry import Action
    from kernel.cli.opening import opened
    from kernel.cli.trail import note
    from kernel.security import accounts

    settings = load_settings(database_url=database)
    with opened(settings, modules) as station, station.write() as work:
        user_id, day = named_account(work, name).id, on or work.today
        if give:
            accounts.grant_role(work.connection, user_id=user_id, role=role, from_on=day)
        else:
            accounts.end_role(work.connection, user_id=user_id, role=role, on=day)
        word = "grant" if give else "revoke"
        note(work, Action.ACCOUNT, f"user {word}", user=name, role=role, on=day.isoformat())
    verb = "has from" if give else "has no longer from"
    out.print(f"{name}: {verb} {day} on: {role.value} ({TITLES[role]})", markup=False)


def _organisation(work: Work, given: str | None, role: Role) -> str:
    """The institution of a new account: the city's bureau for administrators and machines."""
    from kernel.security.directory import OrganisationKind, load_tree

    tree = load_tree(work.connection, work.today)
    if given is not None:
        return _known(tree, given)
    if role not in {*ADMINISTRATORS, Role.PLATFORM}:
        raise CliError(f"--organisation is needed: say where somebody with role {role.value} works")
    bureaus = [o.id for o in tree.organisations.values() if o.kind is OrganisationKind.CITY_BUREAU]
    return bureaus[0] if len(bureaus) == 1 else ""


def _known(tree: "Tree", given: str) -> str:
    if given not in tree.organisations:
        raise CliError(f"--organisation: there is no Organization/{given} here")
    return given


def _hand_out(name: str, code: str | None, work: ReadWork) -> None:
    from kernel.security.credentials import CODE_LIFE

    if code is None:
        out.print(f"{name}: done", markup=False)
        return
    until = as_datetime(work.now + CODE_LIFE).astimezone(SHANGHAI)
    out.print(code, markup=False)
    err.print(f"one-time code of {name}, until {until:%Y-%m-%d %H:%M}; it is shown once")
