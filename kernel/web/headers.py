"""Security headers on every answer, pages and FHIR alike (ASVS 5.0 3.4), as pure ASGI."""

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from kernel.settings import Settings
from kernel.web.cookies import is_secure

POLICY = (
    "default-src 'self'; img-src 'self' data:; style-src 'self'; script-src 'self'; "
    "object-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'"
)
"""No inline script, no inline style, nothing from elsewhere, no framing."""

_YEAR = 365 * 24 * 3600
_ALWAYS = {
    b"content-security-policy": POLICY.encode(),
    b"x-content-type-options": b"nosniff",
    b"referrer-policy": b"same-origin",
    b"cross-origin-opener-policy": b"same-origin",
    b"cross-origin-resource-policy": b"same-origin",
    b"cache-control": b"no-store",
}
"""What an answer gets that does not say otherwise itself; only static files may be kept."""


def security_headers(settings: Settings) -> dict[bytes, bytes]:
    """The headers that every answer of this installation has, where it has no others of its own."""
    if is_secure(settings):
        return {**_ALWAYS, b"strict-transport-security": f"max-age={_YEAR}".encode()}
    return _ALWAYS


class SecurityHeaders:
    """Adds the headers that the application below has not set itself."""

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self.app = app
        self.headers = security_headers(settings)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                own = message["headers"]
                present = {name.lower() for name, _ in own}
                more = [pair for pair in self.headers.items() if pair[0] not in present]
                message = {**message, "headers": [*own, *more]}
            await send(message)

        await self.app(scope, receive, sending)
