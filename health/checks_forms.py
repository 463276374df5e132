"""The faults of a programme's forms, each with its path (`form.salt: …`). Pure."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from typing import Final

from health.fields import FACE_TO_FACE, NEXT_DATE, VISIT_DATE, VISIT_MODE
from kernel.declare.form import Field, FieldKind, Form
from kernel.ids import is_fhir_id

NUMBERS: Final = frozenset({FieldKind.INTEGER, FieldKind.DECIMAL})
_CHOSEN: Final = frozenset({FieldKind.CHOICE, FieldKind.CHOICES})
UNITS: Final = frozenset(
    {
        "%", "/min", "10*9/L", "Cel", "U/L", "cm", "d", "g", "g/L", "h", "kg", "kg/m2", "kPa",
        "m", "mL", "mg", "mg/dL", "min", "mm[Hg]", "mmol/L", "s", "u[IU]/mL", "ug/L", "umol/L",
        "{score}",
    }
)  # fmt: skip
"""The units (UCUM) that our forms exchange. A new one is looked up there and added here."""


def form_faults(form: Form) -> Iterator[str]:
    """What is wrong with any form: its name, its keys, its fields."""
    if not is_fhir_id(f"{form.name}-{form.version}") or "." in form.name:
        yield f"the name {form.name!r} and version {form.version!r} must make a FHIR id"
    for text in ("title", "source"):
        if not getattr(form, text):
            yield f"says no {text}"
    keys = [*(one.key for one in form.sections), *(one.key for one in form.fields)]
    for key, count in Counter(keys).items():
        if count > 1:
            yield f"{key}: the key is declared {count} times, among sections and fields"
    for field in form.fields:
        for fault in field_faults(field, form.fields):
            yield f"{field.key}: {fault}"


def field_faults(field: Field, beside: Sequence[Field]) -> Iterator[str]:
    """What is wrong with a field that stands beside others (its own row, or the whole form)."""
    if not field.title:
        yield "has no title"
    yield from _range_faults(field)
    yield from _unit_faults(field)
    yield from _option_faults(field)
    yield from _condition_faults(field, beside)
    if (field.kind is FieldKind.ROWS) != bool(field.columns):
        yield "rows have columns, and nothing else has"
    for column in field.columns:
        for fault in field_faults(column, field.columns):
            yield f"{column.key}: {fault}"


def _range_faults(field: Field) -> Iterator[str]:
    hard, soft = field.hard, field.soft
    if field.kind in NUMBERS and hard is None and not field.computed:
        yield "a number needs a hard range"
    for name, limits in (("hard", hard), ("soft", soft)):
        if limits is not None and limits[0] >= limits[1]:
            yield f"the {name} range {_shown(limits)} is empty"
    if hard and soft and not (hard[0] <= soft[0] and soft[1] <= hard[1]):
        yield f"the soft range {_shown(soft)} must lie inside the hard one {_shown(hard)}"


def _shown(limits: tuple[object, object]) -> str:
    return f"{limits[0]} to {limits[1]}"


def _unit_faults(field: Field) -> Iterator[str]:
    if field.coded is None or field.kind not in NUMBERS:
        return
    if not field.coded.ucum:
        yield "a coded number needs its unit in UCUM"
    elif field.coded.ucum not in UNITS:
        yield f"{field.coded.ucum!r} is no unit that is known (health/checks_forms.py, UNITS)"
    if not field.unit:
        yield "a coded number needs the unit that the page shows"


def _option_faults(field: Field) -> Iterator[str]:
    codes = Counter(option.code for option in field.options)
    if (field.kind in _CHOSEN) != bool(codes):
        yield "a choice has options, and nothing else has"
    if codes and not field.system:
        yield "the options need their code system"
    for code, count in codes.items():
        if count > 1:
            yield f"the option {code} is declared {count} times"


def _condition_faults(field: Field, beside: Sequence[Field]) -> Iterator[str]:
    if field.when is None:
        return
    before: dict[str, Field] = {}
    for other in beside:
        if other is field:
            break
        before[other.key] = other
    asked = before.get(field.when.key)
    if asked is None:
        yield f"is asked by {field.when.key!r}, which is no field before it"
        return
    strange = [code for code in field.when.codes if code not in asked.by_code]
    if strange or not field.when.codes:
        yield f"is asked by {field.when.key!r} = {strange or 'nothing'}, which cannot be chosen"


def visit_faults(form: Form) -> Iterator[str]:
    """The fields that the mechanism itself reads must be there, as it expects them."""
    wanted: tuple[tuple[str, Callable[[Field], bool], str], ...] = (
        (VISIT_DATE, lambda one: one.kind is FieldKind.DATE and one.required, "a required date"),
        (
            VISIT_MODE,
            lambda one: one.required and set(one.by_code) >= FACE_TO_FACE,
            "a required choice with the modes that are face to face",
        ),
        (NEXT_DATE, lambda one: one.kind is FieldKind.DATE and not one.required, "a date"),
    )
    by_key = {one.key: one for one in form.fields}
    for key, fits, shape in wanted:
        if key not in by_key:
            yield f"{key}: is missing; every follow-up needs it ({shape})"
        elif not fits(by_key[key]):
            yield f"{key}: must be {shape}"
