"""What the due list reads: one statement over typed columns, and what is told of the shown rows.

Sight is that of the records' own list (`records.api.resident_select`): a station sees its own
residents, a centre those of its stations.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final, NamedTuple

from sqlalchemy import Select, and_, func, select

from health.declare import Action, Activity
from health.due.rows import (
    Item,
    Person,
    Place,
    Planned,
    Row,
    Tab,
    band_of,
    gathered,
    in_tab,
    shown_until,
    tabs_of,
)
from health.parameters import JOINT_DAYS
from health.programmes import programme_of
from health.tables import health_contact, health_due, health_enrolment, health_follow_up
from kernel.fhir.store.heads import may_read
from kernel.security.policy import sight
from kernel.work import ReadWork
from records.api import (
    NO_FILE_QUERY,
    FileQuery,
    ResidentQuery,
    Sought,
    as_day,
    load_all,
    records_file,
    resident_select,
)

Body = Mapping[str, Any]
SORTS: Final = ("due", "name", "priority", "place")
_CHUNK: Final = 500


@dataclass(frozen=True, slots=True)
class DueQuery:
    """Which lines. An empty text restricts nothing.

    `programme`, `activity` and `priority` (an action) are those of anything in the line, because a
    visit is not torn apart; `band` is a `Band` of the whole line. `sort` is one of `SORTS`, or with
    a minus; empty: the most severe first, of these the longest overdue. `person` is one Patient.
    """

    tab: Tab = Tab.TODAY
    programme: str = ""
    activity: str = ""
    priority: str = ""
    band: str = ""
    organisation: str = ""
    sought: Sought | None = None
    file: FileQuery = NO_FILE_QUERY
    sort: str = ""
    person: str = ""


class Due(NamedTuple):
    """The lines of a tab in their order, and how many each tab has under the same conditions."""

    rows: list[Row]
    counts: Mapping[Tab, int]


def list_due(work: ReadWork, query: DueQuery) -> Due:
    """The due list as a page shows it. Raises Refused (400, 403)."""
    lost = [one for one in _lost(work, query) if _asked_for(one, query, work.today)]
    rows = list_rows(work, query, until=shown_until(work.today))
    counts: Counter[Tab] = Counter({Tab.LOST: len(lost)})
    for row in rows:
        counts.update(tabs_of(row.due_on, work.today))
    if query.tab is not Tab.LOST:
        lost = [row for row in rows if in_tab(query.tab, row.due_on, work.today)]
    return Due(ordered(lost, query.sort), counts)


def list_rows(work: ReadWork, query: DueQuery, *, until: date) -> list[Row]:
    """All lines of a query whose first deadline is at most `until`, whatever their tab."""
    reach = max(until, work.today) + timedelta(days=JOINT_DAYS.on(work.today))
    rows = gathered(_planned(work, query, reach), work.today, until)
    return [row for row in rows if _asked_for(row, query, work.today)]


def ordered(rows: Iterable[Row], sort: str) -> list[Row]:
    """Lines in the order that was asked for."""
    return sorted(rows, key=lambda row: sort_key(row, sort), reverse=sort.startswith("-"))


def sort_key(row: Row, sort: str) -> list[Any]:
    """What a line is sorted by, as JSON: no two lines of a tab have the same."""
    day, person = row.due_on.toordinal(), row.person
    name = sort.removeprefix("-")
    firsts: dict[str, list[Any]] = {
        "": [-row.severity, day],
        "due": [day],
        "name": [],
        "priority": [row.severity, -day],
        "place": [list(one) for one in person.place.order],
    }
    return [*firsts[name], person.name, person.id]


def _asked_for(row: Row, query: DueQuery, today: date) -> bool:
    """The conditions on what is due; those on the person are in the statement."""
    lost = query.tab is Tab.LOST
    wanted: tuple[tuple[str, Iterable[str]], ...] = (
        (query.programme, row.programmes),
        ("" if lost else query.activity, (str(one.activity) for one in row.items)),
        ("" if lost else query.priority, (list(Action)[row.severity],)),
        ("" if lost else query.band, (str(band_of(row.overdue(today), today)),)),
    )
    return all(not asked or asked in told for asked, told in wanted)


def _people(work: ReadWork, query: DueQuery) -> Select[Any]:
    """The residents of a query whom the actor sees, with what their lines are ordered by."""
    spec, patient = work.registry.specs["Patient"], work.registry.search["Patient"]
    may_read(work, spec, "s")
    may_read(work, work.registry.specs["CarePlan"], "s")
    asked = ResidentQuery(query.sought, query.organisation, file=query.file)
    files = records_file.alias("kept_file")  # the filters look into the table itself
    file = files.c
    people = resident_select(work, asked)
    if query.person:
        people = people.where(patient.c.id == query.person)
    return people.join(files, file.source_id == patient.c.id).add_columns(
        patient.c.name, file.committee, file.grid, file.building, file.unit
    )


def _rows(work: ReadWork, statement: Select[Any]) -> Iterable[Any]:
    seen = sight(work.actor, work.registry.specs["Patient"])
    return work.connection.execute(statement, seen.binds(work.now))


def _person(row: Any) -> Person:
    return Person(row[0], row[1] or "", Place(row[2], row[3], row[4], row[5]))


def _planned(work: ReadWork, query: DueQuery, reach: date) -> Iterable[Planned]:
    due, patient = health_due.c, work.registry.search["Patient"]
    statement = (
        _people(work, query)
        .join(health_due, and_(due.patient_id == patient.c.id, due.due_on <= reach))
        .add_columns(due.activity, due.programme, due.due_on, due.severity, due.source_id)
    )
    for row in _rows(work, statement):
        item = Item(Activity(row[6]), (row[7],), row[8], row[9], (row[10],))
        yield _person(row), item


def _lost(work: ReadWork, query: DueQuery) -> list[Row]:
    """Who is lost for the time being: places in programmes that rest."""
    place, patient = health_enrolment.c, work.registry.search["Patient"]
    statement = (
        _people(work, query)
        .join(health_enrolment, and_(place.patient_id == patient.c.id, place.status == "onhold"))
        .add_columns(place.programme, place.suspended_on, place.from_on, place.source_id)
    )
    found: dict[str, tuple[Person, list[Item]]] = {}
    for row in _rows(work, statement):
        person = _person(row)
        item = Item(None, (row[6],), row[7] or row[8], 0, (row[9],))
        found.setdefault(person.id, (person, []))[1].append(item)
    return [
        Row(person, tuple(sorted(items, key=lambda one: one.due_on)))
        for person, items in found.values()
    ]


class Told(NamedTuple):
    """What is told of a shown line beside what it is sorted by."""

    patient: Body
    reasons: tuple[str, ...]
    """Why it is as urgent as it is: Chinese sentences of the plans."""
    last_classes: tuple[tuple[str, str, date], ...]
    """Of each programme: its name, the class of its last visit (Chinese), the day."""
    attempts: int
    """How often somebody tried to reach the person since the first deadline."""
    reached_on: date | None
    """When the person was reached last, since then."""


def told_of(work: ReadWork, rows: Sequence[Row]) -> list[Told]:
    """What is told of shown lines, in a handful of statements for all of them."""
    ids = [row.person.id for row in rows]
    patients = load_all(work, "Patient", ids)
    plans = load_all(
        work,
        "CarePlan",
        (id_ for row in rows for one in row.items if one.activity for id_ in one.plan_ids),
    )
    classes, contacts = last_classes(work, ids), contacts_of(work, ids)
    return [
        Told(
            patients.get(row.person.id, {}),
            tuple(_reasons(row, plans)),
            tuple(
                (name, *classes[row.person.id, name])
                for name in row.programmes
                if (row.person.id, name) in classes
            ),
            *_tried(contacts.get(row.person.id, ()), row.due_on),
        )
        for row in rows
    ]


def _reasons(row: Row, plans: Mapping[str, Body]) -> Iterable[str]:
    """What the plans say of the most severe of a line."""
    found: dict[str, None] = {}
    for item in row.items:
        if item.severity == row.severity and item.activity:
            for id_ in item.plan_ids:
                text = description_of(plans.get(id_, {}), item)
                if text:
                    found[text] = None
    return found


def description_of(plan: Body, item: Item) -> str:
    """Why a CarePlan asks for an item; empty where it says nothing."""
    for one in plan.get("activity", ()):
        detail = one.get("detail", {})
        codes = [coding.get("code") for coding in detail.get("code", {}).get("coding", ())]
        if item.activity in codes:
            return str(detail.get("description", ""))
    return ""


def _tried(contacts: Sequence[tuple[date, bool]], since: date) -> tuple[int, date | None]:
    late = [(on, reached) for on, reached in contacts if on >= since]
    return len(late), max((on for on, reached in late if reached), default=None)


def last_classes(work: ReadWork, ids: Sequence[str]) -> dict[tuple[str, str], tuple[str, date]]:
    """The class of the last visit and its day, by person and programme."""
    table = health_follow_up.c
    found: dict[tuple[str, str], tuple[str, date]] = {}
    for start in range(0, len(ids), _CHUNK):
        latest = (
            select(table.patient_id, table.programme, func.max(table.done_on).label("on"))
            .where(table.patient_id.in_(ids[start : start + _CHUNK]), table.regular.is_(True))
            .group_by(table.patient_id, table.programme)
            .subquery()
        )
        statement = (
            select(table.patient_id, table.programme, table.outcome, table.done_on)
            .join(
                latest,
                and_(
                    latest.c.patient_id == table.patient_id,
                    latest.c.programme == table.programme,
                    latest.c.on == table.done_on,
                ),
            )
            .where(table.regular.is_(True))
        )
        for patient, programme, outcome, on in work.connection.execute(statement):
            title = programme_of(programme).outcome(outcome).title
            found[patient, programme] = (title, as_day(on))
    return found


def contacts_of(work: ReadWork, ids: Sequence[str]) -> dict[str, list[tuple[date, bool]]]:
    """When somebody was looked for and whether he was reached, by person."""
    table = health_contact.c
    found: dict[str, list[tuple[date, bool]]] = {}
    for start in range(0, len(ids), _CHUNK):
        statement = select(table.patient_id, table.tried_on, table.reached).where(
            table.patient_id.in_(ids[start : start + _CHUNK])
        )
        for patient, on, reached in work.connection.execute(statement):
            found.setdefault(patient, []).append((as_day(on), bool(reached)))
    return found
