"""What a row says about health, as resources of its own, and back: pure functions.

Blood groups and allergies are written by `records.information.persons`, the rest as the personal
information form writes it (`records.information.facts`), so that form, import and export are one.
"""

from collections.abc import Iterable
from typing import Any, Final

from kernel.declare.form import Value, beside
from records.exchange.cells import JOINT, parts_of, words_and_month
from records.exchange.notes import Values
from records.information import facts, persons
from records.information.form import DATED, DISEASES
from records.reading import Body

_SEVERAL: Final = ("exposure", "disability")


def facts_of(values: Values, patient_id: str, on: str) -> list[dict[str, Any]]:
    """Everything that a row says beside the Patient, told on a day; without ids."""
    about = facts.About(patient_id, on)
    return [
        *persons.facts_of(values, patient_id, on),
        *facts.facts_of(_answers(values), about),
    ]


def _answers(values: Values) -> dict[str, Value]:
    """The answers of the form that the columns are."""
    found: dict[str, Value] = {}
    for key in _SEVERAL:
        chosen = parts_of(values.get(key, ""))
        if chosen:
            found[key] = tuple(code for code, _text in chosen)
            found |= {beside(key, code): text for code, text in chosen if text}
    diseases = parts_of(values.get(DISEASES, ""))
    if diseases:
        found[DISEASES] = tuple(code for code, _text in diseases)
    for code, text in diseases:
        words, month = words_and_month(text)
        found |= {beside(DISEASES, code): words} if words else {}
        found |= {f"{DATED}_{code}": month} if month else {}
    return found


def values_of(
    person: Body, bodies: Iterable[Body] = (), household: tuple[str, str] | None = None
) -> Values:
    """What a row of the export says of a person: the inverse of `person_of` and `facts_of`."""
    known = list(bodies)
    found = persons.values_of(person, known, household)
    told = facts.values_of(known)
    for key in (DISEASES, *_SEVERAL):
        chosen = told.get(key, ())
        if isinstance(chosen, tuple) and chosen:
            found[key] = JOINT.join(_written(told, key, str(code)) for code in chosen)
    return found


def _written(told: dict[str, Value], key: str, code: str) -> str:
    parts = (told.get(beside(key, code), ""), told.get(f"{DATED}_{code}", ""))
    dated = parts if key == DISEASES else parts[:1]
    text = "，".join(str(part) for part in dated if part)
    return f"{code}（{text}）" if text else code
