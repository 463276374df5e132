"""From examinations to what pages and paper show: words, units, judgements, changes."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from kernel.canonical import structure_definition
from kernel.declare.form import Field, FieldKind, Form, Values, beside
from kernel.form_values import written
from kernel.messages import Message, _, joined
from records.examinations.bodies import CANCEL_REASON
from records.examinations.form import examination_form
from records.examinations.person import Person
from records.examinations.queries import Examination
from records.examinations.references import findings, judged, reference_for
from records.examinations.rules import change, comparable, said
from records.extensions import extension_value
from records.reading import day_of, display_of

Row = dict[str, Any]
REASON: Final = structure_definition("amendment-reason")
STATES: Final[Mapping[str, tuple[str, str]]] = {
    "in-progress": (_("未完成"), "due"),
    "completed": (_("已完成"), "ok"),
    "amended": (_("已更正"), "info"),
    "entered-in-error": (_("已作废"), "neutral"),
    "stopped": (_("已停止"), "neutral"),
}
COMPARED: Final = 3


def head_of(one: Examination) -> Row:
    """One line about an examination."""
    state, kind = STATES[one.status]
    values = one.values
    abnormal = [values[f"abnormal-{n}"] for n in range(1, 5) if f"abnormal-{n}" in values]
    field = examination_form().field("evaluation")
    reasons = [extension_value(one.body, url, "valueString") for url in (CANCEL_REASON, REASON)]
    return {
        "id": one.id,
        "on": one.on,
        "year": one.on.year if one.on else None,
        "status": one.status,
        "state": state,
        "kind": kind,
        "evaluation": said(field, values.get("evaluation")),
        "abnormal": abnormal,
        "author": display_of(one.body.get("author")),
        "version": one.version,
        "saved_on": day_of(one.body.get("meta", {}).get("lastUpdated")),
        "reason": next(filter(None, reasons), ""),
    }


@dataclass(frozen=True, slots=True)
class Comparison:
    """The measured values of examinations beside each other; `days` from old to new."""

    days: list[Any]
    rows: list[Row]


def comparison(examinations: Sequence[Examination], person: Person) -> Comparison:
    """The last three examinations beside each other, each value with its change.

    `examinations` are the newest first.
    """
    shown = list(examinations[:COMPARED])[::-1]
    rows = [
        {"title": field.title, "cells": list(_cells(field, shown, person))}
        for field in comparable(examination_form())
        if any(field.key in one.values for one in shown)
    ]
    return Comparison([one.on for one in shown], rows)


def _cells(field: Field, shown: Sequence[Examination], person: Person) -> Iterator[Row]:
    before: Any = None
    for one in shown:
        value = one.values.get(field.key)
        moved = change(value, before)
        yield {
            "text": said(field, value),
            "change": moved.text if moved else "",
            "judgement": judgement(field, one.values, person),
        }
        before = value if value is not None else before


def judgement(field: Field, values: Values, person: Person) -> str:
    """What is abnormal about a number, in words; an empty text where nothing is."""
    value = values.get(field.key)
    reference = reference_for(field.key, person)
    if reference is None or not isinstance(value, int | Decimal):
        return ""
    return judged(Decimal(value), reference)


def sections_of(
    form: Form, values: Values, person: Person, before: Values | None = None
) -> list[Row]:
    """Everything that was filled in, section by section; `before` is the examination before."""
    found = []
    for section in form.sections:
        rows = [
            _line(field, values, person, before or {})
            for field in section.fields
            if field.key in values
        ]
        if rows:
            found.append({"key": section.key, "title": section.title, "rows": rows})
    return found


def _line(field: Field, values: Values, person: Person, before: Values) -> Row:
    value = values[field.key]
    table = value if field.kind is FieldKind.ROWS and isinstance(value, tuple) else ()
    moved = change(value, before.get(field.key)) if field.coded else None
    return {
        "key": field.key,
        "title": field.title,
        "text": "" if table else with_words(field, values),
        "columns": [column.title for column in field.columns],
        "table": [[with_words(column, row) for column in field.columns] for row in table],
        "judgement": judgement(field, values, person),
        "change": moved.text if moved else "",
        "before": said(field, before.get(field.key)) if moved else "",
    }


def with_words(field: Field, values: Values) -> str:
    """A value in words, with what was written beside its codes."""
    value = values.get(field.key)
    if value is None or not field.options:
        return said(field, value)
    codes = value if isinstance(value, tuple) else (value,)
    parts = []
    for code in codes:
        words = values.get(beside(field.key, str(code)))
        title = field.by_code[str(code)].title
        worded = Message(_("%(title)s（%(words)s）"), title=title, words=words)
        parts.append(worded if words else Message(title))
    return joined(parts)


def findings_of(one: Examination, person: Person) -> list[str]:
    """What is abnormal, in sentences."""
    return [found.text for found in findings(examination_form(), one.values, person)]


def paper_sections(form: Form, values: Values) -> list[Row]:
    """The sections of the paper form: rows of one choice each, or of blanks that share a line."""
    return [
        {"title": section.title, "rows": list(_paper_rows(section.fields, values))}
        for section in form.sections
    ]


def _paper_rows(fields: Sequence[Field], values: Values) -> Iterator[Row]:
    blanks: list[Row] = []
    for field in fields:
        if field.kind in (FieldKind.CHOICE, FieldKind.CHOICES):
            if blanks:
                yield {"kind": "blanks", "blanks": blanks}
                blanks = []
            yield _paper_choice(field, values)
        elif field.kind is FieldKind.ROWS:
            if blanks:
                yield {"kind": "blanks", "blanks": blanks}
                blanks = []
            yield _paper_table(field, values)
        elif field.when is None or field.key in values:
            blanks.append(_blank(field, values))
    if blanks:
        yield {"kind": "blanks", "blanks": blanks}


def _blank(field: Field, values: Values) -> Row:
    value = values.get(field.key)
    text = "" if value is None else written(value)
    return {"title": field.title, "text": text, "unit": field.unit, "starred": field.starred}


_SQUARES: Final = 4


def _paper_choice(field: Field, values: Values) -> Row:
    value = values.get(field.key, ())
    chosen = [str(code) for code in (value if isinstance(value, tuple) else (value,))]
    words = [
        (option.title, values[key])
        for option in field.options
        if (key := beside(field.key, option.code)) in values
    ]
    several = field.kind is FieldKind.CHOICES
    return {
        "kind": "choice",
        "title": field.title,
        "starred": field.starred,
        "options": [(option.code, option.title) for option in field.options],
        "chosen": chosen,
        "squares": max(_SQUARES, len(chosen)) if several else 1,
        "words": words,
    }


_EMPTY_LINES: Final = 2


def _paper_table(field: Field, values: Values) -> Row:
    found = values.get(field.key, ())
    rows = found if isinstance(found, tuple) else ()
    lines = [[with_words(column, row) for column in field.columns] for row in rows]
    lines += [[""] * len(field.columns)] * max(_EMPTY_LINES - len(lines), 0)
    return {
        "kind": "table",
        "title": field.title,
        "columns": [column.title for column in field.columns],
        "lines": lines,
    }
