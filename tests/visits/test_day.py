"""Today's list: sorted, of one doctor, and with the examinations of the day as what they are."""

import re

import pytest

from tests.examinations.entry import doctor_of, entered, resource
from tests.pages.browsing import signed_in, words
from tests.support.house import OpenHouse
from tests.visits.test_pages import begun, register


def names(text: str) -> list[str]:
    """Who stands in the list, from the first row to the last."""
    return re.findall(r'class="row-link" href="[^"]+">([^<]+)</a>', text)


def test_an_examination_stands_there_as_what_it_is(fresh_house: OpenHouse) -> None:
    house, doctor = fresh_house, signed_in(fresh_house, "gp1")
    id_ = entered(doctor)
    shown = doctor.get("/visits")
    assert names(shown.text) == ["李娜"]
    assert f'href="/examinations/{id_}"' in shown.text
    assert "体检 " in words(shown)[words(shown).index("李娜") :]
    assert "已完成 1" in words(shown)
    visit = resource(house, f"QuestionnaireResponse/{id_}")["encounter"]["reference"]
    address = f"/visits/{visit.removeprefix('Encounter/')}"
    assert address not in shown.text, "nobody is led to write a note"
    assert address not in doctor.get("/").text
    assert f'href="/examinations/{id_}"' in doctor.get("/").text
    assert doctor.get(address).headers["location"] == f"/examinations/{id_}"
    doctor.get("/visits")
    assert doctor.post(f"/examinations/{id_}/cancel", {"reason": "录错了人"}).status_code == 303
    assert names(doctor.get("/visits").text) == [], "what was taken back is no service of today"


def test_a_draft_and_an_examination_of_another_day_are_not_there(fresh_house: OpenHouse) -> None:
    doctor = signed_in(fresh_house, "gp1")
    entered(doctor, **{"exam-date": "2026-11-20"})
    assert names(doctor.get("/visits").text) == []


def test_a_visit_that_is_over_stays_a_visit(house: OpenHouse) -> None:
    doctor = signed_in(house, "gp1")
    assert doctor.get("/visits/li-na-visit").status_code == 200


@pytest.fixture
def three(fresh_house: OpenHouse) -> OpenHouse:
    """王小明 and 李娜 wait, 张伟 is with the doctor."""
    house = fresh_house
    nurse = signed_in(house, "nurse1")
    for resident in ("wang-xiaoming", "li-na"):
        register(nurse, resident, reason="")
        house.clock.advance(minutes=1)
    begun(signed_in(house, "gp1"), "zhang-wei")
    return house


def test_the_list_is_sorted_by_what_is_asked(three: OpenHouse) -> None:
    nurse = signed_in(three, "nurse1")

    def shown(query: str) -> list[str]:
        return names(nurse.get(f"/visits{query}").text)

    assert shown("") == ["张伟", "王小明", "李娜"], "who is in the room comes first"
    assert shown("?sort=since") == ["王小明", "李娜", "张伟"]
    assert shown("?sort=-since") == ["张伟", "李娜", "王小明"]
    assert shown("?sort=name") == ["李娜", "王小明", "张伟"], "by pinyin"
    assert shown("?sort=birth_date") == ["张伟", "李娜", "王小明"], "the oldest first"
    assert shown("?sort=name&state=arrived") == ["李娜", "王小明"]
    assert nurse.get("/visits?sort=reason").status_code == 400
    page = nurse.get("/visits?sort=name&state=arrived").text
    assert "/visits?state=in-progress&amp;sort=name" in page, "the order stays"


def test_a_doctor_sees_the_own_patients(three: OpenHouse) -> None:
    nurse, doctor = signed_in(three, "nurse1"), doctor_of(three)
    own = nurse.get(f"/visits?doctor={doctor}")
    assert names(own.text) == ["张伟"]
    assert "全部 1" in words(own)
    assert names(nurse.get("/visits?doctor=none").text) == ["王小明", "李娜"]
    nothing = words(nurse.get(f"/visits?doctor={doctor}&state=finished"))
    assert "没有符合条件的就诊" in nothing
    assert nurse.get("/visits?doctor=somebody").status_code == 400
    assert "按医生" in own.text
