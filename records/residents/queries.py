"""What the pages read of residents: one statement for a page of the list, few for all beside it.

The list is one SELECT over the search table, because the one search box also finds by the endings
of numbers, which FHIR's search does not offer. Sight is applied in every statement.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    Date,
    Select,
    and_,
    false,
    func,
    literal,
    or_,
    select,
)

from kernel.canonical import HEALTH_RECORD_NUMBER, ICD10_NATIONAL, ICD10_WHO
from kernel.clock import Instant, instant_of, local_date
from kernel.db.derived import DELIMITER, search_identifier, search_reference, search_text
from kernel.db.dialect import contains
from kernel.db.tables import fhir_resource
from kernel.declare.resource import ResourceSpec
from kernel.errors import bad_request
from kernel.fhir import json
from kernel.fhir.interactions import reader_of
from kernel.fhir.search.compile import among_own, bound
from kernel.fhir.search.extract import identifier_key
from kernel.fhir.search.query import read_query
from kernel.fhir.search.run import load, search
from kernel.fhir.store.heads import may_read, opened, read
from kernel.fhir.store.references import Target
from kernel.messages import Message, _, joined
from kernel.security.policy import Sight, sight, visible
from kernel.values.names import normalise_text, search_key
from kernel.work import ReadWork
from records.duplicates.projections import records_match
from records.life.selection import NO_FILE_QUERY, FileQuery
from records.life.selection import clauses as file_clauses
from records.reading import id_of
from records.residents.finding import Sought, What

Body = Mapping[str, Any]
_END = "\U0010ffff"
_LEAST_DAY = date(1, 1, 1)
_EARLIEST = instant_of(datetime(1900, 1, 1, tzinfo=UTC))
"""Before it there is no visit, only the mark of a period whose beginning is not known."""
AGES: Mapping[str, tuple[int, int]] = {
    "0-6": (0, 7),
    "7-14": (7, 15),
    "15-64": (15, 65),
    "65": (65, 200),
    "80": (80, 200),
}
"""Age groups by completed years: from, and below."""
SORTS = ("name", "birth_date")


@dataclass(frozen=True, slots=True)
class ResidentQuery:
    """Which residents, and in which order. An empty text restricts nothing."""

    sought: Sought | None = None
    organisation: str = ""
    sex: str = ""
    age: str = ""
    state: str = ""
    """`active` or `closed`."""
    file: FileQuery = NO_FILE_QUERY
    sort: str = ""
    """One of `SORTS`, with a leading minus for the descending order; without a wish by name."""


@dataclass(frozen=True, slots=True)
class ResidentPage:
    """A page of residents; `after` is where the next one begins, None at the end."""

    bodies: list[Body]
    after: list[Any] | None


def list_residents(
    work: ReadWork, query: ResidentQuery, *, after: Sequence[Any] | None = None, limit: int = 20
) -> ResidentPage:
    """A page of the residents whom the actor sees. Raises Refused (400, 403)."""
    spec = work.registry.specs["Patient"]
    may_read(work, spec, "s")
    table, head = work.registry.search["Patient"], fhir_resource
    key = _sort_key(work, query.sort)
    statement = resident_select(work, query).join(
        head, and_(head.c.type == "Patient", head.c.id == table.c.id)
    )
    columns = (head.c.version, head.c.updated_at, head.c.deleted, head.c.patient_id, head.c.body)
    statement = statement.add_columns(*columns, key)
    descending = query.sort.startswith("-")
    if after is not None:
        statement = statement.where(_behind(key, table.c.id, after, descending))
    order = (key.desc() if descending else key.asc(), table.c.id)
    rows = work.connection.execute(
        statement.order_by(*order).limit(limit + 1), sight(work.actor, spec).binds(work.now)
    ).all()
    bodies = [json.loads(opened(work, spec, row[0], tuple(row[1:6])).body) for row in rows[:limit]]
    more = len(rows) > limit
    return ResidentPage(bodies, [_plain(rows[limit - 1][6]), rows[limit - 1][0]] if more else None)


def each_resident(work: ReadWork, query: ResidentQuery, *, most: int) -> Iterator[list[Body]]:
    """All residents of a query in portions, at most `most` of them."""
    after: Sequence[Any] | None = None
    while most > 0:
        page = list_residents(work, query, after=after, limit=min(most, 500))
        yield page.bodies
        most -= len(page.bodies)
        after = page.after
        if after is None:
            return


def count_residents(work: ReadWork, query: ResidentQuery) -> int:
    """How many residents of a query the actor sees."""
    spec = work.registry.specs["Patient"]
    may_read(work, spec, "s")
    statement = select(func.count()).select_from(resident_select(work, query).subquery())
    return int(work.connection.scalar(statement, sight(work.actor, spec).binds(work.now)) or 0)


def resident_select(work: ReadWork, query: ResidentQuery) -> Select[Any]:
    """The ids of the residents of a query whom the actor sees."""
    spec, table = work.registry.specs["Patient"], work.registry.search["Patient"]
    statement = select(table.c.id).select_from(table)
    seen = visible(sight(work.actor, spec), table, bound)
    clauses = [] if seen is None else [seen]
    if query.state != "closed":  # what became part of another record is found there
        clauses.append(table.c.id.not_in(_merged()))
    if query.organisation:
        clauses.append(table.c.organisation_id == query.organisation)
    if query.sex:
        clauses.append(table.c.gender == query.sex)
    if query.age:
        clauses.append(_aged(work, query.age))
    if query.state:
        inactive = table.c.active == "false"
        clauses.append(inactive if query.state == "closed" else func.coalesce(~inactive, True))
    clauses += file_clauses(work, query.file, table.c.id)
    if query.sought is not None:
        clauses.append(table.c.id.in_(_sought(work, query.sought)))
    return statement.where(*clauses)


def _merged() -> Select[Any]:
    table = records_match.c
    return select(table.source_id).where(table.merged_into.is_not(None))


def _aged(work: ReadWork, group: str) -> ColumnElement[bool]:
    if group not in AGES:
        raise bad_request(Message(_("年龄组应为 %(ages)s 之一"), ages=joined(AGES)), "age")
    least, below = AGES[group]
    born = work.registry.search["Patient"].c.birthdate_from
    earliest = _years_before(work.today, below)
    return and_(born <= _years_before(work.today, least), born > earliest)


def _years_before(day: date, years: int) -> date:
    """The same day so many years before; of 29 February the day before."""
    try:
        return day.replace(year=day.year - years)
    except ValueError:
        return day.replace(year=day.year - years, day=28)


def _sought(work: ReadWork, sought: Sought) -> Any:
    if sought.what in (What.NAME, What.PART):
        return _named(sought, sight(work.actor, work.registry.specs["Patient"]))
    if sought.what is What.ADDRESS:
        seen = sight(work.actor, work.registry.specs["Patient"])
        return _named(sought, seen).union(_living_at(work, sought.text, seen))
    if sought.what is What.CARD:
        patient = work.registry.search["Patient"].alias("carried")
        return select(patient.c.id).where(patient.c.id == sought.text)
    if sought.what is What.ENDING:
        return _ending(work, sought.text)
    return _numbered(work, sought.text)


def _named(sought: Sought, seen: Sight) -> Select[Any]:
    side, key = search_text.c, search_key(sought.text)
    if not key:  # every name begins with nothing
        return select(side.id).where(false())
    clauses = [side.type == "Patient", side.param == "name", side.key >= key, side.key < key + _END]
    if sought.what is What.NAME:
        clauses.append(side.part == 0)
    return select(side.id).where(*among_own(seen), *clauses)


def _living_at(work: ReadWork, text: str, seen: Sight) -> Select[Any]:
    """By a part of the home address, among those whom the actor sees: some thousand texts."""
    patient = work.registry.search["Patient"].alias("housed")
    clauses = [contains(patient.c.address, literal(normalise_text(text)))]
    own = visible(seen, patient, bound)
    return select(patient.c.id).where(*clauses, *([] if own is None else [own]))


def _ending(work: ReadWork, text: str) -> Select[Any]:
    """By the last characters of a document's number (not of the record number) or of a phone."""
    side, size = search_identifier.c, len(text)
    document = and_(side.param == "identifier", side.system != HEALTH_RECORD_NUMBER)
    return select(side.id).where(
        side.digest.in_(work.keys.blinds(identifier_key("", text, size))),
        side.type == "Patient",
        side.part == size,
        or_(document, side.param == "phone"),
    )


