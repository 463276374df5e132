"""Adding a module is adding a manifest: a type, a fact table, an event, a job, nothing else.

`Basic` is a FHIR type that no room of the house owns. A manifest makes it served, searched,
projected, listened to, granted by scope, and claimed in the CapabilityStatement.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import pytest
from sqlalchemy import Column, Index, MetaData, String, Table, select, update

from kernel.app import registry_of
from kernel.db.tables import fhir_resource
from kernel.db.upgrade import derived_changes, recreate
from kernel.declare.module import Job, Module, Projection, Reaction
from kernel.declare.resource import (
    Body,
    ResourceSpec,
    Rule,
    Scope,
    day,
    number,
    reference,
    tokens,
)
from kernel.errors import Issue, Overtaken, Refused
from kernel.fhir import json
from kernel.fhir.capability import capability_statement
from kernel.fhir.interactions import reader_of
from kernel.fhir.search.query import read_query
from kernel.fhir.search.run import search
from kernel.fhir.store import ResourceSaved, save
from kernel.fhir.store.reproject import rederive
from kernel.jobs import run_job
from kernel.work import ReadWork, Station, Work
from tests.support.house import OpenHouse, registry

FACT = Table(
    "toy_visit",
    MetaData(),
    Column("source_type", String(40), nullable=False),
    Column("source_id", String(64), nullable=False),
    Column("code", String(40), nullable=False),
    Index("ix_toy_visit_code", "code"),
)


def _rows(body: Body) -> Sequence[Mapping[str, Any]]:
    return [{"code": coding["code"]} for coding in body["code"]["coding"]]


def _needs_author(_work: ReadWork, _before: Body | None, after: Body | None) -> Sequence[Issue]:
    if after is None or "author" in after:
        return ()
    return (Issue("business-rule", "somebody must have written it", "Basic.author"),)


def _overtake(work: Work, before: Body | None, after: Body | None) -> Sequence[Issue]:
    """Stands for another client who writes between the read and the write of a save."""
    if before is not None and after is not None and after.get("language") == "yy":
        here = (fhir_resource.c.type == "Basic", fhir_resource.c.id == after["id"])
        later = fhir_resource.c.version + 1
        work.connection.execute(update(fhir_resource).where(*here).values(version=later))
    return ()


heard: list[tuple[str, int | None]] = []


def _listen(_work: Work, event: ResourceSaved) -> None:
    if event.saved.type == "Basic":
        heard.append((event.saved.id, event.before.version if event.before else None))
        if event.body.get("language") == "zz":
            raise Refused(422, (Issue("business-rule", "the listener does not want it"),))


def _tidy(work: Work) -> None:
    work.connection.execute(FACT.delete().where(FACT.c.code == "old"))


TOY = Module(
    name="toy",
    title="玩具",
    resources=(
        ResourceSpec(
            "Basic",
            (
                tokens("code"),
                day("created"),
                reference("patient", "subject", targets=("Patient",)),
                number("weight", "extension.valueDecimal", "extension.valueInteger"),
            ),
            Scope.PATIENT,
            patient="subject",
            sort="created",
            rules=(Rule("author", _needs_author), Rule("overtake", _overtake)),
        ),
    ),
    projections=(Projection("Basic", FACT, _rows),),
    reactions=(Reaction(ResourceSaved, _listen),),
    jobs=(Job("toy:tidy", 60, _tidy),),
)


def _basic(code: str, **others: Any) -> dict[str, Any]:
    return {
        "resourceType": "Basic",
        "code": {"coding": [{"system": "urn:toy", "code": code}]},
        "subject": {"reference": "Patient/li-na"},
        "created": "2026-11-20",
        "author": {"reference": "Practitioner/practitioner-station-1-gp"},
        **others,
    }


@pytest.fixture
def toys(fresh_house: OpenHouse) -> Station:
    """The station with one manifest more."""
    heard.clear()
    own = registry_of((*registry().modules[1:], TOY))
    old = fresh_house.station
    with old.write() as work:
        changed = derived_changes(work.connection, own)
        assert {table.name for table in changed} == {"search_basic", "toy_visit"}
        for table in changed:
            recreate(work.connection, table)
    return Station(old.settings, old.database, own, old.keys, old.clock)


def _facts(station: Station) -> list[tuple[str, str]]:
    with station.read() as work:
        found = work.connection.execute(select(FACT.c.source_id, FACT.c.code)).all()
    return sorted((row.source_id, row.code) for row in found)


def test_a_new_type_is_saved_found_counted_and_heard(toys: Station, fresh_house: OpenHouse) -> None:
    actor = fresh_house.actor("gp1")
    with toys.write(actor) as work:
        saved = save(work, _basic("play"))
    assert saved.patient_id == "li-na"
    assert _facts(toys) == [(saved.id, "play")]
    assert heard == [(saved.id, None)]
    with toys.write(actor) as work:
        save(work, _basic("rest"), id=saved.id, expect=1)
    assert _facts(toys) == [(saved.id, "rest")]
    assert heard[-1] == (saved.id, 1)
    with toys.read(actor) as work:
        spec = toys.registry.specs["Basic"]
        pairs = [("code", "urn:toy|rest"), ("patient.name", "ln"), ("created", "ge2026-11")]
        query = read_query(reader_of(work, strict=True), spec, pairs)
        assert [match.id for match in search(work, spec, query).matches] == [saved.id]


WEIGHTS = ("-1.5", "0", "99.4", "99.5", "100", "100.004", "100.4", "100.5", "111")
NUMBERS: list[tuple[str, set[str]]] = [
    ("100", {"99.5", "100", "100.004", "100.4"}),
    ("eq100", {"99.5", "100", "100.004", "100.4"}),
    ("100.00", {"100", "100.004"}),
    ("100.000", {"100"}),
    ("1e2", {"99.4", "99.5", "100", "100.004", "100.4", "100.5", "111"}),
    ("1.00e2", {"99.5", "100", "100.004", "100.4"}),
    ("-1.5", {"-1.5"}),
    ("0", {"0"}),
    ("ne100", {"-1.5", "0", "99.4", "100.5", "111"}),
    ("gt100", {"100.004", "100.4", "100.5", "111"}),
    ("ge100", {"100", "100.004", "100.4", "100.5", "111"}),
    ("lt100", {"-1.5", "0", "99.4", "99.5"}),
    ("le100", {"-1.5", "0", "99.4", "99.5", "100"}),
    ("sa100", {"100.004", "100.4", "100.5", "111"}),
    ("eb100", {"-1.5", "0", "99.4", "99.5"}),
    ("ap100", {"99.4", "99.5", "100", "100.004", "100.4", "100.5"}),
    ("-1.5,111", {"-1.5", "111"}),
]


def _weight(text: str) -> dict[str, Any]:
    value = {"valueDecimal": json.Digits(text)} if "." in text else {"valueInteger": int(text)}
    return {"url": "urn:toy:weight", **value}


def test_its_numbers_are_found_by_prefix_and_precision(
    toys: Station, fresh_house: OpenHouse
) -> None:
    """R4 3.1.1.4.3: precision widens eq and ne; the other comparisons ignore it."""
    actor = fresh_house.actor("gp1")
    with toys.write(actor) as work:
        saved = {save(work, _basic("w", extension=[_weight(t)])).id: t for t in WEIGHTS}
        saved[save(work, _basic("w")).id] = "none"

    def found(*pairs: tuple[str, str]) -> list[str]:
        with toys.read(actor) as work:
            spec = toys.registry.specs["Basic"]
            query = read_query(reader_of(work, strict=True), spec, pairs)
            return [saved[match.id] for match in search(work, spec, query).matches]

    for asked, expected in NUMBERS:
        assert set(found(("weight", asked))) == expected, asked
    assert found(("weight:missing", "true")) == ["none"]
    assert found(("_sort", "weight")) == ["none", *WEIGHTS]
    assert found(("weight", "ge0"), ("_sort", "-weight")) == list(reversed(WEIGHTS[1:]))
    for wrong in ("heavy", "1,heavy", "gt", "nan", "1e999", "100|http://x|kg"):
        with pytest.raises(Refused) as caught:
            found(("weight", wrong))
        assert (caught.value.status, caught.value.issues[0].code) == (400, "value")


def test_its_rules_hold_and_a_listener_can_undo_the_save(
    toys: Station, fresh_house: OpenHouse
) -> None:
    actor = fresh_house.actor("gp1")
    without = _basic("play")
    del without["author"]
    with pytest.raises(Refused) as caught, toys.write(actor) as work:
        save(work, without)
    assert [issue.expression for issue in caught.value.issues] == ["Basic.author"]
    with pytest.raises(Refused), toys.write(actor) as work:
        save(work, _basic("play", language="zz"))
    assert _facts(toys) == []


def test_a_save_that_was_overtaken_says_so_and_can_be_repeated(
    toys: Station, fresh_house: OpenHouse
) -> None:
    actor = fresh_house.actor("gp1")
    with toys.write(actor) as work:
        saved = save(work, _basic("play"))
    with pytest.raises(Overtaken) as caught, toys.write(actor) as work:
        save(work, _basic("late", language="yy"), id=saved.id)
    assert (caught.value.status, caught.value.issues[0].code) == (412, "conflict")
    with toys.write(actor) as work:
        assert save(work, _basic("rest"), id=saved.id).version == 2
    assert _facts(toys) == [(saved.id, "rest")]


def test_its_rows_come_back_by_reprojection(toys: Station, fresh_house: OpenHouse) -> None:
    with toys.write(fresh_house.actor("gp1")) as work:
        saved = save(work, _basic("play"))
    with toys.write() as work:
        work.connection.execute(FACT.delete())
        assert rederive(work, "Basic", [saved.id]) == 1
    assert _facts(toys) == [(saved.id, "play")]


def test_its_job_runs_in_a_transaction(toys: Station, fresh_house: OpenHouse) -> None:
    with toys.write(fresh_house.actor("gp1")) as work:
        save(work, _basic("old"))
    assert not run_job(toys, TOY.jobs[0]), "it says that there is more to do"
    assert _facts(toys) == []


def test_the_capability_statement_claims_it(toys: Station) -> None:
    statement = capability_statement(toys.registry, "http://x/fhir/R4", "1", toys.clock.now())
    types = {r["type"]: r for r in statement["rest"][0]["resource"]}
    claimed = {p["name"]: p["type"] for p in types["Basic"]["searchParam"]}
    assert {"code", "created", "patient"} <= set(claimed)
    assert claimed["weight"] == "number"
