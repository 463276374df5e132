"""Short ways to write the fields of a declared form; options come from the national sets."""

from decimal import Decimal
from typing import Any

from kernel.canonical import LOINC, code_system
from kernel.declare.form import Coded, Condition, Field, FieldKind, Option
from records.terminology.catalogue import code_set

NAME = 70
"""Characters of a name of a drug, a disease, an institution."""
SENTENCE = 200
SCORES = code_system("nbphs3-score")
Range = tuple[str, str]


def choice(key: str, title: str, codes: str, **others: Any) -> Field:
    """One code of a national code set; `words` names the codes that want words beside them."""
    return _coded(FieldKind.CHOICE, key, title, codes, **others)


def choices(key: str, title: str, codes: str, **others: Any) -> Field:
    """Several codes of a national code set."""
    return _coded(FieldKind.CHOICES, key, title, codes, **others)


def _coded(
    kind: FieldKind, key: str, title: str, codes: str, *, words: str | None = None, **others: Any
) -> Field:
    found = code_set(codes)
    wanted = found.with_text if words is None else frozenset(words.split())
    options = tuple(
        Option(one.code, one.title, one.code in wanted, one.excludes_others)
        for one in found.concepts.values()
    )
    return Field(
        key, title, kind, options=options, system=found.url, **{"most": SENTENCE, **others}
    )


def text(key: str, title: str, most: int = NAME, **others: Any) -> Field:
    """A line of words."""
    return Field(key, title, FieldKind.TEXT, most=most, **others)


def day(key: str, title: str, **others: Any) -> Field:
    """A local date."""
    return Field(key, title, FieldKind.DATE, **others)


def whole(key: str, title: str, unit: str, hard: Range, **others: Any) -> Field:
    """A whole number that must lie within `hard`."""
    return _number(FieldKind.INTEGER, key, title, unit, hard, **others)


def decimal(key: str, title: str, unit: str, hard: Range, digits: int = 1, **others: Any) -> Field:
    """A number with so many decimals at most that must lie within `hard`."""
    return _number(FieldKind.DECIMAL, key, title, unit, hard, digits=digits, **others)


def _number(
    kind: FieldKind,
    key: str,
    title: str,
    unit: str,
    hard: Range,
    *,
    soft: Range | None = None,
    **others: Any,
) -> Field:
    return Field(
        key, title, kind, unit=unit, hard=_range(hard), soft=soft and _range(soft), **others
    )


def _range(limits: Range) -> tuple[Decimal, Decimal]:
    return Decimal(limits[0]), Decimal(limits[1])


def rows(key: str, title: str, most: int, *columns: Field) -> Field:
    """At most so many rows of columns."""
    return Field(key, title, FieldKind.ROWS, most=most, columns=columns)


def loinc(code: str, ucum: str = "", **others: Any) -> Coded:
    """A LOINC code, with the unit of a number."""
    return Coded(LOINC, code, ucum, **others)


def laboratory(code: str, ucum: str = "") -> Coded:
    """A LOINC code of a laboratory value."""
    return Coded(LOINC, code, ucum, category="laboratory")


def when(key: str, *codes: str) -> Condition:
    """Asked only where another field has one of these codes."""
    return Condition(key, codes)
