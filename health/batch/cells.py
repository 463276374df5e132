"""One cell of a batch or of a workbook, understood as what the declared form asks for. Pure.

A code is written by its number on the paper form or by its title, several of them joined by `、`
or blanks, the words beside a code in brackets behind it: `2（踝部水肿）`. Drugs stand in one cell:
`氨氯地平片 1次 5mg；缬沙坦胶囊 1次 80mg`.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Any, Final

from kernel.declare.form import Field, FieldKind, Option, Values, beside
from kernel.form_values import written
from kernel.messages import Message, _
from kernel.values.invalid import InvalidValue, half_width
from records.api import cells

Texts = dict[str, tuple[str, ...]]
"""Texts as a browser would send them for the form (`kernel.forms`)."""

_ONLY_ONE: Final = _("只能选一项，写一个代码或名称")
_HOW_ROWS: Final = _("每行依次写 %(columns)s，用空格分开；多行用“；”分开")
HOW_DRUGS: Final = _(
    "每种依次写名称、每日次数、每次用量，用空格分开，例如 氨氯地平片 1次 5mg；多种用“；”分开"
)
_DIGITS: Final = re.compile(r"[\d\s]+")
_LINES: Final = re.compile(r"[；;\n]+")
_BLANKS: Final = re.compile(r"[\s，,]+")
_APART: Final = re.compile(r"(?i)(?<=\d)\s+(?=[^\d\s每一日天])(?!(?:qd|bid|tid|qid|qn)\b)")
"""The blank between a figure and its unit: 80 mg."""
_DRUG_COLUMNS: Final = frozenset({"name", "times", "dose", "unit"})
_TIMES: Final = re.compile(r"(?:每日|每天|一日|日)?(\d+)次(?:/?(?:日|天))?")
_A_DAY: Final = _("%(n)s次")
_LATIN: Final = {"QD": "1", "BID": "2", "TID": "3", "QID": "4", "QN": "1"}
_DOSE: Final = re.compile(r"(?:每次|一次)?(\d+(?:\.\d+)?)([^\d\s]*)")
_JOINT: Final = "、"
_NEXT: Final = "；"


def read_cell(one: Field, typed: str) -> Texts:
    """The texts of a form's field and its parts. Raises InvalidValue saying what is right."""
    if one.kind in (FieldKind.CHOICE, FieldKind.CHOICES):
        return _chosen(one, typed)
    if one.kind is FieldKind.ROWS:
        return dict(_rows(one, typed))
    if one.kind is FieldKind.DATE:
        return {one.key: (cells.day(typed),)}
    if one.kind in (FieldKind.INTEGER, FieldKind.DECIMAL):
        return {one.key: (_without_unit(typed, one.unit),)}
    return {one.key: (typed,)}


def _without_unit(typed: str, unit: str) -> str:
    """`152mmHg` is 152."""
    text = half_width(typed)
    end = half_width(unit)
    return text[: -len(end)].strip() if end and text.lower().endswith(end.lower()) else text


def _chosen(one: Field, typed: str) -> Texts:
    text = half_width(typed)
    apart = _JOINT.join(text.split()) if _DIGITS.fullmatch(text) else typed
    found: Texts = {}
    codes: list[str] = []
    whole = cells.code_of(apart, _ways(one.options)) is not None  # a title may hold a comma
    for part in [apart] if whole else cells.choices_in(apart):
        code, words = cells.choice_and_words(lambda said: _code(one, said), part)
        codes.append(code)
        if words:
            found[beside(one.key, code)] = (words,)
    if one.kind is FieldKind.CHOICE and len(codes) > 1:
        raise InvalidValue("several", _ONLY_ONE)
    return {one.key: tuple(codes), **found}


def _code(one: Field, said: str) -> str:
    code = cells.code_of(said, _ways(one.options))
    if code is None:
        shown = cells.choices_shown([(option.code, option.title) for option in one.options])
        raise InvalidValue("code", Message(cells.ONE_OF, choices=shown))
    return code


