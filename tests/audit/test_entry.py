"""One entry: its detail is unreadable, its MAC covers all of it."""

from typing import Any

import pytest

from kernel.audit.entry import COLUMNS, SEVERAL, Action, detail_of, entry_of, holds, packed, row
from kernel.security.actor import SYSTEM
from kernel.security.codec import Damaged
from kernel.security.keyring import KeyRing
from tests.audit.entries import MORNING, entry

CHANGED = {"at": 5, "outcome": 8, "version": 2, "detail": b"\x01another"}


def is_genuine(keys: KeyRing, values: dict[str, Any]) -> bool:
    return holds(keys, values["mac"], b"entry", packed([values[name] for name in COLUMNS]))


def test_the_mac_holds_for_what_was_written(keys: KeyRing) -> None:
    assert is_genuine(keys, row(keys, entry(detail={"query": "name=wang"})))


@pytest.mark.parametrize("column", COLUMNS)
def test_the_mac_covers_every_column(keys: KeyRing, column: str) -> None:
    values = row(keys, entry(detail={"query": "name=wang"}))
    assert not is_genuine(keys, {**values, column: CHANGED.get(column, "other")})
    assert not is_genuine(keys, {**values, column: None})


def test_a_value_cannot_move_to_the_next_column(keys: KeyRing) -> None:
    values = row(keys, entry(user_id="a", organisation_id=None))
    assert not is_genuine(keys, {**values, "user_id": None, "organisation_id": "a"})


def test_the_detail_is_unreadable_and_bound_to_its_entry(keys: KeyRing) -> None:
    first = row(keys, entry(detail={"query": "identifier=110105194912310021"}))
    assert b"110105194912310021" not in first["detail"]
    known = detail_of(keys, first["id"], first["detail"])
    assert known == {"query": "identifier=110105194912310021"}
    with pytest.raises(Damaged, match="audit/other"):
        detail_of(keys, "other", first["detail"])


def test_what_a_client_sent_fits_its_column(keys: KeyRing) -> None:
    values = row(keys, entry(resource_id="x\0" * 100, resource_type="T" * 50, source="s" * 70))
    assert values["resource_id"] == "x" * 64
    assert (len(values["resource_type"]), len(values["source"])) == (40, 64)


def test_a_detail_that_is_not_json_is_refused(keys: KeyRing) -> None:
    with pytest.raises(TypeError):
        row(keys, entry(detail={"what": object()}))


def test_one_person_is_named_and_several_are_listed(keys: KeyRing) -> None:
    alone = row(keys, entry_of(SYSTEM, MORNING, Action.READ, patients=["p1"]))
    assert (alone["patient_id"], alone["detail"]) == ("p1", None)
    several = row(keys, entry_of(SYSTEM, MORNING, Action.SEARCH, patients=["p2", "p1", "p2"]))
    assert several["patient_id"] == SEVERAL
    assert detail_of(keys, several["id"], several["detail"]) == {"patients": ["p1", "p2"]}
    twice = row(keys, entry_of(SYSTEM, MORNING, Action.SEARCH, patients=["p1", "p1"]))
    assert twice["patient_id"] == "p1"
    nobody = row(keys, entry_of(SYSTEM, MORNING, Action.SIGN_IN))
    assert (nobody["patient_id"], nobody["user_id"]) == (None, "system")
