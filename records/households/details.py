"""The form of a household: what is typed, what it becomes in the Group, and back. Pure functions.

Fields of health-record.md §5; those of the living conditions are named as in
`records.households.living`. What a Group says besides stays as it is.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from kernel.values.invalid import InvalidValue, half_width
from kernel.values.phone import parse_phone
from kernel.web.i18n import _
from records.extensions import GRID_ADDRESS, extension_value, grid_of
from records.households.codes import ADDRESS, BOOK_SYSTEM, DOCTOR, PHONE
from records.households.group import (
    Body,
    Element,
    address_element,
    book_number_of,
    with_extension,
    with_identifier,
)
from records.households.living import (
    CODED,
    LEAST_TOTAL,
    LOW_INCOME,
    MEASURED,
    MOST_TOTAL,
    Measured,
    living_of,
    with_living,
)
from records.reading import address_of, display_of, id_of
from records.terminology import catalogue

PLACE: Final = ("grid", "committee", "building", "unit", "room")
"""Parts of the grid address, in the order of their extensions."""
LONGEST: Final = {"address": 200, "book": 30, **dict.fromkeys(PLACE, 20)}
YES: Final = "1"
NO: Final = "2"

_TOO_LONG = _("内容太长：地址最多 200 字，户口号 30 字，网格、楼栋、单元、房号各 20 字。")
_COMMITTEE = _("居（村）委会代码应为 12 位数字。")
_TOTAL = _("家庭总人口应为 1 至 99 的整数。")
_LIVING = _("现住人口数应为 0 至 99 的整数，不超过家庭总人口。")
_CHOICE = _("请从列表中选择。")
_RANGES: Final[Mapping[str, str]] = {
    "living": _LIVING,
    "area": _("居住面积应为 1 至 2000 ㎡，最多两位小数。"),
    "salt": _("月食用盐应为 0 至 20000 克，最多一位小数。"),
    "oil": _("月食用油应为 0 至 200 斤，最多两位小数。"),
}


@dataclass(frozen=True, slots=True)
class Details:
    """What the form says. Empty texts and None are what nobody told.

    `doctor` is a Practitioner's id; `living` as `records.households.living.living_of`.
    """

    address: str = ""
    place: Mapping[str, str] = field(default_factory=dict)
    phone: str = ""
    book: str = ""
    doctor: str = ""
    doctor_name: str = ""
    total: int | None = None
    living: Mapping[str, Any] = field(default_factory=dict)


def details_of(body: Body) -> Details:
    """What a Group says, of all that the form asks."""
    address = address_element(body)
    telephone = extension_value(body, PHONE, "valueContactPoint") or {}
    doctor = extension_value(body, DOCTOR, "valueReference")
    return Details(
        address=address_of({"address": [address]}) if address else "",
        place=_place_of(address),
        phone=str(telephone.get("value", "")),
        book=book_number_of(body),
        doctor=id_of(doctor, "Practitioner"),
        doctor_name=display_of(doctor),
        total=body.get("quantity"),
        living=living_of(body),
    )


def _place_of(address: Body) -> dict[str, str]:
    parts = grid_of(address)
    return {name: parts[name] for name in PLACE if parts.get(name)}


def described(body: Body, details: Details) -> Element:
    """The Group with what the form says; a field that was emptied is taken away."""
    made = with_extension(body, ADDRESS, *_address(address_element(body), details))
    phone = {"valueContactPoint": {"system": "phone", "value": details.phone}}
    made = with_extension(made, PHONE, *([phone] if details.phone else []))
    doctor = {"reference": f"Practitioner/{details.doctor}", "display": details.doctor_name}
    doctor = {name: text for name, text in doctor.items() if text}
    made = with_extension(made, DOCTOR, *([{"valueReference": doctor}] if details.doctor else []))
    made = with_identifier(made, BOOK_SYSTEM, details.book)
    made = with_living(made, details.living)
    rest = {name: value for name, value in made.items() if name != "quantity"}
    return rest if details.total is None else {**rest, "quantity": details.total}


def _address(before: Body, details: Details) -> Iterator[Element]:
    """The Address: its lines stay only while the text is the same."""
    if not details.address and not details.place:
        return
    kept = {name: value for name, value in before.items() if name != "extension"}
    if address_of({"address": [before]}) != details.address:
        kept = {name: value for name, value in kept.items() if name not in ("line", "text")}
        if details.address:
            kept["text"] = details.address
    others = [one for one in before.get("extension", ()) if one.get("url") != GRID_ADDRESS]
    parts = [
        {"url": name, "valueString": details.place[name]}
        for name in PLACE
        if details.place.get(name)
    ]
    if parts:
        others.append({"url": GRID_ADDRESS, "extension": parts})
    yield {"valueAddress": {**kept, **({"extension": others} if others else {})}}


def typed_of(details: Details) -> dict[str, str]:
    """The form's fields as they are shown."""
    typed = {"address": details.address, "phone": details.phone, "book": details.book}
    typed |= {name: details.place.get(name, "") for name in PLACE}
    typed["doctor"] = details.doctor
    typed["total"] = "" if details.total is None else str(details.total)
    typed |= {one.key: str(details.living.get(one.key, "")) for one in CODED}
    typed |= {one.key: _number_text(details.living.get(one.key)) for one in MEASURED}
    low = details.living.get(LOW_INCOME)
    typed[LOW_INCOME] = "" if low is None else YES if low else NO
    return typed


