"""A list compared with the city: whose file is there already, who may be somebody known."""

from collections.abc import Iterator, Sequence
from datetime import date
from itertools import islice
from typing import Any, Final

from sqlalchemy import select, union

from kernel.db.derived import search_identifier
from kernel.fhir.search.extract import identifier_key
from kernel.messages import Message, _, joined
from kernel.security.directory import Tree
from kernel.work import ReadWork
from records.duplicates.addresses import address_key
from records.duplicates.matching import Candidate, Dates, dates_fit, twin
from records.duplicates.names import Alike, alike, name_key
from records.duplicates.projections import records_match
from records.duplicates.search import find_suspects
from records.exchange.notes import Note, Row
from records.exchange.rows import Surroundings
from records.households.codes import NUMBER_SYSTEM
from records.identifiers import holders
from records.life.projections import records_file
from records.reading import id_of, name_of
from records.residents.queries import find_all, load_all

_PORTION: Final = 400
_DOCTORS: Final = "500"
_SIMILAR: Final = frozenset(Alike) - {Alike.OTHER, Alike.PART, Alike.UNKNOWN}
_GENDERS: Final = {"1": "male", "2": "female"}
_FILED: Final = _("该证件号码在%(organisation)s已有健康档案：不重复建档")
_NUMBER_TAKEN: Final = _("该档案编号在%(organisation)s已被使用：请核对，或不填由系统给出")
_TAKEN: Final = _("家庭编号已被使用：请改用新编号，或导入后在家庭页中加入成员")
_SUSPECT: Final = _("疑似%(organisation)s的一位居民：%(reasons)s")
_UNKNOWN_PLACE: Final = _("其他机构")


def surroundings(work: ReadWork, organisation_id: str) -> Surroundings:
    """What rows for an institution are checked against."""
    roles = find_all(
        work, "PractitionerRole",
        ("organization", f"Organization/{organisation_id}"), ("_count", _DOCTORS),
    )  # fmt: skip
    ids = [id_of(role.get("practitioner"), "Practitioner") for role in roles]
    people = load_all(work, "Practitioner", ids)
    doctors = {name_of(body): id_ for id_, body in people.items()}
    return Surroundings(work.today, _committees(work, organisation_id), doctors)


def _committees(work: ReadWork, organisation_id: str) -> list[str]:
    """The residents' committees of the files that the institution keeps."""
    file = records_file.c
    found = select(file.committee).where(file.organisation_id == organisation_id).distinct()
    return sorted(code for code in work.connection.scalars(found) if code)


def compare_with_city(work: ReadWork, rows: Sequence[Row], tree: Tree) -> None:
    """Add to each row what the city knows: a file of the same number, a household's number that is
    taken (errors), and who may be the same person (suspects)."""
    _filed(work, rows, tree)
    _households(work, rows)
    for at in range(0, len(rows), _PORTION):
        portion = [row for row in rows[at : at + _PORTION] if not row.errors]
        for row in _likely(work, portion):
            row.suspects += _suspects(work, row, tree)


def _filed(work: ReadWork, rows: Sequence[Row], tree: Tree) -> None:
    """Numbers of documents and of files that somebody in the city has already."""
    by_digest: dict[bytes, list[tuple[Row, str, str]]] = {}
    for row in rows:
        for key, text in (("document_number", _FILED), ("record_number", _NUMBER_TAKEN)):
            if number := row.values.get(key):
                for written in {number, twin(number)}:
                    for digest in work.keys.blinds(identifier_key("", written)):
                        by_digest.setdefault(digest, []).append((row, key, text))
    side, patient = search_identifier.c, work.registry.search["Patient"].c
    for digests in _portions(list(by_digest)):
        statement = (
            select(side.digest, patient.organisation_id)
            .join(patient.id.table, patient.id == side.id)
            .where(
                side.digest.in_(digests),
                side.type == "Patient",
                side.param == "identifier",
                side.part == 0,
            )
        )
        for digest, organisation in work.connection.execute(statement):
            for row, key, text in by_digest.pop(bytes(digest), ()):
                row.wrong(
                    key, Message(text, organisation=tree.name(organisation) or _UNKNOWN_PLACE)
                )


