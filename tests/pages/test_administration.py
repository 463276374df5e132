"""Institutions, staff, accounts and the audit log, each for those who may."""

import re
from html import unescape

import httpx2
import pytest

from demo.cast import CAST
from kernel.declare.roles import Role
from kernel.security import accounts, sign_in
from kernel.values.names import name_keys
from tests.cast import to
from tests.pages.browsing import REASON, Visitor, audited, by_the_form, export, signed_in, words
from tests.pages.test_residents import sheet
from tests.support.house import FRESH_ON_SQLITE, ON_SQLITE, OpenHouse

CODE = re.compile(r"\b(?:[A-Z2-9]{4}-){4}[A-Z2-9]{4}\b")
STATION_1 = "听涛街道海棠社区卫生服务站"


def user_id(house: OpenHouse, name: str) -> str:
    with house.database.reading() as connection:
        user = accounts.find_user(connection, name)
        assert user is not None
        return user.id


@ON_SQLITE
def test_institutions_show_figures_of_the_own_scope_only(house: OpenHouse) -> None:
    def residents(who: str, id_: str) -> str:
        text = words(signed_in(house, who).get(f"/institutions/{id_}"))
        return text.split("管理居民 ")[1].split()[0]

    assert residents("gp1", "station-1") == "3"
    assert residents("gp1", "station-2") == "—"
    assert residents("gp1", "centre-1") == "—"
    assert residents("centre1", "centre-1") == "5"
    assert residents("bureau", "station-1") == "—"


@ON_SQLITE
def test_the_tree_and_an_institution(house: OpenHouse) -> None:
    visitor = signed_in(house, "bureau")
    tree = words(visitor.get("/institutions"))
    for name in ("蓬澜市卫生健康局", "听涛街道社区卫生服务中心", STATION_1, "蓬澜市人民医院"):
        assert name in tree
    page = words(visitor.get("/institutions/station-1"))
    centre = "听涛街道社区卫生服务中心"
    for shown in (STATION_1, centre, "0640-6681000", "于海宁", "全科医生", "曲晓梅"):
        assert shown in page, shown
    assert visitor.get("/institutions/nowhere").status_code == 404


@ON_SQLITE
def test_staff_by_institution_and_role(house: OpenHouse) -> None:
    visitor = signed_in(house, "head1")
    everybody = words(visitor.get("/staff"))
    assert "于海宁" in everybody
    here = words(visitor.get("/staff?organisation=station-1&role=gp"))
    assert "于海宁" in here
    assert "曲晓梅" not in here
    assert "没有符合条件的工作人员" in words(visitor.get("/staff?organisation=nowhere"))


@FRESH_ON_SQLITE
@pytest.mark.parametrize(
    ("who", "shown", "hidden"),
    [
        ("gp1", ("居民", "在管居民 3 人", "65 岁及以上 1 人", "今日接诊"), ("账号", "审计日志")),
        ("coord1", ("居民", "获准查看的居民 0 人"), ("账号", "在管居民")),
        ("bureau", ("机构", "社区卫生服务站 6 个"), ("居民服务", "账号", "最近就诊")),
        ("sysadmin", ("机构",), ("居民服务", "账号", "审计日志")),
        ("secadmin", ("账号", "在用账号 13 个"), ("居民服务", "审计日志")),
        ("auditor", ("审计日志", "今天的记录", "今天被拒绝或失败"), ("居民服务", "账号")),
    ],
)
def test_home_and_navigation_by_role(
    fresh_house: OpenHouse, who: str, shown: tuple[str, ...], hidden: tuple[str, ...]
) -> None:
    text = words(signed_in(fresh_house, who).get("/"))
    assert [word for word in shown if word not in text] == []
    assert [word for word in hidden if word in text] == []


@ON_SQLITE
def test_a_bureaus_card_leads_to_what_it_counts(house: OpenHouse) -> None:
    visitor = signed_in(house, "bureau")
    assert "社区卫生服务站 6 个" in words(visitor.get("/"))
    href = re.findall(r'href="([^"]+kind=station)"', visitor.get("/").text)
    assert len(href) == 1
    assert len(_rows(visitor.get(href[0]))) == 6


