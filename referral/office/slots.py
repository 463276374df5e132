"""The free slots of a hospital's departments, the first ones first."""

from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from kernel.clock import Instant, iso_instant
from kernel.work import ReadWork
from records.api import find_all, id_of
from referral.task import instant

_MOST: Final = "200"


class FreeSlot(NamedTuple):
    """A slot that can be booked: of which department (HealthcareService), from when until when."""

    id: str
    department_id: str
    start_at: Instant
    end_at: Instant


def list_free_slots(
    work: ReadWork, department_ids: Sequence[str], *, most: int = 40
) -> list[FreeSlot]:
    """The slots of these departments that begin later than now and are free, the first first."""
    found = sorted(_slots(work, department_ids, most), key=lambda one: (one.start_at, one.id))
    return found[:most]


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
