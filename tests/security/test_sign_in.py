"""TRUST.md §2, rows 2 and 4 to 8: passwords at the door."""

import statistics
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from argon2 import PasswordHasher, extract_parameters
from sqlalchemy import select, update

from kernel.db.tables import kernel_sign_in_failure, kernel_user
from kernel.errors import Refused
from kernel.security import accounts, credentials, sign_in
from kernel.security.accounts import User
from kernel.security.sign_in import SOURCE_FACTOR, Outcome
from tests.security.house import HERE, PASSWORD, House, settings

OTHER = "another long password"


def set_password(house: House, user: User, password: str) -> None:
    with house.database.writing() as connection:
        credentials.set_password(
            connection,
            user_id=user.id,
            password=password,
            settings=house.settings,
            now=house.now,
        )


def issue_code(house: House, user: User) -> str:
    with house.database.writing() as connection:
        return credentials.issue_code(
            connection, user_id=user.id, settings=house.settings, now=house.now
        )


def choose(house: House, user: User, password: str) -> None:
    with house.database.writing() as connection:
        credentials.choose_password(
            connection,
            user_id=user.id,
            password=password,
            settings=house.settings,
            now=house.now,
        )


def change(house: House, name: str, old: str, new: str) -> Outcome:
    with house.database.reading() as connection:
        attempt = sign_in.begin(connection, name=name, source=HERE, now=house.now)
    proof = attempt.prove(old)
    with house.database.writing() as connection:
        return credentials.change_password(
            connection, proof=proof, password=new, settings=house.settings, now=house.now
        ).outcome


def fail(house: House, times: int, name: str = "gp1", source: str = HERE) -> None:
    for _ in range(times):
        assert house.outcome(name, "wrong", source) is Outcome.WRONG


def test_trust_02_sign_in_needs_the_exact_string(house: House) -> None:
    user = house.user(password="Eine Straße, 第二")
    signed_in = house.attempt("gp1", "Eine Straße, 第二")
    assert signed_in.outcome is Outcome.SIGNED_IN
    assert signed_in.user == house_user(house, user)
    assert house.outcome(" GP1 ", "Eine Straße, 第二") is Outcome.SIGNED_IN
    for wrong in ("eine Straße, 第二", "Eine Strasse, 第二", "Eine Straße, 第二 ", ""):
        assert house.outcome("gp1", wrong) is Outcome.WRONG


def house_user(house: House, user: User) -> User:
    with house.database.reading() as connection:
        return accounts.get_user(connection, user.id)


def test_trust_03_the_names_around_an_account_are_refused(house: House) -> None:
    house.organisation({"id": "station-1", "name": "阳光街道社区卫生服务站"})
    user = house.user("coord.zhang", display="于海宁", password=None)
    for password in ("coord.zhang-26", "yuhaining2026x", "yangguangjiedaoshequweishengfuwuzhan"):
        with pytest.raises(Refused) as refused:
            set_password(house, user, password)
        assert refused.value.status == 422
        assert [issue.expression for issue in refused.value.issues] == ["password"]


def test_trust_04_only_djbh3_makes_old_passwords_be_changed(house: House) -> None:
    house.user(password="Vxkorpnbl7")
    house.clock.advance(days=91)
    unhurried = house.attempt("gp1", "Vxkorpnbl7")
    assert unhurried.user is not None
    assert not unhurried.user.must_change
    house.settings = settings(password_profile="djbh3")
    hurried = house.attempt("gp1", "Vxkorpnbl7")
    assert hurried.outcome is Outcome.SIGNED_IN
    assert hurried.user is not None
    assert hurried.user.must_change
    assert change(house, "gp1", "Vxkorpnbl7", "Vxkorpnbl8") is Outcome.SIGNED_IN
    renewed = house.attempt("gp1", "Vxkorpnbl8")
    assert renewed.user is not None
    assert not renewed.user.must_change


