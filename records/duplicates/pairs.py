"""Pairs of Patients that may be one person: found by a job, kept until somebody decides.

The job goes through the Patients in the order of their last change and looks for each across the
whole city, in slices that hold the writer briefly. What was decided stays: a pair of different
people is not shown again.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from sqlalchemy import (
    ColumnElement,
    Select,
    and_,
    delete,
    func,
    insert,
    or_,
    select,
    tuple_,
    update,
)

from kernel.clock import DAY, SECOND, Instant
from kernel.db.dialect import upsert
from kernel.db.tables import fhir_resource, kernel_fact, records_pair
from kernel.fhir import json
from kernel.fhir.search.compile import bound
from kernel.fhir.store import read
from kernel.security.policy import sight, visible
from kernel.work import ReadWork, Work
from records.duplicates.joining import candidate_of
from records.duplicates.matching import WARN_FROM
from records.duplicates.parameters import UNDO_DAYS
from records.duplicates.projections import records_match
from records.duplicates.search import Fact, Suspect, facts_by_id, find_suspects
from records.life.states import MERGED, VOID, state_of

PAIR_FROM: Final = WARN_FROM + 1
"""The sum from which two records wait for a review. It is more than a warning needs: two people of
one name and one day of birth whose numbers differ are two people."""
SLICE: Final = 25
"""Patients that the job looks at in one transaction."""
LAG: Final = 60 * SECOND
"""How old a change must be: who began to save before us may still be at it, and is not passed."""
_SEEN: Final = "records:duplicates:seen"

SUSPECTED: Final = "suspected"
DISTINCT: Final = "distinct"
PROPOSED: Final = "proposed"
JOINED: Final = "merged"
WAITING: Final = (SUSPECTED, PROPOSED)


@dataclass(frozen=True, slots=True)
class Pair:
    """Two Patients that may be one person; `keep_id` and `taken` are what was proposed."""

    low_id: str
    high_id: str
    state: str
    score: int
    reasons: tuple[str, ...]
    keep_id: str | None
    taken: tuple[str, ...]
    proposed_by: str | None
    proposed_at: Instant | None
    decided_by: str | None
    decided_at: Instant | None
    provenance_id: str | None

    @property
    def place(self) -> tuple[int, str, str]:
        """Where it stands in the list: the next page begins behind it."""
        return self.score, self.low_id, self.high_id

    def other(self, id_: str) -> str:
        """The id of the one who is not this one."""
        return self.high_id if id_ == self.low_id else self.low_id


_COLUMNS: Final = (
    "low_id", "high_id", "state", "score", "reasons", "keep_id", "taken", "proposed_by",
    "proposed_at", "decided_by", "decided_at", "provenance_id",
)  # fmt: skip


_DECIDED: Final = (
    "keep_id", "taken", "proposed_by", "proposed_at", "decided_by", "decided_at", "provenance_id",
)  # fmt: skip


def key_of(one_id: str, other_id: str) -> dict[str, str]:
    """The key of a pair: the lower id first."""
    low, high = sorted((one_id, other_id))
    return {"low_id": low, "high_id": high}


def find_pair(work: ReadWork, one_id: str, other_id: str) -> Pair | None:
    """What is known about two Patients together, or None."""
    key = key_of(one_id, other_id)
    statement = _select().where(*(records_pair.c[name] == value for name, value in key.items()))
    row = work.connection.execute(statement).first()
    return _pair(row) if row else None


def _select() -> Select[Any]:
    return select(*(records_pair.c[name] for name in _COLUMNS))


def _pair(row: Any) -> Pair:
    values = row._asdict()
    values["reasons"] = tuple((values["reasons"] or "").split("\n"))
    values["taken"] = tuple((values["taken"] or "").split())
    return Pair(**values)


def list_pairs(
    work: ReadWork, *, after: Sequence[Any] | None = None, limit: int = 20
) -> list[Pair]:
    """Pairs that wait for a decision and of whom the actor sees at least one, the surest first.

    `after` is the `place` of the last pair of the page before.
    """
    table = records_pair.c
    statement = _waiting(work)
    if after is not None:
        behind = tuple_(table.low_id, table.high_id) > (after[1], after[2])
        further = and_(table.score == after[0], behind)
        statement = statement.where(or_(table.score < after[0], further))
    rows = work.connection.execute(
        statement.with_only_columns(*(table[name] for name in _COLUMNS))
        .order_by(table.score.desc(), table.low_id, table.high_id)
        .limit(limit),
        _binds(work),
    )
    return [_pair(row) for row in rows]


def count_pairs(work: ReadWork) -> int:
    """How many pairs wait for a decision that concerns the actor."""
    statement = select(func.count()).select_from(_waiting(work).subquery())
    return int(work.connection.scalar(statement, _binds(work)) or 0)


def _binds(work: ReadWork) -> dict[str, Any]:
    return sight(work.actor, work.registry.specs["Patient"]).binds(work.now)


def _waiting(work: ReadWork) -> Select[Any]:
    """Undecided pairs; a record that became part of another one is in none."""
    patient = work.registry.search["Patient"]
    low, high = patient.alias("low"), patient.alias("high")
    match = records_match.alias("lows"), records_match.alias("highs")
    seen = sight(work.actor, work.registry.specs["Patient"])
    clauses = [visible(seen, table, bound) for table in (low, high)]
    own = [clause for clause in clauses if clause is not None]
    statement = (
        select(records_pair.c.low_id)
        .join(low, low.c.id == records_pair.c.low_id)
        .join(high, high.c.id == records_pair.c.high_id)
        .join(match[0], match[0].c.source_id == records_pair.c.low_id)
        .join(match[1], match[1].c.source_id == records_pair.c.high_id)
        .where(
            records_pair.c.state.in_(WAITING),
            *(one.c.merged_into.is_(None) for one in match),
        )
    )
    return statement.where(or_(*own)) if own else statement


def list_facts(work: ReadWork, ids: Iterable[str]) -> dict[str, Fact]:
    """Name, sex, birth and state of these Patients, whoever keeps them."""
    return {fact.id: fact for fact in facts_by_id(work, ids)}


class Merge(NamedTuple):
    """A merge that can still be undone, and what the two were called."""

    pair: Pair
    name: str
    former: str


def list_merges(work: ReadWork, *, limit: int = 20) -> list[Merge]:
    """The last merges that can still be undone, of people whom the actor sees."""
    table, patient = records_pair.c, work.registry.search["Patient"]
    statement = _select().join(patient, patient.c.id == table.keep_id)
    seen = visible(sight(work.actor, work.registry.specs["Patient"]), patient, bound)
    if seen is not None:
        statement = statement.where(seen)
    rows = work.connection.execute(
        statement.where(table.state == JOINED, table.decided_at > work.now - UNDO_DAYS * DAY)
        .order_by(table.decided_at.desc())
        .limit(limit),
        _binds(work),
    )
    found = [_pair(row) for row in rows]
    facts = list_facts(work, [id_ for one in found for id_ in (one.low_id, one.high_id)])
    return [
        Merge(one, facts[one.keep_id].name, facts[one.other(one.keep_id)].name)
        for one in found
        if one.keep_id
    ]


def decide(work: Work, one_id: str, other_id: str, **values: Any) -> None:
    """Write what was decided about two Patients, who need not have been suspected before.

    `state` is needed; what is not given of `_DECIDED` is forgotten.
    """
    decided = {**dict.fromkeys(_DECIDED), **values}
    known = find_pair(work, one_id, other_id)
    if known is None:
        found = {"score": 0, "reasons": "", "found_at": work.now, **key_of(one_id, other_id)}
        work.connection.execute(insert(records_pair).values({**found, **decided}))
    else:
        work.connection.execute(update(records_pair).where(_is(known)).values(decided))


def _is(pair: Pair) -> ColumnElement[bool]:
    return and_(records_pair.c.low_id == pair.low_id, records_pair.c.high_id == pair.high_id)


def look_for_pairs(work: Work) -> bool:
    """The job: look at the next Patients that were saved; whether there may be more."""
    since = _seen(work)
    head = fhir_resource.c
    rows = work.connection.execute(
        select(head.updated_at, head.id, head.deleted)
        .where(
            head.type == "Patient",
            tuple_(head.updated_at, head.id) > since,
            head.updated_at < work.now - LAG,
        )
        .order_by(head.updated_at, head.id)
        .limit(SLICE)
    ).all()
    for _at, id_, deleted in rows:
        _look_at(work, id_, deleted=deleted)
    if rows:
        value = f"{rows[-1].updated_at} {rows[-1].id}"
        fact = {"name": _SEEN, "value": value}
        work.connection.execute(upsert(work.connection, kernel_fact, "name").values(fact))
    return len(rows) == SLICE


def _seen(work: ReadWork) -> tuple[int, str]:
    """The last Patient that was looked at: when it was saved, and its id."""
    fact = select(kernel_fact.c.value).where(kernel_fact.c.name == _SEEN)
    at, _blank, id_ = (work.connection.scalar(fact) or "-1 ").partition(" ")
    return int(at), id_


def _look_at(work: Work, id_: str, *, deleted: bool) -> None:
    suspects: dict[str, Suspect] = {}
    if not deleted:
        body = json.loads(read(work, work.registry.specs["Patient"], id_).body)
        if state_of(body) not in (MERGED, VOID):
            found = find_suspects(work, candidate_of(body), limit=20)
            suspects = {one.patient_id: one for one in found if one.score >= PAIR_FROM}
    _forget(work, id_, suspects)
    _remember(work, id_, suspects)


def _forget(work: Work, id_: str, suspects: Iterable[str]) -> None:
    """Pairs of this Patient that are suspected no longer, because something was corrected."""
    low, high = records_pair.c.low_id, records_pair.c.high_id
    kept = list(suspects)
    mine = or_(and_(low == id_, high.not_in(kept)), and_(high == id_, low.not_in(kept)))
    work.connection.execute(delete(records_pair).where(records_pair.c.state == SUSPECTED, mine))


def _remember(work: Work, id_: str, suspects: Mapping[str, Suspect]) -> None:
    for other, suspect in suspects.items():
        known = find_pair(work, id_, other)
        found = {"score": suspect.score, "reasons": "\n".join(suspect.reasons)}
        if known is None:
            decide(work, id_, other, state=SUSPECTED, **found)
        elif known.state in WAITING:
            work.connection.execute(update(records_pair).where(_is(known)).values(found))
