"""chronic-disease.md §10: bands of delay, when somebody counts as lost, one joint visit."""

from datetime import date, timedelta

import pytest

from health.declare import Activity
from health.due.links import groups_of
from health.due.rows import (
    Band,
    Place,
    Planned,
    Row,
    Tab,
    band_of,
    gathered,
    is_lost,
    spans,
    week_end,
)

TODAY = date(2026, 11, 23)


def item(
    days: int, programme: str = "hypertension", activity: Activity = Activity.FOLLOW_UP
) -> Planned:
    on = TODAY + timedelta(days=days)
    return (on, activity.value, programme, 0, f"plan-{programme}", "li-na", "CarePlan", None)


def elsewhere(days: int, programme: str, activity: Activity) -> Planned:
    """What another module planned, with a page of its own."""
    on = TODAY + timedelta(days=days)
    return (on, activity.value, programme, 2, "r1-task", "li-na", "Task", "/referrals/r1")


def rows(*items: Planned, until: int = 7) -> list[Row]:
    return gathered(items, TODAY, TODAY + timedelta(days=until))


def tabs_of(days: int) -> set[Tab]:
    on = TODAY + timedelta(days=days)
    return {tab for tab, (begin, end) in spans(TODAY).items() if begin <= on <= end}


@pytest.mark.parametrize(
    ("days", "band"),
    [
        (0, None), (1, Band.CALL), (14, Band.CALL), (15, Band.VISIT), (30, Band.VISIT),
        (31, Band.RISK), (90, Band.RISK), (400, Band.RISK),
    ],
)  # fmt: skip
def test_what_is_done_about_a_delay(days: int, band: Band | None) -> None:
    assert band_of(days, TODAY) is band


@pytest.mark.parametrize(
    ("days", "attempts", "lost"), [(90, 3, False), (91, 2, False), (91, 3, True), (365, 9, True)]
)
def test_who_is_called_lost(days: int, attempts: int, lost: bool) -> None:
    assert is_lost(days, attempts, TODAY) is lost


@pytest.mark.parametrize(
    ("today", "sunday"),
    [("2026-11-23", "2026-11-29"), ("2026-11-29", "2026-11-29"), ("2026-12-28", "2027-01-03")],
)
def test_a_week_ends_on_sunday(today: str, sunday: str) -> None:
    assert week_end(date.fromisoformat(today)).isoformat() == sunday


@pytest.mark.parametrize(
    ("days", "tabs"),
    [
        (-1, {Tab.OVERDUE}), (0, {Tab.TODAY, Tab.COMING}), (1, {Tab.WEEK, Tab.COMING}),
        (6, {Tab.WEEK, Tab.COMING}), (7, {Tab.COMING}), (8, set()),
    ],
)  # fmt: skip
def test_the_tabs_of_a_deadline(days: int, tabs: set[Tab]) -> None:
    assert tabs_of(days) == tabs


def test_two_programmes_within_fourteen_days_are_one_visit() -> None:
    (one,) = rows(item(0), item(14, "diabetes"))
    assert one.is_joint
    assert one.due_on == TODAY
    assert [len(row.items) for row in rows(item(0), item(15, "diabetes"), until=30)] == [1, 1]


def test_what_is_overdue_is_done_now_with_what_comes() -> None:
    (one,) = rows(item(-100), item(-3, "diabetes"), item(14, "stroke"), item(15, "copd"))
    assert one.programmes == ("hypertension", "diabetes", "stroke")
    assert one.overdue(TODAY) == 100


def test_what_begins_later_is_no_line() -> None:
    assert rows(item(8)) == []


def test_the_examination_that_two_programmes_plan_is_one() -> None:
    yearly = Activity.EXAMINATION
    (one,) = rows(item(3), item(5, "diabetes", yearly), item(5, activity=yearly))
    assert [(each.activity, each.programmes) for each in one.items] == [
        (Activity.FOLLOW_UP, ("hypertension",)),
        (Activity.EXAMINATION, ("diabetes", "hypertension")),
    ]
    assert one.items[1].plan_ids == ("plan-diabetes", "plan-hypertension")


def test_every_activity_leads_to_its_form() -> None:
    (one,) = rows(
        item(0),
        item(2, "diabetes", Activity.RECHECK),
        item(3, "stroke", Activity.ARRIVAL_CHECK),
        item(9, "stroke", Activity.REFERRAL_OUTCOME),
        item(10, activity=Activity.EXAMINATION),
    )
    assert [(len(group.items), group.href) for group in groups_of(one)] == [
        (2, "/residents/li-na/follow-ups/new?programmes=hypertension,diabetes"),
        (2, "/residents/li-na/follow-ups/new?programmes=referral-outcome&of=stroke"),
        (1, "/residents/li-na/examinations/new"),
    ]


def test_what_another_module_planned_leads_to_its_page() -> None:
    (one,) = rows(item(0), elsewhere(2, "stroke", Activity.RETURN_CONTACT))
    begin = "/residents/li-na/follow-ups/new?programmes="
    assert [group.href for group in groups_of(one)] == [f"{begin}hypertension", "/referrals/r1"]
    assert [group.href for group in groups_of(one, {"stroke"})] == [f"{begin}hypertension,stroke"]
    assert not one.is_joint, "one form of ours"


def test_a_page_of_another_module_stands_there_once() -> None:
    outcome = elsewhere(1, "referral-outcome", Activity.REFERRAL_OUTCOME)
    (one,) = rows(outcome, elsewhere(5, "stroke", Activity.RETURN_CONTACT))
    assert [(each.activity, each.due_on.day) for each in one.items] == [
        (Activity.RETURN_CONTACT, 28)
    ]
    (alone,) = rows(outcome)
    assert [group.href for group in groups_of(alone)] == ["/referrals/r1"]
    assert alone.items[0].source == "Task"


def test_a_round_goes_from_building_to_building() -> None:
    places = [
        Place("371802001001", "2", "10", "1"), Place("371802001001", "2", "9", "2"),
        Place("371802001001", "1", "30", None), Place(None, None, None, None),
    ]  # fmt: skip
    assert sorted(places, key=lambda one: one.order) == [places[2], places[1], places[0], places[3]]


def test_who_lacks_the_yearly_examination_alone_is_not_lost() -> None:
    (one,) = rows(item(-100, activity=Activity.EXAMINATION), item(-10))
    assert one.overdue(TODAY) == 100
    assert one.band(TODAY) is Band.CALL
    (other,) = rows(item(-100, activity=Activity.EXAMINATION))
    assert other.band(TODAY) is None
