"""What happens to somebody's place in a programme: enrolled, suspended, resumed, closed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from health.declare import Programme
from health.enrolment.kinds import (
    CLOSED_FOR,
    NOTE,
    episode,
    programme_in,
    with_extension,
    with_status,
)
from health.enrolment.states import Step, after
from health.followups.facts import list_enrolments
from kernel.errors import conflict, unprocessable
from kernel.fhir import json
from kernel.fhir.store import Draft, get_head, read, save_all
from kernel.messages import Message, _
from kernel.work import ReadWork, Work
from records.api import author_of, day_of, death_of, get_resident

Resource = dict[str, Any]
_FUTURE: Final = _("建档日期不能晚于今天。")
_UNBORN: Final = _("建档日期不能早于出生日期。")
_TWICE: Final = _("居民已在“%(title)s”管理中（自 %(day)s 起）。")
_CLOSED: Final = _("健康档案已结案，不能纳入管理；需要时请先恢复档案。")
_ENDED: Final = _("这项管理已经结束，不能再修改。")
_BEFORE: Final = _("日期不能早于纳入管理的日期（%(day)s）。")
_LATER: Final = _("日期不能晚于今天。")
_NOT_NOW: Final = _("现在的状态不能这样做，请刷新后再看。")


@dataclass(frozen=True, slots=True)
class Enrolling:
    """How somebody comes into a programme.

    `source` is a code of nbphs3-enrol-source, `note` the words beside it; `doctor` a Reference to
    who is responsible where that is not the actor. `beside` is what is saved with it (the card,
    which may refer to `EpisodeOfCare/{id}`); `status` is waitlist where approval comes first.
    """

    on: date
    source: str = ""
    beside: Sequence[Draft] = ()
    status: str = "active"
    note: str = ""
    doctor: Mapping[str, str] | None = None


def enrol(
    work: Work, patient_id: str, programme: Programme, enrolling: Enrolling, *, id: str
) -> str:
    """Take a person into a programme; the id of the EpisodeOfCare.

    A form that is sent twice (`id`) enrols once. Raises Refused: 404 (not visible), 409 (the file
    is closed, or there is such an enrolment), 422 (the day).
    """
    if get_head(work, work.registry.specs["EpisodeOfCare"], id) is not None:
        return id
    patient = get_resident(work, patient_id)
    if death_of(patient)[0] or not patient.get("active", True):
        raise conflict(_CLOSED)
    _check_day(work, enrolling.on, day_of(patient.get("birthDate")))
    running = [
        one
        for one in list_enrolments(work, patient_id)
        if one.programme == programme.name and (one.open or one.applied)
    ]
    if running:
        day = running[0].from_on.isoformat()
        raise conflict(Message(_TWICE, title=programme.title, day=day))
    author = author_of(work)
    body = episode(
        programme,
        patient_id,
        on=enrolling.on,
        organisation=author.station,
        doctor=enrolling.doctor or author.doctor,
        source=enrolling.source,
        status=enrolling.status,
    )
    body = with_extension(body, NOTE, "valueString", enrolling.note)
    save_all(work, [Draft(body, id), *enrolling.beside])
    return id


def _check_day(work: ReadWork, on: date, born: date | None) -> None:
    if on > work.today:
        raise unprocessable(_FUTURE, "on")
    if born is not None and on < born:
        raise unprocessable(_UNBORN, "on")


def get_episode(work: ReadWork, id_: str) -> tuple[Resource, int]:
    """An EpisodeOfCare of a programme and its version. Raises Refused (403, 404, 410)."""
    version = read(work, work.registry.specs["EpisodeOfCare"], id_)
    body: Resource = json.loads(version.body)
    if not programme_in(body):
        raise conflict(_NOT_NOW)
    return body, version.version


@dataclass(frozen=True, slots=True)
class Change:
    """A step in an enrolment's life: on which day, why, and the words beside it.

    `beside` is what is saved with it: the card, where a step asks for it.
    """

    on: date
    reason: str = ""
    note: str = ""
    beside: Sequence[Draft] = ()


def suspend(work: Work, episode_id: str, change: Change, *, expect: int | None = None) -> None:
    """Somebody is lost for the time being (暂时失访). Raises Refused: 404, 409, 412, 422."""
    _turn(work, episode_id, Step.SUSPEND, change, expect=expect)


def resume(work: Work, episode_id: str, change: Change, *, expect: int | None = None) -> None:
    """Somebody came back. Raises Refused: 404, 409, 412, 422."""
    _turn(work, episode_id, Step.RESUME, change, expect=expect)


def close(work: Work, episode_id: str, change: Change, *, expect: int | None = None) -> None:
    """End the management; `change.reason` is a code of nbphs3-enrol-close-reason.

    Raises Refused: 404, 409 (it has ended), 412, 422.
    """
    _turn(work, episode_id, Step.CLOSE, change, expect=expect)


def approve(work: Work, episode_id: str, change: Change, *, expect: int | None = None) -> None:
    """What was applied for begins (登记). Raises Refused: 404, 409, 412, 422."""
    _turn(work, episode_id, Step.APPROVE, change, expect=expect)


def give_back(work: Work, episode_id: str, change: Change, *, expect: int | None = None) -> None:
    """An application is returned to who wrote it (退回). Raises Refused: 404, 409, 412, 422."""
    _turn(work, episode_id, Step.RETURN, change, expect=expect)


def submit(work: Work, episode_id: str, change: Change, *, expect: int | None = None) -> None:
    """A returned application is handed in again. Raises Refused: 404, 409, 412, 422."""
    _turn(work, episode_id, Step.SUBMIT, change, expect=expect)


def _turn(
    work: Work, episode_id: str, step: Step, change: Change, *, expect: int | None = None
) -> None:
    body, version = get_episode(work, episode_id)
    status = after(step, body["status"])
    if status is None:
        raise conflict(_ENDED if body["status"] in ("finished", "cancelled") else _NOT_NOW)
    _check_change(work, body, change.on)
    turned = with_status(body, status, change.on)
    turned = with_extension(turned, NOTE, "valueString", change.note)
    if step is Step.CLOSE:
        turned = with_extension(turned, CLOSED_FOR, "valueCode", change.reason)
        turned["period"] = {**body["period"], "end": change.on.isoformat()}
    if step is Step.APPROVE:
        turned["period"] = {"start": change.on.isoformat()}
    beside = change.beside
    save_all(work, [Draft(turned, episode_id, expect=expect or version), *beside])


def _check_change(work: ReadWork, body: Mapping[str, Any], on: date) -> None:
    begun = str(body["period"]["start"])[:10]
    if on > work.today:
        raise unprocessable(_LATER, "on")
    if on.isoformat() < begun:
        raise unprocessable(Message(_BEFORE, day=begun), "on")
