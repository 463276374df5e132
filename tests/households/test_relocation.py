"""A household's new address reaches the members who lived with it, and nobody else."""

import re
from datetime import date
from typing import Any

import pytest

from kernel.errors import Refused
from kernel.fhir import json
from kernel.fhir.store import Draft, read, save_all
from records.extensions import grid_of
from records.households import services
from records.households.details import Details, details_of
from records.households.relocation import Along, is_another_home
from records.life.homes import rehomed, same_home
from records.life.moves import Answer, Asked, accept_move, request_move
from records.life.tasks import Home
from tests.households.homes import FAMILY, RELATIONS, home_address
from tests.households.test_services import TODAY, doing, founded, stored
from tests.pages.browsing import Visitor, signed_in, words
from tests.support.house import OpenHouse

OLD = home_address()["text"]
NEW = "山东省蓬澜市望潮区听涛街道月季社区月季花园8号楼1单元302室"
COMMITTEE = "371802001001"
PLACE = {"committee": COMMITTEE, "building": "8", "unit": "1", "room": "302"}
MOVED_TO = Details(NEW, PLACE)
STATION_2 = {"reference": "Organization/station-2"}
LONG_AGO = {**home_address(), "period": {"start": "2015-05-01"}}


def person(house: OpenHouse, id_: str) -> dict[str, Any]:
    with house.station.read() as work:
        return dict(json.loads(read(work, work.registry.specs["Patient"], id_).body))


def homes(house: OpenHouse, id_: str) -> list[tuple[str, str, dict[str, str]]]:
    """(use, words, period) of everybody's addresses as they stand."""
    told = person(house, id_).get("address", [])
    return [(one["use"], one["text"], one.get("period", {})) for one in told]


def family(house: OpenHouse) -> str:
    """The household of seven: the son lives elsewhere, of the wife nobody knows where, and the file
    of the grandfather is kept by station-2.
    """
    id_ = founded(house)
    by_id = {one["id"]: one for one in FAMILY}
    with house.station.write() as work:
        save_all(
            work,
            [
                Draft({**by_id["son"], "address": [{"use": "home", "text": "滨河路5号"}]}, "son"),
                Draft({k: v for k, v in by_id["wife"].items() if k != "address"}, "wife"),
                Draft({**by_id["grandfather"], "managingOrganization": STATION_2}, "grandfather"),
                Draft({**by_id["father"], "address": [LONG_AGO]}, "father"),
            ],
        )
    return id_


TOGETHER = ("father", "mother", "wife", "girl", "boy")


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        (OLD, OLD, True),
        (OLD, OLD.replace("3号楼2单元", " 3号楼２单元，"), True),
        (OLD, OLD.replace("海棠社区", "滨河社区"), False),
        ("听涛街道海棠花园3号楼2单元501室", "海棠花园3-2-501", True),
        ("海棠花园3-2-501", "海棠花园3-2-502", False),
        ("海棠花园3-2-501", "月季花园3-2-501", False),
        (OLD, "", False),
    ],
)
def test_the_same_home_however_it_is_written(one: str, other: str, same: bool) -> None:
    assert same_home(one, other) is same
    assert same_home(other, one) is same


def test_what_is_another_home() -> None:
    told = Details(OLD, {"committee": "371802001002", "room": "501"})
    assert is_another_home(OLD, told, MOVED_TO)
    assert is_another_home(OLD, told, Details(OLD, {"room": "502"}))
    assert not is_another_home(OLD, told, told)
    exact = Details(OLD.replace("501室", " 501 室"), {**told.place, "building": "3", "grid": "9"})
    assert not is_another_home(OLD, told, exact), "the same place, written more exactly"
    assert not is_another_home(OLD, told, Details(OLD, {"committee": COMMITTEE})), "redrawn"
    assert not is_another_home(OLD, told, Details("", PLACE)), "nobody lives at no address"
    assert not is_another_home(OLD, Details(), told), "that of the head, now the household's own"


@pytest.mark.parametrize("start", [None, "2015", "2015-05", "2015-05-01", "2026-11-20"])
def test_the_home_before_stays_with_its_period(start: str | None) -> None:
    period = {"start": start} if start else {}
    registered = {"use": "billing", "text": "别处"}
    body = {"address": [{"use": "home", "text": OLD, "period": period}, registered]}
    now, old, other = rehomed(body, {"text": NEW}, date(2026, 11, 20))["address"]
    assert now == {
        "use": "home", "type": "physical", "text": NEW, "period": {"start": "2026-11-20"},
    }  # fmt: skip
    last = "2026-11-20" if start == "2026-11-20" else "2026-11-19"
    assert old == {"use": "old", "text": OLD, "period": {**period, "end": last}}
    assert other == registered


def test_the_members_at_the_former_address_move_along(fresh_house: OpenHouse) -> None:
    house = fresh_house
    id_ = family(house)
    before = {one: person(house, one) for one in ("son", "grandfather")}
    on = date(2026, 11, 10)
    moved = doing(house, services.describe, id_, MOVED_TO, along=Along(TOGETHER, on))
    assert moved == len(TOGETHER)
    assert details_of(stored(house, id_)).address == NEW
    now = ("home", NEW, {"start": "2026-11-10"})
    assert homes(house, "mother") == [now, ("old", OLD, {"end": "2026-11-09"})]
    assert homes(house, "father") == [
        now, ("old", OLD, {"start": "2015-05-01", "end": "2026-11-09"}),
    ]  # fmt: skip
    assert homes(house, "wife") == [now], "nobody knew where she lived"
    assert grid_of(person(house, "boy")["address"][0]) == PLACE
    for one, body in before.items():
        assert person(house, one) == body, "neither another home nor another station's file"


