"""Telephone numbers and local dates as people type them."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.values import InvalidValue, PhoneKind, mask_phone, parse_date, parse_phone


@pytest.mark.parametrize(
    ("typed", "value", "kind"),
    [
        ("13800001234", "13800001234", PhoneKind.MOBILE),
        ("+86 138-0000-1234", "13800001234", PhoneKind.MOBILE),
        ("008613800001234", "13800001234", PhoneKind.MOBILE),
        ("8613800001234", "13800001234", PhoneKind.MOBILE),
        ("１３８　００００　１２３４", "13800001234", PhoneKind.MOBILE),
        ("0532-85551234", "0532-85551234", PhoneKind.LANDLINE),
        ("（0532）8555 1234", "0532-85551234", PhoneKind.LANDLINE),
        ("053285551234", "0532-85551234", PhoneKind.LANDLINE),
        ("+86 532 8555 1234", "0532-85551234", PhoneKind.LANDLINE),
        ("010-66001234转802", "010-66001234-802", PhoneKind.LANDLINE),
        ("8555123", "8555123", PhoneKind.LANDLINE),
        ("400-123-4567", "4001234567", PhoneKind.SERVICE),
        ("+852 6123 4567", "+85261234567", PhoneKind.FOREIGN),
    ],
)
def test_phone_understood(typed: str, value: str, kind: PhoneKind) -> None:
    phone = parse_phone(typed)
    assert (phone.value, phone.kind) == (value, kind)
    assert parse_phone(phone.value if kind is not PhoneKind.LANDLINE else typed) == phone


@pytest.mark.parametrize("typed", ["", "12800001234", "1380000123", "138000012345", "abc", "110"])
def test_phone_refused_with_what_would_be_right(typed: str) -> None:
    with pytest.raises(InvalidValue, match="11位手机号码") as refusal:
        parse_phone(typed)
    assert refusal.value.reason == "phone"


def test_phone_digits_and_mask() -> None:
    assert parse_phone("0532-85551234").digits == "053285551234"
    assert mask_phone("13800001234") == "138****1234"
    assert mask_phone("8555123") == "*****23"
    assert mask_phone("23") == "**"


@given(st.text(max_size=25))
def test_any_text_is_a_phone_or_refused(text: str) -> None:
    try:
        phone = parse_phone(text)
    except InvalidValue:
        return
    assert 7 <= len(phone.digits) <= 24


@pytest.mark.parametrize(
    "typed",
    [
        "2026-11-03", "20261103", "2026.11.03", "2026/11/03", "2026年11月03日", "2026-11-3",
        "2026.11.3", "2026/11/3", "2026年11月3日", "2026年11月3", "２０２６－１１－０３",
        " 2026 年 11 月 3 日 ", "2026。11。3", "２０２６１１０３",
    ],
)  # fmt: skip
def test_date_styles(typed: str) -> None:
    assert parse_date(typed) == date(2026, 11, 3)


@pytest.mark.parametrize(
    ("typed", "why"),
    [
        ("", "style"), ("2026-11/03", "style"), ("26-11-03", "style"), ("2026113", "style"),
        ("11/03/2026", "style"), ("2026-11-03T00:00", "style"), ("²026-11-03", "style"),
        ("2026-02-29", "day"), ("2026-13-01", "day"), ("2026-00-10", "day"),
        ("2026-04-31", "day"), ("1799-01-01", "day"), ("9999-01-01", "day"),
    ],
)  # fmt: skip
def test_date_refused(typed: str, why: str) -> None:
    with pytest.raises(InvalidValue) as refusal:
        parse_date(typed)
    assert refusal.value.reason == why


def test_date_message_names_the_missing_day() -> None:
    with pytest.raises(InvalidValue, match="2026年2月没有29日"):
        parse_date("2026/2/29")


@given(st.dates(date(1800, 1, 1), date(2200, 12, 31)))
def test_every_day_in_every_style(day: date) -> None:
    y, m, d = day.year, day.month, day.day
    for typed in (
        f"{y}-{m}-{d}", f"{y}.{m:02}.{d:02}", f"{y}/{m}/{d}", f"{day:%Y%m%d}", f"{y}年{m}月{d}日",
    ):  # fmt: skip
        assert parse_date(typed) == day
