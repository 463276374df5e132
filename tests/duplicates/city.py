"""A city to look for duplicates in, inserted cheaply: heads, facts and digests, without bodies."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import date
from itertools import islice
from typing import Any

from demo.directory import directory
from demo.population import households
from kernel.db.derived import search_identifier
from kernel.db.prepared import PreparedInsert
from kernel.db.tables import fhir_resource
from kernel.fhir.search.extract import extract
from kernel.security.keyring import KeyRing
from kernel.values.identity_number import check_character
from records.duplicates.matching import Candidate
from records.duplicates.projections import match_rows, records_match
from records.reading import address_of, name_of
from records.resources import PATIENT
from tests.support.house import OpenHouse

Body = dict[str, Any]
TODAY = date(2026, 11, 23)


def residents(number: int, *, seed: int) -> Iterator[Body]:
    """So many Patients of the synthetic city; another seed is another city's people."""
    homes = households(number, seed=seed, today=TODAY, directory=directory(20))
    return (body for home in homes for body in home.patients)


def settle(house: OpenHouse, bodies: Iterable[Body]) -> None:
    """Insert what the search for duplicates reads of these Patients."""
    rest = iter(bodies)
    while portion := list(islice(rest, 2000)):
        facts = [{**_source(body), **row} for body in portion for row in match_rows(body)]
        digests = [row for body in portion for row in _digests(body, house.station.keys)]
        with house.database.writing() as connection:
            PreparedInsert(fhir_resource).run_many(connection, [_head(b) for b in portion])
            PreparedInsert(records_match).run_many(connection, facts)
            PreparedInsert(search_identifier).run_many(connection, digests)


def _source(body: Body) -> dict[str, str]:
    return {"source_type": "Patient", "source_id": body["id"]}


def _head(body: Body) -> dict[str, Any]:
    organisation = body["managingOrganization"]["reference"].rpartition("/")[2]
    return {
        "type": "Patient", "id": body["id"], "version": 1, "updated_at": 0, "deleted": False,
        "organisation_id": organisation, "patient_id": body["id"], "author_id": None, "body": b"",
    }  # fmt: skip


def _digests(body: Body, keys: KeyRing) -> list[dict[str, Any]]:
    found: Body = {name: body[name] for name in ("identifier", "telecom") if name in body}
    rows = extract(PATIENT, found, keys).identifiers
    return [
        {"type": "Patient", "id": body["id"], **row}
        for row in rows
        if row["part"] == 0 and row["param"] in ("identifier", "phone")
    ]


def candidate_of(body: Body) -> Candidate:
    """What somebody types who registers this person."""
    documents = [i["value"] for i in body["identifier"] if i["use"] == "official"]
    return Candidate(
        name=name_of(body),
        sex=body["gender"],
        born=date.fromisoformat(body["birthDate"]),
        numbers=tuple(documents),
        phones=tuple(one["value"] for one in body.get("telecom", ())),
        address=address_of(body),
    )


def stranger(candidate: Candidate) -> Candidate:
    """The same entry with a number of its own: two cities number their people alike."""
    numbers = [n for n in candidate.numbers if len(n) == 18]
    others = [n for n in candidate.numbers if len(n) != 18]
    firsts = [f"379908{number[6:17]}" for number in numbers]
    own = [first + check_character(first) for first in firsts]
    return replace(candidate, numbers=(*own, *(f"{n[:1]}9{n[2:]}" for n in others)))
