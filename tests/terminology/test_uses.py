"""What others write down as codes is in the catalogue, under the same name."""

from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from demo import clinic, episodes, person, population
from kernel.canonical import CANONICAL
from records.life import contract, residence, states, tasks
from records.terminology import catalogue
from records.terminology.drugs import find_drug
from records.terminology.picking import rows_of
from records.visits import codes as visit_codes
from records.visits.note import DOSE_UNITS, ROUTES

LOCAL = {catalogue.code_set(name).url: name for name in catalogue.system_names()}


def codings(value: Any) -> Iterator[Mapping[str, Any]]:
    """Every Coding in a body that is of a system of the catalogue."""
    if isinstance(value, Mapping):
        if value.get("system") in LOCAL and "code" in value:
            yield value
        for one in value.values():
            yield from codings(one)
    elif isinstance(value, list | tuple):
        for one in value:
            yield from codings(one)


WRITTEN = [
    *person.ETHNICITY.values(),
    *person.RESIDENCY.values(),
    *person.CLOSING.values(),
    *person.MARITAL.values(),
    *population._RELATION_EXTENSION.values(),
    *clinic.VISIT_MODE.values(),
    *vars(episodes).values(),
]


def test_the_synthetic_city_writes_codes_of_the_catalogue() -> None:
    found = list(codings(WRITTEN))
    assert len(found) >= 30
    for one in found:
        concept = catalogue.code_set(LOCAL[one["system"]]).concepts[one["code"]]
        assert one["display"] == concept.display, one


def test_every_map_and_designation_refers_to_a_system_that_is_served() -> None:
    ours = {
        part["use"]["system"]
        for name in catalogue.system_names()
        for concept in catalogue.system_resource(name)["concept"]
        for part in concept["designation"]
        if "use" in part
    }
    for name in catalogue.map_names():
        for group in catalogue.map_resource(name)["group"]:
            ours |= {group["source"], group["target"]}
    assert {url for url in ours if url.startswith(CANONICAL)} <= set(LOCAL)


def test_the_states_of_a_record_are_the_catalogues() -> None:
    assert dict(catalogue.choices("record-state")) == states.TITLES
    assert set(catalogue.code_set("record-close-reason").concepts) == set(states.REASONS)
    assert catalogue.code_set("record-state").url == states.STATE_SYSTEM
    assert catalogue.code_set("record-close-reason").url == states.CLOSE_REASON_SYSTEM


def test_moves_and_kinds_of_care_are_the_catalogues() -> None:
    assert dict(catalogue.choices("record-move-type")) == tasks.KINDS
    assert catalogue.code_set("record-move-type").url == tasks.TYPE_SYSTEM
    kinds = catalogue.code_set("care-kind")
    assert kinds.url == residence.CARE_KIND
    assert {residence.RECORD_MANAGEMENT, contract.FAMILY_DOCTOR} <= set(kinds.concepts)


def test_the_arms_of_a_blood_pressure_are_the_catalogues() -> None:
    arms = {visit_codes.ARM_CODES[arm]: title for arm, title in visit_codes.ARM_TITLES.items()}
    assert dict(catalogue.choices("body-side")) == arms
    assert catalogue.code_set("body-side").url == visit_codes.ARM_SYSTEM


@pytest.mark.parametrize("name", [row[1] for row in rows_of("drugs", 9)])
def test_a_prescription_knows_the_unit_and_the_route_of_every_drug(name: str) -> None:
    drug = find_drug(name)
    assert drug is not None
    assert drug.route in ROUTES.values()
    assert not drug.unit or drug.unit in DOSE_UNITS.values()
