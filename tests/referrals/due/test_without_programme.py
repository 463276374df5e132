"""Referrals that no programme asked for: outcome and return are work of the station too."""

from datetime import date
from decimal import Decimal
from html import unescape

from kernel.clock import local_date
from kernel.fhir import json
from referral.states import State
from tests.due.people import due
from tests.followups.sending import follow_up, put
from tests.pages.browsing import signed_in, words
from tests.referrals.playing import WHO, Players, departments
from tests.support.house import FRESH_ON_SQLITE, OpenHouse


def tasks(house: OpenHouse, by: str) -> list[tuple[str, str, str]]:
    """The due list over the API: activity, deadline, what it is about."""
    answer = house.client("gp1").get(f"Task/$due-list?due-before={by}")
    entries = json.loads(answer.content).get("entry", ())
    found = (one["resource"] for one in entries)
    return [
        (
            one["code"]["coding"][0]["code"],
            one["executionPeriod"]["end"],
            one["focus"]["reference"],
        )
        for one in found
    ]


@FRESH_ON_SQLITE
def test_its_outcome_stands_on_the_list_until_it_is_known(fresh_house: OpenHouse) -> None:
    played = Players(fresh_house)
    played.refer("r1", disease="general")
    found = [("referral-outcome", "2026-12-07", "Task/r1-followup")]
    assert tasks(fresh_house, "2026-12-31") == found
    assert tasks(fresh_house, "2026-12-06") == []
    played.follow_up("r1", "2")  # in hospital: again after 14 days
    assert tasks(fresh_house, "2026-12-31") == found
    played.follow_up("r1", "1")
    assert tasks(fresh_house, "2026-12-31") == []


@FRESH_ON_SQLITE
def test_its_return_is_one_item_that_leads_to_it(fresh_house: OpenHouse) -> None:
    house, played = fresh_house, Players(fresh_house)
    departments(house)
    due(house, WHO, 3, "diabetes")
    played.refer("r1", disease="general", urgency="urgent")
    played.bring("r1", State.FEEDBACK_SENT)
    day = local_date(played.row("r1").due_at).isoformat()
    assert day == "2026-11-26", "urgent: within three days"
    page = signed_in(house, "gp1").get("/due?tab=coming")
    assert "转回后首次随访" in words(page)
    assert words(page).count("转诊结果随访") == 1, "a filter; the first contact stands for both"
    assert "合并随访" not in words(page), "one form of ours"
    assert 'href="/referrals/r1"' in unescape(page.text)
    played.follow_up("r1")
    assert "/referrals/r1" not in signed_in(house, "gp1").get("/due?tab=coming").text


@FRESH_ON_SQLITE
def test_only_a_visit_in_its_own_programme_settles_it(fresh_house: OpenHouse) -> None:
    house, played = fresh_house, Players(fresh_house)
    departments(house)
    due(house, WHO, 0, "hypertension")
    due(house, WHO, 0, "diabetes")
    played.refer("r1", WHO, disease="hypertension")
    played.bring("r1", State.BACK_ACCEPTED)
    expected = ("return-contact", "2026-11-30", "Task/r1-task")
    assert expected in tasks(house, "2026-12-31")
    visit = {"visit-date": date(2026, 11, 23), "visit-mode": "1", "systolic": 132, "diastolic": 80}
    sugar = {**visit, "fasting-glucose": Decimal("6.2")}
    put(house, follow_up(WHO, "diabetes", sugar, id="f1"), 201)
    assert played.state("r1") is State.BACK_ACCEPTED
    put(house, follow_up(WHO, "hypertension", visit, id="f2"), 201)
    assert played.state("r1") is State.FOLLOWED_UP
    assert expected not in tasks(house, "2026-12-31")
