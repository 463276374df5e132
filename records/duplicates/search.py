"""Who may be the one that is being registered: across the whole city, whatever the actor sees.

Three statements, none of which opens a body: numbers and phones by their digests, names, days of
birth and addresses by the fact table, and where the few suspects belong.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final, NamedTuple

from sqlalchemy import Select, and_, or_, select, union_all

from kernel.db.derived import search_identifier
from kernel.fhir.search.extract import identifier_key
from kernel.fhir.store.heads import find_heads
from kernel.values.invalid import compact
from kernel.work import ReadWork
from records.duplicates.addresses import address_key
from records.duplicates.matching import (
    Candidate,
    Evidence,
    Match,
    Same,
    dates_fit,
    doors_fit,
    is_citizen_number,
    longer,
    near_dates,
    near_days,
    sexes_fit,
    slips,
    twin,
    weigh,
)
from records.duplicates.names import alike, name_key
from records.duplicates.projections import records_match

_MOST_OF_A_BLOCK: Final = 300
"""Most rows that one piece of evidence brings: a shared phone, 1 January, a home for the old."""
_COLUMNS: Final = tuple(
    records_match.c[name]
    for name in (
        "source_id", "name", "sex", "born", "address_key", "citizen", "active", "merged_into",
    )
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Suspect:
    """Somebody who may be the candidate: the likeliest first, with the reasons in Chinese."""

    patient_id: str
    organisation_id: str
    score: int
    reasons: tuple[str, ...]
    certain: bool
    """Whether a number of a document is the same."""
    name: str
    sex: str
    born: date | None
    active: bool


class Fact(NamedTuple):
    """A row of the fact table."""

    id: str
    name: str
    sex: str | None
    born: date | None
    address_key: str | None
    citizen: bool
    active: bool
    merged_into: str | None


Found = Mapping[str, Mapping[str, Same]]
"""By search parameter (`identifier`, `phone`): whom the candidate's texts lead to, and how well."""


def find_suspects(work: ReadWork, candidate: Candidate, *, limit: int = 5) -> list[Suspect]:
    """The people in the city who may be the candidate, the likeliest first.

    Asks nobody's permission: what is shown of somebody whom the actor does not see is the page's
    care. The candidate's own record, and what was merged into it, are left out; a merged record
    leads to the one that it became part of.
    """
    led_to = _by_digests(work, candidate)
    found: dict[str, tuple[Match, Fact]] = {}
    for fact in _facts(work, candidate, set().union(*led_to.values())):
        id_ = fact.merged_into or fact.id
        if candidate.id and candidate.id in (fact.id, id_):
            continue
        match = weigh(_evidence(candidate, fact, led_to))
        if match.warned and (id_ not in found or match.score > found[id_][0].score):
            found[id_] = (match, fact)
    best = sorted(found.items(), key=lambda one: (-one[1][0].score, one[0]))[:limit]
    return _suspects(work, best)


def _suspects(work: ReadWork, best: Sequence[tuple[str, tuple[Match, Fact]]]) -> list[Suspect]:
    if not best:
        return []
    heads = find_heads(work, "Patient", [id_ for id_, _ in best])
    merged = [id_ for id_, (_, fact) in best if fact.id != id_]
    survivors = {fact.id: fact for fact in _rows(work, _by_ids(merged))} if merged else {}
    return [
        Suspect(
            patient_id=id_,
            organisation_id=heads[id_].organisation_id or "",
            score=match.score,
            reasons=match.reasons,
            certain=match.certain,
            name=shown.name,
            sex=shown.sex or "",
            born=shown.born,
            active=shown.active,
        )
        for id_, (match, fact) in best
        if id_ in heads and (shown := survivors.get(id_, fact))
    ]


