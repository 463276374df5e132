"""The full export: residents with everything that the template can say, numbers in full."""

from collections.abc import Iterator, Sequence
from typing import Final

from sqlalchemy import ColumnElement, literal, or_, select

from kernel.canonical import LOINC
from kernel.db.derived import DELIMITER
from kernel.db.dialect import contains
from kernel.fhir.search.compile import bound
from kernel.security.policy import sight, visible
from kernel.web.spreadsheet import MOST_ROWS
from kernel.work import ReadWork
from records.exchange.told import values_of
from records.exchange.workbook import HEADINGS, line_of
from records.households.group import members_of, number_of
from records.households.tables import records_household_member
from records.information.persons import BLOOD_GROUPS
from records.reading import Body, id_of
from records.residents.queries import ResidentQuery, each_resident, load_all
from records.terminology import catalogue

FULL: Final = "records:resident:export-full"
FULL_HEADINGS: Final = HEADINGS
_TOLD_IN: Final = (
    ("Observation", "subject"), ("AllergyIntolerance", "patient"), ("Condition", "subject"),
)  # fmt: skip
"""The types in which it stands, each with the element that names the person."""


def full_lines(work: ReadWork, query: ResidentQuery) -> Iterator[Sequence[str]]:
    """The residents of a query in the template's columns, at most `MOST_ROWS` of them."""
    for bodies in each_resident(work, query, most=MOST_ROWS):
        ids = [str(body["id"]) for body in bodies]
        facts, households = _facts(work, ids), _households(work, ids)
        for body in bodies:
            id_ = str(body["id"])
            yield line_of(values_of(body, facts.get(id_, ()), households.get(id_)))


def _facts(work: ReadWork, ids: Sequence[str]) -> dict[str, list[Body]]:
    """What the template says of each person's health: the resources by person."""
    found: dict[str, list[Body]] = {}
    for type_, path in _TOLD_IN:
        for body in load_all(work, type_, _ids_of(work, type_, ids)).values():
            found.setdefault(id_of(body.get(path), "Patient"), []).append(body)
    return found


def _ids_of(work: ReadWork, type_: str, ids: Sequence[str]) -> list[str]:
    table, spec = work.registry.search[type_], work.registry.specs[type_]
    if not work.actor.may_read(spec, "s"):
        return []
    clauses: list[ColumnElement[bool]] = [table.c.patient_id.in_(ids)]
    item = literal(f"{catalogue.code_set('information-item').url}|")
    if type_ == "Observation":
        codes = (literal(f"{LOINC}|{code}{DELIMITER}") for code in BLOOD_GROUPS.values())
        clauses.append(or_(*(contains(table.c.code, code) for code in (*codes, item))))
    if type_ == "Condition":
        listed = literal(f"|problem-list-item{DELIMITER}")
        clauses.append(or_(*(contains(table.c.category, code) for code in (listed, item))))
    seen = visible(sight(work.actor, spec), table, bound)
    if seen is not None:
        clauses.append(seen)
    statement = select(table.c.id).where(*clauses).order_by(table.c.id)
    return list(work.connection.scalars(statement, sight(work.actor, spec).binds(work.now)))


def _households(work: ReadWork, ids: Sequence[str]) -> dict[str, tuple[str, str]]:
    """Number of the household and relation to its head, by person."""
    member = records_household_member.c
    rows = work.connection.execute(
        select(member.patient_id, member.source_id).where(
            member.patient_id.in_(ids), member.to_on.is_(None)
        )
    ).all()
    groups = load_all(work, "Group", (row.source_id for row in rows))
    found: dict[str, tuple[str, str]] = {}
    for patient_id, group_id in rows:
        group = groups.get(group_id, {})
        for one in members_of(group):
            if one.patient_id == patient_id and one.active:
                found[patient_id] = (number_of(group), one.relation)
    return found
