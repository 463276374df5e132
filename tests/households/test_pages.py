"""The pages of households: what they show, what they refuse, what they keep, who may see them."""

from typing import Any

import pytest

from kernel.canonical import GB_RELATION
from kernel.fhir.store import Draft, save_all
from records.households import services
from records.households.group import active_members, head_of, is_open, members_of, number_of
from records.households.problems import problems_of
from tests.cast import condition
from tests.households.homes import FAMILY, home_address, household, member
from tests.households.test_services import doing, founded, relations, stored
from tests.pages.browsing import Visitor, audited, export, signed_in, words
from tests.support.house import FRESH_ON_SQLITE, OpenHouse

HOSTILE = '<script>alert("x")</script>'
WRITERS = ("gp1", "nurse1", "head1", "centre1")
OUTSIDERS = ("coord1", "bureau", "district", "sysadmin", "secadmin", "auditor")


def page_of(visitor: Visitor, path: str) -> str:
    answer = visitor.get(path)
    assert answer.status_code == 200, f"{path}: {answer.status_code}"
    return words(answer)


def test_one_page_for_the_family(fresh_house: OpenHouse) -> None:
    house = fresh_house
    id_ = founded(house)
    house.save(condition("father", "I10", "2026-11-02", "原发性高血压"))
    visitor = signed_in(house, "gp1")
    answer = visitor.get(f"/households/{id_}")
    text = words(answer)
    for shown in (
        "周建军家庭", "3718020010000001", "在册 7 人", "周国强 父亲 男 88岁", "周磊 长子 男 38岁",
        "今年未测血压", "今年未体检",
        "高血压", "未询问", "家庭成员关系图", "没有登记家庭问题", "还没有登记居住条件",
        home_address()["text"], "听涛街道海棠社区卫生服务站",
    ):  # fmt: skip
        assert shown in text, shown
    assert answer.text.count('href="/residents/') >= 14, "in the table and in the picture"
    for hidden in (GB_RELATION, "I10", "38 儿媳", "{person}"):
        assert hidden not in text, hidden
    rows = [row for row in audited(house, "read") if row["resource_type"] == "Patient"]
    assert rows, "whose records were shown stands in the audit"


def test_the_list_finds_by_number_head_member_and_address(fresh_house: OpenHouse) -> None:
    house = fresh_house
    id_ = founded(house)
    visitor = signed_in(house, "gp1")
    number = number_of(stored(house, id_))
    for typed in (number, "周建军", "zjj", "吴婷", "3号楼", "海棠社区"):
        answer = visitor.post("/households/search", {"q": typed})
        assert answer.headers["location"] == f"/households/{id_}", typed
    text = page_of(visitor, "/households")
    assert f"{number} 周建军 7" in text
    for typed in ("赵磊", "99号楼", "3718020010000099", "%"):
        answer = visitor.post("/households/search", {"q": typed})
        assert typed not in answer.headers["location"]
        assert "没有符合条件的家庭" in page_of(visitor, answer.headers["location"]), typed
    assert visitor.post("/households/search", {"q": " "}).headers["location"] == "/households"


def test_the_list_sorts_filters_pages_and_is_exported(fresh_house: OpenHouse) -> None:
    house = fresh_house
    id_ = founded(house)
    alone = doing(house, services.new_household, "li-na", committee="371802001001")
    visitor = signed_in(house, "gp1")
    by_size = page_of(visitor, "/households?sort=-members")
    assert by_size.index("周建军") < by_size.index("李娜")
    by_head = page_of(visitor, "/households?sort=head")
    assert by_head.index("李娜") < by_head.index("周建军"), "l before z"
    doing(house, services.close, alone)
    assert "李娜" not in page_of(visitor, "/households?state=active")
    assert "周建军" not in page_of(visitor, "/households?state=closed")
    assert "周建军" not in page_of(visitor, "/households?state=headless")
    body = next(one for one in FAMILY if one["id"] == "father")
    house.save({**body, "deceasedDateTime": "2026-11-20"})
    assert "周建军" in page_of(visitor, "/households?state=headless")
    assert "户主已故" in page_of(visitor, f"/households/{id_}")
    for wrong in ("state=x", "sort=number", "search=abc"):
        assert visitor.get(f"/households?{wrong}").status_code == 400, wrong
    refused = export(visitor, "/households/export", "为")
    assert refused.status_code == 422
    taken = export(visitor, "/households/export")
    assert taken.status_code == 200
    assert taken.content[:2] == b"PK"
    assert audited(house, "export")[-1]["detail"]["reason"]


