"""The search interaction: parameters in, a searchset out (R4 3.1.1)."""

from kernel.declare.resource import ResourceSpec
from kernel.errors import Issue
from kernel.fhir import bundles
from kernel.fhir.exchange import Answer, Call, Pairs
from kernel.fhir.interactions import reader_of
from kernel.fhir.search.query import read_query
from kernel.fhir.search.run import MAX_INCLUDED, read_cursor, search, write_cursor
from kernel.fhir.store.heads import may_read
from kernel.fhir.subset import subset
from kernel.work import ReadWork


def do_search(work: ReadWork, spec: ResourceSpec, call: Call) -> Answer:
    """One page. The link to the next holds the whole query and position, sealed."""
    may_read(work, spec, "s")
    pairs: Pairs = call.query
    after = None
    cursor = call.param("_cursor")
    if cursor is not None:
        pairs, after = read_cursor(work, spec, cursor)
    strict = call.prefers("handling") == "strict"
    query = read_query(reader_of(work, strict=strict), spec, pairs)
    page = search(work, spec, query, after=after)
    links = [("self", bundles.link(call.base, spec.type, _shown(call, query.used)))]
    if page.after is not None:
        token = write_cursor(work, spec, query.used, page.after)
        links.append(("next", bundles.link(call.base, spec.type, [("_cursor", token)])))
    warnings = []
    if page.truncated:
        text = f"more than {MAX_INCLUDED} resources would be included; ask for smaller pages"
        warnings.append(Issue("incomplete", text, severity="warning"))
    matches = [(v, subset(v.body, query.summary, query.elements)) for v in page.matches]
    body = bundles.searchset(
        call.base,
        work.now,
        matches=matches,
        included=page.included,
        links=links,
        total=page.total,
        warnings=warnings,
    )
    return Answer(200, body)


def _shown(call: Call, used: Pairs) -> Pairs:
    """The parameters of the self link; those of a POST are not repeated in an address."""
    if call.method == "POST":
        return []
    cursor = call.param("_cursor")
    return [("_cursor", cursor)] if cursor is not None else used