def _numbered(work: ReadWork, text: str) -> CompoundSelect[Any]:
    """By a whole number: of a document, a phone, a record, or of the household."""
    side = search_identifier.c
    plain, phone = identifier_key("", text), identifier_key("phone", text)
    digests = {*work.keys.blinds(plain), *work.keys.blinds(phone)}
    whole = (side.digest.in_(digests), side.part == 0)
    own = select(side.id).where(*whole, side.type == "Patient")
    households = select(side.id).where(*whole, side.type == "Group")
    link = search_reference.c
    members = select(link.target_id).where(
        link.type == "Group",
        link.path == "member.entity",
        link.target_type == "Patient",
        link.id.in_(households),
    )
    return own.union(members)


def _sort_key(work: ReadWork, sort: str) -> ColumnElement[Any]:
    table, name = work.registry.search["Patient"], sort.lstrip("-")
    if name == "birth_date":
        return func.coalesce(table.c.birthdate_from, literal(_LEAST_DAY, Date()))
    if name in ("name", ""):
        return func.coalesce(table.c.name, "")
    raise bad_request(Message(_("可按 %(sorts)s 排序"), sorts=joined(SORTS)), "sort")


def _behind(
    key: ColumnElement[Any], id_: ColumnElement[Any], after: Sequence[Any], descending: bool
) -> ColumnElement[bool]:
    last: Any = after[0]
    if isinstance(key.type, Date):
        last = date.fromisoformat(last)
    further = key < last if descending else key > last
    return or_(further, and_(key == last, id_ > after[1]))


