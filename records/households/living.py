"""Living conditions of a household as Group.characteristic: the fields, their codes and limits.

R4 8.3: a characteristic is a trait that the members share, which is what they are. What has no
national code system has codes of ours (`records.terminology`: housing, income-band,
residence-status and the five items of the environment, rows 27-31 of the personal information
form, which are entered here once and shown on every member).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from kernel.canonical import UCUM, code_system
from kernel.web.i18n import _
from records.households.group import Body, Element
from records.reading import codes_of
from records.terminology import catalogue

SYSTEM: Final = code_system("household-characteristic")


@dataclass(frozen=True, slots=True)
class Coded:
    """A characteristic with a value out of a code set of `records.terminology`."""

    key: str
    title: str
    codes: str


@dataclass(frozen=True, slots=True)
class Measured:
    """A characteristic with a number: its unit as printed and in UCUM, and its limits."""

    key: str
    title: str
    unit: str
    ucum: str
    least: Decimal
    most: Decimal
    places: int


ENVIRONMENT: Final = (
    Coded("vent", _("厨房排风设施"), "env-vent"),
    Coded("fuel", _("燃料类型"), "env-fuel"),
    Coded("water", _("饮水"), "env-water"),
    Coded("toilet", _("厕所"), "env-toilet"),
    Coded("livestock", _("禽畜栏"), "env-livestock"),
)
CODED: Final = (
    Coded("housing", _("住房类型"), "housing"),
    Coded("income", _("家庭年人均收入"), "income-band"),
    Coded("residence", _("居住状况"), "residence-status"),
    *ENVIRONMENT,
)
MEASURED: Final = (
    Measured("living", _("现住人口数"), _("人"), "{person}", Decimal(0), Decimal(99), 0),
    Measured("area", _("居住面积"), "㎡", "m2", Decimal(1), Decimal(2000), 2),
    Measured("salt", _("月食用盐"), _("克"), "g/mo", Decimal(0), Decimal(20_000), 1),
    Measured("oil", _("月食用油"), _("斤"), "500.g/mo", Decimal(0), Decimal(200), 2),
)
"""Salt and oil serve health education; 斤 is 500 g, and 500.g/mo the UCUM of 斤 a month."""
LOW_INCOME: Final = "low-income"
LEAST_TOTAL: Final = 1
MOST_TOTAL: Final = 99


def characteristics(body: Body) -> Iterator[tuple[int, str, Body]]:
    """Place, key and element of each characteristic that is one of ours."""
    for place, one in enumerate(body.get("characteristic", ())):
        for key in codes_of(one.get("code"), SYSTEM)[:1]:
            yield place, key, one


def coded_value(field: Coded, element: Body) -> str:
    """The code of a characteristic's value, or an empty text for none of its code set."""
    known = catalogue.code_set(field.codes)
    found = codes_of(element.get("valueCodeableConcept"), known.url)
    return next((code for code in found if code in known.concepts), "")


def measured_value(element: Body) -> Decimal | None:
    """The number of a characteristic, or None where it has none."""
    value = element.get("valueQuantity", {}).get("value")
    return Decimal(value) if isinstance(value, Decimal | int) else None


def living_of(body: Body) -> dict[str, Any]:
    """What is known: codes (text) and numbers (Decimal) by key, `low-income` as a bool."""
    coded, measured = {f.key: f for f in CODED}, {f.key for f in MEASURED}
    found: dict[str, Any] = {}
    for _place, key, element in characteristics(body):
        value: Any = None
        if key in coded:
            value = coded_value(coded[key], element) or None
        elif key in measured:
            value = measured_value(element)
        elif key == LOW_INCOME:
            value = element.get("valueBoolean")
        if value is not None:
            found[key] = value
    return found


def with_living(body: Body, values: Mapping[str, Any]) -> Element:
    """The body with these living conditions (as `living_of`); others of ours are taken away."""
    ours = {place for place, _key, _element in characteristics(body)}
    kept = [one for n, one in enumerate(body.get("characteristic", ())) if n not in ours]
    made = [*kept, *_written(values)]
    rest = {name: one for name, one in body.items() if name != "characteristic"}
    return {**rest, "characteristic": made} if made else rest


def _written(values: Mapping[str, Any]) -> Iterator[Element]:
    for coded in CODED:
        if code := values.get(coded.key):
            value = catalogue.concept(coded.codes, code)
            yield _element(coded.key, coded.title, {"valueCodeableConcept": value})
    if LOW_INCOME in values:
        yield _element(LOW_INCOME, _("低保户"), {"valueBoolean": bool(values[LOW_INCOME])})
    for one in MEASURED:
        number = values.get(one.key)
        if number is not None:
            quantity = {"value": number, "unit": one.unit, "system": UCUM, "code": one.ucum}
            yield _element(one.key, one.title, {"valueQuantity": quantity})


def _element(key: str, title: str, value: Element) -> Element:
    code = {"coding": [{"system": SYSTEM, "code": key, "display": title}], "text": title}
    return {"code": code, **value, "exclude": False}
