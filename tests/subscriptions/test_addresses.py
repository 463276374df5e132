"""What may be subscribed to, and where may be sent: nobody leads the server astray."""

from collections.abc import Mapping
from ipaddress import ip_address
from typing import Any

import pytest

from kernel.errors import Refused
from kernel.subscriptions.addresses import NotAllowed, endpoint_fault, read_hosts, resolve
from kernel.subscriptions.sending import Notification, send
from tests.subscriptions.receiving import receiving, subscription, telling
from tests.support.house import FRESH_ON_SQLITE, OpenHouse

HOSTS = read_hosts(
    "his.example.org, hooks.example.org:8443, localhost:9000, 10.20.0.0/16, 10.9.8.7:8443"
)


@pytest.mark.parametrize(
    ("endpoint", "fault"),
    [
        ("https://his.example.org/fhir", ""),
        ("https://HIS.example.org/fhir", ""),
        ("https://hooks.example.org:8443/", ""),
        ("https://10.20.3.4/hook", ""),
        ("https://10.9.8.7:8443/hook", ""),
        ("http://localhost:9000/hook", ""),
        ("http://his.example.org/fhir", "https://"),
        ("https://his.example.org:8443/fhir", "not among the hosts"),
        ("https://hooks.example.org/", "not among the hosts"),
        ("https://evil.example.org/", "not among the hosts"),
        ("https://his.example.org.evil.example.org/", "not among the hosts"),
        ("https://169.254.169.254/latest/meta-data", "not among the hosts"),
        ("http://127.0.0.1:9000/", "not among the hosts"),
        ("https://user@his.example.org/", "neither user"),
        ("https://his.example.org/?token=1", "neither user"),
        ("https://his.example.org/#x", "neither user"),
        ("ftp://his.example.org/", "https://"),
        ("https://his.example.org:99999/", "no address"),
        ("https://his.exa mple.org/", "no address"),
        ("his.example.org", "no address"),
        ("", "no address"),
    ],
)
def test_endpoints(endpoint: str, fault: str) -> None:
    found = endpoint_fault(endpoint, HOSTS)
    assert fault in found
    assert bool(fault) == bool(found)


@pytest.mark.parametrize(
    ("host", "address", "permitted"),
    [
        ("his.example.org", "93.184.216.34", True),
        ("his.example.org", "10.20.1.1", True),
        ("his.example.org", "10.21.1.1", False),
        ("his.example.org", "127.0.0.1", False),
        ("his.example.org", "169.254.169.254", False),
        ("his.example.org", "192.168.1.1", False),
        ("his.example.org", "0.0.0.0", False),  # noqa: S104 - refused
        ("his.example.org", "224.0.0.1", False),
        ("his.example.org", "::1", False),
        ("his.example.org", "::ffff:127.0.0.1", False),
        ("his.example.org", "::ffff:10.20.1.1", True),
        ("his.example.org", "fe80::1", False),
        ("his.example.org", "fd00::1", False),
        ("his.example.org", "2606:2800:220:1::1", True),
        ("localhost", "127.0.0.1", True),
        ("localhost", "10.0.0.1", False),
        ("10.9.8.7", "10.9.8.7", True),
    ],
)
def test_what_a_listed_name_resolves_to(host: str, address: str, permitted: bool) -> None:
    assert HOSTS.permits(host, ip_address(address)) is permitted


def test_a_name_that_has_come_to_mean_this_machine_is_not_sent_to() -> None:
    with receiving() as inside:
        hosts = read_hosts(f"localhost.localdomain:{inside.port}, 127.0.0.1:1")
        endpoint = f"http://localhost.localdomain:{inside.port}/hook"
        one = Notification("1", endpoint, "Task/1", b"{}", b"key")
        assert send(one, hosts, at=0) in ("address", "name")
        assert inside.told == []
        with pytest.raises(NotAllowed):
            resolve("127.0.0.1", inside.port, hosts)


@pytest.mark.parametrize("entry", ["https://his.example.org", "10.0.0.0/33", "a@b", "his:port"])
def test_what_is_no_host_is_refused_at_start(entry: str) -> None:
    with pytest.raises(ValueError, match="is no host, host:port or network"):
        read_hosts(entry)


@FRESH_ON_SQLITE
def test_refusals_name_every_element(fresh_house: OpenHouse) -> None:
    good = subscription("https://his.example.org/fhir")
    cases: list[tuple[Mapping[str, Any], Mapping[str, Any], str]] = [
        ({"criteria": "Nothing?x=1"}, {}, "type that is served"),
        ({"criteria": "AuditEvent?date=2026"}, {}, "type that is served"),
        ({"criteria": "Task?colour=red"}, {}, "'colour' is not known"),
        ({"criteria": "Task?_sort=status"}, {}, "shapes a search's result"),
        ({"criteria": "Task?patient.name=li"}, {}, "chains"),
        ({"criteria": "Task?status="}, {}, "no value"),
        ({"criteria": "Task?status:above=x"}, {}, "not supported"),
        ({}, {"type": "email"}, "only rest-hook"),
        ({}, {"endpoint": "https://evil.example.org/"}, "not among the hosts"),
        ({}, {"payload": "application/fhir+xml"}, "or left out"),
        ({}, {"header": ["Authorization: Bearer x"]}, "headers are not kept"),
    ]
    with telling(fresh_house, "his.example.org") as city:
        for more, channel, text in cases:
            body = {**good, **more, "channel": {**good["channel"], **channel}}
            with pytest.raises(Refused, match=text) as refused:
                city.save(body, as_="coord1")
            assert refused.value.status == 422
            assert all(one.expression.startswith("Subscription.") for one in refused.value.issues)
        assert city.save(good, as_="coord1")[0].created
        with pytest.raises(Refused, match="may not write"):
            city.save(good, as_="gp1")


@FRESH_ON_SQLITE
def test_the_server_decides_the_status_over_fhir(fresh_house: OpenHouse) -> None:
    with receiving() as hospital, telling(fresh_house, f"127.0.0.1:{hospital.port}") as city:
        body = subscription(hospital.endpoint, error="made up")
        made = city.save(body, as_="coord1")[0]
        stored = fresh_house.client("coord1").get(f"Subscription/{made.id}").json()
        assert stored["status"] == "active"
        assert "error" not in stored
        assert fresh_house.client("coord2").get(f"Subscription/{made.id}").status_code == 404
        assert fresh_house.client("gp1").get(f"Subscription/{made.id}").status_code == 403
        assert fresh_house.client("sysadmin").get(f"Subscription/{made.id}").status_code == 403
        assert fresh_house.client("coord1").delete(f"Subscription/{made.id}").status_code == 204
        city.save(
            {"resourceType": "Task", "id": "t1", "status": "requested", "intent": "order"},
            as_="platform",
        )
        city.deliver()
        assert hospital.told == []
