"""The pages: the warning while typing, the list, the review, merging by one and by two, undoing."""

from typing import Any

import pytest

from records.households.codes import HEAD
from tests.cast import RESIDENTS, patient
from tests.duplicates.people import GONE, KEEP, NUMBER, body_of, household, two_files
from tests.duplicates.test_pairs import looked
from tests.pages.browsing import REASON, Visitor, audited, export, signed_in, words
from tests.support.house import FRESH_ON_SQLITE, ON_SQLITE, OpenHouse

ZHAO = RESIDENTS["zhao-lei"]["identifier"][0]["value"]
HERE = f"/duplicates/{KEEP}/{GONE}"


def warned(visitor: Visitor, **typed: str) -> Any:
    return visitor.post("/residents/suspects", typed, headers={"HX-Request": "true"})


def test_the_warning_shows_little_of_a_stranger(house: OpenHouse) -> None:
    answer = warned(signed_in(house, "gp1"), name="赵雷", birth_date="19900707", sex="male")
    text = words(answer)
    assert "可能已经建过档案" in text
    assert "赵*" in text
    assert "1990 年生" in text
    assert "姓名读音相近；出生日期相同" in text
    assert "社区卫生服务站" in text
    assert 'href="/moves/new"' in answer.text
    for secret in ("赵磊", "zhao-lei", ZHAO, ZHAO[-4:], "13900020001", "07-07"):
        assert secret not in answer.text
    assert "<html" not in answer.text


def test_the_warning_links_to_ones_own(house: OpenHouse) -> None:
    answer = warned(
        signed_in(house, "nurse1"), number=f" {RESIDENTS['li-na']['identifier'][0]['value']}"
    )
    assert 'href="/residents/li-na"' in answer.text
    assert "李娜" in answer.text
    assert "这个证件号码已经建过档案" in answer.text


@FRESH_ON_SQLITE
def test_a_number_tells_the_day_of_birth(fresh_house: OpenHouse) -> None:
    """Whose file has no number is found by name and by what the card says."""
    fresh_house.save(patient("钱进", "male", "1960-05-06", id="bare"))
    answer = warned(signed_in(fresh_house, "gp1"), name="钱金", number=NUMBER)
    assert 'href="/residents/bare"' in answer.text


@pytest.mark.parametrize(
    "typed",
    [
        {}, {"name": "赵磊"}, {"number": "3799"}, {"phone": "139"}, {"birth_date": "1990-13-77"},
        {"name": "<script>", "address": "%", "sex": "x", "id": "\u0000"[:0]},
        {"name": "李娜", "birth_date": "1962-11-30", "id": "li-na"},
    ],
)  # fmt: skip
def test_nothing_is_said_where_nobody_is_suspected(house: OpenHouse, typed: dict[str, str]) -> None:
    answer = warned(signed_in(house, "gp1"), **typed)
    assert answer.status_code == 200
    assert words(answer) == ""


def test_looking_is_recorded_with_whom_it_showed(fresh_house: OpenHouse) -> None:
    warned(signed_in(fresh_house, "gp1"), name="赵磊", birth_date="1990-07-07")
    [row] = audited(fresh_house, "search")
    assert row["patient_id"] == "zhao-lei" or "zhao-lei" in str(row["detail"])
    assert row["detail"]["query"]["name"] == "赵磊"


@ON_SQLITE
def test_who_may_not_review_sees_nothing(house: OpenHouse) -> None:
    for name in ("nurse1", "coord1", "bureau", "sysadmin", "auditor"):
        visitor = signed_in(house, name)
        assert visitor.get("/duplicates").status_code == 403, name
        assert visitor.get("/duplicates/li-na/zhang-wei").status_code == 403, name
    assert warned(signed_in(house, "coord1"), name="赵磊").status_code == 403
    assert signed_in(house, "gp1").get("/duplicates/li-na/zhao-lei").status_code == 404
    assert signed_in(house, "gp1").get("/duplicates/li-na/li-na").status_code == 422


