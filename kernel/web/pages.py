"""How a page is declared, and what happens around its handler.

    PAGES = Pages()

    @PAGES.reads("/institutions", permission="kernel:institution:read")
    def institutions(visit: Visit, work: ReadWork) -> Response: ...

The declaration names the permission; there is no default. Around the handler one work is opened,
in whose snapshot the actor is found, the form's secret and the permission are checked, and after
which the access audit is written, before the answer leaves. Refusals become pages.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Depends
from sqlalchemy import Connection
from starlette.responses import RedirectResponse, Response

from kernel.audit.entry import Action, Outcome
from kernel.db.dialect import is_retryable
from kernel.errors import Refused, forbidden
from kernel.security import sessions
from kernel.security.actor import Actor
from kernel.web.errors import error_page, no_permission, unexpected
from kernel.web.forgery import SAFE_METHODS, comes_from_here
from kernel.web.i18n import _
from kernel.web.request import visit_of
from kernel.web.visit import NOBODY, Visit
from kernel.work import ReadWork, Work

PUBLIC = "public"
"""For everybody, signed in or not."""
SIGNED_IN = "signed-in"
"""For everybody who is signed in."""
ANY_SESSION = "any-session"
"""As `SIGNED_IN`, and also for those who must choose a new password before anything else."""

CHANGE_PASSWORD = "/account/password"  # noqa: S105 - an address
ATTEMPTS = 3
_ALWAYS_RECORDED = frozenset({Action.SEARCH, Action.EXPORT, Action.REVEAL, Action.PRINT})
_STALE = _("页面打开的时间太长，或不是从本系统的页面提交的。请返回上一页，刷新后重新提交。")
_log = logging.getLogger("station.web")


class Kind(Enum):
    """What a handler gets besides the visit."""

    READS = "a ReadWork"
    WRITES = "a Work, kept when the handler returns"
    ALONE = "nothing: it opens its own works, as signing in must"


@dataclass(frozen=True)
class Page:
    """A declared page. FastAPI calls it in a worker thread."""

    path: str
    methods: tuple[str, ...]
    permission: str
    kind: Kind
    action: Action
    handler: Callable[..., Response]

    def __call__(self, visit: Annotated[Visit, Depends(visit_of)]) -> Response:
        """Answer one request."""
        try:
            response = self._settled(visit)
            _keep_session(visit)
        except Refused as refused:
            return self._refusal(visit, refused)
        except Exception as error:
            return self._refusal(visit, unexpected(visit, error))
        return response

    def _settled(self, visit: Visit) -> Response:
        for attempt in range(ATTEMPTS):
            try:
                response = self._answer(visit)
                break
            except Refused:
                raise
            except Exception as error:
                if not is_retryable(error) or attempt == ATTEMPTS - 1:
                    raise
                visit.entries.clear()
        visit.settle()
        return response

    def _answer(self, visit: Visit) -> Response:
        station = visit.site.station

        def who(connection: Connection) -> Actor:
            return self._admitted(visit, connection)

        if self.kind is Kind.ALONE:
            with station.read(who):
                pass
            return self.handler(visit)
        opened = station.write if self.kind is Kind.WRITES else station.read
        with opened(who) as work:
            response = self.handler(visit, work)
            if work.touched or self.action in _ALWAYS_RECORDED:
                self._record(visit, work)
        return response

    def _record(self, visit: Visit, work: ReadWork) -> None:
        id_ = visit.params.get("id")
        visit.note(
            visit.named or self.action,
            patients=sorted(work.touched),
            resource_type=visit.subject or ("Patient" if work.touched else None),
            resource_id=id_ if id_ in work.touched else None,
        )

    def _admitted(self, visit: Visit, connection: Connection) -> Actor:
        """Who is asking, after every check. Raises Refused (401, 403)."""
        if self.permission == PUBLIC:
            visit.identify_if_possible(connection)
        else:
            visit.identify(connection)
        if visit.method not in SAFE_METHODS and not _is_ours(visit):
            raise forbidden(_STALE)
        if self.permission in (PUBLIC, ANY_SESSION):
            return visit.actor
        if visit.session is not None and visit.session.must_change:
            raise _MustChange(403, ())
        if self.permission != SIGNED_IN and not visit.actor.may(self.permission):
            raise forbidden(no_permission(visit, self.permission))
        return visit.actor

    def _refusal(self, visit: Visit, refused: Refused) -> Response:
        visit.entries.clear()
        if isinstance(refused, _MustChange):
            return RedirectResponse(CHANGE_PASSWORD, 303)
        if refused.status == 401 and self.permission != PUBLIC:
            return _to_sign_in(visit)
        if refused.status == 403:
            visit.note(Action.DENIED, outcome=Outcome.MINOR)
            try:
                visit.settle()
            except Refused as unrecorded:
                return error_page(visit, unrecorded)
        return error_page(visit, refused)


class _MustChange(Refused):
    """Somebody has to choose a new password before anything else."""


def _is_ours(visit: Visit) -> bool:
    settings = visit.site.station.settings
    return comes_from_here(visit.headers, settings.base_url) and visit.brought_secret()


def _to_sign_in(visit: Visit) -> Response:
    """Sign in and come back; what was posted cannot be repeated by an address."""
    visit.actor, visit.session = NOBODY, None
    if visit.method not in SAFE_METHODS and not visit.is_fragment:
        return error_page(visit, Refused(401, ()))
    back = visit.address if visit.method in SAFE_METHODS else "/"
    address = "/sign-in?" + urlencode({"next": back})
    if visit.is_fragment:
        return Response(status_code=401, headers={"HX-Redirect": address})
    return RedirectResponse(address, 303)


def _keep_session(visit: Visit) -> None:
    """Remember that the session was used. Reading goes on where nothing can be written."""
    session = visit.session
    if session is None or not session.is_due(visit.now):
        return
    try:
        with visit.site.station.database.writing() as connection:
            sessions.touch(connection, session.digest, now=visit.now)
    except Refused as refused:
        _log.warning("the use of a session could not be noted: %s", refused)


Reader = Callable[[Visit, ReadWork], Response]
Writer = Callable[[Visit, Work], Response]
Alone = Callable[[Visit], Response]


class Pages:
    """The pages of one module; `router` goes into its manifest."""

    def __init__(self) -> None:
        self.router = APIRouter()

    def reads(
        self, path: str, *, permission: str, post: bool = False, action: Action = Action.READ
    ) -> Callable[[Reader], Reader]:
        """Declare a page that only reads. `action` is what the audit calls it."""
        methods = ("POST",) if post else ("GET", "HEAD")
        return self._declare(path, methods, permission, Kind.READS, action)

    def writes(
        self, path: str, *, permission: str, action: Action = Action.UPDATE
    ) -> Callable[[Writer], Writer]:
        """Declare a form's address: a POST in one writing transaction."""
        return self._declare(path, ("POST",), permission, Kind.WRITES, action)

    def alone(self, path: str, *, permission: str, post: bool = False) -> Callable[[Alone], Alone]:
        """Declare a page whose handler opens its own works."""
        methods = ("POST",) if post else ("GET", "HEAD")
        return self._declare(path, methods, permission, Kind.ALONE, Action.READ)

    def _declare(
        self, path: str, methods: tuple[str, ...], permission: str, kind: Kind, action: Action
    ) -> Callable[[Any], Any]:
        def declared(handler: Any) -> Any:
            page = Page(path, methods, permission, kind, action, handler)
            self.router.add_api_route(
                path,
                page,
                methods=list(methods),
                name=handler.__name__,
                response_model=None,
                include_in_schema=False,
            )
            return handler

        return declared