def _evidence(candidate: Candidate, fact: Fact, led_to: Found) -> Evidence:
    number = led_to["identifier"].get(fact.id, Same.UNKNOWN)
    own = any(is_citizen_number(compact(text)) for text in candidate.numbers)
    if number is Same.UNKNOWN and fact.citizen and own:
        number = Same.OTHER
    return Evidence(
        name=alike(candidate.name, fact.name),
        born=dates_fit(candidate.born, fact.born),
        sex=sexes_fit(candidate.sex, fact.sex or ""),
        number=number,
        phone=led_to["phone"].get(fact.id, Same.UNKNOWN),
        address=doors_fit(address_key(candidate.address), fact.address_key or ""),
    )


def _by_digests(work: ReadWork, candidate: Candidate) -> Found:
    """Whose numbers and phones are the candidate's, or differ from them by a slip."""
    wanted = {
        "identifier": _digests(work, "", _written(candidate.numbers)),
        "phone": _digests(work, "phone", candidate.phones),
    }
    found: dict[str, dict[str, Same]] = {param: {} for param in wanted}
    parts = [_digested(param, digests) for param, digests in wanted.items() if digests]
    if parts:
        for id_, param, digest in work.connection.execute(union_all(*parts)):
            if found[param].get(id_) is not Same.SAME:
                found[param][id_] = wanted[param][bytes(digest)]
    return found


def _digested(param: str, digests: Iterable[bytes]) -> Select[Any]:
    side = search_identifier.c
    part = select(side.id, side.param, side.digest).where(
        side.digest.in_(list(digests)),
        side.type == "Patient",
        side.param == param,
        side.part == 0,
    )
    return select(part.limit(_MOST_OF_A_BLOCK).subquery())


def _written(numbers: Iterable[str]) -> list[str]:
    """Every form in which these numbers may have been written down: of 18 and of 15 characters."""
    found = [compact(number) for number in numbers]
    return list(dict.fromkeys([*found, *map(twin, found), *map(longer, found)]))


def _digests(work: ReadWork, system: str, texts: Iterable[str]) -> dict[bytes, Same]:
    """The digests of these texts and of all their slips, under every key."""
    found: dict[bytes, Same] = {}
    for text in texts:
        key = identifier_key(system, text)
        plain = key.partition("|")[2]
        if len(plain) < 5:
            continue
        begin = key.removesuffix(plain)
        for slip in slips(plain):
            for digest in work.keys.blinds(begin + slip):
                found.setdefault(digest, Same.SLIP)
        for digest in work.keys.blinds(key):
            found[digest] = Same.SAME
    return found


def _facts(work: ReadWork, candidate: Candidate, ids: set[str]) -> list[Fact]:
    """The rows that any piece of evidence leads to, each once."""
    table = records_match.c
    key, door = name_key(candidate.name), address_key(candidate.address)
    clauses = []
    if candidate.born:
        clauses.append(table.born == candidate.born)
    if key and candidate.born:
        first, last = near_days(candidate.born)
        days = or_(table.born.in_(near_dates(candidate.born)), table.born.between(first, last))
        clauses.append(and_(table.name_key == key, days))
    if door:
        clauses.append(table.address_key == door)
    parts = [select(*_COLUMNS).where(c).limit(_MOST_OF_A_BLOCK).subquery() for c in clauses]
    selects = [select(part) for part in parts] + ([_by_ids(ids)] if ids else [])
    if not selects:
        return []
    rows = _rows(work, union_all(*selects))
    return list({fact.id: fact for fact in rows}.values())


def facts_by_id(work: ReadWork, ids: Iterable[str]) -> list[Fact]:
    """The rows of these Patients, whoever keeps them."""
    return _rows(work, _by_ids(ids))


def _by_ids(ids: Iterable[str]) -> Select[Any]:
    return select(*_COLUMNS).where(records_match.c.source_id.in_(list(ids)))


def _rows(work: ReadWork, statement: Any) -> list[Fact]:
    return [Fact(*row) for row in work.connection.execute(statement)]
