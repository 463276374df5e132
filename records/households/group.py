"""A household as a FHIR Group (R4 8.3): reading its body and writing a changed one. Pure functions.

code         group-kind|household; type person, actual true
identifier   家庭编号 (household-number; those of merged households with use `old`), 户口号
active       false = 已注销
quantity     家庭总人口, which may be more than those who have a record
member       entity Patient; extension household-relation (GB/T 4761 to the head); period, of
             which `end` is the last day in the household; inactive for who is no longer in it,
             then with the extension household-left-for. See `left` for the day of a change
extensions   household-address (Address), household-phone (ContactPoint), household-doctor
             (Practitioner), household-problem (repeated)
characteristic  living conditions, see `records.households.living`
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from kernel.canonical import GB_RELATION
from kernel.clock import local_date
from kernel.fhir.search.dates import interval, local_days
from records.extensions import extension_value
from records.households.codes import (
    ADDRESS,
    BOOK_SYSTEM,
    DEAD,
    HEAD,
    HOUSEHOLD,
    KIND_SYSTEM,
    LEFT_FOR,
    LEFT_FOR_SYSTEM,
    LEFT_TITLES,
    NUMBER_SYSTEM,
    RELATION,
)
from records.reading import codes_of, display_of, id_of
from records.terminology import catalogue

Body = Mapping[str, Any]
Element = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Member:
    """One membership. Days are local; `to_on` is exclusive and None while it lasts.

    `relation` is a GB/T 4761 code, or empty where none is told; `left_for` one of `LEFT_TITLES`.
    `place` is where it stands in `Group.member`.
    """

    place: int
    patient_id: str
    name: str
    relation: str
    from_on: date | None
    to_on: date | None
    active: bool
    left_for: str = ""

    @property
    def is_head(self) -> bool:
        """Whether this is the household's head (户主)."""
        return self.active and self.relation == HEAD


def is_household(body: Body) -> bool:
    """Whether a Group is a household (家庭), and not some other group of people."""
    return HOUSEHOLD in codes_of(body.get("code"), KIND_SYSTEM)


def is_open(body: Body) -> bool:
    """Whether the household's record is kept (档案状态 0=正常), not cancelled (1=已注销)."""
    return bool(body.get("active", True))


def members_of(body: Body) -> list[Member]:
    """All memberships, past ones too, as they stand."""
    return [_member(place, one) for place, one in enumerate(body.get("member", ()))]


def active_members(body: Body) -> list[Member]:
    """Those who are in the household now."""
    return [one for one in members_of(body) if one.active]


def head_of(body: Body) -> Member | None:
    """The head, or None where there is none (the household is cancelled)."""
    return next((one for one in members_of(body) if one.is_head), None)


def _member(place: int, element: Body) -> Member:
    period = element.get("period", {})
    start, end = period.get("start"), period.get("end")
    return Member(
        place,
        id_of(element.get("entity"), "Patient"),
        display_of(element.get("entity")),
        relation_of(element),
        _days(start)[0] if start else None,
        _days(end)[1] if end else None,
        not element.get("inactive", False),
        next(iter(_extension_codes(element, LEFT_FOR, LEFT_FOR_SYSTEM)), ""),
    )


def _days(text: str) -> tuple[date, date]:
    """The first local day of a FHIR date or dateTime and the day after its last one."""
    if "T" not in text:
        return local_days(text)
    day = local_date(interval(text)[0])
    return day, day + timedelta(days=1)


def relation_of(element: Body) -> str:
    """The GB/T 4761 code in a `Group.member`, or an empty text."""
    return next(iter(_extension_codes(element, RELATION, GB_RELATION)), "")


def _extension_codes(element: Body, url: str, system: str) -> Iterator[str]:
    for one in element.get("extension", ()):
        if one.get("url") == url:
            yield from codes_of(one.get("valueCodeableConcept"), system)


def number_of(body: Body) -> str:
    """The household's present number (家庭编号), or an empty text."""
    return next(iter(current_numbers(body)), "")


def current_numbers(body: Body) -> list[str]:
    """The numbers that are not those of merged households; there should be one."""
    return [value for value, use in _numbers(body) if use != "old"]


def former_numbers(body: Body) -> list[str]:
    """The numbers of households that were merged into this one."""
    return [value for value, use in _numbers(body) if use == "old"]


def _numbers(body: Body) -> Iterator[tuple[str, str]]:
    for one in body.get("identifier", ()):
        if one.get("system") == NUMBER_SYSTEM and one.get("value"):
            yield str(one["value"]), str(one.get("use", ""))


def book_number_of(body: Body) -> str:
    """The number of the register's book (户口号), or an empty text."""
    ours = (one for one in body.get("identifier", ()) if one.get("system") == BOOK_SYSTEM)
    return next((str(one["value"]) for one in ours if one.get("value")), "")


def address_element(body: Body) -> Element:
    """The household's Address; empty where none is told."""
    return dict(extension_value(body, ADDRESS, "valueAddress") or {})