@FRESH_ON_SQLITE
def test_the_auditors_first_page_counts_and_leads_on(fresh_house: OpenHouse) -> None:
    house = fresh_house
    by_the_form(house, "gp1").get("/accounts")
    house.clock.advance(days=1)
    by_the_form(house, "gp1").get("/accounts")
    by_the_form(house, "nurse1")
    audited(house, "denied")
    home = by_the_form(house, "auditor").get("/")
    assert "今天的记录 3 条" in words(home)
    assert "今天被拒绝或失败 1 条" in words(home)
    everything, refused = re.findall(r'href="(/audit\?filter=[^"]+)"', home.text)
    visitor = by_the_form(house, "auditor")
    assert "本页 3 条" in words(visitor.get(everything))
    assert "本页 1 条" in words(visitor.get(refused))
    assert "被拒绝" in words(visitor.get(refused))
    assert "今天的记录" not in words(by_the_form(house, "bureau").get("/"))


@FRESH_ON_SQLITE
def test_a_refusal_names_the_permission_and_is_audited(fresh_house: OpenHouse) -> None:
    house = fresh_house
    answer = signed_in(house, "bureau").get("/residents")
    assert answer.status_code == 403
    assert "这里需要“查找居民”的权限；您的角色（卫健局工作人员）" in words(answer)
    assert "您的角色不查看个人档案" in words(answer)
    (row,) = audited(house, "denied")
    assert (row["name"], row["outcome"], row["detail"]["path"]) == ("bureau", 4, "/residents")


@ON_SQLITE
def test_accounts_are_listed_and_filtered(house: OpenHouse, spare: str) -> None:
    visitor = signed_in(house, "secadmin")
    text = words(visitor.get("/accounts"))
    assert [a.user_name for a in CAST if a.user_name not in text] == []
    one = words(visitor.get("/accounts?q=gp&organisation=station-2"))
    assert "林文杰" in one
    assert "于海宁" not in one
    assert "没有符合条件的账号" in words(visitor.get("/accounts?q=zzz"))
    assert visitor.get("/accounts/nowhere").status_code == 404


@FRESH_ON_SQLITE
def test_a_new_account_from_the_form_to_the_first_sign_in(fresh_house: OpenHouse) -> None:
    house, visitor = fresh_house, signed_in(fresh_house, "secadmin")
    form = {"name": "gp9", "display": "鞠文", "organisation": "station-2", "role": "gp"}
    for wrong, complaint in (
        ({**form, "name": "GP 9!"}, "用户名应为"),
        ({**form, "name": "gp1"}, "已被使用过"),
        ({**form, "organisation": "x"}, "请选择机构"),
        ({**form, "role": ""}, "请选择角色"),
        ({**form, "role": "platform"}, "只能授予机器账号"),
    ):
        refused = visitor.post("/accounts", wrong)
        assert refused.status_code == 422, complaint
        assert complaint in words(refused)
        assert 'value="鞠文"' in refused.text
    created = visitor.post("/accounts", form)
    code = CODE.findall(created.text)
    assert len(code) == 1
    assert created.headers["cache-control"] == "no-store"
    assert CODE.search(visitor.get(f"/accounts/{user_id(house, 'gp9')}").text) is None
    newcomer = Visitor(house)
    assert newcomer.sign_in("gp9", code[0]).headers["location"] == "/account/password"
    rows = audited(house, "account")
    assert rows[0]["detail"] == {"change": "create", "account": "gp9", "role": "gp"}
    assert code[0] not in str(rows)


