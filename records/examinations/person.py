"""Whom an examination is about, as far as its rules ask."""

from dataclasses import dataclass
from datetime import date

from records.reading import Body, ages, day_of


@dataclass(frozen=True, slots=True)
class Person:
    """FHIR's gender, the day of birth, and the completed years on the day of the examination."""

    sex: str = ""
    born: date | None = None
    age: int | None = None


def person_of(patient: Body, on: date) -> Person:
    """What the rules ask of a Patient, on a day."""
    born = day_of(patient.get("birthDate"))
    return Person(patient.get("gender", ""), born, ages(born, on))


def age_in_year(person: Person, year: int) -> int | None:
    """The completed years at the end of a year: who turns 65 in it counts as elderly."""
    return ages(person.born, date(year, 12, 31))
