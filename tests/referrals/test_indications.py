"""The checklists of indications: all of the norm's, and the bureau's editions of them."""

import pytest

from kernel.errors import Refused
from records.api import catalogue
from referral.indications.checklists import KEYS, Item, first_edition
from referral.indications.queries import checklist, known_indications
from referral.indications.services import keep_item, publish_checklists
from referral.letters.form import down_indications
from tests.pages.browsing import signed_in, words
from tests.support.house import FRESH_ON_SQLITE, OpenHouse

UP = ("general", "up")


def test_every_indication_stands_in_one_checklist() -> None:
    listed = [item.code for key in KEYS for item in first_edition(*key).items]
    assert len(listed) == len(set(listed))
    assert set(listed) == set(catalogue.code_set("referral-indication").concepts)
    assert [one.code for one in first_edition(*UP).items] == [f"U{n}" for n in range(1, 9)]
    assert first_edition(*UP).items[0].urgency == "emergency"


def test_the_bureau_revises_and_what_was_cited_stays(fresh_house: OpenHouse) -> None:
    house = fresh_house
    with house.station.write() as work:
        assert publish_checklists(work) is False
    answer = house.client("gp1").get("Questionnaire/referral-indications-general-up")
    assert [one["linkId"] for one in answer.json()["item"]][:2] == ["U1", "U2"]
    with house.station.write(house.actor("bureau")) as work:
        keep_item(work, UP, Item("U8", "其他原因", retired=True), seen=1)
        added = keep_item(work, UP, Item("", "需要远程会诊", "urgent"), seen=2)
    assert added.version == 3
    with house.station.write() as work:
        publish_checklists(work)  # the program's own edition does not come back
        found = checklist(work, *UP)
        known = known_indications(work)
    assert [one.code for one in found.items][-2:] == ["U7", "general-up-x1"]
    assert known["U8"] == "其他原因"


@FRESH_ON_SQLITE
def test_what_is_refused(fresh_house: OpenHouse) -> None:
    bureau = fresh_house.actor("bureau")
    for item, key, seen, status in (
        (Item("", "  "), UP, 1, 422),
        (Item("", first_edition(*UP).items[0].title), UP, 1, 422),
        (Item("", "长" * 201), UP, 1, 422),
        (Item("", "没有", "whenever"), UP, 1, 422),
        (Item("U1", "急危重症"), UP, 7, 412),
        (Item("U99", "没有"), UP, 1, 404),
        (Item("", "没有"), ("gout", "up"), 1, 404),
    ):
        with pytest.raises(Refused) as caught, fresh_house.station.write(bureau) as work:
            keep_item(work, key, item, seen=seen)
        assert caught.value.status == status


@FRESH_ON_SQLITE
def test_by_pages(fresh_house: OpenHouse) -> None:
    bureau = signed_in(fresh_house, "bureau")
    page = words(bureau.get("/referral-indications"))
    assert "高血压上转指征" in page
    assert "慢性病社区管理基本条件" in page
    path = "/referral-indications/stroke-up/new"
    refused = bureau.post(path, {"title": "", "version": "1"})
    assert refused.status_code == 422
    assert "请填写指征" in words(refused)
    saved = bureau.post(
        path, {"title": "反复短暂性脑缺血发作", "urgency": "urgent", "version": "1"}
    )
    assert saved.status_code == 303
    assert "反复短暂性脑缺血发作" in words(
        signed_in(fresh_house, "gp1").get("/referral-indications")
    )


@FRESH_ON_SQLITE
def test_the_bureaus_own_reasons_are_offered_for_the_way_back(fresh_house: OpenHouse) -> None:
    added = Item("", "已建立家庭病床", needs_text=True)
    with fresh_house.station.write(fresh_house.actor("bureau")) as work:
        keep_item(work, ("general", "down"), added, seen=1)
        keep_item(work, ("stroke", "down"), Item("", "可居家康复"), seen=1)
        offered = {one.title for one in down_indications(work, "stroke")}
        general = {one.title for one in down_indications(work)}
    assert {"已建立家庭病床", "可居家康复"} <= offered
    assert "已建立家庭病床" in general
    assert "可居家康复" not in general
    assert "已建立家庭病床" in words(signed_in(fresh_house, "coord1").get("/referral-offers/new"))