@FRESH_ON_SQLITE
@pytest.mark.parametrize("who", WRITERS)
def test_who_works_at_the_station_sees_and_writes(fresh_house: OpenHouse, who: str) -> None:
    id_ = founded(fresh_house)
    visitor = signed_in(fresh_house, who)
    assert "办理离开" in page_of(visitor, f"/households/{id_}")
    for path in ("edit", "join", "head", "merge", "problems/new", "print"):
        page_of(visitor, f"/households/{id_}/{path}")


@FRESH_ON_SQLITE
def test_strangers_and_other_roles_see_nothing(fresh_house: OpenHouse) -> None:
    house = fresh_house
    id_ = founded(house)
    paths = ["", "/edit", "/join", "/head", "/merge", "/problems/new", "/print",
             "/members/boy/leave"]  # fmt: skip
    posts = ["/edit", "/join", "/join/find", "/head", "/merge", "/merge/find", "/problems/new",
             "/members/boy/leave", "/close", "/delete", "/reveal"]  # fmt: skip
    stranger = signed_in(house, "gp2")
    for path in paths:
        assert stranger.get(f"/households/{id_}{path}").status_code == 404, path
    for path in posts:
        form = {"q": "周", "patient": "zhao-lei", "relation": "97", "on": "2026-11-23",
                "left_for": "moved", "to": "son", "other": id_, "name": "x"}  # fmt: skip
        assert stranger.post(f"/households/{id_}{path}", form).status_code == 404, path
    assert "周建军" not in page_of(stranger, "/households")
    for typed in ("周建军", number_of(stored(house, id_)), "3号楼"):
        answer = stranger.post("/households/search", {"q": typed})
        assert "没有符合条件的家庭" in page_of(stranger, answer.headers["location"])
    for who in OUTSIDERS:
        outsider = signed_in(house, who)
        assert outsider.get("/households").status_code == 403, who
        for path in paths:
            assert outsider.get(f"/households/{id_}{path}").status_code == 403, (who, path)
        for path in posts:
            answer = outsider.post(f"/households/{id_}{path}", {})
            assert answer.status_code == 403, (who, path)
    assert len(relations(house, id_)) == 7


@FRESH_ON_SQLITE
def test_the_form_keeps_what_was_typed_and_says_what_is_wrong(fresh_house: OpenHouse) -> None:
    house = fresh_house
    id_ = founded(house)
    visitor = signed_in(house, "gp1")
    visitor.get(f"/households/{id_}/edit")
    wrong = {"address": HOSTILE, "total": "300", "living": "5", "area": "很大", "fuel": "3"}
    answer = visitor.post(f"/households/{id_}/edit", wrong)
    assert answer.status_code == 422
    assert "家庭总人口应为 1 至 99" in words(answer)
    assert "居住面积应为 1 至 2000" in words(answer)
    assert 'value="300"' in answer.text
    assert 'value="很大"' in answer.text
    assert HOSTILE not in answer.text
    good = {"address": "海棠社区5号楼", "building": "5", "total": "8", "living": "6",
            "area": "96.5", "fuel": "3", "water": "1", "low-income": "2",
            "phone": "0640-6681234"}  # fmt: skip
    answer = visitor.post(f"/households/{id_}/edit", good)
    assert answer.status_code == 303, words(answer)
    text = page_of(visitor, f"/households/{id_}")
    for shown in ("家庭档案已保存", "海棠社区5号楼", "家庭总人口 8", "现住人口数 6", "天然气",
                  "自来水", "96.5 ㎡", "064*****1234"):  # fmt: skip
        assert shown in text, shown
    whole = visitor.post(f"/households/{id_}/reveal", {})
    assert "0640-6681234" in words(whole)
    part = visitor.post(f"/households/{id_}/reveal", {}, headers={"HX-Request": "true"})
    assert words(part) == "0640-6681234"
    assert [row["detail"]["field"] for row in audited(house, "reveal")] == ["phone", "phone"]
    member = page_of(visitor, "/residents/boy")
    assert "生活环境" in member
    assert "天然气" in member, "entered once, shown on every member"


def test_a_household_without_a_number_gets_one_with_its_committee(fresh_house: OpenHouse) -> None:
    house = fresh_house
    body = household(member("li-na", "02"), identifier=None)
    id_ = house.client("gp1").post("Group", body).json()["id"]
    visitor = signed_in(house, "gp1")
    assert "（无编号）" in page_of(visitor, "/households")
    assert visitor.post(f"/households/{id_}/edit", {"address": "海棠社区"}).status_code == 303
    assert number_of(stored(house, id_)) == ""
    form = {"address": "海棠社区", "committee": "371802001002"}
    assert visitor.post(f"/households/{id_}/edit", form).status_code == 303
    assert number_of(stored(house, id_)) == "3718020010000001"


