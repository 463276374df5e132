"""Opened, confirmed, closed, opened again, voided: health-record.md §13.1, §13.2, §14."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from kernel.errors import Refused
from kernel.fhir.store import Draft, save
from kernel.ids import uuid7
from records.life.closing import Attempt, Closing, months_after
from records.life.provenance import facts_of
from records.life.services import close_file, confirm_file, open_file, reopen_file, void_file
from records.life.states import state_of, with_state
from records.reading import record_number_of
from tests.cast import encounter, to
from tests.life.people import COMMITTEE, TODAY, days_ago, fact, filed, intervals, person, working
from tests.support.answers import refusal
from tests.support.house import OpenHouse

ATTEMPTS = (
    Attempt(days_ago(150), "电话"),
    Attempt(days_ago(90), "上门"),
    Attempt(days_ago(40), "居委会代为联系"),
)
CLOSINGS = {
    "1": Closing("1", days_ago(3), cause="脑卒中"),
    "2": Closing("2", days_ago(3), destination="青岛市市南区", handover="当面交本人复印件"),
    "3": Closing("3", days_ago(3), attempts=ATTEMPTS),
    "4": Closing("4", days_ago(3), signed_on=days_ago(5)),
    "9": Closing("9", days_ago(3), note="重复建档，已并入另一份"),
}
STATES = {"1": "closed-dead", "2": "closed-moved", "3": "closed-lost", "4": "closed-refused",
          "9": "closed-other"}  # fmt: skip


def body_of(house: OpenHouse, id_: str, as_: str = "gp1") -> dict[str, Any]:
    found: dict[str, Any] = house.client(as_).get(f"Patient/{id_}").json()
    return found


def close(house: OpenHouse, id_: str, closing: Closing, as_: str = "gp1") -> None:
    with working(house, as_) as work:
        close_file(work, id_, closing)


def refused(house: OpenHouse, id_: str, closing: Closing, as_: str = "gp1") -> Refused:
    with pytest.raises(Refused) as caught:
        close(house, id_, closing, as_)
    return caught.value


def steps(house: OpenHouse, id_: str) -> list[tuple[str, str]]:
    """What was written down of a person's steps: the step and the reason."""
    found = house.client("platform").search("Provenance", ("patient", id_), ("_sort", "recorded"))
    bodies = [entry["resource"] for entry in found.json().get("entry", ())]
    return [
        (b["activity"]["coding"][0]["code"], b.get("reason", [{"text": ""}])[0]["text"])
        for b in bodies
    ]


def test_opening_gives_a_number_a_state_an_institution_and_days(house: OpenHouse) -> None:
    id_ = filed(house, on=days_ago(30))
    body = body_of(house, id_)
    assert record_number_of(body).startswith(COMMITTEE)
    assert state_of(body) == "active"
    assert body["managingOrganization"]["reference"] == "Organization/station-1"
    assert intervals(house, id_) == [("station-1", days_ago(30), None)]
    row = fact(house, id_)
    assert (row["state"], row["organisation_id"], row["committee"]) == (
        "active", "station-1", COMMITTEE,
    )  # fmt: skip
    assert str(row["opened_on"]) == days_ago(30).isoformat()
    assert steps(house, id_) == [("open", "")]


def test_what_is_beside_is_saved_with_it_or_nothing_is(house: OpenHouse) -> None:
    with working(house) as work:
        id_ = uuid7(work.now)
        visit = {**encounter("x", "2026-11-20T09:00:00+08:00"), "subject": to("Patient", id_)}
        open_file(work, person(), id=id_, on=TODAY, beside=(Draft(visit),))
    found = house.client("gp1").search("Encounter", ("patient", id_)).json()
    assert found["total"] == 1 if "total" in found else len(found["entry"]) == 1
    other, bad = uuid7(house.clock.now()), {**visit, "subject": to("Patient", "nobody-at-all")}
    with pytest.raises(Refused), working(house) as work:
        open_file(work, person(), id=other, on=TODAY, beside=(Draft(bad),))
    refusal(house.client("gp1").get(f"Patient/{other}"), 404)


@pytest.mark.parametrize(
    ("on", "others", "name"),
    [
        (date(2026, 11, 24), {}, "opened_on"),
        (date(1970, 5, 5), {}, "opened_on"),
        (TODAY, {"address": [{"text": "无网格地址"}]}, "committee"),
    ],
)
def test_opening_is_refused_by_name(
    house: OpenHouse, on: date, others: dict[str, Any], name: str
) -> None:
    with pytest.raises(Refused) as caught, working(house) as work:
        open_file(work, {**person(), **others}, id=uuid7(work.now), on=on)
    assert caught.value.status == 422
    assert [i.expression for i in caught.value.issues] == [name]


