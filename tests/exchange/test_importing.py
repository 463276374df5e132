"""A list on its way in: checked, confirmed, taken in slice by slice, taken back."""

from tests.exchange.lists import (
    confirmed,
    person,
    uploaded,
    workbook,
    worked_off,
)
from tests.pages.browsing import signed_in, words
from tests.support.house import OpenHouse


def test_a_list_is_checked_confirmed_and_undone(fresh_house: OpenHouse) -> None:
    head = signed_in(fresh_house, "gp1")
    rows = [person(n, household=True) for n in range(9)]
    address = uploaded(head, workbook(rows))
    page = words(head.get(address))
    assert "无误 9" in page, page
    answer = confirmed(head, address)
    assert answer.status_code == 303, answer.text
    worked_off(fresh_house)
    page = words(head.get(address))
    assert "已导入" in page, page
    found = fresh_house.client("gp1").search("Patient", ("identifier", rows[4][3])).json()
    assert found["entry"][0]["resource"]["name"][0]["text"] == rows[4][0]
    answer = head.post(f"{address}/undo")
    assert answer.status_code == 303, words(answer)
    worked_off(fresh_house)
    page = words(head.get(address))
    assert "已撤销" in page, page
    found = fresh_house.client("gp1").search("Patient", ("identifier", rows[4][3])).json()
    assert "entry" not in found
