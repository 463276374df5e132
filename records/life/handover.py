"""What changes in one person's file when another institution takes it over, and in a household."""

from collections.abc import Mapping
from datetime import date
from typing import Any, Final, NamedTuple

from sqlalchemy import select

from kernel.canonical import HEALTH_RECORD_NUMBER
from kernel.db.tables import fhir_resource
from kernel.fhir import json
from kernel.fhir.store import Draft, read, save_all
from kernel.work import ReadWork, Work
from records.events import FileMoved
from records.households import services as households
from records.households.codes import ADDRESS
from records.households.group import active_members, with_extension
from records.households.tables import records_household_member
from records.life.contract import is_contract
from records.life.homes import home_of, rehomed
from records.life.intervals import beginning, check_day, ending, open_interval
from records.life.numbering import next_record_number
from records.life.parameters import NEW_NUMBER_ON_MOVE
from records.life.provenance import life_step
from records.life.residence import HANDED_OVER, MOVED_IN, counts, ended, is_residence
from records.life.services import RECORD_NUMBER, get_file
from records.life.staff import Colleague
from records.life.states import ACTIVE, CLOSE_REASON, CLOSED_ON, COUNTED, with_state
from records.life.tasks import Home
from records.reading import id_of

_WAITING: Final = frozenset(
    {"draft", "requested", "received", "accepted", "ready", "in-progress", "on-hold"}
)
"""Task.status of what is still to be done."""


class Handover(NamedTuple):
    """Who takes over from whom: references to the institutions, the doctor, the day, the reason.

    `home` is where the people live now, empty where that is not told. With `renumber` the record
    gets a number of the new committee; the old one stays as old.
    """

    from_id: str
    to: Mapping[str, str]
    doctor: Colleague
    on: date
    reason: str
    home: Home = Home()
    renumber: bool = NEW_NUMBER_ON_MOVE

    @property
    def to_id(self) -> str:
        """The new institution's id."""
        return id_of(self.to, "Organization")


def hand_over(work: Work, patient_id: str, handover: Handover) -> None:
    """Give one person's file over: Patient, residence, open episodes and waiting tasks.

    `work` sees both institutions. Raises Refused (422) for a day in the future or before the
    residence that it ends.
    """
    file = get_file(work, patient_id)
    interval = open_interval(work, patient_id)
    check_day(work, handover.on, not_before=interval.from_on if interval else None, field="on")
    drafts = [Draft(_handed(work, file.body, handover), patient_id, expect=file.version)]
    if interval is not None:
        drafts.append(ending(work, interval, to_on=handover.on, closed_for=HANDED_OVER))
    drafts.append(beginning(work, patient_id, handover.to_id, on=handover.on, opened_for=MOVED_IN))
    skipped = interval.episode_id if interval else ""
    drafts += _followers(work, patient_id, handover, skipped)
    drafts.append(life_step(work, "move", patient_id, on=handover.on, reason=handover.reason))
    save_all(work, drafts)
    work.emit(
        FileMoved(patient_id, handover.from_id, handover.to_id, handover.doctor.id, handover.on)
    )


def _handed(work: Work, body: Mapping[str, Any], handover: Handover) -> dict[str, Any]:
    gone = (CLOSE_REASON, CLOSED_ON)
    others = [one for one in body.get("extension", ()) if one.get("url") not in gone]
    moved = {
        **body,
        "extension": others,
        "managingOrganization": dict(handover.to),
        "generalPractitioner": [handover.doctor.reference],
    }
    if home := _new_home(handover):
        moved = rehomed(moved, home, handover.on)
    if handover.renumber and handover.home.committee:
        number = next_record_number(work, handover.home.committee)
        moved["identifier"] = _numbers(body, number)
    return with_state(moved, ACTIVE)


def _new_home(handover: Handover) -> dict[str, Any] | None:
    if not handover.home.address:
        return None
    return home_of(handover.home.address, {"committee": handover.home.committee})


def _numbers(body: Mapping[str, Any], number: str) -> list[dict[str, Any]]:
    """The identifiers with another record number in front; the present one stays as old."""
    before = [
        {**one, "use": "old"} if one.get("system") == HEALTH_RECORD_NUMBER else one
        for one in body.get("identifier", ())
    ]
    return [{**RECORD_NUMBER, "value": number}, *before]


def _followers(work: ReadWork, patient_id: str, handover: Handover, skipped: str) -> list[Draft]:
    """Open programmes go to the new institution and doctor, contracts end, tasks get an owner."""
    head = fhir_resource.c
    rows = work.connection.execute(
        select(head.type, head.id)
        .where(
            head.patient_id == patient_id,
            head.type.in_(("EpisodeOfCare", "Task")),
            head.deleted.is_(False),
            head.id != skipped,
        )
        .order_by(head.type, head.id)
    ).all()
    drafts = []
    for type_, id_ in rows:
        version = read(work, work.registry.specs[type_], id_)
        body = json.loads(version.body)
        changed = _episode(body, handover) if type_ == "EpisodeOfCare" else _task(body, handover)
        if changed is not None:
            drafts.append(Draft(changed, id_, expect=version.version))
    return drafts


def _episode(body: dict[str, Any], handover: Handover) -> dict[str, Any] | None:
    if is_residence(body) or not counts(body) or body.get("status") == "finished":
        return None
    if is_contract(body):
        return ended(body, to_on=handover.on, closed_for=HANDED_OVER)
    taken = {"managingOrganization": dict(handover.to), "careManager": handover.doctor.reference}
    return {**body, **taken}


def _task(body: dict[str, Any], handover: Handover) -> dict[str, Any] | None:
    if body.get("status") not in _WAITING:
        return None
    return {**body, "owner": handover.doctor.reference}


def household_of(work: ReadWork, patient_id: str) -> str | None:
    """The household that somebody is in now, or None."""
    member = records_household_member.c
    return work.connection.scalar(
        select(member.source_id).where(member.patient_id == patient_id, member.to_on.is_(None))
    )


def people_of(work: ReadWork, patient_id: str, household: bool) -> list[str]:
    """Who moves: the person, and with `household` everybody else of it whose file is kept there."""
    group = household_of(work, patient_id) if household else None
    if group is None:
        return [patient_id]
    keeper = get_file(work, patient_id).keeper
    others = [one.patient_id for one in active_members(households.get_household(work, group).body)]
    files = [get_file(work, id_) for id_ in others if id_ != patient_id]
    return [patient_id, *(f.id for f in files if f.keeper == keeper and f.state in COUNTED)]


def move_household(work: Work, patient_id: str, handover: Handover, *, whole: bool) -> None:
    """The household follows as a whole, or the person leaves it."""
    group = household_of(work, patient_id)
    if group is None:
        return
    if not whole:
        households.leave(work, group, patient_id, on=handover.on)
        return
    found = households.get_household(work, group)
    body = {**found.body, "managingEntity": dict(handover.to)}
    if home := _new_home(handover):
        body = with_extension(body, ADDRESS, {"valueAddress": home})
    save_all(work, [Draft(body, group, expect=found.version)])
