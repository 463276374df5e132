"""Whom the lists of the programmes are about: the residents whom the actor sees, and the filters.

Sight and the conditions on the person are those of the records' own list
(`records.api.resident_select`): a station sees its own residents, a centre those of its stations.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Select

from kernel.fhir.store.heads import may_read
from kernel.security.policy import sight
from kernel.work import ReadWork
from records.api import (
    NO_FILE_QUERY,
    FileQuery,
    ResidentQuery,
    Sought,
    as_day,
    resident_select,
)


@dataclass(frozen=True, slots=True)
class ListQuery:
    """Which lines. An empty text restricts nothing; `outcome` is the class of the last visit."""

    state: str = ""
    outcome: str = ""
    organisation: str = ""
    sought: Sought | None = None
    file: FileQuery = NO_FILE_QUERY

    def narrowed(self, outcome: str) -> "ListQuery":
        """The same among those whose last result is this."""
        return replace(self, outcome=outcome)


def people(work: ReadWork, query: ListQuery) -> Select[Any]:
    """The ids of the residents of a query. Raises Refused (400, 403)."""
    may_read(work, work.registry.specs["Patient"], "s")
    asked = ResidentQuery(query.sought, query.organisation, file=query.file)
    return resident_select(work, asked)


def binds(work: ReadWork) -> dict[str, Any]:
    """The values that a statement over `people` is run with."""
    return sight(work.actor, work.registry.specs["Patient"]).binds(work.now)


def ordered(keys: Mapping[str, Any], sort: str) -> tuple[ColumnElement[Any], ...]:
    """What is not known comes last, whichever way the list is turned."""
    key = keys[sort.removeprefix("-")]
    return key.is_(None), key.desc() if sort.startswith("-") else key.asc()


def day_or_none(value: date | str | None) -> date | None:
    """A local date of a row, where there is one."""
    return None if value is None else as_day(value)
