"""What the command line and the maker of a synthetic city tell each other.

`main.py` hands the maker to `make_cli`, because the kernel must not know the demo.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from kernel.work import Station


@dataclass(frozen=True, slots=True)
class CityRequest:
    """The city that is asked for; None means: the one that is there, else the default."""

    residents: int | None = None
    seed: int | None = None
    today: date | None = None
    bundles: Path | None = None
    """A folder of FHIR transactions to be posted as well, where there is one."""
    years: int | None = None
    """How far back the residents' histories go; 0 for persons and households only."""


@dataclass(frozen=True, slots=True)
class CityAccount:
    """A demo account: who it is and what it is for."""

    user_name: str
    display: str
    role: str
    purpose: str
    machine: bool


@dataclass(frozen=True, slots=True)
class City:
    """A city that is there. `rows` and `seconds` are those of this run: 0 where it was complete."""

    residents: int
    seed: int
    today: date
    accounts: Sequence[CityAccount]
    password: str
    rows: int = 0
    seconds: float = 0.0
    notes: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Step:
    """How far the making has come: residents done of all, and rows written by this run."""

    what: str
    residents: int
    total: int
    rows: int


CityMaker = Callable[[Station, CityRequest, Callable[[Step], None]], City]
"""Makes the city in a station's database, or completes it, or finds it there.

Raises Refused (409) where the database holds something else.
"""
