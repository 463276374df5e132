"""`Task/$due-list`: the same lines as the page, paged by a link, audited, within the own sight."""

from typing import Any

import pytest

from kernel.fhir import json
from tests.due.people import due, listed
from tests.pages.browsing import audited, signed_in
from tests.support.house import BASE, OpenHouse


@pytest.fixture
def busy(fresh_house: OpenHouse) -> OpenHouse:
    """李娜 is due in two programmes, 张伟 is late, 王小明 comes on Thursday; 赵磊 is elsewhere."""
    house = fresh_house
    due(house, "li-na", 0)
    due(house, "li-na", 5, "diabetes")
    due(house, "zhang-wei", -40)
    due(house, "wang-xiaoming", 3, "diabetes")
    due(house, "zhao-lei", 0, as_="gp2")
    return house


def bundle(house: OpenHouse, query: str = "", who: str = "gp1") -> dict[str, Any]:
    answer = house.client(who).get(f"Task/$due-list{query}")
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = json.loads(answer.content)
    return found


def told(found: dict[str, Any]) -> list[tuple[str, str, str]]:
    """Person, activity and deadline of each Task."""
    tasks = [entry["resource"] for entry in found.get("entry", ())]
    return [
        (
            task["for"]["reference"].removeprefix("Patient/"),
            task["code"]["coding"][0]["code"],
            task["executionPeriod"]["end"],
        )
        for task in tasks
    ]


ALL = [
    ("zhang-wei", "follow-up", "2026-10-14"),
    ("li-na", "follow-up", "2026-11-23"),
    ("wang-xiaoming", "follow-up", "2026-11-26"),
    ("li-na", "follow-up", "2026-11-28"),
]


def test_everything_due_until_sunday_is_a_task(busy: OpenHouse) -> None:
    found = bundle(busy)
    assert (found["type"], found["total"]) == ("searchset", 4)
    assert told(found) == ALL
    task = found["entry"][1]["resource"]
    assert task["status"] == "ready"
    assert task["priority"] == "routine"
    assert task["focus"] == {"reference": "CarePlan/li-na-hypertension-plan"}
    assert task["owner"] == {"reference": "Organization/station-1"}
    assert task["input"][0]["valueCodeableConcept"]["coding"][0]["code"] == "hypertension"
    assert found["entry"][2]["resource"]["status"] == "requested"
    assert found["entry"][0]["fullUrl"].startswith("urn:uuid:")


def test_they_are_the_lines_of_the_page(busy: OpenHouse) -> None:
    visitor = signed_in(busy, "gp1")
    shown = {
        name: href
        for tab in ("overdue", "today", "week")
        for name, href in listed(visitor.get(f"/due?tab={tab}").text).items()
    }
    people = {href.split("/")[2] for href in shown.values()}
    assert people == {person for person, _what, _day in told(bundle(busy))}


def test_each_is_a_valid_task(busy: OpenHouse) -> None:
    for entry in bundle(busy)["entry"]:
        outcome = busy.client("gp1").post("Task/$validate", entry["resource"])
        issues = json.loads(outcome.content)["issue"]
        assert [one for one in issues if one["severity"] in ("error", "fatal")] == []


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("?programme=diabetes", [ALL[2], ALL[3]]),
        ("?due-before=2026-11-23", ALL[:2]),
        ("?due-before=2026-10-13", []),
        ("?organization=Organization/station-1", ALL),
        ("?organization=station-2", []),
    ],
)
def test_filters(busy: OpenHouse, query: str, expected: list[tuple[str, str, str]]) -> None:
    assert told(bundle(busy, query)) == expected


def test_due_before_reaches_as_far_as_it_says(busy: OpenHouse) -> None:
    assert told(bundle(busy, "?due-before=9999-12-31")), "days after that cannot be reckoned with"
    found = told(bundle(busy, "?due-before=2026-12-31"))
    assert ("wang-xiaoming", "examination", "2026-12-31") not in found, "enrolled too late"
    assert set(ALL) <= set(found)


def test_one_page_leads_to_the_next_without_loss(busy: OpenHouse) -> None:
    found, seen, pages = bundle(busy, "?_count=1"), [], 1
    while True:
        seen += told(found)
        onward = [one["url"] for one in found["link"] if one["relation"] == "next"]
        if not onward:
            break
        answer = busy.client("gp1").get(onward[0])
        assert onward[0].startswith(BASE)
        found, pages = json.loads(answer.content), pages + 1
    assert seen == ALL
    assert pages == 4


@pytest.mark.parametrize(
    "query", ["?programme=x", "?due-before=soon", "?_count=0", "?colour=red", "?_cursor=abc"]
)
def test_what_is_not_understood_is_refused(busy: OpenHouse, query: str) -> None:
    assert busy.client("gp1").get(f"Task/$due-list{query}").status_code == 400


def test_everybody_sees_the_own_residents(busy: OpenHouse) -> None:
    assert {one[0] for one in told(bundle(busy, who="gp2"))} == {"zhao-lei"}
    assert len(told(bundle(busy, who="centre1"))) == 5
    of_one = bundle(busy, "?organization=station-2", who="platform")
    assert {one[0] for one in told(of_one)} == {"zhao-lei"}
    assert busy.client("platform").get("Task/$due-list").status_code == 400, "a whole city"
    for who in ("bureau", "auditor", "coord1"):
        assert busy.client(who).get("Task/$due-list").status_code == 403


def test_it_is_declared_and_audited(busy: OpenHouse) -> None:
    metadata = json.loads(busy.client("gp1").get("metadata").content)
    (task,) = [one for one in metadata["rest"][0]["resource"] if one["type"] == "Task"]
    assert "due-list" in [one["name"] for one in task["operation"]]
    bundle(busy, "?programme=diabetes")
    (row,) = audited(busy, "operation")
    assert (row["name"], row["resource_type"]) == ("gp1", "Task")
    assert "due-list" in row["detail"]["path"]