def test_only_the_chosen_move_along(fresh_house: OpenHouse) -> None:
    house = fresh_house
    id_ = family(house)
    assert doing(house, services.describe, id_, MOVED_TO, along=Along(("mother",))) == 1
    assert homes(house, "mother")[0] == ("home", NEW, {"start": TODAY.isoformat()})
    assert homes(house, "father")[0][:2] == ("home", OLD)
    assert doing(house, services.describe, id_, Details(OLD)) == 0, "nobody, if nobody is chosen"


def test_nobody_moves_where_the_household_does_not(fresh_house: OpenHouse) -> None:
    house = fresh_house
    id_ = family(house)
    exact = Details(OLD.replace("501室", " 501 室"), {"grid": "37180200100205", "room": "501"})
    versions = {one: person(house, one)["meta"]["versionId"] for one in RELATIONS}
    assert doing(house, services.describe, id_, exact, along=Along(TOGETHER)) == 0
    assert {one: person(house, one)["meta"]["versionId"] for one in RELATIONS} == versions


@pytest.mark.parametrize(
    ("along", "field"),
    [
        (Along(("mother", "son")), "along"),
        (Along(("mother", "grandfather")), "along"),
        (Along(("mother", "li-na")), "along"),
        (Along(("mother",), date(2026, 11, 24)), "moved_on"),
    ],
)
def test_who_lives_elsewhere_is_not_moved(fresh_house: OpenHouse, along: Along, field: str) -> None:
    house = fresh_house
    id_ = family(house)
    with pytest.raises(Refused) as caught:
        doing(house, services.describe, id_, MOVED_TO, along=along)
    assert [(caught.value.status, one.expression) for one in caught.value.issues] == [(422, field)]
    assert details_of(stored(house, id_)).address == OLD, "all of it or nothing"
    assert homes(house, "mother")[0][:2] == ("home", OLD)


def sent_to(visitor: Visitor, id_: str, form: dict[str, Any]) -> Any:
    """The answer to a form with several choices of one name."""
    return visitor.post(f"/households/{id_}/edit", form)


def opened(visitor: Visitor, id_: str) -> tuple[str, dict[str, str]]:
    """The form as text, and what it would send without being touched."""
    answer = visitor.get(f"/households/{id_}/edit")
    assert answer.status_code == 200
    sent = dict(re.findall(r'name="(\w+)"[^>]*? value="([^"]*)"', answer.text))
    return answer.text, {name: sent[name] for name in ("version", "address", "moved_on")}


def ticked(html: str) -> list[str]:
    return re.findall(r'name="along" value="([^"]+)"[^>]* checked', html)


def test_the_form_offers_it_ticked_and_names_who_stays(fresh_house: OpenHouse) -> None:
    house = fresh_house
    id_ = family(house)
    visitor = signed_in(house, "gp1")
    html, sent = opened(visitor, id_)
    assert set(ticked(html)) == set(TOGETHER)
    text = words(visitor.get(f"/households/{id_}/edit"))
    assert "住在别处，现住址不变：周磊（滨河路5号）" in text
    assert "档案由其他机构管理，现住址不变：周国强" in text
    form: dict[str, Any] = {**sent, "address": NEW, **PLACE}
    for wrong, field, said in (
        ({"moved_on": "2026-11-24"}, "moved_on", "不能晚于今天"),
        ({"moved_on": "上周"}, "moved_on", "日期"),
        ({"along": ["mother", "son"]}, "along", "住在原家庭地址"),
    ):
        refused = sent_to(visitor, id_, {**form, "along": ["mother", "girl"], **wrong})
        assert refused.status_code == 422, wrong
        assert f'id="field-{field}-error"' in refused.text
        assert said in words(refused)
        assert set(ticked(refused.text)) <= {"mother", "girl"}, "what was chosen stays chosen"
        assert NEW in refused.text
    chosen = {"along": list(TOGETHER), "moved_on": "2026.11.10"}
    done = sent_to(visitor, id_, {**form, **chosen})
    assert done.status_code == 303
    assert "现住址一起改了" in words(visitor.get(done.headers["location"]))
    assert homes(house, "boy")[0] == ("home", NEW, {"start": "2026-11-10"})
    assert NEW in words(visitor.get("/residents/boy"))
    assert homes(house, "son")[0][:2] == ("home", "滨河路5号")


def test_a_form_without_a_new_address_moves_nobody(fresh_house: OpenHouse) -> None:
    house = fresh_house
    id_ = founded(house)
    visitor = signed_in(house, "nurse1")
    _html, sent = opened(visitor, id_)
    version = person(house, "boy")["meta"]["versionId"]
    form = {**sent, "phone": "13905350001", "along": list(RELATIONS)}
    answer = sent_to(visitor, id_, form)
    assert answer.status_code == 303
    text = words(visitor.get(answer.headers["location"]))
    assert "家庭档案已保存。" in text
    assert person(house, "boy")["meta"]["versionId"] == version


def test_the_address_follows_a_family_that_moves_to_another_station(
    fresh_house: OpenHouse,
) -> None:
    house = fresh_house
    id_ = founded(house)
    asked = Asked("station-2", "全家搬到二站辖区", household=True)
    move = doing(house, request_move, "mother", asked)
    answer = Answer("practitioner-station-2-gp", TODAY, Home("", NEW))
    doing(house, accept_move, move, answer, as_="gp2")
    assert details_of(stored(house, id_)).address == NEW
    assert homes(house, "boy") == [
        ("home", NEW, {"start": "2026-11-23"}), ("old", OLD, {"end": "2026-11-22"}),
    ]  # fmt: skip
