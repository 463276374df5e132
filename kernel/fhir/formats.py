"""Formats: JSON only, asked for by `_format` or Accept, and how an answer is finally written."""

from kernel.errors import not_supported
from kernel.fhir import json
from kernel.fhir.exchange import Answer, Call
from kernel.fhir.subset import subset

_JSON = frozenset(
    {"json", "application/json", "application/fhir+json", "text/json", "application/json+fhir"}
)
_PATCH = "application/json-patch+json"
_FORM = "application/x-www-form-urlencoded"
_CONTENT = "application/fhir+json; charset=utf-8"


def _media(text: str) -> str:
    return text.partition(";")[0].strip().lower().replace(" ", "+")


def negotiate(call: Call) -> None:
    """Refuse what cannot be answered (406) or read (415) in JSON. R4 3.1.0.1.9–11."""
    wanted = call.param("_format")
    if wanted is not None:
        if _media(wanted) not in _JSON:
            raise not_supported(406, f"_format={wanted[:60]!r}: this server answers in JSON only")
    else:
        accept = call.headers.get("accept", "*/*")
        ranges = {_media(part) for part in accept.split(",")}
        if not ranges & (_JSON | {"*/*", "application/*", ""}):
            raise not_supported(406, "this server answers in JSON only: application/fhir+json")
    call.query = [pair for pair in call.query if pair[0] != "_format"]
    if call.method in ("POST", "PUT", "PATCH"):
        _readable(call)


def _readable(call: Call) -> None:
    if call.headers.get("content-encoding", "identity").lower() != "identity":
        raise not_supported(415, "send the body as it is, without Content-Encoding")
    sent = _media(call.headers.get("content-type", ""))
    if call.method == "PATCH":
        if sent != _PATCH:
            raise not_supported(415, f"a patch is sent as {_PATCH}")
    elif call.path.rstrip("/").endswith("_search"):
        if sent not in (_FORM, "") and call.body:
            raise not_supported(415, f"a search is posted as {_FORM}")
    elif sent not in _JSON and call.body:
        raise not_supported(415, "send JSON as application/fhir+json")


def presented(call: Call, answer: Answer) -> None:
    """Apply `_summary`, `_elements` and `_pretty`, and name the content type."""
    if answer.subset and answer.status == 200:
        summary = call.param("_summary") or ""
        elements = [e for e in (call.param("_elements") or "").split(",") if e]
        if summary in ("true", "text", "data") or elements:
            answer.body = subset(answer.body, summary, elements)
    if call.param("_pretty") == "true" and answer.body:
        answer.body = json.dumps_pretty(json.loads(answer.body))
    if answer.body:
        answer.headers["Content-Type"] = _CONTENT
