"""What a person's year comes to (chronic-disease.md §1.5, indicators.md §1 and §2.6–2.8)."""

from dataclasses import replace
from datetime import date

import pytest

from health.declare import Case
from health.years_counting import Examined, Kept, Span, required_visits
from kernel.values.dated import ALWAYS, Dated
from tests.measure.people import (
    DIABETES,
    ELDERLY,
    HYPERTENSION,
    QUARTERLY,
    day,
    enrolled,
    person,
    visit,
    year,
    years,
)


def test_a_year_by_the_norm() -> None:
    found = year(person())
    assert found.standard
    assert (found.required, found.face_to_face, found.lacking) == (4, 4, 0)
    assert (found.organisation_id, found.age, found.kept) == ("station-1", 60, True)
    assert (found.from_on, found.to_on) == (day("2025-03-01"), None)
    assert found.last_on == day("11-10")


@pytest.mark.parametrize(
    ("since", "until", "required"),
    [
        ("2020-05-01", None, 4),
        ("01-01", None, 4),
        ("03-31", None, 4),
        ("04-01", None, 3),
        ("06-30", None, 3),
        ("07-01", None, 2),
        ("10-01", None, 1),
        ("12-31", None, 1),
        ("2025-01-01", "2026-03-31", 1),
        ("2025-01-01", "2026-04-01", 1),
        ("2025-01-01", "2026-04-02", 2),
        ("02-10", "2026-08-16", 3),
        ("2025-01-01", "2027-01-01", 4),
    ],
)
def test_a_visit_for_every_quarter_that_the_enrolment_touches(
    since: str, until: str | None, required: int
) -> None:
    assert year(person(enrolled=(enrolled(since, until),))).required == required


def test_two_enrolments_of_a_year_ask_for_each_quarter_once() -> None:
    both = (enrolled("2025-01-01", "2026-02-01"), enrolled("08-01"))
    found = year(person(enrolled=both))
    assert found.required == 3
    assert found.from_on == day("2025-01-01")


@pytest.mark.parametrize(
    ("yearly", "quarters", "required"),
    [(4, 4, 4), (4, 1, 1), (2, 4, 2), (2, 3, 2), (2, 1, 1), (6, 4, 6), (6, 1, 2), (0, 4, 0)],
)
def test_other_numbers_of_visits_are_in_proportion(
    yearly: int, quarters: int, required: int
) -> None:
    span = Span(date(2026, 13 - 3 * quarters, 1), date(2026, 12, 31))
    assert required_visits(yearly, [span]) == required


