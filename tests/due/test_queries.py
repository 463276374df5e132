"""The page's lines, which the database groups, are those that the pure functions gather."""

from datetime import timedelta
from random import Random
from typing import Any

from health.declare import Action, Activity
from health.due.queries import DueQuery, list_due, list_rows
from health.due.rows import Tab, shown_until, spans
from health.plans import ACTION, ACTIVITIES
from records.api import CARE_KIND
from tests.cast import MINE, to
from tests.due.people import TODAY
from tests.support.house import OpenHouse

PROGRAMMES = ("hypertension", "diabetes")


def plan(person: str, programme: str, chance: Random) -> dict[str, Any]:
    """A plan with an activity or two, each by any day and as urgent as chance has it."""
    details = [
        {
            "extension": [{"url": ACTION, "valueCode": chance.choice(list(Action)).value}],
            "code": {
                "coding": [{"system": ACTIVITIES, "code": chance.choice(list(Activity)).value}]
            },
            "status": "scheduled",
            "scheduledPeriod": {"end": str(TODAY + timedelta(days=chance.randint(-3, 30)))},
        }
        for _number in range(chance.randint(1, 2))
    ]
    return {
        "resourceType": "CarePlan",
        "id": f"{person}-{programme}",
        "status": "active",
        "intent": "plan",
        "category": [{"coding": [{"system": CARE_KIND, "code": programme}]}],
        "subject": to("Patient", person),
        "activity": [{"detail": detail} for detail in details],
    }


def test_grouped_by_the_database_or_by_hand(fresh_house: OpenHouse) -> None:
    house, chance = fresh_house, Random(20261123)  # noqa: S311 - nothing secret
    severe = 0
    for _round in range(25):
        house.save(*(plan(person, name, chance) for person in MINE for name in PROGRAMMES))
        with house.station.read(house.actor("gp1")) as work:
            every = list_rows(work, DueQuery(), until=shown_until(TODAY))
            for tab, (begin, end) in spans(TODAY).items():
                found = list_due(work, DueQuery(tab=tab), most=50)
                by_hand = [row for row in every if begin <= row.due_on <= end]
                assert found.counts[tab] == len(by_hand), tab
                wanted = sorted(by_hand, key=lambda row: (-row.severity, row.due_on, row.person))
                told = [(row.person, row.due_on, row.items) for row in found.rows]
                assert told == [(row.person, row.due_on, row.items) for row in wanted], tab
                severe += sum(row.severity > 0 for row in wanted if tab is Tab.COMING)
    assert severe > 5, "chance has tried what is looked at one by one"
