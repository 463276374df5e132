"""The manifests are cross-checked at start, and every fault is told at once."""

import pytest
from sqlalchemy import Column, MetaData, String, Table

from kernel.app import registry_of
from kernel.declare.module import Job, Module, NavItem, Operation, Panel, Permission, Projection
from kernel.declare.resource import ResourceSpec, Scope, SearchParam, day, reference, tokens
from kernel.declare.roles import CLINICIANS, Role
from kernel.registry import Misdeclared
from tests.support.house import registry


def _spec(*params: SearchParam, **others: object) -> ResourceSpec:
    return ResourceSpec("Basic", params, Scope.PATIENT, **others)  # type: ignore[arg-type]  # other fields each time


def _toy(**parts: object) -> Module:
    return Module(name="toy", title="玩具", **parts)  # type: ignore[arg-type]  # other fields each time


def _nothing(*_: object) -> None:
    """Stands for what a module would do."""


def _no_rows(_: object) -> tuple[()]:
    return ()


_LOOSE = Table("toy_fact", MetaData(), Column("source_id", String))
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


def test_every_search_table_keeps_to_six_indexes() -> None:
    for table in registry().search.values():
        assert len(table.indexes) <= 6, table.name
        assert {"id", "updated_at", "organisation_id", "patient_id"} <= set(table.c.keys())


def test_patient_comes_first_in_the_compartment() -> None:
    assert registry().compartment()[0].type == "Patient"
    assert all(spec.patient for spec in registry().compartment())
