"""Somebody who moves takes the programmes along: the new station goes on, the old one sees none."""

from tests.followups.sending import enrolled, follow_up, put
from tests.followups.test_saving import values
from tests.life.people import days_ago, filed
from tests.life.test_moves import accepted, asked
from tests.pages.browsing import signed_in, words
from tests.support.house import OpenHouse


def test_the_new_station_goes_on_with_the_programmes(fresh_house: OpenHouse) -> None:
    house = fresh_house
    who = filed(house, on=days_ago(300))
    id_ = enrolled(house, who, "hypertension", days_ago(200).isoformat())
    body = follow_up(who, "hypertension", values("2026-11-02", 152, 92), id="f1")
    put(house, body, 201)
    old, new = signed_in(house, "gp1"), signed_in(house, "gp2")
    tab = f"/residents/{who}/programmes"
    assert old.get(tab).status_code == 200
    assert new.get(tab).status_code == 404
    managed = f'href="{tab}"'
    assert managed in old.get("/programmes/hypertension").text
    accepted(house, asked(house, who))
    for path in (tab, f"/enrolments/{id_}/close"):
        assert old.get(path).status_code == 404, path
    assert managed not in old.get("/programmes/hypertension").text
    assert managed in new.get("/programmes/hypertension").text
    shown = words(new.get(tab))
    for text in ("在管", "2026-11-16", "控制不满意", "血压 152/92 mmHg", "结束管理"):
        assert text in shown, text