def test_trust_04_only_djbh3_remembers_the_last_five(house: House) -> None:
    user = house.user(password="Vxkorpnbl0")
    set_password(house, user, "Vxkorpnbl0")
    house.settings = settings(password_profile="djbh3")
    for number in range(1, 6):
        house.clock.advance(days=1)
        set_password(house, user, f"Vxkorpnbl{number}")
    house.clock.advance(days=1)
    for used in ("Vxkorpnbl5", "Vxkorpnbl1"):
        with pytest.raises(Refused, match="最近用过"):
            set_password(house, user, used)
    set_password(house, user, "Vxkorpnbl0")
    assert house.outcome("gp1", "Vxkorpnbl0") is Outcome.SIGNED_IN


def test_trust_05_an_old_hash_is_made_anew_at_sign_in(house: House) -> None:
    user = house.user()
    old = PasswordHasher(time_cost=1, memory_cost=8 * 1024, parallelism=1).hash(PASSWORD)
    mine = kernel_user.c.id == user.id
    with house.database.writing() as connection:
        connection.execute(update(kernel_user).where(mine).values(password_hash=old))
    assert house.outcome("gp1", "wrong") is Outcome.WRONG
    assert stored_hash(house, user) == old
    assert house.outcome("gp1", PASSWORD) is Outcome.SIGNED_IN
    assert extract_parameters(stored_hash(house, user)).memory_cost == 19 * 1024
    assert house.outcome("gp1", PASSWORD) is Outcome.SIGNED_IN


def stored_hash(house: House, user: User) -> str:
    with house.database.reading() as connection:
        mine = select(kernel_user.c.password_hash).where(kernel_user.c.id == user.id)
        return str(connection.scalar(mine))


def test_trust_06_an_account_locks_after_five_failures_and_opens_in_time(house: House) -> None:
    house.user()
    house.user("gp2")
    fail(house, 5)
    locked = house.attempt("gp1", PASSWORD)
    assert locked.outcome is Outcome.ACCOUNT_LOCKED
    refusal = locked.refusal(house.now)
    assert refusal.status == 423
    assert refusal.headers["Retry-After"] == str(15 * 60)
    assert "15 分钟" in refusal.issues[0].diagnostics
    assert house.outcome("gp1", PASSWORD, "198.51.100.7") is Outcome.ACCOUNT_LOCKED
    assert house.outcome("gp2", PASSWORD) is Outcome.SIGNED_IN
    house.clock.advance(minutes=15, seconds=-1)
    assert house.outcome("gp1", PASSWORD) is Outcome.ACCOUNT_LOCKED
    house.clock.advance(seconds=1)
    assert house.outcome("gp1", PASSWORD) is Outcome.SIGNED_IN


def test_trust_06_a_source_locks_across_accounts_and_others_do_not(house: House) -> None:
    house.settings = settings(lockout_attempts=2)
    house.user()
    for number in range(2 * SOURCE_FACTOR):
        assert house.outcome(f"somebody{number}", "wrong") is Outcome.WRONG
    locked = house.attempt("gp1", PASSWORD)
    assert locked.outcome is Outcome.SOURCE_LOCKED
    assert locked.refusal(house.now).status == 429
    assert house.outcome("gp1", PASSWORD, "198.51.100.7") is Outcome.SIGNED_IN
    house.clock.advance(minutes=15)
    assert house.outcome("gp1", PASSWORD) is Outcome.SIGNED_IN


def test_trust_06_a_source_cannot_hide_in_its_ipv6_network(house: House) -> None:
    house.settings = settings(lockout_attempts=2)
    for number in range(2 * SOURCE_FACTOR):
        house.outcome(f"somebody{number}", "wrong", f"2001:db8:1:2::{number + 1:x}")
    assert house.outcome("gp1", PASSWORD, "2001:db8:1:2:ffff::1") is Outcome.SOURCE_LOCKED
    assert house.outcome("gp1", PASSWORD, "2001:db8:1:3::1") is Outcome.WRONG


