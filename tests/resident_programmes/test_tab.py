"""The tab 健康管理 and the panels of the programmes on a resident's pages."""

from tests.followups.sending import enrolled, follow_up, put
from tests.followups.test_saving import values
from tests.pages.browsing import signed_in, words
from tests.support.house import OpenHouse


def test_the_tab_tells_where_somebody_stands(fresh_house: OpenHouse) -> None:
    house = fresh_house
    enrolled(house, "li-na", "hypertension", "2026-01-05")
    put(house, follow_up("li-na", "hypertension", values("2026-11-02", 152, 92), id="f1"), 201)
    put(house, follow_up("li-na", "hypertension", values("2026-11-16", 158, 96), id="f2"), 201)
    doctor = signed_in(house, "gp1")
    tab = doctor.get("/residents/li-na/programmes")
    link = "/residents/li-na/follow-ups/new?programmes=referral-outcome&amp;of=hypertension"
    assert link in tab.text
    assert doctor.get(link.replace("&amp;", "&")).status_code == 200
    shown = words(tab)
    for text in (
        "高血压患者健康管理", "在管", "面对面随访 2/4 次", "下次 2026-11-30 前", "还缺：年度体检",
        "血压 158/96 mmHg", "2026-11-16", "门诊", "连续两次控制不满意", "转诊结果随访",
        "暂停管理", "结束管理", "新增随访",
    ):  # fmt: skip
        assert text in shown, text
    first = words(doctor.get("/residents/li-na"))
    for text in ("专项管理", "控制不满意", "2026-11-30", "面对面随访 2/4 次"):
        assert text in first, text
