"""Conditions of conditional writes, one after another.

Under READ COMMITTED two requests with the same condition would both find nothing and both create;
so each first locks a row that stands for its condition. SQLite has one writer and needs no lock.
"""

from collections.abc import Iterable

from sqlalchemy import select

from kernel.db.dialect import insert_ignore, lock_rows
from kernel.db.tables import fhir_condition_key
from kernel.work import Work


def lock(work: Work, type_: str, pairs: Iterable[tuple[str, str]]) -> None:
    """Wait until no other transaction holds the same condition, and hold it until this one ends."""
    words = "&".join(f"{name}={value}" for name, value in sorted(pairs))
    digest = work.keys.blind(f"condition|{type_}?{words}")
    work.connection.execute(insert_ignore(work.connection, fhir_condition_key), {"digest": digest})
    held = select(fhir_condition_key.c.digest).where(fhir_condition_key.c.digest == digest)
    work.connection.execute(lock_rows(held))
