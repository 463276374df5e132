"""Making, changing and ending an agreement; making a department and its slots."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Any, Final

from kernel.clock import SHANGHAI
from kernel.errors import forbidden, not_found, unprocessable
from kernel.fhir import json
from kernel.fhir.store import Draft, read, save_all
from kernel.ids import uuid7
from kernel.messages import Message, _
from kernel.work import ReadWork, Work
from records.api import derived_id, find_all, id_of, load_all
from referral.agreements.bodies import Agreement, agreements_of, with_agreements
from referral.agreements.rules import OWN, may_keep

Resource = dict[str, Any]
_PERIOD: Final = _("结束日期不能早于开始日期")
_OVERLAPS: Final = _("与这家机构在这段时间已有协议，请先结束原来的协议")
_MOST_SLOTS: Final = 400
_TOO_MANY: Final = _("一次最多生成 %(most)s 个号，请缩短日期或加长每个号的时间")
_HOURS: Final = _("结束时间应晚于开始时间")
_PAST: Final = _("日期应在今天（%(today)s）以后的 %(days)s 天之内")
_AHEAD: Final = 90


def get_department(work: ReadWork, id_: str) -> tuple[Resource, int]:
    """A department and its version. Raises Refused (403, 404, 410)."""
    found = read(work, work.registry.specs["HealthcareService"], id_)
    return json.loads(found.body), found.version


def make_department(work: Work, hospital_id: str, name: str) -> str:
    """A department of a hospital under its name; the one that is there is taken again; its id.

    Raises Refused: 403 (another hospital's).
    """
    if not may_keep(work, hospital_id):
        raise forbidden(OWN, "hospital")
    known = find_all(
        work,
        "HealthcareService",
        ("organization", f"Organization/{hospital_id}"),
        ("_count", "200"),
    )
    for one in known:
        if one.get("name") == name:
            return str(one["id"])
    body = {
        "resourceType": "HealthcareService",
        "active": True,
        "providedBy": {"reference": f"Organization/{hospital_id}"},
        "name": name,
    }
    return save_all(work, [Draft(body, uuid7(work.now), fresh=True)])[0].id


def keep_agreement(work: Work, department_id: str, agreement: Agreement) -> str:
    """Add an agreement to a department, or put this one in place of that with its id; the id.

    Raises Refused: 403, 404, 422 (its days; another one with this partner then).
    """
    body, version = get_department(work, department_id)
    if not may_keep(work, id_of(body.get("providedBy"), "Organization")):
        raise forbidden(OWN, "hospital")
    if agreement.to_on is not None and agreement.to_on < agreement.from_on:
        raise unprocessable(_PERIOD, "to")
    one = agreement if agreement.id else replace(agreement, id=uuid7(work.now))
    others = [other for other in agreements_of(body) if other.id != one.id]
    if any(_overlap(one, other) for other in others):
        raise unprocessable(_OVERLAPS, "partner")
    known = [other.id for other in agreements_of(body)]
    if agreement.id and agreement.id not in known:
        raise not_found(f"HealthcareService/{department_id} agreement")
    changed = [one if other.id == one.id else other for other in agreements_of(body)]
    told = changed if one.id in known else [*changed, one]
    save_all(work, [Draft(with_agreements(body, told), department_id, expect=version)])
    return one.id


def _overlap(one: Agreement, other: Agreement) -> bool:
    if one.partner_id != other.partner_id or not set(one.directions) & set(other.directions):
        return False
    ends = (one.to_on or date.max, other.to_on or date.max)
    return one.from_on <= ends[1] and other.from_on <= ends[0]


@dataclass(frozen=True, slots=True)
class Plan:
    """Slots to be made: on which days, between which hours, how long each (minutes)."""

    from_on: date
    to_on: date
    weekdays: frozenset[int]
    begin: time
    end: time
    minutes: int


def make_slots(work: Work, department_id: str, plan: Plan) -> int:
    """Make the free slots of a plan; those that are there already stay as they are; how many.

    Raises Refused: 403, 404, 422 (days, hours, too many at once).
    """
    body, _version = get_department(work, department_id)
    if not may_keep(work, id_of(body.get("providedBy"), "Organization")):
        raise forbidden(OWN, "hospital")
    if not work.today <= plan.from_on <= plan.to_on <= work.today + timedelta(days=_AHEAD):
        text = Message(_PAST, today=work.today.isoformat(), days=_AHEAD)
        raise unprocessable(text, "from")
    if plan.end <= plan.begin:
        raise unprocessable(_HOURS, "end")
    slots = list(_slots(department_id, plan))
    if len(slots) > _MOST_SLOTS:
        raise unprocessable(Message(_TOO_MANY, most=_MOST_SLOTS), "minutes")
    known = load_all(work, "Slot", [one["id"] for one in slots])
    drafts = [Draft(one, one["id"]) for one in slots if one["id"] not in known]
    schedule = schedule_of(department_id, str(body.get("name", "")))
    if schedule["id"] not in load_all(work, "Schedule", [schedule["id"]]):
        drafts.insert(0, Draft(schedule, schedule["id"]))
    save_all(work, drafts)
    return len(drafts) - ("Schedule" in {one.body["resourceType"] for one in drafts})


def schedule_of(department_id: str, name: str) -> Resource:
    """The Schedule of a department."""
    actor: Resource = {"reference": f"HealthcareService/{department_id}"}
    if name:
        actor["display"] = name
    return {
        "resourceType": "Schedule",
        "id": derived_id(department_id, "schedule"),
        "active": True,
        "actor": [actor],
    }


def _slots(department_id: str, plan: Plan) -> Iterator[Resource]:
    day = plan.from_on
    length = timedelta(minutes=plan.minutes)
    while day <= plan.to_on:
        start = datetime.combine(day, plan.begin, SHANGHAI)
        end = datetime.combine(day, plan.end, SHANGHAI)
        while day.weekday() in plan.weekdays and start + length <= end:
            yield slot_body(department_id, start, length)
            start += length
        day += timedelta(days=1)


def slot_body(department_id: str, start: datetime, length: timedelta) -> Resource:
    """A free Slot of a department; the same one for the same time, always."""
    return {
        "resourceType": "Slot",
        "id": slot_id(department_id, start),
        "schedule": {"reference": f"Schedule/{derived_id(department_id, 'schedule')}"},
        "status": "free",
        "start": start.isoformat(),
        "end": (start + length).isoformat(),
    }


def slot_id(department_id: str, start: datetime) -> str:
    """The id of the slot of a department at a local time, whether there is one or not."""
    return derived_id(department_id, f"{start:%y%m%d%H%M}")
