"""From an HTTP request to a visit: addresses, cookies and the form, within limits."""

from collections.abc import Mapping
from urllib.parse import parse_qsl, quote

from fastapi import Request

from kernel.errors import bad_request, not_found, not_supported, too_large
from kernel.web.forgery import SAFE_METHODS
from kernel.web.i18n import _
from kernel.web.visit import Visit, site_of

FORM_BYTES = 1 << 20
FORM_FIELDS = 500
_FORM = "application/x-www-form-urlencoded"


def begin(
    request: Request,
    query: Mapping[str, str] | None = None,
    form: Mapping[str, str] | None = None,
) -> Visit:
    """The visit of a request whose query and form have been read; nobody is identified yet.

    Without a query it serves the pages that say why a request could not be read, so nothing here
    may fail whatever the request looks like.
    """
    site = site_of(request.app)
    path: str = request.scope["path"]
    written = request.scope["query_string"].decode() if query else ""
    here = quote(path)
    return Visit(
        site=site,
        method=request.method,
        path=path,
        address=f"{here}?{written}" if written else here,
        query=query or {},
        form=form or {},
        params={name: str(value) for name, value in request.path_params.items()},
        headers=request.headers,
        cookies=request.cookies,
        source=request.client.host if request.client else "",
        now=site.station.clock.now(),
    )


async def visit_of(request: Request) -> Visit:
    """The dependency of every page.

    Raises Refused (400, 404, 413, 415) for an address or a form that cannot be read. It touches no
    database: who is asking is found out in the handler's own transaction.
    """
    if "\0" in request.scope["path"]:
        raise not_found("the page")  # PostgreSQL could not even look for it
    query = _query(request)
    if request.method in SAFE_METHODS:
        return begin(request, query)
    return begin(request, query, _fields(request, await _body(request)))


def _query(request: Request) -> dict[str, str]:
    try:
        return _pairs(request.scope["query_string"])
    except ValueError:
        raise bad_request(_("地址不是 UTF-8 文本，或参数过多")) from None


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
        return _pairs(body)
    except ValueError:
        raise bad_request(_("表单内容不是 UTF-8 文本，或字段过多")) from None


def _pairs(written: bytes) -> dict[str, str]:
    """The first value of every name. Raises ValueError where it is not UTF-8, escaped or not."""
    text = written.decode("utf-8")
    pairs = parse_qsl(text, keep_blank_values=True, max_num_fields=FORM_FIELDS, errors="strict")
    found: dict[str, str] = {}
    for name, value in pairs:
        found.setdefault(name, _clean(value))
    return found


def _clean(text: str) -> str:
    """Without NUL, which PostgreSQL cannot store and nobody types."""
    return text.replace("\0", "")
