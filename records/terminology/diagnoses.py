"""The diagnoses that a community station makes most, for the picker of a visit.

A short list to choose from while typing, no replacement of the national table: whatever else a
doctor writes stays as text. Source and what is to be confirmed stand in `lists/diagnoses.tsv`.
"""

from dataclasses import dataclass
from functools import cache
from typing import Any

from kernel.canonical import ICD10_NATIONAL, ICD10_WHO
from records.terminology.picking import Index, rows_of


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """A diagnosis: national extension code, WHO code and name (I10.x00, I10, 原发性高血压)."""

    code: str
    who: str
    name: str

    def concept(self, text: str = "") -> dict[str, Any]:
        """As Condition.code: the national code, the WHO code, and the words of the doctor."""
        return {
            "coding": [
                {"system": ICD10_NATIONAL, "code": self.code, "display": self.name},
                {"system": ICD10_WHO, "code": self.who},
            ],
            "text": text or self.name,
        }


def find_diagnoses(typed: str, limit: int = 10) -> list[Diagnosis]:
    """At most `limit` diagnoses by code, characters, pinyin or initials, the likeliest first.

    What begins with the typed text comes before what contains it: `gxy`, `gaoxueya`, `高血压`
    and `i10` all begin with 原发性高血压.
    """
    return _index().find(typed, limit)


def find_diagnosis(code: str) -> Diagnosis | None:
    """The diagnosis of a national code, or None where the list does not have it."""
    return _by_code().get(code)


def who_code(national: str) -> str:
    """The WHO code of a national one: what stands before `.x`, else three or four characters.

    `I10.x00x002` is I10, `E11.900` is E11.9 (codes of GB/T 14396 and its clinical editions).
    """
    base, filler, _rest = national.partition(".x")
    return base if filler else national[:5].rstrip(".")


@cache
def _rows() -> tuple[tuple[Diagnosis, tuple[str, ...]], ...]:
    rows = rows_of("diagnoses", 4)
    return tuple(
        (Diagnosis(code, who, name), tuple(others.split())) for code, who, name, others in rows
    )


@cache
def _by_code() -> dict[str, Diagnosis]:
    return {diagnosis.code: diagnosis for diagnosis, _others in _rows()}


@cache
def _index() -> Index[Diagnosis]:
    return Index((one, (one.code, one.who), (one.name, *others)) for one, others in _rows())
