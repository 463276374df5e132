"""Random declared forms, and random valid values of any declared form."""

from datetime import date
from decimal import Decimal
from string import ascii_lowercase
from typing import Any

from hypothesis import strategies as st

from kernel.declare.form import (
    Condition,
    Field,
    FieldKind,
    Form,
    Option,
    Section,
    Value,
    beside,
)

DAYS = st.dates(date(1905, 1, 1), date(2026, 11, 23))
WORDS = (
    st.text("张王李海棠路号青霉素abcXYZ019（）、；“”<>&'\"/-. ", min_size=1, max_size=20)
    .map(str.strip)
    .filter(bool)
)
_SIMPLE = [kind for kind in FieldKind if kind is not FieldKind.ROWS]


@st.composite
def forms(draw: st.DrawFn) -> Form:
    """A form of one to three sections with fields of every kind, some of them conditional."""
    number = draw(st.integers(1, 8))
    keys = [f"f{i}{draw(st.sampled_from(ascii_lowercase))}" for i in range(number)]
    fields = [*_fields(draw, keys), *_tables(draw)]
    cut = draw(st.integers(0, len(fields)))
    parts = [part for part in (fields[:cut], fields[cut:]) if part]
    sections = tuple(Section(f"s{i}", f"部分{i}", tuple(part)) for i, part in enumerate(parts))
    return Form("random-form", "1", "随机表", "无", sections)


def _tables(draw: st.DrawFn) -> list[Field]:
    if draw(st.booleans()):
        return []
    columns = tuple(_fields(draw, ["c0", "c1", "c2"]))
    return [Field("rows", "各行", FieldKind.ROWS, columns=columns, most=3)]


def _fields(draw: st.DrawFn, keys: list[str]) -> list[Field]:
    fields: list[Field] = []
    for key in keys:
        asked = [field for field in fields if field.options]
        when, conditional = None, draw(st.booleans())
        if asked and conditional:
            other = draw(st.sampled_from(asked))
            codes = draw(st.lists(st.sampled_from(sorted(other.by_code)), min_size=1, unique=True))
            when = Condition(other.key, tuple(codes))
        fields.append(_field(draw, key, when))
    return fields


def _field(draw: st.DrawFn, key: str, when: Condition | None) -> Field:
    kind = draw(st.sampled_from(_SIMPLE))
    shared: dict[str, Any] = {"when": when, "required": draw(st.booleans())}
    if kind in (FieldKind.CHOICE, FieldKind.CHOICES):
        several = kind is FieldKind.CHOICES
        options = tuple(
            Option(str(n), f"选项{n}", words=draw(st.booleans()), alone=several and n == 1)
            for n in range(1, draw(st.integers(1, 5)) + 1)
        )
        system = draw(st.sampled_from(["", "http://example.org/codes"]))
        return Field(key, f"项{key}", kind, options=options, system=system, **shared)
    if kind in (FieldKind.INTEGER, FieldKind.DECIMAL):
        low = draw(st.integers(-50, 50))
        hard = (Decimal(low), Decimal(low + draw(st.integers(0, 300))))
        digits = draw(st.integers(0, 3)) if kind is FieldKind.DECIMAL else 0
        return Field(key, f"项{key}", kind, hard=hard, digits=digits, unit="mmHg", **shared)
    return Field(key, f"项{key}", kind, most=60, **shared)


@st.composite
def values_of_form(draw: st.DrawFn, form: Form) -> dict[str, Value]:
    """Values that can be typed into a form and are accepted."""
    return _values(draw, tuple(form.fields))


def _values(draw: st.DrawFn, fields: tuple[Field, ...]) -> dict[str, Value]:
    values: dict[str, Value] = {}
    for field in fields:
        wanted = field.required or draw(st.booleans())
        if field.computed or not wanted or not _is_asked(field, values):
            continue
        value = _value(draw, field)
        if value in ((), ""):
            continue
        values[field.key] = value
        chosen = value if isinstance(value, tuple) else (value,)
        for option in field.options:
            if option.words and option.code in chosen:
                values[beside(field.key, option.code)] = draw(WORDS)
    return values


def _is_asked(field: Field, values: dict[str, Value]) -> bool:
    if field.when is None:
        return True
    given = values.get(field.when.key, ())
    return bool(set(field.when.codes) & set(given if isinstance(given, tuple) else (given,)))


def _value(draw: st.DrawFn, field: Field) -> Value:
    match field.kind:
        case FieldKind.CHOICE:
            return draw(st.sampled_from([option.code for option in field.options]))
        case FieldKind.CHOICES:
            return _several(draw, field)
        case FieldKind.INTEGER | FieldKind.DECIMAL:
            return _number(draw, field)
        case FieldKind.DATE:
            return draw(DAYS)
        case FieldKind.MONTH:
            day = draw(DAYS).isoformat()
            return draw(st.sampled_from([day[:4], day[:7]]))
        case FieldKind.ROWS:
            rows = [_values(draw, field.columns) for _ in range(draw(st.integers(0, 2)))]
            return tuple(row for row in rows if row)
        case _:
            return draw(WORDS)[: field.most].strip()


def _several(draw: st.DrawFn, field: Field) -> Value:
    codes = draw(st.lists(st.sampled_from(sorted(field.by_code)), min_size=1, unique=True))
    alone = [code for code in codes if field.by_code[code].alone]
    return tuple(code for code in field.by_code if code in (alone[:1] or codes))


def _number(draw: st.DrawFn, field: Field) -> Value:
    assert field.hard is not None
    digits = draw(st.integers(0, field.digits))
    low, high = (int(limit * 10**digits) for limit in field.hard)
    if field.hard[0] * 10**digits > low:
        low += 1
    number = draw(st.integers(low, high))
    return number if field.kind is FieldKind.INTEGER else Decimal(number).scaleb(-digits)