def test_a_draft_has_no_days_until_it_is_confirmed(house: OpenHouse) -> None:
    id_ = filed(house, on=days_ago(9), draft=True)
    assert (body_of(house, id_)["active"], intervals(house, id_)) == (True, [])
    assert fact(house, id_)["state"] == "draft"
    with working(house) as work:
        confirm_file(work, id_)
    assert intervals(house, id_) == [("station-1", days_ago(9), None)]
    assert state_of(body_of(house, id_)) == "active"
    with pytest.raises(Refused) as caught, working(house) as work:
        confirm_file(work, id_)
    assert caught.value.status == 409


@pytest.mark.parametrize("reason", CLOSINGS)
def test_a_file_is_closed_for_each_reason(house: OpenHouse, reason: str) -> None:
    id_, closing = filed(house, on=days_ago(200)), CLOSINGS[reason]
    close(house, id_, closing)
    body = body_of(house, id_)
    assert state_of(body) == STATES[reason]
    assert body["active"] is False
    assert body.get("deceasedDateTime") == (closing.on.isoformat() if reason == "1" else None)
    assert intervals(house, id_) == [("station-1", days_ago(200), closing.on)]
    row = fact(house, id_)
    assert (row["closed_for"], str(row["closed_on"])) == (reason, closing.on.isoformat())
    assert steps(house, id_)[-1] == ("close", closing.told())


def test_what_was_told_stays_readable(house: OpenHouse) -> None:
    id_ = filed(house, on=days_ago(200))
    close(house, id_, CLOSINGS["3"])
    found = house.client("gp1").search("Provenance", ("patient", id_), ("_sort", "-recorded"))
    told = [facts_of(entry["resource"]) for entry in found.json()["entry"]]
    assert [("联系", f"{a.on} {a.how}") for a in ATTEMPTS] in told


SHORT = CLOSINGS["3"].attempts[:2]
HURRIED = (*SHORT, Attempt(days_ago(61), "电话"))
WRONG = [
    (Closing("7", TODAY), ["reason"]),
    (replace(CLOSINGS["2"], destination=""), ["destination"]),
    (replace(CLOSINGS["2"], destination="", handover=" "), ["destination", "handover"]),
    (replace(CLOSINGS["3"], attempts=SHORT), ["attempts"]),
    (replace(CLOSINGS["3"], attempts=(*SHORT, Attempt(days_ago(40), " "))), ["attempts"]),
    (replace(CLOSINGS["3"], attempts=HURRIED), ["attempts"]),
    (replace(CLOSINGS["3"], attempts=(*SHORT, Attempt(TODAY, "电话"))), ["attempts"]),
    (replace(CLOSINGS["4"], signed_on=None), ["signed_on"]),
    (replace(CLOSINGS["4"], signed_on=TODAY), ["signed_on"]),
    (replace(CLOSINGS["9"], note="无"), ["note"]),
    (replace(CLOSINGS["1"], on=date(2026, 11, 24)), ["on"]),
    (replace(CLOSINGS["1"], on=days_ago(201)), ["on"]),
]


@pytest.mark.parametrize(("closing", "names"), WRONG)
def test_closing_says_what_is_missing(house: OpenHouse, closing: Closing, names: list[str]) -> None:
    id_ = filed(house, on=days_ago(200))
    issues = refused(house, id_, closing).issues
    assert [issue.expression for issue in issues] == names
    assert intervals(house, id_) == [("station-1", days_ago(200), None)]


def test_exactly_three_months_are_enough(house: OpenHouse) -> None:
    first, last = date(2026, 6, 30), date(2026, 9, 30)
    tries = (Attempt(first, "电话"), Attempt(days_ago(100), "短信"), Attempt(last, "上门"))
    id_ = filed(house, on=days_ago(300))
    earlier = replace(CLOSINGS["3"], attempts=(*tries[:2], Attempt(date(2026, 9, 29), "上门")))
    refused(house, id_, earlier)
    close(house, id_, replace(CLOSINGS["3"], attempts=tries))


@pytest.mark.parametrize(
    ("day", "months", "found"),
    [
        (date(2026, 1, 31), 1, date(2026, 2, 28)),
        (date(2024, 1, 31), 1, date(2024, 2, 29)),
        (date(2026, 11, 30), 3, date(2027, 2, 28)),
        (date(2026, 12, 15), 12, date(2027, 12, 15)),
        (date(2026, 3, 31), -1, date(2026, 2, 28)),
    ],
)
def test_months_end_where_they_end(day: date, months: int, found: date) -> None:
    assert months_after(day, months) == found


def test_a_draft_or_a_closed_file_is_not_closed(house: OpenHouse) -> None:
    drafted = filed(house, draft=True)
    assert refused(house, drafted, CLOSINGS["1"]).status == 409
    closed = filed(house)
    close(house, closed, CLOSINGS["2"])
    assert refused(house, closed, CLOSINGS["4"]).status == 409


