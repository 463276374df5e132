"""A counter that goes up when who may do what has changed; caches compare it.

Whoever changes accounts, roles, tokens or the organisation tree calls `bump` in the same
transaction, so that no request that begins after the commit is answered from what was.
"""

from sqlalchemy import Connection, bindparam, select, update

from kernel.db.dialect import insert_ignore
from kernel.db.prepared import Prepared
from kernel.db.tables import kernel_epoch

SECURITY = "security"

_VALUE = Prepared(select(kernel_epoch.c.value).where(kernel_epoch.c.name == bindparam("name")))
_BINDS = {"name": SECURITY}


def current(connection: Connection) -> int:
    """The counter as this transaction sees it; 0 before anything was ever changed."""
    row = _VALUE.row(connection, _BINDS)
    return int(row[0]) if row else 0


def bump(connection: Connection, name: str = SECURITY) -> None:
    """Say that what the counter `name` stands for changes with this transaction."""
    connection.execute(insert_ignore(connection, kernel_epoch).values(name=name, value=0))
    connection.execute(
        update(kernel_epoch)
        .where(kernel_epoch.c.name == name)
        .values(value=kernel_epoch.c.value + 1)
    )
