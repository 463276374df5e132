"""The official sheet 随访服务记录表, out of the declared form: items down, visits across. Pure.

As on the printed form, the numbers of what can be chosen stand beside the item and a visit has
boxes for them; a value and its goal share a line (当前/目标), and so does a blood pressure.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from health.fields import ACTION, ACTION_REASON, NEXT_DATE, OUTCOME, OUTCOME_REASON, VISIT_DATE
from health.followups.display import printed_number
from health.followups.services import FollowUp
from kernel.declare.form import Field, FieldKind, Form, Section, Values, beside
from kernel.form_values import written
from kernel.messages import Message, _
from records.api import with_words

Row = dict[str, Any]
_GOAL: Final = _("%(title)s（当前/目标）")
_BOTH: Final = _("%(first)s/%(next)s")
_OWN: Final = frozenset({OUTCOME_REASON, ACTION_REASON})
"""Ours and not the norm's: on the sheet where somebody wrote something there."""
_CODED: Final = frozenset({FieldKind.CHOICE, FieldKind.CHOICES})


@dataclass(frozen=True, slots=True)
class _Item:
    """One line of the sheet: one field, or two that share the line."""

    fields: tuple[Field, ...]
    title: str


def chunks(visits: Sequence[FollowUp], columns: int) -> list[list[FollowUp | None]]:
    """The visits of a year on sheets of so many columns; empty columns are filled in by hand."""
    count = max(1, -(-len(visits) // columns))
    places: list[FollowUp | None] = [*visits, *[None] * (count * columns - len(visits))]
    return [places[n : n + columns] for n in range(0, len(places), columns)]


def sheet(form: Form, visits: Sequence[FollowUp | None]) -> list[Row]:
    """The sections of a sheet: each with its lines, a line with a cell for every visit."""
    values = [_concluded(one) if one else {} for one in visits]
    return [
        {
            "title": section.title,
            "rows": [_row(item, values) for item in _items(section, values)],
        }
        for section in form.sections
    ]


def _concluded(one: FollowUp) -> dict[str, Any]:
    """The values of a visit with what was decided, also where the clinician left it open."""
    if one.decided is None:
        return one.values
    decided = {
        OUTCOME: one.decided.outcome,
        ACTION: one.decided.action.value,
        NEXT_DATE: one.decided.due_on,
    }
    return {**one.values, **decided}


def _items(section: Section, visits: Sequence[Values]) -> Iterator[_Item]:
    fields = {one.key: one for one in section.fields if _stands(one, visits)}
    while fields:
        key = next(iter(fields))
        first = fields.pop(key)
        other = _partner(first, list(fields.values()))
        if other is None:
            yield _Item((first,), first.title)
            continue
        del fields[other.key]
        goal = _is_goal(first, other)
        title = (
            Message(_GOAL, title=first.title)
            if goal
            else Message(_BOTH, first=first.title, next=other.title)
        )
        yield _Item((first, other), title)


def _stands(field: Field, visits: Sequence[Values]) -> bool:
    """Whether a field has a line: those that are asked only sometimes have one where needed."""
    if field.when is None and field.key not in _OWN:
        return True
    return any(field.key in values for values in visits)


def _partner(field: Field, others: Sequence[Field]) -> Field | None:
    """The goal of a value, or the other half of a blood pressure."""
    return next((one for one in others if _is_goal(field, one) or _is_half(field, one)), None)


def _is_half(field: Field, other: Field) -> bool:
    one, two = field.coded, other.coded
    if one is None or two is None or not one.part_of:
        return False
    return (one.part_of, one.site) == (two.part_of, two.site)


def _is_goal(field: Field, other: Field) -> bool:
    stem = field.key.removesuffix("-daily")
    return other.key in (f"{stem}-target", f"target-{stem}")


def _row(item: _Item, visits: Sequence[Values]) -> Row:
    first = item.fields[0]
    return {
        "key": first.key,
        "title": item.title,
        "unit": first.unit,
        "options": [(printed_number(first, one.code), one.title) for one in first.options],
        "several": first.kind is FieldKind.CHOICES,
        "tall": first.kind in (FieldKind.ROWS, FieldKind.LONG_TEXT),
        "cells": [_cell(item, values) for values in visits],
        "head": first.key == VISIT_DATE,
    }


def _cell(item: _Item, values: Values) -> Row:
    """What stands in a visit's cell: codes for the boxes, or texts."""
    first = item.fields[0]
    if first.kind in _CODED:
        codes = [_codes(field, values) for field in item.fields]
        return {"codes": codes, "words": list(_words(first, values)), "texts": []}
    if first.kind is FieldKind.ROWS:
        return {"codes": [], "words": [], "texts": list(_lines(first, values))}
    texts = [_text(field, values) for field in item.fields]
    parted = " / " if len(texts) > 1 else ""
    return {"codes": [], "words": [], "texts": [parted.join(texts)] if any(texts) else [parted]}


def _codes(field: Field, values: Values) -> list[str]:
    value = values.get(field.key, ())
    codes = value if isinstance(value, tuple) else (value,)
    return [printed_number(field, str(code)) for code in codes]


def _words(field: Field, values: Values) -> Iterator[str]:
    for option in field.options:
        words = values.get(beside(field.key, option.code))
        if words:
            yield str(words)


def _text(field: Field, values: Values) -> str:
    value = values.get(field.key)
    return "" if value is None else written(value)


def _lines(field: Field, values: Values) -> Iterator[str]:
    rows = values.get(field.key, ())
    for row in rows if isinstance(rows, tuple) else ():
        texts = [str(with_words(column, row)) for column in field.columns]
        yield " ".join(filter(None, texts))
