"""From a visit to a rendered page: the header, the navigation by role, the language."""

import gzip
import re
from typing import Any

from fastapi.routing import APIRoute
from starlette.responses import HTMLResponse, RedirectResponse, Response

from kernel.declare.roles import TITLES, Role
from kernel.web.cookies import FLASH, VISITOR, drop_cookie, set_cookie
from kernel.web.flashes import flash_of
from kernel.web.forgery import SAFE_METHODS
from kernel.web.i18n import Language, gettext
from kernel.web.page import NavItem, PageContext, UserDisplay
from kernel.web.visit import Visit

SEARCH_PERMISSION = "records:resident:search"
"""Who has it gets the search box in the header; the module `records` declares it."""

GZIP_FROM = 1400
"""Bytes; less fits into one packet anyway."""
SENT_BY_SCRIPT = "station-form"
"""The header by which forms.js says that it sends a form and keeps it until the answer."""
_GZIP = re.compile(r"(?i)\bgzip\b(?!\s*;\s*q=0(\.0*)?\s*(,|$))")
"""Accept-Encoding names gzip with a weight above zero (RFC 9110 12.5.3)."""


def context_of(visit: Visit) -> PageContext:
    """What the layout of every page needs."""
    return PageContext(
        today=visit.site.station.clock.today(),
        path=_page_of(visit),
        csrf_token=visit.csrf_token,
        product_version=visit.site.version,
        language=visit.language,
        user=_user(visit),
        navigation=_navigation(visit),
        flashes=flash_of(visit.cookie(FLASH), visit.language, visit.site.station.keys),
        may_search=visit.actor.may(SEARCH_PERMISSION),
    )


def _page_of(visit: Visit) -> str:
    """The address of what is shown: of a refused form the page above it that can be asked for."""
    if visit.method in SAFE_METHODS:
        return visit.path
    path, modules = visit.path, visit.site.station.registry.modules
    routes = [route for module in modules for router in module.pages for route in router.routes]
    shown = [r for r in routes if isinstance(r, APIRoute) and "GET" in (r.methods or ())]
    while path and not any(route.path_regex.match(path) for route in shown):
        path = path.rpartition("/")[0]
    return path or "/"


def role_titles(roles: frozenset[Role], language: Language) -> str:
    """The titles of an account's roles, in the order in which roles are declared."""
    return "、".join(gettext(TITLES[role], language) for role in Role if role in roles)


def _user(visit: Visit) -> UserDisplay | None:
    if visit.session is None:
        return None
    roles = role_titles(visit.actor.roles, visit.language)
    return UserDisplay(visit.actor.display, roles, visit.organisation_name)


def _navigation(visit: Visit) -> list[NavItem]:
    if visit.session is None or visit.session.must_change:
        return []
    items = [i for i in visit.site.station.registry.navigation if visit.actor.may(i.permission)]
    above = (item.href for item in items if _is_below(visit.path, item.href))
    here = max(above, key=len, default="")
    shown = [NavItem(item.title, item.href, item.href == here, item.group) for item in items]
    return [NavItem("首页", "/", visit.path == "/"), *shown]


def _is_below(path: str, href: str) -> bool:
    return path == href or path.startswith(href + "/")


def page(visit: Visit, template: str, /, *, http_status: int = 200, **values: Any) -> Response:
    """The template as an answer, with the cookies that its forms and messages need."""
    context = context_of(visit)
    text = visit.site.renderer.render(template, request_context=context, **values)
    response = _html(visit, text, http_status)
    settings = visit.site.station.settings
    if visit.visitor and visit.visitor != visit.cookie(VISITOR):
        set_cookie(response, settings, VISITOR, visit.visitor)
    if context.flashes:
        drop_cookie(response, settings, FLASH)
    return response


def fragment(visit: Visit, template: str, macro: str, /, **arguments: Any) -> Response:
    """One macro of a component, for htmx to put in the place of what it shows now."""
    context = context_of(visit)
    text = visit.site.renderer.fragment(template, macro, request_context=context, **arguments)
    return _html(visit, text)


def _html(visit: Visit, text: str, status: int = 200) -> Response:
    """Compressed where the browser takes it: lines to stations are slow."""
    body, headers = text.encode(), {"Vary": "Accept-Encoding"}
    if len(body) >= GZIP_FROM and _GZIP.search(visit.headers.get("accept-encoding", "")):
        body = gzip.compress(body, 5, mtime=0)
        headers["Content-Encoding"] = "gzip"
    return HTMLResponse(body, status, headers)


def see_other(visit: Visit, address: str, *, flash: str = "") -> Response:
    """Go on with GET at an address of ours, where a message is shown.

    A form that our script sends is told the address instead: a script that followed the redirect
    would use up the message.
    """
    response: Response = RedirectResponse(address, 303)
    if visit.headers.get(SENT_BY_SCRIPT) is not None:
        response = Response(status_code=204, headers={"Station-Location": address})
    if flash:
        set_cookie(response, visit.site.station.settings, FLASH, flash)
    return response
