"""A referral that began in a programme and came back into another one, with the dates by hand.

chronic-disease.md §1.6 and referral.md §6: the outcome within 14 days, the first contact after a
routine return within 7 days; what is done leaves the due list.
"""

from decimal import Decimal
from html import unescape
from typing import Any, Final

from kernel.fhir.store import Draft
from referral.moving.services import Step, move
from referral.states import Event, State
from tests.cast import LOINC, coded
from tests.pages.browsing import signed_in, words
from tests.referrals.playing import COORDINATOR, LETTER, Players, departments, document
from tests.scenarios.story import Story
from tests.support.house import FRESH_ON_SQLITE, OpenHouse

WHO: Final = "chen-hong"
LETTER_ID: Final = "r1-letter"
PRESSURE: Final[dict[str, Any]] = {
    "symptoms": ("1",), "height": Decimal("168.0"), "weight": Decimal("70.0"), "heart-rate": 72,
    "smoking-daily": 0, "alcohol-daily": Decimal(0), "exercise-times": 5, "exercise-minutes": 30,
    "salt": "2", "psych": "1", "compliance": "1", "adherence": "1", "adr": "1", "education": "2",
}  # fmt: skip


def pressure(story: Story, day: str, systolic: int, diastolic: int) -> tuple[str, ...]:
    """A visit of hypertension."""
    values = {**PRESSURE, "systolic": systolic, "diastolic": diastolic}
    return story.answers("hypertension", day, values)


def page(house: OpenHouse, tab: str = "coming") -> str:
    """gp1's due list, of whom we talk."""
    return signed_in(house, "gp1").get(f"/due?tab={tab}").text


@FRESH_ON_SQLITE
def test_out_and_back_into_another_programme(fresh_house: OpenHouse) -> None:
    house = fresh_house
    departments(house)
    story, played = Story(house, WHO), Players(house)
    managed_and_referred(story, played)
    at_the_hospital(story, played)
    back_on_the_due_list(story, played)
    followed_up_and_closed(story, played)


def managed_and_referred(story: Story, played: Players) -> None:
    """Two visits out of control: the norm asks to refer, and the doctor does."""
    story.on("2027-03-01")
    story.moves_in("陈红", "female", "1970-05-05", "2027-03-01")
    story.diagnosed("I10", "2027-03-01", "原发性高血压")
    story.enrolled("hypertension", "2027-03-01")
    assert pressure(story, "2027-03-01", 156, 94)[1] == "adjust"
    assert pressure(story, "2027-03-15", 154, 92)[1] == "refer"
    assert "hypertension referral-outcome 2027-03-29" in story.due()
    played.refer("r1", WHO, status="draft", programme="hypertension")
    assert played.state("r1") is State.DRAFT
    played.bring("r1", State.SUBMITTED)
    doubles = [one for one in story.due() if "referral-outcome" in one]
    assert doubles == ["hypertension referral-outcome 2027-03-29"], "the programme asks already"


def at_the_hospital(story: Story, played: Players) -> None:
    """Taken, seen, and offered back with a letter, to rehabilitate (L3)."""
    story.on("2027-03-16")
    played.bring("r1", State.IN_CARE)
    story.on("2027-03-22")
    letter = document(LETTER_ID, WHO, COORDINATOR, type_=LETTER, title="双向转诊（回转）单")
    plan = '<div xmlns="http://www.w3.org/1999/xhtml">每周三次床旁训练</div>'
    rehabilitation = {
        "title": "康复建议",
        "code": coded(LOINC, "8653-8"),
        "text": {"status": "generated", "div": plan},
    }
    letter["section"].append(rehabilitation)
    outputs = ((f"Composition/{LETTER_ID}", "回转单"),)
    step = Step(Event.OFFER_BACK, State.BACK_OFFERED, reason="L3", outputs=outputs)
    with story.house.station.write(played.actor("coord1")) as work:
        move(work, "r1", step, beside=[Draft(letter, LETTER_ID)])
    assert not [one for one in story.due() if "return-contact" in one], "not accepted yet"


def back_on_the_due_list(story: Story, played: Players) -> None:
    """Accepted on Monday 22nd, routine: within 7 days, in the programme of the plan."""
    played.bring("r1", State.BACK_ACCEPTED)
    assert "rehabilitation return-contact 2027-03-29" in story.due()
    text = page(story.house)
    assert "转回后首次随访（康复）" in text
    assert "/referrals/r1" in text, "nobody is in the programme yet: its referral proposes it"
    doctor = signed_in(story.house, "gp1")
    proposed = doctor.get("/referrals/r1").text
    assert "建议纳入康复管理" in proposed
    assert f"/residents/{WHO}/programmes/rehabilitation/enrol" in proposed
    story.enrolled("rehabilitation", "2027-03-22")
    assert "在康复管理中完成首次随访" in doctor.get("/referrals/r1").text
    form = words(doctor.get(f"/residents/{WHO}/follow-ups/new?programmes=rehabilitation"))
    assert "医院转回后的安排" in form
    assert "每周三次床旁训练" in form
    text = page(story.house)
    assert "/referrals/r1" not in text
    assert "/residents/chen-hong/follow-ups/new?programmes=rehabilitation" in unescape(text)


def followed_up_and_closed(story: Story, played: Players) -> None:
    """A regular visit is the first contact; the doctor reads the letter and closes."""
    pressure(story, "2027-03-25", 132, 82)
    assert played.state("r1") is State.FOLLOWED_UP
    row = played.outcome_row("r1")
    assert (row.known, row.finding, str(row.found_on)) == (True, "1", "2027-03-25")
    assert not [one for one in story.due() if "return" in one or "outcome" in one]
    played.bring("r1", State.CLOSED)
    assert "/referrals/r1" not in page(story.house)
