"""Puts the commands together. Commands import what is slow when they run, so that help is quick."""

from typing import Annotated

import typer

from kernel.cli import audit, backup, database, demo, intake, serve, token, user
from kernel.cli.city import CityMaker
from kernel.cli.console import StationGroup, out
from kernel.declare.module import Module


def make_cli(modules: tuple[Module, ...], *, seed: CityMaker) -> typer.Typer:
    """The command line over these modules; `seed` makes the synthetic city of `station demo`."""
    cli = typer.Typer(
        name="station",
        help="社区卫生服务站信息系统 Station: serve it, look after it, fill it.",
        cls=StationGroup,
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,
    )

    @cli.callback()
    def station(
        _version: Annotated[
            bool,
            typer.Option(
                "--version", help="Print the version and exit.", is_eager=True, callback=_version
            ),
        ] = False,
    ) -> None:
        pass

    demo.add(cli, modules, seed)
    for group in (serve, token, user, intake, database, audit, backup):
        group.add(cli, modules)
    return cli


def _version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        out.print(version("station"))
        raise typer.Exit