def test_an_overtaken_form_is_not_saved(fresh_house: OpenHouse) -> None:
    house = fresh_house
    id_ = founded(house)
    visitor = signed_in(house, "gp1")
    html = visitor.get(f"/households/{id_}/edit").text
    version = html.partition('name="version" value="')[2].partition('"')[0]
    doing(house, services.leave, id_, "boy")
    late = visitor.post(f"/households/{id_}/edit", {"address": "新址", "version": version})
    assert late.status_code == 422
    assert "新址" in late.text
    assert "新址" not in str(stored(house, id_))


def test_somebody_joins_by_the_form(fresh_house: OpenHouse) -> None:
    house = fresh_house
    id_ = founded(house)
    doing(house, services.leave, id_, "boy")
    visitor = signed_in(house, "gp1")
    found = visitor.post(f"/households/{id_}/join/find", {"q": "周浩然"})
    assert found.status_code == 200
    assert 'value="boy"' in found.text
    assert "周浩然" not in str(found.url)
    nobody = visitor.post(f"/households/{id_}/join/find", {"q": "没有这人"})
    assert "没有找到符合条件的居民" in words(nobody)
    assert "赵磊" not in words(visitor.post(f"/households/{id_}/join/find", {"q": "zl"}))
    form = {"q": "周浩然", "patient": "boy", "relation": "", "on": "2026-11-23"}
    path = f"/households/{id_}/join"
    for wrong, said in (
        ({}, "与户主的关系"), ({"relation": "02"}, "更换户主"),
        ({"relation": "41", "on": "x"}, "日期"),
        ({"relation": "41", "on": "2027-01-01"}, "不能晚于今天"), ({"patient": ""}, "选择一位居民"),
        ({"relation": "41", "on": "2026-11-22"}, "这一天此人还属于另一个家庭"),
        ({"patient": "girl", "relation": "42"}, "已是这个家庭"),
    ):  # fmt: skip
        answer = visitor.post(path, {**form, **wrong})
        assert answer.status_code == 422, wrong
        assert said in words(answer), (wrong, words(answer))
        assert 'value="周浩然"' in answer.text
    assert visitor.post(path, {**form, "patient": "zhao-lei", "relation": "97"}).status_code == 404
    assert visitor.post(path, {**form, "relation": "41"}).status_code == 303
    assert relations(house, id_)["boy"] == "41"
    again = [m for m in members_of(stored(house, id_)) if m.patient_id == "boy"]
    assert [one.active for one in again] == [False, True], "the earlier time stays on record"


def test_somebody_leaves_by_the_form(fresh_house: OpenHouse) -> None:
    house = fresh_house
    id_ = founded(house)
    visitor = signed_in(house, "gp1")
    path = f"/households/{id_}/members/boy/leave"
    assert "周浩然" in page_of(visitor, path)
    for wrong, said in (
        ({"on": "2026-11-20"}, "原因"), ({"left_for": "merged", "on": "2026-11-20"}, "原因"),
        ({"left_for": "moved", "on": "2020-01-01"}, "早于"),
        ({"left_for": "moved", "on": "?"}, "日期"),
    ):  # fmt: skip
        answer = visitor.post(path, wrong)
        assert answer.status_code == 422, wrong
        assert said in words(answer)
    assert visitor.post(path, {"left_for": "moved", "on": "20261120"}).status_code == 303
    text = page_of(visitor, f"/households/{id_}")
    assert "离开的成员" in text
    assert "2026-11-19 迁出" in text, "the last day is the one before the change"
    assert visitor.get(path).status_code == 404, "who has left cannot leave"
    head = visitor.get(f"/households/{id_}/members/father/leave")
    assert head.headers["location"] == f"/households/{id_}/head", "who comes next is asked first"