def test_an_empty_list(fresh_house: OpenHouse) -> None:
    assert "没有等待核对的疑似重复档案" in words(signed_in(fresh_house, "gp1").get("/duplicates"))


def test_the_list_leads_to_the_review(fresh_house: OpenHouse) -> None:
    house = fresh_house
    two_files(house)
    again = patient("赵磊", "male", "1990-07-07", id="again")
    house.save(again)
    looked(house)
    visitor = signed_in(house, "gp1")
    answer = visitor.get("/duplicates")
    text = words(answer)
    assert f'href="/duplicates/{GONE}/{KEEP}"' in answer.text
    assert "钱进" in text
    assert "证件号码相同" in text
    assert "赵*" in text, "half of the pair is a stranger's"
    assert "1990 年生" in text
    assert ZHAO not in answer.text
    review = visitor.get(HERE)
    text = words(review)
    assert "钱进" in text
    assert "钱金" in text
    assert NUMBER in text, "to be compared digit by digit"
    assert "1960-05-06" in text
    assert "不同" in text
    assert "只有一份填写" in text
    assert len(audited(house, "reveal")) == 1


def test_two_people_are_marked(fresh_house: OpenHouse) -> None:
    house = fresh_house
    two_files(house)
    house.save(patient("赵磊", "male", "1990-07-07", id="again"))
    looked(house)
    visitor = signed_in(house, "gp1")
    visitor.get("/duplicates")
    for address in (HERE, "/duplicates/again/zhao-lei"):
        answer = visitor.post(f"{address}/distinct")
        assert answer.status_code == 303
        assert answer.headers["location"] == "/duplicates"
    text = words(visitor.get("/duplicates"))
    assert "已标为不是同一人" in text
    assert "没有等待核对的疑似重复档案" in text


def test_one_merges_where_the_number_is_the_same_and_undoes(fresh_house: OpenHouse) -> None:
    house = fresh_house
    two_files(house)
    visitor = signed_in(house, "gp1")
    visitor.get(HERE)
    form = {"keep": KEEP, "field-name": GONE, "field-born": KEEP, "field-document": KEEP}
    answer = visitor.post(f"{HERE}/merge", form)
    assert answer.headers["location"] == f"/residents/{KEEP}"
    page = visitor.get(answer.headers["location"])
    text = words(page)
    assert "两份档案已合并" in text
    assert body_of(house, f"Patient/{KEEP}")["name"][0]["text"] == "钱金"
    assert body_of(house, f"Patient/{KEEP}")["birthDate"] == "1960-05-06"
    gone = visitor.get(f"/residents/{GONE}")
    assert f'href="/residents/{KEEP}"' in gone.text
    assert "已并入另一份" in words(gone)
    found = visitor.post("/residents/search", {"q": NUMBER})
    assert found.headers["location"] == f"/residents/{KEEP}", "the merged one is not in the way"
    undo = _undo_of(visitor.get("/duplicates").text)
    assert undo in page.text
    answer = visitor.post(undo)
    assert answer.headers["location"] == f"/residents/{KEEP}"
    assert "合并已撤销" in words(visitor.get(f"/residents/{KEEP}"))
    assert "已并入" not in words(visitor.get(f"/residents/{GONE}"))
    again = visitor.post(undo)
    assert again.status_code == 409
    assert "这次合并已经撤销" in words(again)


def _undo_of(html: str) -> str:
    mark = 'action="/duplicates/merges/'
    return "/duplicates/merges/" + html.partition(mark)[2].partition('"')[0]


