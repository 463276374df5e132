"""Requests forged by other sites (ASVS 5.0 3.5): a secret in every form, and where it comes from.

Signed in, the secret is the session's; before that, the visitor's cookie is compared with the form
(double submit). What the browser itself says about the origin must fit as well.
"""

import base64
import hmac
import secrets
from collections.abc import Mapping
from urllib.parse import urlsplit

SAFE_METHODS = frozenset({"GET", "HEAD"})
_OWN = frozenset({"same-origin", "none"})
"""`Sec-Fetch-Site` of our own pages, and of what the user typed or reloaded."""


def comes_from_here(headers: Mapping[str, str], base_url: str | None) -> bool:
    """Whether the browser's own headers allow that one of our pages sent this.

    Old browsers send neither header; then the secret in the form has to do alone.
    """
    site = headers.get("sec-fetch-site")
    if site is not None and site not in _OWN:
        return False
    origin = headers.get("origin")
    if origin is None:
        return True
    own = urlsplit(base_url).netloc if base_url else headers.get("host", "")
    return urlsplit(origin).netloc.lower() == own.lower() != ""


def masked(token: str) -> str:
    """The secret as it stands in one page, different in every one.

    Pages are compressed, and a length that told how well a guess compresses beside a secret that
    stays the same would give it away (BREACH). So a random pad goes before what is left of the
    secret once the pad is taken from it.
    """
    plain = token.encode("utf-8", "replace")
    pad = secrets.token_bytes(len(plain))
    return base64.urlsafe_b64encode(pad + _xor(pad, plain)).decode()


def unmasked(given: str) -> str:
    """The secret of `masked`, or an empty text for what is none."""
    try:
        raw = base64.b64decode(given, b"-_", validate=True)
        half = len(raw) // 2
        return _xor(raw[:half], raw[half:]).decode()
    except ValueError:
        return ""


def _xor(pad: bytes, text: bytes) -> bytes:
    return bytes(one ^ other for one, other in zip(pad, text, strict=True))


def same_secret(expected: str, given: str) -> bool:
    """Whether a form brought the secret that its page was given."""
    return bool(expected) and hmac.compare_digest(
        expected.encode(), given.encode("utf-8", "replace")
    )
