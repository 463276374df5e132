"""The manifests are cross-checked at start, and every fault is told at once."""

import pytest
from sqlalchemy import Column, Integer, MetaData, String, Table, true

from kernel.app import registry_of
from kernel.declare.indicator import Indicator, Missing
from kernel.declare.module import (
    Job,
    Module,
    NavItem,
    Operation,
    Panel,
    Permission,
    Projection,
    Reaction,
    Stamp,
    Summary,
    Tab,
)
from kernel.declare.resource import Body, ResourceSpec, Scope, SearchParam, day, reference, tokens
from kernel.declare.roles import CLINICIANS, Role
from kernel.registry import Misdeclared
from tests.support.house import registry


def _spec(*params: SearchParam, **others: object) -> ResourceSpec:
    return ResourceSpec("Basic", params, Scope.PATIENT, **others)  # type: ignore[arg-type]  # other fields each time


def _toy(**parts: object) -> Module:
    return Module(name="toy", title="玩具", **parts)  # type: ignore[arg-type]  # other fields each time


def _nothing(*_: object) -> None:
    """Stands for what a module would do."""


def _sums(*_: object) -> tuple[()]:
    return ()


def _as_it_is(_work: object, _before: object, body: Body, _batch: object) -> Body:
    return body


def _no_rows(_: object) -> tuple[()]:
    return ()


_LOOSE = Table("toy_fact", MetaData(), Column("source_id", String))
_YEAR = Table(
    "toy_year",
    MetaData(),
    Column("patient_id", String),
    Column("organisation_id", String),
    Column("year", Integer),
)
_VISITS = Projection(
    "Encounter",
    Table("toy_visit", MetaData(), Column("source_type", String), Column("source_id", String)),
    _no_rows,
)
_BY_YEAR = Summary(_YEAR, frozenset({"Patient"}), _sums)


def _indicator(code: str = "TOY1", table: Table = _YEAR, **others: object) -> Indicator:
    texts = dict.fromkeys(
        ("title", "numerator_title", "denominator_title", "definition", "source"), "玩具"
    )
    whole = {"denominator": true(), "numerator": true(), "missing": (), **texts, **others}
    return Indicator(code, table=table, **whole)  # type: ignore[arg-type]  # other fields each time


_FAULTS = [
    (
        "toy: Basic: parameter code is declared 2 times",
        _toy(resources=(_spec(tokens("code"), tokens("code")),)),
    ),
    ("lower-case words", _toy(resources=(_spec(tokens("Code")),))),
    ("sort names 'when'", _toy(resources=(_spec(day("date"), sort="when"),))),
    (
        "administrators must not read a person's record",
        _toy(resources=(_spec(patient="subject", readers=frozenset({Role.AUDITOR})),)),
    ),
    (
        "administrators must not write into a person's record",
        _toy(resources=(_spec(patient="subject", writers=frozenset({Role.SYSTEM_ADMIN})),)),
    ),
    ("must read module:thing:action", _toy(permissions=(Permission("toy", "x", CLINICIANS),))),
    ("must begin with toy:", _toy(permissions=(Permission("other:thing:read", "x", CLINICIANS),))),
    ("no role has it", _toy(permissions=(Permission("toy:thing:read", "x", frozenset()),))),
    (
        "permission 'toy:thing:read' is not declared",
        _toy(navigation=(NavItem("玩具", "/toys", "toy:thing:read", 1),)),
    ),
    (
        "permission 'toy:thing:see' is not declared",
        _toy(panels=(Panel("resident", "toy", "玩具", "t.html", _nothing, "toy:thing:see", 1),)),
    ),
    (
        "source type 'Basic' is not declared",
        _toy(projections=(Projection("Basic", _LOOSE, _no_rows),)),
    ),
    ("needs a column source_type", _toy(projections=(Projection("Patient", _LOOSE, _no_rows),))),
    ("type 'Basic' is unknown", _toy(operations=(Operation("count", "Basic", False, _nothing),))),
    (
        "type Patient is declared 2 times",
        _toy(resources=(ResourceSpec("Patient", (), Scope.PATIENT),)),
    ),
    (
        "summary toy_fact: type 'Basic' is not declared",
        _toy(summaries=(Summary(_LOOSE, frozenset({"Basic", "Patient"}), _sums),)),
    ),
    (
        "its types must include Patient",
        _toy(summaries=(Summary(_YEAR, frozenset({"Encounter"}), _sums),)),
    ),
    (
        "toy_fact: needs a column patient_id",
        _toy(summaries=(Summary(_LOOSE, frozenset({"Patient"}), _sums),)),
    ),
    (
        "must not have a column source_id",
        _toy(summaries=(Summary(_LOOSE, frozenset({"Patient"}), _sums),)),
    ),
    (
        "its name must begin with other_",
        Module(name="other", title="其他", summaries=(_BY_YEAR,)),
    ),
    (
        "other: fact table toy_visit: its name must begin with other_",
        Module(name="other", title="其他", projections=(_VISITS,)),
    ),
    ("stamp: type 'Basic' is unknown", _toy(stamps=(Stamp("Basic", _as_it_is),))),
    ("reaction: type 'Basic' is unknown", _toy(reactions=(Reaction(str, print, "Basic"),))),
    (
        "permission 'toy:thing:open' is not declared",
        _toy(tabs=(Tab("resident", "toy", "玩具", "/toys", "toy:thing:open", 1),)),
    ),
    (
        "tab resident/toy is declared 2 times",
        _toy(tabs=(Tab("resident", "toy", "玩具", "/toys", "records:resident:read", 1),) * 2),
    ),
    ("toy: programme x: has no form", _toy(check=lambda: ["programme x: has no form"])),
    (
        "indicator TOY1 is declared 2 times",
        _toy(summaries=(_BY_YEAR,), indicators=(_indicator(), _indicator())),
    ),
    (
        "indicator toy: its code must be",
        _toy(summaries=(_BY_YEAR,), indicators=(_indicator("toy"),)),
    ),
    (
        "indicator TOY1: says no source",
        _toy(summaries=(_BY_YEAR,), indicators=(_indicator(source=""),)),
    ),
    ("toy_year is neither a fact table nor a summary", _toy(indicators=(_indicator(),))),
    (
        "indicator TOY1: its table needs a column year",
        _toy(indicators=(_indicator(table=_LOOSE),)),
    ),
    (
        "toy_fact.source_id is not a column of toy_year",
        _toy(
            summaries=(_BY_YEAR,),
            indicators=(_indicator(missing=(Missing(_LOOSE.c.source_id == "x", "无"),)),),
        ),
    ),
    ("job kernel:forget is declared 2 times", _toy(jobs=(Job("kernel:forget", 60, _nothing),))),
]


