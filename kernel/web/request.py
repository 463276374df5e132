"""From an HTTP request to a visit: addresses, cookies, the form and its files, within limits."""

from collections.abc import AsyncGenerator, Mapping
from urllib.parse import parse_qsl, quote

from fastapi import Request
from starlette.datastructures import UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser

from kernel.errors import bad_request, not_found, not_supported, too_large
from kernel.messages import Message, _
from kernel.web.forgery import SAFE_METHODS
from kernel.web.visit import Upload, Visit, site_of

FORM_BYTES = 1 << 20
FORM_FIELDS = 500
FILE_BYTES = 10 << 20
"""A request with files may carry so much."""
FILES = 5
_FORM = "application/x-www-form-urlencoded"
_WITH_FILES = "multipart/form-data"
Lists = dict[str, tuple[str, ...]]
"""All values of every name of a form, in their order."""


def begin(
    request: Request,
    query: Mapping[str, str] | None = None,
    lists: Lists | None = None,
    files: Mapping[str, Upload] | None = None,
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
        form={name: values[0] for name, values in (lists or {}).items()},
        lists=lists or {},
        files=files or {},
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
    if _kind(request) == _WITH_FILES:
        return begin(request, query, *await _parts(request))
    return begin(request, query, _fields(request, await _body(request)))


def _kind(request: Request) -> str:
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()


def _query(request: Request) -> dict[str, str]:
    try:
        pairs = _pairs(request.scope["query_string"])
    except ValueError:
        raise bad_request(_("地址不是 UTF-8 文本，或参数过多")) from None
    return {name: values[0] for name, values in pairs.items()}


async def _body(request: Request) -> bytes:
    return b"".join([part async for part in _limited(request, FORM_BYTES)])


async def _limited(request: Request, most: int) -> AsyncGenerator[bytes, None]:
    size = 0
    async for part in request.stream():
        size += len(part)
        if size > most:
            raise too_large(Message(_("提交的内容超过 %(n)s KB"), n=most >> 10))
        yield part


def _fields(request: Request, body: bytes) -> Lists:
    if body and _kind(request) != _FORM:
        raise not_supported(415, Message(_("表单应以 %(kind)s 提交"), kind=_FORM))
    try:
        return _pairs(body)
    except ValueError:
        raise bad_request(_("表单内容不是 UTF-8 文本，或字段过多")) from None


async def _parts(request: Request) -> tuple[Lists, dict[str, Upload]]:
    """The texts and the files of a form (RFC 7578)."""
    parser = MultiPartParser(
        request.headers,
        _limited(request, FILE_BYTES),
        max_files=FILES,
        max_fields=FORM_FIELDS,
        max_part_size=FORM_BYTES,
    )
    try:
        form = await parser.parse()
    except (MultiPartException, UnicodeDecodeError):
        raise bad_request(_("表单内容不是 UTF-8 文本，或字段过多")) from None
    try:
        lists: dict[str, list[str]] = {}
        files: dict[str, Upload] = {}
        for name, value in form.multi_items():
            if isinstance(value, UploadFile):
                files[name] = Upload(_clean(value.filename or ""), await value.read())
            else:
                lists.setdefault(name, []).append(_clean(value))
        return {name: tuple(values) for name, values in lists.items()}, files
    finally:
        await form.close()


def _pairs(written: bytes) -> Lists:
    """All values of every name. Raises ValueError where it is not UTF-8, escaped or not."""
    text = written.decode("utf-8")
    pairs = parse_qsl(text, keep_blank_values=True, max_num_fields=FORM_FIELDS, errors="strict")
    found: dict[str, list[str]] = {}
    for name, value in pairs:
        found.setdefault(name, []).append(_clean(value))
    return {name: tuple(values) for name, values in found.items()}


def _clean(text: str) -> str:
    """Without NUL, which PostgreSQL cannot store and nobody types."""
    return text.replace("\0", "")
