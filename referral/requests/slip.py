"""What a doctor writes about a referral (health-record.md §9, referral.md §4). Pure data."""

from dataclasses import dataclass, field
from datetime import date
from typing import Final

from referral.codes import UP
from referral.request import GENERAL

ROUTINE: Final = "routine"
EMERGENCY: Final = "emergency"
SELF, RELATIVE = "1", "2"
"""Who consented: the patient, or a guardian or close relative."""
FIRST_CONTACT_HERE: Final = "1"
"""Code of first-contact: the person was seen in the community first (社区首诊)."""


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """A diagnosis in words, and its national ICD-10 code where it is known."""

    name: str
    code: str = ""


@dataclass(frozen=True, slots=True)
class Consented:
    """知情同意: who consented (`who` 1 the patient, 2 a relative called `name`), how, on which day.

    `how`: 1 signed, 2 said before a witness, 3 by telephone.
    """

    who: str
    how: str
    on: date
    name: str = ""


@dataclass(frozen=True, slots=True)
class Slip:
    """A referral as it is written; an empty text says nothing.

    `hospital`, `department` (HealthcareService) and `doctor` (Practitioner) are ids; `disease` is a
    key of the indications, `indications` codes of nbphs3-referral-indication, `words` what stands
    beside those that want words. `phoned_at` is a FHIR dateTime: an emergency was announced by
    telephone, its slip may follow. `answer` is the id of the follow-up that asked for it, `slot`
    that of the Slot that the doctor chose.
    """

    direction: str = UP
    urgency: str = ROUTINE
    disease: str = GENERAL
    indications: tuple[str, ...] = ()
    words: dict[str, str] = field(default_factory=dict)
    diagnoses: tuple[Diagnosis, ...] = ()
    impression: str = ""
    reason: str = ""
    history: str = ""
    treatment: str = ""
    question: str = ""
    hospital: str = ""
    department: str = ""
    to_doctor: str = ""
    doctor: str = ""
    phone: str = ""
    first_contact: str = ""
    wished_on: date | None = None
    consent: Consented | None = None
    programme: str = ""
    phoned_at: str = ""
    answer: str = ""
    slot: str = ""

    @property
    def is_written(self) -> bool:
        """Whether the slip itself is there, and not only the announcement by telephone."""
        return bool(self.impression and self.reason)

    @property
    def has_text(self) -> bool:
        """Whether anything of the slip has been written."""
        return bool(self.impression or self.reason or self.history or self.treatment)
