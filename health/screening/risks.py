"""What a person's file knows of the risk factors that a screening asks for.

Family history of the first degree, diagnoses, the last body mass index and waist of a year, and
what was ticked at the last screening. A measurement itself is never carried over: it is only told
as the factor that it stands for.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Final

from sqlalchemy import select

from health.declare import Case, Programme
from health.followups.facts import About, find_enrolment, person
from health.followups.queries import find_last
from health.parameters import GLUCOSE_SCREENING, PRESSURE_SCREENING
from health.programmes import glucose_screening, pressure_screening
from health.signs import overweight
from health.tables import health_diagnosis
from kernel.canonical import LOINC, code_system
from kernel.work import ReadWork
from records.api import codes_of, day_of, find_all

RISK: Final = "risk"
_FAMILY: Final = code_system("nbphs3-family-disease")
_INDEX, _WAIST = "39156-5", "8280-0"
_YEAR: Final = timedelta(days=365)


@dataclass(frozen=True, slots=True)
class _File:
    """What is asked of a file."""

    about: About
    family: frozenset[str]
    diagnoses: frozenset[str]
    body: Mapping[str, Decimal]
    treated: bool

    def has(self, *beginnings: str) -> bool:
        """Whether there is a diagnosis whose ICD-10 code begins so."""
        return any(code.startswith(beginnings) for code in self.diagnoses)


def known_risks(work: ReadWork, patient_id: str, programme: Programme) -> tuple[str, ...]:
    """The codes of the risk factors that the file tells, in the order of the form."""
    file = _file(work, patient_id)
    case = Case(work.today, file.about.born, file.about.sex)
    told = set(_FROM_FILE[programme.name](file, case))
    last = find_last(work, patient_id, programme)
    if last is not None:
        told |= set(last.values.get(RISK, ()))
    return tuple(code for code in programme.form().field(RISK).by_code if code in told)


def _file(work: ReadWork, patient_id: str) -> _File:
    relatives = find_all(work, "FamilyMemberHistory", ("patient", patient_id))
    family = (
        code
        for one in relatives
        for condition in one.get("condition", ())
        for code in codes_of(condition.get("code"), _FAMILY)
    )
    table = health_diagnosis.c
    rows = work.connection.execute(select(table.code).where(table.patient_id == patient_id))
    return _File(
        person(work, patient_id),
        frozenset(family),
        frozenset(row[0] for row in rows),
        dict(_measured(work, patient_id)),
        find_enrolment(work, patient_id, "hypertension") is not None,
    )


def _measured(work: ReadWork, patient_id: str) -> Iterator[tuple[str, Decimal]]:
    """The last body mass index and waist of the last year."""
    for key, code in (("bmi", _INDEX), ("waist", _WAIST)):
        found = find_all(
            work, "Observation", ("patient", patient_id), ("code", f"{LOINC}|{code}"),
            ("status:not", "entered-in-error"), ("_sort", "-date"), ("_count", "1"),
        )  # fmt: skip
        for body in found:
            on, value = day_of(body.get("effectiveDateTime")), body.get("valueQuantity", {})
            number = value.get("value")
            if on is not None and on >= work.today - _YEAR and isinstance(number, Decimal | int):
                yield key, Decimal(number)


def _of_pressure(file: _File, case: Case) -> Iterator[str]:
    """Codes of nbphs3-htn-risk-factor (§2.1)."""
    rules = PRESSURE_SCREENING.on(case.on)
    if overweight(file.body, case, index=rules.overweight, waists=rules.waists):
        yield "2"
    if "2" in file.family:
        yield "3"


def _of_glucose(file: _File, case: Case) -> Iterator[str]:
    """Codes of nbphs3-dm-risk-factor (§3.1)."""
    rules = GLUCOSE_SCREENING.on(case.on)
    if overweight(file.body, case, index=rules.overweight, waists=rules.waists):
        yield "3"
    if "3" in file.family:
        yield "4"
    for code, told in (
        ("1", file.has("R73")),
        ("7", file.treated or file.has("I10")),
        ("8", file.has("E78")),
        ("9", file.has("I20", "I21", "I22", "I24", "I25", "I60", "I61", "I63", "I64", "I69")),
    ):
        if told:
            yield code


_FROM_FILE: Final[Mapping[str, Callable[[_File, Case], Iterator[str]]]] = {
    pressure_screening.NAME: _of_pressure,
    glucose_screening.NAME: _of_glucose,
}
SCREENED: Final = (pressure_screening.PROGRAMME, glucose_screening.PROGRAMME)
"""The screenings that a visit's measurements may answer."""
