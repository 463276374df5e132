"""Taking a merge back: byte for byte what it was, later changes kept, nothing guessed."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from kernel.db.tables import fhir_resource
from records.duplicates.joining import FIELDS
from records.duplicates.parameters import UNDO_DAYS
from records.duplicates.services import (
    merge,
    undo_merge,
)
from records.duplicates.undoing import Irreversible, reverted
from records.households.codes import HEAD
from records.life.states import MERGED, state_of
from tests.cast import Body, observation, to
from tests.duplicates.merging import act, merged, refusal, told, undo
from tests.duplicates.people import (
    ALL,
    FULL,
    GONE,
    KEEP,
    NUMBER,
    body_of,
    content_of,
    file_of,
    household,
    two_files,
)
from tests.support.house import OpenHouse

TAKEN = st.lists(st.sampled_from([field.key for field in FIELDS]), unique=True)


@settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(taken=TAKEN)
def test_merged_and_undone_is_as_it_was(house: OpenHouse, taken: list[str]) -> None:
    """Byte for byte, apart from meta; again and again."""
    if not _exists(house):
        two_files(house)
    before = {reference: content_of(house, reference) for reference in ALL}
    provenance = merged(house, taken=tuple(taken))
    assert {content_of(house, one) for one in ALL} != set(before.values())
    undo(house, provenance)
    assert {reference: content_of(house, reference) for reference in ALL} == before


def _exists(house: OpenHouse) -> bool:
    with house.database.reading() as connection:
        return connection.scalar(select(fhir_resource.c.id).where(fhir_resource.c.id == KEEP)) == (
            KEEP
        )


def test_later_changes_stay(fresh_house: OpenHouse) -> None:
    house = fresh_house
    two_files(house)
    provenance = merged(house)
    fresh = {**observation(KEEP, "8480-6", 130, "mm[Hg]", "2026-11-22T09:00:00+08:00"), "id": "new"}
    keep = body_of(house, f"Patient/{KEEP}")
    visit = body_of(house, f"Encounter/{GONE}-visit")
    home = body_of(house, "Group/home")
    home["member"] = [*home["member"], household("x", ("wang-xiaoming", "21"))["member"][0]]
    house.save(
        fresh,
        {**keep, "maritalStatus": {"text": "已婚"}},
        {**visit, "reasonCode": [{"text": "头晕"}]},
        {**home, "quantity": 3},
    )
    undo(house, provenance)
    keep = body_of(house, f"Patient/{KEEP}")
    assert keep["maritalStatus"] == {"text": "已婚"}
    assert "link" not in keep
    assert "telecom" not in keep
    visit = body_of(house, f"Encounter/{GONE}-visit")
    assert visit["reasonCode"] == [{"text": "头晕"}]
    assert visit["subject"] == to("Patient", GONE)
    assert body_of(house, "Observation/new")["subject"] == to("Patient", KEEP)
    members = body_of(house, "Group/home")["member"]
    people = [one["entity"]["reference"].rpartition("/")[2] for one in members]
    assert sorted(people) == sorted([GONE, "li-na", "wang-xiaoming"])


def test_what_was_changed_in_the_same_place_is_not_guessed(fresh_house: OpenHouse) -> None:
    house = fresh_house
    two_files(house)
    provenance = merged(house)
    visit = body_of(house, f"Encounter/{GONE}-visit")
    house.save({**visit, "subject": to("Patient", "li-na")})
    refused = refusal(house, lambda work: undo_merge(work, provenance))
    assert refused.status == 409
    assert "就诊" in told(refused)
    assert state_of(body_of(house, f"Patient/{GONE}")) == MERGED


def test_a_file_that_moved_is_not_parted(fresh_house: OpenHouse) -> None:
    house = fresh_house
    two_files(house)
    provenance = merged(house)
    fresh_house.save(household("home", ("li-na", HEAD)))
    keep = body_of(house, f"Patient/{KEEP}")
    house.clock.advance(days=2)
    house.save({**keep, "managingOrganization": to("Organization", "station-2")}, as_="centre1")
    refused = refusal(house, lambda work: undo_merge(work, provenance), "centre1")
    assert "先迁回" in told(refused)


def test_a_merge_is_undone_once_and_in_time(fresh_house: OpenHouse) -> None:
    house = fresh_house
    two_files(house)
    provenance = merged(house)
    house.clock.advance(days=UNDO_DAYS + 1)
    late = refusal(house, lambda work: undo_merge(work, provenance))
    assert str(UNDO_DAYS) in told(late)
    house.clock.advance(days=-2)
    assert refusal(house, lambda work: undo_merge(work, provenance), "gp2").status == 404
    undo(house, provenance)
    assert "已经撤销" in told(refusal(house, lambda work: undo_merge(work, provenance)))
    assert refusal(house, lambda work: undo_merge(work, f"{KEEP}-told")).status == 404


def test_merges_are_undone_from_the_last_one(fresh_house: OpenHouse) -> None:
    house = fresh_house
    two_files(house, file_of("third", "钱晋", serial=3, opened="2010-01-01", number=NUMBER))
    before = {reference: content_of(house, reference) for reference in FULL}
    first = merged(house)
    second = str(act(house, lambda work: merge(work, "third", KEEP, taken=())))
    gone = body_of(house, f"Patient/{GONE}")
    assert gone["link"][0]["other"] == to("Patient", "third"), "it leads to where the person is"
    assert "后一次" in told(refusal(house, lambda work: undo_merge(work, first)))
    undo(house, second)
    undo(house, first)
    assert {reference: content_of(house, reference) for reference in FULL} == before


def test_two_merges_into_one_are_undone_in_any_order(fresh_house: OpenHouse) -> None:
    house = fresh_house
    two_files(house, file_of("third", "钱晋", serial=3, opened="2010-01-01", number=NUMBER))
    before = content_of(house, f"Patient/{KEEP}")
    first = merged(house)
    second = str(act(house, lambda work: merge(work, KEEP, "third", taken=())))
    undo(house, first)
    keep = body_of(house, f"Patient/{KEEP}")
    assert keep["link"] == [{"other": to("Patient", "third"), "type": "replaces"}]
    undo(house, second)
    assert content_of(house, f"Patient/{KEEP}") == before


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(0, 3) | st.sampled_from(["a", "b", "Patient/x"]),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("pqr"), inner, max_size=3)
    ),
    max_leaves=8,
)
BODY = st.dictionaries(st.sampled_from(["subject", "member", "name"]), JSON, max_size=3)


@given(before=BODY, changed=BODY)
def test_without_later_changes_it_is_what_it_was(before: Body, changed: Body) -> None:
    assert reverted(before, changed, {**changed, "meta": {"versionId": "9"}}) == before


@given(before=BODY, changed=BODY, later=JSON)
def test_what_came_later_stays(before: Body, changed: Body, later: Any) -> None:
    found = reverted(before, changed, {**changed, "later": later})
    assert found.pop("later") == later
    assert found == before


def test_items_of_lists_come_and_go_alone() -> None:
    before, changed = {"link": [1]}, {"link": [1, 2]}
    assert reverted(before, changed, {"link": [1, 2, 3]}) == {"link": [1, 3]}
    assert reverted({}, {"link": [2]}, {"link": [2, 3]}) == {"link": [3]}
    assert reverted({"link": [1]}, {}, {"link": [3]}) == {"link": [3, 1]}
    with pytest.raises(Irreversible, match="link"):
        reverted(before, changed, {"link": [1, 3, 4]})
    with pytest.raises(Irreversible, match=r"subject\.reference"):
        reverted(*({"subject": {"reference": text}} for text in "abc"))


def test_digits_are_compared_as_they_are_written() -> None:
    before, changed = {"value": Decimal("6.3")}, {"value": Decimal("6.30")}
    assert str(reverted(before, changed, changed)["value"]) == "6.3"
    with pytest.raises(Irreversible, match="value"):
        reverted(before, changed, {"value": Decimal("6.300")})
