"""The drugs that a community station prescribes most, with their usual doses, for the picker.

A short list to choose from while typing until a station has its own catalogue (`Medication`); the
dose is a proposal that the doctor changes. Source and what is to be confirmed: `lists/drugs.tsv`.
"""

from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from typing import Any

from kernel.canonical import ATC
from records.terminology.picking import Index, rows_of


@dataclass(frozen=True, slots=True)
class Drug:
    """A drug: ATC code, name, dose form (剂型), strength (规格) and usual dose.

    `amount` of `unit` (UCUM) is one dose, `times` how often a day; None where only the doctor
    knows (insulin, ointments, when needed). `route` is how it is taken (口服).
    """

    atc: str
    name: str
    form: str
    strength: str
    amount: Decimal | None
    unit: str
    times: int | None
    route: str

    def concept(self) -> dict[str, Any]:
        """As MedicationRequest.medicationCodeableConcept: the ATC code and the name."""
        return {
            "coding": [{"system": ATC, "code": self.atc, "display": self.name}],
            "text": self.name,
        }


def find_drugs(typed: str, limit: int = 10) -> list[Drug]:
    """At most `limit` drugs by ATC code, characters, pinyin or initials, the likeliest first.

    A salt in front of the name is no obstacle: `aldp`, `anlvdiping` and `氨氯地平` all find
    苯磺酸氨氯地平片. `c08` lists the calcium antagonists.
    """
    return _index().find(typed, limit)


def find_drug(name: str) -> Drug | None:
    """The drug of exactly this name, or None where the list does not have it."""
    return _by_name().get(name)


def _drug(cells: tuple[str, ...]) -> Drug:
    atc, name, form, strength, amount, unit, times, route, _others = cells
    return Drug(
        atc,
        name,
        form,
        strength,
        Decimal(amount) if amount else None,
        unit,
        int(times) if times else None,
        route,
    )


@cache
def _rows() -> tuple[tuple[Drug, tuple[str, ...]], ...]:
    return tuple((_drug(cells), tuple(cells[-1].split())) for cells in rows_of("drugs", 9))


@cache
def _by_name() -> dict[str, Drug]:
    return {drug.name: drug for drug, _others in _rows()}


@cache
def _index() -> Index[Drug]:
    return Index((one, (one.atc,), (one.name, *others)) for one, others in _rows())