def _plain(key: Any) -> Any:
    return key.isoformat() if isinstance(key, date) else key


def _beside(work: ReadWork, type_: str, ids: Sequence[str], *columns: str) -> Select[Any]:
    """Columns of the search table of a type for these persons, as far as the actor sees it."""
    spec, table = work.registry.specs[type_], work.registry.search[type_]
    statement = select(table.c.patient_id, *(table.c[name] for name in columns))
    seen = visible(sight(work.actor, spec), table, bound)
    if seen is not None:
        statement = statement.where(seen)
    return statement.where(table.c.patient_id.in_(ids))


def _rows(work: ReadWork, spec: ResourceSpec, statement: Select[Any]) -> Iterable[Any]:
    return work.connection.execute(statement, sight(work.actor, spec).binds(work.now))


def last_visits(work: ReadWork, ids: Sequence[str]) -> dict[str, date]:
    """The local day of each person's last visit that has begun on a known day."""
    spec, table = work.registry.specs["Encounter"], work.registry.search["Encounter"]
    began = table.c.date_from.between(_EARLIEST, work.now)
    inner = _beside(work, "Encounter", ids, "date_from").where(began)
    found = inner.subquery()
    statement = select(found.c.patient_id, func.max(found.c.date_from)).group_by(found.c.patient_id)
    return {row[0]: local_date(row[1]) for row in _rows(work, spec, statement)}


def active_codes(work: ReadWork, ids: Sequence[str]) -> dict[str, dict[str, None]]:
    """The ICD-10 codes of each person's active conditions."""
    spec, table = work.registry.specs["Condition"], work.registry.search["Condition"]
    statement = _beside(work, "Condition", ids, "code").where(
        contains(table.c.clinical_status, literal(f"|active{DELIMITER}"))
    )
    codes: dict[str, dict[str, None]] = {}
    for patient, tokens in _rows(work, spec, statement):
        for token in (tokens or "").split(DELIMITER):
            system, _, code = token.partition("|")
            if system in (ICD10_NATIONAL, ICD10_WHO):
                codes.setdefault(patient, {})[code] = None
    return codes


def count_visits(work: ReadWork, since: Instant) -> int:
    """How many visits that the actor sees began at or after an instant."""
    spec, table = work.registry.specs["Encounter"], work.registry.search["Encounter"]
    statement = select(func.count()).select_from(table).where(table.c.date_from >= since)
    seen = visible(sight(work.actor, spec), table, bound)
    if seen is not None:
        statement = statement.where(seen)
    return int(work.connection.scalar(statement, sight(work.actor, spec).binds(work.now)) or 0)


def get_resident(work: ReadWork, id_: str) -> Body:
    """One Patient. Raises Refused (403, 404, 410)."""
    body: Body = json.loads(read(work, work.registry.specs["Patient"], id_).body)
    return body


def find_all(work: ReadWork, type_: str, *pairs: tuple[str, str]) -> list[Body]:
    """The bodies of one page of a FHIR search; nothing for who may not read the type."""
    spec = work.registry.specs[type_]
    if not work.actor.may_read(spec, "s"):
        return []
    query = read_query(reader_of(work, strict=True), spec, pairs)
    return [json.loads(found.body) for found in search(work, spec, query).matches]


def load_all(work: ReadWork, type_: str, ids: Iterable[str]) -> dict[str, Body]:
    """Bodies by id, in one statement; those left out that the actor does not see."""
    targets = [Target(type_, id_) for id_ in dict.fromkeys(ids) if id_]
    return {found.id: json.loads(found.body) for found in load(work, targets)}


def households_of(work: ReadWork, id_: str) -> list[Body]:
    """The households that a person belongs to; for who is in none now, those of the past."""
    link = search_reference.c
    ids = work.connection.scalars(
        select(link.id).where(
            link.target_id == id_,
            link.target_type == "Patient",
            link.type == "Group",
            link.path == "member.entity",
        )
    )
    found = list(load_all(work, "Group", ids).values())
    present = [body for body in found if _is_in(body, id_)]
    return present or found


def _is_in(group: Body, patient_id: str) -> bool:
    """Whether a person is a present member of a Group."""
    return any(
        id_of(one.get("entity"), "Patient") == patient_id and not one.get("inactive", False)
        for one in group.get("member", ())
    )
