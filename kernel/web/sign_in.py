"""Signing in and out."""

import re

from sqlalchemy import Connection
from starlette.responses import Response

from kernel.audit.entry import Action
from kernel.errors import Refused
from kernel.security import sessions, sign_in
from kernel.security.sign_in import Outcome, SignIn
from kernel.web.cookies import SESSION, VISITOR, drop_cookie, set_cookie
from kernel.web.errors import sentences
from kernel.web.i18n import _
from kernel.web.page import FormState
from kernel.web.pages import ANY_SESSION, CHANGE_PASSWORD, PUBLIC, Pages
from kernel.web.shell import page, see_other
from kernel.web.visit import NOBODY, Visit
from kernel.work import Work

PAGES = Pages()
_ENDED = _("登录已结束或超时，请重新登录。")
_FORGET_ALL = '"cache", "cookies", "storage"'
_LOCAL_PATH = re.compile(r"/(?![/\\])[^\\\x00-\x20\x7f-\U0010ffff]*")


def local_path(typed: str) -> str:
    """The path on this server that was asked for, or `/` where it would lead anywhere else."""
    return typed if len(typed) <= 2000 and _LOCAL_PATH.fullmatch(typed) else "/"


@PAGES.alone("/sign-in", permission=PUBLIC)
def form(visit: Visit) -> Response:
    """The form; whoever is signed in already goes on."""
    back = local_path(visit.query.get("next", "/"))
    if visit.session is not None:
        return see_other(visit, back)
    notice = visit.translate(_ENDED) if visit.cookie(SESSION) else ""
    return _form(visit, back, FormState(), notice=notice)


def _form(
    visit: Visit, back: str, state: FormState, *, notice: str = "", status: int = 200
) -> Response:
    values = {"state": state, "return_to": back, "notice": notice}
    return page(visit, "sign_in.html", http_status=status, **values)


@PAGES.alone("/sign-in", permission=PUBLIC, post=True)
def enter(visit: Visit) -> Response:
    """Let somebody in, or count the failure and show the form again with what was typed."""
    name, password = visit.field("user_name"), visit.form.get("password", "")
    back = local_path(visit.form.get("return_to", "/"))
    station = visit.site.station
    with station.read() as work:
        attempt = sign_in.begin(work.connection, name=name, source=visit.source, now=visit.now)
    proof = attempt.prove(password)
    with station.write() as work:
        answer = sign_in.conclude(work.connection, proof, settings=station.settings, now=visit.now)
        opened = _open_session(visit, work.connection, answer)
    known = attempt.user
    visit.note_sign_in(
        Action.SIGN_IN if opened else Action.SIGN_IN_FAILED,
        user_id=known.id if known else None,
        organisation_id=known.organisation_id if known else "",
    )
    if opened is None or answer.user is None:
        return _not_let_in(visit, answer.refusal(visit.now), name, back)
    response = see_other(visit, CHANGE_PASSWORD if answer.user.must_change else back)
    set_cookie(response, station.settings, SESSION, opened.cookie)
    drop_cookie(response, station.settings, VISITOR)
    return response


def _open_session(visit: Visit, connection: Connection, answer: SignIn) -> sessions.Opened | None:
    if answer.outcome is not Outcome.SIGNED_IN or answer.user is None:
        return None
    opened = sessions.create(
        connection,
        user_id=answer.user.id,
        source=visit.source,
        settings=visit.site.station.settings,
        now=visit.now,
        replaces=visit.cookie(SESSION),
    )
    if opened.ended:
        visit.detail["ended_sessions"] = opened.ended
    return opened


def _not_let_in(visit: Visit, refused: Refused, name: str, back: str) -> Response:
    visit.actor, visit.session = NOBODY, None
    state = FormState({"user_name": name}, {"form": sentences(visit, refused)})
    response = _form(visit, back, state, status=refused.status)
    if "Retry-After" in refused.headers:
        response.headers["Retry-After"] = refused.headers["Retry-After"]
    return response


@PAGES.writes("/sign-out", permission=ANY_SESSION)
def leave(visit: Visit, work: Work) -> Response:
    """End the session on the server and let the browser forget everything of ours."""
    sessions.end(work.connection, visit.cookie(SESSION))
    visit.note(Action.SIGN_OUT)
    response = see_other(visit, "/sign-in")
    drop_cookie(response, visit.site.station.settings, SESSION)
    response.headers["Clear-Site-Data"] = _FORGET_ALL
    return response
