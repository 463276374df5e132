"""AuditEvent as FHIR shows it: a read-only view of the audit's own tables (R4 6.4, IHE BALP)."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import select

from kernel.audit import queries
from kernel.audit.entry import Action
from kernel.audit.events import to_audit_event
from kernel.audit.queries import Key, Query, Sealed
from kernel.clock import Instant, iso_instant
from kernel.db.engine import Database
from kernel.db.tables import kernel_user
from kernel.declare.resource import ResourceSpec
from kernel.errors import bad_request, not_found
from kernel.fhir import bundles, json
from kernel.fhir.exchange import Answer, Call, Pairs
from kernel.fhir.search.dates import interval
from kernel.fhir.search.query import DEFAULT_COUNT
from kernel.fhir.search.run import read_cursor, write_cursor
from kernel.fhir.store.heads import Version, may_read
from kernel.work import ReadWork

_START = (2**62, 2**62)


def audit_view(database: Database) -> Callable[[ReadWork, Call, str | None], Answer]:
    """The function that answers reads and searches of AuditEvent."""

    def answer(work: ReadWork, call: Call, id_: str | None) -> Answer:
        spec = work.registry.specs["AuditEvent"]
        may_read(work, spec, "s" if id_ is None else "r")
        if id_ is None:
            return _search(work, spec, call, database)
        with database.reading_audit() as audit:
            found = queries.get(audit, work.keys, id_)
        if found is None:
            raise not_found(f"AuditEvent/{id_}")
        return Answer(200, _version(work, [found])[0].body, subset=True)

    return answer


def _version(work: ReadWork, found: Sequence[Sealed]) -> list[Version]:
    people = queries.people(work.connection, found)
    versions = []
    for sealed in found:
        entry = sealed.entry
        event = to_audit_event(sealed, people.get(entry.user_id or ""))
        event["meta"] = {"versionId": "1", "lastUpdated": iso_instant(entry.at)}
        body = json.dumps(event)
        versions.append(Version("AuditEvent", entry.id, 1, entry.at, False, None, body))
    return versions


def _search(work: ReadWork, spec: ResourceSpec, call: Call, database: Database) -> Answer:
    pairs: Pairs = call.query
    after: Sequence[Any] = _START
    cursor = call.param("_cursor")
    if cursor is not None:
        pairs, after = read_cursor(work, spec, cursor)
    limit, wanted, total = DEFAULT_COUNT, Query(), None
    strict = call.prefers("handling") == "strict"
    for name, text in pairs:
        if name == "_count":
            if not text.isascii() or not text.isdigit() or len(text) > 9:
                raise bad_request(f"_count is a whole number, not {text[:20]!r}")
            limit = min(int(text), work.settings.max_page)
        elif name in _READERS:
            wanted = _READERS[name](work, wanted, text)
        elif strict and not name.startswith("_"):
            raise bad_request(f"search parameter {name!r} is not known for AuditEvent")
    with database.reading_audit() as audit:
        if limit == 0 or call.param("_total") in ("accurate", "estimate"):
            total = queries.count(audit, wanted)
        page = queries.find(audit, work.keys, wanted, after=Key(*after), limit=max(limit, 1))
    shown = _version(work, page.entries) if limit else []
    links = [("self", bundles.link(call.base, "AuditEvent", call.query))]
    if page.next is not None and limit:
        token = write_cursor(work, spec, pairs, list(page.next))
        links.append(("next", bundles.link(call.base, "AuditEvent", [("_cursor", token)])))
    matches = [(version, version.body) for version in shown]
    return Answer(
        200, bundles.searchset(call.base, work.now, matches=matches, links=links, total=total)
    )


def _date(_work: ReadWork, wanted: Query, text: str) -> Query:
    prefix, value = (text[:2], text[2:]) if text[:2].isalpha() else ("eq", text)
    try:
        low, high = interval(value.replace(" ", "+"))
    except ValueError as error:
        raise bad_request(f"date: {error}", code="value") from None
    bounds: dict[str, tuple[Instant | None, Instant | None]] = {
        "eq": (low, high),
        "ge": (low, None),
        "gt": (high, None),
        "sa": (high, None),
        "lt": (None, low),
        "eb": (None, low),
        "le": (None, high),
    }
    if prefix not in bounds:
        raise bad_request(f"date: the prefix {prefix!r} is not supported", code="not-supported")
    since, until = bounds[prefix]
    if since is not None:
        wanted = replace(wanted, since=max(since, wanted.since or since))
    if until is not None:
        wanted = replace(wanted, until=min(until, wanted.until or until))
    return wanted


def _agent(work: ReadWork, wanted: Query, text: str) -> Query:
    """By account name, account id or `Practitioner/id`."""
    plain = text.rpartition("|")[2]
    user = kernel_user.c
    by = user.practitioner_id == plain.removeprefix("Practitioner/")
    found = work.connection.execute(
        select(user.id).where((user.name == plain) | (user.id == plain) | by)
    ).scalar()
    return replace(wanted, user_id=found or "unknown")


def _patient(_work: ReadWork, wanted: Query, text: str) -> Query:
    return replace(wanted, patient_id=text.removeprefix("Patient/"))


def _entity(_work: ReadWork, wanted: Query, text: str) -> Query:
    type_, _, id_ = text.partition("/")
    if not id_:
        raise bad_request("entity is written Type/id")
    return replace(wanted, resource_type=type_, resource_id=id_)


def _subtype(_work: ReadWork, wanted: Query, text: str) -> Query:
    code = text.rpartition("|")[2]
    known = {action.value: action for action in Action}
    if code not in known:
        raise bad_request(f"subtype is one of {', '.join(known)}")
    return replace(wanted, actions=(known[code],))


_READERS: dict[str, Callable[[ReadWork, Query, str], Query]] = {
    "date": _date,
    "agent": _agent,
    "patient": _patient,
    "entity": _entity,
    "subtype": _subtype,
}
