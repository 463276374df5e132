"""`Patient/$everything`: all that is kept about a person, page by page (R4 patient-operation)."""

from functools import lru_cache
from typing import Any

from sqlalchemy import and_, or_, select

from kernel.db.prepared import Prepared
from kernel.db.tables import fhir_resource
from kernel.declare.resource import ResourceSpec, Scope
from kernel.errors import bad_request, not_found
from kernel.fhir import bundles
from kernel.fhir.exchange import Answer, Pairs
from kernel.fhir.operations import OperationCall
from kernel.fhir.search.compile import bound
from kernel.fhir.search.dates import interval
from kernel.fhir.search.run import load, read_cursor, references_of, write_cursor
from kernel.fhir.store.heads import Version, opened, read
from kernel.security.policy import NONE, Sight, sight, visible
from kernel.work import ReadWork

_PAGE = 100
_MOST_AT_ONCE = 500


@lru_cache(maxsize=128)
def _statement(kind: str, size: int, types: tuple[str, ...]) -> Prepared:
    """Resources of these types in a person's compartment behind a position, by type and id."""
    table = fhir_resource
    names = ("type", "id", "version", "updated_at", "deleted", "patient_id", "body")
    after_type, after_id = bound("k0"), bound("k1")
    clauses = [
        table.c.patient_id == bound("patient"),
        table.c.type.in_(types),
        table.c.deleted.is_(False),
        table.c.updated_at >= bound("since"),
        or_(table.c.type > after_type, and_(table.c.type == after_type, table.c.id > after_id)),
    ]
    seen = visible(Sight(kind, ("",) * size), table, bound)
    if seen is not None:
        clauses.append(seen)
    return Prepared(
        select(*(table.c[n] for n in names))
        .where(*clauses)
        .order_by(table.c.type, table.c.id)
        .limit(bound("limit"))
    )


def everything(asked: OperationCall) -> Answer:
    """One page: the Patient first, then the compartment, with the directory it refers to.

    Understands `_count`, `_since`, `_type`; `start` and `end` are refused, because they would
    silently drop what has no date.
    """
    work, spec, call = asked.work, asked.spec, asked.call
    if asked.id is None:
        raise bad_request("$everything is asked of one patient: Patient/[id]/$everything")
    patient = read(work, spec, asked.id)
    pairs, position = call.query, ["", ""]
    cursor = call.param("_cursor")
    if cursor is not None:
        pairs, position = read_cursor(work, spec, cursor, of="everything")
        if position.pop(0) != asked.id:
            raise not_found("the page")
    count, since, types = _limits(work, pairs)
    rows = _rows(work, spec, asked.id, [count + 1, since, types, position])
    versions = [opened(work, work.registry.specs[row[0]], row[1], row[2:]) for row in rows[:count]]
    path = f"Patient/{asked.id}/$everything"
    links = [("self", bundles.link(call.base, path, call.query))]
    if len(rows) > count:
        last = versions[-1]
        token = write_cursor(work, spec, pairs, [asked.id, last.type, last.id], of="everything")
        links.append(("next", bundles.link(call.base, path, [("_cursor", token)])))
    first = [patient] if cursor is None and "Patient" in types else []
    shown = [*first, *(v for v in versions if v.type != "Patient")]
    body = bundles.searchset(
        call.base,
        work.now,
        matches=[(v, v.body) for v in shown],
        included=directory_of(work, shown),
        links=links,
    )
    return Answer(200, body)


def _rows(work: ReadWork, spec: ResourceSpec, id_: str, limits: list[Any]) -> list[Any]:
    limit, since, types, position = limits
    seen = sight(work.actor, spec)
    values = {"patient": id_, "limit": limit, "since": since, "k0": position[0], "k1": position[1]}
    statement = _statement(*seen.shape, tuple(types))
    return statement.rows(work.connection, {**values, **seen.binds(work.now)})


def _limits(work: ReadWork, pairs: Pairs) -> tuple[int, int, list[str]]:
    """Page size, earliest change, and the types that the actor may read."""
    count, since = _PAGE, 0
    types = [
        spec.type
        for spec in work.registry.compartment()
        if work.actor.may_read(spec) and sight(work.actor, spec) != NONE
    ]
    for name, text in pairs:
        if name == "_count":
            if not text.isascii() or not text.isdigit() or int(text[:9]) < 1:
                raise bad_request(f"_count is a whole number of at least 1, not {text[:20]!r}")
            count = min(int(text[:9]), work.settings.max_page)
        elif name == "_since":
            try:
                since = interval(text.replace(" ", "+"))[0]
            except ValueError as error:
                raise bad_request(f"_since: {error}") from None
        elif name == "_type":
            wanted = set(text.split(","))
            types = [t for t in types if t in wanted]
        elif name in ("start", "end"):
            raise bad_request(f"{name} is not supported by $everything", code="not-supported")
    return count, since, types


def compartment_of(work: ReadWork, patient_id: str) -> list[Version]:
    """A person's Patient and everything else of the compartment that the actor may read.

    Raises Refused (403, 404, 410) for a Patient whom the actor does not see.
    """
    spec = work.registry.specs["Patient"]
    found = [read(work, spec, patient_id)]
    _count, since, types = _limits(work, [])
    position = ["", ""]
    while rows := _rows(work, spec, patient_id, [_MOST_AT_ONCE, since, types, position]):
        found += [
            opened(work, work.registry.specs[row[0]], row[1], row[2:])
            for row in rows
            if row[0] != "Patient"
        ]
        position = [rows[-1][0], rows[-1][1]]
    return found


def directory_of(work: ReadWork, shown: list[Version]) -> list[Version]:
    """The institutions, staff and drugs that these resources refer to."""
    directory = {s.type for s in work.registry.specs.values() if s.scope is Scope.DIRECTORY}
    by_type: dict[str, list[str]] = {}
    for version in shown:
        by_type.setdefault(version.type, []).append(version.id)
    found = (
        target
        for type_, ids in by_type.items()
        for _, target in references_of(work, type_, ids)
        if target.type in directory
    )
    return load(work, sorted(set(found)))
