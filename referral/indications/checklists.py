"""A checklist of indications, and the Questionnaire that it is kept as. Pure.

The first edition comes from the code set `referral-indication` (referral.md §3); the bureau's own
editions are new versions of the same Questionnaire. A code, once given, keeps its meaning: an item
is retired, never taken away, because referrals cite it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any, Final

from kernel.canonical import CANONICAL, structure_definition
from records.api import catalogue, extension_value
from referral.codes import DOWN, INDICATIONS, UP
from referral.request import DISEASES

Body = Mapping[str, Any]
Resource = dict[str, Any]
URGENCY: Final = structure_definition("referral-indication-urgency")
RETIRED: Final = structure_definition("referral-indication-retired")
NEEDS_TEXT: Final = structure_definition("referral-indication-needs-text")
SUITABLE: Final = "chronic-suitable"
"""慢性病社区管理的四项基本条件: of the way down only."""
KEYS: Final = (
    *(
        (disease, way)
        for disease in DISEASES
        for way in (UP, DOWN)
        if (disease, way) != ("elderly", DOWN)
    ),
    (SUITABLE, DOWN),
)


@dataclass(frozen=True, slots=True)
class Item:
    """An indication: its code, its words, how urgent it is (empty: not said)."""

    code: str
    title: str
    urgency: str = ""
    needs_text: bool = False
    retired: bool = False


@dataclass(frozen=True, slots=True)
class Checklist:
    """The indications of a disease in one direction, in an edition numbered from 1."""

    disease: str
    direction: str
    version: int
    every: tuple[Item, ...]

    @property
    def items(self) -> tuple[Item, ...]:
        """Those that a new referral can cite."""
        return tuple(one for one in self.every if not one.retired)


def questionnaire_id(disease: str, direction: str) -> str:
    """The id of the Questionnaire of a checklist."""
    return f"referral-indications-{disease}-{direction}"


@cache
def first_edition(disease: str, direction: str) -> Checklist:
    """The checklist as the program brings it (referral.md §3.1–3.5)."""
    body = catalogue.system_resource("referral-indication")
    found = []
    for one in body["concept"]:
        told = {part["code"]: part for part in one.get("property", ())}
        if told.get("checklist", {}).get("valueCode") == f"{disease}-{direction}":
            found.append(
                Item(
                    one["code"],
                    one["display"],
                    str(told.get("urgency", {}).get("valueCode", "")),
                    bool(told.get("needs-text", {}).get("valueBoolean")),
                )
            )
    return Checklist(disease, direction, 1, tuple(found))


def checklist_of(body: Body, disease: str, direction: str) -> Checklist:
    """The checklist that a stored Questionnaire holds."""
    items = tuple(_item(one) for one in body.get("item", ()))
    version = str(body.get("version", "1"))
    return Checklist(disease, direction, int(version) if version.isdecimal() else 1, items)


def _item(body: Body) -> Item:
    code = str(body["linkId"])
    return Item(
        code,
        str(body.get("text", "")),
        extension_value(body, URGENCY, "valueCode") or "",
        bool(extension_value(body, NEEDS_TEXT, "valueBoolean")),
        bool(extension_value(body, RETIRED, "valueBoolean")),
    )


def questionnaire_of(checklist: Checklist, title: str) -> Resource:
    """The Questionnaire of a checklist: one yes-or-no item an indication."""
    id_ = questionnaire_id(checklist.disease, checklist.direction)
    return {
        "resourceType": "Questionnaire",
        "id": id_,
        "url": f"{CANONICAL}/Questionnaire/{id_}",
        "version": str(checklist.version),
        "name": "".join(part.title() for part in id_.split("-")),
        "title": title,
        "status": "active",
        "subjectType": ["Patient"],
        "item": [_body(one) for one in checklist.every],
    }


def _body(one: Item) -> Resource:
    told: list[Resource] = []
    if one.urgency:
        told.append({"url": URGENCY, "valueCode": one.urgency})
    if one.needs_text:
        told.append({"url": NEEDS_TEXT, "valueBoolean": True})
    if one.retired:
        told.append({"url": RETIRED, "valueBoolean": True})
    return {
        **({"extension": told} if told else {}),
        "linkId": one.code,
        "code": [{"system": INDICATIONS, "code": one.code, "display": one.title}],
        "text": one.title,
        "type": "boolean",
    }


def with_item(checklist: Checklist, item: Item) -> Checklist:
    """The next edition: with this item in place of that of its code, or with one more at the end.

    A new item without a code gets the next free one of the checklist.
    """
    if not item.code:
        item = replace(item, code=_next_code(checklist))
        return replace(checklist, version=checklist.version + 1, every=(*checklist.every, item))
    changed = tuple(item if one.code == item.code else one for one in checklist.every)
    return replace(checklist, version=checklist.version + 1, every=changed)


def _next_code(checklist: Checklist) -> str:
    begin = f"{checklist.disease}-{checklist.direction}-x"
    taken = {one.code for one in checklist.every}
    number = 1
    while f"{begin}{number}" in taken:
        number += 1
    return f"{begin}{number}"


def titles(items: Sequence[Item]) -> dict[str, str]:
    """The words of the indications by code."""
    return {one.code: one.title for one in items}
