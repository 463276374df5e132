"""Today's patients on the home page of those who see them."""

from typing import Any

from kernel.work import ReadWork
from records.residents import panels as residents
from records.visits import display
from records.visits.day import day_rows
from records.visits.permissions import LIST, WRITE

_SHOWN = 10


def today(work: ReadWork, _key: str) -> dict[str, Any]:
    """The first of today's list, and how many wait, are seen and are done."""
    rows = day_rows(work)
    return {
        "rows": rows[:_SHOWN],
        "counts": [
            (title, sum(row["status"] == status for row in rows))
            for status, title in (
                ("arrived", display.STATES["arrived"][0]),
                ("in-progress", display.STATES["in-progress"][0]),
                ("finished", display.STATES["finished"][0]),
            )
        ],
        "may_write": work.actor.may(WRITE),
    }


def recent(work: ReadWork, key: str) -> Any:
    """The last visits, for those who have no list of the day."""
    return None if work.actor.may(LIST) else residents.recent_visits(work, key)
