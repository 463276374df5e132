"""专项管理: the overview, the list of the managed, those who should be managed, as files."""

from datetime import date

import pytest

from health.enrolment import services
from health.enrolment.services import Change
from tests.followups.sending import enrolled, follow_up, put
from tests.followups.test_saving import values
from tests.households.test_services import doing
from tests.pages.browsing import Visitor, audited, export, signed_in, words
from tests.pages.test_residents import sheet
from tests.support.house import ON_SQLITE, OpenHouse


def test_who_should_be_managed_comes_into_the_list_and_leaves_it(fresh_house: OpenHouse) -> None:
    house = fresh_house
    doctor = signed_in(house, "gp1")
    address = "/programmes/hypertension/candidates"
    shown = words(doctor.get(address))
    assert "李娜" in shown
    assert "原发性高血压（I10）" in shown
    assert "赵磊" not in shown, "another station's"
    enrolled(house, "li-na", "hypertension", "2026-01-05")
    assert "李娜" not in words(doctor.get(address))
    put(house, follow_up("li-na", "hypertension", values("2026-11-02", 152, 92), id="f1"), 201)
    managed = words(doctor.get("/programmes/hypertension"))
    for text in (
        "李娜",
        "在管",
        "2026-01-05",
        "2026-11-02",
        "控制不满意",
        "血压 152/92 mmHg",
        "已过期",
    ):
        assert text in managed, text
    overview = words(doctor.get("/programmes"))
    assert "高血压患者健康管理" in overview
    about = words(doctor.get("/programmes/hypertension/about"))
    assert "每年至少 4 次面对面随访" in about


MANAGED = "/programmes/hypertension"


@pytest.fixture
def busy(fresh_house: OpenHouse) -> OpenHouse:
    """Three of station-1: controlled, above the target, lost for the time being."""
    house = fresh_house
    for who in ("li-na", "wang-xiaoming", "zhang-wei"):
        enrolled(house, who, "hypertension", "2026-01-05")
    put(house, follow_up("li-na", "hypertension", values("2026-11-02", 132, 82), id="f1"), 201)
    high = follow_up("wang-xiaoming", "hypertension", values("2026-11-09", 152, 92), id="f2")
    put(house, high, 201)
    change = Change(date(2026, 11, 1), note="外出")
    doing(house, services.suspend, "zhang-wei-hypertension", change)
    return house


def names(visitor: Visitor, address: str) -> list[str]:
    """Who stands in a list, in its order."""
    shown = words(visitor.get(address))
    found = {name: shown.find(name) for name in ("李娜", "王小明", "张伟", "赵磊")}
    return sorted((name for name, at in found.items() if at >= 0), key=lambda name: found[name])


def test_the_list_is_filtered_and_sorted(busy: OpenHouse) -> None:
    doctor = signed_in(busy, "gp1")
    assert names(doctor, MANAGED) == ["王小明", "李娜", "张伟"], "the first due first"
    assert names(doctor, f"{MANAGED}?sort=-due") == ["李娜", "王小明", "张伟"]
    assert names(doctor, f"{MANAGED}?sort=name") == ["李娜", "王小明", "张伟"]
    assert names(doctor, f"{MANAGED}?sort=last") == ["李娜", "王小明", "张伟"]
    assert names(doctor, f"{MANAGED}?state=active") == ["王小明", "李娜"]
    assert names(doctor, f"{MANAGED}?state=onhold") == ["张伟"]
    assert names(doctor, f"{MANAGED}?outcome=2") == ["王小明"]
    assert names(doctor, f"{MANAGED}?committee=371802001009") == []
    assert names(signed_in(busy, "gp2"), MANAGED) == []
    assert len(names(signed_in(busy, "centre1"), MANAGED)) == 3


def test_the_overview_counts(busy: OpenHouse) -> None:
    busy.clock.advance(days=1)
    shown = words(signed_in(busy, "gp1").get("/programmes"))
    assert "高血压患者健康管理 2 1 0 1 0 每年至少 4 次" in shown, shown
    empty = words(signed_in(busy, "gp2").get("/programmes"))
    assert "高血压患者健康管理 0 0 0 0 1 每年至少 4 次" in empty, empty


@pytest.mark.parametrize(("reason", "asked_again"), [("5", False), ("4", True), ("2", True)])
def test_who_was_managed_by_mistake_is_not_asked_for_again(
    fresh_house: OpenHouse, reason: str, asked_again: bool
) -> None:
    house = fresh_house
    id_ = enrolled(house, "li-na", "hypertension", "2026-01-05")
    doing(house, services.close, id_, Change(date(2026, 11, 20), reason))
    found = names(signed_in(house, "gp1"), f"{MANAGED}/candidates")
    assert ("李娜" in found) is asked_again
    ended = words(signed_in(house, "gp1").get(f"{MANAGED}?state=ended"))
    assert "2026-11-2" in ended


@pytest.mark.parametrize("end", ["", "/candidates"])
def test_a_list_is_searched_without_a_name_in_the_address(busy: OpenHouse, end: str) -> None:
    doctor = signed_in(busy, "gp1")
    of = {"of": "candidates" if end else "managed", "q": "王小明"}
    answer = doctor.post(f"{MANAGED}/search?state=active", of)
    address = answer.headers["location"]
    assert address.startswith(f"{MANAGED}{end}?")
    assert "王小明" not in address
    assert 'value="王小明"' in doctor.get(address).text
    assert names(doctor, address) == ([] if end else ["王小明"]), "who is managed is no candidate"
    assert any(row["detail"].get("query") == {"q": "王小明"} for row in audited(busy, "search"))


def test_the_lists_are_taken_away_for_a_reason(busy: OpenHouse) -> None:
    doctor = signed_in(busy, "gp1")
    doctor.get(MANAGED)
    cells = sheet(export(doctor, f"{MANAGED}/export?outcome=2").content)
    for text in ("王小明", "控制不满意", "血压 152/92 mmHg", "2026-11-23", "于海宁"):
        assert text in cells, text
    assert "李娜" not in cells
    missing = sheet(export(doctor, "/programmes/elderly/candidates/export").content)
    assert "张伟" in missing
    assert "65 岁及以上" in missing
    refused = export(doctor, f"{MANAGED}/export", "")
    assert refused.status_code == 422
    assert "请写明导出原因" in words(refused)


@ON_SQLITE
@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("/programmes/nothing", 404),
        ("/programmes/referral-outcome", 404),
        (f"{MANAGED}?state=unknown", 400),
        (f"{MANAGED}?outcome=77", 400),
        (f"{MANAGED}?sort=phone", 400),
        (f"{MANAGED}?search=forged", 400),
        (f"{MANAGED}/candidates?sort=due", 400),
    ],
)
def test_what_does_not_exist_is_refused(house: OpenHouse, address: str, status: int) -> None:
    assert signed_in(house, "gp1").get(address).status_code == status
