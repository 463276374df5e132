"""What the batch table shows of its rows: plain data for `templates/batch/`."""

from typing import Any, Final

from health.batch.checking import ROW
from health.batch.columns import Column, columns_of
from health.batch.people import Person
from health.batch.rows import SOUGHT, Head, Row, State, doubted
from health.followups.proposing import decided_row
from kernel.declare.form import FieldKind
from kernel.messages import Message, _, joined
from kernel.work import ReadWork
from records.api import ages

View = dict[str, Any]
_OPEN: Final = (State.SHOWN, State.REFUSED, State.DOUBTED)
_LEGEND: Final = 22
"""Characters of a legend that fits under a cell."""
_OPTION: Final = _("%(code)s%(title)s")
_WIDE: Final = frozenset({FieldKind.ROWS, FieldKind.LONG_TEXT})
_NUMBERS: Final = frozenset({FieldKind.INTEGER, FieldKind.DECIMAL})


def row_view(work: ReadWork, head: Head, row: Row) -> View:
    """A row of the table."""
    return {
        "number": row.number,
        "name": f"row-{row.number}",
        "submission": row.submission,
        "state": row.state.value,
        "open": row.state in _OPEN and row.person is not None and SOUGHT not in row.errors,
        "sought": row.sought,
        "person": row.person and _person(work, row.person),
        "people": [_person(work, one) for one in row.people],
        "carried": " ".join(row.carried),
        "sought_error": row.errors.get(SOUGHT, ""),
        "row_error": row.errors.get(ROW, ""),
        "cells": [_cell(head, row, column) for column in columns_of(head.programme)],
        "doubts": list(row.doubts.values()),
        "doubted": doubted(row.typed, row.doubts),
        "saved": _saved(row),
        "note": row.note,
    }


def _person(work: ReadWork, one: Person) -> View:
    return {
        "id": one.id,
        "name": one.name,
        "sex": one.sex,
        "born": one.born,
        "age": ages(one.born, work.today),
    }


def _cell(head: Head, row: Row, column: Column) -> View:
    one, error = column.field, row.errors.get(column.key, "")
    preset = column.key in head.preset
    return {
        "key": column.key,
        "name": f"row-{row.number}-{column.key}",
        "title": column.title,
        "unit": one.unit,
        "value": row.typed.get(column.key, ""),
        "carried": row.carried.get(column.key, ""),
        "error": error,
        "doubted": column.key in row.doubts,
        "legend": _legend(column),
        "note": column.note,
        "wide": one.kind in _WIDE,
        "number": one.kind in _NUMBERS,
        "long": one.kind not in _NUMBERS and not one.options and one.kind not in _WIDE,
        "wanted": column.required or column.mandatory,
        "folded": not error and (not column.compact or preset),
    }


def _legend(column: Column) -> str:
    """The codes of a cell, where they are few enough to stand under it."""
    options = column.field.options
    if sum(len(one.title) + 2 for one in options) > _LEGEND:
        return ""
    shown = (Message(_OPTION, code=one.code, title=one.title) for one in options)
    return joined(shown, by="%(first)s %(next)s")


def _saved(row: Row) -> View | None:
    if row.saved is None or row.saved.decided is None:
        return None
    return {
        **decided_row(row.saved.asked.programme, row.saved.decided),
        "href": f"/follow-ups/{row.saved.id}",
    }
