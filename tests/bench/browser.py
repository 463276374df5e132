"""Somebody at a browser: signs in once, and then asks with the cookies and the forms' secret."""

import gzip
import http.client
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from html import unescape
from urllib.parse import quote, urlencode

from demo.cast import DEMO_PASSWORD
from tests.bench.client import HOST, Reply, UnexpectedAnswer

_SECRET = re.compile(r'name="csrf_token" value="([^"]+)"')
_LOCATION = re.compile(rb"(?i)\r\nlocation: ([^\r]+)")
_GZIP = b"\x1f\x8b"
_SECONDS = 30.0
_FORM = "application/x-www-form-urlencoded"


@dataclass(slots=True)
class Browser:
    """A profile: its cookies, and the secret that stood in the forms of the last page."""

    port: int
    cookies: dict[str, str] = field(default_factory=dict)
    secret: str = ""

    def get(self, path: str) -> bytes:
        """The bytes of a request for a page."""
        return f"GET {path} HTTP/1.1\r\n{self._lines({})}\r\n\r\n".encode()

    def post(self, path: str, form: Mapping[str, str], *, part: bool = False) -> bytes:
        """The bytes of a form that is sent; with `part` as htmx sends it while somebody types."""
        body = self._body(form)
        more = {"content-type": _FORM, "content-length": str(len(body))}
        if part:
            more["hx-request"] = "true"
        return f"POST {path} HTTP/1.1\r\n{self._lines(more)}\r\n\r\n".encode() + body

    def _body(self, form: Mapping[str, str]) -> bytes:
        return urlencode({"csrf_token": self.secret, **form}, quote_via=quote).encode()

    def _headers(self) -> dict[str, str]:
        return {
            "host": HOST,
            "accept": "text/html",
            "accept-encoding": "gzip",
            "cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items()),
        }

    def _lines(self, more: Mapping[str, str]) -> str:
        return "\r\n".join(f"{k}: {v}" for k, v in {**self._headers(), **more}.items())

    def visit(
        self, method: str, path: str, form: Mapping[str, str] | None = None
    ) -> tuple[int, str]:
        """Go to a page and keep its cookies and secret; status code and text."""
        connection = http.client.HTTPConnection(HOST, self.port, timeout=_SECONDS)
        try:
            headers = {**self._headers(), "content-type": _FORM}
            body = None if form is None else self._body(form)
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            text = text_of(answer.read())
        finally:
            connection.close()
        for cookie in answer.headers.get_all("set-cookie", ()):
            name, _, value = cookie.partition(";")[0].partition("=")
            self.cookies[name] = value
            if "Max-Age=0" in cookie:
                del self.cookies[name]
        if found := _SECRET.search(text):
            self.secret = unescape(found[1])
        return answer.status, text


def signed_in(port: int, name: str) -> Browser:
    """Somebody of the demo's cast who has just signed in. Raises UnexpectedAnswer."""
    browser = Browser(port)
    browser.visit("GET", "/sign-in")
    form = {"user_name": name, "password": DEMO_PASSWORD, "return_to": "/"}
    status, _text = browser.visit("POST", "/sign-in", form)
    if status != 303:
        raise UnexpectedAnswer(f"{name} cannot sign in with the demo's password: {status}")
    browser.visit("GET", "/account/password")  # its form has the secret of the new session
    return browser


def text_of(body: bytes) -> str:
    """A page's text, compressed or not."""
    return (gzip.decompress(body) if body.startswith(_GZIP) else body).decode()


def location_of(reply: Reply) -> str:
    """Where an answer leads to; empty where it leads nowhere."""
    found = _LOCATION.search(reply.head)
    return found[1].decode() if found else ""
