"""How a form is declared: its sections and fields, with codes, units, ranges and where they count.

From one declaration come the page (`kernel.web.entry`), the check of what was typed
(`kernel.forms`), `Questionnaire` and `QuestionnaireResponse` (`kernel.fhir.questionnaire`) and the
paper form. Texts are Chinese and translated by the page.

Values of a form are a mapping from a field's key to a value of its kind; what was not filled in is
left out:

    CHOICE a code · CHOICES a tuple of codes · TEXT a text · INTEGER an int · DECIMAL a Decimal
    DATE a date · MONTH the text YYYY-MM · ROWS a tuple of mappings from its columns' keys

The words beside a code such as 其他 are under the key of `beside`: `drug-allergy.5`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import Enum
from typing import Any

Value = str | int | Decimal | date | tuple[Any, ...]
Values = Mapping[str, Value]


class FieldKind(Enum):
    """What is filled into a field."""

    CHOICE = "one code"
    CHOICES = "several codes"
    TEXT = "words"
    LONG_TEXT = "several lines"
    INTEGER = "a whole number"
    DECIMAL = "a number as precise as it is written"
    DATE = "a local date"
    MONTH = "a year and month"
    ROWS = "any number of rows of other fields"


@dataclass(frozen=True, slots=True)
class Option:
    """A code that can be chosen: the number printed on the form and its title.

    `words` says that something has to be written beside it, `alone` that it excludes every other
    code of a multiple choice (1 无).
    """

    code: str
    title: str
    words: bool = False
    alone: bool = False


@dataclass(frozen=True, slots=True)
class Coded:
    """The code under which a measured value is exchanged: system, code and, of a number, UCUM.

    `part_of` is the code of the panel that it is a component of (blood pressure, 85354-9); `site`
    a code of our CodeSystem `nbphs3-body-side` (left-arm, right-arm). `category` is one of FHIR's
    observation-category; vital signs are known by their code.
    """

    system: str
    code: str
    ucum: str = ""
    part_of: str = ""
    site: str = ""
    category: str = "exam"


@dataclass(frozen=True, slots=True)
class Condition:
    """A field is asked only where another one has one of these codes."""

    key: str
    codes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Field:
    """One field.

    `hard` and `soft` are the lowest and highest number: outside `hard` it is refused, outside
    `soft` it has to be confirmed. `digits` are the decimals that are allowed. `system` is the
    canonical address of the options' code system. `starred` marks the items of the national form
    that are not free for everybody (*). `computed` says that the program fills it in.
    """

    key: str
    title: str
    kind: FieldKind
    options: tuple[Option, ...] = ()
    system: str = ""
    unit: str = ""
    hard: tuple[Decimal, Decimal] | None = None
    soft: tuple[Decimal, Decimal] | None = None
    digits: int = 0
    required: bool = False
    when: Condition | None = None
    columns: tuple["Field", ...] = ()
    most: int = 500
    """The longest text, or the most rows."""
    coded: Coded | None = None
    starred: bool = False
    computed: bool = False
    hint: str = ""
    by_code: Mapping[str, Option] = field(init=False, compare=False, repr=False)
    """The options by their code."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "by_code", {option.code: option for option in self.options})


@dataclass(frozen=True, slots=True)
class Section:
    """Fields under a heading."""

    key: str
    title: str
    fields: tuple[Field, ...]


@dataclass(frozen=True, slots=True)
class Form:
    """A form in one edition. An answer keeps the edition that it was given under.

    `name` and `version` make its canonical `Questionnaire|version`; `source` names the norm and the
    clause.
    """

    name: str
    version: str
    title: str
    source: str
    sections: tuple[Section, ...]

    @property
    def fields(self) -> Sequence[Field]:
        """All fields in the order of the form."""
        return [one for section in self.sections for one in section.fields]

    def field(self, key: str) -> Field:
        """The field of a key. Raises KeyError where the form has none."""
        for one in self.fields:
            if one.key == key:
                return one
        raise KeyError(key)


def beside(key: str, code: str) -> str:
    """The key of the words beside a chosen code."""
    return f"{key}.{code}"
