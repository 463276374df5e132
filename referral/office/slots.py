"""The free slots of a hospital's departments, the first ones first."""

from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from kernel.clock import SHANGHAI, Instant, as_datetime, iso_instant
from kernel.messages import Message, _
from kernel.work import ReadWork
from records.api import find_all, id_of, load_all
from referral.moving.proposals import department_of_slot, find_proposal, slot_of
from referral.task import instant

_MOST: Final = "200"


class FreeSlot(NamedTuple):
    """A slot that can be booked: of which department (HealthcareService), from when until when."""

    id: str
    department_id: str
    start_at: Instant
    end_at: Instant


WEEKDAYS: Final = (
    _("周一"), _("周二"), _("周三"), _("周四"), _("周五"), _("周六"), _("周日"),
)  # fmt: skip
_WORDS: Final = _("%(on)s %(weekday)s %(begin)s–%(end)s")


def slot_words(slot: FreeSlot) -> str:
    """When a slot is: the day with its weekday, from when until when."""
    begin, end = (as_datetime(at).astimezone(SHANGHAI) for at in (slot.start_at, slot.end_at))
    return Message(
        _WORDS, on=f"{begin:%Y-%m-%d}", weekday=WEEKDAYS[begin.weekday()],
        begin=f"{begin:%H:%M}", end=f"{end:%H:%M}",
    )  # fmt: skip


def list_free_slots(
    work: ReadWork, department_ids: Sequence[str], *, most: int = 40
) -> list[FreeSlot]:
    """The slots of these departments that begin later than now and are free, the first first."""
    found = sorted(_slots(work, department_ids, most), key=lambda one: (one.start_at, one.id))
    return found[:most]


def find_held_slot(work: ReadWork, request_id: str, department_id: str) -> FreeSlot | None:
    """The slot of a department that is held for a referral and yet to come, or None."""
    id_ = slot_of(find_proposal(work, request_id))
    slot = load_all(work, "Slot", [id_]).get(id_)
    if slot is None or department_of_slot(work, slot) != department_id:
        return None
    found = FreeSlot(id_, department_id, instant(slot["start"]), instant(slot["end"]))
    return found if found.start_at > work.now else None


def _slots(work: ReadWork, department_ids: Sequence[str], most: int) -> Iterator[FreeSlot]:
    if not department_ids:
        return
    actors = ",".join(f"HealthcareService/{id_}" for id_ in department_ids)
    schedules = find_all(work, "Schedule", ("actor", actors), ("_count", _MOST))
    departments = {
        str(one["id"]): department
        for one in schedules
        for actor in one.get("actor", ())
        if (department := id_of(actor, "HealthcareService")) in department_ids
    }
    if not departments:
        return
    found = find_all(
        work,
        "Slot",
        ("schedule", ",".join(f"Schedule/{id_}" for id_ in departments)),
        ("status", "free"),
        ("start", f"gt{iso_instant(work.now)}"),
        ("_sort", "start"),
        ("_count", str(most)),
    )
    for one in found:
        department = departments[id_of(one["schedule"], "Schedule")]
        yield FreeSlot(str(one["id"]), department, instant(one["start"]), instant(one["end"]))
