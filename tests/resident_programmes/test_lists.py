"""专项管理: the overview, the list of the managed, those who should be managed, as files."""

from tests.followups.sending import enrolled, follow_up, put
from tests.followups.test_saving import values
from tests.pages.browsing import signed_in, words
from tests.support.house import OpenHouse


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
