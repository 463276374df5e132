"""Setting passwords, and the one-time codes that stand in for one."""

import secrets

from sqlalchemy import Connection, delete, insert, select, update

from kernel.clock import DAY, Instant
from kernel.db.dialect import lock_rows
from kernel.db.tables import kernel_password_history, kernel_user
from kernel.errors import conflict, forbidden
from kernel.messages import _
from kernel.security import directory, epoch, passwords, sessions, tokens
from kernel.security.accounts import User, get_user
from kernel.security.passwords import PROFILES, Profile, Weakness
from kernel.security.sign_in import Outcome, Proof, SignIn, conclude
from kernel.settings import Settings

CODE_LIFE = DAY
"""How long a one-time code waits to be used, in microseconds."""

_SIGNS = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"  # without I, O, 0, 1: a code is read from paper
_GROUPS, _GROUP = 5, 4  # 32 signs, 20 times: 100 bits


def set_password(
    connection: Connection,
    *,
    user_id: str,
    password: str,
    settings: Settings,
    now: Instant,
    must_change: bool = False,
    keep: bytes | None = None,
) -> None:
    """Give an account a password without asking for the old one; for administrators.

    Its sessions end, apart from the one with digest `keep`. Raises Refused (404) for an unknown
    account, (409) for a machine, (422) naming everything that is wrong with the password.
    """
    user = get_user(connection, user_id)
    profile = PROFILES[settings.password_profile]
    connection.execute(lock_rows(select(kernel_user.c.id).where(kernel_user.c.id == user_id)))
    _refuse_machine(user)
    _refuse_weak(connection, user, password, profile)
    _remember(connection, user_id, profile, now)
    _store(connection, user_id, password, now, must_change=must_change, code_until=None)
    sessions.end_all(connection, user_id=user_id, keep=keep)
    epoch.bump(connection)


def change_password(
    connection: Connection,
    *,
    proof: Proof,
    password: str,
    settings: Settings,
    now: Instant,
    keep: bytes | None = None,
) -> SignIn:
    """Let somebody change the own password, who proves to know the old one.

    `proof` comes from `sign_in.begin` and `Attempt.prove`; a wrong old password counts as a failed
    sign-in and is returned, not raised. Raises Refused like `set_password`.
    """
    answer = conclude(connection, proof, settings=settings, now=now)
    if answer.outcome is Outcome.SIGNED_IN and answer.user is not None:
        set_password(
            connection,
            user_id=answer.user.id,
            password=password,
            settings=settings,
            now=now,
            keep=keep,
        )
    return answer


def choose_password(
    connection: Connection,
    *,
    user_id: str,
    password: str,
    settings: Settings,
    now: Instant,
    keep: bytes | None = None,
) -> None:
    """Let somebody who came in with a one-time code choose a password.

    Raises Refused (403) where the account has a password, and otherwise like `set_password`.
    """
    user = get_user(connection, user_id)
    if not user.must_change or _hash(connection, user_id) is not None:
        raise forbidden("修改密码需要输入原密码", "old")
    set_password(
        connection, user_id=user_id, password=password, settings=settings, now=now, keep=keep
    )


def has_password(connection: Connection, user_id: str) -> bool:
    """Whether something can be compared with; false once a one-time code has been used up."""
    return _hash(connection, user_id) is not None


def issue_code(connection: Connection, *, user_id: str, settings: Settings, now: Instant) -> str:
    """A one-time code in place of the password, for a first sign-in or after one was forgotten.

    It works once and for 24 hours; whoever comes in with it can only choose a password. Sessions
    and tokens of the account end. Raises Refused (404) for an unknown account, (409) for a machine.
    """
    _refuse_machine(get_user(connection, user_id))
    groups = ("".join(secrets.choice(_SIGNS) for _ in range(_GROUP)) for _ in range(_GROUPS))
    code = "-".join(groups)
    _remember(connection, user_id, PROFILES[settings.password_profile], now)
    _store(connection, user_id, code, now, must_change=True, code_until=now + CODE_LIFE)
    sessions.end_all(connection, user_id=user_id)
    tokens.revoke_all(connection, user_id=user_id, now=now)
    return code


def _refuse_machine(user: User) -> None:
    if user.machine:
        raise conflict(_("机器账号没有密码，请签发令牌"), "user")


def _refuse_weak(connection: Connection, user: User, password: str, profile: Profile) -> None:
    workplace = directory.organisation_name(connection, user.organisation_id) or ""
    context = (user.name, user.display, workplace)
    found = passwords.weaknesses(password, profile=profile, context=context)
    if not found and _was_used(connection, user.id, password, profile):
        found = [Weakness.USED]
    if found:
        raise passwords.refusal(found, profile=profile)


def _was_used(connection: Connection, user_id: str, password: str, profile: Profile) -> bool:
    """Whether it is one of the passwords that the profile remembers, the present one included."""
    if not profile.remembered:
        return False
    table = kernel_password_history
    former = connection.scalars(
        select(table.c.password_hash)
        .where(table.c.user_id == user_id)
        .order_by(table.c.set_at.desc())
        .limit(profile.remembered - 1)
    )
    known = [_hash(connection, user_id), *former]
    return any(passwords.match(stored, password).correct for stored in known if stored)


def _remember(connection: Connection, user_id: str, profile: Profile, now: Instant) -> None:
    """Keep the outgoing hash where the profile forbids using it again, and forget the oldest."""
    table, stored = kernel_password_history, _hash(connection, user_id)
    mine = table.c.user_id == user_id
    if stored is not None and profile.remembered and not _waits_with_code(connection, user_id):
        connection.execute(insert(table).values(user_id=user_id, set_at=now, password_hash=stored))
    newest_first = select(table.c.set_at).where(mine).order_by(table.c.set_at.desc())
    surplus = connection.scalars(newest_first.offset(profile.remembered)).all()
    connection.execute(delete(table).where(mine, table.c.set_at.in_(surplus)))


def _waits_with_code(connection: Connection, user_id: str) -> bool:
    """Whether the stored hash is that of a one-time code, not of a password."""
    return get_user(connection, user_id).code_until is not None


def _hash(connection: Connection, user_id: str) -> str | None:
    found: str | None = connection.scalar(
        select(kernel_user.c.password_hash).where(kernel_user.c.id == user_id)
    )
    return found


def _store(
    connection: Connection,
    user_id: str,
    password: str,
    now: Instant,
    *,
    must_change: bool,
    code_until: Instant | None,
) -> None:
    connection.execute(
        update(kernel_user)
        .where(kernel_user.c.id == user_id)
        .values(
            password_hash=passwords.hash_password(password),
            password_set_at=now,
            must_change=must_change,
            code_until=code_until,
        )
    )