def _households(work: ReadWork, rows: Sequence[Row]) -> None:
    by_digest: dict[bytes, list[Row]] = {}
    for row in rows:
        if number := row.values.get("household"):
            for digest in work.keys.blinds(identifier_key(NUMBER_SYSTEM, number)):
                by_digest.setdefault(digest, []).append(row)
    taken = {h.digest for h in holders(work, "Group", by_digest) if h.system == NUMBER_SYSTEM}
    for digest in taken:
        for row in by_digest[digest]:
            row.wrong("household", _TAKEN)


def _portions(digests: Sequence[bytes]) -> Iterator[list[bytes]]:
    rest = iter(digests)
    while portion := list(islice(rest, _PORTION)):
        yield portion


def _likely(work: ReadWork, rows: Sequence[Row]) -> list[Row]:
    """The rows for which looking closely can find somebody, told for many rows in two statements.

    Somebody has the phone; or lives at the door; or has a similar name and the same day of birth;
    or a name that is read alike and a similar day. What differs in name and day, and shares neither
    phone nor door, is not enough to warn of.
    """
    people = [(row, candidate_of(row)) for row in rows]
    phones = _phones(work, [number for _row, one in people for number in one.phones])
    facts = _alike(work, [one for _row, one in people])
    by_day: dict[Any, list[Any]] = {}
    by_name: dict[Any, list[Any]] = {}
    doors = {fact.address_key for fact in facts}
    for fact in facts:
        by_day.setdefault(fact.born, []).append(fact)
        by_name.setdefault(fact.name_key, []).append(fact)
    return [
        row
        for row, one in people
        if phones & {identifier_key("phone", number) for number in one.phones}
        or (address_key(one.address) or None) in doors - {None}
        or any(alike(one.name, fact.name) in _SIMILAR for fact in by_day.get(one.born, ()))
        or any(
            dates_fit(one.born, fact.born) is not Dates.OTHER
            for fact in by_name.get(name_key(one.name), ())
        )
    ]


def _phones(work: ReadWork, numbers: Sequence[str]) -> set[str]:
    """The keys of those numbers that somebody in the city has."""
    by_digest = {
        digest: key
        for key in {identifier_key("phone", number) for number in numbers}
        for digest in work.keys.blinds(key)
    }
    side = search_identifier.c
    statement = select(side.digest).where(
        side.digest.in_(list(by_digest)),
        side.type == "Patient",
        side.param == "phone",
        side.part == 0,
    )
    return {by_digest[bytes(digest)] for digest in work.connection.scalars(statement)}


def _alike(work: ReadWork, people: Sequence[Candidate]) -> Sequence[Any]:
    """Facts of those who share a day of birth, the sound of a name or a door with any of these."""
    fact = records_match.c
    columns = (fact.name, fact.name_key, fact.born, fact.address_key)
    wanted = (
        (fact.born, {one.born for one in people}),
        (fact.name_key, {name_key(one.name) for one in people}),
        (fact.address_key, {address_key(one.address) for one in people}),
    )
    parts = [
        select(*columns).where(column.in_([value for value in values if value]))
        for column, values in wanted
    ]
    return work.connection.execute(union(*parts)).all()


def _suspects(work: ReadWork, row: Row, tree: Tree) -> Iterator[Note]:
    for one in find_suspects(work, candidate_of(row), limit=3):
        place = tree.name(one.organisation_id) or _UNKNOWN_PLACE
        told = Message(_SUSPECT, organisation=place, reasons=joined(one.reasons))
        yield Note(row.number, "name", told)


def candidate_of(row: Row) -> Candidate:
    """A row as somebody who is being registered."""
    values = row.values
    number, phone = values.get("document_number"), values.get("phone")
    born = values.get("birth_date")
    return Candidate(
        name=values.get("name", ""),
        sex=_GENDERS.get(values.get("sex", ""), ""),
        born=date.fromisoformat(born) if born else None,
        numbers=(number,) if number else (),
        phones=(phone,) if phone else (),
        address=values.get("address", ""),
    )
