"""What a value type says when a text is not such a value, and how typed text is cleaned."""

import re
from typing import Final


class InvalidValue(ValueError):
    """A text that is not the value asked for.

    The message is Chinese, says what would be right, and never repeats the text itself, because
    messages end up in logs and most of these values identify a person. `reason` is a stable word
    for tests and for choosing what to highlight.
    """

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason = reason
        self.message = message


# Only the full-width forms: Unicode compatibility folding would also turn ² or ① into a digit.
_HALF_WIDTH: Final = {0xFF01 + offset: 0x21 + offset for offset in range(94)} | {0x3000: 0x20}
_SEPARATORS: Final = re.compile("[\\s\u200b\ufeff\\-\u2010-\u2015\u2212]")


def half_width(text: str) -> str:
    """The text with full-width Latin letters, digits and signs made half-width, and stripped."""
    return text.translate(_HALF_WIDTH).strip()


def compact(text: str) -> str:
    """Half-width, upper case, without blanks, hyphens or dashes: how numbers are compared."""
    return _SEPARATORS.sub("", half_width(text)).upper()
