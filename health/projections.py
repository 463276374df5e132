"""From resources to the facts of the programmes: pure functions; what was decided is copied."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any, Final

from health.declare import Action, Programme
from health.enrolment.kinds import CLOSED_FOR, programme_in, suspended_on
from health.fields import EDUCATION, FACE_TO_FACE, VISIT_MODE
from health.followups.answers import FINISHED, asked_in, day_in, patient_in, values_in
from health.followups.decision import read_decision
from health.plans import ACTION, ACTIVITIES
from health.tables import (
    health_contact,
    health_diagnosis,
    health_due,
    health_enrolment,
    health_examination,
    health_follow_up,
)
from kernel.canonical import ICD10_NATIONAL, ICD10_WHO
from kernel.declare.form import Values
from kernel.declare.module import Projection
from records.api import CARE_KIND, codes_of, day_of, days_of, examined, extension_value, id_of

Body = Mapping[str, Any]
Rows = Sequence[Mapping[str, Any]]
_WRONG: Final = "entered-in-error"
YES: Final = "2"
"""The code of nbphs3-no-yes for yes."""


def enrolment_rows(body: Body) -> Rows:
    """The row of a programme's EpisodeOfCare; nothing for any other."""
    programme, days = programme_in(body), days_of(body)
    patient = id_of(body.get("patient"), "Patient")
    if not programme or not days or not patient or body.get("status") == _WRONG:
        return []
    suspended = suspended_on(body)
    return [
        {
            "patient_id": patient,
            "programme": programme,
            "status": body["status"],
            "from_on": days[0],
            "to_on": days[1],
            "closed_for": extension_value(body, CLOSED_FOR, "valueCode"),
            "suspended_on": suspended.isoformat() if suspended else None,
        }
    ]


def follow_up_rows(body: Body) -> Rows:
    """The row of a valid answer to a programme's follow-up form, as it was decided."""
    asked = asked_in(body)
    decided = read_decision(body)
    if asked is None or asked.card or decided is None or body.get("status") not in FINISHED:
        return []
    values = values_in(asked, body)
    done_on = day_in(body, values)
    if done_on is None:
        return []
    mode = values.get(VISIT_MODE)
    return [
        {
            "patient_id": patient_in(body),
            "programme": decided.programme,
            "done_on": done_on.isoformat(),
            "mode": mode,
            "face_to_face": decided.regular and mode in FACE_TO_FACE,
            "regular": decided.regular,
            "outcome": decided.outcome,
            "action": decided.action.value,
            "due_on": decided.planned[0].due_on.isoformat() if decided.planned else None,
            "uncontrolled": decided.uncontrolled,
            "adverse": decided.adverse,
            "at_target": decided.at_target,
            "complete": not decided.missing,
            "educated": values.get(EDUCATION) == YES,
            "overridden": decided.overridden,
            "doctor_id": id_of(body.get("author"), "Practitioner") or None,
            **_measured(asked.programme, values),
        }
    ]


def _measured(programme: Programme, values: Values) -> dict[str, int | float | None]:
    found: dict[str, int | float | None] = dict.fromkeys(("systolic", "diastolic", "glucose"))
    for one in programme.measured:
        value = values.get(one.key)
        if isinstance(value, Decimal):
            found[one.column] = float(value)
        elif isinstance(value, int):
            found[one.column] = value
    return found


def examination_rows(body: Body) -> Rows:
    """The row of a finished health examination."""
    found = examined(body)
    patient = id_of(body.get("subject"), "Patient")
    if found is None or not patient:
        return []
    return [
        {
            "patient_id": patient,
            "done_on": found.on.isoformat(),
            "complete": found.complete,
            "guided": found.guided,
        }
    ]


def due_rows(body: Body) -> Rows:
    """What a programme's CarePlan has scheduled; nothing of one that rests or has ended."""
    codes = [code for one in body.get("category", ()) for code in codes_of(one, CARE_KIND)]
    patient = id_of(body.get("subject"), "Patient")
    if not codes or not patient or body.get("status") != "active":
        return []
    return [{"patient_id": patient, "programme": codes[0], **row} for row in _scheduled(body)]


def _scheduled(body: Body) -> Iterator[Mapping[str, Any]]:
    for activity in body.get("activity", ()):
        detail = activity.get("detail", {})
        kinds = codes_of(detail.get("code"), ACTIVITIES)
        due: date | None = day_of(detail.get("scheduledPeriod", {}).get("end"))
        if detail.get("status") == "scheduled" and kinds and due is not None:
            action = extension_value(detail, ACTION, "valueCode")
            yield {
                "activity": kinds[0],
                "due_on": due.isoformat(),
                "severity": Action(action).severity if action in set(Action) else 0,
                "path": None,
            }


_REFUTED: Final = frozenset({"refuted", "entered-in-error"})
_ACTIVE: Final = frozenset({"active", "recurrence", "relapse", "remission", "inactive"})


def diagnosis_rows(body: Body) -> Rows:
    """The WHO codes of a diagnosis that somebody has (chronic ones go on in remission)."""
    verified = set(codes_of(body.get("verificationStatus")))
    clinical = set(codes_of(body.get("clinicalStatus"))) or {"active"}
    patient = id_of(body.get("subject"), "Patient")
    if verified & _REFUTED or not clinical & _ACTIVE or not patient:
        return []
    coded = [
        code.partition(".x")[0]
        for system in (ICD10_WHO, ICD10_NATIONAL)
        for code in codes_of(body.get("code"), system)
    ]
    return [{"patient_id": patient, "code": code[:10]} for code in dict.fromkeys(coded)]


CONTACT: Final = "overdue-contact"
"""Code of nbphs3-contact-kind: somebody was looked for about an overdue visit."""


def contact_rows(body: Body) -> Rows:
    """The row of a Communication about an overdue visit; one that failed is `not-done`."""
    kinds = [code for one in body.get("category", ()) for code in codes_of(one)]
    patient, on = id_of(body.get("subject"), "Patient"), day_of(body.get("sent"))
    if CONTACT not in kinds or not patient or on is None or body.get("status") == _WRONG:
        return []
    reached = body.get("status") == "completed"
    return [{"patient_id": patient, "tried_on": on.isoformat(), "reached": reached}]


PROJECTIONS = (
    Projection("EpisodeOfCare", health_enrolment, enrolment_rows),
    Projection("QuestionnaireResponse", health_follow_up, follow_up_rows),
    Projection("QuestionnaireResponse", health_examination, examination_rows),
    Projection("CarePlan", health_due, due_rows),
    Projection("Condition", health_diagnosis, diagnosis_rows),
    Projection("Communication", health_contact, contact_rows),
)
