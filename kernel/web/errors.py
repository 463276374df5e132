"""Every refusal and failure as a page in plain words, never with a stack trace."""

import logging

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from kernel.errors import Issue, Refused
from kernel.ids import uuid7
from kernel.security.actor import Reach
from kernel.web.i18n import _
from kernel.web.request import begin
from kernel.web.shell import page, role_titles
from kernel.web.visit import Visit

_log = logging.getLogger("station.web")
_SAYS_ENOUGH = frozenset({401, 404, 405, 410, 500})
"""Statuses whose page needs no further sentence, and must not give one away."""

_NO_RECORDS = _("为保护个人信息，您的角色不查看个人档案；机构和汇总数字请从左侧菜单进入。")
_NO_PERMISSION = _("这里需要“%(permission)s”的权限；您的角色（%(roles)s）没有这项权限。")


def error_page(visit: Visit, refused: Refused) -> Response:
    """The page of a refusal, with the headers that belong to it (Retry-After)."""
    request_id = ""
    if refused.status >= 500:
        request_id = uuid7(visit.now)[-12:]
        _log.error("request %s: %d %s", request_id, refused.status, refused)
    status = 404 if refused.status == 410 else refused.status
    response = page(
        visit,
        "error.html",
        http_status=status,
        status=status,
        request_id=request_id,
        detail="" if status in _SAYS_ENOUGH else sentences(visit, refused),
    )
    for name, value in refused.headers.items():
        if name.lower() != "www-authenticate":
            response.headers[name] = value
    return response


def sentences(visit: Visit, refused: Refused) -> str:
    """What is wrong, as one text in the reader's language."""
    return " ".join(visit.translate(issue.diagnostics) for issue in refused.issues)


def no_permission(visit: Visit, permission: str) -> str:
    """The sentence that says which permission is missing and to whom."""
    declared = visit.site.station.registry.permissions[permission]
    sentence = visit.translate(_NO_PERMISSION) % {
        "permission": visit.translate(declared.title),
        "roles": role_titles(visit.actor.roles, visit.language),
    }
    if visit.actor.reach is Reach.NOTHING and not permission.startswith("kernel:"):
        sentence += visit.translate(_NO_RECORDS)
    return sentence


def unexpected(visit: Visit, error: Exception) -> Refused:
    """500 for a fault of ours: the log gets the trace, the page a number to find it by."""
    _log.error("unexpected error in %s %s", visit.method, visit.path, exc_info=error)
    return Refused(500, (Issue("exception", "the server failed", "", "fatal"),))


def refused_request(request: Request, refused: Exception) -> Response:
    """What is refused before a page's handler begins: a form that is too large or unreadable."""
    assert isinstance(refused, Refused)  # noqa: S101 - registered for this type
    return _outside(request, refused)


def http_error(request: Request, error: Exception) -> Response:
    """404 and 405 of the router, which knows no such page."""
    assert isinstance(error, HTTPException)  # noqa: S101 - registered for this type
    issue = Issue("processing", str(error.detail))
    return _outside(request, Refused(error.status_code, (issue,), error.headers or {}))


def _outside(request: Request, refused: Refused) -> Response:
    visit = begin(request)
    with visit.site.station.read(visit.identify_if_possible):
        return error_page(visit, refused)