@pytest.mark.parametrize(
    ("one", "same", "other"),
    [
        ("::ffff:192.0.2.1", "192.0.2.1", "::ffff:192.0.2.2"),
        ("unix", "unix", ""),
        ("2001:db8::1", "2001:DB8:0::2", "2001:db8:0:1::1"),
    ],
)
def test_trust_06_sources_that_are_one(house: House, one: str, same: str, other: str) -> None:
    house.settings = settings(lockout_attempts=2)
    for number in range(2 * SOURCE_FACTOR):
        house.outcome(f"somebody{number}", "wrong", one)
    assert house.outcome("gp1", "wrong", same) is Outcome.SOURCE_LOCKED
    assert house.outcome("gp1", "wrong", other) is Outcome.WRONG


def test_trust_06_a_success_and_the_passing_of_time_start_the_count_anew(house: House) -> None:
    house.user()
    fail(house, 4)
    assert house.outcome("gp1", PASSWORD) is Outcome.SIGNED_IN
    fail(house, 4)
    house.clock.advance(minutes=15)
    fail(house, 4)
    assert house.outcome("gp1", PASSWORD) is Outcome.SIGNED_IN


def test_trust_06_parallel_guesses_gain_nothing(house: House) -> None:
    house.user()
    with house.database.reading() as connection:
        attempt = sign_in.begin(connection, name="gp1", source=HERE, now=house.now)
    right = attempt.prove(PASSWORD)
    fail(house, 5)
    with house.database.writing() as connection:
        answer = sign_in.conclude(connection, right, settings=house.settings, now=house.now)
    assert answer.outcome is Outcome.ACCOUNT_LOCKED


def test_trust_06_failures_at_the_same_moment_are_all_counted(house: House) -> None:
    house.user()
    with ThreadPoolExecutor(8) as pool:
        outcomes = list(pool.map(lambda _: house.outcome("gp1", "wrong"), range(8)))
    assert outcomes.count(Outcome.WRONG) == 5
    assert outcomes.count(Outcome.ACCOUNT_LOCKED) == 3


def test_trust_06_an_administrator_can_unlock(house: House) -> None:
    house.user()
    fail(house, 5)
    with house.database.writing() as connection:
        sign_in.unlock(connection, name="gp1")
    assert house.outcome("gp1", PASSWORD) is Outcome.SIGNED_IN


def test_failures_are_forgotten_after_a_day_and_never_hold_what_was_typed(house: House) -> None:
    fail(house, 1, name="my-secret-password")
    with house.database.writing() as connection:
        kept = connection.execute(select(kernel_sign_in_failure)).all()
        assert len(kept) == 2
        assert "secret" not in repr(kept)
        assert sign_in.purge(connection, now=house.now) == 0
    house.clock.advance(days=1, seconds=1)
    with house.database.writing() as connection:
        assert sign_in.purge(connection, now=house.now) == 2


@pytest.mark.parametrize("name", ["nobody", "x", "王伟", "a\x00b", "\ud800", "n" * 5000, ""])
def test_trust_07_unknown_names_are_answered_like_wrong_passwords(house: House, name: str) -> None:
    house.user()
    unknown, wrong = house.attempt(name, "wrong"), house.attempt("gp1", "wrong")
    assert unknown == wrong
    refusals = unknown.refusal(house.now), wrong.refusal(house.now)
    assert refusals[0].status == refusals[1].status == 401
    assert refusals[0].issues == refusals[1].issues
    fail(house, 4, name=name, source="198.51.100.7")
    assert house.outcome(name, "wrong") is Outcome.ACCOUNT_LOCKED