@FRESH_ON_SQLITE
def test_disable_enable_unlock_and_reset(fresh_house: OpenHouse) -> None:
    house, visitor = fresh_house, signed_in(fresh_house, "secadmin")
    doctor, path = signed_in(house, "gp1"), f"/accounts/{user_id(fresh_house, 'gp1')}"
    assert visitor.post(f"{path}/disable").headers["location"] == path
    page = words(visitor.get(path))
    assert "账号已停用" in page
    assert "启用账号" in page
    assert doctor.get("/").status_code == 303
    assert Visitor(house).sign_in("gp1").status_code == 401
    visitor.post(f"{path}/enable")
    assert Visitor(house).sign_in("gp1").status_code == 303
    for _ in range(house.station.settings.lockout_attempts):
        Visitor(house).sign_in("gp1", "wrong")
    assert "已锁定" in words(visitor.get(path))
    visitor.post(f"{path}/unlock")
    assert Visitor(house).sign_in("gp1").status_code == 303
    code = CODE.findall(visitor.post(f"{path}/code").text)
    assert Visitor(house).sign_in("gp1").status_code == 401
    assert Visitor(house).sign_in("gp1", code[0]).headers["location"] == "/account/password"
    changes = [row["detail"]["change"] for row in audited(house, "account")]
    assert changes == ["disable", "enable", "unlock", "one-time-code"]


@FRESH_ON_SQLITE
def test_roles_are_granted_and_ended(fresh_house: OpenHouse) -> None:
    house, visitor = fresh_house, signed_in(fresh_house, "secadmin")
    doctor, path = signed_in(house, "gp1"), f"/accounts/{user_id(fresh_house, 'gp1')}"
    form = {"role": "station_head", "from_on": "20261123", "to_on": ""}
    assert visitor.post(f"{path}/roles", form).status_code == 303
    assert "全科医生、站长" in words(doctor.get("/"))
    for wrong, complaint in (
        ({**form, "role": "auditor"}, "不能兼任业务角色"),
        ({**form, "from_on": "gestern"}, "日期应写成"),
        ({**form, "role": "nurse", "to_on": "2020-01-01"}, "结束日期应晚于开始日期"),
        ({**form}, "已有“站长”角色"),
    ):
        refused = visitor.post(f"{path}/roles", wrong)
        assert refused.status_code == 422, complaint
        assert complaint in words(refused)
    assert visitor.post(f"{path}/roles/end", {"role": "gp"}).status_code == 303
    assert visitor.post(f"{path}/roles/end", {"role": "gp"}).status_code == 404
    visitor.post(f"{path}/roles/end", {"role": "station_head"})
    assert doctor.get("/residents").status_code == 403
    changes = [(r["detail"]["change"], r["detail"]["role"]) for r in audited(house, "account")]
    assert changes == [
        ("grant-role", "station_head"),
        ("end-role", "gp"),
        ("end-role", "station_head"),
    ]


@FRESH_ON_SQLITE
def test_an_account_is_moved_and_sees_the_new_institution_only(fresh_house: OpenHouse) -> None:
    house, visitor = fresh_house, signed_in(fresh_house, "secadmin")
    doctor, path = signed_in(house, "gp1"), f"/accounts/{user_id(fresh_house, 'gp1')}"
    assert doctor.get("/residents/wang-xiaoming").status_code == 200
    choices = visitor.get(path).text.partition("/organisation")[2]
    assert 'value="station-2"' in choices
    assert 'value="station-1"' not in choices
    refused = visitor.post(f"{path}/organisation", {"organisation": "x"})
    assert refused.status_code == 422
    assert words(refused).count("请选择机构") == 2
    assert audited(house, "account") == []
    english = visitor.post("/language", {"language": "en", "return_to": _way_back(refused)})
    assert english.headers["Location"] == path
    visitor.post("/language", {"language": "zh_CN"})
    visitor.post(f"{path}/organisation", {"organisation": "station-2"})
    assert "账号已调往新机构" in words(visitor.get(path))
    assert doctor.get("/residents/wang-xiaoming").status_code == 404
    assert doctor.get("/residents/zhao-lei").status_code == 200
    (row,) = audited(house, "account")
    moved = {"before": "station-1", "organisation": "station-2"}
    assert row["detail"] == {"change": "move", "account": "gp1", **moved}


def _way_back(page: httpx2.Response) -> str:
    """Where the choice of another language leads from a page."""
    found = re.search(r'name="return_to" value="([^"]*)"', page.text)
    assert found is not None
    return found[1]


