"""The checklists as they are kept: the bureau's last edition, else the one of the program."""

from collections.abc import Iterable

from kernel.work import ReadWork
from records.api import load_all
from referral.indications.checklists import (
    KEYS,
    Checklist,
    checklist_of,
    first_edition,
    questionnaire_id,
)


def checklist(work: ReadWork, disease: str, direction: str) -> Checklist:
    """The checklist of a disease in a direction; an empty one where there is none."""
    return list_checklists(work, [(disease, direction)])[0]


def list_checklists(work: ReadWork, keys: Iterable[tuple[str, str]] = KEYS) -> list[Checklist]:
    """Checklists by (disease, direction), in this order."""
    wanted = list(keys)
    stored = load_all(work, "Questionnaire", [questionnaire_id(*key) for key in wanted])
    found = []
    for disease, direction in wanted:
        body = stored.get(questionnaire_id(disease, direction))
        known = checklist_of(body, disease, direction) if body else None
        found.append(known or first_edition(disease, direction))
    return found


def known_indications(work: ReadWork) -> dict[str, str]:
    """Every indication that was ever offered, by its code: also what is retired today."""
    return {one.code: one.title for found in list_checklists(work) for one in found.every}
