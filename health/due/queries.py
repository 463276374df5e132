"""What the due list reads: one statement over typed columns, and what is told of the shown rows.

Sight is that of the records' own list (`records.api.resident_select`): a station sees its own
residents, a centre those of its stations.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from operator import itemgetter
from typing import Any, Final, NamedTuple

from sqlalchemy import Select, and_, case, func, select

from health.declare import Action, Activity
from health.due.rows import (
    Item,
    Place,
    Planned,
    Row,
    Tab,
    gathered,
    shown_until,
    spans,
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
_due: Final = health_due.c
_PLANNED: Final = (
    _due.due_on, _due.activity, _due.programme, _due.severity, _due.source_id, _due.patient_id,
    _due.source_type, _due.path,
)  # fmt: skip
"""The columns of `health.due.rows.Planned`."""


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

    @property
    def asks_what(self) -> bool:
        """Whether anything is asked of what is due, and not of the person alone."""
        return bool(self.programme or self.activity or self.priority or self.band)


class Due(NamedTuple):
    """A part of the lines of a tab in their order, and how many each tab has under the same
    conditions; `key` is that of the last of the part, None where no more follow.
    """

    rows: list[Row]
    counts: Mapping[Tab, int]
    key: list[Any] | None


def list_due(
    work: ReadWork, query: DueQuery, *, after: Sequence[Any] | None = None, most: int
) -> Due:
    """The due list as a page shows it: the lines behind a key. Raises Refused (400, 403)."""
    lost = [row for row in _lost(work, query) if _asked_for(row, query, work.today)]
    if query.tab is Tab.LOST or query.asks_what:
        found = list_rows(work, query, until=shown_until(work.today))
        begin, end = spans(work.today).get(query.tab, (date.max, date.min))
        rows = lost if query.tab is Tab.LOST else [r for r in found if begin <= r.due_on <= end]
        made = {row.person: row for row in rows}
        firsts = [First(row.person, row.due_on, row.severity) for row in rows]
        counts = _counts(work, [row.due_on for row in found], lost)
    else:
        every = _firsts(work, query)
        made, counts = {}, _counts(work, [one.due_on for one in every], lost)
        begin, end = spans(work.today)[query.tab]
        firsts = [one for one in every if begin <= one.due_on <= end]
    back = query.sort.startswith("-")
    keyed = sorted(zip(_keys(work, firsts, query.sort), firsts, strict=True), reverse=back)
    if after is not None:
        last = list(after)
        keyed = [one for one in keyed if (one[0] < last if back else one[0] > last)]
    shown = [one.person for _key, one in keyed[:most]]
    made |= _rows_of(work, [person for person in shown if person not in made])
    more = keyed[most - 1][0] if len(keyed) > most else None
    return Due([made[person] for person in shown if person in made], counts, more)


def list_urgent(work: ReadWork, *, most: int) -> list[Row]:
    """The first of those who are overdue or due today, in the order of the page."""
    firsts = [one for one in _firsts(work, DueQuery()) if one.due_on <= work.today]
    keyed = sorted(zip(_keys(work, firsts, ""), firsts, strict=True))[:most]
    made = _rows_of(work, [one.person for _key, one in keyed])
    return [made[one.person] for _key, one in keyed if one.person in made]


def _counts(work: ReadWork, days: Sequence[date], lost: Sequence[Row]) -> dict[Tab, int]:
    by_day = Counter(days)
    counts = {
        tab: sum(number for on, number in by_day.items() if begin <= on <= end)
        for tab, (begin, end) in spans(work.today).items()
    }
    return {**counts, Tab.LOST: len(lost)}


class First(NamedTuple):
    """A line before its items are read."""

    person: str
    due_on: date
    severity: int


def _firsts(work: ReadWork, query: DueQuery) -> list[First]:
    """The first deadline of everybody of a query, as far as the tabs reach, with the severity.

    What is due by today takes along all of the days of a joint visit, so the database can tell the
    severity; later lines that are not routine are looked at one by one.
    """
    due, patient = health_due.c, work.registry.search["Patient"]
    until, span = shown_until(work.today), timedelta(days=JOINT_DAYS.on(work.today))
    soon = case((due.due_on <= work.today + span, due.severity), else_=0)
    statement = (
        _people(work, query)
        .join(health_due, and_(due.patient_id == patient.c.id, due.due_on <= until + span))
        .with_only_columns(
            due.patient_id, func.min(due.due_on), func.max(soon), func.max(due.severity)
        )
        .group_by(due.patient_id)
        .having(func.min(due.due_on) <= until)
    )
    rows = _rows(work, statement)
    days = {on: as_day(on) for on in {row[1] for row in rows}}  # thousands share a few days
    found = [First(person, days[on], now) for person, on, now, _later in rows]
    unsure = [person for person, on, _now, later in rows if later and days[on] > work.today]
    exact = {person: row.severity for person, row in _rows_of(work, unsure).items()}
    if not exact:
        return found
    return [one._replace(severity=exact.get(one.person, one.severity)) for one in found]


def _rows_of(work: ReadWork, ids: Sequence[str]) -> dict[str, Row]:
    """The first line of persons whom the actor sees (the caller has looked), by person."""
    due, until = health_due.c, shown_until(work.today)
    reach = until + timedelta(days=JOINT_DAYS.on(work.today))
    found: dict[str, Row] = {}
    for start in range(0, len(ids), _CHUNK):
        statement = select(*_PLANNED).where(
            due.patient_id.in_(ids[start : start + _CHUNK]), due.due_on <= reach
        )
        rows = work.connection.execute(statement).all()
        found.update({row.person: row for row in gathered(rows, work.today, until)})
    return found


def list_rows(work: ReadWork, query: DueQuery, *, until: date) -> list[Row]:
    """All lines of a query whose first deadline is at most `until`, whatever their tab."""
    reach = max(until, work.today) + timedelta(days=JOINT_DAYS.on(work.today))
    rows = gathered(_planned(work, query, reach), work.today, until)
    if not query.asks_what:
        return rows
    return [row for row in rows if _asked_for(row, query, work.today)]


class Deadline(NamedTuple):
    """How many persons have the first deadline `on` a day, and that of a visit `missed_on` one."""

    on: date
    missed_on: date | None
    persons: int


def count_deadlines(work: ReadWork) -> list[Deadline]:
    """How many persons have their first deadlines on which days, as far as the tabs reach.

    Each of them is one line: a second one of the same person begins later than any tab ends.
    """
    due, patient = health_due.c, work.registry.search["Patient"]
    until = shown_until(work.today)
    visit = case((due.activity != Activity.EXAMINATION.value, due.due_on))
    first = (
        _people(work, DueQuery())
        .join(health_due, and_(due.patient_id == patient.c.id, due.due_on <= until))
        .with_only_columns(func.min(due.due_on).label("on"), func.min(visit).label("missed_on"))
        .group_by(due.patient_id)
        .subquery()
    )
    days = (first.c.on, first.c.missed_on)
    statement = select(*days, func.count()).group_by(*days)
    return [
        Deadline(as_day(on), None if missed is None else as_day(missed), persons)
        for on, missed, persons in _rows(work, statement)
    ]


def _keys(work: ReadWork, rows: Sequence[First], sort: str) -> Iterator[list[Any]]:
    """What lines are sorted by, as JSON: no two lines of a tab have the same."""
    name = sort.removeprefix("-")
    if name in ("name", "place"):
        homes = homes_of(work, [row.person for row in rows])
        for row in rows:
            home = homes.get(row.person, NOWHERE)
            yield [home.name if name == "name" else home.place.order, row.person]
    elif name == "due":
        yield from ([row.due_on.toordinal(), row.person] for row in rows)
    elif name == "priority":
        yield from ([row.severity, -row.due_on.toordinal(), row.person] for row in rows)
    else:
        yield from ([-row.severity, row.due_on.toordinal(), row.person] for row in rows)


def _asked_for(row: Row, query: DueQuery, today: date) -> bool:
    """The conditions on what is due; those on the person are in the statement."""
    if query.programme and query.programme not in row.programmes:
        return False
    if query.tab is Tab.LOST:
        return True
    return (
        (not query.activity or query.activity in row.activities)
        and (not query.priority or list(Action)[row.severity] == query.priority)
        and (not query.band or row.band(today) == query.band)
    )


def _people(work: ReadWork, query: DueQuery) -> Select[Any]:
    """The ids of the residents of a query whom the actor sees."""
    patient = work.registry.search["Patient"]
    may_read(work, work.registry.specs["Patient"], "s")
    may_read(work, work.registry.specs["CarePlan"], "s")
    people = resident_select(work, ResidentQuery(query.sought, query.organisation, file=query.file))
    return people.where(patient.c.id == query.person) if query.person else people


def _rows(work: ReadWork, statement: Select[Any]) -> Sequence[Any]:
    seen = sight(work.actor, work.registry.specs["Patient"])
    return work.connection.execute(statement, seen.binds(work.now)).all()


def _planned(work: ReadWork, query: DueQuery, reach: date) -> Sequence[Planned]:
    due, patient = health_due.c, work.registry.search["Patient"]
    statement = (
        _people(work, query)
        .join(health_due, and_(due.patient_id == patient.c.id, due.due_on <= reach))
        .with_only_columns(*_PLANNED)
    )
    return _rows(work, statement)


def _lost(work: ReadWork, query: DueQuery) -> list[Row]:
    """Who is lost for the time being: places in programmes that rest."""
    place, patient = health_enrolment.c, work.registry.search["Patient"]
    since = func.coalesce(place.suspended_on, place.from_on)
    statement = (
        _people(work, query)
        .join(health_enrolment, and_(place.patient_id == patient.c.id, place.status == "onhold"))
        .with_only_columns(since, place.programme, place.source_id, place.patient_id)
    )
    found: dict[str, list[Planned]] = {}
    for on, programme, id_, person in _rows(work, statement):
        rests = (as_day(on), "", programme, 0, id_, person, "EpisodeOfCare", None)
        found.setdefault(person, []).append(rests)
    return [Row(sorted(planned, key=itemgetter(0, 2))) for planned in found.values()]


class Dwelling(NamedTuple):
    """What lines can be ordered by: the key of the person's name, and where the person lives."""

    name: str
    place: Place


