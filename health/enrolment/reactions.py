"""An enrolment keeps its plan; a file that ends, moves or is merged takes its enrolments along."""

from collections.abc import Mapping
from typing import Any, Final

from health.enrolment.kinds import CLOSED_FOR, programme_in, with_extension, with_status
from health.enrolment.services import Change, close
from health.followups.facts import Enrolment, list_enrolments
from health.plans import keep_plan
from health.programmes import PROGRAMMES, programme_of
from kernel.errors import conflict
from kernel.fhir.store import Draft, ResourceSaved, save_all
from kernel.messages import Message, _
from kernel.work import Work
from records.api import examined, id_of, load_all
from records.events import FileClosed, FileMoved, FilesJoined

Body = Mapping[str, Any]
_TWICE: Final = _("居民已在“%(title)s”管理中，同一项目不能有两份在管记录。")
DEATH, MOVED, LOST, REFUSED, MISDIAGNOSED, FINISHED, ENROLLED = "1", "2", "3", "4", "5", "6", "7"
"""Codes of nbphs3-enrol-close-reason."""
_REASONS: Final = {"1": DEATH, "2": MOVED, "3": LOST, "4": REFUSED}
"""From the reason for which a file is closed (nbphs3-record-close-reason)."""


def keep_enrolment(work: Work, event: ResourceSaved) -> None:
    """One open enrolment a programme; its plan; a confirmed disease ends its screening.

    Raises Refused (409).
    """
    body = event.body
    name = programme_in(body)
    if not name:
        return
    patient = id_of(body.get("patient"), "Patient")
    enrolments = list_enrolments(work, patient)
    open_ = [one for one in enrolments if one.programme == name and one.open]
    if len(open_) > 1 and not _merged(event):
        raise conflict(Message(_TWICE, title=programme_of(name).title))
    keep_plan(work, body)
    if body["status"] == "active":
        _end_screening(work, enrolments, name)


def _merged(event: ResourceSaved) -> bool:
    """Whether it only came to another person, as when two files are joined."""
    return event.before is not None and event.before.patient_id != event.saved.patient_id


def _end_screening(work: Work, enrolments: list[Enrolment], name: str) -> None:
    screenings = {one.name for one in PROGRAMMES if one.screens == name}
    for one in enrolments:
        if one.programme in screenings and one.open:
            close(work, one.episode_id, Change(work.today, ENROLLED))


def follow_examination(work: Work, event: ResourceSaved) -> None:
    """An examination moves the date of the next one in every plan that has one."""
    if not _examination(event.body):
        return
    patient = id_of(event.body.get("subject"), "Patient")
    wanted = {one.name for one in PROGRAMMES if one.examination}
    for one in _open(work, patient):
        if one.programme in wanted:
            keep_plan(work, _episode(work, one))


def _examination(body: Body) -> bool:
    """Whether it is one, be it that it was taken back just now."""
    return examined({**body, "status": "completed"}) is not None


def _open(work: Work, patient_id: str) -> list[Enrolment]:
    return [one for one in list_enrolments(work, patient_id) if one.open or one.applied]


def _episode(work: Work, one: Enrolment) -> Body:
    return load_all(work, "EpisodeOfCare", [one.episode_id])[one.episode_id]


def end_with_file(work: Work, event: FileClosed) -> None:
    """A closed file ends everything that its owner is managed in."""
    reason = _REASONS.get(event.reason, FINISHED)
    for one in _open(work, event.patient_id):
        close(work, one.episode_id, Change(max(event.on, one.from_on), reason))


def move_with_file(work: Work, event: FileMoved) -> None:
    """The new institution and its doctor go on with what was planned."""
    changed = [
        {
            **_episode(work, one),
            "managingOrganization": {"reference": f"Organization/{event.to_organisation_id}"},
            "careManager": {"reference": f"Practitioner/{event.doctor_id}"},
        }
        for one in _open(work, event.patient_id)
    ]
    save_all(work, [Draft(body, body["id"]) for body in changed])


def join_enrolments(work: Work, event: FilesJoined) -> None:
    """Of two enrolments of one person in the same programme the earlier one goes on."""
    kept: dict[str, Enrolment] = {}
    for one in sorted(_open(work, event.keep_id), key=lambda each: each.from_on):
        if one.programme not in kept:
            kept[one.programme] = one
            continue
        body = _episode(work, one)
        ended = with_status(body, "cancelled", work.today)
        ended = with_extension(ended, CLOSED_FOR, "valueCode", FINISHED)
        save_all(work, [Draft(ended, one.episode_id)])
    for one in kept.values():
        keep_plan(work, _episode(work, one))
