"""The composition root: the only file that names the modules."""

from typing import TYPE_CHECKING

from billing.module import MODULE as BILLING
from demo.seed import seed
from health.module import MODULE as HEALTH
from kernel.cli import make_cli
from records.module import MODULE as RECORDS
from referral.module import MODULE as REFERRAL

if TYPE_CHECKING:
    from fastapi import FastAPI

MODULES = (RECORDS, HEALTH, REFERRAL, BILLING)

cli = make_cli(MODULES, seed=seed)


def app_factory() -> "FastAPI":
    """The application of one worker process of `station serve --workers N`."""
    from kernel.cli.serving import make_app

    return make_app(MODULES)


if __name__ == "__main__":
    cli()
