"""The security administrator's pages: accounts, one-time codes and roles, every change audited."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from starlette.responses import Response

from kernel.audit.changes import record_changes
from kernel.audit.entry import Action, entry_of, row
from kernel.declare.roles import TITLES, Role
from kernel.errors import Refused, conflict, unprocessable
from kernel.security import accounts, credentials, sign_in
from kernel.security.accounts import RoleHeld, User, get_user
from kernel.security.directory import Tree
from kernel.values.dates import parse_date
from kernel.values.invalid import InvalidValue
from kernel.web.acting import complained
from kernel.web.filters import write_datetime
from kernel.web.i18n import _
from kernel.web.listing import Directory, Listing, Row, arrange, asked, institution_choices, matches
from kernel.web.page import FormState
from kernel.web.pages import Pages
from kernel.web.shell import page, see_other
from kernel.web.spreadsheet import Cell
from kernel.web.visit import Visit
from kernel.work import ReadWork, Work

PAGES = Pages()
MANAGE = "kernel:account:manage"
_SORTS = ("name", "display", "organisation_name", "password_set_at")
_OWN = _("不能改动自己的账号：请由另一位安全管理员操作，互相制约。")
_NO_ROLE = _("请选择角色。")
_NO_ORGANISATION = _("请选择机构。")
_STATES = ("active", "disabled")


def _cells(visit: Visit, row: Mapping[str, Any]) -> Sequence[Cell]:
    return (
        row["name"],
        row["display"],
        "、".join(visit.translate(title) for title in row["role_titles"]),
        row["organisation_name"],
        visit.translate(_("已停用") if row["disabled"] else _("在用")),
        write_datetime(row["password_set_at"]),
    )


def _listing(visit: Visit, work: ReadWork) -> Listing:
    chosen = asked(visit, "q", "organisation", "state")
    tree = visit.site.authenticator.tree(work.connection)
    found = [user for user in accounts.list_users(work.connection) if _fits(user, chosen)]
    rows = [
        {
            "user": one,
            "name": one.name,
            "display": one.display,
            "organisation_name": tree.name(one.organisation_id),
            "password_set_at": one.password_set_at,
        }
        for one in found
    ]
    listing = arrange(visit, "/accounts", rows, chosen, _SORTS)

    def looked_up(found: Iterable[Row]) -> Iterator[Row]:  # roles and locks are, for each
        return (_row(work, one["user"], tree) for one in found)

    return replace(listing, rows=looked_up(listing.rows), shown=list(looked_up(listing.shown)))


def _fits(user: User, chosen: Mapping[str, str]) -> bool:
    return (
        matches(chosen["q"], user.name, user.display)
        and chosen["organisation"] in ("", user.organisation_id)
        and chosen["state"] in ("", _STATES[user.disabled])
    )


def _row(work: ReadWork, user: User, tree: Tree) -> dict[str, Any]:
    roles = accounts.roles_on(work.connection, user_id=user.id, day=work.today)
    until = sign_in.locked_until(work.connection, name=user.name, now=work.now)
    return {
        "id": user.id,
        "name": user.name,
        "display": user.display,
        "organisation_name": tree.name(user.organisation_id) or user.organisation_id,
        "role_titles": [TITLES[role] for role in Role if role in roles],
        "machine": user.machine,
        "disabled": user.disabled,
        "locked": until is not None,
        "waits_for_code": user.code_until is not None,
        "must_change": user.must_change,
        "created_at": user.created_at,
        "password_set_at": user.password_set_at,
        "own": user.id == work.actor.user_id,
    }


Directory(
    path="/accounts",
    permission=MANAGE,
    subject="User",
    title=_("账号"),
    headings=(_("用户名"), _("姓名"), _("角色"), _("机构"), _("状态"), _("密码设置于")),
    listing=_listing,
    cells=_cells,
    choices=lambda visit, work: {"organisations": institution_choices(visit, work)},
).declare(PAGES)


@PAGES.reads("/accounts/new", permission=MANAGE)
def new_account(visit: Visit, work: ReadWork) -> Response:
    """The form for a new account."""
    return _new_form(visit, work, FormState())


def _new_form(visit: Visit, work: ReadWork, state: FormState) -> Response:
    return page(
        visit,
        "accounts/new.html",
        http_status=422 if state.errors else 200,
        state=state,
        organisations=institution_choices(visit, work),
        roles=_grantable(),
    )


def _grantable() -> list[tuple[str, str]]:
    return [(role.value, TITLES[role]) for role in Role if role is not Role.PLATFORM]


@PAGES.alone("/accounts", permission=MANAGE, post=True)
def create_account(visit: Visit) -> Response:
    """A new account with a role and a one-time code; a refused form keeps what was typed."""
    station = visit.site.station
    try:
        with station.write(visit.actor) as work:
            user = _created(visit, work)
            code = credentials.issue_code(
                work.connection, user_id=user.id, settings=work.settings, now=work.now
            )
            _record(work, user, "create", role=visit.field("role"))
    except Refused as refused:
        if refused.status not in (409, 422):
            raise
        with station.read(visit.actor) as work:
            return _new_form(visit, work, complained(visit, refused))
    with station.read(visit.actor) as work:
        return _account(visit, work, user.id, code=code)


def _created(visit: Visit, work: Work) -> User:
    organisation, role = _organisation(visit, work), _role(visit)
    user = accounts.create_user(
        work.connection,
        name=visit.field("name"),
        display=visit.field("display"),
        organisation_id=organisation,
        now=work.now,
    )
    accounts.grant_role(work.connection, user_id=user.id, role=role, from_on=work.today)
    return user


def _organisation(visit: Visit, work: Work) -> str:
    chosen = visit.field("organisation")
    if chosen not in visit.site.authenticator.tree(work.connection).organisations:
        raise unprocessable(_NO_ORGANISATION, "organisation")
    return chosen


def _role(visit: Visit) -> Role:
    chosen = visit.field("role")
    if chosen not in set(Role):
        raise unprocessable(_NO_ROLE, "role")
    return Role(chosen)


@PAGES.reads("/accounts/{id}", permission=MANAGE)
def account(visit: Visit, work: ReadWork) -> Response:
    """One account: its state, its roles, and what can be done with it."""
    return _account(visit, work, visit.params["id"])


def _account(
    visit: Visit,
    work: ReadWork,
    id_: str,
    *,
    code: str = "",
    state: FormState | None = None,
    move_state: FormState | None = None,
) -> Response:
    tree = visit.site.authenticator.tree(work.connection)
    user = get_user(work.connection, id_)
    state = state or FormState({"from_on": work.today.isoformat()})
    move_state = move_state or FormState()
    return page(
        visit,
        "accounts/show.html",
        http_status=422 if state.errors or move_state.errors else 200,
        account=_row(work, user, tree),
        roles=_roles(accounts.list_roles(work.connection, user_id=id_)),
        organisations=[
            one for one in institution_choices(visit, work) if one[0] != user.organisation_id
        ],
        state=state,
        move_state=move_state,
        grantable=_grantable(),
        code=code,
    )


def _roles(held: Sequence[RoleHeld]) -> list[dict[str, Any]]:
    return [
        {
            "code": one.role.value,
            "title": TITLES[one.role],
            "from_on": one.from_on,
            "to_on": one.to_on,
        }
        for one in held
    ]


@PAGES.writes("/accounts/{id}/disable", permission=MANAGE)
def disable(visit: Visit, work: Work) -> Response:
    """Shut an account; its sessions and tokens end with this transaction."""
    user = _other(visit, work)
    accounts.disable_user(work.connection, user_id=user.id, now=work.now)
    _record(work, user, "disable")
    return _back(visit, user, "account-disabled")


@PAGES.writes("/accounts/{id}/enable", permission=MANAGE)
def enable(visit: Visit, work: Work) -> Response:
    """Open an account again."""
    user = _other(visit, work)
    accounts.enable_user(work.connection, user_id=user.id)
    _record(work, user, "enable")
    return _back(visit, user, "account-enabled")


@PAGES.writes("/accounts/{id}/unlock", permission=MANAGE)
def unlock(visit: Visit, work: Work) -> Response:
    """Let an account that failed too often try again at once."""
    user = _other(visit, work)
    sign_in.unlock(work.connection, name=user.name)
    _record(work, user, "unlock")
    return _back(visit, user, "account-unlocked")


@PAGES.writes("/accounts/{id}/code", permission=MANAGE)
def reset(visit: Visit, work: Work) -> Response:
    """A one-time code in place of the password. This answer is the only place where it stands."""
    user = _other(visit, work)
    code = credentials.issue_code(
        work.connection, user_id=user.id, settings=work.settings, now=work.now
    )
    _record(work, user, "one-time-code")
    return _account(visit, work, user.id, code=code)


@PAGES.writes("/accounts/{id}/organisation", permission=MANAGE)
def move(visit: Visit, work: Work) -> Response:
    """Let an account work at another institution; a refused form keeps what was typed."""
    user = _other(visit, work)
    try:
        where = _organisation(visit, work)
    except Refused as refused:
        return _account(visit, work, user.id, move_state=complained(visit, refused))
    accounts.move_user(work.connection, user_id=user.id, organisation_id=where)
    _record(work, user, "move", before=user.organisation_id, organisation=where)
    return _back(visit, user, "account-moved")


@PAGES.writes("/accounts/{id}/roles", permission=MANAGE)
def grant(visit: Visit, work: Work) -> Response:
    """Give a role from a day on; a refused form keeps what was typed."""
    user = _other(visit, work)
    try:
        role = _role(visit)
        accounts.grant_role(
            work.connection,
            user_id=user.id,
            role=role,
            from_on=parse_date(visit.field("from_on")),
            to_on=parse_date(visit.field("to_on")) if visit.field("to_on") else None,
        )
    except InvalidValue as error:
        state = FormState(visit.form, {"from_on": error.message})
        return _account(visit, work, user.id, state=state)
    except Refused as refused:
        if refused.status not in (409, 422):
            raise
        return _account(visit, work, user.id, state=complained(visit, refused))
    _record(work, user, "grant-role", role=role.value)
    return _back(visit, user, "role-granted")


@PAGES.writes("/accounts/{id}/roles/end", permission=MANAGE)
def end_role(visit: Visit, work: Work) -> Response:
    """Take a role away as of today."""
    user = _other(visit, work)
    role = _role(visit)
    accounts.end_role(work.connection, user_id=user.id, role=role, on=work.today)
    _record(work, user, "end-role", role=role.value)
    return _back(visit, user, "role-ended")


def _other(visit: Visit, work: Work) -> User:
    """The account that is to be changed. Raises Refused (404; 409 for the own one)."""
    user = get_user(work.connection, visit.params["id"])
    if user.id == work.actor.user_id:
        raise conflict(_OWN)
    return user


def _back(visit: Visit, user: User, flash: str) -> Response:
    return see_other(visit, f"/accounts/{user.id}", flash=flash)


def _record(work: Work, user: User, change: str, **detail: str) -> None:
    """Audit a change of an account in the transaction that makes it."""
    entry = entry_of(
        work.actor,
        work.now,
        Action.ACCOUNT,
        resource_type="User",
        resource_id=user.id,
        detail={"change": change, "account": user.name, **detail},
    )
    record_changes(work.connection, [row(work.keys, entry)])