@FRESH_ON_SQLITE
def test_nobody_changes_the_own_account(fresh_house: OpenHouse) -> None:
    house, visitor = fresh_house, signed_in(fresh_house, "secadmin")
    path = f"/accounts/{user_id(house, 'secadmin')}"
    assert "这是您自己的账号" in words(visitor.get(path))
    for action, form in (
        ("organisation", {"organisation": "station-1"}),
        ("disable", {}), ("enable", {}), ("unlock", {}), ("code", {}),
        ("roles", {"role": "gp", "from_on": "2026-11-23"}),
        ("roles/end", {"role": "security_admin"}),
    ):  # fmt: skip
        answer = visitor.post(f"{path}/{action}", form)
        assert answer.status_code == 409, action
        assert "不能改动自己的账号" in words(answer)
    assert visitor.get("/accounts").status_code == 200


@ON_SQLITE
def test_a_refused_change_leaves_no_trace_in_the_account(house: OpenHouse, spare: str) -> None:
    visitor = signed_in(house, "secadmin")
    before = len(audited(house, "account"))
    visitor.post(f"/accounts/{spare}/roles", {"role": "auditor", "from_on": "2026-11-23"})
    with house.database.reading() as connection:
        held = accounts.roles_on(connection, user_id=spare, day=house.clock.today())
        assert sign_in.locked_until(connection, name="spare", now=house.clock.now()) is None
    assert Role.AUDITOR not in held
    assert len(audited(house, "account")) == before


@FRESH_ON_SQLITE
def test_the_auditor_reads_filters_and_exports(fresh_house: OpenHouse) -> None:
    house = fresh_house
    by_the_form(house, "gp1").get("/residents/wang-xiaoming")
    by_the_form(house, "nurse1").get("/residents/li-na")
    audited(house, "read")
    visitor = by_the_form(house, "auditor")
    everything = words(visitor.get("/audit"))
    assert "gp1" in everything
    assert "nurse1" in everything
    by_user = words(filtered(visitor, user="gp1"))
    assert "于海宁" in by_user
    assert "曲晓梅" not in by_user
    by_patient = words(filtered(visitor, patient="li-na"))
    assert "nurse1" in by_patient
    assert "gp1" not in by_patient
    by_action = words(
        filtered(visitor, **{"action": "sign-in", "from": "2026-11-23", "to": "20261123"})
    )
    assert "gp1" in by_action
    assert "没有符合条件的记录" in words(filtered(visitor, to="2026-11-22"))
    assert "没有符合条件的记录" in words(filtered(visitor, user="nobody"))
    assert "日期应写成" in words(filtered(visitor, **{"from": "gestern"}))
    href = visitor.post("/audit/filter", {"user": "gp1"}).headers["location"]
    taken = export(visitor, href.replace("/audit", "/audit/export"), "年度安全检查")
    assert "于海宁" in sheet(taken.content)
    assert "曲晓梅" not in sheet(taken.content)
    assert export(visitor, "/audit/export", "").status_code == 422
    (exported,) = audited(house, "export")
    assert exported["resource_type"] == "AuditEvent"
    assert exported["detail"]["reason"] == "年度安全检查"
    assert exported["detail"]["query"] == {"user": "gp1"}
    looked = [r for r in audited(house, "search") if r["name"] == "auditor"]
    assert looked[1]["detail"]["query"] == {"user": "gp1"}


def filtered(visitor: Visitor, **typed: str) -> httpx2.Response:
    """What the log shows for these filters."""
    answer = visitor.post("/audit/filter", typed)
    assert answer.status_code == 303
    return visitor.get(answer.headers["location"])


@FRESH_ON_SQLITE
def test_what_the_auditor_looks_for_stands_in_no_address(fresh_house: OpenHouse) -> None:
    """An identity number typed into the filter is sealed, and of no use to anybody else."""
    visitor = signed_in(fresh_house, "auditor")
    number = "330106196503120016"
    assert 'method="post" action="/audit/filter"' in visitor.get("/audit").text
    address = visitor.post("/audit/filter", {"patient": number}).headers["location"]
    assert address.startswith("/audit?filter=")
    assert number not in address
    shown = visitor.get(address).text
    assert f'value="{number}"' in shown
    assert number not in "".join(re.findall(r'(?:href|action)="([^"]*)"', shown))
    assert visitor.post("/audit/filter", {}).headers["location"] == "/audit"
    assert visitor.get("/audit?filter=forged").status_code == 400
    refused = words(filtered(visitor, outcome="refused"))
    assert "没有符合条件的记录" in refused


