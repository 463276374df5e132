"""What is written down of every step in a file's life: who, when, why. Pure functions."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any, Final

from kernel.canonical import code_system, structure_definition
from kernel.clock import iso_instant
from kernel.fhir.store import Draft
from kernel.ids import uuid7
from kernel.web.i18n import _
from kernel.work import ReadWork
from records.extensions import extensions, parts_of

ACTIVITY: Final = code_system("record-activity")
FACT: Final = structure_definition("record-life-fact")

TITLES: Final[Mapping[str, str]] = {
    "open": _("建档"),
    "confirm": _("确认档案"),
    "close": _("结案"),
    "reopen": _("恢复档案"),
    "void": _("作废"),
    "move": _("迁移"),
    "assign": _("更换责任医生"),
}
"""The steps; the code stands in Provenance.activity."""

Fact = tuple[str, str]
"""What a step has to tell besides its reason: a label (destination, contact attempt) and a text."""


def life_step(
    work: ReadWork,
    step: str,
    patient_id: str,
    *,
    on: date,
    reason: str = "",
    facts: Sequence[Fact] = (),
    others: Iterable[str] = (),
) -> Draft:
    """The Provenance of a step that took place on a day, about the person and `others` (`Type/id`).

    `reason` and the facts are what somebody typed; they are kept as they are.
    """
    body: dict[str, Any] = {
        "resourceType": "Provenance",
        "target": [{"reference": f"Patient/{patient_id}"}, *({"reference": r} for r in others)],
        "occurredDateTime": on.isoformat(),
        "recorded": iso_instant(work.now),
        "activity": {
            "coding": [{"system": ACTIVITY, "code": step, "display": TITLES[step]}],
            "text": TITLES[step],
        },
        "agent": [{"who": who(work)}],
    }
    if reason:
        body["reason"] = [{"text": reason}]
    if facts:
        body["extension"] = [_fact(label, text) for label, text in facts]
    return Draft(body, uuid7(work.now), fresh=True)


def _fact(label: str, text: str) -> dict[str, Any]:
    parts = (("label", label), ("text", text))
    return {"url": FACT, "extension": [{"url": url, "valueString": value} for url, value in parts]}


def facts_of(body: Mapping[str, Any]) -> list[Fact]:
    """The facts of a step as they were written."""
    told = map(parts_of, extensions(body, FACT))
    return [(parts.get("label", ""), parts.get("text", "")) for parts in told]


def who(work: ReadWork) -> dict[str, str]:
    """A reference to who acts: the Practitioner of the account, else the account's name."""
    actor = work.actor
    if actor.practitioner_id:
        reference = f"Practitioner/{actor.practitioner_id}"
        return {"reference": reference, "display": actor.display}
    return {"display": actor.display}
