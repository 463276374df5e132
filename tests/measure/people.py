"""People whose years are counted in tests, made of facts."""

from dataclasses import replace
from datetime import date
from typing import Any, Final

from health.declare import Programme
from health.programmes import programme_of
from health.years_counting import (
    Enrolled,
    Examined,
    FollowUp,
    Kept,
    Person,
    PersonYear,
    years_of,
)

YEAR: Final = 2026
HYPERTENSION: Final = programme_of("hypertension")
DIABETES: Final = programme_of("diabetes")
ELDERLY: Final[Programme] = replace(
    HYPERTENSION, name="elderly", yearly=0, examination=False, from_age=65
)
"""What the years ask of the elderly's programme."""


def day(text: str) -> date:
    """2026-03-09, or 03-09 of the year of the tests."""
    return date.fromisoformat(text if len(text) > 5 else f"{YEAR}-{text}")


def visit(on: str, programme: str = "hypertension", **others: Any) -> FollowUp:
    """A follow-up face to face at which everything was as it should be."""
    return FollowUp(programme, day(on), **others)


QUARTERLY: Final = tuple(visit(on) for on in ("02-10", "05-10", "08-10", "11-10"))


def enrolled(
    since: str = "2025-03-01",
    until: str | None = None,
    *,
    programme: str = "hypertension",
    status: str = "",
    **others: Any,
) -> Enrolled:
    """An enrolment from a day until another (exclusive)."""
    ended = day(until) if until else None
    known = status or ("finished" if ended else "active")
    return Enrolled(programme, known, day(since), ended, **others)


def person(id_: str = "somebody", **others: Any) -> Person:
    """A person of 60 at station-1, enrolled for hypertension, well looked after."""
    known: dict[str, Any] = {
        "state": "active",
        "born": day("1966-06-01"),
        "organisation_id": "station-1",
        "kept": (Kept("station-1", day("2011-01-01"), None),),
        "enrolled": (enrolled(),),
        "follow_ups": QUARTERLY,
        "examinations": (Examined(day("05-10")),),
    }
    return Person(id_, **{**known, **others})


def years(who: Person, programme: Programme = HYPERTENSION, until: int = YEAR) -> list[PersonYear]:
    """The years of one programme."""
    return years_of(who, (programme,), until)


def year(who: Person, programme: Programme = HYPERTENSION, of: int = YEAR) -> PersonYear:
    """The one row of a year."""
    [found] = [one for one in years(who, programme, max(of, YEAR)) if one.year == of]
    return found