def test_who_was_lost_and_died_is_dead(house: OpenHouse) -> None:
    id_ = filed(house, on=days_ago(200))
    close(house, id_, CLOSINGS["3"])
    before = intervals(house, id_)
    close(house, id_, replace(CLOSINGS["1"], on=days_ago(1)))
    assert state_of(body_of(house, id_)) == "closed-dead"
    assert intervals(house, id_) == before, "his days ended when he was lost"


@pytest.mark.parametrize("reason", CLOSINGS)
def test_a_closed_file_is_opened_again_with_a_reason(house: OpenHouse, reason: str) -> None:
    id_ = filed(house, on=days_ago(200))
    close(house, id_, CLOSINGS[reason])
    for on, why, name in (
        (days_ago(4), "回来了", "on"),
        (date(2026, 11, 24), "回来了", "on"),
        (TODAY, "无", "reason"),
    ):
        with pytest.raises(Refused) as caught, working(house) as work:
            reopen_file(work, id_, on=on, reason=why)
        assert [i.expression for i in caught.value.issues] == [name]
    with working(house) as work:
        reopen_file(work, id_, on=days_ago(1), reason="居民返回本辖区居住")
    body = body_of(house, id_)
    assert state_of(body) == "active"
    assert "deceasedDateTime" not in body
    assert intervals(house, id_) == [
        ("station-1", days_ago(200), days_ago(3)), ("station-1", days_ago(1), None),
    ]  # fmt: skip
    assert fact(house, id_)["closed_for"] is None
    assert steps(house, id_)[-1] == ("reopen", "居民返回本辖区居住")


def test_a_kept_file_is_not_opened_again(house: OpenHouse) -> None:
    id_ = filed(house)
    with pytest.raises(Refused) as caught, working(house) as work:
        reopen_file(work, id_, on=TODAY, reason="再开一次")
    assert caught.value.status == 409


def test_only_an_empty_draft_is_voided_and_never_comes_back(house: OpenHouse) -> None:
    id_ = filed(house, draft=True)
    with working(house) as work:
        void_file(work, id_, reason="录错人")
    assert state_of(body_of(house, id_)) == "void"
    assert intervals(house, id_) == []
    for act in (confirm_file, lambda w, i: reopen_file(w, i, on=TODAY, reason="恢复")):
        with pytest.raises(Refused) as caught, working(house) as work:
            act(work, id_)
        assert caught.value.status == 409
    used = filed(house, draft=True)
    with working(house) as work:
        save(work, encounter(used, "2026-11-20T09:00:00+08:00"))
    with pytest.raises(Refused) as caught, working(house) as work:
        void_file(work, used, reason="录错人")
    assert caught.value.status == 422
    kept = filed(house)
    with pytest.raises(Refused) as caught, working(house) as work:
        void_file(work, kept, reason="录错人")
    assert caught.value.status == 409


def test_a_stranger_neither_closes_nor_opens(house: OpenHouse) -> None:
    id_ = filed(house)
    assert refused(house, id_, CLOSINGS["1"], as_="gp2").status == 404


def test_a_head_of_a_household_with_others_stays_until_there_is_a_new_one(
    house: OpenHouse,
) -> None:
    head, other = filed(house, "户主"), filed(house, "家人")
    members = [
        {
            "extension": [
                {
                    "url": "https://station.example.org/fhir/StructureDefinition/household-relation",
                    "valueCodeableConcept": {
                        "coding": [{"system": "urn:oid:2.16.156.10011.2.3.3.8", "code": code}]
                    },
                }
            ],
            "entity": to("Patient", id_),
        }
        for id_, code in ((head, "02"), (other, "12"))
    ]
    kind = "https://station.example.org/fhir/CodeSystem/group-kind"
    house.save(
        {
            "resourceType": "Group",
            "type": "person",
            "actual": True,
            "active": True,
            "code": {"coding": [{"system": kind, "code": "household"}]},
            "identifier": [
                {
                    "system": "https://station.example.org/fhir/identifier/household-number",
                    "value": f"3718020010{uuid7(house.clock.now())[-6:]}",
                }
            ],
            "managingEntity": to("Organization", "station-1"),
            "member": members,
        }
    )
    issue = refused(house, head, CLOSINGS["1"]).issues[0]
    assert (issue.expression, "户主" in issue.diagnostics) == ("head", True)
    close(house, other, CLOSINGS["1"])
    close(house, head, CLOSINGS["1"])


def test_the_state_of_a_record_changes_over_the_api_only_as_the_table_says(
    house: OpenHouse,
) -> None:
    gp = house.client("gp1")
    id_ = filed(house)
    body = body_of(house, id_)
    issue = refusal(gp.put(f"Patient/{id_}", with_state(body, "void")), 422)[0]
    assert "状态" in issue["diagnostics"]
    assert gp.put(f"Patient/{id_}", with_state(body, "closed-refused")).status_code == 200
    assert intervals(house, id_)[-1][2] == TODAY
