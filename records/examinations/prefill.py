"""What stands in the form before anybody types: each fact is typed once.

From the last examination come height and what is asked about life and history, never another
measurement; from today's visits the vital signs; from the prescriptions the drugs.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final

from kernel.canonical import code_system
from kernel.declare.form import Field, FieldKind, Form
from kernel.web.i18n import _
from kernel.work import ReadWork
from records.codes import BLOOD_PRESSURE
from records.examinations.form import examination_form
from records.examinations.queries import (
    Examination,
    day_observations,
    list_examinations,
    loinc_of,
    valid,
)
from records.reading import Body, codes_of
from records.residents.panels import medications

FROM_LAST: Final = _("上次体检")
FROM_TODAY: Final = _("今日就诊的测量")
FROM_DRUGS: Final = _("当前用药")
_KEPT_SECTIONS: Final = frozenset({"lifestyle", "problems"})
_KEPT_KEYS: Final = frozenset({"height", "vaccines"})
_HEART: Final = "heart-rate"
"""The pulse of a visit is the pulse of the form, not the heart rate that somebody listens to."""
_SIDES: Final = code_system("nbphs3-body-side")


@dataclass(frozen=True, slots=True)
class Prefill:
    """Values for an empty form, and by source the titles of the fields that they stand in."""

    values: Mapping[str, Any]
    sources: Mapping[str, tuple[str, ...]]


def prefill(work: ReadWork, patient_id: str, form: Form) -> Prefill:
    """What a new examination of today begins with."""
    earlier = valid(list_examinations(work, patient_id))
    values: dict[str, Any] = {"exam-date": work.today}
    sources: dict[str, tuple[str, ...]] = {}
    for source, found in (
        (FROM_LAST, from_last(earlier[0], form) if earlier else {}),
        (FROM_DRUGS, _drugs(work, patient_id)),
        (FROM_TODAY, measured_today(work, patient_id, form)),
    ):
        values |= found
        if titles := _titles(form, found):
            sources[source] = titles
    return Prefill(values, sources)


def _titles(form: Form, values: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(field.title for field in form.fields if field.key in values)


def fill_open(work: ReadWork, patient_id: str, form: Form, draft: Examination) -> Prefill:
    """A draft of today with what was measured at today's visits where nothing was typed yet."""
    if draft.status != "in-progress" or draft.on != work.today:
        return Prefill(draft.values, {})
    found = measured_today(work, patient_id, form)
    fresh = {key: value for key, value in found.items() if key not in draft.values}
    titles = _titles(form, fresh)
    return Prefill({**draft.values, **fresh}, {FROM_TODAY: titles} if titles else {})


def from_last(last: Examination, form: Form) -> dict[str, Any]:
    """Height and history of an examination; nothing else that was measured."""
    return {
        name: value
        for section in form.sections
        for field in section.fields
        if section.key in _KEPT_SECTIONS or field.key in _KEPT_KEYS
        for name, value in last.values.items()
        if name == field.key or name.startswith(f"{field.key}.")
    }


def _drugs(work: ReadWork, patient_id: str) -> dict[str, Any]:
    """The drugs that are prescribed now, as many as the form has rows for."""
    column = {one.key: one for one in examination_form().field("drugs").columns}
    rows = [
        {
            key: text[: column[key].most]
            for key, text in (
                ("name", one["title"]),
                ("usage", one["dose"]),
                ("since", one["since"].isoformat() if one["since"] else ""),
            )
            if text
        }
        for one in medications(work, patient_id)
    ]
    most = examination_form().field("drugs").most
    return {"drugs": tuple(rows[:most])} if rows else {}


def measured_today(work: ReadWork, patient_id: str, form: Form) -> dict[str, Any]:
    """The values of today's Observations that fit a field of the form, the newest of each."""
    return measured_on(work, patient_id, [f for f in form.fields if f.key != _HEART], on=work.today)


def measured_on(
    work: ReadWork, patient_id: str, fields: Sequence[Field], *, on: date
) -> dict[str, Any]:
    """The values of a day's Observations that fit these fields of a form, the newest of each.

    A pressure that a form asks without a side is that of either arm.
    """
    found: dict[str, Any] = {}
    for body in reversed(day_observations(work, patient_id, on)):
        for field in fields:
            value = _value(field, body) if _fits(field, body) else None
            if value is not None and _possible(field, value):
                found[field.key] = value
    return found


def _fits(field: Field, body: Body) -> bool:
    coded = field.coded
    if coded is None or field.computed:
        return False
    codes = loinc_of(body)
    if coded.part_of and not coded.site:
        return bool(BLOOD_PRESSURE & set(codes))
    if coded.part_of:
        sides = codes_of(body.get("bodySite"), _SIDES) or ["left-arm"]
        return bool(BLOOD_PRESSURE & set(codes)) and coded.site in sides
    return coded.code in codes and field.kind in (FieldKind.INTEGER, FieldKind.DECIMAL)


def _value(field: Field, body: Body) -> int | Decimal | None:
    code, ucum = (field.coded.code, field.coded.ucum) if field.coded else ("", "")
    for quantity in _quantities(body, code):
        value = quantity.get("value")
        if isinstance(value, Decimal | int) and quantity.get("code") == ucum:
            return _as(field, Decimal(value))
    return None


def _quantities(body: Body, code: str) -> Iterator[Mapping[str, Any]]:
    if "component" not in body:
        yield body.get("valueQuantity", {})
    for part in body.get("component", ()):
        if code in codes_of(part.get("code")):
            yield part.get("valueQuantity", {})


def _as(field: Field, value: Decimal) -> int | Decimal | None:
    """The value as the field writes it; None where that would lose digits."""
    if field.kind is FieldKind.INTEGER:
        return int(value) if value == int(value) else None
    exponent = value.as_tuple().exponent
    return value if isinstance(exponent, int) and -exponent <= field.digits else None


def _possible(field: Field, value: int | Decimal) -> bool:
    return field.hard is None or field.hard[0] <= value <= field.hard[1]
