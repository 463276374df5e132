"""The cookies: which there are, and with what attributes they are set (ASVS 5.0 3.3).

Behind TLS every name carries `__Host-`, so that no other host of the domain can set it; over plain
HTTP, which is served on loopback only, browsers refuse that prefix.
"""

from collections.abc import Mapping
from typing import Literal

from starlette.responses import Response

from kernel.settings import Settings

SESSION = "station-session"
VISITOR = "station-visitor"
"""Stands in for the session in the forms of somebody who is not signed in."""
LANGUAGE = "station-language"
FLASH = "station-flash"
"""The code of a message for the next page; never a text, never anything about a person."""

_YEAR = 365 * 24 * 3600
_AGES = {LANGUAGE: _YEAR, FLASH: 60}
_SAME_SITE: Mapping[str, Literal["lax", "strict"]] = {VISITOR: "strict"}


def is_secure(settings: Settings) -> bool:
    """Whether browsers reach us by TLS."""
    return settings.tls_terminated or (settings.base_url or "").startswith("https://")


def cookie_name(settings: Settings, name: str) -> str:
    """The name as the browser knows it."""
    return f"__Host-{name}" if is_secure(settings) else name


def set_cookie(response: Response, settings: Settings, name: str, value: str) -> None:
    """Set a cookie that scripts cannot read and that ends with the browser or after its age."""
    response.set_cookie(
        cookie_name(settings, name),
        value,
        max_age=_AGES.get(name),
        path="/",
        secure=is_secure(settings),
        httponly=True,
        samesite=_SAME_SITE.get(name, "lax"),
    )


def drop_cookie(response: Response, settings: Settings, name: str) -> None:
    """Let the browser forget a cookie."""
    response.delete_cookie(
        cookie_name(settings, name),
        path="/",
        secure=is_secure(settings),
        httponly=True,
        samesite=_SAME_SITE.get(name, "lax"),
    )
