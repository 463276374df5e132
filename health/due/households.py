"""One visit for a whole household: everything that is due for who lives there (§10)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any, Final

from sqlalchemy import select

from health.due.queries import NOWHERE, DueQuery, homes_of, list_rows
from health.due.rows import Place, Row
from health.parameters import JOINT_DAYS
from health.tables import health_follow_up
from kernel.errors import not_found
from kernel.work import ReadWork
from records.api import load_all, records_household_member

_CHUNK: Final = 500


@dataclass(frozen=True)
class Home:
    """Where one visit serves: a household (`id` of the Group; empty for who is in none) and what
    is due for whom of it, the earliest first. `key` is what homes are ordered by, as JSON.
    """

    id: str
    rows: tuple[Row, ...]

    key: list[Any]
    place: Place


def window(today: date) -> date:
    """The last deadline that a visit at home takes along."""
    return today + timedelta(days=JOINT_DAYS.on(today))


def list_homes(work: ReadWork, query: DueQuery) -> list[Home]:
    """The homes in which somebody of the query has something due, in the order of a round.

    Everything that is due for the household is listed, also for members whom the query leaves out.
    """
    until = window(work.today)
    wanted = {row.person for row in list_rows(work, query, until=until)}
    everybody = list_rows(work, DueQuery(organisation=query.organisation), until=until)
    groups = _groups_of(work, [row.person for row in everybody])
    dwellings = homes_of(work, [row.person for row in everybody])
    homes: dict[str, list[Row]] = {}
    for row in everybody:
        group = groups.get(row.person, "")
        homes.setdefault(group or f"/{row.person}", []).append(row)
    found = []
    for group, rows in homes.items():
        if any(row.person in wanted for row in rows):
            places = (dwellings.get(row.person, NOWHERE).place for row in rows)
            place = min(places, key=lambda one: one.order)
            id_ = "" if group.startswith("/") else group
            found.append(Home(id_, _in_turn(rows), [place.order, group], place))
    return sorted(found, key=lambda home: home.key)


def _in_turn(rows: Iterable[Row]) -> tuple[Row, ...]:
    return tuple(sorted(rows, key=lambda row: (row.due_on, -row.severity, row.person)))


def _groups_of(work: ReadWork, ids: Sequence[str]) -> dict[str, str]:
    """The household that each person is in now."""
    member, found = records_household_member.c, {}
    for start in range(0, len(ids), _CHUNK):
        statement = select(member.patient_id, member.source_id).where(
            member.patient_id.in_(ids[start : start + _CHUNK]), member.to_on.is_(None)
        )
        found.update({row[0]: row[1] for row in work.connection.execute(statement)})
    return found


@dataclass(frozen=True)
class Household:
    """A household that is visited: its Group, what is due, and who of it was seen today (ids)."""

    body: Any
    rows: tuple[Row, ...]
    seen: tuple[str, ...]


def get_home(work: ReadWork, group_id: str) -> Household:
    """What is due in a household. Raises Refused (404) where the actor does not see it."""
    body = load_all(work, "Group", [group_id]).get(group_id)
    if body is None:
        raise not_found(f"Group/{group_id}")
    member = records_household_member.c
    ids = list(
        work.connection.scalars(
            select(member.patient_id).where(member.source_id == group_id, member.to_on.is_(None))
        )
    )
    query, until = DueQuery(), window(work.today)
    rows = [row for id_ in ids for row in list_rows(work, replace(query, person=id_), until=until)]
    table = health_follow_up.c
    seen = work.connection.scalars(
        select(table.patient_id)
        .where(table.patient_id.in_(ids), table.done_on == work.today)
        .distinct()
    )
    return Household(body, _in_turn(rows), tuple(seen))
