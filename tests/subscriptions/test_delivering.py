"""Who is told of what, with which proof, and what happens while nobody listens."""

import hashlib
import hmac
import time

import pytest
from sqlalchemy import select, update

from kernel.db.tables import audit_inbox, kernel_grant, kernel_saved
from kernel.fhir import json
from kernel.fhir.store import read
from kernel.subscriptions import deliveries
from kernel.subscriptions.secrets import renew_secret
from kernel.subscriptions.sending import Notification
from tests.subscriptions.receiving import (
    PATIENT,
    Receiver,
    Telling,
    receiving,
    subscription,
    task,
    telling,
)
from tests.support.house import OpenHouse


def _status_of(telling: Telling, id_: str) -> dict[str, object]:
    with telling.station.read() as work:
        body: dict[str, object] = json.loads(
            read(work, work.registry.specs["Subscription"], id_).body
        )
        return body


def _verified(receiver: Receiver, secret: str) -> bool:
    """As docs/subscriptions.md tells receivers to do it."""
    one = receiver.told[-1]
    signed = f"{one.headers['X-Station-Timestamp']}.".encode() + one.body
    wanted = "sha256=" + hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()
    return hmac.compare_digest(wanted, one.headers["X-Station-Signature"])


def test_a_granted_resource_is_told_signed_once_a_version(fresh_house: OpenHouse) -> None:
    with receiving() as hospital, telling(fresh_house, f"127.0.0.1:{hospital.port}") as city:
        made = city.save(subscription(hospital.endpoint), as_="coord1")[0]
        fresh_house.grant(PATIENT, "hospital-1")
        city.save(task("t1"))
        city.save({**task("t1"), "description": "转诊，已补充"})
        city.deliver()
        city.deliver()
        with city.station.write() as work:
            secret = renew_secret(work, made.id)
        city.save(task("t2"))
        city.deliver()
        assert [(t.method, t.path) for t in hospital.told] == [
            ("PUT", "/hook/Task/t1"),
            ("PUT", "/hook/Task/t1"),
            ("PUT", "/hook/Task/t2"),
        ]
        versions = [json.loads(t.body)["meta"]["versionId"] for t in hospital.told]
        assert versions == ["1", "2", "1"]
        assert len({t.headers["X-Station-Delivery"] for t in hospital.told}) == 3
        assert _verified(hospital, secret)
        assert not _verified(hospital, secret + "x")
        assert city.states() == ["delivered"] * 3
        with city.station.read() as work:
            assert work.connection.execute(select(kernel_saved)).all() == []
            read_ = select(audit_inbox.c.resource_id).where(audit_inbox.c.action == "read")
            audited = sorted(work.connection.execute(read_).scalars())
        assert audited in (["t1", "t1", "t2"], []), "sealed already, or each disclosure once"


def test_strangers_other_criteria_and_other_types_are_not_told(fresh_house: OpenHouse) -> None:
    with receiving() as hospital, telling(fresh_house, f"127.0.0.1:{hospital.port}") as city:
        city.save(subscription(hospital.endpoint), as_="coord1")
        city.save(task("stranger"))
        fresh_house.grant(PATIENT, "hospital-2")
        city.save(task("granted-to-another"))
        city.deliver()
        fresh_house.grant(PATIENT, "hospital-1")
        city.save(task("ready", status="ready"))
        city.deliver()
        assert hospital.told == []
        assert city.rows() == []


def test_what_is_not_granted_any_more_is_withheld(fresh_house: OpenHouse) -> None:
    with receiving() as hospital, telling(fresh_house, f"127.0.0.1:{hospital.port}") as city:
        city.save(subscription(hospital.endpoint), as_="coord1")
        fresh_house.grant(PATIENT, "hospital-1")
        city.save(task("t1"))
        city.courier.spread_all()
        with city.station.write() as work:
            work.connection.execute(update(kernel_grant).values(until=work.now))
        city.deliver()
        assert hospital.told == []
        assert city.states() == ["withheld"]


def test_without_payload_nothing_but_a_knock_is_sent(fresh_house: OpenHouse) -> None:
    with receiving() as hospital, telling(fresh_house, f"127.0.0.1:{hospital.port}") as city:
        body = subscription(hospital.endpoint)
        del body["channel"]["payload"]
        city.save(body, as_="platform")
        city.save(task("t1"))
        city.deliver()
        told = hospital.told[0]
        assert (told.method, told.path, told.body) == ("POST", "/hook", b"")
        assert PATIENT not in str(told.headers)


def test_a_day_without_the_hospital_loses_nothing(fresh_house: OpenHouse) -> None:
    with receiving() as hospital:
        port = hospital.port
    with telling(fresh_house, f"127.0.0.1:{port}") as city:
        city.save(subscription(hospital.endpoint), as_="platform")
        for hour in range(24):
            for number in range(2):
                city.save({**task(f"t{number}"), "description": f"{hour} 点"})
            city.deliver()
            fresh_house.clock.advance(hours=1)
        assert set(city.states()) == {"waiting"}
        with receiving(port) as hospital:
            city.deliver()
            fresh_house.clock.advance(hours=1)
            city.deliver()
            seen: dict[str, list[int]] = {}
            for told in hospital.told:
                version = int(json.loads(told.body)["meta"]["versionId"])
                seen.setdefault(told.path, []).append(version)
        assert seen == {f"/hook/Task/t{n}": list(range(1, 25)) for n in range(2)}
        assert set(city.states()) == {"delivered"}


