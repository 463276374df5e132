"""`station demo`: a synthetic city, made once and then served."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.cells import cell_len, set_cell_size
from rich.progress import TextColumn, TimeElapsedColumn, TimeRemainingColumn

from kernel.cli.city import City, CityMaker, CityRequest, Step
from kernel.cli.console import err, load_settings, out, progress_bar
from kernel.cli.serve import Host, Port
from kernel.clock import monotonic
from kernel.declare.module import Module
from kernel.settings import Settings

DEFAULT_DATABASE = "sqlite:///var/demo.db"
"""A file of its own, so that a demo never lands in a station's database."""

BUNDLES = Path("data/synthea-r4-transactions")

MOST_YEARS = 5
"""A longer history would give the young the illnesses and examinations of their present age."""


def add(cli: typer.Typer, modules: tuple[Module, ...], make: CityMaker) -> None:
    """Add the command."""

    @cli.command()
    def demo(
        *,
        residents: Annotated[
            int | None, typer.Option(help="Number of residents.", min=1, show_default="3000")
        ] = None,
        seed: Annotated[
            int | None, typer.Option(help="Another seed, another city.", show_default="1")
        ] = None,
        today: Annotated[
            datetime | None,
            typer.Option(
                formats=["%Y-%m-%d"], help="The day that the data end at.", show_default="today"
            ),
        ] = None,
        years: Annotated[
            int | None,
            typer.Option(
                help="Years of history of each resident; 0: only persons and households.",
                min=0,
                max=MOST_YEARS,
                show_default="3",
            ),
        ] = None,
        database: Annotated[
            str | None,
            typer.Option(
                metavar="URL",
                help="Where to make it.",
                show_default=f"STATION_DATABASE_URL, {DEFAULT_DATABASE}",
            ),
        ] = None,
        no_serve: Annotated[bool, typer.Option("--no-serve", help="Only make the city.")] = False,
        host: Host = None,
        port: Port = None,
    ) -> None:
        """Make a synthetic city and serve it. A second call serves the city that is there."""
        from kernel.cli import serving

        settings = load_settings(
            default_database=DEFAULT_DATABASE, database_url=database, host=host, port=port
        )
        request = CityRequest(residents, seed, today and today.date(), bundle_folder(), years)
        if no_serve:
            make_city(settings, modules, make, request)
            return
        with serving.listen(settings) as bound:
            city = make_city(settings, modules, make, request)
            serving.run(settings, modules, bound, announce=lambda address: show(city, address))


def bundle_folder() -> Path | None:
    """Where the test data hold Synthea's transactions: STATION_SHARED, else ../shared; or None."""
    shared = Path(os.environ.get("STATION_SHARED", "../shared"))
    return shared / BUNDLES if (shared / BUNDLES).is_dir() else None


def make_city(
    settings: Settings, modules: tuple[Module, ...], make: CityMaker, request: CityRequest
) -> City:
    """Upgrade the database, make or complete the city in it, and say what was done."""
    from kernel.app import registry_of
    from kernel.cli.opening import announce, current_station, upgraded

    registry = registry_of(modules)
    announce(upgraded(settings, registry))
    station = current_station(settings, registry)
    try:
        with _shown() as tell:
            city = make(station, request, tell)
    finally:
        station.database.close()
    for note in city.notes:
        err.print(note, markup=False)
    if city.rows:
        pace = city.rows / max(city.seconds, 0.001) * 60
        err.print(
            f"{city.residents} residents as of {city.today}: {city.rows} rows in "
            f"{city.seconds:.1f} s ({pace:,.0f} a minute)"
        )
    return city


@contextmanager
def _shown() -> Iterator[Callable[[Step], None]]:
    columns = (
        TextColumn("{task.completed:.0f}/{task.total:.0f}"),
        TextColumn("{task.fields[pace]}"),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
    )
    start = monotonic()
    with progress_bar(*columns) as progress:
        task = progress.add_task("residents", total=1, pace="", visible=False)

        def tell(step: Step) -> None:
            pace = step.rows / max(monotonic() - start, 0.001) * 60
            progress.update(
                task,
                description=step.what,
                completed=step.residents,
                total=step.total,
                pace=f"{pace:,.0f} rows/min",
                visible=True,
            )

        yield tell


def show(city: City, address: str) -> None:
    """Print where the city is served and who may sign in."""
    rows = [("账号 user", "姓名 name", "角色 role", "用途 sees")]
    rows += [(a.user_name, a.display, a.role, a.purpose) for a in city.accounts]
    widths = [max(cell_len(row[column]) for row in rows) for column in range(3)]
    for row in rows:
        cells = [set_cell_size(text, width) for text, width in zip(row, widths, strict=False)]
        out.print("  ".join([*cells, row[3]]), markup=False)
    machines = ", ".join(a.user_name for a in city.accounts if a.machine)
    out.print(f"\npassword of all: {city.password}", markup=False)
    if machines:
        out.print(f"{machines}: no password; `station token --user {machines}` prints a token")
    out.print(f"as of {city.today}, {city.residents} residents\n")
    out.print(f"Station is served at {address}", markup=False)
    out.print(f"FHIR R4 API          {address}/fhir/R4   (Ctrl+C stops)", markup=False)
    out.file.flush()