def test_a_place_may_ask_otherwise_from_a_year_on(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is to be confirmed is a parameter with a date: years before stay as they were."""
    since = day("01-01")
    quarters: Dated[tuple[int, ...]] = Dated(((ALWAYS, (0, 1, 2, 3, 4)), (since, (0, 0, 1, 2, 4))))
    monkeypatch.setattr("health.years_counting.VISITS_OF_QUARTERS", quarters)
    leavers = Dated(((ALWAYS, True), (since, False)))
    monkeypatch.setattr("health.years_counting.LEAVERS_COUNT", leavers)
    left = person(enrolled=(enrolled("2025-10-05", "2026-05-01"),))
    assert [(one.year, one.required, one.managed) for one in years(left)] == [
        (2025, 1, True),
        (2026, 1, False),
    ]
    gone = person(enrolled=(enrolled("2024-10-05", "2025-05-01"),))
    assert [(one.year, one.required, one.managed) for one in years(gone)] == [
        (2024, 1, True),
        (2025, 2, True),
    ]


def test_phone_visits_and_outcomes_of_referrals_are_no_face_to_face_visits() -> None:
    calls = (*QUARTERLY[:2], visit("08-10", face_to_face=False), visit("11-10", regular=False))
    found = year(person(follow_ups=calls))
    assert (found.face_to_face, found.lacking, found.standard) == (2, 2, False)
    assert found.last_on == day("08-10")


@pytest.mark.parametrize(("since", "due"), [("09-30", True), ("10-01", True), ("10-02", False)])
def test_no_examination_is_asked_of_who_is_enrolled_after_1_october(since: str, due: bool) -> None:
    late = person(enrolled=(enrolled(since),), follow_ups=QUARTERLY[-1:], examinations=())
    found = year(late)
    assert found.examination_due is due
    assert found.standard is not due


@pytest.mark.parametrize(
    ("examinations", "standard"),
    [
        ((), False),
        ((Examined(day("2025-12-31")),), False),
        ((Examined(day("05-10"), complete=False),), False),
        ((Examined(day("05-10"), guided=False),), True),
        ((Examined(day("05-10"), complete=False), Examined(day("09-10"))), True),
        ((Examined(day("05-10")), Examined(day("09-10"), complete=False)), True),
    ],
)
def test_one_complete_examination_within_the_year(
    examinations: tuple[Examined, ...], standard: bool
) -> None:
    assert year(person(examinations=examinations)).standard is standard


@pytest.mark.parametrize(
    ("asked", "outcome", "punctual"),
    [
        ("2025-03-24", "2025-04-02", True),
        ("2025-03-24", "2025-04-07", True),
        ("2025-03-24", "2025-04-08", False),
        ("2025-03-24", "2025-04-01", True),
    ],
    ids=["O1", "O2", "O3", "O4"],
)
def test_a_referral_is_followed_within_14_days(asked: str, outcome: str, punctual: bool) -> None:
    """The worked cases of §1.6: the outcome follow-up counts whatever its mode."""
    visits = (
        visit("2025-03-24", action="refer"),
        visit(outcome, face_to_face=False, regular=False),
    )
    who = person(enrolled=(enrolled("2024-01-01"),), follow_ups=visits)
    assert year(who, of=2025).punctual is punctual


@pytest.mark.parametrize("action", ["adjust", "refer", "emergency"])
def test_every_visit_that_asks_for_another_is_followed(action: str) -> None:
    asking = visit("05-10", action=action)
    late = (QUARTERLY[0], asking, *QUARTERLY[2:])
    found = year(person(follow_ups=late))
    assert (found.punctual, found.standard, found.answer_by) == (False, False, None)
    soon = (QUARTERLY[0], asking, visit("05-24", face_to_face=False), *QUARTERLY[2:])
    assert year(person(follow_ups=soon)).standard


def test_the_deadline_of_the_last_visit_is_told_and_decides_later() -> None:
    found = year(person(follow_ups=(*QUARTERLY[:3], visit("11-10", action="adjust"))))
    assert (found.punctual, found.answer_by, found.standard) == (True, day("11-24"), True)


def test_across_new_year_the_next_years_visit_answers() -> None:
    asking = (*QUARTERLY[:3], visit("12-24", action="adjust"))
    answered = person(follow_ups=(*asking, visit("2027-01-07")))
    assert year(answered).standard
    late = person(follow_ups=(*asking, visit("2027-01-08")))
    assert not year(late).punctual


def test_who_died_before_the_deadline_is_not_blamed() -> None:
    asking = (*QUARTERLY[:1], visit("05-10", action="emergency"))
    gone = person(follow_ups=asking, enrolled=(enrolled("2025-01-01", "2026-05-13"),))
    found = year(gone)
    assert (found.required, found.face_to_face, found.answer_by) == (2, 2, None)
    assert found.standard
    assert not found.kept


def test_a_closed_file_ends_what_was_left_open() -> None:
    found = year(person(state="closed-dead", closed_on=day("04-01"), closed_for="1"))
    assert (found.required, found.kept, found.to_on) == (2, False, day("04-02"))
    reopened = year(person(state="active", closed_on=day("04-01"), closed_for="2"))
    assert (reopened.required, reopened.kept) == (4, True)


def test_every_form_complete_and_education_at_least_once() -> None:
    gap = (*QUARTERLY[:3], visit("11-10", complete=False))
    assert (year(person(follow_ups=gap)).complete, year(person(follow_ups=gap)).standard) == (
        False,
        False,
    )
    silent = tuple(one._replace(educated=False) for one in QUARTERLY)
    assert not year(person(follow_ups=silent)).standard
    once = (*silent[:3], QUARTERLY[3])
    assert year(person(follow_ups=once)).standard


def test_the_last_measurement_of_the_year_decides() -> None:
    """indicators.md §4, example 5: 6.2 in March and 7.1 in November."""
    visits = (
        visit("03-10", "diabetes", at_target=True),
        visit("11-10", "diabetes", at_target=False),
    )
    who = person(enrolled=(enrolled(programme="diabetes"),), follow_ups=visits)
    assert not year(who, DIABETES).at_target
    unmeasured = (*visits[:1], visit("11-10", "diabetes", at_target=None))
    assert year(replace(who, follow_ups=unmeasured), DIABETES).at_target
    none = year(replace(who, follow_ups=()), DIABETES)
    assert (none.measured, none.at_target, none.visited) == (False, False, False)


@pytest.mark.parametrize(("born", "controlled"), [("1956-01-01", True), ("1962-01-01", False)])
def test_148_88_is_controlled_at_70_and_not_at_64(born: str, controlled: bool) -> None:
    """indicators.md §4, examples 3 and 4; by WS/T 598.4-2018 it is not at any age."""
    case = Case(day("11-10"), day(born))
    at_target = HYPERTENSION.decide({"systolic": 148, "diastolic": 88}, case).at_target
    assert at_target is controlled
    last = visit("11-10", at_target=at_target, systolic=148, diastolic=88)
    found = year(person(follow_ups=(last,)))
    assert (found.at_target, found.below_140_90) == (controlled, False)


@pytest.mark.parametrize(
    ("systolic", "diastolic", "below"), [(139, 89, True), (140, 89, False), (139, 90, False)]
)
def test_the_standard_of_2018_is_below_140_90(systolic: int, diastolic: int, below: bool) -> None:
    visits = (visit("11-10", systolic=systolic, diastolic=diastolic),)
    assert year(person(follow_ups=visits)).below_140_90 is below


def test_a_lost_person_is_at_no_target() -> None:
    measured = (visit("11-10", systolic=120, diastolic=70),)
    for lost in (
        enrolled(status="onhold", suspended_on=day("11-20")),
        enrolled("2025-01-01", "2026-12-01", closed_for="3"),
    ):
        found = year(person(enrolled=(lost,), follow_ups=measured))
        assert (found.lost, found.at_target, found.below_140_90) == (True, False, False)
    file_lost = person(
        state="closed-lost", closed_on=day("12-01"), closed_for="3", follow_ups=measured
    )
    assert year(file_lost).lost
    moved = enrolled("2025-01-01", "2026-12-01", closed_for="2")
    assert not year(person(enrolled=(moved,), follow_ups=measured)).lost


def test_somebody_is_lost_from_the_year_of_the_suspension_on() -> None:
    who = person(
        enrolled=(enrolled("2024-01-01", status="onhold", suspended_on=day("2025-11-20")),)
    )
    assert {one.year: one.lost for one in years(who)} == {2024: False, 2025: True, 2026: True}


def test_there_is_a_year_for_every_one_that_an_enrolment_touches() -> None:
    spans = [
        (enrolled("2024-05-01"), [2024, 2025, 2026]),
        (enrolled("2024-05-01", "2025-01-01"), [2024]),
        (enrolled("2024-05-01", "2025-01-02"), [2024, 2025]),
        (enrolled("2024-05-01", "2029-01-01"), [2024, 2025, 2026]),
        (enrolled("2027-01-01"), []),
        (enrolled("2024-05-01", status="planned"), []),
        (enrolled("2024-05-01", status="waitlist"), []),
        (enrolled("2024-05-01", "2025-01-01", status="cancelled"), []),
        (enrolled("2024-05-01", programme="diabetes"), []),
    ]
    for one, expected in spans:
        assert [found.year for found in years(person(enrolled=(one,)))] == expected, one


def test_files_that_are_no_persons_any_more_have_no_years() -> None:
    for state in ("merged", "void"):
        assert years(person(state=state)) == []


def test_the_keeper_at_the_years_end_else_the_last_one() -> None:
    moved = (
        Kept("station-1", day("2011-01-01"), day("2025-07-01")),
        Kept("station-2", day("2025-07-01"), day("2026-03-01")),
        Kept("station-3", day("2026-03-01"), day("2026-09-01")),
    )
    who = person(kept=moved, enrolled=(enrolled("2024-01-01"),))
    keepers = {one.year: one.organisation_id for one in years(who)}
    assert keepers == {2024: "station-1", 2025: "station-2", 2026: "station-3"}
    assert year(person(kept=())).organisation_id == "station-1"


@pytest.mark.parametrize(
    ("born", "expected"),
    [("1961-12-31", [2026]), ("1962-01-01", []), ("1960-01-01", [2025, 2026])],
)
def test_the_elderly_turn_65_within_the_year(born: str, expected: list[int]) -> None:
    who = person(born=day(born), enrolled=(), kept=(Kept("station-1", day("2025-02-01"), None),))
    assert [one.year for one in years(who, ELDERLY)] == expected


def test_the_elderly_without_a_birthday_or_with_a_draft_have_no_years() -> None:
    assert years(person(born=None), ELDERLY) == []
    assert years(person(born=day("1950-01-01"), state="draft", kept=()), ELDERLY) == []


@pytest.mark.parametrize(
    ("examinations", "managed"),
    [
        ((), False),
        ((Examined(day("05-10")),), True),
        ((Examined(day("05-10"), complete=False),), False),
        ((Examined(day("05-10"), guided=False),), False),
        ((Examined(day("05-10"), guided=False), Examined(day("06-10"), complete=False)), False),
        ((Examined(day("2025-05-10")),), False),
    ],
)
def test_the_elderly_need_a_complete_examination_with_guidance(
    examinations: tuple[Examined, ...], managed: bool
) -> None:
    found = year(person(born=day("1950-01-01"), examinations=examinations), ELDERLY)
    assert found.managed is managed


def test_who_left_within_the_year_is_not_kept_at_its_end() -> None:
    left = person(
        born=day("1950-01-01"), kept=(Kept("station-1", day("2020-01-01"), day("2026-06-01")),)
    )
    assert {one.year: one.kept for one in years(left, ELDERLY)} == {
        **dict.fromkeys(range(2020, 2026), True),
        2026: False,
    }
