"""Serial numbers that the server hands out: one after another, and none of them twice."""

from sqlalchemy import bindparam, update

from kernel.db.dialect import insert_ignore
from kernel.db.prepared import Prepared
from kernel.db.tables import kernel_serial
from kernel.work import Work

_next = Prepared(
    update(kernel_serial)
    .where(kernel_serial.c.name == bindparam("at_name"))
    .values(last=kernel_serial.c.last + bindparam("count"))
    .returning(kernel_serial.c.last)
)
"""Locks the row until the transaction ends, so that who comes second waits for the first."""


def next_number(work: Work, name: str, *, count: int = 1) -> int:
    """The number after the last one that was given out under `name`; the first one is 1.

    With a `count` the first of so many in a row, all of which are given out. They are taken when
    the transaction is kept and given out again when it is undone. Transactions that draw under the
    same name at the same moment wait for each other.
    """
    drawing = {"at_name": name, "count": count}
    last = _next.row(work.connection, drawing)
    if last is None:
        fresh = insert_ignore(work.connection, kernel_serial).values(name=name, last=0)
        work.connection.execute(fresh)
        last = _next.row(work.connection, drawing)
    if last is None:
        raise AssertionError(f"the serial {name} was made and is not there")
    return int(last[0]) - count + 1


def pass_over(work: Work, name: str, number: int) -> None:
    """Let the next number under `name` be greater than `number`; never makes it smaller.

    For a serial from which this transaction has drawn, so that its row is there and locked.
    """
    work.connection.execute(
        update(kernel_serial)
        .where(kernel_serial.c.name == name, kernel_serial.c.last < number)
        .values(last=number)
    )