def _number_text(value: Decimal | None) -> str:
    return "" if value is None else f"{value:f}"


def understand(
    typed: Mapping[str, str], doctors: Mapping[str, str]
) -> tuple[Details, dict[str, str]]:
    """What was typed, and what is wrong with it: a Chinese sentence by field.

    `doctors` are the ids and names of those who can be responsible.
    """
    texts = {name: half_width(typed.get(name, "")) for name in ("address", "book", *PLACE)}
    errors = {name: _TOO_LONG for name, text in texts.items() if len(text) > LONGEST[name]}
    committee = texts["committee"]
    if committee and not (len(committee) == 12 and committee.isascii() and committee.isdigit()):
        errors["committee"] = _COMMITTEE
    phone = _phone(typed.get("phone", ""), errors)
    total = _total(typed.get("total", ""), errors)
    doctor = typed.get("doctor", "")
    if doctor and doctor not in doctors:
        errors["doctor"] = _CHOICE
    living = _living(typed, errors)
    if total is not None and living.get("living", 0) > total:
        errors["living"] = _LIVING
    return (
        Details(
            texts["address"],
            {name: texts[name] for name in PLACE if texts[name]},
            phone,
            texts["book"],
            doctor,
            doctors.get(doctor, ""),
            total,
            living,
        ),
        errors,
    )


def _phone(text: str, errors: dict[str, str]) -> str:
    if not text.strip():
        return ""
    try:
        return parse_phone(text).value
    except InvalidValue as wrong:
        errors["phone"] = wrong.message
        return ""


def _total(text: str, errors: dict[str, str]) -> int | None:
    plain = half_width(text)
    if not plain:
        return None
    if plain.isascii() and plain.isdigit() and LEAST_TOTAL <= int(plain[:3]) <= MOST_TOTAL:
        return int(plain)
    errors["total"] = _TOTAL
    return None


def _living(typed: Mapping[str, str], errors: dict[str, str]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for one in CODED:
        code = typed.get(one.key, "")
        if code and code not in catalogue.code_set(one.codes).concepts:
            errors[one.key] = _CHOICE
        elif code:
            found[one.key] = code
    low = typed.get(LOW_INCOME, "")
    if low in (YES, NO):
        found[LOW_INCOME] = low == YES
    elif low:
        errors[LOW_INCOME] = _CHOICE
    for measured in MEASURED:
        text = half_width(typed.get(measured.key, ""))
        number = _number(measured, text) if text else None
        if text and number is None:
            errors[measured.key] = _RANGES[measured.key]
        elif number is not None:
            found[measured.key] = number
    return found


def _number(measured: Measured, text: str) -> Decimal | None:
    """A number within its limits and with no more decimals than are asked for; else None."""
    try:
        value = Decimal(text)
    except InvalidOperation:
        return None
    if not value.is_finite() or not measured.least <= value <= measured.most:
        return None
    exponent = value.as_tuple().exponent
    places = -exponent if isinstance(exponent, int) else 0
    return value if places <= measured.places else None
