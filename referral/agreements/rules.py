"""Who keeps the departments, schedules and slots of a hospital."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from kernel.declare.resource import Rule
from kernel.declare.roles import Role
from kernel.errors import Issue
from kernel.messages import _
from kernel.work import ReadWork
from records.api import id_of, load_all
from referral.agreements.bodies import AGREEMENT

Body = Mapping[str, Any]
OWN: Final = _("只能维护本医院的科室、协议和号源")
_DAYS: Final = _("协议应有编号、协议机构和完整的开始日期（扩展 referral-agreement）")


def may_keep(work: ReadWork, hospital_id: str) -> bool:
    """Whether the actor keeps the departments of a hospital: its own office, or the bureau."""
    if work.actor.elevated:
        return True
    if Role.REFERRAL_COORDINATOR in work.actor.roles:
        return work.actor.organisation_id == hospital_id
    return bool(work.actor.roles & {Role.BUREAU_OFFICER, Role.PLATFORM})


def check_department(work: ReadWork, before: Body | None, after: Body | None) -> Sequence[Issue]:
    """A department is kept by its own hospital or the bureau, and its agreements are whole."""
    whose = {id_of(one.get("providedBy"), "Organization") for one in (before, after) if one}
    found = [] if all(may_keep(work, one) for one in whose) else [_foreign("HealthcareService")]
    return [*found, *_agreement_faults(after or {})]


def _agreement_faults(body: Body) -> Iterator[Issue]:
    for number, one in enumerate(body.get("extension", ())):
        if one.get("url") == AGREEMENT and not _is_whole(one):
            yield Issue("required", _DAYS, f"HealthcareService.extension[{number}]")


def _is_whole(extension: Body) -> bool:
    told = {part.get("url"): part for part in extension.get("extension", ())}
    days = [told[name].get("valueDate") or "" for name in ("from", "to") if name in told]
    whole = all(len(day) == len("2026-01-01") for day in days)
    return {"id", "partner", "from"} <= told.keys() and whole


def check_schedule(work: ReadWork, before: Body | None, after: Body | None) -> Sequence[Issue]:
    """A schedule belongs to the hospital of its department."""
    bodies = [one for one in (before, after) if one]
    return [] if all(_keeps_schedule(work, one) for one in bodies) else [_foreign("Schedule")]


def check_slot(work: ReadWork, before: Body | None, after: Body | None) -> Sequence[Issue]:
    """A slot belongs to the hospital of its schedule."""
    ids = [id_of(one.get("schedule"), "Schedule") for one in (before, after) if one]
    schedules = load_all(work, "Schedule", ids).values()
    return [] if all(_keeps_schedule(work, one) for one in schedules) else [_foreign("Slot")]


def _keeps_schedule(work: ReadWork, schedule: Body) -> bool:
    ids = [id_of(one, "HealthcareService") for one in schedule.get("actor", ())]
    departments = load_all(work, "HealthcareService", [one for one in ids if one]).values()
    return all(may_keep(work, id_of(one.get("providedBy"), "Organization")) for one in departments)


def _foreign(type_: str) -> Issue:
    return Issue("forbidden", OWN, type_)


OWN_DEPARTMENT: Final = Rule("own-department", check_department)
OWN_SCHEDULE: Final = Rule("own-schedule", check_schedule)
OWN_SLOT: Final = Rule("own-slot", check_slot)
