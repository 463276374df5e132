"""`station serve`."""

from typing import Annotated

import typer

from kernel.cli.console import err, load_settings
from kernel.declare.module import Module

Host = Annotated[
    str | None, typer.Option(help="Address to listen on.", show_default="STATION_HOST, 127.0.0.1")
]
Port = Annotated[
    int | None,
    typer.Option(
        help="Port to listen on; 0: any.", min=0, max=65535, show_default="STATION_PORT, 8080"
    ),
]


def add(cli: typer.Typer, modules: tuple[Module, ...]) -> None:
    """Add the command."""

    @cli.command()
    def serve(
        workers: Annotated[
            int, typer.Option(help="Processes; more than one needs PostgreSQL.", min=1, max=64)
        ] = 1,
        host: Host = None,
        port: Port = None,
    ) -> None:
        """Serve the station of STATION_DATABASE_URL until it is told to stop."""
        from kernel.cli import serving

        settings = load_settings(host=host, port=port)
        serving.check_workers(settings, workers)

        def announce(address: str) -> None:
            err.print(f"serving {address}  (Ctrl+C stops)", markup=False)

        with serving.listen(settings) as bound:
            serving.run(settings, modules, bound, announce=announce, workers=workers)
