"""Passwords: which are accepted, and how one is kept.

Two profiles (`Settings.password_profile`): `asvs` follows OWASP ASVS 5.0 6.2 (length, no common or
context words, no composition rules, no rotation), `djbh3` adds what assessors of 等保 level 3 look
for (three kinds of signs, rotation, no reuse). A password is an exact string: nothing is cut off,
folded or normalised before it is hashed.
"""

import base64
import secrets
import threading
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from http import HTTPStatus
from importlib.resources import files
from itertools import pairwise

from argon2 import PasswordHasher
from argon2.exceptions import VerifyMismatchError
from argon2.low_level import Type

from kernel.errors import Issue, Refused
from kernel.messages import Message, _
from kernel.values.names import name_keys, normalise_text

MAX_LENGTH = 128
"""Longer passwords are refused, never cut off; ASVS 6.2.9 asks for at least 64."""

CONCURRENT_HASHES = 2
"""Each needs 19 MiB and a core for about 30 ms; more at once would starve everybody else."""

_TAIL = 5
"""So many digits and signs behind a common word do not make it uncommon."""


@dataclass(frozen=True, slots=True)
class Profile:
    """What a password must be, and for how long it serves."""

    least: int
    kinds: int
    days: int | None
    remembered: int


PROFILES = {
    "asvs": Profile(least=8, kinds=1, days=None, remembered=0),
    "djbh3": Profile(least=10, kinds=3, days=90, remembered=5),
}

# OWASP Password Storage: Argon2id with at least 19 MiB, two passes, one lane.
_HASHER = PasswordHasher(
    time_cost=2, memory_cost=19 * 1024, parallelism=1, hash_len=32, salt_len=16, type=Type.ID
)
_slots = threading.BoundedSemaphore(CONCURRENT_HASHES)


class Weakness(StrEnum):
    """Why a password is refused, as it is told to whoever chose it."""

    SHORT = _("密码太短：至少 %(n)s 个字符")
    LONG = _("密码太长：最多 %(n)s 个字符")
    CONTROL = _("密码中不能有换行、制表符等控制字符")
    COMMON = _("这是常见密码，容易被猜到，请换一个")
    SIMPLE = _("密码不能是重复或连续的字符（如 11111111、12345678）")
    CONTEXT = _("密码中不能包含用户名、姓名或机构名称（包括其拼音）")
    KINDS = _("密码应包含大写字母、小写字母、数字、符号中的至少三种")
    USED = _("不能使用最近用过的密码")


@dataclass(frozen=True, slots=True)
class Match:
    """Whether a password was the right one; `outdated` says that it should be hashed anew."""

    correct: bool
    outdated: bool = False


def hash_password(password: str) -> str:
    """The Argon2id hash of `password` with its parameters, as text to be stored."""
    with _slots:
        return _HASHER.hash(_bytes(password))


def match(stored: str | None, password: str) -> Match:
    """Compare `password` with a stored hash.

    Without one (unknown or disabled account) a hash that nothing matches is computed all the same,
    so that the time needed tells nobody whether an account exists (ASVS 6.3.8).
    """
    with _slots:
        try:
            _HASHER.verify(stored or _unmatched(), _bytes(password[: MAX_LENGTH + 1]))
        except VerifyMismatchError:
            return Match(False)
    return Match(stored is not None, stored is not None and _HASHER.check_needs_rehash(stored))


def weaknesses(password: str, *, profile: Profile, context: Iterable[str] = ()) -> list[Weakness]:
    """Every reason why `password` is not accepted; `context` are names that must not be in it."""
    checks = {
        Weakness.SHORT: len(password) < profile.least,
        Weakness.LONG: len(password) > MAX_LENGTH,
        Weakness.CONTROL: any(unicodedata.category(c) in ("Cc", "Cs") for c in password),
    }
    if not any(checks.values()):
        checks = {
            Weakness.COMMON: _is_common(password),
            Weakness.SIMPLE: _is_simple(password),
            Weakness.CONTEXT: _has_context(password, context),
            Weakness.KINDS: _kinds(password) < profile.kinds,
        }
    return [weakness for weakness, found in checks.items() if found]


def refusal(found: Iterable[Weakness], *, profile: Profile) -> Refused:
    """422 with one issue a weakness, naming the field `password`."""
    return Refused(
        int(HTTPStatus.UNPROCESSABLE_ENTITY),
        [Issue("business-rule", _told(weakness, profile), "password") for weakness in found],
    )


def _told(weakness: Weakness, profile: Profile) -> str:
    limit = profile.least if weakness is Weakness.SHORT else MAX_LENGTH
    return Message(weakness.value, n=limit)


@cache
def weak_words() -> frozenset[str]:
    """The common passwords and the words that they are made of, in lower case."""
    text = files("kernel.security").joinpath("weak_passwords.txt").read_text("utf-8")
    return frozenset(line for line in text.splitlines() if line and not line.startswith("#"))


def _bytes(password: str) -> bytes:
    return password.encode("utf-8", "surrogatepass")


@cache
def _unmatched() -> str:
    """A hash with today's parameters and a random result; no password leads to it."""

    def text(length: int) -> str:
        return base64.b64encode(secrets.token_bytes(length)).decode().rstrip("=")

    cost = f"m={_HASHER.memory_cost},t={_HASHER.time_cost},p={_HASHER.parallelism}"
    return f"$argon2id$v=19${cost}${text(_HASHER.salt_len)}${text(_HASHER.hash_len)}"


def _is_common(password: str) -> bool:
    folded = password.casefold()
    stem = folded.rstrip("0123456789!@#$%^&*()-_=+.,?~")
    words = weak_words()
    return folded in words or (len(folded) - len(stem) <= _TAIL and stem in words)


def _is_simple(password: str) -> bool:
    """One or two signs over and over, or signs that follow each other."""
    folded = password.casefold()
    steps = {ord(b) - ord(a) for a, b in pairwise(folded)}
    return len(set(folded)) <= 2 or len(steps) == 1


def _has_context(password: str, context: Iterable[str]) -> bool:
    folded = normalise_text(password)
    keys = {key for words in context for key in name_keys(words)}
    return any(key in folded for key in keys if len(key) >= (4 if key.isascii() else 2))


def _kinds(password: str) -> int:
    return len(
        {
            "upper" if c.isupper() else "lower" if c.islower() else "digit" if c.isdigit() else "-"
            for c in password
        }
    )
