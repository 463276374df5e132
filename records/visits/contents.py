"""From the resources of a visit to its note: pure functions.

They read what our form wrote, and of visits that others wrote as much as stands where FHIR has it.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from html import unescape
from typing import Any, Final

from kernel.canonical import ATC, ICD10_NATIONAL, ICD10_WHO, LOINC
from records.codes import BLOOD_PRESSURE
from records.reading import Body, codes_of, day_of, id_of, words
from records.visits import codes
from records.visits.note import (
    DOSE_UNITS,
    FREQUENCIES,
    ROUTES,
    VITALS,
    Diagnosis,
    Prescription,
    VisitNote,
    Vital,
)

SIGNED: Final = frozenset({"final", "amended", "corrected", "appended"})
"""The states of a document that somebody stands for."""
_WRONG: Final = frozenset({"entered-in-error", "cancelled"})
_UNITS: Final = {ucum: title for title, ucum in DOSE_UNITS.items()}
_TAG: Final = re.compile(r"<[^>]*>")
_BREAK: Final = re.compile(r"<br\s*/?>|</p>")


@dataclass(frozen=True, slots=True)
class VisitFile:
    """The resources of one visit; `conditions` are also those that it refers to only."""

    encounter: Body
    note: Body | None = None
    amendments: tuple[Body, ...] = ()
    observations: tuple[Body, ...] = ()
    conditions: tuple[Body, ...] = ()
    requests: tuple[Body, ...] = ()

    @property
    def id(self) -> str:
        """The id of the Encounter."""
        return str(self.encounter["id"])

    @property
    def signed(self) -> bool:
        """Whether the note was signed, so that it can only be amended."""
        return self.note is not None and is_signed(self.note)


def is_signed(body: Body) -> bool:
    """Whether somebody stands for a document as it is."""
    return body.get("status") in SIGNED


def is_amendment(body: Body) -> bool:
    """Whether a document says something about an earlier one."""
    return any(one.get("code") == "appends" for one in body.get("relatesTo", ()))


def note_of(file: VisitFile) -> VisitNote:
    """What was written at a visit; the form shows it again."""
    texts = dict(_texts(file.note or {}))
    reasons = (words(reason) for reason in file.encounter.get("reasonCode", ()))
    texts.setdefault("complaint", "、".join(reason for reason in reasons if reason))
    return VisitNote(
        **texts,
        vitals=vitals_of(file.observations),
        diagnoses=tuple(_diagnoses(file)),
        prescriptions=tuple(prescription_of(body) for body in valid_requests(file)),
    )


def sections(body: Body) -> Iterator[Body]:
    """All sections of a Composition, those within others included."""
    waiting = list(body.get("section", ()))
    while waiting:
        section = waiting.pop(0)
        yield section
        waiting[:0] = section.get("section", ())


def plain(section: Body) -> str:
    """The text of a section as it was typed; of foreign markup the text."""
    div = str(section.get("text", {}).get("div", ""))
    return unescape(_TAG.sub("", _BREAK.sub("\n", div))).strip()


_PLACES: Final[Mapping[str, str]] = {
    codes.COMPLAINT: "complaint",
    codes.HISTORY: "history",
    codes.FINDINGS: "findings",
    codes.ASSESSMENT: "assessment",
    **{code: name for name, (code, _title) in codes.PLAN_PARTS.items()},
    # Where somebody else wrote a whole part as one text:
    codes.SUBJECTIVE: "history",
    codes.OBJECTIVE: "findings",
    codes.PLAN: "treatment",
}


def _texts(note: Body) -> Iterator[tuple[str, str]]:
    for section in sections(note):
        text = plain(section)
        for code in codes_of(section.get("code")):
            if text and code in _PLACES:
                yield _PLACES[code], text


def find_vital(body: Body) -> tuple[Vital, ...]:
    """The values of the form that an Observation holds: one, or the two of a blood pressure."""
    if body.get("status") == "entered-in-error":
        return ()
    found = codes_of(body.get("code"), LOINC)
    if BLOOD_PRESSURE & set(found):
        arm = arm_of(body)
        return tuple(vital for vital in VITALS if vital.arm == arm)
    return tuple(v for v in VITALS if not v.arm and v.codes[0] in found)


def arm_of(body: Body) -> str:
    """`left` or `right`; where nobody said it, the left one."""
    right = codes.ARM_CODES["right"] in codes_of(body.get("bodySite"), codes.ARM_SYSTEM)
    return "right" if right else "left"


def vitals_of(observations: Sequence[Body]) -> dict[str, Decimal]:
    """The measured values in the order of the form, each as it was typed."""
    found: dict[str, Decimal] = {}
    for body in observations:
        for vital in find_vital(body):
            value = _value(body, vital)
            if isinstance(value, Decimal | int):
                found[vital.key] = Decimal(value)
    return {vital.key: found[vital.key] for vital in VITALS if vital.key in found}


def _value(body: Body, vital: Vital) -> Any:
    if not vital.arm:
        return body.get("valueQuantity", {}).get("value")
    return next(
        (
            part.get("valueQuantity", {}).get("value")
            for part in body.get("component", ())
            if vital.codes[0] in codes_of(part.get("code"), LOINC)
        ),
        None,
    )


def diagnosis_ids(encounter: Body) -> list[str]:
    """The ids of the Conditions that a visit names, the main one first."""
    entries = sorted(encounter.get("diagnosis", ()), key=lambda entry: entry.get("rank", 99))
    ids = (id_of(entry.get("condition"), "Condition") for entry in entries)
    return [id_ for id_ in ids if id_]


def _diagnoses(file: VisitFile) -> Iterator[Diagnosis]:
    known = {str(body["id"]): body for body in file.conditions}
    for id_ in diagnosis_ids(file.encounter):
        if id_ in known:
            yield diagnosis_of(known[id_])


def diagnosis_of(body: Body) -> Diagnosis:
    """A Condition's name and its code, the national one first."""
    concept = body.get("code")
    found = [*codes_of(concept, ICD10_NATIONAL), *codes_of(concept, ICD10_WHO)]
    return Diagnosis(words(concept), found[0] if found else "")