def test_trust_07_unknown_names_take_as_long_as_wrong_passwords(house: House) -> None:
    house.settings = settings(lockout_attempts=50)
    house.user()
    taken: dict[str, list[float]] = {"nobody": [], "gp1": []}
    for name in ["nobody", "gp1"] * 9:
        start = time.thread_time()  # not the time that other programs of this machine need
        assert house.outcome(name, "wrong") is Outcome.WRONG
        taken[name].append(time.thread_time() - start)
    ratio = statistics.median(taken["nobody"]) / statistics.median(taken["gp1"])
    assert 1 / 1.5 < ratio < 1.5


def test_trust_08_a_fresh_database_lets_nobody_in(house: House) -> None:
    for name in ("admin", "administrator", "root", "sysadmin", "system", "station"):
        assert house.outcome(name, "admin") is Outcome.WRONG
        assert house.outcome(name, "") is Outcome.WRONG
        house.clock.advance(minutes=15)


def test_trust_08_an_account_without_a_password_lets_nobody_in(house: House) -> None:
    house.user("sysadmin", password=None)
    house.user("platform", machine=True)
    for name in ("sysadmin", "platform"):
        assert house.outcome(name, "") is Outcome.WRONG
        assert house.outcome(name, "None") is Outcome.WRONG


def test_trust_08_a_code_works_once_and_must_be_replaced(house: House) -> None:
    user = house.user("sysadmin", password=None)
    code = issue_code(house, user)
    first = house.attempt("sysadmin", code)
    assert first.outcome is Outcome.SIGNED_IN
    assert first.user is not None
    assert first.user.must_change
    assert house.outcome("sysadmin", code) is Outcome.WRONG
    choose(house, user, PASSWORD)
    settled = house.attempt("sysadmin", PASSWORD)
    assert settled.user is not None
    assert not settled.user.must_change
    with pytest.raises(Refused, match="原密码"):
        choose(house, user, OTHER)


def test_trust_08_a_code_dies_after_a_day(house: House) -> None:
    user = house.user("sysadmin", password=None)
    code = issue_code(house, user)
    house.clock.advance(hours=24, seconds=-1)
    with pytest.raises(Refused, match="原密码"):
        choose(house, user, PASSWORD)
    house.clock.advance(seconds=1)
    assert house.outcome("sysadmin", code) is Outcome.WRONG


def test_trust_08_a_code_replaces_a_forgotten_password(house: House) -> None:
    user = house.user()
    assert issue_code(house, user) != issue_code(house, user)
    assert house.outcome("gp1", PASSWORD) is Outcome.WRONG


def test_trust_08_machines_have_no_password(house: House) -> None:
    machine = house.user("platform", machine=True)
    with pytest.raises(Refused, match="机器账号"):
        issue_code(house, machine)
    with pytest.raises(Refused, match="机器账号"):
        set_password(house, machine, PASSWORD)


def test_trust_11_changing_a_password_needs_the_old_one(house: House) -> None:
    house.user()
    assert change(house, "gp1", "wrong", OTHER) is Outcome.WRONG
    assert house.outcome("gp1", OTHER) is Outcome.WRONG
    assert change(house, "gp1", PASSWORD, OTHER) is Outcome.SIGNED_IN
    assert house.outcome("gp1", OTHER) is Outcome.SIGNED_IN
    assert house.outcome("gp1", PASSWORD) is Outcome.WRONG


def test_trust_11_guessing_the_old_password_locks_the_account(house: House) -> None:
    house.user()
    for _ in range(5):
        assert change(house, "gp1", "wrong", OTHER) is Outcome.WRONG
    assert change(house, "gp1", PASSWORD, OTHER) is Outcome.ACCOUNT_LOCKED


def test_a_proof_does_not_outlive_the_password_that_it_proved(house: House) -> None:
    user = house.user()
    with house.database.reading() as connection:
        attempt = sign_in.begin(connection, name="gp1", source=HERE, now=house.now)
    proof = attempt.prove(PASSWORD)
    set_password(house, user, OTHER)
    with house.database.writing() as connection:
        answer = sign_in.conclude(connection, proof, settings=house.settings, now=house.now)
    assert answer.outcome is Outcome.WRONG
