"""What follows from a saved answer: the enrolment, the visit, the measurements, the plan."""

from collections.abc import Mapping
from typing import Any, Final

from sqlalchemy import select

from health.enrolment.kinds import episode
from health.events import FollowUpRecorded
from health.followups.answers import (
    FINISHED,
    Asked,
    asked_in,
    day_in,
    patient_in,
    subject_programme,
    values_in,
)
from health.followups.decision import Decided, read_decision
from health.followups.facts import find_enrolment
from health.followups.joint_visit import abandoned
from health.followups.repeated import unrepeated
from health.plans import plan_draft
from kernel.fhir.store import Draft, ResourceSaved, save_all
from kernel.ids import uuid7
from kernel.messages import Message, _
from kernel.work import ReadWork, Work
from records.api import (
    Answered,
    author_of,
    derived_id,
    doctor_of,
    extraction,
    load_all,
    records_file,
)

Body = Mapping[str, Any]
Resource = dict[str, Any]
ACT_CODE: Final = "http://terminology.hl7.org/CodeSystem/v3-ActCode"
_CLASSES: Final = {"1": "AMB", "2": "HH"}
"""Encounter.class by visit mode (codes.md §7.4); any other is virtual."""
_VISIT: Final = _("%(what)s随访")
_STAFF: Final = ("Practitioner/", "PractitionerRole/", "RelatedPerson/")
"""Who can be a participant of an Encounter; a form may also be filled in by others (R4 8.11)."""


def keep_follow_up(work: Work, event: ResourceSaved) -> None:
    """Write what follows from an answer to a programme's form; a card follows nothing."""
    asked = asked_in(event.body)
    if asked is None or asked.card or event.body.get("status") == "in-progress":
        return
    body = event.body
    values = values_in(asked, body)
    name = subject_programme(asked.programme, values)
    enrolled = _enrolled(work, asked, body, values)
    visit = _visit(work, asked, body, values, enrolled)
    own = {"reference": f"Encounter/{derived_id(str(body['id']), 'visit')}"}
    answered = Answered(body, asked.form, values, day_in(body, values), own)
    drafts = unrepeated(work, body, extraction(work, answered, fresh=event.before is None))
    plan = _planned(work, event, enrolled)
    if following := [*([Draft(visit, visit["id"])] if visit else []), *drafts, *plan]:
        save_all(work, following)
    decided = read_decision(body)
    if decided is not None and body.get("status") in FINISHED:
        work.emit(_recorded(asked, body, name, decided))


def _station(work: ReadWork, patient_id: str) -> Mapping[str, str]:
    """Where the visit was: at the institution of who writes it, else (a machine) of the file."""
    if work.actor.practitioner_id:
        return author_of(work).station
    file = records_file.c
    keeper = select(file.organisation_id).where(file.source_id == patient_id)
    return {"reference": f"Organization/{work.connection.scalar(keeper)}"}


def _planned(work: ReadWork, event: ResourceSaved, episode_id: str | None) -> list[Draft]:
    """The plan of the enrolment, where the answer changes it."""
    stored = load_all(work, "EpisodeOfCare", [episode_id]).get(episode_id) if episode_id else None
    if stored is None:
        return []
    new = event.body if event.before is None and event.body.get("status") in FINISHED else None
    draft = plan_draft(work, stored, new=new)
    return [draft] if draft else []


def _recorded(asked: Asked, body: Body, programme: str, decided: Decided) -> FollowUpRecorded:
    return FollowUpRecorded(
        patient_in(body),
        programme,
        str(body["id"]),
        decided.action,
        tuple(text for text, _clause in decided.reasons),
        asked.programme.name,
        decided.outcome,
        day_in(body, values_in(asked, body)),
    )


def _enrolled(work: Work, asked: Asked, body: Body, values: Mapping[str, Any]) -> str | None:
    """The id of the enrolment that an answer belongs to; a first answer may make it."""
    on, patient = day_in(body, values) or work.today, patient_in(body)
    name = subject_programme(asked.programme, values)
    found = find_enrolment(work, patient, name, on)
    if found is not None:
        return found.episode_id
    if not asked.programme.enrols_itself or body.get("status") not in FINISHED:
        return None
    doctor = doctor_of(work) if work.actor.practitioner_id else None
    made = episode(
        asked.programme, patient, on=on, organisation=_station(work, patient), doctor=doctor
    )
    return save_all(work, [Draft(made, uuid7(work.now), fresh=True)])[0].id


def _visit(
    work: ReadWork, asked: Asked, body: Body, values: Mapping[str, Any], episode_id: str | None
) -> Resource | None:
    """The Encounter that has to be written: of an answer that names none, or a changed one."""
    if body.get("status") not in FINISHED:
        return abandoned(work, body)
    own = derived_id(str(body["id"]), "visit")
    named = (body.get("encounter") or {}).get("reference", f"Encounter/{own}")
    if named != f"Encounter/{own}":
        return None
    stored = load_all(work, "Encounter", [own]).get(own)
    wanted = visit_body(work, asked, body, values, episode_id=episode_id)
    if stored is None:
        return wanted
    kept = {**wanted, "serviceProvider": stored["serviceProvider"]}
    return None if _same(stored, kept) else kept


def _same(stored: Body, wanted: Body) -> bool:
    return all(stored.get(name) == value for name, value in wanted.items())


def visit_body(
    work: ReadWork,
    asked: Asked,
    body: Body,
    values: Mapping[str, Any],
    *,
    episode_id: str | None,
) -> Resource:
    """The finished Encounter of a follow-up, by the mode that was chosen (codes.md §7.4)."""
    code = str(values.get("visit-mode", "1"))
    on = (day_in(body, values) or work.today).isoformat()
    author = body.get("author") or doctor_of(work)
    title = str(Message(_VISIT, what=asked.programme.short))
    mode: list[Resource] = []
    if "visit-mode" in values:
        field = asked.form.field("visit-mode")
        coding = {"system": field.system, "code": code, "display": field.by_code[code].title}
        mode = [{"coding": [coding], "text": title}]
    found: Resource = {
        "resourceType": "Encounter",
        "id": derived_id(str(body["id"]), "visit"),
        "status": "finished",
        "class": {"system": ACT_CODE, "code": _CLASSES.get(code, "VR")},
        "type": mode or [{"text": title}],
        "subject": dict(body["subject"]),
        "period": {"start": on, "end": on},
        "reasonCode": [{"text": title}],
        "serviceProvider": _station(work, patient_in(body)),
    }
    if str(author.get("reference", "")).startswith(_STAFF) or "reference" not in author:
        found["participant"] = [{"individual": dict(author)}]
    if episode_id:
        found["episodeOfCare"] = [{"reference": f"EpisodeOfCare/{episode_id}"}]
    return found
