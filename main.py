"""The composition root: the only file that names the modules."""

from billing.module import MODULE as BILLING
from health.module import MODULE as HEALTH
from kernel.cli import make_cli
from records.module import MODULE as RECORDS
from referral.module import MODULE as REFERRAL

MODULES = (RECORDS, HEALTH, REFERRAL, BILLING)

cli = make_cli(MODULES)

if __name__ == "__main__":
    cli()
