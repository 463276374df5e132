"""TRUST.md §2, rows 2, 3 and 5, as far as they need no database."""

import threading
import unicodedata

import pytest
from argon2 import extract_parameters
from hypothesis import given, settings
from hypothesis import strategies as st

from kernel.security import passwords
from kernel.security.passwords import (
    CONCURRENT_HASHES,
    MAX_LENGTH,
    PROFILES,
    Weakness,
    hash_password,
    match,
    refusal,
    weak_words,
    weaknesses,
)

ASVS, DJBH3 = PROFILES["asvs"], PROFILES["djbh3"]
VISIBLE = st.characters(exclude_categories=["Cc", "Cs"])


@given(st.text(VISIBLE, max_size=MAX_LENGTH + 20))
def test_trust_02_length_alone_decides_about_length(password: str) -> None:
    found = weaknesses(password, profile=ASVS)
    assert (Weakness.SHORT in found) == (len(password) < 8)
    assert (Weakness.LONG in found) == (len(password) > MAX_LENGTH)


@given(st.text(VISIBLE, min_size=1, max_size=MAX_LENGTH))
@settings(max_examples=8, deadline=None)
def test_trust_02_only_the_exact_string_matches(password: str) -> None:
    stored = hash_password(password)
    assert match(stored, password).correct
    assert not match(stored, password[:-1]).correct
    assert not match(stored, password + "x").correct


def test_trust_02_nothing_is_folded_or_cut_off() -> None:
    composed = unicodedata.normalize("NFC", "Málaga-café-1999")
    stored = hash_password(composed)
    assert not match(stored, unicodedata.normalize("NFD", composed)).correct
    assert not match(stored, composed.lower()).correct
    longest = "密" * (MAX_LENGTH - 1) + "码"
    assert weaknesses("密码很长也可以的" * 16, profile=ASVS) == []
    assert not match(hash_password(longest), longest[:-1] + "吗").correct
    assert not match(hash_password(longest), longest + "x" * 1000).correct


@pytest.mark.parametrize("sign", ["\n", "\t", "\x00", "\x7f", "\ud800"])
def test_control_characters_are_refused_and_compare_as_wrong(sign: str) -> None:
    assert weaknesses(f"thirteen{sign}moons", profile=ASVS) == [Weakness.CONTROL]
    assert not match(hash_password("thirteen-moons"), f"thirteen{sign}moons").correct


def test_trust_02_profile_djbh3_asks_for_ten_signs_of_three_kinds() -> None:
    assert weaknesses("Vx7-korpn", profile=DJBH3) == [Weakness.SHORT]
    assert weaknesses("vxkorpnblu", profile=DJBH3) == [Weakness.KINDS]
    assert weaknesses("Vxkorpnblu", profile=DJBH3) == [Weakness.KINDS]
    assert weaknesses("Vxkorpnbl7", profile=DJBH3) == []
    assert weaknesses("vxkorpnblu", profile=ASVS) == []


def test_trust_03_every_listed_password_is_refused() -> None:
    listed = weak_words()
    assert len([word for word in listed if len(word) >= 8]) >= 3000
    assert [word for word in listed if not weaknesses(word, profile=ASVS)] == []
    upper = [word.title() for word in listed]
    assert [word for word in upper if not weaknesses(word, profile=ASVS)] == []


WELL_KNOWN = [
    "password", "12345678", "123456789", "1234567890", "iloveyou", "princess", "qwertyuiop",
    "1qaz2wsx", "password1", "woaini1314", "woaini520", "a123456789", "zxcvbnm123", "11111111",
    "88888888", "football", "sunshine", "baseball", "superman", "trustno1", "Passw0rd",
    "P@ssw0rd", "qwerty123", "1q2w3e4r", "admin123", "aa123456", "wodemima", "5201314a",
    "abcd1234", "abc123456", "q1w2e3r4", "asdfghjkl", "147258369", "987654321", "11223344",
    "zhangwei123", "wangwei1", "Admin@123", "welcome1", "letmein123", "qwer1234", "iloveyou1",
    "asd123456", "123456abc", "beijing2008", "jordan23", "charlie1", "Summer2026",
    "Password2026!", "yiyuan123", "weishengzhan1", "abababab", "aaaaaaaa", "abcdefgh", "87654321",
]  # fmt: skip


@pytest.mark.parametrize("password", WELL_KNOWN)
def test_trust_03_well_known_passwords_are_refused(password: str) -> None:
    assert weaknesses(password, profile=ASVS) != []


@pytest.mark.parametrize(
    "password",
    [
        "coord.zhang-blue",  # the user name
        "COORD.ZHANG!!26",
        "于海宁的密码很长",  # the person's name
        "x-yuhaining-x",  # its pinyin
        "阳光街道社区卫生服务站!",  # the institution's name
        "yangguangjiedaoshequweishengfuwuzhan",
        "ygjdsqwsfwz-26",  # its initials
    ],
)
def test_trust_03_words_of_the_context_are_refused(password: str) -> None:
    context = ("coord.zhang", "于海宁", "阳光街道社区卫生服务站")
    assert weaknesses(password, profile=ASVS, context=context) == [Weakness.CONTEXT]
    assert weaknesses(password, profile=ASVS) == []


def test_ordinary_passwords_are_accepted() -> None:
    context = ("gp1", "于海宁", "阳光街道社区卫生服务站", "")
    for password in (
        "Demo-2026-station",
        "correct horse battery staple",
        "西瓜配咸菜真好吃",
        "k7#vQ2pz",
    ):
        assert weaknesses(password, profile=ASVS, context=context) == []


def test_a_refusal_names_the_field_and_what_would_be_right() -> None:
    refused = refusal([Weakness.SHORT, Weakness.KINDS], profile=DJBH3)
    assert refused.status == 422
    assert [issue.expression for issue in refused.issues] == ["password", "password"]
    assert refused.issues[0].diagnostics == "密码太短：至少 10 个字符"


def test_trust_05_hashes_are_argon2id_with_at_least_the_parameters_of_owasp() -> None:
    found = extract_parameters(hash_password("thirteen moons"))
    assert found.type.name == "ID"
    assert found.memory_cost >= 19 * 1024
    assert (found.time_cost, found.parallelism) >= (2, 1)


def test_trust_07_an_unknown_account_costs_a_hash_with_the_same_parameters() -> None:
    assert extract_parameters(passwords._unmatched()) == extract_parameters(hash_password("x"))
    assert match(None, "thirteen moons") == passwords.Match(False)


def test_no_more_than_two_hashes_are_computed_at_once() -> None:
    done = threading.Event()

    def hash_one() -> None:
        hash_password("thirteen moons")
        done.set()

    for _ in range(CONCURRENT_HASHES):
        passwords._slots.acquire()
    waiting = threading.Thread(target=hash_one)
    waiting.start()
    assert not done.wait(0.3)
    for _ in range(CONCURRENT_HASHES):
        passwords._slots.release()
    waiting.join()
    assert done.is_set()