@cache
def _ways(options: tuple[Option, ...]) -> Mapping[str, str]:
    return cells.ways_to_write((option.code, option.title) for option in options)


def takes_drugs(one: Field) -> bool:
    """Whether the rows of a field are drugs with how they are taken."""
    keys = {column.key for column in one.columns}
    return "name" in keys and keys <= _DRUG_COLUMNS


def how_to_write(one: Field) -> str:
    """How the rows of a field are written into one cell, in a sentence."""
    if takes_drugs(one):
        return HOW_DRUGS
    return Message(_HOW_ROWS, columns=_JOINT.join(column.title for column in one.columns))


def _rows(one: Field, typed: str) -> Iterator[tuple[str, tuple[str, ...]]]:
    lines = [line.strip() for line in _LINES.split(typed) if line.strip()]
    for number, line in enumerate(lines):
        read = _drug if takes_drugs(one) else _in_order
        for key, text in read(one, line).items():
            yield f"{one.key}-{number}-{key}", (text,)


def _in_order(one: Field, line: str) -> dict[str, str]:
    parts = line.split()
    if len(parts) > len(one.columns):
        raise InvalidValue("rows", how_to_write(one))
    return {column.key: part for column, part in zip(one.columns, parts, strict=False)}


def _drug(one: Field, line: str) -> dict[str, str]:
    """Name, times a day, dose and unit; the name is what stands before the first figure."""
    parts = [part for part in _BLANKS.split(_APART.sub("", line)) if part]
    found: dict[str, str] = {}
    name: list[str] = []
    for place, part in enumerate(parts):
        told = _taken(one, half_width(part), found, last=place == len(parts) - 1)
        if told and not told.keys() & found.keys():
            found |= told
        elif told or found:
            raise InvalidValue("rows", how_to_write(one))
        else:
            name.append(part)
    if not name:
        raise InvalidValue("rows", how_to_write(one))
    return {"name": " ".join(name), **found}


def _taken(one: Field, part: str, found: Mapping[str, str], *, last: bool) -> dict[str, str]:
    """What a word says of how a drug is taken; nothing where it says nothing of it."""
    times = _TIMES.fullmatch(part)
    if times or part.upper() in _LATIN:
        return {"times": times[1] if times else _LATIN[part.upper()]}
    if part.isdecimal() and "times" not in found and not last:
        return {"times": part}
    dose = _DOSE.fullmatch(part)
    if dose is None:
        return {}
    own = {column.key: column for column in one.columns}
    unit = {"unit": dose[2]} if "unit" in own and dose[2] else {}
    return {"dose": dose[1], **unit}


def typed_of(one: Field, values: Values) -> str:
    """What stands in the cell for a value: the inverse of `read_cell`."""
    value = values.get(one.key)
    if value is None:
        return ""
    if one.kind is FieldKind.ROWS and isinstance(value, tuple):
        return _NEXT.join(_line(one, row) for row in value)
    if one.options:
        chosen = value if isinstance(value, tuple) else (value,)
        return _JOINT.join(_with_words(one, str(code), values) for code in chosen)
    return written(value)


def _with_words(one: Field, code: str, values: Values) -> str:
    words = values.get(beside(one.key, code))
    return f"{code}（{words}）" if words else code


def _line(one: Field, row: Mapping[str, Any]) -> str:
    """A row in one line, as it is read back."""
    if not takes_drugs(one):
        return " ".join(written(row[c.key]) for c in one.columns if c.key in row)
    parts: list[str] = [str(row.get("name", ""))]
    if "times" in row:
        parts.append(str(Message(_A_DAY, n=row["times"])))
    if "dose" in row:
        units: Sequence[str] = [c.unit for c in one.columns if c.key == "dose"]
        parts.append(f"{row['dose']:f}{row.get('unit', '') or ''.join(units)}")
    return " ".join(parts)
