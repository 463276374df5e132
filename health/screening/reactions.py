"""A signed visit that measured what a screening asks for is an answer to that screening.

National norm, chapters on hypertension and diabetes, screening (chronic-disease.md §2.1, §3.1):
from 35 on the first pressure of the year is taken at whatever visit it is.
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final

from health.declare import Case, Programme
from health.enrolment.queries import find_eligible
from health.fields import VISIT_DATE, VISIT_MODE
from health.followups.facts import find_enrolment, find_same_day, person
from health.followups.services import Entry, record
from health.screening.risks import RISK, SCREENED, known_risks
from kernel.declare.form import FieldKind, Form
from kernel.forms import read_form, texts_of
from kernel.work import ReadWork, Work
from records.api import day_of, derived_id, load_all
from records.events import VisitRecorded

Values = dict[str, Any]
_FASTING: Final = {"14771-0": ("14771-0", "14770-2")}
"""A field of fasting glucose takes that of capillary blood, as a visit measures it."""
_MODES: Final = {"AMB": "1", "HH": "2", "VR": "3"}
"""Codes of nbphs3-visit-mode by the class of the Encounter."""


def keep_screenings(work: Work, event: VisitRecorded) -> None:
    """Record the screenings that a visit answers, at most one of a kind a day.

    Nothing for somebody whose disease is known or managed, and where nothing fits was measured.
    """
    eligible = find_eligible(work, event.patient_id)
    for programme in SCREENED:
        if programme.name not in eligible or _managed(work, event.patient_id, programme):
            continue
        values = screening_values(work, event, programme)
        if values is not None and not _done(work, event.patient_id, programme, values):
            id_ = derived_id(event.encounter_id, programme.name)
            entry = Entry(id_, event.patient_id, programme, values, encounter=event.encounter_id)
            record(work, entry)


def _managed(work: ReadWork, patient_id: str, programme: Programme) -> bool:
    return find_enrolment(work, patient_id, programme.screens) is not None


def _done(work: ReadWork, patient_id: str, programme: Programme, values: Values) -> bool:
    on = values[VISIT_DATE]
    return find_same_day(work, patient_id, programme.name, on=on, id="", regular=True) is not None


def screening_values(work: ReadWork, event: VisitRecorded, programme: Programme) -> Values | None:
    """The answer of a visit to a screening's form; None where it lacks what is required.

    What does not fit the form (an impossible pair of pressures) is no screening: the signature of
    the visit does not depend on it.
    """
    form = programme.form()
    measured = measured_values(form, event.vitals)
    needed = [one.key for one in form.fields if one.required and one.coded is not None]
    if any(key not in measured for key in needed):
        return None
    encounter = load_all(work, "Encounter", [event.encounter_id])[event.encounter_id]
    on = day_of(encounter.get("period", {}).get("start")) or work.today
    risks = known_risks(work, event.patient_id, programme)
    mode = _MODES.get(encounter.get("class", {}).get("code", ""), "1")
    values: Values = {VISIT_DATE: on, VISIT_MODE: mode, **measured}
    if risks:
        values[RISK] = risks
    about = person(work, event.patient_id)
    case = Case(on, about.born, about.sex)
    refused = programme.complain(programme.complete(values), case) or not _fits(form, values)
    return None if refused else values


def _fits(form: Form, values: Values) -> bool:
    """Whether the form would take these values as they would be typed."""
    texts = texts_of(form, values)
    typed = {name: (text,) if isinstance(text, str) else text for name, text in texts.items()}
    return not read_form(form, typed).errors


def measured_values(form: Form, vitals: Mapping[str, Decimal]) -> Values:
    """The values by LOINC code that a form has fields for, in the kind of each field."""
    found: Values = {}
    for field in form.fields:
        if field.coded is None or field.computed:
            continue
        codes = _FASTING.get(field.coded.code, (field.coded.code,))
        value = next((vitals[code] for code in codes if code in vitals), None)
        if value is not None:
            found[field.key] = int(value) if field.kind is FieldKind.INTEGER else value
    return found