def test_a_new_head_by_the_form(fresh_house: OpenHouse) -> None:
    house = fresh_house
    id_ = founded(house)
    visitor = signed_in(house, "gp1")
    assert "周磊" in page_of(visitor, f"/households/{id_}/head")
    html = visitor.get(f"/households/{id_}/head?to=son").text
    told = {"relation-father": "51", "relation-mother": "52", "relation-grandfather": "61",
            "relation-wife": "12", "relation-girl": "30", "relation-boy": "20"}  # fmt: skip
    for name, code in told.items():
        field = html.partition(f'<select id="field-{name}"')[2].partition("</select>")[0]
        assert f'<option value="{code}" selected>' in field, "the old relations tell it"
    form = {"to": "son", "left_for": "", "on": "2026-11-23", **told}
    path = f"/households/{id_}/head"
    answer = visitor.post(path, {**form, "relation-boy": ""})
    assert answer.status_code == 422
    assert 'id="field-relation-boy-error"' in answer.text
    assert visitor.post(path, form).status_code == 303
    assert relations(house, id_)["father"] == "51"
    assert head_of(stored(house, id_)).patient_id == "son"  # type: ignore[union-attr]  # there is one


def test_households_are_merged_by_the_form(fresh_house: OpenHouse) -> None:
    house = fresh_house
    id_ = founded(house)
    other = doing(house, services.new_household, "li-na", committee="371802001001")
    visitor = signed_in(house, "gp1")
    found = visitor.post(f"/households/{id_}/merge/find", {"q": "李娜"})
    assert "李娜" in words(found)
    path, form = f"/households/{id_}/merge", {"other": other, "q": "李娜", "on": "2026-11-23"}
    refused = visitor.post(path, {**form, "relation-li-na": ""})
    assert refused.status_code == 422
    assert 'id="field-relation-li-na-error"' in refused.text
    assert "选择一个家庭" in words(visitor.post(path, {"q": "李娜"}))
    assert visitor.post(path, {**form, "relation-li-na": "97"}).status_code == 303
    assert relations(house, id_)["li-na"] == "97"
    assert not is_open(stored(house, other))
    text = page_of(visitor, f"/households/{id_}")
    assert f"并入的家庭编号：{number_of(stored(house, other))}" in text
    assert "已注销" in page_of(visitor, f"/households/{other}")


def test_problems_are_recorded_and_solved(fresh_house: OpenHouse) -> None:
    house = fresh_house
    id_ = founded(house)
    visitor = signed_in(house, "gp1")
    path = f"/households/{id_}/problems/new"
    answer = visitor.post(path, {"on": "2026-11-24", "name": "", "handling": "随访"})
    assert answer.status_code == 422
    assert "问题名称" in words(answer)
    assert "随访" in answer.text
    form = {"on": "2026-11-03", "name": "老人独居", "handling": "每月上门", "description": HOSTILE}
    assert visitor.post(path, form).status_code == 303
    page = visitor.get(f"/households/{id_}")
    assert HOSTILE not in page.text
    assert "老人独居" in words(page)
    assert "未解决" in words(page)
    problem = problems_of(stored(house, id_))[0]
    assert problem.doctor_name, "who is signed in recorded it"
    one = f"/households/{id_}/problems/{problem.id}"
    assert 'value="老人独居"' in visitor.get(one).text
    solved = {**form, "result": "已安排", "solved_on": "2026-11-20"}
    assert visitor.post(one, solved).status_code == 303
    assert "2026-11-20" in page_of(visitor, f"/households/{id_}")
    assert len(problems_of(stored(house, id_))) == 1
    assert visitor.get(f"/households/{id_}/problems/none").status_code == 404
    assert visitor.post(f"/households/{id_}/problems/none", form).status_code == 404


def test_a_household_with_members_is_not_deleted_by_its_page(fresh_house: OpenHouse) -> None:
    house = fresh_house
    id_ = founded(house)
    visitor = signed_in(house, "gp1")
    refused = visitor.post(f"/households/{id_}/delete", {})
    assert refused.status_code == 422
    assert "还有在册成员，不能删除" in words(refused)
    assert len(active_members(stored(house, id_))) == 7
    assert visitor.post(f"/households/{id_}/close", {}).status_code == 303
    assert "没有在册成员" in page_of(visitor, f"/households/{id_}")
    gone = visitor.post(f"/households/{id_}/delete", {})
    assert gone.headers["location"] == "/households"
    assert visitor.get(f"/households/{id_}").status_code in (404, 410)


