"""`/subscriptions`: who sees which, dead letters sent again, off and on, the secret shown once."""

import re

from sqlalchemy import select, update

from kernel.db.tables import kernel_outbox
from kernel.subscriptions.subscribers import Subscribers
from tests.pages.browsing import signed_in, words
from tests.subscriptions.receiving import PATIENT, receiving, subscription, task, telling
from tests.support.house import FRESH_ON_SQLITE, OpenHouse

SECRET = re.compile(r'class="one-time-code"><code>([^<]{40,})</code>')


@FRESH_ON_SQLITE
def test_who_sees_which_and_nothing_of_persons(fresh_house: OpenHouse) -> None:
    with receiving() as hospital, telling(fresh_house, f"127.0.0.1:{hospital.port}") as city:
        assert "还没有订阅" in words(signed_in(fresh_house, "sysadmin").get("/subscriptions"))
        made = city.save(subscription(hospital.endpoint), as_="coord1")[0]
        fresh_house.grant(PATIENT, "hospital-1")
        city.save(task("t1"))
        city.deliver()
        for name in ("sysadmin", "coord1"):
            visitor = signed_in(fresh_house, name)
            shown = words(visitor.get("/subscriptions"))
            assert "127.0.0.1" in shown
            assert "运行中" in shown
            one = visitor.get(f"/subscriptions/{made.id}")
            assert "Task/t1" in words(one)
            assert "已送达" in words(one)
            assert "李娜" not in one.text
            assert PATIENT not in one.text
            assert "/hook" not in one.text
            assert "Task/t1" not in words(visitor.get(f"/subscriptions/{made.id}?state=dead"))
            assert visitor.get(f"/subscriptions/{made.id}?state=x").status_code == 400
        other = signed_in(fresh_house, "coord2")
        assert "127.0.0.1" not in words(other.get("/subscriptions"))
        assert other.get(f"/subscriptions/{made.id}").status_code == 404
        assert other.post(f"/subscriptions/{made.id}/off", {}).status_code == 404
        assert signed_in(fresh_house, "gp1").get("/subscriptions").status_code == 403


@FRESH_ON_SQLITE
def test_dead_ones_are_sent_again_one_or_all(fresh_house: OpenHouse) -> None:
    with receiving() as hospital, telling(fresh_house, f"127.0.0.1:{hospital.port}") as city:
        made = city.save(subscription(hospital.endpoint), as_="platform")[0]
        city.save(task("t1"), task("t2"), task("t3"))
        city.courier.spread_all()
        dead = update(kernel_outbox).values(state="dead", last_error="http-503")
        with city.station.write() as work:
            work.connection.execute(dead)
            chosen = select(kernel_outbox.c.id).where(kernel_outbox.c.resource_id == "t2")
            one = work.connection.execute(chosen).scalar_one()
        visitor, path = signed_in(fresh_house, "sysadmin"), f"/subscriptions/{made.id}"
        assert "对方应答 HTTP 503" in words(visitor.get(path))
        assert visitor.post(f"{path}/resend", {"delivery": one}).status_code == 303
        city.deliver()
        assert hospital.paths == ["/hook/Task/t2"]
        visitor.post(f"{path}/resend", {})
        city.deliver()
        assert sorted(hospital.paths) == [f"/hook/Task/t{n}" for n in (1, 2, 3)]
        assert visitor.post(f"{path}/resend", {"delivery": one}).status_code == 303
        city.deliver()
        assert len(hospital.told) == 3, "what was delivered is not sent again"


@FRESH_ON_SQLITE
def test_off_on_and_a_secret_that_is_shown_once(fresh_house: OpenHouse) -> None:
    with receiving() as hospital, telling(fresh_house, f"127.0.0.1:{hospital.port}") as city:
        made = city.save(subscription(hospital.endpoint), as_="coord1")[0]
        visitor, path = signed_in(fresh_house, "sysadmin"), f"/subscriptions/{made.id}"
        assert visitor.post(f"{path}/off", {}).status_code == 303
        assert "已停用" in words(visitor.get(path))
        assert visitor.post(f"{path}/on", {}).status_code == 303
        assert "运行中" in words(visitor.get(path))
        found = SECRET.search(visitor.post(f"{path}/secret", {}).text)
        assert found is not None
        assert SECRET.search(visitor.get(path).text) is None
        with city.station.read() as work:
            one = Subscribers().find(work, made.id)
        assert one is not None
        assert one.key == found[1].encode()
        assert one.actor.organisation_id == "hospital-1", "an administrator does not widen it"
        assert one.actor.reach.name == "GRANTS"
