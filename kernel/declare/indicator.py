"""How an indicator is declared: a fact table and two predicates (indicators.md §1, DESIGN §5).

All indicators over one fact table are evaluated in one pass (`kernel/measure`); the year, the
roll-up over the institutions and who may see it are added there. Texts are Chinese.
"""

from dataclasses import dataclass
from typing import Final, Literal

from sqlalchemy import ColumnElement, Date, Table, bindparam

TODAY: Final[ColumnElement[object]] = bindparam("today", type_=Date)
"""The day on which an indicator is evaluated, for predicates that a day decides (a deadline that
has not passed yet). Rows hold facts and deadlines only, so that no night makes them wrong."""


@dataclass(frozen=True, slots=True)
class Missing:
    """Why somebody of the denominator is not counted: `when` holds, and the sentence that says so.

    `value` is a column whose number stands in the sentence as `%(n)s`.
    """

    when: ColumnElement[bool]
    text: str
    value: ColumnElement[int] | None = None


@dataclass(frozen=True, slots=True)
class Indicator:
    """A proportion over persons, one row a person and calendar year in `table`.

    `table` has the columns `patient_id`, `organisation_id` (who keeps the person at the end of the
    year) and `year`. `denominator` chooses the rows, `numerator` those of them that count;
    `missing` are the reasons of the others, all that hold are told. `source` names the norm and
    clause, `definition` says in a sentence what is divided by what. `better` says in which
    direction it improves.
    """

    code: str
    title: str
    numerator_title: str
    denominator_title: str
    definition: str
    source: str
    table: Table
    denominator: ColumnElement[bool]
    numerator: ColumnElement[bool]
    missing: tuple[Missing, ...]
    version: str = "1"
    better: Literal["increase", "decrease"] = "increase"
    kind: Literal["process", "outcome"] = "process"