def test_the_tab_leads_to_the_household_or_offers_one(fresh_house: OpenHouse) -> None:
    house = fresh_house
    id_ = founded(house)
    visitor = signed_in(house, "gp1")
    assert 'href="/residents/boy/household"' in visitor.get("/residents/boy").text
    led = visitor.get("/residents/boy/household")
    assert led.headers["location"] == f"/households/{id_}"
    offers = page_of(visitor, "/residents/li-na/household")
    assert "还不在任何家庭里" in offers
    assert "建立新家庭" in offers
    found = visitor.post("/residents/li-na/household/find", {"q": "周建军"})
    assert f'value="{id_}"' in found.text
    form = {"how": "join", "q": "周建军", "household": id_, "relation": "97", "on": "2026-11-20"}
    refused = visitor.post("/residents/li-na/household", {**form, "relation": ""})
    assert refused.status_code == 422
    assert "与户主的关系" in words(refused)
    joined = visitor.post("/residents/li-na/household", form)
    assert joined.headers["location"] == f"/households/{id_}"
    assert relations(house, id_)["li-na"] == "97"
    assert signed_in(house, "gp2").get("/residents/li-na/household").status_code == 404


def test_a_household_is_founded_once_however_often_it_is_sent(fresh_house: OpenHouse) -> None:
    house = fresh_house
    house.save(FAMILY[1])
    visitor = signed_in(house, "gp1")
    html = visitor.get("/residents/father/household").text
    submission = html.partition('name="submission" value="')[2].partition('"')[0]
    form = {"how": "new", "submission": submission}
    first = visitor.post("/residents/father/household", form)
    assert first.headers["location"] == f"/households/{submission}"
    again = visitor.post("/residents/father/household", form)
    assert again.headers["location"] == first.headers["location"]
    assert relations(house, submission) == {"father": "02"}


@FRESH_ON_SQLITE
def test_without_a_committee_it_is_asked_for(fresh_house: OpenHouse) -> None:
    visitor = signed_in(fresh_house, "gp1")
    visitor.get("/residents/li-na/household")
    refused = visitor.post("/residents/li-na/household", {"how": "new"})
    assert refused.status_code == 422
    assert 'name="committee"' in refused.text
    made = visitor.post("/residents/li-na/household", {"how": "new", "committee": "371802001001"})
    assert made.status_code == 303


@FRESH_ON_SQLITE
def test_a_sheet_to_print(fresh_house: OpenHouse) -> None:
    house = fresh_house
    id_ = founded(house)
    visitor = signed_in(house, "gp1")
    text = page_of(visitor, f"/households/{id_}/print")
    for shown in ("家庭健康档案", "周建军", "父亲", "家庭成员关系图", "责任医生签名", "户主签名"):
        assert shown in text, shown
    assert audited(house, "print")


@FRESH_ON_SQLITE
def test_pages_speak_english_too(fresh_house: OpenHouse) -> None:
    id_ = founded(fresh_house)
    visitor = signed_in(fresh_house, "gp1")
    visitor.post("/language", {"language": "en", "return_to": "/"})
    text = page_of(visitor, f"/households/{id_}")
    assert "周建军 Head Male 64" in text
    assert "Eldest son" in text
    for path in ("", "/edit", "/join", "/head?to=son", "/merge", "/print"):
        shown = page_of(visitor, f"/households/{id_}{path}")
        for word in ("户主", "家庭", "保存", "居住"):
            assert word not in shown.replace(home_address()["text"], ""), (path, word)


def test_of_a_member_kept_elsewhere_only_the_name_is_known(fresh_house: OpenHouse) -> None:
    house = fresh_house
    id_ = founded(house)
    body: dict[str, Any] = dict(next(one for one in FAMILY if one["id"] == "son"))
    moved = {**body, "managingOrganization": {"reference": "Organization/station-2"}}
    with house.station.write() as work:
        save_all(work, [Draft(moved, "son")])
    assert "son" in relations(house, id_)
    text = page_of(signed_in(house, "gp1"), f"/households/{id_}")
    assert "周磊 长子 档案由其他机构管理" in text


def test_a_residents_page_tells_the_present_household(fresh_house: OpenHouse) -> None:
    house = fresh_house
    id_ = founded(house)
    first = number_of(stored(house, id_))
    doing(house, services.leave, id_, "son")
    other = doing(house, services.new_household, "son")
    doing(house, services.leave, id_, "wife")
    doing(house, services.join, other, "wife", relation="12")
    visitor = signed_in(house, "gp1")
    text = page_of(visitor, "/residents/son")
    assert f"家庭编号 {number_of(stored(house, other))}" in text
    assert first not in text
    assert "吴婷 妻 · 女" in text
    assert "周浩然" not in text
    left = page_of(visitor, "/residents/boy")
    assert f"家庭编号 {first}" in left
    assert "周磊" not in left, "who has left lives elsewhere"
