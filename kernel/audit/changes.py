"""The audit of changes: written in the transaction that makes them, so that both or none exist."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection

from kernel.db.prepared import PreparedInsert
from kernel.db.tables import audit_inbox

_INSERT = PreparedInsert(audit_inbox)


def record_changes(connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    """Write the rows (`entry.row`) of changes, inside the transaction of `connection`.

    A failure undoes the transaction: nothing is changed without its audit (等保 安全审计 d).
    """
    _INSERT.run_many(connection, rows)
