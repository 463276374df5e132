"""What the resident's file tells other modules: it happened, in the transaction that saves it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class VisitRecorded:
    """Event: a doctor signed a visit.

    `vitals` are the measured values by LOINC code in the units of the form (mmHg, 次/分, ℃, kg, cm,
    kg/m², %, mmol/L); of two arms those with the higher systolic pressure. `answers` are the fields
    of other modules' panels in the visit's form (slot `visit`), as they were typed. A reaction that
    raises Refused (422) with the name of such a field as its expression stops the signature; the
    form shows the sentence at that field.
    """

    patient_id: str
    encounter_id: str
    vitals: Mapping[str, Decimal]
    answers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class FileOpened:
    """An institution keeps a confirmed file from a day on; a draft is told when it is confirmed."""

    patient_id: str
    organisation_id: str
    on: date


@dataclass(frozen=True, slots=True)
class FileClosed:
    """A file rests from a day on, for a reason of `nbphs3-record-close-reason`."""

    patient_id: str
    organisation_id: str
    on: date
    reason: str


@dataclass(frozen=True, slots=True)
class FileReopened:
    """An institution keeps a closed file again from a day on."""

    patient_id: str
    organisation_id: str
    on: date


@dataclass(frozen=True, slots=True)
class FileMoved:
    """A file was handed over: from a day on another institution keeps it, under another doctor.

    `doctor_id` is the responsible Practitioner there. Whoever has planned something for the person
    at the old institution plans it for the new one.
    """

    patient_id: str
    from_organisation_id: str
    to_organisation_id: str
    doctor_id: str
    on: date


@dataclass(frozen=True, slots=True)
class FilesJoined:
    """Two files were one person's: everything of `gone_id` belongs to `keep_id` from now on.

    `provenance_id` tells every resource that was pointed anew.
    """

    keep_id: str
    gone_id: str
    provenance_id: str


@dataclass(frozen=True, slots=True)
class FilesParted:
    """A merge was undone: what `gone_id` had belongs to it again."""

    keep_id: str
    gone_id: str
