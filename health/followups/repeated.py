"""What an answer only repeats: a value that the visit that it was part of has measured already.

A visit whose pressure fills a follow-up or a screening shall not count twice among the
measurements.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from kernel.canonical import LOINC
from kernel.fhir.store import Draft
from kernel.work import ReadWork
from records.api import codes_of, find_all, id_of

Body = Mapping[str, Any]
_SAME: Final = {"14770-2": "14771-0"}
"""Fasting glucose of capillary blood, as a visit takes it, fills the field of the forms."""
_MOST: Final = "200"


def unrepeated(work: ReadWork, answer: Body, drafts: Sequence[Draft]) -> list[Draft]:
    """The Observations of an answer, without those that its visit has measured alike.

    Everything where the answer names no visit, because then it makes its own.
    """
    visit = id_of(answer.get("encounter"), "Encounter")
    if not visit or not drafts:
        return list(drafts)
    ours = {draft.id for draft in drafts}
    found = find_all(
        work, "Observation", ("encounter", f"Encounter/{visit}"),
        ("status:not", "entered-in-error"), ("_count", _MOST),
    )  # fmt: skip
    known = {_said(body) for body in found if body["id"] not in ours}
    wrong = "entered-in-error"
    return [one for one in drafts if one.body["status"] == wrong or _said(one.body) not in known]


def _said(body: Body) -> tuple[frozenset[str], tuple[str, ...]]:
    """What was measured, and which numbers."""
    codes = frozenset(_SAME.get(code, code) for code in codes_of(body.get("code"), LOINC))
    parts = [body, *body.get("component", ())]
    values = (part.get("valueQuantity", {}).get("value") for part in parts)
    return codes, tuple(f"{value.normalize():f}" if hasattr(value, "normalize") else str(value)
                        for value in values if value is not None)  # fmt: skip
