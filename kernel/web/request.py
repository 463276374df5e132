"""From an HTTP request to a visit: addresses, cookies and the form, within limits."""

from urllib.parse import parse_qsl

from fastapi import Request

from kernel.errors import bad_request, not_supported, too_large
from kernel.web.forgery import SAFE_METHODS
from kernel.web.visit import Visit, site_of

FORM_BYTES = 1 << 20
FORM_FIELDS = 500
_FORM = "application/x-www-form-urlencoded"


def begin(request: Request, form: dict[str, str] | None = None) -> Visit:
    """The visit of a request whose form has been read; nobody is identified yet."""
    site = site_of(request.app)
    query = request.url.query
    return Visit(
        site=site,
        method=request.method,
        path=request.url.path,
        address=f"{request.url.path}?{query}" if query else request.url.path,
        query=_first(request.query_params.multi_items()),
        form=form or {},
        params={name: str(value) for name, value in request.path_params.items()},
        headers=request.headers,
        cookies=request.cookies,
        source=request.client.host if request.client else "",
        now=site.station.clock.now(),
    )


async def visit_of(request: Request) -> Visit:
    """The dependency of every page. Raises Refused (400, 413, 415) for a form that cannot be read.

    It touches no database: who is asking is found out in the handler's own transaction.
    """
    if request.method in SAFE_METHODS:
        return begin(request)
    return begin(request, _fields(request, await _body(request)))


async def _body(request: Request) -> bytes:
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > FORM_BYTES:
            raise too_large(f"表单内容超过 {FORM_BYTES >> 10} KB")
    return body


def _fields(request: Request, body: bytes) -> dict[str, str]:
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if body and kind != _FORM:
        raise not_supported(415, f"表单应以 {_FORM} 提交")
    try:
        text = body.decode("utf-8")
        pairs = parse_qsl(text, keep_blank_values=True, max_num_fields=FORM_FIELDS)
    except ValueError:
        raise bad_request("表单内容不是 UTF-8 文本，或字段过多") from None
    return _first([(name, _clean(value)) for name, value in pairs])


def _first(pairs: list[tuple[str, str]]) -> dict[str, str]:
    found: dict[str, str] = {}
    for name, value in pairs:
        found.setdefault(name, _clean(value))
    return found


def _clean(text: str) -> str:
    """Without NUL, which PostgreSQL cannot store and nobody types."""
    return text.replace("\0", "")
