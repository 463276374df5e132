"""What everybody does with the own account: password and language."""

from starlette.responses import Response

from kernel.audit.changes import record_changes
from kernel.audit.entry import Action, entry_of, row
from kernel.errors import Refused
from kernel.security import accounts, credentials, sign_in
from kernel.security.accounts import get_user
from kernel.security.sign_in import Outcome
from kernel.settings import Settings
from kernel.web.cookies import LANGUAGE, set_cookie
from kernel.web.errors import sentences
from kernel.web.i18n import _, known_language
from kernel.web.page import FormState
from kernel.web.pages import ANY_SESSION, CHANGE_PASSWORD, PUBLIC, Pages
from kernel.web.shell import page, see_other
from kernel.web.sign_in import local_path
from kernel.web.visit import Visit
from kernel.work import ReadWork, Work

PAGES = Pages()
_DIFFERENT = _("两次输入的新密码不一致，请重新输入。")
_RULES = {
    "asvs": (
        _("至少 8 个字符，最多 128 个；可以是一句话，可以有空格。"),
        _("不能是常见密码，不能包含用户名、姓名或机构名称。"),
    ),
    "djbh3": (
        _("至少 10 个字符，包含大写字母、小写字母、数字、符号中的三种。"),
        _("不能是常见密码，不能包含用户名、姓名或机构名称，不能与最近 5 次相同。"),
        _("90 天后需要更换。"),
    ),
}


@PAGES.reads(CHANGE_PASSWORD, permission=ANY_SESSION)
def form(visit: Visit, work: ReadWork) -> Response:
    """The form. Whoever came in with a one-time code needs no old password."""
    return _form(visit, FormState(), with_code=_has_code_only(work))


def _form(visit: Visit, state: FormState, *, with_code: bool, status: int = 200) -> Response:
    settings: Settings = visit.site.station.settings
    return page(
        visit,
        "account/password.html",
        http_status=status,
        state=state,
        rules=_RULES[settings.password_profile],
        forced=visit.session is not None and visit.session.must_change,
        with_code=with_code,
    )


def _has_code_only(work: ReadWork) -> bool:
    """Whether the account came in with a one-time code, which is used up by now."""
    user = get_user(work.connection, work.actor.user_id)
    return user.must_change and not credentials.has_password(work.connection, user.id)


@PAGES.alone(CHANGE_PASSWORD, permission=ANY_SESSION, post=True)
def change(visit: Visit) -> Response:
    """Change the password; other sessions of the account end."""
    station = visit.site.station
    with station.read(visit.actor) as work:
        with_code = _has_code_only(work)
    if visit.form.get("new", "") != visit.form.get("repeat", ""):
        state = FormState(errors={"repeat": _DIFFERENT})
        return _form(visit, state, with_code=with_code, status=422)
    try:
        refused = None
        if with_code:
            _choose(visit)
        else:
            refused = _replace(visit)
    except Refused as refusal:
        if refusal.status not in (403, 422):
            raise
        state = FormState(errors={"new": sentences(visit, refusal)})
        return _form(visit, state, with_code=with_code, status=refusal.status)
    if refused is not None:
        state = FormState(errors={"current": sentences(visit, refused)})
        return _form(visit, state, with_code=with_code, status=422)
    return see_other(visit, "/", flash="password-changed")


def _choose(visit: Visit) -> None:
    station = visit.site.station
    with station.write(visit.actor) as work:
        credentials.choose_password(
            work.connection,
            user_id=visit.actor.user_id,
            password=visit.form.get("new", ""),
            settings=station.settings,
            now=visit.now,
            keep=visit.session.digest if visit.session else None,
        )
        _record(work)


def _replace(visit: Visit) -> Refused | None:
    """Change a password that is known; a wrong old one is counted like a failed sign-in."""
    station = visit.site.station
    name = visit.actor.name
    with station.read(visit.actor) as work:
        attempt = sign_in.begin(work.connection, name=name, source=visit.source, now=visit.now)
    proof = attempt.prove(visit.form.get("current", ""))
    with station.write(visit.actor) as work:
        answer = credentials.change_password(
            work.connection,
            proof=proof,
            password=visit.form.get("new", ""),
            settings=station.settings,
            now=visit.now,
            keep=visit.session.digest if visit.session else None,
        )
        if answer.outcome is Outcome.SIGNED_IN:
            _record(work)
            return None
    visit.note(Action.SIGN_IN_FAILED)
    return answer.refusal(visit.now)


def _record(work: Work) -> None:
    detail = {"change": "password"}
    entry = entry_of(work.actor, work.now, Action.ACCOUNT, detail=detail)
    record_changes(work.connection, [row(work.keys, entry)])


@PAGES.alone("/language", permission=PUBLIC, post=True)
def language(visit: Visit) -> Response:
    """Choose the language: of the account where somebody is signed in, else of this browser."""
    chosen = known_language(visit.field("language"))
    if visit.session is not None:
        with visit.site.station.write(visit.actor) as work:
            accounts.choose_language(work.connection, user_id=visit.actor.user_id, language=chosen)
    response = see_other(visit, local_path(visit.form.get("return_to", "/")))
    set_cookie(response, visit.site.station.settings, LANGUAGE, chosen)
    return response
