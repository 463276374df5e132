"""Summaries: rows about a person, made anew with every save that may change them."""

from collections.abc import Mapping, Sequence
from typing import Any

import pytest
from sqlalchemy import Column, Index, Integer, MetaData, String, Table, func, select, update

from kernel.app import registry_of
from kernel.db.prepared import PreparedIn
from kernel.db.upgrade import derived_changes, recreate
from kernel.declare.module import Module, Projection, Summary
from kernel.declare.resource import Body, ResourceSpec, Scope, reference, tokens
from kernel.fhir.store import Draft, delete, save, save_all
from kernel.fhir.store.reproject import rederive
from kernel.reprojection import differences, fill, reproject, upgrade_schema
from kernel.work import ReadWork, Station
from tests.cast import SYSTOLIC, observation
from tests.support.house import OpenHouse, registry

_metadata = MetaData()
MARK = Table(
    "toy_mark",
    _metadata,
    Column("source_type", String(40), nullable=False),
    Column("source_id", String(64), nullable=False),
    Column("patient_id", String(64), nullable=False),
    Column("year", Integer, nullable=False),
    Index("ix_toy_mark_patient_id", "patient_id"),
)
TOTAL = Table(
    "toy_total",
    _metadata,
    Column("patient_id", String(64), nullable=False),
    Column("year", Integer, nullable=False),
    Column("marks", Integer, nullable=False),
    Index("ix_toy_total_patient_id", "patient_id"),
)
_counted = PreparedIn(
    lambda ids: (
        select(MARK.c.patient_id, MARK.c.year, func.count())
        .where(MARK.c.patient_id.in_(ids))
        .group_by(MARK.c.patient_id, MARK.c.year)
    )
)
asked: list[list[str]] = []


def _marks(body: Body) -> Sequence[Mapping[str, Any]]:
    patient = body["subject"]["reference"].removeprefix("Patient/")
    return [{"patient_id": patient, "year": int(body["created"][:4])}]


def _totals(work: ReadWork, patient_ids: Sequence[str]) -> Sequence[Mapping[str, Any]]:
    asked.append(list(patient_ids))
    found = _counted.rows(work.connection, patient_ids, {})
    return [{"patient_id": row[0], "year": row[1], "marks": row[2]} for row in found]


BASIC = ResourceSpec(
    "Basic",
    (tokens("code"), reference("patient", "subject", targets=("Patient",))),
    Scope.PATIENT,
    patient="subject",
)
TOY = Module(
    name="toy",
    title="玩具",
    resources=(BASIC,),
    projections=(Projection("Basic", MARK, _marks),),
    summaries=(Summary(TOTAL, frozenset({"Basic", "Patient"}), _totals),),
)


def _mark(patient: str, year: int = 2026) -> dict[str, Any]:
    return {
        "resourceType": "Basic",
        "code": {"text": "记号"},
        "subject": {"reference": f"Patient/{patient}"},
        "created": f"{year}-05-01",
    }


@pytest.fixture
def toys(fresh_house: OpenHouse) -> Station:
    """The station with a fact table and a summary of it."""
    own = registry_of((*registry().modules[1:], TOY))
    old = fresh_house.station
    with old.write() as work:
        for table in derived_changes(work.connection, own):
            recreate(work.connection, table)
    asked.clear()
    return Station(old.settings, old.database, own, old.keys, old.clock)


def _rows(station: Station) -> list[tuple[str, int, int]]:
    with station.read() as work:
        return sorted(map(tuple, work.connection.execute(select(TOTAL)).all()))


def test_every_save_makes_the_rows_of_its_persons_anew(toys: Station) -> None:
    with toys.write() as work:
        bodies = [_mark("li-na"), _mark("li-na"), _mark("zhang-wei"), _mark("li-na", 2025)]
        save_all(work, [Draft(body) for body in bodies])
    assert _rows(toys) == [("li-na", 2025, 1), ("li-na", 2026, 2), ("zhang-wei", 2026, 1)]
    assert asked == [["li-na", "zhang-wei"]], "a batch asks once for all its persons"


def test_another_person_and_a_deletion_change_the_former_person_too(toys: Station) -> None:
    with toys.write() as work:
        first = save(work, _mark("li-na"))
        save(work, _mark("li-na"))
    with toys.write() as work:
        save(work, _mark("zhang-wei"), id=first.id)
    assert _rows(toys) == [("li-na", 2026, 1), ("zhang-wei", 2026, 1)]
    with toys.write() as work:
        delete(work, BASIC, first.id)
    assert _rows(toys) == [("li-na", 2026, 1)]


def test_other_types_leave_them_alone(toys: Station) -> None:
    with toys.write() as work:
        save(work, observation("li-na", SYSTOLIC, 132, "mm[Hg]", "2026-11-20T09:00:00+08:00"))
    assert asked == []


def test_deleting_and_deriving_again_gives_the_same_rows(toys: Station) -> None:
    with toys.write() as work:
        ids = [save(work, _mark(name)).id for name in ("li-na", "zhang-wei", "li-na")]
    before = _rows(toys)
    with toys.write() as work:
        work.connection.execute(TOTAL.delete())
        rederive(work, "Basic", ids)
    assert _rows(toys) == before
    with toys.write() as work:
        work.connection.execute(TOTAL.delete())
    reproject(toys, ["Patient"])
    assert _rows(toys) == before


def test_a_changed_summary_is_filled_by_the_patients_alone(toys: Station) -> None:
    with toys.write() as work:
        save_all(work, [Draft(_mark("li-na")), Draft(_mark("zhang-wei"))])
    before = _rows(toys)
    with toys.write() as work:
        TOTAL.drop(work.connection)
    done = upgrade_schema(toys.database, toys.registry)
    assert done.remade == ["toy_total"]
    assert _rows(toys) == []
    with toys.read() as work:
        patients = len(work.connection.execute(select(registry().search["Patient"].c.id)).all())
    assert fill(toys.settings, toys.database, toys.registry, toys.keys) == patients
    assert _rows(toys) == before


def test_a_wrong_row_is_found_and_a_strangers_too(toys: Station) -> None:
    with toys.write() as work:
        save(work, _mark("li-na"))
    assert list(differences(toys, ["Patient", "Basic"])) == []
    with toys.write() as work:
        work.connection.execute(update(TOTAL).values(marks=7))
        work.connection.execute(TOTAL.insert().values(patient_id="nobody", year=2026, marks=1))
    found = {(d.table, d.resource, d.text) for d in differences(toys, ["Patient", "Basic"])}
    assert found == {
        ("toy_total", "Patient/li-na", "other values in marks"),
        ("toy_total", "Patient", "1 rows belong to no resource that exists"),
    }
    reproject(toys, ["Patient"])
    assert _rows(toys) == [("li-na", 2026, 1)]