def valid_requests(file: VisitFile) -> list[Body]:
    """The prescriptions of a visit in the order in which they were written."""
    valid = [body for body in file.requests if body.get("status") not in _WRONG]
    ranks = {id_: rank for rank, id_ in enumerate(_listed_requests(file.note or {}))}
    return sorted(valid, key=lambda body: (ranks.get(str(body["id"]), len(ranks)), body["id"]))


def _listed_requests(note: Body) -> Iterator[str]:
    for section in sections(note):
        for entry in section.get("entry", ()):
            if id_ := id_of(entry, "MedicationRequest"):
                yield id_


def prescription_of(body: Body) -> Prescription:
    """A MedicationRequest as the form shows it."""
    concept = body.get("medicationCodeableConcept")
    dosage: Body = next(iter(body.get("dosageInstruction", ())), {})
    dose: Body = next((one.get("doseQuantity", {}) for one in dosage.get("doseAndRate", ())), {})
    value = dose.get("value")
    return Prescription(
        words(concept),
        next(iter(codes_of(concept, ATC)), ""),
        dose=Decimal(value) if isinstance(value, Decimal | int) else None,
        unit=_UNITS.get(str(dose.get("code", "")), str(dose.get("unit", ""))),
        frequency=_frequency(dosage),
        route=_route(dosage),
        days=days_of(body),
    )


def _frequency(dosage: Body) -> str:
    timing = dosage.get("timing", {})
    for code in codes_of(timing.get("code"), codes.FREQUENCY_SYSTEM):
        if code in FREQUENCIES:
            return code
    repeat = timing.get("repeat", {})
    rhythm = (repeat.get("frequency"), repeat.get("period"), repeat.get("periodUnit"))
    usual = (
        key for key, (_title, times, period, unit) in FREQUENCIES.items()
        if rhythm == (times, period, unit)
    )  # fmt: skip
    return next(usual, "")


def _route(dosage: Body) -> str:
    for code in codes_of(dosage.get("route"), codes.ROUTE_SYSTEM):
        if code in ROUTES:
            return code
    said = words(dosage.get("route")) or str(dosage.get("text", "")).partition("，")[0]
    return next((key for key, title in ROUTES.items() if title == said), "")


def days_of(body: Body) -> int | None:
    """For how many days a drug was prescribed, or None where nobody said it."""
    for dosage in body.get("dosageInstruction", ()):
        bounds = dosage.get("timing", {}).get("repeat", {}).get("boundsDuration", {})
        value = bounds.get("value")
        if bounds.get("code") == "d" and isinstance(value, Decimal | int):
            return int(value)
    return None


def has_run_out(body: Body, on: date) -> bool:
    """Whether the days for which a drug was prescribed are over on a day."""
    days, since = days_of(body), day_of(body.get("authoredOn"))
    return days is not None and since is not None and since + timedelta(days=days) <= on