NOWHERE: Final = Dwelling("", Place(None, None, None, None))


def homes_of(work: ReadWork, ids: Sequence[str]) -> dict[str, Dwelling]:
    """Name and place of persons whom the actor sees (the caller has looked), by id."""
    patient, file = work.registry.search["Patient"].c, records_file.c
    found: dict[str, Dwelling] = {}
    for start in range(0, len(ids), _CHUNK):
        statement = (
            select(patient.id, patient.name, file.committee, file.grid, file.building, file.unit)
            .join(records_file, file.source_id == patient.id)
            .where(patient.id.in_(ids[start : start + _CHUNK]))
        )
        for row in work.connection.execute(statement):
            found[row[0]] = Dwelling(row[1] or "", Place(*row[2:]))
    return found


class Told(NamedTuple):
    """What is told of a shown line."""

    patient: Body
    reasons: tuple[str, ...]
    """Why it is urgent: Chinese sentences of the plans; none where it is a routine visit."""
    last_classes: tuple[tuple[str, str, date], ...]
    """Of each programme: its name, the class of its last visit (Chinese), the day."""
    attempts: int
    """How often somebody tried to reach the person since the first deadline."""
    reached_on: date | None
    """When the person was reached last, since then."""
    managed: frozenset[str] = frozenset()
    """The programmes that somebody is in for whom another module planned something."""


