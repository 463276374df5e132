"""An agreement as an extension of the department (HealthcareService) that it is about. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from kernel.canonical import structure_definition
from records.api import id_of

Body = Mapping[str, Any]
Resource = dict[str, Any]
AGREEMENT: Final = structure_definition("referral-agreement")


@dataclass(frozen=True, slots=True)
class Agreement:
    """What a department takes from a partner, and within which days (`to_on` is the last one).

    `id` is the agreement's own within its department. The partner is a station, a centre with its
    stations, or a bureau with all below it. Without `diseases` it takes any; `capacity` is the
    number of referrals a day, 0 for no limit; `contact_id` the Practitioner whom a new referral
    stands with.
    """

    id: str
    partner_id: str
    from_on: date
    to_on: date | None = None
    directions: tuple[str, ...] = ("up",)
    diseases: tuple[str, ...] = ()
    conditions: str = ""
    capacity: int = 0
    contact_id: str = ""

    def holds(self, on: date) -> bool:
        """Whether it is in force on a day."""
        return self.from_on <= on and (self.to_on is None or on <= self.to_on)

    def takes(self, direction: str, disease: str) -> bool:
        """Whether it is about referrals of this direction and disease."""
        return direction in self.directions and (not self.diseases or disease in self.diseases)


def agreements_of(service: Body) -> list[Agreement]:
    """The agreements of a department, in the order in which they were made."""
    told = (one for one in service.get("extension", ()) if one.get("url") == AGREEMENT)
    return [_agreement(one) for one in told if _is_whole(one)]


def _is_whole(extension: Body) -> bool:
    names = {part.get("url") for part in extension.get("extension", ())}
    return {"id", "partner", "from"} <= names


def _agreement(extension: Body) -> Agreement:
    parts = extension.get("extension", ())
    first: dict[str, Body] = {}
    for part in parts:
        first.setdefault(part["url"], part)

    def codes(name: str) -> tuple[str, ...]:
        return tuple(str(one.get("valueCode", "")) for one in parts if one["url"] == name)

    end = first.get("to", {}).get("valueDate")
    return Agreement(
        id=str(first["id"].get("valueString", "")),
        partner_id=id_of(first["partner"].get("valueReference"), "Organization"),
        from_on=date.fromisoformat(first["from"]["valueDate"]),
        to_on=date.fromisoformat(end) if end else None,
        directions=codes("direction"),
        diseases=codes("disease"),
        conditions=str(first.get("conditions", {}).get("valueString", "")),
        capacity=int(first.get("capacity", {}).get("valueInteger", 0)),
        contact_id=id_of(first.get("contact", {}).get("valueReference"), "Practitioner"),
    )


def with_agreements(service: Body, agreements: Sequence[Agreement]) -> Resource:
    """The department with exactly these agreements."""
    kept = [one for one in service.get("extension", ()) if one.get("url") != AGREEMENT]
    told = [*kept, *(_extension(one) for one in agreements)]
    rest = {name: value for name, value in service.items() if name != "extension"}
    return {**rest, "extension": told} if told else rest


def _extension(one: Agreement) -> Resource:
    parts: list[Resource] = [
        {"url": "id", "valueString": one.id},
        {"url": "partner", "valueReference": {"reference": f"Organization/{one.partner_id}"}},
        {"url": "from", "valueDate": one.from_on.isoformat()},
    ]
    if one.to_on:
        parts.append({"url": "to", "valueDate": one.to_on.isoformat()})
    parts += [{"url": "direction", "valueCode": code} for code in one.directions]
    parts += [{"url": "disease", "valueCode": code} for code in one.diseases]
    if one.conditions:
        parts.append({"url": "conditions", "valueString": one.conditions})
    if one.capacity:
        parts.append({"url": "capacity", "valueInteger": one.capacity})
    if one.contact_id:
        contact = {"reference": f"Practitioner/{one.contact_id}"}
        parts.append({"url": "contact", "valueReference": contact})
    return {"url": AGREEMENT, "extension": parts}
