"""The life of an enrolment: every step in every state (chronic-disease.md §1.4, §8)."""

from datetime import date

import pytest

from health.enrolment import services
from health.enrolment.kinds import episode
from health.enrolment.services import Change
from health.enrolment.states import STATUSES, STEPS, Step, possible
from health.programmes import programme_of
from kernel.errors import Refused
from tests.followups.sending import DOCTOR, STATION, stored
from tests.households.test_services import doing
from tests.support.house import OpenHouse

WAYS = """
            planned    waitlist   active    onhold    finished  cancelled
    submit  waitlist   -          -         -         -         -
    approve -          active     -         -         -         -
    return  -          planned    -         -         -         -
    suspend -          -          onhold    -         -         -
    resume  -          -          -         active    -         -
    close   cancelled  cancelled  finished  finished  -         -
"""
"""Written by hand: applied for, submitted, returned, registered, suspended, closed."""
DO = {
    "submit": services.submit,
    "approve": services.approve,
    "return": services.give_back,
    "suspend": services.suspend,
    "resume": services.resume,
    "close": services.close,
}


def ways() -> list[tuple[str, str, str]]:
    head, *lines = WAYS.strip("\n").splitlines()
    states = head.split()
    cells = [line.split() for line in lines]
    return [
        (step, state, to) for step, *row in cells for state, to in zip(states, row, strict=True)
    ]


def test_the_table_is_that_of_the_services() -> None:
    assert {step for step, _state, _to in ways()} == set(Step)
    assert {state for _step, state, _to in ways()} == set(STATUSES)
    told = {(step.value, state): to for step, row in STEPS.items() for state, to in row.items()}
    assert told == {(step, state): to for step, state, to in ways() if to != "-"}
    assert possible("finished") == ()


@pytest.mark.parametrize(("step", "state", "to"), ways())
def test_every_step_in_every_state(house: OpenHouse, step: str, state: str, to: str) -> None:
    id_ = f"{step}-{state}"
    body = episode(
        programme_of("home-bed"), "li-na", on=date(2026, 1, 5), organisation=STATION,
        doctor=DOCTOR, status=state,
    )  # fmt: skip
    ended = {"period": {"start": "2026-01-05", "end": "2026-02-01"}}
    house.save({**body, "id": id_, **(ended if state in ("finished", "cancelled") else {})})
    change = Change(date(2026, 11, 20), "6", "住院")
    try:
        if to == "-":
            with pytest.raises(Refused) as refused:
                doing(house, DO[step], id_, change)
            assert refused.value.status == 409
            assert stored(house, "EpisodeOfCare", id_)["status"] == state
            return
        doing(house, DO[step], id_, change)
        after = stored(house, "EpisodeOfCare", id_)
        assert after["status"] == to
        past = {"start": "2026-01-05", "end": "2026-11-20"}
        assert after["statusHistory"] == [{"status": state, "period": past}]
        start = "2026-11-20" if step == "approve" else "2026-01-05"
        assert after["period"] == (
            {"start": start, "end": "2026-11-20"} if step == "close" else {"start": start}
        )
    finally:
        house.save({**body, "id": id_, "status": "entered-in-error"})


@pytest.mark.parametrize(
    ("on", "told"), [("2026-01-04", "不能早于纳入管理的日期"), ("2026-11-24", "不能晚于今天")]
)
def test_a_step_lies_between_the_beginning_and_today(house: OpenHouse, on: str, told: str) -> None:
    body = episode(
        programme_of("hypertension"), "li-na", on=date(2026, 1, 5), organisation=STATION,
        doctor=DOCTOR,
    )  # fmt: skip
    id_ = f"day-{on}"
    house.save({**body, "id": id_})
    with pytest.raises(Refused, match=told):
        doing(house, services.suspend, id_, Change(date.fromisoformat(on)))
    house.save({**body, "id": id_, "status": "entered-in-error"})
