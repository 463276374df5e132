"""The people behind a figure: who is counted, and why the others are not.

A figure counts who was kept at the year's end; a person is shown to who keeps the record today. So
a list may be shorter than its figure: who has moved since belongs to another institution now.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple

from sqlalchemy import (
    ColumnElement,
    Date,
    Select,
    Table,
    and_,
    bindparam,
    func,
    literal,
    not_,
    or_,
    select,
)

from kernel.declare.indicator import Indicator
from kernel.fhir.store.heads import may_read
from kernel.measure.figures import institutions_seen
from kernel.messages import Message
from kernel.security.directory import load_tree
from kernel.security.policy import sight, visible
from kernel.work import ReadWork

_LEAST_DAY = date(1, 1, 1)


@dataclass(frozen=True, slots=True)
class Question:
    """Which people: of an indicator and year, of an institution with all below it (None: of all
    that are seen), the counted, the others, or both (None); of the others perhaps only those for
    whom the reason of this number (in `Indicator.missing`) holds."""

    code: str
    year: int
    organisation: str | None = None
    counted: bool | None = None
    reason: int | None = None


class Behind(NamedTuple):
    """A person behind a figure; `reasons` are sentences that say why one is not counted."""

    patient_id: str
    organisation_id: str
    counted: bool
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Page:
    """People in order; `after` is where the next page begins, None at the end."""

    people: list[Behind]
    after: list[str] | None


def persons(
    work: ReadWork,
    question: Question,
    *,
    sort: str = "id",
    after: Sequence[str] | None = None,
    limit: int = 20,
) -> Page:
    """A page of the people behind a figure whom the actor sees.

    `sort` is a column of the Patient's search table, with a leading minus for the descending order.
    Raises KeyError for an unknown code or column, IndexError for an unknown reason, Refused (403)
    for who may not search Patients.
    """
    indicator = work.registry.indicators[question.code]
    patient = work.registry.search["Patient"]
    key = _sort_key(patient.c[sort.lstrip("-")])
    told = [one.when.label(f"reason{n}") for n, one in enumerate(indicator.missing)]
    values = [
        one.value.label(f"value{n}")
        for n, one in enumerate(indicator.missing)
        if one.value is not None
    ]
    table = indicator.table
    statement = _behind(work, indicator, question).add_columns(
        table.c.patient_id,
        table.c.organisation_id,
        indicator.numerator.label("counted"),
        key.label("key"),
        *told,
        *values,
    )
    descending = sort.startswith("-")
    if after is not None:
        statement = statement.where(_further(key, patient, after, descending))
    order = (key.desc() if descending else key.asc(), patient.c.id)
    rows = _run(work, statement.order_by(*order).limit(limit + 1)).all()
    more = len(rows) > limit
    found = [_person(indicator, row._mapping) for row in rows[:limit]]
    last = [_plain(rows[limit - 1].key), found[-1].patient_id] if more else None
    return Page(found, last)


def count_persons(work: ReadWork, question: Question) -> int:
    """How many people `persons` has in all. Raises as it does."""
    indicator = work.registry.indicators[question.code]
    statement = _behind(work, indicator, question).add_columns(func.count())
    return int(_run(work, statement).scalar_one())


def _behind(work: ReadWork, indicator: Indicator, question: Question) -> Select[Any]:
    """The rows of the denominator whose persons the actor sees, without columns."""
    spec, patient = work.registry.specs["Patient"], work.registry.search["Patient"]
    may_read(work, spec, "s")
    table = indicator.table
    clauses = [table.c.year == question.year, indicator.denominator]
    seen = visible(sight(work.actor, spec), patient, _bound)
    if seen is not None:
        clauses.append(seen)
    if question.counted is not None:
        counted = indicator.numerator
        clauses.append(counted if question.counted else not_(counted))
    if question.reason is not None:
        clauses += [not_(indicator.numerator), indicator.missing[question.reason].when]
    clauses.append(table.c.organisation_id.in_(_institutions(work, question)))
    together = patient.join(table, patient.c.id == table.c.patient_id)
    return select().select_from(together).where(and_(*clauses))


def _institutions(work: ReadWork, question: Question) -> list[str]:
    """The institutions asked for, as far as the actor sees their figures."""
    tree = load_tree(work.connection, min(work.today, date(question.year, 12, 31)))
    seen = institutions_seen(work.actor, tree)
    if question.organisation is None:
        return sorted(seen)
    return sorted(seen & {question.organisation, *tree.descendants(question.organisation)})


def _run(work: ReadWork, statement: Select[Any]) -> Any:
    binds = sight(work.actor, work.registry.specs["Patient"]).binds(work.now)
    return work.connection.execute(statement, {**binds, "today": work.today})


def _bound(name: str, _value: Any) -> ColumnElement[Any]:
    return bindparam(name, value=None, required=False)


def _person(indicator: Indicator, row: Any) -> Behind:
    """A row with the reasons that hold; the sentences are translated where they are shown."""
    counted = bool(row["counted"])
    reasons = [
        Message(one.text, n=row[f"value{n}"]) if one.value is not None else one.text
        for n, one in enumerate(indicator.missing)
        if row[f"reason{n}"] and not counted
    ]
    return Behind(row["patient_id"], row["organisation_id"], counted, tuple(reasons))


def _sort_key(column: ColumnElement[Any]) -> ColumnElement[Any]:
    """The column, with a value where it has none, so that a page can begin behind it."""
    least = literal(_LEAST_DAY, Date()) if isinstance(column.type, Date) else literal("")
    return func.coalesce(column, least)


def _further(
    key: ColumnElement[Any], patient: Table, after: Sequence[str], descending: bool
) -> ColumnElement[bool]:
    last: Any = date.fromisoformat(after[0]) if isinstance(key.type, Date) else after[0]
    beyond = key < last if descending else key > last
    return or_(beyond, and_(key == last, patient.c.id > after[1]))


def _plain(key: Any) -> str:
    return key.isoformat() if isinstance(key, date) else str(key)