@FRESH_ON_SQLITE
def test_the_log_is_paged_without_losing_entries(fresh_house: OpenHouse) -> None:
    house = fresh_house
    doctor = signed_in(house, "gp1")
    for _ in range(60):
        doctor.get("/residents/wang-xiaoming")
        house.clock.advance(seconds=1)
    audited(house, "read")
    visitor = signed_in(house, "auditor")
    first = filtered(visitor, action="read", user="gp1")
    href = first.text.split('rel="next" href="')[1].split('"')[0].replace("&amp;", "&")
    second = visitor.get(href)
    assert first.text.count("wang-xiaoming") + second.text.count("wang-xiaoming") == 60
    assert "回到开头" in words(second)


@FRESH_ON_SQLITE
def test_the_log_is_read_from_either_end(fresh_house: OpenHouse) -> None:
    house = fresh_house
    doctor = signed_in(house, "gp1")
    for resident in ("wang-xiaoming", "li-na", "zhang-wei"):
        doctor.get(f"/residents/{resident}")
        house.clock.advance(minutes=1)
    audited(house, "read")
    visitor = signed_in(house, "auditor")
    href = visitor.post("/audit/filter", {"action": "read"}).headers["location"]

    def seen(address: str) -> list[str]:
        text = words(visitor.get(address))
        return re.findall(r"2026-11-23 09:0\d:\d\d gp1 .*?(wang-xiaoming|li-na|zhang-wei)", text)

    oldest = ["wang-xiaoming", "li-na", "zhang-wei"]
    assert seen(href) == oldest[::-1]
    head = visitor.get(href).text.partition("<tbody>")[0]
    assert 'aria-sort="descending"' in head
    upwards = unescape(re.findall(r'href="([^"]*sort=at[^"]*)"', head)[0])
    assert seen(upwards) == oldest
    assert 'aria-sort="ascending"' in visitor.get(upwards).text
    again = visitor.post("/audit/filter", {"action": "read", "sort": "at"}).headers["location"]
    assert seen(again) == oldest
    assert 'name="sort" value="at"' in visitor.get(again).text
    taken = sheet(export(visitor, upwards.replace("/audit", "/audit/export")).content)
    assert taken.index("wang-xiaoming") < taken.index("li-na") < taken.index("zhang-wei")
    assert visitor.get("/audit?sort=user").status_code == 400


@FRESH_ON_SQLITE
def test_the_auditor_finds_no_names_of_residents(fresh_house: OpenHouse) -> None:
    house = fresh_house
    signed_in(house, "gp1").get("/residents")
    audited(house, "search")
    visitor = signed_in(house, "auditor")
    for path in ("/audit", "/institutions", "/staff", "/"):
        assert "王小明" not in visitor.get(path).text


LISTS = [
    ("secadmin", "/accounts", "display", "于海宁", "yuhaining"),
    ("head1", "/staff", "name", "于海宁", "yhn"),
    ("bureau", "/institutions", "name", STATION_1, "海棠"),
]


