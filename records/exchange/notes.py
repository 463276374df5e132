"""A row of an uploaded list with everything that was said about it, by column. Pure."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from kernel.messages import _, packed, unpacked

Values = dict[str, str]
"""Canonical texts by column; what is not there was not told."""


@dataclass(frozen=True, slots=True)
class Note:
    """Something about one cell; `column` is a column's key, `text` a sentence."""

    row: int
    column: str
    text: str


@dataclass(slots=True)
class Row:
    """One line of a list; `values["name"]` is whom it is about."""

    number: int
    values: Values = field(default_factory=dict)
    errors: list[Note] = field(default_factory=list)
    warnings: list[Note] = field(default_factory=list)
    suspects: list[Note] = field(default_factory=list)
    """Why somebody else, in the file or in the city, may be the same person."""

    def wrong(self, column: str, text: str) -> None:
        """Add an error: the row is not taken in."""
        self.errors.append(Note(self.number, column, text))

    def as_json(self) -> dict[str, Any]:
        """The row as it is kept."""
        notes = {
            name: [[note.column, packed(note.text)] for note in getattr(self, name)]
            for name in ("errors", "warnings", "suspects")
        }
        return {"row": self.number, "values": self.values, **notes}


def row_of(kept: Mapping[str, Any]) -> Row:
    """What `as_json` wrote."""
    number = kept["row"]
    lists = {
        name: [Note(number, column, unpacked(text)) for column, text in kept[name]]
        for name in ("errors", "warnings", "suspects")
    }
    return Row(number, dict(kept["values"]), **lists)


KINDS: Final = {
    "errors": _("错误"),
    "suspects": _("疑似重复"),
    "warnings": _("提醒"),
}
"""What a note of each list is called, the worst first."""
BADGES: Final = {"errors": "overdue", "suspects": "alert", "warnings": "due"}


def notes_of(row: Row) -> Iterable[tuple[str, Note]]:
    """Everything that was said about a row, the worst first, with which list it stands in."""
    for kind in KINDS:
        for note in getattr(row, kind):
            yield kind, note


def counted(rows: Sequence[Row]) -> dict[str, int]:
    """How many rows there are of each kind; wrong, suspected and right ones add up to all."""
    wrong = sum(bool(row.errors) for row in rows)
    suspected = sum(bool(row.suspects) and not row.errors for row in rows)
    return {
        "all": len(rows),
        "wrong": wrong,
        "suspected": suspected,
        "right": len(rows) - wrong - suspected,
        "warned": sum(bool(row.warnings) for row in rows),
    }


def shown(
    rows: Iterable[Row], title_of: Callable[[str], str], kinds: Mapping[str, str] = KINDS
) -> list[dict[str, Any]]:
    """All notes as a page lists them; `title_of` gives a column's title by its key."""
    return [
        {
            "row": row.number,
            "name": row.values.get("name", ""),
            "column": title_of(note.column),
            "title": kinds[kind],
            "kind": BADGES[kind],
            "text": note.text,
        }
        for row in rows
        for kind, note in notes_of(row)
    ]
