"""Signing in and out: cookies, time-outs, lock-out, one-time codes, and what the audit keeps."""

import statistics
import time

import pytest

from demo.cast import DEMO_PASSWORD
from kernel.security import accounts, credentials
from kernel.security.sign_in import SOURCE_FACTOR
from kernel.settings import Settings
from kernel.web.cookies import SESSION, cookie_name, is_secure
from kernel.web.sign_in import local_path
from tests.pages.browsing import Visitor, audited, by_the_form, words
from tests.support.house import FRESH_ON_SQLITE, ON_SQLITE, OpenHouse

NEW = "一句话里有山有水 2026 ok"


@ON_SQLITE
def test_sign_in_opens_a_session_with_a_new_cookie(house: OpenHouse) -> None:
    visitor = Visitor(house)
    first = visitor.sign_in("gp1")
    assert (first.status_code, first.headers["location"]) == (303, "/")
    before = visitor.cookies[SESSION]
    assert len(before) >= 43
    visitor.cookies.pop(SESSION)
    visitor.sign_in("gp1")
    assert visitor.cookies[SESSION] != before
    assert "于海宁，您好" in words(visitor.get("/"))


@ON_SQLITE
def test_a_cookie_that_was_there_before_is_not_taken_over(house: OpenHouse) -> None:
    """Session fixation: the id is always made anew."""
    visitor = Visitor(house, {SESSION: "chosen-by-somebody-else"})
    visitor.sign_in("gp1")
    assert visitor.cookies[SESSION] != "chosen-by-somebody-else"
    assert Visitor(house, {SESSION: "chosen-by-somebody-else"}).get("/").status_code == 303


@ON_SQLITE
def test_cookies_are_out_of_reach(house: OpenHouse) -> None:
    visitor = Visitor(house)
    set_before = visitor.get("/sign-in").headers.get_list("set-cookie")
    answer = visitor.post("/sign-in", {"user_name": "gp1", "password": DEMO_PASSWORD})
    for line in [*set_before, *answer.headers.get_list("set-cookie")]:
        attributes = {part.strip().lower() for part in line.split(";")[1:]}
        assert {"httponly", "path=/"} <= attributes
        assert attributes & {"samesite=lax", "samesite=strict"}
        assert not any(part.startswith("domain") for part in attributes)


@ON_SQLITE
def test_behind_tls_cookies_are_bound_to_the_host(house: OpenHouse) -> None:
    behind = Settings.model_validate({"tls_terminated": True})
    public = Settings.model_validate({"base_url": "https://station.example.org"})
    assert is_secure(behind)
    assert is_secure(public)
    assert cookie_name(behind, SESSION) == "__Host-station-session"
    assert cookie_name(house.station.settings, SESSION) == "station-session"


@FRESH_ON_SQLITE
@pytest.mark.parametrize("name", ["gp1", "nobody-by-that-name"])
def test_a_wrong_password_and_an_unknown_name_are_answered_alike(
    fresh_house: OpenHouse, name: str
) -> None:
    visitor = Visitor(fresh_house)
    answer = visitor.sign_in(name, "wrong-password")
    assert answer.status_code == 401
    assert "用户名或密码不正确" in words(answer)
    assert f'value="{name}"' in answer.text
    assert "wrong-password" not in answer.text
    assert SESSION not in visitor.cookies


@FRESH_ON_SQLITE
def test_both_take_the_same_time(fresh_house: OpenHouse) -> None:
    """ASVS 6.3.8: the time tells nobody whether a name exists (CPU time, so that others' load on
    the machine does not count)."""
    visitor = Visitor(fresh_house)
    visitor.sign_in("warm-up", "wrong")
    spent: dict[bool, list[float]] = {True: [], False: []}
    for _ in range(3):
        for name in ("gp1", "nobody1", "gp2", "nobody2", "nurse1", "nobody3"):
            visitor.get("/sign-in")
            start = time.process_time()
            answer = visitor.post("/sign-in", {"user_name": name, "password": "wrong"})
            spent[name.startswith("nobody")].append(time.process_time() - start)
            assert answer.status_code == 401
    known, unknown = (statistics.median(times) for times in spent.values())
    assert max(known, unknown) / min(known, unknown) < 1.3


@FRESH_ON_SQLITE
def test_too_many_failures_lock_the_account_for_a_time(fresh_house: OpenHouse) -> None:
    house, visitor = fresh_house, Visitor(fresh_house)
    settings = house.station.settings
    for _ in range(settings.lockout_attempts):
        assert visitor.sign_in("gp1", "wrong").status_code == 401
    locked = visitor.sign_in("gp1")
    assert locked.status_code == 423
    assert int(locked.headers["retry-after"]) == settings.lockout_minutes * 60
    assert "请在 15 分钟后再试" in words(locked)
    english = words(Visitor(house, headers={"Accept-Language": "en"}).sign_in("gp1"))
    assert "Too many failed sign-ins of this account. Try again in 15 minutes" in english
    assert by_the_form(house, "nurse1").get("/").status_code == 200
    house.clock.advance(minutes=settings.lockout_minutes, seconds=1)
    assert visitor.sign_in("gp1").status_code == 303
    assert len(audited(house, "sign-in-failed")) == settings.lockout_attempts + 2


