"""Accounts and the roles that they have.

Accounts are disabled, never deleted: a name belongs to one person for ever. Every change bumps the
security epoch, so that it holds from the next request on; the bump comes last, because all changes
lock its row and would otherwise wait for each other crosswise.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, delete, insert, or_, select, update

from kernel.clock import Instant
from kernel.db.dialect import insert_ignore, lock_rows
from kernel.db.tables import kernel_user, kernel_user_role
from kernel.declare.roles import ADMINISTRATORS, TITLES, Role
from kernel.errors import conflict, not_found, unprocessable
from kernel.ids import uuid7
from kernel.messages import Message, _
from kernel.security import epoch, sessions, tokens

LANGUAGES = ("zh_CN", "en")
_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{1,63}")
_DISPLAY_LENGTH = 100
_LANGUAGE = _("语言应为 %(languages)s 之一")


@dataclass(frozen=True, slots=True)
class User:
    """An account. `code_until` is set while it waits for the first use of a one-time code."""

    id: str
    name: str
    display: str
    organisation_id: str
    practitioner_id: str | None
    machine: bool
    disabled: bool
    must_change: bool
    code_until: Instant | None
    password_set_at: Instant | None
    language: str
    created_at: Instant


@dataclass(frozen=True, slots=True)
class RoleHeld:
    """A role from a day on, until the day `to_on` (exclusive; None: open)."""

    role: Role
    from_on: date
    to_on: date | None

    def overlaps(self, from_on: date, to_on: date | None) -> bool:
        """Whether there is a day that lies in both intervals."""
        return (to_on is None or self.from_on < to_on) and (
            self.to_on is None or from_on < self.to_on
        )


_COLUMNS = (
    kernel_user.c.id,
    kernel_user.c.name,
    kernel_user.c.display,
    kernel_user.c.organisation_id,
    kernel_user.c.practitioner_id,
    kernel_user.c.machine,
    kernel_user.c.disabled,
    kernel_user.c.must_change,
    kernel_user.c.code_until,
    kernel_user.c.password_set_at,
    kernel_user.c.language,
    kernel_user.c.created_at,
)


def normalise_name(typed: str) -> str | None:
    """The user name that somebody typed, or None where nobody can be called so."""
    name = typed.strip().lower()
    return name if _NAME.fullmatch(name) else None


def create_user(
    connection: Connection,
    *,
    name: str,
    display: str,
    organisation_id: str,
    now: Instant,
    practitioner_id: str | None = None,
    machine: bool = False,
    language: str = "zh_CN",
) -> User:
    """A new account, without a role and without a password: nobody can sign in with it yet.

    `credentials.issue_code` lets a person in for the first time; a `machine` gets tokens only.
    Raises Refused (422) for an impossible name, display name or language, (409) for a name that an
    account has or ever had.
    """
    accepted, shown = normalise_name(name), display.strip()
    if accepted is None:
        raise unprocessable(
            _("用户名应为 2 至 64 个小写字母、数字、点、下划线或连字符，以字母或数字开头"), "name"
        )
    if not shown.isprintable() or not 1 <= len(shown) <= _DISPLAY_LENGTH:
        length = Message(_("姓名应为 1 至 %(n)s 个可见字符"), n=_DISPLAY_LENGTH)
        raise unprocessable(length, "display")
    if language not in LANGUAGES:
        raise unprocessable(Message(_LANGUAGE, languages="、".join(LANGUAGES)), "language")
    user = User(
        id=uuid7(now),
        name=accepted,
        display=shown,
        organisation_id=organisation_id,
        practitioner_id=practitioner_id,
        machine=machine,
        disabled=False,
        must_change=False,
        code_until=None,
        password_set_at=None,
        language=language,
        created_at=now,
    )
    values = {column.name: getattr(user, column.name) for column in _COLUMNS}
    fresh = insert_ignore(connection, kernel_user).values(**values).returning(kernel_user.c.id)
    if connection.scalar(fresh) is None:
        raise conflict("用户名已被使用过（包括已停用的账号），不能重复使用，请另取", "name")
    return user


def find_user(connection: Connection, name: str) -> User | None:
    """The account of that name, disabled ones included."""
    accepted = normalise_name(name)
    return _one(connection, kernel_user.c.name == accepted) if accepted else None


def get_user(connection: Connection, user_id: str) -> User:
    """The account of that id. Raises Refused (404)."""
    user = _one(connection, kernel_user.c.id == user_id)
    if user is None:
        raise not_found("this account")
    return user


def list_users(connection: Connection, *, organisation_id: str | None = None) -> Sequence[User]:
    """All accounts, or those of one organisation, by name; disabled ones included."""
    statement = select(*_COLUMNS).order_by(kernel_user.c.name)
    if organisation_id is not None:
        statement = statement.where(kernel_user.c.organisation_id == organisation_id)
    return [User(**row) for row in connection.execute(statement).mappings()]


def disable_user(connection: Connection, *, user_id: str, now: Instant) -> None:
    """Shut an account: its sessions and tokens end with this transaction. Raises Refused (404)."""
    _update(connection, user_id, disabled=True)
    sessions.end_all(connection, user_id=user_id)
    tokens.revoke_all(connection, user_id=user_id, now=now)


def enable_user(connection: Connection, *, user_id: str) -> None:
    """Open an account again; what ended when it was disabled stays ended. Raises Refused (404)."""
    _update(connection, user_id, disabled=False)
    epoch.bump(connection)


def move_user(connection: Connection, *, user_id: str, organisation_id: str) -> None:
    """Let an account work at another organisation from now on. Raises Refused (404)."""
    _update(connection, user_id, organisation_id=organisation_id)
    epoch.bump(connection)


def choose_language(connection: Connection, *, user_id: str, language: str) -> None:
    """Show an account's pages in `language` from now on.

    Raises Refused (404) for an unknown account, (422) for a language that we do not have.
    """
    if language not in LANGUAGES:
        raise unprocessable(Message(_LANGUAGE, languages="、".join(LANGUAGES)), "language")
    _update(connection, user_id, language=language)
    epoch.bump(connection)  # processes keep the language with the actor


def list_roles(connection: Connection, *, user_id: str) -> Sequence[RoleHeld]:
    """Every role that an account has, had or will have, by its first day."""
    table = kernel_user_role
    rows = connection.execute(
        select(table.c.role, table.c.from_on, table.c.to_on)
        .where(table.c.user_id == user_id)
        .order_by(table.c.from_on, table.c.role)
    )
    return [RoleHeld(Role(row.role), row.from_on, row.to_on) for row in rows]


def roles_on(connection: Connection, *, user_id: str, day: date) -> frozenset[Role]:
    """The roles that an account has on a day."""
    table = kernel_user_role
    rows = connection.scalars(
        select(table.c.role).where(
            table.c.user_id == user_id,
            table.c.from_on <= day,
            or_(table.c.to_on.is_(None), table.c.to_on > day),
        )
    )
    return frozenset(Role(role) for role in rows)


def grant_role(
    connection: Connection, *, user_id: str, role: Role, from_on: date, to_on: date | None = None
) -> None:
    """Give an account a role from a day on, until `to_on` (exclusive).

    The three administrators of 等保 are separated: none of them may have any other role on the same
    day. Raises Refused (404) for an unknown account, (409) where the roles exclude each other or
    the account has the role already, (422) for an empty interval.
    """
    connection.execute(lock_rows(select(kernel_user.c.id).where(kernel_user.c.id == user_id)))
    user = get_user(connection, user_id)
    if to_on is not None and to_on <= from_on:
        raise unprocessable(_("角色的结束日期应晚于开始日期"), "to_on")
    if user.machine != (role is Role.PLATFORM):
        raise conflict(_("“数据交换平台”角色只能授予机器账号，机器账号也只能有这个角色"), "role")
    for held in list_roles(connection, user_id=user_id):
        if held.overlaps(from_on, to_on):
            _refuse_together(held.role, role)
    connection.execute(
        insert(kernel_user_role).values(user_id=user_id, role=role, from_on=from_on, to_on=to_on)
    )
    epoch.bump(connection)


def end_role(connection: Connection, *, user_id: str, role: Role, on: date) -> None:
    """Let a role end: from the day `on` the account has it no longer.

    Intervals that would begin on or after that day are removed. Raises Refused (404) where the
    account does not have the role then or later.
    """
    table = kernel_user_role
    mine = and_(table.c.user_id == user_id, table.c.role == role)
    running = or_(table.c.to_on.is_(None), table.c.to_on > on)
    removed = connection.execute(delete(table).where(mine, running, table.c.from_on >= on))
    ended = connection.execute(update(table).where(mine, running).values(to_on=on))
    if removed.rowcount + ended.rowcount == 0:
        raise not_found("this role of the account")
    epoch.bump(connection)


def _refuse_together(held: Role, wanted: Role) -> None:
    """Raise Refused (409) where one account must not have both roles."""
    both = {held, wanted}
    if held is wanted:
        already = Message(_("该账号在此期间已有“%(held)s”角色"), held=TITLES[held])
        raise conflict(already, "role")
    if both <= ADMINISTRATORS:
        apart = _("“%(held)s”与“%(wanted)s”不能由同一人担任：三权分立，互相制约")
        raise conflict(Message(apart, held=TITLES[held], wanted=TITLES[wanted]), "role")
    if both & ADMINISTRATORS:
        administrator = next(iter(both & ADMINISTRATORS))
        apart = _("“%(administrator)s”不能兼任业务角色：管理员不得接触居民档案")
        raise conflict(Message(apart, administrator=TITLES[administrator]), "role")


def _one(connection: Connection, condition: ColumnElement[bool]) -> User | None:
    row = connection.execute(select(*_COLUMNS).where(condition)).mappings().one_or_none()
    return User(**row) if row else None


def _update(connection: Connection, user_id: str, **values: Any) -> None:
    mine = kernel_user.c.id == user_id
    if connection.execute(update(kernel_user).where(mine).values(**values)).rowcount == 0:
        raise not_found("this account")