def test_dead_letters_are_seen_and_sent_again(fresh_house: OpenHouse) -> None:
    with receiving() as hospital, telling(fresh_house, f"127.0.0.1:{hospital.port}") as city:
        hospital.status = 503
        made = city.save(subscription(hospital.endpoint), as_="platform")[0]
        city.save(task("t1"))
        for _ in range(49):
            city.deliver()
            fresh_house.clock.advance(hours=1)
        assert city.states() == ["dead"]
        assert city.rows()[0].last_error == "http-503"
        failing = _status_of(city, made.id)
        assert (failing["status"], failing["error"]) == ("error", "http-503")
        hospital.status = 200
        with city.station.write() as work:
            assert deliveries.resend(work, made.id) == 1
        city.deliver()
        assert city.states() == ["delivered"]
        assert len({t.headers["X-Station-Delivery"] for t in hospital.told}) == 1
        working = _status_of(city, made.id)
        assert working["status"] == "active"
        assert "error" not in working


def test_one_refused_notification_holds_up_only_its_own_resource(fresh_house: OpenHouse) -> None:
    with receiving() as hospital, telling(fresh_house, f"127.0.0.1:{hospital.port}") as city:
        city.save(subscription(hospital.endpoint), as_="platform")
        hospital.status = 422
        city.save(task("bad"))
        city.deliver()
        hospital.status = 200
        city.save({**task("bad"), "description": "新"}, task("good"))
        city.deliver()
        assert hospital.paths == ["/hook/Task/bad", "/hook/Task/good"]
        fresh_house.clock.advance(minutes=1)
        city.deliver()
        assert hospital.paths[2:] == ["/hook/Task/bad", "/hook/Task/bad"]
        assert set(city.states()) == {"delivered"}


def test_killed_between_sending_and_writing_sends_the_same_id_again(
    fresh_house: OpenHouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    with receiving() as hospital, telling(fresh_house, f"127.0.0.1:{hospital.port}") as city:
        city.save(subscription(hospital.endpoint), as_="platform")
        city.save(task("t1"))

        class Killed(BaseException):
            pass

        def killed(*_args: object) -> bool:
            raise Killed

        with monkeypatch.context() as patched:
            patched.setattr(deliveries, "settle", killed)
            with pytest.raises(Killed):
                city.deliver()
        assert city.states() == ["waiting"]
        city.deliver()
        assert len(hospital.told) == 1, "whoever was killed holds it until the lease is over"
        fresh_house.clock.advance(minutes=5)
        city.deliver()
        first, second = (t.headers["X-Station-Delivery"] for t in hospital.told)
        assert first == second
        assert city.states() == ["delivered"]


def test_what_is_switched_off_waits_and_is_sent_when_it_is_on_again(
    fresh_house: OpenHouse,
) -> None:
    with receiving() as hospital, telling(fresh_house, f"127.0.0.1:{hospital.port}") as city:
        body = subscription(hospital.endpoint)
        made = city.save(body, as_="platform")[0]
        city.save(task("t1"))
        city.courier.spread_all()
        city.save({**body, "id": made.id, "status": "off"}, as_="platform")
        city.deliver()
        city.save(task("t2"))
        city.deliver()
        assert hospital.told == []
        city.save({**body, "id": made.id}, as_="platform")
        city.deliver()
        assert hospital.paths == ["/hook/Task/t1"]


def test_redirects_are_not_followed(fresh_house: OpenHouse) -> None:
    with receiving() as hospital, telling(fresh_house, f"127.0.0.1:{hospital.port}") as city:
        hospital.status = 302
        city.save(subscription(hospital.endpoint), as_="platform")
        city.save(task("t1"))
        city.deliver()
        assert hospital.paths == ["/hook/Task/t1"]
        assert city.rows()[0].last_error == "redirect"


@pytest.mark.parametrize("fresh_house", ["sqlite"], indirect=True)
def test_one_that_hangs_does_not_hold_up_the_others(fresh_house: OpenHouse) -> None:
    with receiving() as hanging, receiving() as other:
        hosts = (f"127.0.0.1:{hanging.port}", f"127.0.0.1:{other.port}")
        with telling(fresh_house, *hosts) as city:
            hanging.held.clear()
            city.save(subscription(hanging.endpoint), as_="platform")
            city.save(subscription(other.endpoint), as_="platform")
            city.save(task("t1"))
            city.courier.look()
            until = time.monotonic() + 4
            while not other.told and time.monotonic() < until:
                time.sleep(0.01)
            assert other.paths == ["/hook/Task/t1"]
            hanging.held.set()


def test_a_notification_does_not_print_its_key() -> None:
    one = Notification("1", "https://h.example", "Task/1", b"", b"secret-key")
    assert "secret-key" not in repr(one)


@pytest.mark.parametrize("fresh_house", ["sqlite"], indirect=True)
def test_a_save_writes_one_row_however_many_subscribe(fresh_house: OpenHouse) -> None:
    with telling(fresh_house, "his.example.org") as city:
        city.save(task("before"))
        for _ in range(30):
            city.save(subscription("https://his.example.org/hook"), as_="platform")
        city.save(task("t1"))
        with city.station.read() as work:
            noted = work.connection.execute(select(kernel_saved.c.id)).scalars().all()
        assert noted == ["t1"]
        assert city.rows() == []
        city.courier.spread_all()
        assert city.states() == ["waiting"] * 30
