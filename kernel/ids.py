"""Identifiers that the server gives out."""

import os
import re
import secrets
import threading

from kernel.clock import Instant

_ID = re.compile(r"[A-Za-z0-9\-.]{1,64}")
_lock = threading.Lock()
_last = 0


def uuid7(now: Instant) -> str:
    """A time-ordered UUID (RFC 9562, version 7) for the instant `now`.

    The 12 bits behind the millisecond hold its fraction and every id of one process is greater
    than the one before, so that rows written one after another lie beside each other.
    """
    global _last  # noqa: PLW0603 - one counter per process is the point
    with _lock:
        stamp = max(now // 1000 * 4096 + now % 1000 * 4, _last + 1)
        _last = stamp
    millis, fraction = divmod(stamp, 4096)
    tail = (0b10 << 62) | (int.from_bytes(os.urandom(8)) >> 2)
    number = (millis << 80) | (0x7 << 76) | (fraction << 64) | tail
    text = f"{number:032x}"
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


def secret() -> str:
    """A fresh 256-bit secret for sessions, tokens and one-time codes, URL-safe."""
    return secrets.token_urlsafe(32)


def is_fhir_id(text: str) -> bool:
    """Whether `text` is a FHIR id: 1 to 64 of letters, digits, hyphen and dot (FHIR R4 2.24.0)."""
    return _ID.fullmatch(text) is not None