def told_of(work: ReadWork, rows: Sequence[Row]) -> list[Told]:
    """What is told of shown lines, in a handful of statements for all of them."""
    ids = [row.person for row in rows]
    patients = load_all(work, "Patient", ids)
    urgent = [row for row in rows if row.severity]
    plans = load_all(
        work, "CarePlan", (id_ for row in urgent for one in row.items for id_ in one.plan_ids)
    )
    classes, contacts = last_classes(work, ids), contacts_of(work, ids)
    managed = _managed(work, [row.person for row in rows if row.has_pages])
    return [
        Told(
            patients.get(row.person, {}),
            tuple(_reasons(row, plans)) if plans and row.severity else (),
            tuple(
                (name, *classes[row.person, name])
                for name in row.programmes
                if (row.person, name) in classes
            ),
            *_tried(contacts.get(row.person, ()), row.missed_on or row.due_on),
            managed.get(row.person, frozenset()),
        )
        for row in rows
    ]


def _managed(work: ReadWork, ids: Sequence[str]) -> dict[str, frozenset[str]]:
    """The programmes that persons are in now, by person."""
    place = health_enrolment.c
    found: dict[str, frozenset[str]] = {}
    for start in range(0, len(ids), _CHUNK):
        statement = select(place.patient_id, place.programme).where(
            place.patient_id.in_(ids[start : start + _CHUNK]), place.status == "active"
        )
        for person, name in work.connection.execute(statement):
            found[person] = found.get(person, frozenset()) | {name}
    return found


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
