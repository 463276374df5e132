"""Who should be in a programme, as SQL conditions on a row of `records_file`."""

from collections.abc import Callable
from datetime import date

from sqlalchemy import ColumnElement, and_, exists, false, or_

from health.tables import health_diagnosis
from records.api import records_file

Eligible = Callable[[date], ColumnElement[bool]]


def years_before(day: date, years: int) -> date:
    """The same day so many years earlier, the last of February on a leap day."""
    try:
        return day.replace(year=day.year - years)
    except ValueError:
        return day.replace(year=day.year - years, day=28)


def aged(from_age: int) -> Eligible:
    """Who has completed so many years on the day that is asked for."""
    return lambda today: records_file.c.born_on <= years_before(today, from_age)


def turning(age: int) -> Eligible:
    """Who completes so many years within the calendar year (§4, the age basis of the elderly)."""
    return lambda today: records_file.c.born_on <= date(today.year - age, 12, 31)


def diagnosed(*codes: str) -> Eligible:
    """Who has an active diagnosis that begins with one of these WHO ICD-10 codes."""
    code = health_diagnosis.c.code
    any_of = or_(*(and_(code >= one, code < one + "~") for one in codes))
    found = exists().where(health_diagnosis.c.patient_id == records_file.c.source_id, any_of)
    return lambda _today: found


def nobody() -> Eligible:
    """For a service that is applied for: there is no list of who should have it."""
    return lambda _today: false()


def both(*conditions: Eligible) -> Eligible:
    """All of these."""
    return lambda today: and_(*(one(today) for one in conditions))


def either(*conditions: Eligible) -> Eligible:
    """Any of these."""
    return lambda today: or_(*(one(today) for one in conditions))


def without(condition: Eligible) -> Eligible:
    """Those whom a condition does not choose."""
    return lambda today: ~condition(today)