@FRESH_ON_SQLITE
@pytest.mark.slow
def test_too_many_failures_of_any_name_lock_the_device(fresh_house: OpenHouse) -> None:
    visitor = Visitor(fresh_house, headers={"Accept-Language": "en"})
    for number in range(fresh_house.station.settings.lockout_attempts * SOURCE_FACTOR):
        assert visitor.sign_in(f"nobody-{number}", "wrong").status_code == 401
    locked = visitor.sign_in("gp1")
    assert locked.status_code == 429
    assert "Too many failed sign-ins from this device. Try again in 15 minutes" in words(locked)


@FRESH_ON_SQLITE
def test_an_idle_session_ends(fresh_house: OpenHouse) -> None:
    house = fresh_house
    visitor = by_the_form(house, "gp1")
    for _ in range(4):
        house.clock.advance(minutes=house.station.settings.session_idle_minutes - 1)
        assert visitor.get("/").status_code == 200
    house.clock.advance(minutes=house.station.settings.session_idle_minutes, seconds=1)
    assert visitor.get("/").headers["location"] == "/sign-in?next=%2F"
    assert "登录已结束或超时" in words(visitor.get("/sign-in"))


@FRESH_ON_SQLITE
def test_a_session_ends_even_if_it_is_always_used(fresh_house: OpenHouse) -> None:
    house = fresh_house
    visitor = by_the_form(house, "gp1")
    step = house.station.settings.session_idle_minutes - 1
    for _ in range(house.station.settings.session_hours * 60 // step):
        house.clock.advance(minutes=step)
        assert visitor.get("/account/password").status_code == 200
    house.clock.advance(minutes=step)
    assert visitor.get("/account/password").status_code == 303


@ON_SQLITE
def test_signing_out_ends_the_session_on_the_server(house: OpenHouse) -> None:
    visitor = by_the_form(house, "gp1")
    kept = dict(visitor.cookies)
    answer = visitor.post("/sign-out")
    assert answer.headers["location"] == "/sign-in"
    assert answer.headers["clear-site-data"] == '"cache", "cookies", "storage"'
    assert SESSION not in visitor.cookies
    assert Visitor(house, kept).get("/").status_code == 303
    assert audited(house, "sign-out")[-1]["name"] == "gp1"


@ON_SQLITE
def test_a_post_after_the_end_says_so(house: OpenHouse) -> None:
    visitor = by_the_form(house, "gp1")
    kept, token = dict(visitor.cookies), visitor.token
    visitor.post("/sign-out")
    answer = Visitor(house, kept, token).post("/residents/search", {"q": "王"})
    assert answer.status_code == 401
    assert "请先登录" in words(answer)


@ON_SQLITE
def test_htmx_is_sent_to_the_sign_in_page(house: OpenHouse) -> None:
    answer = Visitor(house).get("/residents", headers={"HX-Request": "true"})
    assert answer.status_code == 401
    assert answer.headers["hx-redirect"].startswith("/sign-in?next=")


@FRESH_ON_SQLITE
def test_a_disabled_account_is_out_at_once(fresh_house: OpenHouse) -> None:
    house = fresh_house
    visitor = by_the_form(house, "gp1")
    with house.database.writing() as connection:
        user = accounts.find_user(connection, "gp1")
        assert user is not None
        accounts.disable_user(connection, user_id=user.id, now=house.clock.now())
    assert visitor.get("/").status_code == 303
    assert visitor.sign_in("gp1").status_code == 401


@ON_SQLITE
@pytest.mark.parametrize(
    "address",
    [
        "//evil.example", "https://evil.example", "/\\evil.example", "javascript:alert(1)",
        "/x\r\nSet-Cookie: a=b", "\\\\evil", "evil", "", "/ x", "/\tx",
    ],
)  # fmt: skip
def test_signing_in_leads_nowhere_else(house: OpenHouse, address: str) -> None:
    assert local_path(address) == "/"
    visitor = Visitor(house)
    assert visitor.sign_in("gp1", back=address).headers["location"] == "/"


def test_local_addresses_are_kept() -> None:
    for address in ("/", "/residents?search=abc-_&sort=name", "/institutions/station-1"):
        assert local_path(address) == address


@FRESH_ON_SQLITE
def test_signing_in_is_audited_without_what_was_typed(fresh_house: OpenHouse) -> None:
    house = fresh_house
    Visitor(house).sign_in("gp1")
    Visitor(house).sign_in("gp1", "my-secret-password")
    Visitor(house).sign_in("my-secret-password", "x")
    (good,), failed = audited(house, "sign-in"), audited(house, "sign-in-failed")
    assert (good["name"], good["source"], good["outcome"]) == ("gp1", "192.0.2.10", 0)
    assert [(row["name"], row["outcome"]) for row in failed] == [("gp1", 4), (None, 4)]
    assert all("my-secret-password" not in str(row) for row in failed)


@FRESH_ON_SQLITE
def test_the_first_page_tells_of_the_sign_in_before(fresh_house: OpenHouse) -> None:
    house = fresh_house
    by_the_form(house, "gp1")
    house.clock.advance(days=1)
    audited(house, "sign-in")
    assert "上次登录 2026-11-23 09:05 (192.0.2.10)" in words(by_the_form(house, "gp1").get("/"))


@FRESH_ON_SQLITE
def test_one_more_session_ends_the_oldest(fresh_house: OpenHouse) -> None:
    house = fresh_house
    visitors = []
    for _ in range(house.station.settings.session_limit + 1):
        visitors.append(by_the_form(house, "gp1"))
        house.clock.advance(seconds=5)
    assert [v.get("/").status_code for v in visitors] == [303, 200, 200, 200]
    assert audited(house, "sign-in")[-1]["detail"] == {"ended_sessions": 1}


def code_for(house: OpenHouse, name: str) -> str:
    with house.database.writing() as connection:
        user = accounts.find_user(connection, name)
        assert user is not None
        return credentials.issue_code(
            connection, user_id=user.id, settings=house.station.settings, now=house.clock.now()
        )


@FRESH_ON_SQLITE
def test_a_one_time_code_lets_in_only_to_choose_a_password(fresh_house: OpenHouse) -> None:
    house, visitor = fresh_house, Visitor(fresh_house)
    code = code_for(house, "gp1")
    assert visitor.sign_in("gp1", code).headers["location"] == "/account/password"
    for path in ("/", "/residents", "/institutions"):
        assert visitor.get(path).headers["location"] == "/account/password"
    form = visitor.get("/account/password")
    assert "请先设置自己的密码" in words(form)
    assert 'name="current"' not in form.text
    weak = visitor.post("/account/password", {"new": "password", "repeat": "password"})
    assert weak.status_code == 422
    assert "常见密码" in words(weak)
    assert visitor.post("/account/password", {"new": NEW, "repeat": NEW}).status_code == 303
    home = visitor.get("/")
    assert home.status_code == 200
    assert "密码已修改" in words(home)
    assert "密码已修改" not in words(visitor.get("/"))
    assert Visitor(house).sign_in("gp1", code).status_code == 401
    assert Visitor(house).sign_in("gp1", NEW).status_code == 303


@FRESH_ON_SQLITE
def test_a_password_is_changed_with_the_old_one_and_ends_other_sessions(
    fresh_house: OpenHouse,
) -> None:
    house = fresh_house
    mine, other = by_the_form(house, "gp1"), by_the_form(house, "gp1")
    form = {"current": DEMO_PASSWORD, "new": NEW, "repeat": NEW}
    wrong = mine.post("/account/password", {**form, "current": "wrong"})
    assert wrong.status_code == 422
    assert "用户名或密码不正确" in words(wrong)
    unequal = mine.post("/account/password", {**form, "repeat": NEW + "!"})
    assert "两次输入的新密码不一致" in words(unequal)
    assert NEW not in wrong.text + unequal.text
    assert mine.post("/account/password", form).status_code == 303
    assert mine.get("/").status_code == 200
    assert other.get("/").status_code == 303
    changes = audited(house, "account")
    assert [(row["name"], row["detail"]) for row in changes] == [("gp1", {"change": "password"})]


@FRESH_ON_SQLITE
def test_the_language_belongs_to_the_account(fresh_house: OpenHouse) -> None:
    house, visitor = fresh_house, by_the_form(fresh_house, "gp1")
    answer = visitor.post("/language", {"language": "en", "return_to": "/residents"})
    assert answer.headers["location"] == "/residents"
    assert '<html lang="en">' in visitor.get("/residents").text
    elsewhere = by_the_form(house, "gp1")
    assert '<html lang="en">' in elsewhere.get("/").text
    assert '<html lang="zh-CN">' in by_the_form(house, "gp2").get("/").text


@ON_SQLITE
def test_the_language_before_signing_in_is_the_browsers(house: OpenHouse) -> None:
    visitor = Visitor(house, headers={"Accept-Language": "en-GB,en;q=0.9"})
    assert "Sign in" in words(visitor.get("/sign-in"))
    visitor.post("/language", {"language": "zh_CN", "return_to": "/sign-in"})
    assert "登录" in words(visitor.get("/sign-in"))


@ON_SQLITE
def test_who_is_signed_in_does_not_sign_in_again(house: OpenHouse) -> None:
    visitor = by_the_form(house, "gp1")
    assert visitor.get("/sign-in?next=/staff").headers["location"] == "/staff"
