"""The departments of the city's hospitals, their agreements, and their slots around today.

Every district has an agreement with every department; the first centre has closer ones of its own,
one agreement is over and one begins next month. Ids and times depend on the city's day alone.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, Final

from demo.cast import practitioner_id
from demo.directory import ORGANISATION_KIND, Directory
from kernel.clock import SHANGHAI
from referral.api import Agreement, schedule_of, slot_body, with_agreements

Resource = dict[str, Any]
DAYS: Final = 10
"""So many days before and after the city's day have slots."""
HOURS: Final = (time(8, 30), time(9), time(9, 30), time(10), time(10, 30), time(14), time(15))
_LENGTH: Final = timedelta(minutes=30)
_WEEKEND: Final = (5, 6)
_MATERNITY: Final = "妇幼保健院"
_BY_ITSELF: Final = ("elderly", "general")
"""What every department takes besides its own diseases."""
_OLD: Final = date(2022, 1, 1)
_NEW: Final = date(2024, 1, 1)
_STABLE: Final = "生命体征平稳，资料齐全"
_REPORTS: Final = "附三个月内的检查结果"


@dataclass(frozen=True, slots=True)
class _Department:
    """A department: which diseases (none: all), how many a day (0: no limit), on which terms."""

    key: str
    name: str
    capacity: int
    conditions: str = _STABLE
    diseases: tuple[str, ...] = ()
    directions: tuple[str, ...] = ("up",)


_GENERAL: Final = (
    _Department("cardiology", "心血管内科", 30, _REPORTS, ("hypertension", "coronary")),
    _Department("endocrinology", "内分泌科", 30, _REPORTS, ("diabetes",)),
    _Department("neurology", "神经内科", 20, _STABLE, ("stroke", "hypertension")),
    _Department("respiratory", "呼吸与危重症医学科", 20, _REPORTS, ("copd",)),
    _Department("rehabilitation", "康复医学科", 8, "病情稳定，可配合训练", ("stroke",)),
    _Department("emergency", "急诊科", 0, "先电话联系"),
    _Department("surgery", "普外科", 15, diseases=("general",)),
    _Department("orthopaedics", "骨科", 15, diseases=("general",)),
    _Department("tcm", "中医科", 10, directions=("up", "lateral")),
)
_WOMEN: Final = (
    _Department("gynaecology", "妇科", 15, diseases=("general",)),
    _Department("obstetrics", "产科", 15, diseases=("general",)),
    _Department("paediatrics", "儿科", 20, diseases=("general",)),
    _Department("endocrinology", "内分泌科", 20, _REPORTS, ("diabetes",)),
)


def referral_directory(city: Directory, today: date) -> Iterator[Resource]:
    """Departments with their agreements, schedules and slots; each after what it refers to."""
    districts = _of_kind(city, "district-bureau")
    for hospital in _of_kind(city, "hospital"):
        named = next(one for one in city.organisations if one["id"] == hospital)["name"]
        for one in _WOMEN if _MATERNITY in named else _GENERAL:
            yield from _department(hospital, one, districts, today)


def _of_kind(city: Directory, kind: str) -> list[str]:
    return [
        str(one["id"])
        for one in city.organisations
        for coding in one["type"][0]["coding"]
        if coding["system"] == ORGANISATION_KIND and coding["code"] == kind
    ]


def _department(
    hospital: str, one: _Department, districts: list[str], today: date
) -> Iterator[Resource]:
    id_ = f"{hospital}-{one.key}"
    body: Resource = {
        "resourceType": "HealthcareService",
        "id": id_,
        "active": True,
        "providedBy": {"reference": f"Organization/{hospital}"},
        "name": one.name,
    }
    yield with_agreements(body, list(_agreements(hospital, one, districts, today)))
    yield schedule_of(id_, one.name)
    for start in _starts(today):
        yield slot_body(id_, start, _LENGTH)


def _agreements(
    hospital: str, one: _Department, districts: list[str], today: date
) -> Iterator[Agreement]:
    contact = practitioner_id(hospital, "referral_coordinator")
    diseases = (*one.diseases, *_BY_ITSELF) if one.diseases else ()
    diseases = tuple(dict.fromkeys(diseases))

    def agreed(partner: str, from_on: date, to_on: date | None = None, more: int = 0) -> Agreement:
        capacity = one.capacity + more if one.capacity else 0
        return Agreement(
            f"{partner}-{from_on.year}", partner, from_on, to_on, one.directions, diseases,
            one.conditions, capacity, contact,
        )  # fmt: skip

    for district in districts:
        yield agreed(district, _NEW)
    if one.key == "rehabilitation":
        yield agreed("centre-1", _NEW, more=4)
    if one.key == "tcm":
        yield agreed("centre-1", _OLD, _NEW - timedelta(days=1))
    if one.key == "orthopaedics":
        yield agreed("centre-2", _next_month(today))


def _next_month(today: date) -> date:
    return (today.replace(day=1) + timedelta(days=32)).replace(day=1)


def _starts(today: date) -> Iterator[datetime]:
    for day in range(-DAYS, DAYS + 1):
        on = today + timedelta(days=day)
        if on.weekday() not in _WEEKEND:
            yield from (datetime.combine(on, hour, SHANGHAI) for hour in HOURS)
