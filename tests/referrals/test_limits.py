"""Every limit of the table of §6, by urgency, and what changes it."""

from datetime import date

import pytest

from kernel.values.dated import Dated
from referral import limits
from referral.limits import Limit, Step, Unit, Urgency, at_risk_from, deadline, limit_of
from referral.parameters import DISEASE_LIMITS, LIMITS
from tests.referrals.times import at, local

E, U, R = Urgency
FRIDAY = "2025-06-06 16:00"
ON = date(2025, 6, 6)


@pytest.mark.parametrize(
    ("step", "emergency", "urgent", "routine"),
    [
        (Step.SUBMIT, "2025-06-06 16:30", "2025-06-06 18:00", "2025-06-06 23:59:59"),
        (Step.ANSWER, "2025-06-06 17:00", "2025-06-09 10:00", "2025-06-09 16:00"),
        (Step.ESCALATE, "2025-06-06 16:15", "2025-06-09 10:00", "2025-06-09 16:00"),
        (Step.EXPIRE, "2025-06-07 16:00", "2025-06-09 16:00", "2025-06-10 16:00"),
        (Step.APPOINT, "2025-06-06 16:15", "2025-06-10 16:00", "2025-06-13 23:59:59"),
        (Step.NO_SHOW, "2025-06-07 16:00", "2025-06-07 16:00", "2025-06-07 16:00"),
        (
            Step.ARRIVAL_CHECK,
            "2025-06-06 23:59:59",
            "2025-06-07 23:59:59",
            "2025-06-07 23:59:59",
        ),
        (Step.RETURN, "2025-06-07 16:00", "2025-06-09 16:00", "2025-06-11 16:00"),
        (Step.BACK_ANSWER, "2025-06-09 16:00", "2025-06-09 16:00", "2025-06-10 16:00"),
        (
            Step.FIRST_CONTACT,
            "2025-06-07 16:00",
            "2025-06-09 23:59:59",
            "2025-06-13 23:59:59",
        ),
        (Step.OUTCOME, "2025-06-20 23:59:59", "2025-06-20 23:59:59", "2025-06-20 23:59:59"),
        (Step.SLIP, "2025-06-07 16:00", "2025-06-07 16:00", "2025-06-07 16:00"),
    ],
)
def test_the_limits_from_friday_afternoon(
    step: Step, emergency: str, urgent: str, routine: str
) -> None:
    found = [local(deadline(step, urgency, at(FRIDAY), on=ON)) for urgency in (E, U, R)]
    assert found == [emergency, urgent, routine]


def test_scenario_2_escalates_on_tuesday_and_expires_on_wednesday() -> None:
    monday, on = at("2025-06-09 09:00"), date(2025, 6, 9)
    assert local(deadline(Step.ESCALATE, R, monday, on=on)) == "2025-06-10 09:00"
    assert local(deadline(Step.EXPIRE, R, monday, on=on)) == "2025-06-11 09:00"


def test_scenario_4_did_not_come_a_day_after_the_appointment() -> None:
    booked = at("2025-06-03 10:00")
    assert local(deadline(Step.NO_SHOW, R, booked, on=date(2025, 6, 3))) == "2025-06-04 10:00"


def test_scenario_5_day_14_is_in_time_until_its_end() -> None:
    due = deadline(Step.OUTCOME, R, at("2025-06-02 23:30"), on=date(2025, 6, 2))
    assert local(due) == "2025-06-16 23:59:59"


@pytest.mark.parametrize(
    ("step", "urgency", "start", "risk"),
    [
        (Step.ANSWER, E, FRIDAY, "2025-06-06 16:45"),
        (Step.ANSWER, U, FRIDAY, "2025-06-09 09:00"),
        (Step.ANSWER, R, FRIDAY, "2025-06-09 12:00"),
        (Step.OUTCOME, R, "2025-06-02 23:59:59", "2025-06-13 11:59:59"),
    ],
)
def test_the_last_quarter_is_at_risk(step: Step, urgency: Urgency, start: str, risk: str) -> None:
    assert local(at_risk_from(step, urgency, at(start), on=ON)) == risk


def test_every_step_has_a_limit_for_every_urgency() -> None:
    assert set(LIMITS.on(ON)) == {(step, urgency) for step in Step for urgency in Urgency}


def test_a_disease_has_its_own_limit_from_the_day_it_is_agreed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    stroke = {"stroke": {(Step.ANSWER, Urgency.URGENT): Limit(1, Unit.OFFICE_HOURS)}}
    agreed = Dated((*DISEASE_LIMITS.since, (date(2025, 6, 1), stroke)))
    monkeypatch.setattr(limits, "DISEASE_LIMITS", agreed)
    start = at("2025-06-03 09:00")

    def answer(on: date, disease: str) -> str:
        return local(deadline(Step.ANSWER, U, start, on=on, disease=disease))

    assert answer(date(2025, 5, 31), "stroke") == "2025-06-03 15:00"
    assert answer(date(2025, 6, 1), "stroke") == "2025-06-03 10:00"
    assert answer(date(2025, 6, 1), "copd") == "2025-06-03 15:00"
    own = limit_of(Step.RETURN, U, on=date(2025, 6, 1), disease="stroke")
    assert own == LIMITS.on(ON)[Step.RETURN, U]


@pytest.mark.parametrize(
    ("priority", "urgency", "back"),
    [
        ("stat", E, "stat"),
        ("asap", U, "urgent"),
        ("urgent", U, "urgent"),
        ("routine", R, "routine"),
    ],
)
def test_urgency_and_priority(priority: str, urgency: Urgency, back: str) -> None:
    assert Urgency.of_priority(priority) is urgency
    assert urgency.priority == back


def test_no_other_priority() -> None:
    with pytest.raises(KeyError):
        Urgency.of_priority("soon")
