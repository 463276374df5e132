"""One signed request to a subscriber, and in one word why it failed.

Nothing is followed, nothing of the answer is read but its status, and it takes ten seconds at most.
"""

import hashlib
import hmac
import socket
import ssl
from contextlib import suppress
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from threading import Timer
from urllib.parse import urlsplit

from kernel.subscriptions.addresses import Hosts, NotAllowed, port_of, resolve

STEP_SECONDS = 5.0
"""How long connecting, and every wait for the other side, may take."""
WHOLE_SECONDS = 10.0
"""How long all of it may take, however slowly the other side speaks."""

SIGNATURE, DELIVERY, TIMESTAMP = "X-Station-Signature", "X-Station-Delivery", "X-Station-Timestamp"


@dataclass(frozen=True, slots=True)
class Notification:
    """What is sent: the resource by PUT to `endpoint/Type/id`, or nothing by POST."""

    id: str
    endpoint: str
    place: str
    body: bytes
    key: bytes = field(repr=False)


def signature(key: bytes, timestamp: int, body: bytes) -> str:
    """What proves who sent a body, and when (seconds since 1970): HMAC-SHA256, in hex."""
    return "sha256=" + hmac.digest(key, f"{timestamp}.".encode() + body, hashlib.sha256).hex()


def send(one: Notification, hosts: Hosts, *, at: int) -> str:
    """Send it; empty where it was accepted (2xx), else why not, a word that names nobody.

    `address` (not allowed), `name` (cannot be resolved), `timeout`, `refused` (no connection),
    `certificate`, `redirect`, `broken` (no HTTP), `http-503` and the like.
    """
    try:
        status = _status(one, hosts, at)
    except NotAllowed:
        return "address"
    except socket.gaierror:
        return "name"
    except TimeoutError:
        return "timeout"
    except ssl.SSLError:
        return "certificate"
    except (HTTPException, ValueError):
        return "broken"
    except OSError:
        return "refused"
    if 300 <= status < 400:
        return "redirect"
    return "" if 200 <= status < 300 else f"http-{status}"


def reached(outcome: str) -> bool:
    """Whether the other side answered, so that only this notification is at fault."""
    return outcome.startswith("http-")


def _status(one: Notification, hosts: Hosts, at: int) -> int:
    split = urlsplit(one.endpoint)
    host, port = split.hostname or "", port_of(split)
    address = resolve(host, port, hosts)
    kind = _Secure if split.scheme == "https" else _Plain
    connection = kind(host, port, address)
    watch = Timer(WHOLE_SECONDS, connection.give_up)
    watch.daemon = True
    watch.start()
    path = split.path.rstrip("/")
    headers = {
        DELIVERY: one.id,
        TIMESTAMP: str(at),
        SIGNATURE: signature(one.key, at, one.body),
        "Connection": "close",
    }
    if one.body:
        headers["Content-Type"] = "application/fhir+json; charset=utf-8"
    try:
        if one.body:
            connection.request("PUT", f"{path}/{one.place}", one.body, headers)
        else:
            connection.request("POST", path or "/", b"", headers)
        status = connection.getresponse().status
    except (HTTPException, OSError):
        if connection.given_up:
            raise TimeoutError from None
        raise
    finally:
        watch.cancel()
        connection.close()
    return status


class _Plain(HTTPConnection):
    """A connection to an address that was checked, whatever its name resolves to by now."""

    def __init__(self, host: str, port: int, address: str) -> None:
        super().__init__(host, port, timeout=STEP_SECONDS)
        self.address = address
        self.given_up = False

    def connect(self) -> None:
        """Connect to the checked address."""
        self.sock = socket.create_connection((self.address, self.port), STEP_SECONDS)

    def give_up(self) -> None:
        """Break the connection off, from another thread."""
        self.given_up = True
        if self.sock is not None:
            with suppress(OSError):  # it has just ended by itself
                self.sock.shutdown(socket.SHUT_RDWR)


class _Secure(_Plain, HTTPSConnection):
    """The same by TLS; the certificate must be that of the name."""

    def connect(self) -> None:
        """Connect, and check the certificate."""
        super().connect()
        context = ssl.create_default_context()
        self.sock = context.wrap_socket(self.sock, server_hostname=self.host)
