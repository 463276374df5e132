"""What is known of a person before anybody writes: so that a slip is read and not typed.

From a follow-up also why: the programme's diagnosis, what was measured, the reasons of the
decision, how urgent it is, and the indications that these mean beyond doubt.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Final

from health.api import Action, FollowUp, day_of_visit, measured
from kernel.canonical import ICD10_NATIONAL, ICD10_WHO
from kernel.messages import SEQUENCE, Message, _, joined
from kernel.work import ReadWork
from records.api import (
    codes_of,
    find_all,
    find_diagnoses,
    find_diagnosis,
    get_resident,
    id_of,
    load_all,
    phone_of,
    summary_of,
    words,
)
from referral.request import GENERAL
from referral.requests.choosing import default_doctor
from referral.requests.slip import (
    EMERGENCY,
    FIRST_CONTACT_HERE,
    ROUTINE,
    Diagnosis,
    Slip,
)

_DISEASES: Final = {
    "hypertension": ("hypertension", "I10"),
    "diabetes": ("diabetes", "E11"),
    "coronary": ("coronary", "I25"),
    "stroke": ("stroke", "I69"),
    "copd": ("copd", "J44"),
    "elderly": ("elderly", ""),
}
"""The disease (a key of the indications) of a programme, and the WHO code of its diagnosis."""
_FAMILIES: Final = {
    "I10": ("I10", "I11", "I12", "I13", "I15"),
    "E11": ("E11", "E14"),
    "I25": ("I20", "I21", "I22", "I24", "I25"),
    "I69": ("I60", "I61", "I62", "I63", "I64", "I69"),
    "J44": ("J44",),
}
_TWICE: Final = "连续两次控制不满意"
_ADVERSE: Final = "药物不良反应"
_COMPLICATED: Final = "新发并发症"
_STROKE: Final = "新发卒中症状"
_MEANT: Final = {
    ("hypertension", _TWICE): "hypertension-up-22",
    ("hypertension", _ADVERSE): "hypertension-up-21",
    ("hypertension", _COMPLICATED): "hypertension-up-20",
    ("diabetes", _TWICE): "diabetes-up-11",
    ("diabetes", _ADVERSE): "diabetes-up-17",
    ("stroke", _STROKE): "stroke-up-01",
}
"""The indication that the beginning of a reason means, by disease."""
_DANGERS: Final = {
    "hypertension": "hypertension-up-07",
    "diabetes": "diabetes-up-01",
    "copd": "copd-up-01",
}
"""The indication 随访危急情况之一, by disease."""
_FOLLOWED: Final = _("%(on)s %(programme)s随访：%(outcome)s")


def blank(work: ReadWork, patient_id: str, *, by: str = "") -> Slip:
    """A slip with what the record says: past history, treatment, who signs.

    `by` is the Practitioner who saw the person last.
    """
    patient = get_resident(work, patient_id)
    found = summary_of(work, patient_id, since=work.today)
    own = [id_of(one, "Practitioner") for one in patient.get("generalPractitioner", ())]
    doctor = default_doctor(work, [*own, by])
    person = load_all(work, "Practitioner", [doctor]).get(doctor, {})
    return Slip(
        history=str(joined(one.text for one in found.problems)),
        treatment=str(joined((one.text for one in found.drugs), by=SEQUENCE)),
        doctor=doctor,
        phone=phone_of(person),
        first_contact=FIRST_CONTACT_HERE,
    )


def from_follow_up(work: ReadWork, patient_id: str, one: FollowUp) -> Slip:
    """A slip of a follow-up that asks for a referral."""
    by = id_of(one.body.get("author"), "Practitioner")
    begun, decided = blank(work, patient_id, by=by), one.decided
    programme = one.asked.programme
    disease, base = _DISEASES.get(programme.name, (GENERAL, ""))
    diagnosis = _diagnosis(work, patient_id, base) if base else None
    action = decided.action if decided else Action.ROUTINE
    reasons = [text for text, _clause in decided.reasons] if decided else []
    outcome = programme.outcome(decided.outcome).title if decided else ""
    said = Message(_FOLLOWED, on=str(day_of_visit(one)), programme=programme.short, outcome=outcome)
    told = joined([said, measured(programme, one.values), *reasons], by=SEQUENCE)
    return replace(
        begun,
        urgency=EMERGENCY if action is Action.EMERGENCY else ROUTINE,
        disease=disease,
        programme=programme.name,
        indications=tuple(_meant(disease, action, reasons)),
        diagnoses=(diagnosis,) if diagnosis else (),
        impression=diagnosis.name if diagnosis else str(Message(programme.short)),
        reason=str(told),
        answer=one.id,
    )


def _meant(disease: str, action: Action, reasons: Iterable[str]) -> Iterator[str]:
    if action is Action.EMERGENCY and disease in _DANGERS:
        yield _DANGERS[disease]
    for (of, begin), code in _MEANT.items():
        if of == disease and any(one.startswith(begin) for one in reasons):
            yield code


def _diagnosis(work: ReadWork, patient_id: str, base: str) -> Diagnosis | None:
    """The person's own active diagnosis of a disease, else the usual one of the list."""
    found = find_all(
        work, "Condition", ("patient", patient_id), ("clinical-status", "active"),
        ("_sort", "-recorded-date"), ("_count", "200"),
    )  # fmt: skip
    for body in found:
        codes = [*codes_of(body.get("code"), ICD10_NATIONAL), *codes_of(body["code"], ICD10_WHO)]
        if any(code.startswith(_FAMILIES[base]) for code in codes):
            national = next((code for code in codes if find_diagnosis(code)), "")
            usual = _usual(base) if base in codes else None
            return Diagnosis(words(body["code"]), national or (usual.code if usual else ""))
    return _usual(base)


def _usual(base: str) -> Diagnosis | None:
    return next((Diagnosis(one.name, one.code) for one in find_diagnoses(base, 1)), None)