def with_extension(body: Body, url: str, *elements: Element) -> Element:
    """The body with these extensions of one url in place of those that it had."""
    kept = [one for one in body.get("extension", ()) if one.get("url") != url]
    made = [*kept, *({"url": url, **one} for one in elements)]
    rest = {name: value for name, value in body.items() if name != "extension"}
    return {**rest, "extension": made} if made else rest


def with_identifier(body: Body, system: str, value: str) -> Element:
    """The body with this present identifier of a system; an empty value takes it away."""
    kept = [
        one
        for one in body.get("identifier", ())
        if one.get("system") != system or one.get("use") == "old"
    ]
    made = [*kept, {"system": system, "value": value}] if value else kept
    rest = {name: one for name, one in body.items() if name != "identifier"}
    return {**rest, "identifier": made} if made else rest


def with_members(body: Body, elements: Sequence[Element]) -> Element:
    """The body with these members; the family's size follows where it is told (`quantity`).

    It is never less than the number of those who are in the household, and one who leaves is one
    less.
    """
    before, after = _size(body.get("member", ())), _size(elements)
    made = _holding(body, elements)
    told = body.get("quantity")
    if isinstance(told, int):
        made["quantity"] = max(after, told - max(before - after, 0))
    return made


def _holding(body: Body, elements: Sequence[Element]) -> Element:
    """The body with these members; FHIR knows no empty list (R4 2.6.2)."""
    rest = {name: value for name, value in body.items() if name != "member"}
    return {**rest, "member": list(elements)} if elements else rest


def _size(elements: Iterable[Body]) -> int:
    return sum(not one.get("inactive", False) for one in elements)


def new_group(number: str, head_name: str, keeper: Element, elements: Sequence[Element]) -> Element:
    """A household that is not stored yet, named after its head.

    `keeper` is a Reference to the institution that keeps it, `elements` are of `new_member`.
    """
    return {
        "resourceType": "Group",
        "identifier": [{"system": NUMBER_SYSTEM, "value": number}],
        "active": True,
        "type": "person",
        "actual": True,
        "code": {
            "coding": [{"system": KIND_SYSTEM, "code": HOUSEHOLD, "display": "家庭"}],
            "text": "家庭",
        },
        "name": f"{head_name}家庭",
        "quantity": len(elements),
        "managingEntity": keeper,
        "member": list(elements),
    }


def new_member(patient_id: str, name: str, relation: str, on: date) -> Element:
    """A `Group.member` who belongs to the household from a day on.

    Raises KeyError for a relation that is no code of GB/T 4761.
    """
    concept = catalogue.concept("gb-relation", relation)
    return {
        "extension": [{"url": RELATION, "valueCodeableConcept": concept}],
        "entity": {"reference": f"Patient/{patient_id}", "display": name},
        "period": {"start": on.isoformat()},
        "inactive": False,
    }


def related(element: Body, relation: str) -> Element:
    """The member with another relation to the head. Raises KeyError for an unknown code."""
    concept = {"valueCodeableConcept": catalogue.concept("gb-relation", relation)}
    return with_extension(element, RELATION, concept)


def left(elements: Sequence[Body], place: int, on: date, left_for: str) -> list[Element]:
    """The members after one of them left, by a change on the day `on`.

    One day belongs to one household (health-record.md §5: a person has one), and the day of a
    change to the new one, as with the days of institutions (decision 12). So the last day here is
    the one before; only who died was here on that day. Somebody who came and leaves on the same
    day has no day here, which a Period, whose end is inclusive, cannot say: that membership is
    taken out, and only the version before tells it.
    """
    rest = [dict(one) for one in elements]
    gone = _ended(rest[place], on, left_for)
    return [*rest[:place], *([gone] if gone else []), *rest[place + 1 :]]


def _ended(element: Body, on: date, left_for: str) -> Element | None:
    """The membership with its last day and why it ended; None where it has no day."""
    told = element.get("period", {}).get("start", "")
    start = _days(told)[0] if told else None
    last = on if left_for == DEAD else on - timedelta(days=1)
    if start is not None and last < start:
        if left_for != DEAD:
            return None
        last = start
    title = LEFT_TITLES[left_for]
    coding = {"system": LEFT_FOR_SYSTEM, "code": left_for, "display": title}
    made = with_extension(
        element, LEFT_FOR, {"valueCodeableConcept": {"coding": [coding], "text": title}}
    )
    period = {**element.get("period", {}), "end": last.isoformat()}
    return {**made, "period": period, "inactive": True}


def without_active(body: Body, on: date, left_for: str) -> Element:
    """The household cancelled by a change on a day: everybody left, the record no longer active."""
    elements: Sequence[Element] = body.get("member", ())
    for one in reversed(active_members(body)):  # from the end: `left` may take one out
        elements = left(elements, one.place, on, left_for)
    return {**_holding(body, elements), "active": False}
