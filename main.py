"""The composition root: the only file that names the modules."""

from typing import TYPE_CHECKING, Any

from billing.module import MODULE as BILLING
from health.module import MODULE as HEALTH
from kernel.cli import make_cli
from records.module import MODULE as RECORDS
from referral.module import MODULE as REFERRAL

if TYPE_CHECKING:
    from fastapi import FastAPI

MODULES = (RECORDS, HEALTH, REFERRAL, BILLING)


def _seed(*args: Any, **parameters: Any) -> Any:
    """`demo.seed.seed`, loaded only by the command that makes a city."""
    from demo.seed import seed

    return seed(*args, **parameters)


cli = make_cli(MODULES, seed=_seed)


def app_factory() -> "FastAPI":
    """The application of one worker process of `station serve --workers N`."""
    from kernel.cli.serving import make_app

    return make_app(MODULES)


if __name__ == "__main__":
    cli()
