"""转出单 and 回转单 on pages, and the code that opens the referral for whoever may see it."""

import re
from urllib.parse import urlsplit

import pytest

from kernel.fhir import json
from referral.paper.link import find_linked, link_to
from referral.requests.bodies import HISTORY, IMPRESSION, REASON, TREATMENT
from referral.states import State
from tests.pages.browsing import Visitor, audited, signed_in, words
from tests.referrals.letters.writing import OFFER, written
from tests.referrals.playing import WHO, Players, departments, papers, request
from tests.support.house import ON_SQLITE, OpenHouse

pytestmark = ON_SQLITE
TEXTS = {
    IMPRESSION: "原发性高血压3级",
    REASON: "规范治疗3个月血压仍不达标，近一周头晕",
    HISTORY: "2型糖尿病5年",
    TREATMENT: "氨氯地平 5mg 每日1次",
}


@pytest.fixture(scope="module")
def players(house: OpenHouse) -> Players:
    departments(house)
    return Players(house)


def sections() -> list[dict[str, object]]:
    """A slip's parts as the national form has them."""
    begin = '<div xmlns="http://www.w3.org/1999/xhtml">'
    return [
        {
            "title": text,
            "code": {"coding": [{"system": "http://loinc.org", "code": code}]},
            "text": {"status": "generated", "div": f"{begin}{text}</div>"},
        }
        for code, text in TEXTS.items()
    ]


def referred(players: Players, id_: str, *, status: str = "active") -> str:
    """A referral with all parts of the slip."""
    consented, slip = papers(id_)
    made = request(id_, status=status)
    players.house.save(consented, {**slip, "section": sections()}, made)
    return id_


def test_the_slip_out_has_every_field_of_the_form(players: Players) -> None:
    id_ = referred(players, "out")
    answer = signed_in(players.house, "gp1").get(f"/referrals/{id_}/print")
    shown = words(answer)
    for text in (
        "存根", "患者姓名", "王小明", "性别", "男", "年龄", "41岁", "档案编号", "家庭住址",
        "观海路12号", "联系电话", "13900010001", "转入", "单位", "科室", "接诊医生",
        "转诊医生（签字）", "双向转诊（转出）单", "现有患者",
        "因病情需要，需转入贵单位，请予以接诊",
        "初步印象", "主要现病史（转出原因）", "主要既往史", "治疗经过", "（机构名称）",
        *TEXTS.values(),
    ):  # fmt: skip
        assert text in shown, (text, shown)
    assert {row["name"] for row in audited(players.house, "print")} == {"gp1"}


def test_the_slip_back_has_every_field_of_the_form(players: Players) -> None:
    id_ = players.bring(players.refer("backslip"), State.IN_CARE)
    letter = written(signed_in(players.house, "coord1"), id_, OFFER)
    for name in ("coord1", "gp1"):
        shown = words(signed_in(players.house, name).get(f"/referrals/{id_}/letter/{letter}/print"))
        for text in (
            "存根", "病案号", "ZY20261123", "转回", "双向转诊（回转）单",
            "现转回贵单位，请予以接诊",
            "诊断结果", "住院病案号", "主要检查结果", "肌酐", "治疗经过、下一步治疗方案及康复建议",
            "调整降压药后血压平稳", "每日步行 30 分钟",
            "硫酸氢氯吡格雷片 75mg 每日1次 至 2027-11-23",
            "长期", "建议随访日期", "2026-12-07", "丛建军",
        ):  # fmt: skip
            assert text in shown, (name, text, shown)


def address_of(visitor: Visitor, players: Players, id_: str) -> str:
    """The path of the address that stands on the slip, made as the page makes it."""
    shown = visitor.get(f"/referrals/{id_}/print")
    assert "<svg" in shown.text
    with players.house.station.read(players.house.actor("gp1")) as work:
        visit = type("Asking", (), {"headers": {"host": "station.test"}})()
        return urlsplit(link_to(visit, work, id_)).path


def test_the_code_names_nobody_and_opens_for_whoever_may_see(players: Players) -> None:
    id_ = referred(players, "scanned", status="draft")
    path = address_of(signed_in(players.house, "gp1"), players, id_)
    assert re.fullmatch(r"/r/[A-Za-z0-9_-]+", path)
    for secret in (id_, WHO, "13900010001", json.dumps([id_]).decode()):
        assert secret not in path
    assert Visitor(players.house).get(path).headers["location"].startswith("/sign-in?next=%2Fr%2F")
    for name, status in (("gp1", 303), ("nurse1", 303), ("gp2", 404), ("coord2", 404)):
        answer = signed_in(players.house, name).get(path)
        assert answer.status_code == status, (name, answer.status_code)
        if status == 303:
            assert answer.headers["location"] == f"/referrals/{id_}"
    sent = players.refer("scanned-sent")
    path = address_of(signed_in(players.house, "gp1"), players, sent)
    assert signed_in(players.house, "coord1").get(path).status_code == 303
    assert signed_in(players.house, "sysadmin").get(path).status_code in (403, 404)


def test_a_code_of_somebody_else_s_making_opens_nothing(players: Players) -> None:
    doctor = signed_in(players.house, "gp1")
    for token in ("x", "A" * 90, "%E4%B8%AD", "A" * 3000):
        assert doctor.get(f"/r/{token}").status_code == 404
    with players.house.station.read() as work:
        assert find_linked(work, "AAAA") == ""


def test_a_stranger_prints_nothing(players: Players) -> None:
    id_ = players.refer("unseen")
    for name in ("gp2", "coord2"):
        assert signed_in(players.house, name).get(f"/referrals/{id_}/print").status_code == 404
