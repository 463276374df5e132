"""The referrals behind an indicator, for who sees their persons: which count, which do not.

A figure counts what an institution sent or received; a person is shown to who keeps the record or
has a grant today. So the list may be shorter than its figure.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, and_, bindparam, not_, or_, select, true

from kernel.clock import Instant
from kernel.fhir.store.heads import may_read
from kernel.security.policy import sight, visible
from kernel.work import ReadWork
from referral.supervision.measures import Measure
from referral.supervision.queries import binds, source
from referral.supervision.scope import COLUMNS, Scope
from referral.tables import referral_case

_case = referral_case.c


class Behind(NamedTuple):
    """A referral behind a figure, and whether it counts. Ids are bare, None for none."""

    request_id: str
    patient_id: str
    submitted_at: Instant
    direction: str
    urgency: str
    disease: str | None
    community_id: str
    hospital_id: str | None
    state: str
    counted: bool


@dataclass(frozen=True, slots=True)
class Page:
    """Referrals, the latest first; `after` is where the next page begins, None at the end."""

    cases: Sequence[Behind]
    after: list[Any] | None


def list_cases(
    work: ReadWork,
    scope: Scope,
    measure: Measure,
    *,
    counted: bool | None = None,
    after: Sequence[Any] | None = None,
    limit: int = 20,
) -> Page:
    """A page of the referrals behind an indicator whose persons the actor sees.

    `counted` asks for those that count, or for the others. Raises Refused (403) for who may not
    search Patients.
    """
    statement = _behind(work, scope, measure)
    counts = true() if measure.counted is None else measure.counted
    if counted is not None:
        statement = statement.where(counts if counted else _fails(counts))
    if after is not None:
        at, id_ = after
        earlier = and_(_case.submitted_at == at, _case.request_id > id_)
        statement = statement.where(or_(_case.submitted_at < at, earlier))
    statement = statement.add_columns(*_columns(), counts.label("counted"))
    order = (_case.submitted_at.desc(), _case.request_id)
    rows = _run(work, statement.order_by(*order).limit(limit + 1))
    found = [Behind._make((*row[:-1], bool(row.counted))) for row in rows[:limit]]
    last = found[-1] if len(rows) > limit else None
    return Page(found, [last.submitted_at, last.request_id] if last else None)


def _fails(counts: ColumnElement[bool]) -> ColumnElement[bool]:
    """What is not known (there was no answer yet) does not count either."""
    return or_(not_(counts), counts.is_(None))


def _columns() -> list[ColumnElement[Any]]:
    return [
        _case.request_id,
        _case.patient_id,
        _case.submitted_at,
        _case.direction,
        _case.urgency,
        _case.disease,
        _case.community_id,
        _case.hospital_id,
        _case.state,
    ]


def _behind(work: ReadWork, scope: Scope, measure: Measure) -> Select[Any]:
    spec, patient = work.registry.specs["Patient"], work.registry.search["Patient"]
    may_read(work, spec, "s")
    joined = source(measure.cohort).join(patient, patient.c.id == _case.patient_id)
    among = true() if measure.among is None else measure.among
    seen = visible(sight(work.actor, spec), patient, _bound)
    return (
        select()
        .select_from(joined)
        .where(
            scope.where(),
            scope.period.holds(COLUMNS[measure.cohort]),
            among,
            true() if seen is None else seen,
        )
    )


def _run(work: ReadWork, statement: Select[Any]) -> Sequence[Any]:
    values: Mapping[str, Any] = sight(work.actor, work.registry.specs["Patient"]).binds(work.now)
    return work.connection.execute(statement, {**values, **binds(work)}).all()


def _bound(name: str, _value: Any) -> ColumnElement[Any]:
    return bindparam(name, value=None, required=False)
