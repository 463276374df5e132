"""Finding entries of a short list while somebody types: by code, characters, pinyin, initials."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final, Generic, TypeVar

from kernel.values.names import search_key, syllables

_LISTS: Final = Path(__file__).resolve().parent / "lists"
_T = TypeVar("_T")


def rows_of(name: str, columns: int) -> Iterator[tuple[str, ...]]:
    """The rows of `lists/<name>.tsv`, each filled up to `columns`; lines with # are comments."""
    text = (_LISTS / f"{name}.tsv").read_text(encoding="utf-8")
    for line in text.splitlines():
        if not line.startswith("#"):
            cells = line.split("\t")
            yield (*cells, *[""] * (columns - len(cells)))


class Index(Generic[_T]):
    """Entries in the order of their list, and the keys that they are found by.

    A key is a code or a word as written, in full pinyin and in initials; a word is also found from
    each of its later characters on. What begins with the typed text comes before what contains
    it, and in both the order of the list holds: it begins with the commonest.
    """

    def __init__(self, entries: Iterable[tuple[_T, tuple[str, ...], tuple[str, ...]]]) -> None:
        """`entries` are an entry, its codes, and its names."""
        self._entries: list[_T] = []
        self._keys: list[tuple[str, int, int]] = []
        for place, (entry, codes, names) in enumerate(entries):
            self._entries.append(entry)
            keys = {(search_key(code), 0) for code in codes}
            for name in names:
                keys.update(_keys_of(name))
            self._keys += [(key, later, place) for key, later in sorted(keys)]

    def find(self, typed: str, limit: int) -> list[_T]:
        """At most `limit` entries for what is typed, the likeliest first; none for nothing."""
        wanted = search_key(typed)
        if not wanted:
            return []
        best: dict[int, int] = {}
        for key, later, place in self._keys:
            if key.startswith(wanted):
                rank = later + (key != wanted)
                best[place] = min(rank, best.get(place, rank))
        ordered = sorted(best, key=lambda place: (best[place], place))
        return [self._entries[place] for place in ordered[:limit]]


def _keys_of(name: str) -> Iterator[tuple[str, int]]:
    """Keys of a name, and whether they begin with it (0) or later (2)."""
    parts = syllables(name)
    written = search_key(name)
    initials = "".join(part[0] for part in parts)
    for start in range(len(parts)):
        later = 2 if start else 0
        yield "".join(parts[start:]), later
        yield initials[start:], later
    for start in range(len(written)):
        yield written[start:], 2 if start else 0
