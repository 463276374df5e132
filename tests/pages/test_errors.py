"""What a page says when something is refused or fails: plain words, no trace, the right status."""

import logging
from collections.abc import Callable

import pytest

from kernel import errors
from kernel.errors import Issue, Refused
from kernel.web import institutions
from tests.pages.browsing import Visitor, signed_in, words
from tests.support.house import OpenHouse

Raise = Callable[[], Exception]
REFUSALS: list[tuple[int, Raise, str]] = [
    (400, lambda: errors.bad_request("请选择日期"), "请选择日期"),
    (403, lambda: errors.forbidden("不行"), "没有权限"),
    (404, lambda: errors.not_found("Patient/x"), "没有找到"),
    (404, lambda: errors.gone("Patient/x"), "没有找到"),
    (409, lambda: errors.conflict("已经有了"), "记录已被他人修改"),
    (412, lambda: errors.precondition_failed("版本不同"), "版本已变化"),
    (413, lambda: errors.too_large("太大"), "内容太大"),
    (422, lambda: errors.unprocessable("收缩压过高"), "收缩压过高"),
    (429, lambda: Refused(429, (Issue("throttled", "请稍候"),)), "操作太频繁"),
    (503, lambda: errors.busy("忙"), "系统忙"),
    (507, errors.storage_full, "存储空间已满"),
    (500, lambda: RuntimeError("secret detail 13900010001"), "系统出错"),
]


@pytest.mark.parametrize(("status", "failure", "said"), REFUSALS)
def test_a_failure_is_a_page_in_plain_words(
    house: OpenHouse,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    *,
    status: int,
    failure: Raise,
    said: str,
) -> None:
    def fail(*_: object) -> None:
        raise failure()

    visitor = signed_in(house, "gp1")
    monkeypatch.setattr(institutions, "staff_by_organisation", fail)
    with caplog.at_level(logging.ERROR, "station.web"):
        answer = visitor.get("/institutions")
    text = words(answer)
    assert answer.status_code == status
    assert said in text
    assert f"状态 {status}" in text
    assert "于海宁" in text, "the navigation stays"
    assert "Traceback" not in answer.text
    assert "secret detail" not in answer.text
    if status >= 500:
        number = text.split("请求编号 ")[1].split()[0]
        assert number in caplog.text
    if status == 503:
        assert answer.headers["retry-after"] == "2"


def test_an_unknown_page_and_a_wrong_method(house: OpenHouse) -> None:
    for visitor in (Visitor(house), signed_in(house, "gp1")):
        assert words(visitor.get("/nowhere")).startswith("没有找到")
        assert visitor.get("/nowhere").status_code == 404
        wrong = visitor.request("PUT", "/residents")
        assert wrong.status_code == 405
        assert "不支持的操作" in words(wrong)
        assert visitor.request("GET", "/sign-out").status_code == 405


def test_forms_have_limits(house: OpenHouse) -> None:
    visitor = signed_in(house, "gp1")
    large = visitor.post("/residents/search", {"q": "x" * (1 << 20)})
    assert large.status_code == 413
    many = {f"field{n}": "x" for n in range(600)}
    assert visitor.post("/residents/search", many).status_code == 400
    kind = {"Content-Type": "text/plain"}
    other = visitor.request("POST", "/residents/search", content=b"q=x", headers=kind)
    assert other.status_code == 415
    for content in (b"--y--", b"--x\r\n\r\n", b"\xff" * 99):
        kind = {"Content-Type": "multipart/form-data; boundary=x"}
        answer = visitor.request("POST", "/residents/search", content=content, headers=kind)
        assert answer.status_code in (400, 403), content
    bulky = visitor.request("POST", "/residents/search", content=b"x" * (11 << 20), headers=kind)
    assert bulky.status_code in (400, 413)
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    broken = visitor.request("POST", "/residents/search", content=b"q=\xff\xfe", headers=form)
    assert broken.status_code == 400
    assert visitor.post("/residents/search", {"q": "a\0b"}).status_code == 303


def test_errors_speak_english_too(house: OpenHouse) -> None:
    visitor = Visitor(house, headers={"Accept-Language": "en"})
    assert words(visitor.get("/nowhere")).startswith("Not found")


def test_an_answer_waits_until_its_access_is_recorded(
    house: OpenHouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the audit cannot be written nothing is shown."""
    visitor = signed_in(house, "gp1")

    def full(*_: object) -> None:
        raise errors.storage_full()

    monkeypatch.setattr(house.house.accesses, "_insert", full)
    answer = visitor.get("/residents/wang-xiaoming")
    assert answer.status_code == 507
    assert "王小明" not in answer.text
    assert visitor.get("/institutions").status_code == 200, "what concerns nobody is shown"


def test_reading_goes_on_where_nothing_can_be_written(
    fresh_house: OpenHouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A session that cannot be marked as used is no reason to refuse a page."""
    house = fresh_house
    visitor = signed_in(house, "gp1")
    house.clock.advance(minutes=5)

    def full(*_: object, **__: object) -> None:
        raise Refused(507, ())

    monkeypatch.setattr("kernel.web.pages.sessions.touch", full)
    assert visitor.get("/institutions").status_code == 200
