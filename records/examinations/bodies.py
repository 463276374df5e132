"""An examination as FHIR: the answer to the form, the visit, and what was measured. Pure.

All ids but that of the answer are derived from it, so that a correction meets the same resources.
"""

from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from kernel.canonical import structure_definition
from kernel.declare.form import Values
from kernel.fhir.questionnaire import Answered as About
from kernel.fhir.questionnaire import canonical_of, response, values_of
from records.examinations.form import examination_form
from records.examinations.rules import completed
from records.extracting import FINISHED, Answered, derived_id
from records.reading import Body, day_of, id_of
from records.visits.codes import ACT_CODE, AMENDMENT_REASON, VISIT_MODE

Resource = dict[str, Any]
CANCEL_REASON: Final = structure_definition("cancel-reason")
"""Extension of QuestionnaireResponse: why an examination was taken back."""
TITLE: Final = "健康体检"


@dataclass(frozen=True, slots=True)
class Entered:
    """By whom and for whom an examination is entered: References, and its ids."""

    id: str
    patient_id: str
    author: Resource
    doctor: Resource
    station: Resource


def is_examination(body: Body) -> bool:
    """Whether a resource is an answer to the examination form, in an edition that is known."""
    answer = body.get("resourceType") == "QuestionnaireResponse"
    return answer and body.get("questionnaire") in addresses()


def addresses() -> tuple[str, ...]:
    """What an answer to the form may name: its canonical address, with or without the edition."""
    versioned = canonical_of(examination_form())
    return versioned, versioned.partition("|")[0]


def answer_body(values: Values, entered: Entered, *, status: str, reason: str = "") -> Resource:
    """The QuestionnaireResponse; its `authored` is the day of the examination."""
    on = values["exam-date"]
    finished = status in FINISHED
    encounter = {"reference": f"Encounter/{derived_id(entered.id, 'visit')}"}
    about = About(
        entered.patient_id,
        on.isoformat() if isinstance(on, date) else str(on),
        entered.author,
        encounter if finished else None,
        status,
    )
    body = response(examination_form(), completed(values), about)
    body["id"] = entered.id
    if reason:
        body["extension"] = [{"url": AMENDMENT_REASON, "valueString": reason}]
    return body


def visit_body(values: Values, entered: Entered) -> Resource:
    """The finished Encounter of an examination."""
    on = str(values["exam-date"])
    mode = {"system": VISIT_MODE, "code": "1", "display": "门诊"}
    return {
        "resourceType": "Encounter",
        "id": derived_id(entered.id, "visit"),
        "status": "finished",
        "class": {"system": ACT_CODE, "code": "AMB", "display": "ambulatory"},
        "type": [{"coding": [mode], "text": TITLE}],
        "subject": {"reference": f"Patient/{entered.patient_id}"},
        "participant": [{"individual": entered.doctor}],
        "period": {"start": on, "end": on},
        "reasonCode": [{"text": TITLE}],
        "serviceProvider": entered.station,
    }


def values_in(body: Body) -> dict[str, Any]:
    """The values of an examination, with what follows from them."""
    return completed(values_of(examination_form(), body))


def day_in(body: Body) -> date | None:
    """The day of an examination: as answered, else as authored."""
    found = values_of(examination_form(), body).get("exam-date")
    return found if isinstance(found, date) else day_of(body.get("authored"))


def answered(body: Body) -> Answered:
    """An examination as an answer from which Observations follow."""
    return Answered(body, examination_form(), values_in(body), day_in(body))


def patient_of(body: Body) -> str:
    """The id of the Patient whom an answer is about."""
    return id_of(body.get("subject"), "Patient")


def cancelled(body: Body, reason: str) -> Resource:
    """An answer that was taken back, with the reason."""
    others = [one for one in body.get("extension", ()) if one["url"] != CANCEL_REASON]
    extension = {"url": CANCEL_REASON, "valueString": reason}
    return {**body, "status": "entered-in-error", "extension": [*others, extension]}
