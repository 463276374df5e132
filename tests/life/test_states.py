"""The states of a record (health-record.md §13.1): a row of the table, a test."""

import pytest

from kernel.errors import Refused
from records.life import states
from records.life.states import STEPS, TITLES, check_step, may_become, state_of, with_state
from tests.cast import patient

ANYBODY = patient("赵一", "female", "1950-01-01")


@pytest.mark.parametrize("state", TITLES)
def test_a_state_is_kept_in_the_patient_and_says_whether_the_record_is_kept(state: str) -> None:
    body = with_state(ANYBODY, state)
    assert state_of(body) == state
    assert body["active"] is (state in states.OPEN)
    assert state_of(with_state(body, "active")) == "active"
    assert len(with_state(body, "active")["extension"]) == 1


@pytest.mark.parametrize(
    ("body", "state"),
    [
        (ANYBODY, "active"),
        ({**ANYBODY, "active": True}, "active"),
        ({**ANYBODY, "deceasedDateTime": "2024-01-01"}, "closed-dead"),
        ({**ANYBODY, "deceasedBoolean": True}, "closed-dead"),
        ({**ANYBODY, "deceasedBoolean": False}, "active"),
        ({**ANYBODY, "active": False}, "closed-other"),
        (
            {
                **ANYBODY,
                "active": False,
                "extension": [
                    {
                        "url": states.CLOSE_REASON,
                        "valueCodeableConcept": {"coding": [{"code": "2"}]},
                    }
                ],
            },
            "closed-moved",
        ),
    ],
)
def test_a_patient_without_a_state_has_one(body: dict[str, object], state: str) -> None:
    assert state_of(body) == state


REVERSIBLE = [
    ("draft", "active", True), ("active", "draft", False), ("active", "transferring", True),
    ("transferring", "active", True), ("draft", "transferring", False),
    ("active", "closed-dead", True), ("closed-dead", "active", True),
    ("closed-moved", "active", True), ("closed-lost", "active", True),
    ("closed-refused", "active", True), ("closed-other", "active", True),
    ("draft", "closed-dead", False), ("closed-dead", "draft", False),
    ("active", "merged", True), ("merged", "active", True), ("draft", "void", True),
    ("active", "void", False), ("void", "active", False), ("void", "draft", False),
    ("closed-lost", "closed-dead", True), ("closed-dead", "closed-lost", False),
]  # fmt: skip


@pytest.mark.parametrize(("before", "after", "allowed"), REVERSIBLE)
def test_the_steps_of_the_table(before: str, after: str, allowed: bool) -> None:
    assert may_become(before, after) is allowed
    if allowed:
        check_step(before, after)
    else:
        with pytest.raises(Refused) as caught:
            check_step(before, after)
        assert caught.value.status == 409


def test_every_step_leads_to_a_state_that_has_a_title() -> None:
    assert set(STEPS) == set(TITLES)
    assert all(after <= set(TITLES) for after in STEPS.values())
    assert set(states.REASONS.values()) == states.CLOSED
