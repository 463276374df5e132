"""The Observations that follow from the answers to a declared form (R4 10.1).

Structured Data Capture calls it extraction: a coded field becomes an Observation, the components of
a panel become one.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from kernel.canonical import UCUM, code_system
from kernel.declare.form import Coded, Field, Form, Values, beside
from kernel.fhir.questionnaire import coding_of

Body = dict[str, Any]
_CATEGORY: Final = "http://terminology.hl7.org/CodeSystem/observation-category"


@dataclass(frozen=True, slots=True)
class Measured:
    """The circumstances of what was measured: References and the dateTime."""

    subject: Body
    encounter: Body | None
    at: str
    performer: Body | None
    derived_from: Body


def observations(form: Form, values: Values, about: Measured) -> list[tuple[str, Body]]:
    """The Observations that the coded fields of an answer give (R4 10.1), each with a stable key.

    Values that are components of one panel (blood pressure of one arm) become one Observation; its
    key is that of its first field. Computed values count as the others.
    """
    panels: dict[tuple[str, str], list[Field]] = {}
    for field in form.fields:
        if field.coded is not None and field.key in values:
            coded = field.coded
            place = (coded.part_of or field.key, coded.site)
            panels.setdefault(place, []).append(field)
    return [(fields[0].key, _observation(fields, values, about)) for fields in panels.values()]


def _observation(fields: Sequence[Field], values: Values, about: Measured) -> Body:
    first = fields[0]
    coded = first.coded
    if coded is None:
        raise ValueError(f"{first.key} has no code")
    vital = coded.part_of or coded.code in _VITAL
    body: Body = {
        "resourceType": "Observation",
        "status": "final",
        "category": [
            {
                "coding": [
                    {"system": _CATEGORY, "code": "vital-signs" if vital else coded.category},
                ]
            }
        ],
        "code": {"coding": [{"system": coded.system, "code": coded.part_of or coded.code}]},
        "subject": about.subject,
        **({"encounter": about.encounter} if about.encounter else {}),
        "effectiveDateTime": about.at,
        **({"performer": [about.performer]} if about.performer else {}),
        "derivedFrom": [about.derived_from],
    }
    if coded.part_of:
        body["component"] = [_component(field, values) for field in fields]
    else:
        body["code"]["text"] = first.title
        body.update(_measure(first, coded, values))
    if coded.site:
        site = {"system": code_system("nbphs3-body-side"), "code": coded.site}
        body["bodySite"] = {"coding": [site]}
    return body


def _said(field: Field, code: str, values: Values) -> str:
    """A chosen code in words, with what was written beside it."""
    title, words = field.by_code[code].title, values.get(beside(field.key, code))
    return f"{title}：{words}" if words else title


_VITAL: Final = frozenset(
    {"8867-4", "9279-1", "8310-5", "29463-7", "8302-2", "39156-5", "2708-6", "8280-0"}
)


def _component(field: Field, values: Values) -> Body:
    coded = field.coded
    if coded is None:
        raise ValueError(f"{field.key} has no code")
    code = {"coding": [{"system": coded.system, "code": coded.code}], "text": field.title}
    return {"code": code, **_measure(field, coded, values)}


def _measure(field: Field, coded: Coded, values: Values) -> Body:
    value = values[field.key]
    if isinstance(value, int | Decimal):
        quantity = {"value": value, "unit": field.unit or coded.ucum}
        return {"valueQuantity": {**quantity, "system": UCUM, "code": coded.ucum}}
    codes: Iterable[Any] = value if isinstance(value, tuple) else (value,)
    if field.options:
        chosen = [str(code) for code in codes]
        said = "；".join(_said(field, code, values) for code in chosen)
        codings = [coding_of(field, code) for code in chosen]
        return {"valueCodeableConcept": {"coding": codings, "text": said}}
    return {"valueString": str(value)}
