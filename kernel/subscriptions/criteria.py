"""What a Subscription asks for: a search of one type, about the resource itself."""

from urllib.parse import parse_qsl

from kernel.declare.resource import ResourceSpec
from kernel.errors import Refused, unprocessable
from kernel.fhir.interactions import reader_of
from kernel.fhir.search.query import RESULT_PARAMS, Query, read_query
from kernel.work import ReadWork

WHERE = "Subscription.criteria"


def criteria_type(text: str) -> str:
    """The type that criteria name, whether it is known or not."""
    return text.partition("?")[0]


def read_criteria(work: ReadWork, text: str) -> tuple[ResourceSpec, Query]:
    """The type and the search of criteria such as `Task?status=requested` (R4 Subscription).

    Raises Refused (422) for a type that is not served, and for parameters that are not known, that
    shape a result (`_sort`) or that look at other resources (chains): a change there is not told.
    """
    type_, _mark, asked = text.partition("?")
    spec = work.registry.spec(type_)
    if spec is None or spec.view is not None:
        raise unprocessable(f"criteria begin with a type that is served, not {type_[:40]!r}", WHERE)
    pairs = parse_qsl(asked, keep_blank_values=True, errors="replace")
    for name, value in pairs:
        if name.partition(":")[0] in RESULT_PARAMS:
            raise unprocessable(f"{name[:40]} shapes a search's result; leave it out", WHERE)
        if value == "":
            raise unprocessable(f"{name[:40]} has no value", WHERE)
    try:
        query = read_query(reader_of(work, strict=True), spec, pairs)
    except Refused as refused:
        raise unprocessable("; ".join(i.diagnostics for i in refused.issues), WHERE) from None
    if any(condition.chain is not None for condition in query.shape.conditions):
        raise unprocessable("criteria look at the resource itself: chains are not possible", WHERE)
    return spec, query
