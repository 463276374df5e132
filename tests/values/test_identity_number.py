"""GB 11643 and its relatives: the worked examples of the domain reference, and properties."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.values import DocumentKind, InvalidValue, mask_identity_number, parse_identity_number
from kernel.values.identity_number import (
    check_character,
    parse_document_number,
    upgrade_legacy_number,
)

TODAY = date(2026, 11, 23)


def with_check(first17: str) -> str:
    return first17 + check_character(first17)


def reason(text: str, *, today: date = TODAY) -> str:
    with pytest.raises(InvalidValue) as refusal:
        parse_identity_number(text, today=today)
    return refusal.value.reason


@pytest.mark.parametrize(
    ("first17", "full", "born", "sex"),
    [
        ("11010118850312013", "110101188503120130", date(1885, 3, 12), "male"),
        ("31010118991231248", "310101189912312485", date(1899, 12, 31), "female"),
        ("31010118991231005", "31010118991231005X", date(1899, 12, 31), "male"),
    ],
)
def test_worked_examples(first17: str, full: str, born: date, sex: str) -> None:
    assert with_check(first17) == full
    found = parse_identity_number(full, today=TODAY)
    assert (found.value, found.birth_date, found.sex) == (full, born, sex)
    assert (found.kind, found.cv_code) == (DocumentKind.CITIZEN_ID, "01")
    assert found.region_code == full[:6]
    assert found.warnings == ()


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("110101190002290003", "birth-date"),
        ("310101189912312484", "check"),
        ("31010118991231248", "length"),
        ("3101011899123124855", "length"),
        ("", "length"),
        ("31010118991231A485", "character"),
        ("X10101189912312485", "character"),
        ("31010118991231005Y", "character"),
        ("3101011899123100²X", "character"),
        (with_check("31010118991231000"), "sequence"),
        (with_check("11010118491231001"), "birth-date"),
        (with_check("11010120261124001"), "birth-date"),
        (with_check("11010120230229001"), "birth-date"),
        ("110101850312013", "length"),
    ],
)
def test_negative_examples(text: str, why: str) -> None:
    assert reason(text) == why


def test_the_reference_number_with_a_right_check_but_no_such_day() -> None:
    assert check_character("11010119000229000") == "3"
    assert reason("110101190002290003") == "birth-date"


def test_a_wrong_check_character_names_the_right_one_and_not_the_number() -> None:
    with pytest.raises(InvalidValue, match="最后一位应为5") as refusal:
        parse_identity_number("310101189912312484", today=TODAY)
    assert "310101" not in refusal.value.message


@pytest.mark.parametrize(
    "typed",
    [
        "31010118991231005x",
        "３１０１０１１８９９１２３１００５Ｘ",
        "３１０１０１１８９９１２３１００５ｘ",
        " 310101 18991231 005X ",
        "310101-18991231-005x",
        "310101\u300018991231\t005X\r\n",
    ],
)
def test_what_is_typed_is_normalised(typed: str) -> None:
    assert parse_identity_number(typed, today=TODAY).value == "31010118991231005X"


def test_born_today_is_accepted_and_tomorrow_is_not() -> None:
    born_today = with_check("37180220261123001")
    assert parse_identity_number(born_today, today=TODAY).birth_date == TODAY
    assert reason(born_today, today=TODAY - timedelta(days=1)) == "birth-date"


def test_an_unknown_province_warns_and_is_accepted() -> None:
    found = parse_identity_number(with_check("99010119900101001"), today=TODAY)
    assert found.kind is DocumentKind.FOREIGNER_RESIDENCE_CARD
    found = parse_identity_number(with_check("38010119900101001"), today=TODAY)
    assert len(found.warnings) == 1
    assert "38" in found.warnings[0]
    revoked = parse_identity_number(with_check("31023019900101001"), today=TODAY)
    assert revoked.warnings == ()


@pytest.mark.parametrize("region", ["810000", "820000", "830000"])
def test_residence_permits_of_hong_kong_macao_and_taiwan(region: str) -> None:
    number = with_check(f"{region}19800229012"[:17])
    found = parse_identity_number(number, today=TODAY)
    assert found.kind is DocumentKind.HMT_RESIDENCE_PERMIT
    assert (found.birth_date, found.sex, found.warnings) == (date(1980, 2, 29), "female", ())
    assert found.cv_code == "99"
    odd = with_check(f"{region[:2]}010119800229012"[:17])
    assert parse_identity_number(odd, today=TODAY).warnings != ()


def test_foreigner_cards_of_both_styles() -> None:
    new = parse_identity_number(with_check("91137019880517003"), today=TODAY)
    assert new.kind is DocumentKind.FOREIGNER_RESIDENCE_CARD
    assert (new.birth_date, new.sex) == (date(1988, 5, 17), "male")
    assert (new.region_code, new.warnings) == (None, ())
    old = parse_identity_number("usa370088051712", today=TODAY)
    assert (old.value, old.kind) == ("USA370088051712", DocumentKind.FOREIGNER_RESIDENCE_CARD)
    assert (old.birth_date, old.sex) == (None, None)


def test_fifteen_digits_only_for_history() -> None:
    assert reason("310101991231005") == "length"
    upgraded = upgrade_legacy_number("310101 991231 005", today=TODAY)
    assert upgraded == with_check("31010119991231005")
    kept = parse_identity_number("310101991231005", today=TODAY, legacy=True)
    assert kept.value == upgraded
    with pytest.raises(InvalidValue, match="15位"):
        upgrade_legacy_number("31010199123100X", today=TODAY)
    with pytest.raises(InvalidValue, match="出生日期"):
        upgrade_legacy_number("310101991331005", today=TODAY)


@pytest.mark.parametrize(
    ("text", "kind", "value"),
    [
        ("e12345678", DocumentKind.PASSPORT, "E12345678"),
        ("h1234 5678", DocumentKind.HK_MACAO_PERMIT, "H12345678"),
        ("M1234567801", DocumentKind.HK_MACAO_PERMIT, "M1234567801"),
        ("１２３４５６７８", DocumentKind.TAIWAN_PERMIT, "12345678"),
        ("0123456789B", DocumentKind.TAIWAN_PERMIT, "0123456789B"),
        ("k370000001", DocumentKind.BIRTH_CERTIFICATE, "K370000001"),
        ("军字第1234567号", DocumentKind.MILITARY_ID, "军字第1234567号"),
        ("31010118991231005x", DocumentKind.CITIZEN_ID, "31010118991231005X"),
    ],
)
def test_other_documents(text: str, kind: DocumentKind, value: str) -> None:
    found = parse_document_number(text, kind, today=TODAY)
    assert (found.value, found.kind) == (value, kind)


@pytest.mark.parametrize(
    ("text", "kind", "why"),
    [
        ("ABCDE", DocumentKind.PASSPORT, "character"),
        ("E123", DocumentKind.PASSPORT, "character"),
        ("A12345678", DocumentKind.HK_MACAO_PERMIT, "character"),
        ("1234567", DocumentKind.TAIWAN_PERMIT, "character"),
        ("0370000001", DocumentKind.BIRTH_CERTIFICATE, "character"),
        ("?", DocumentKind.OTHER, "character"),
        ("31010118991231005X", DocumentKind.HMT_RESIDENCE_PERMIT, "kind"),
    ],
)
def test_other_documents_refused(text: str, kind: DocumentKind, why: str) -> None:
    with pytest.raises(InvalidValue) as refusal:
        parse_document_number(text, kind, today=TODAY)
    assert refusal.value.reason == why


@pytest.mark.parametrize(
    ("number", "masked"),
    [
        ("330106199001010016", "330106********0016"),
        ("H12345678", "H12**5678"),
        ("12345678", "123*5678"),
        ("A1234", "A***4"),
        ("A", "*"),
        ("", "*"),
    ],
)
def test_mask(number: str, masked: str) -> None:
    assert mask_identity_number(number) == masked


@st.composite
def valid_numbers(draw: st.DrawFn) -> str:
    born = draw(st.dates(date(1850, 1, 1), TODAY))
    region = draw(st.integers(110000, 659999))
    return with_check(f"{region}{born:%Y%m%d}{draw(st.integers(1, 999)):03d}")


@given(valid_numbers())
def test_every_valid_number_is_read_back(number: str) -> None:
    found = parse_identity_number(number, today=TODAY)
    assert found.value == number
    assert f"{found.birth_date:%Y%m%d}" == number[6:14]
    assert (found.sex == "male") == (int(number[16]) % 2 == 1)


@given(valid_numbers(), st.integers(0, 17), st.sampled_from("0123456789X"))
def test_any_single_character_error_is_found(number: str, place: int, wrong: str) -> None:
    if number[place] == wrong:
        return
    with pytest.raises(InvalidValue):
        parse_identity_number(number[:place] + wrong + number[place + 1 :], today=TODAY)


@given(valid_numbers(), st.integers(0, 16))
def test_any_transposition_of_neighbours_is_found(number: str, place: int) -> None:
    a, b = number[place], number[place + 1]
    if a == b:
        return
    with pytest.raises(InvalidValue):
        parse_identity_number(number[:place] + b + a + number[place + 2 :], today=TODAY)


@given(st.text(max_size=30))
def test_anything_is_understood_or_refused(text: str) -> None:
    try:
        found = parse_identity_number(text, today=TODAY)
    except InvalidValue:
        return
    assert parse_identity_number(found.value, today=TODAY) == found
