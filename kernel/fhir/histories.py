"""The history interactions: the versions of one resource, or of all of a type (R4 3.1.0.12)."""

from functools import lru_cache
from typing import Any

from sqlalchemy import and_, or_, select, union_all

from kernel.db.prepared import Prepared
from kernel.db.tables import fhir_history, fhir_resource
from kernel.declare.resource import ResourceSpec
from kernel.errors import bad_request, not_found
from kernel.fhir import bundles
from kernel.fhir.exchange import Answer, Call, Pairs
from kernel.fhir.search.compile import bound
from kernel.fhir.search.dates import interval
from kernel.fhir.search.query import DEFAULT_COUNT
from kernel.fhir.search.run import read_cursor, write_cursor
from kernel.fhir.store.heads import get_head, may_read, opened
from kernel.security.policy import Sight, sight, visible
from kernel.work import ReadWork

_COLUMNS = ("type", "id", "version", "updated_at", "deleted", "patient_id", "body")


@lru_cache(maxsize=256)
def _page(kind: str, size: int, instance: bool) -> Prepared:
    """Versions of a type (or of one resource) before a position, newest first.

    Who sees a version is decided by where the record is kept now, not by where it was then.
    """
    versions = union_all(
        *(
            select(*(table.c[name] for name in _COLUMNS)).where(
                table.c.type == bound("type"),
                *([table.c.id == bound("id")] if instance else []),
            )
            for table in (fhir_resource, fhir_history)
        )
    ).subquery("v")
    head = fhir_resource.alias("h")
    at, by, number = bound("k0"), bound("k1"), bound("k2")
    before = or_(
        versions.c.updated_at < at,
        and_(versions.c.updated_at == at, versions.c.id > by),
        and_(versions.c.updated_at == at, versions.c.id == by, versions.c.version < number),
    )
    clauses = [before, versions.c.updated_at >= bound("since")]
    seen = visible(Sight(kind, ("",) * size), head, bound)
    if seen is not None:
        clauses.append(seen)
    joined = versions.join(head, and_(head.c.type == versions.c.type, head.c.id == versions.c.id))
    columns = [versions.c[name] for name in ("id", *_COLUMNS[2:])]
    order = (versions.c.updated_at.desc(), versions.c.id, versions.c.version.desc())
    return Prepared(
        select(*columns).select_from(joined).where(*clauses).order_by(*order).limit(bound("limit"))
    )


_START = [2**62, "", 2**31 - 1]


def do_history(work: ReadWork, spec: ResourceSpec, id_: str | None, call: Call) -> Answer:
    """One page of the versions of `id_`, or of the whole type."""
    may_read(work, spec)
    path = f"{spec.type}/{id_}/_history" if id_ else f"{spec.type}/_history"
    if id_ is not None and get_head(work, spec, id_) is None:
        raise not_found(f"{spec.type}/{id_}")
    pairs, position = call.query, _START
    cursor = call.param("_cursor")
    if cursor is not None:
        pairs, position = read_cursor(work, spec, cursor, of="history")
    count, since = _limits(work, pairs)
    seen = sight(work.actor, spec)
    values: dict[str, Any] = {"type": spec.type, "id": id_, "since": since, "limit": count + 1}
    values |= {f"k{n}": key for n, key in enumerate(position)} | seen.binds(work.now)
    rows = _page(*seen.shape, id_ is not None).rows(work.connection, values)
    versions = [opened(work, spec, row[0], row[1:]) for row in rows[:count]]
    links = [("self", bundles.link(call.base, path, call.query))]
    if len(rows) > count > 0:
        last = versions[-1]
        token = write_cursor(
            work, spec, pairs, [last.updated_at, last.id, last.version], of="history"
        )
        links.append(("next", bundles.link(call.base, path, [("_cursor", token)])))
    return Answer(200, bundles.history(call.base, work.now, versions=versions, links=links))


def _limits(work: ReadWork, pairs: Pairs) -> tuple[int, int]:
    """`_count` and the start of `_since`."""
    count, since = DEFAULT_COUNT, 0
    for name, text in pairs:
        if name == "_count":
            if not text.isascii() or not text.isdigit() or len(text) > 9:
                raise bad_request(f"_count is a whole number, not {text!r}")
            count = min(int(text), work.settings.max_page)
        elif name == "_since":
            try:
                since = interval(text.replace(" ", "+"))[0]
            except ValueError as error:
                raise bad_request(f"_since: {error}") from None
    return count, since