def test_without_a_common_number_another_one_confirms(fresh_house: OpenHouse) -> None:
    house = fresh_house
    two_files(house, number=None)
    first, second = signed_in(house, "gp1"), signed_in(house, "head1")
    assert "提出合并" in words(first.get(HERE))
    answer = first.post(f"{HERE}/merge", {"keep": KEEP, "field-name": GONE})
    assert answer.headers["location"] == HERE
    text = words(first.get(HERE))
    assert "已提出合并，等待另一位工作人员核对后确认" in text
    assert "确认合并" not in text
    own = first.post(f"{HERE}/confirm")
    assert own.status_code == 422
    assert "须由一人提出，另一位工作人员核对后确认" in words(own)
    assert "等待您确认" in words(second.get("/duplicates"))
    text = words(second.get(HERE))
    assert "于海宁" in text
    assert "确认合并" in text
    answer = second.post(f"{HERE}/confirm")
    assert answer.headers["location"] == f"/residents/{KEEP}"
    assert body_of(house, f"Patient/{KEEP}")["name"][0]["text"] == "钱金"


def test_a_proposal_is_refused(fresh_house: OpenHouse) -> None:
    house = fresh_house
    two_files(house, number=None)
    first, second = signed_in(house, "gp1"), signed_in(house, "head1")
    first.post(f"{HERE}/merge", {"keep": GONE})
    answer = second.post(f"{HERE}/withdraw")
    assert answer.headers["location"] == HERE
    assert "合并申请已撤回" in words(second.get(HERE))
    assert second.post(f"{HERE}/confirm").status_code == 422


def test_what_stands_against_it_is_told_before(fresh_house: OpenHouse) -> None:
    house = fresh_house
    two_files(house)
    looked(house)
    visitor = signed_in(house, "centre1")
    answer = visitor.get(f"/duplicates/{KEEP}/zhao-lei")
    assert "由不同机构管理" in words(answer)
    assert 'name="keep"' not in answer.text
    refused = visitor.post(f"/duplicates/{KEEP}/zhao-lei/merge", {"keep": KEEP})
    assert refused.status_code == 422
    assert "由不同机构管理" in words(refused)


@FRESH_ON_SQLITE
def test_a_refused_merge_keeps_what_was_chosen(fresh_house: OpenHouse) -> None:
    house = fresh_house
    two_files(house)
    house.save(household("other", (KEEP, HEAD)))
    visitor = signed_in(house, "gp1")
    visitor.get(HERE)
    answer = visitor.post(f"{HERE}/merge", {"keep": KEEP, "field-name": GONE, "field-born": GONE})
    assert answer.status_code == 422
    assert "更换户主" in words(answer)
    for name in ("field-name", "field-born"):
        assert f'name="{name}" value="{GONE}" aria-describedby="{name}" checked' in answer.text


@FRESH_ON_SQLITE
def test_nonsense_is_refused(fresh_house: OpenHouse) -> None:
    house = fresh_house
    two_files(house)
    visitor = signed_in(house, "gp1")
    visitor.get(HERE)
    assert visitor.post(f"{HERE}/merge", {}).status_code == 422
    assert visitor.post(f"{HERE}/merge", {"keep": "li-na"}).status_code == 422
    assert visitor.post(f"/duplicates/merges/{KEEP}-told/undo").status_code == 404
    assert visitor.post("/duplicates/merges/nothing/undo").status_code == 404
    assert visitor.get("/duplicates?cursor=x").status_code == 400


def test_the_list_is_taken_away_for_a_reason(fresh_house: OpenHouse) -> None:
    house = fresh_house
    two_files(house)
    looked(house)
    visitor = signed_in(house, "gp1")
    assert visitor.post("/duplicates/export").status_code == 422
    answer = export(visitor, "/duplicates/export", REASON)
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("application/vnd.openxmlformats")


def test_a_long_list_is_paged(fresh_house: OpenHouse) -> None:
    house = fresh_house
    people = [
        patient(f"{surname}{given}", "male", f"19{n:02d}-05-06", id=f"{k}{n}")
        for n, surname in enumerate("钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦尤许何吕施", 30)
        for k, given in enumerate("进近")
    ]
    house.save(*people)
    looked(house)
    visitor = signed_in(house, "gp1")
    answer = visitor.get("/duplicates")
    assert "本页 20 条，共 22 条" in words(answer)
    address = answer.text.partition('rel="next" href="')[2].partition('"')[0]
    assert "本页 2 条，共 22 条" in words(visitor.get(address.replace("&amp;", "&")))
