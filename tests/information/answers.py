"""Random valid answers to the personal information form, made from its declaration."""

from datetime import date
from typing import Any

from hypothesis import strategies as st

from kernel.declare.form import Field, FieldKind, Value, beside
from records.information.form import FORM, NONE, PRESENT
from tests.cast import citizen_number

TODAY = date(2026, 11, 23)
WORDS = (
    st.text("张王李赵海棠路号青霉素abc（）、；1 ", min_size=1, max_size=12)
    .map(str.strip)
    .filter(bool)
)
MONTHS = st.dates(date(1950, 1, 1), TODAY).map(lambda day: day.isoformat()[:7])
BIRTHS = st.dates(date(1920, 1, 1), TODAY)


@st.composite
def answers(draw: st.DrawFn) -> dict[str, Value]:
    """Values of the form as somebody could have typed them."""
    values: dict[str, Value] = {}
    for field in FORM.fields:
        if field.key in ("number", "document_kind", "sex", "birth_date", "phone", "contact_phone"):
            continue
        if field.when is not None and not _asked(field, values):
            continue
        if field.required or draw(st.booleans()):
            _fill(draw, field, values)
    values.update(_identity(draw))
    if draw(st.booleans()):
        values["phone"] = f"139{draw(st.integers(10_000_000, 99_999_999))}"
    if draw(st.booleans()):
        values["contact_name"] = draw(WORDS)
        values["contact_phone"] = f"0535-{draw(st.integers(2_000_000, 8_999_999))}"
    return {field.key: values[field.key] for field in FORM.fields if field.key in values} | {
        key: value for key, value in values.items() if "." in key
    }


def _identity(draw: st.DrawFn) -> dict[str, Value]:
    born, sex = draw(BIRTHS), draw(st.sampled_from("12"))
    serial = draw(st.integers(1, 499)) * 2 - (1 if sex == "1" else 0)
    if draw(st.booleans()):
        number = citizen_number(f"379900{born:%Y%m%d}{serial:03d}")
        return {"document_kind": "citizen-id", "number": number, "birth_date": born, "sex": sex}
    return {"birth_date": born, "sex": draw(st.sampled_from("0129"))}


def _asked(field: Field, values: dict[str, Value]) -> bool:
    assert field.when is not None
    given: Any = values.get(field.when.key, ())
    return any(code in given for code in field.when.codes)


def _fill(draw: st.DrawFn, field: Field, values: dict[str, Value]) -> None:
    if field.kind is FieldKind.ROWS:
        what = st.fixed_dictionaries({"what": WORDS}, optional={"on": MONTHS})
        rows = draw(st.lists(what, min_size=1, max_size=3, unique_by=str))
        values[field.key] = tuple(rows)
    elif field.kind is FieldKind.CHOICES:
        some = [option.code for option in field.options if not option.alone]
        alone = [option.code for option in field.options if option.alone]
        chosen = draw(st.sets(st.sampled_from(some), min_size=1, max_size=4))
        if alone and draw(st.integers(0, 3)) == 0:
            chosen = {alone[0]}
        values[field.key] = tuple(o.code for o in field.options if o.code in chosen)
    elif field.kind is FieldKind.CHOICE:
        values[field.key] = draw(st.sampled_from([option.code for option in field.options]))
    elif field.kind is FieldKind.MONTH:
        values[field.key] = draw(MONTHS)
    else:
        values[field.key] = (
            "370602001001" if field.key == "committee" else draw(WORDS)[: field.most].strip()
        )
    for option in field.options:
        if option.words and option.code in _codes(values[field.key]):
            values[beside(field.key, option.code)] = draw(WORDS)


def _codes(value: Value) -> tuple[Any, ...]:
    return value if isinstance(value, tuple) else (value,)


def complete(values: dict[str, Value]) -> dict[str, Value]:
    """Answers whose lists of what happened have at least a row, as the form asks for."""
    kept = dict(values)
    for key in ("surgery", "trauma", "transfusion"):
        if kept.get(key) == PRESENT and f"{key}_rows" not in kept:
            kept[key] = NONE
    return kept
