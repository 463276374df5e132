"""Who may be the one that is being registered: across the whole city, whatever the actor sees.

A few statements, none of which opens a body: numbers and phones by their digests, names, days of
birth and addresses by the fact table, and where the few suspects belong.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final, NamedTuple

from sqlalchemy import ColumnElement, Select, or_, select

from kernel.db.derived import search_identifier
from kernel.db.prepared import Prepared, PreparedIn
from kernel.fhir.search.extract import identifier_key
from kernel.fhir.store.heads import bind, find_heads
from kernel.values.invalid import compact
from kernel.work import ReadWork
from records.duplicates.addresses import address_key
from records.duplicates.matching import (
    MOST_OF_A_SLIP,
    WARN_FROM,
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
_table, _side = records_match.c, search_identifier.c


def _facts_where(*clauses: ColumnElement[bool]) -> Select[Any]:
    names = (
        "source_id", "name", "sex", "born", "address_key", "citizen", "active", "merged_into",
    )  # fmt: skip
    columns = [_table[name] for name in names]
    return select(*columns).where(*clauses).limit(_MOST_OF_A_BLOCK)


_by_id = PreparedIn(lambda ids: _facts_where(_table.source_id.in_(ids)))
_by_birth = Prepared(_facts_where(_table.born == bind("born")))
_by_door = Prepared(_facts_where(_table.address_key == bind("door")))
_by_name = PreparedIn(
    lambda days: _facts_where(
        _table.name_key == bind("key"),
        or_(_table.born.in_(days), _table.born.between(bind("first"), bind("last"))),
    )
)
_by_digest = PreparedIn(
    lambda digests: (
        select(_side.id, _side.digest)
        .where(
            _side.digest.in_(digests),
            _side.type == "Patient",
            _side.param == bind("param"),
            _side.part == 0,
        )
        .limit(_MOST_OF_A_BLOCK)
    )
)


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


Compared = Mapping[str, tuple[Match, Fact]]


def find_suspects(work: ReadWork, candidate: Candidate, *, limit: int = 5) -> list[Suspect]:
    """The people in the city who may be the candidate, the likeliest first.

    Asks nobody's permission: what is shown of somebody whom the actor does not see is the page's
    care. The candidate's own record, and what was merged into it, are left out; a merged record
    leads to the one that it became part of.
    """
    found = _compared(work, candidate, with_slips=False)
    if _is_near(candidate, found):
        found = _compared(work, candidate, with_slips=True)
    warned = [one for one in found.items() if one[1][0].warned]
    best = sorted(warned, key=lambda one: (-one[1][0].score, one[0]))[:limit]
    return _suspects(work, best)


def _is_near(candidate: Candidate, found: Compared) -> bool:
    """Whether one wrong digit of a phone or a number could make somebody a suspect."""
    scores = [match.score for match, _fact in found.values()]
    if any(match.warned for match, _fact in found.values()):
        return False
    return candidate.born is None or max(scores, default=0) >= WARN_FROM - MOST_OF_A_SLIP


def _compared(work: ReadWork, candidate: Candidate, *, with_slips: bool) -> Compared:
    """Everybody to whom any piece of evidence leads, by id, with the best match of each."""
    led_to = _by_digests(work, candidate, with_slips=with_slips)
    found: dict[str, tuple[Match, Fact]] = {}
    for fact in _facts(work, candidate, set().union(*led_to.values())):
        id_ = fact.merged_into or fact.id
        if candidate.id and candidate.id in (fact.id, id_):
            continue
        match = weigh(_evidence(candidate, fact, led_to))
        if id_ not in found or match.score > found[id_][0].score:
            found[id_] = (match, fact)
    return found


def _suspects(work: ReadWork, best: Sequence[tuple[str, tuple[Match, Fact]]]) -> list[Suspect]:
    if not best:
        return []
    heads = find_heads(work, "Patient", [id_ for id_, _ in best])
    merged = [id_ for id_, (_, fact) in best if fact.id != id_]
    survivors = {fact.id: fact for fact in facts_by_id(work, merged)}
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


def _by_digests(work: ReadWork, candidate: Candidate, *, with_slips: bool) -> Found:
    """Whose numbers and phones are the candidate's, or (if asked) differ from them by a slip."""
    written = _written(candidate.numbers)
    wanted = {
        "identifier": _digests(work, "", written, with_slips=with_slips),
        "phone": _digests(work, "phone", candidate.phones, with_slips=with_slips),
    }
    found: dict[str, dict[str, Same]] = {param: {} for param in wanted}
    for param, digests in wanted.items():
        rows = _by_digest.rows(work.connection, digests, {"param": param})
        for id_, digest in rows:
            if found[param].get(id_) is not Same.SAME:
                found[param][id_] = digests[bytes(digest)]
    return found


def _written(numbers: Iterable[str]) -> list[str]:
    """Every form in which these numbers may have been written down: of 18 and of 15 characters."""
    found = [compact(number) for number in numbers]
    return list(dict.fromkeys([*found, *map(twin, found), *map(longer, found)]))


def _digests(
    work: ReadWork, system: str, texts: Iterable[str], *, with_slips: bool
) -> dict[bytes, Same]:
    """The digests of these texts (and of all their slips), under every key."""
    found: dict[bytes, Same] = {}
    for text in texts:
        key = identifier_key(system, text)
        plain = key.partition("|")[2]
        if len(plain) < 5:
            continue
        begin = key.removesuffix(plain)
        for slip in slips(plain) if with_slips else ():
            for digest in work.keys.blinds(begin + slip):
                found.setdefault(digest, Same.SLIP)
        for digest in work.keys.blinds(key):
            found[digest] = Same.SAME
    return found


def _facts(work: ReadWork, candidate: Candidate, ids: set[str]) -> list[Fact]:
    """The rows that any piece of evidence leads to, each once."""
    key, door = name_key(candidate.name), address_key(candidate.address)
    rows = _by_id.rows(work.connection, ids, {})
    if candidate.born:
        rows += _by_birth.rows(work.connection, {"born": candidate.born.isoformat()})
    if key and candidate.born:
        first, last = (day.isoformat() for day in near_days(candidate.born))
        days = [day.isoformat() for day in near_dates(candidate.born)]
        rows += _by_name.rows(work.connection, days, {"key": key, "first": first, "last": last})
    if door:
        rows += _by_door.rows(work.connection, {"door": door})
    return list({row[0]: _fact(row) for row in rows}.values())


def facts_by_id(work: ReadWork, ids: Iterable[str]) -> list[Fact]:
    """The rows of these Patients, whoever keeps them."""
    return [_fact(row) for row in _by_id.rows(work.connection, ids, {})]


def _fact(row: Sequence[Any]) -> Fact:
    """A row of either driver: SQLite gives dates as text and truth as a number."""
    id_, name, sex, born, door, citizen, active, merged_into = row
    day = date.fromisoformat(born) if isinstance(born, str) else born
    return Fact(id_, name, sex, day, door, bool(citizen), bool(active), merged_into)
