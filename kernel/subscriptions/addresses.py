"""Where notifications may go: the allow-list, and what a name resolves to when it is used.

The list names hosts. What a listed name resolves to must be public, unless the list has that very
address or its network: so nobody leads the server to what only it can reach, by a Subscription or
by the name service (OWASP, server-side request forgery).
"""

import socket
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address, ip_network
from ipaddress import IPv4Network as _Network4
from urllib.parse import SplitResult, urlsplit

Address = IPv4Address | IPv6Address
HTTPS, HTTP = 443, 80
LOCAL = "localhost"


class NotAllowed(Exception):
    """An address to which nothing is sent."""


@dataclass(frozen=True, slots=True)
class Hosts:
    """The allow-list of `STATION_SUBSCRIPTION_HOSTS`."""

    names: frozenset[tuple[str, int]]
    networks: tuple[_Network4 | IPv6Network, ...]

    def lists(self, host: str, port: int) -> bool:
        """Whether a host may be sent to at a port, what it resolves to apart."""
        if (host, port) in self.names:
            return True
        address = _literal(host)
        return address is not None and port == HTTPS and self._in_network(address)

    def permits(self, host: str, address: Address) -> bool:
        """Whether `host`, which is listed, may be reached at what it resolves to."""
        plain = getattr(address, "ipv4_mapped", None) or address
        if _literal(host) == plain or self._in_network(plain):
            return True
        if host == LOCAL:
            return bool(plain.is_loopback)
        return bool(plain.is_global) and not plain.is_multicast

    def _in_network(self, address: Address) -> bool:
        return any(address in network for network in self.networks)


def read_hosts(text: str) -> Hosts:
    """The allow-list from its setting. Raises ValueError naming an entry that is none."""
    names: set[tuple[str, int]] = set()
    networks = []
    for entry in (part.strip().lower() for part in text.split(",")):
        try:
            if "/" in entry:
                networks.append(ip_network(entry))
            elif entry:
                names.add(_host_and_port(entry))
        except ValueError:
            raise ValueError(f"{entry!r} is no host, host:port or network") from None
    return Hosts(frozenset(names), tuple(networks))


def _host_and_port(entry: str) -> tuple[str, int]:
    split = urlsplit(f"//{entry}")
    if not split.hostname or split.path or split.username is not None:
        raise ValueError(entry)
    return split.hostname, split.port or HTTPS


def _literal(host: str) -> Address | None:
    try:
        return ip_address(host)
    except ValueError:
        return None


def endpoint_fault(text: str, hosts: Hosts) -> str:
    """What is wrong with an endpoint, as a sentence; empty where it may be used."""
    try:
        split = urlsplit(text)
        host, port = split.hostname or "", port_of(split)
    except ValueError:
        return "the endpoint is no address"
    if not host or not text.isascii() or not text.isprintable() or " " in text:
        return "the endpoint is no address"
    if split.username is not None or split.query or split.fragment or "?" in text or "#" in text:
        return (
            "the endpoint has neither user, query nor fragment: those who send are known by a "
            "signature"
        )
    if split.scheme != "https" and not (split.scheme == "http" and _is_loopback(host)):
        return "the endpoint begins with https://"
    if not hosts.lists(host, port):
        return f"{host}:{port} is not among the hosts that this station may send to"
    return ""


def _is_loopback(host: str) -> bool:
    address = _literal(host)
    return host == LOCAL or (address is not None and address.is_loopback)


def port_of(split: SplitResult) -> int:
    """The port of an endpoint. Raises ValueError for one that is no number."""
    return split.port or (HTTPS if split.scheme == "https" else HTTP)


def resolve(host: str, port: int, hosts: Hosts) -> str:
    """The address to connect to. Raises NotAllowed, and OSError where there is no such name.

    One address that is not permitted spoils the name: who chooses among them is not us.
    """
    if not hosts.lists(host, port):
        raise NotAllowed(host)
    found = [str(entry[4][0]) for entry in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]
    for text in found:
        if not hosts.permits(host, ip_address(text.partition("%")[0])):
            raise NotAllowed(host)
    return found[0]
