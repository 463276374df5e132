"""Requests forged by other sites (ASVS 5.0 3.5): a secret in every form, and where it comes from.

Signed in, the secret is the session's; before that, the visitor's cookie is compared with the form
(double submit). What the browser itself says about the origin must fit as well.
"""

import hmac
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


def same_secret(expected: str, given: str) -> bool:
    """Whether a form brought the secret that its page was given."""
    return bool(expected) and hmac.compare_digest(
        expected.encode(), given.encode("utf-8", "replace")
    )
