"""Sentences of ours with values in them, which a page can still say in another language.

A Chinese sentence is looked up in the catalogue by its text. Once values have been put into it,
the catalogue no longer knows it; a `Message` remembers how it was made. It is the Chinese sentence
all the same, so that logs, stores and OperationOutcomes take it as any other text.
"""

from collections.abc import Callable, Iterable
from functools import reduce
from typing import Any, Final, Self


def _(text: str) -> str:
    """Marks `text` for the translators and returns it unchanged.

    Python code declares its labels in Chinese and marks them with this function; the page
    translates them when it is rendered, because only then the reader's language is known.
    """
    return text


class Message(str):
    """A marked Chinese sentence with its values: `Message(_("%(title)s：最多 %(n)s 行"), …)`.

    Put together with other texts (`+`, `join`, `~`) it is Chinese only: use `joined` or a message.
    One without values is a text of ours where a page expects data, and translates it all the same.
    Values that are texts are translated with it as far as the catalogue knows them: the title of a
    field, another message. What somebody typed is not known there and stays as it is.
    """

    __slots__ = ("pattern", "values")
    pattern: str
    values: dict[str, Any]

    def __new__(cls, pattern: str, /, **values: object) -> Self:
        """Raises KeyError where the pattern names a value that is not given."""
        made = super().__new__(cls, pattern % values if values else pattern)
        made.pattern, made.values = pattern, values
        return made

    def __getnewargs_ex__(self) -> tuple[tuple[str], dict[str, Any]]:
        return (self.pattern,), self.values

    def said(self, translate: Callable[[str], str]) -> str:
        """The sentence as `translate` says its parts."""
        values = {
            name: translate(value) if isinstance(value, str) else value
            for name, value in self.values.items()
        }
        return translate(self.pattern) % values if values else translate(self.pattern)


def packed(text: str) -> Any:
    """A text as JSON that `unpacked` reads: a `Message` stays one while it is stored."""
    if not isinstance(text, Message):
        return text
    return [text.pattern, {name: packed(value) for name, value in text.values.items()}]


def unpacked(kept: Any) -> Any:
    """What `packed` wrote."""
    if not isinstance(kept, list):
        return kept
    pattern, values = kept
    return Message(pattern, **{name: unpacked(value) for name, value in values.items()})


ENUMERATION: Final = _("%(first)s、%(next)s")
SEQUENCE: Final = _("%(first)s；%(next)s")
CLAUSES: Final = _("%(first)s，%(next)s")


def joined(texts: Iterable[str], *, by: str = ENUMERATION) -> str:
    """Texts in a row, by a pattern for two of them; an empty text where there is none."""
    said = [text for text in texts if text]
    return reduce(lambda first, next_: Message(by, first=first, next=next_), said) if said else ""