@pytest.mark.parametrize(("words", "module"), _FAULTS, ids=[words for words, _ in _FAULTS])
def test_a_fault_is_refused_in_words(words: str, module: Module) -> None:
    with pytest.raises(Misdeclared) as caught:
        registry_of((*registry().modules[1:], module))
    assert any(words in fault for fault in caught.value.faults), caught.value.faults


def test_all_faults_are_told_at_once() -> None:
    module = _toy(
        resources=(_spec(tokens("Code"), reference("x", ""), sort="when"),),
        permissions=(Permission("toy", "x", frozenset()),),
    )
    with pytest.raises(Misdeclared) as caught:
        registry_of((*registry().modules[1:], module))
    assert len(caught.value.faults) == 5, caught.value.faults


def test_what_modules_add_is_found_by_what_asks_for_it() -> None:
    stamp, indicator = Stamp("Patient", _as_it_is), _indicator()
    tabs = tuple(
        Tab("resident", key, key, f"/{key}", "records:resident:read", order)
        for key, order in (("late", 9), ("soon", 1))
    )
    module = _toy(summaries=(_BY_YEAR,), stamps=(stamp,), indicators=(indicator,), tabs=tabs)
    built = registry_of((*registry().modules[1:], module))
    assert _BY_YEAR in built.summaries["Patient"]
    assert stamp in built.stamps["Patient"]
    assert built.indicators["TOY1"] is indicator
    toys = [tab.key for tab in built.tabs("resident") if tab in tabs]
    assert toys == ["soon", "late"]
    assert built.tabs("household") == []
    assert "toy_year" in built.derived.tables


def test_a_module_may_fill_the_table_that_another_one_offers() -> None:
    other = Module(
        name="other", title="其他", projections=(Projection("Patient", _VISITS.table, _no_rows),)
    )
    built = registry_of((*registry().modules[1:], _toy(projections=(_VISITS,)), other))
    filled = [one for found in built.projections.values() for one in found]
    assert [one.type for one in filled if one.table is _VISITS.table] == ["Patient", "Encounter"]


def test_every_search_table_keeps_to_six_indexes() -> None:
    for table in registry().search.values():
        assert len(table.indexes) <= 6, table.name
        assert {"id", "updated_at", "organisation_id", "patient_id"} <= set(table.c.keys())


def test_patient_comes_first_in_the_compartment() -> None:
    assert registry().compartment()[0].type == "Patient"
    assert all(spec.patient for spec in registry().compartment())