@FRESH_ON_SQLITE
@pytest.mark.parametrize(("who", "path", "sort", "shown", "typed"), LISTS)
def test_every_list_is_searched_sorted_and_exported(
    fresh_house: OpenHouse, *, who: str, path: str, sort: str, shown: str, typed: str
) -> None:
    house, visitor = fresh_house, signed_in(fresh_house, who)
    everything = visitor.get(path)
    assert f'href="{path}?sort={sort}"' in everything.text
    up = _rows(visitor.get(f"{path}?sort={sort}"))
    down = _rows(visitor.get(f"{path}?sort=-{sort}"))
    assert len(up) == len(_rows(everything)) > 2
    assert sorted(up) == sorted(down)
    assert up != down
    assert visitor.get(f"{path}?sort=phone").status_code == 400
    found = _rows(visitor.get(f"{path}?q={typed}"))
    assert found
    assert all(shown in row for row in found)
    assert len(found) < len(up)
    for nobody in ("zzzz", ".", "'", "·"):
        assert "没有符合条件" in words(visitor.get(path, params={"q": nobody})), nobody
    assert export(visitor, f"{path}/export?q={typed}", "").status_code == 422
    assert audited(house, "export") == []
    taken = sheet(export(visitor, f"{path}/export?q={typed}").content)
    assert shown in taken
    assert "蓬澜市人民医院" not in taken
    (row,) = audited(house, "export")
    assert (row["name"], row["detail"]["reason"]) == (who, REASON)
    assert row["resource_type"] in ("User", "PractitionerRole", "Organization")


def _rows(answer: httpx2.Response) -> list[str]:
    """The rows of the page's table, without its head."""
    assert answer.status_code == 200
    return re.findall(r"<tr>\s*<td.*?</tr>", answer.text, re.DOTALL)


@FRESH_ON_SQLITE
def test_staff_is_read_a_page_at_a_time(fresh_house: OpenHouse) -> None:
    """By the pinyin of the names; who has none comes last; a page costs what it shows."""
    house, visitor = fresh_house, signed_in(fresh_house, "head1")
    given = [chr(0x4E00 + number) for number in range(60)]
    role = {"resourceType": "PractitionerRole", "organization": to("Organization", "station-2")}
    people = [
        {"resourceType": "Practitioner", "id": f"p{n}", "name": [{"text": f"鞠{one}"}]}
        for n, one in enumerate(given)
    ]
    roles = [
        {**role, "id": f"r{n}", "practitioner": to("Practitioner", f"p{n}")}
        for n in range(len(given))
    ]
    nameless = {**role, "id": "r-other", "practitioner": {"display": "临时人员"}}
    house.save(*people, *roles, nameless, as_="platform")
    address = "/staff?organisation=station-2"
    first = visitor.get(f"{address}&sort=name")
    total = int(re.findall(r"本页 50 条，共 (\d+) 条", words(first))[0])
    href = unescape(first.text.split('rel="next" href="')[1].split('"')[0])
    rows = [*_rows(first), *_rows(visitor.get(href))]
    assert len(rows) == len(set(rows)) == total > 60
    names = [re.findall(r"<td[^>]*>(.*?)</td>", row)[0] for row in rows]
    keys = [max(name_keys(name), key=len) for name in names[:-1]]
    assert keys == sorted(keys)
    assert names[-1] == "临时人员"
    downwards = visitor.get(f"{address}&sort=-name&page=2")
    assert names[0] in words(downwards)
    assert len(_rows(visitor.get(f"{address}&q=鞠"))) == 50
    assert "共 60 条" in words(visitor.get(f"{address}&q=ju"))
    taken = sheet(export(visitor, "/staff/export?organisation=station-2").content)
    assert [name for name in names if name not in taken] == []


@FRESH_ON_SQLITE
def test_long_lists_are_paged(fresh_house: OpenHouse) -> None:
    house = fresh_house
    with house.database.writing() as connection:
        for number in range(60):
            accounts.create_user(
                connection,
                name=f"more{number:02d}",
                display="鞠文",
                organisation_id="station-2",
                now=house.clock.now(),
            )
    visitor = signed_in(house, "secadmin")
    first = visitor.get("/accounts?q=more&sort=-name")
    assert "本页 50 条，共 60 条" in words(first)
    href = first.text.split('rel="next" href="')[1].split('"')[0].replace("&amp;", "&")
    second = visitor.get(href)
    assert "本页 10 条，共 60 条" in words(second)
    assert "回到开头" in words(second)
    assert [len(_rows(answer)) for answer in (first, second)] == [50, 10]
    assert "more59" in _rows(first)[0]
    assert "more00" in _rows(second)[-1]
    for typed in ("0", "-1", "x", "99999", "9" * 50):
        assert visitor.get(f"/accounts?page={typed}").status_code == 200
