"""Another module joins in at a visit: a panel in its form, a resource with the same figures."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from kernel.app import create_app, registry_of
from kernel.declare.module import Module, Panel, Reaction
from kernel.errors import Issue, Refused
from kernel.fhir.store import save
from kernel.work import ReadWork, Work
from records.api import figures_of
from records.events import VisitRecorded
from records.visits.permissions import WRITE
from tests.cast import to
from tests.pages.browsing import Visitor, signed_in, words
from tests.support.house import OpenHouse, registry
from tests.visits.test_pages import NOTE, begun, opened, resources, send

SALT = "due-salt"
heard: list[VisitRecorded] = []


def _due(work: ReadWork, encounter_id: str) -> list[dict[str, Any]]:
    figures = figures_of(work, encounter_id)
    told = ",".join(f"{code}={value:f}" for code, value in figures.vitals.items())
    return [{"title": f"随访 {figures.patient_id} {told}", "since": "", "state": "", "kind": "due"}]


def _keep(work: Work, event: VisitRecorded) -> None:
    heard.append(event)
    if event.answers.get(SALT) == "多":
        raise Refused(422, (Issue("business-rule", "食盐应填 1、2 或 3", SALT),))
    goal = {"resourceType": "Goal", "lifecycleStatus": "active", "description": {"text": "低盐"},
            "subject": to("Patient", event.patient_id)}  # fmt: skip
    save(work, goal)


TOY = Module(
    name="due",
    title="随访",
    panels=(Panel("visit", "due", "到期随访", "residents/panels/problems.html", _due, WRITE, 10),),
    reactions=(Reaction(VisitRecorded, _keep),),
)


@pytest.fixture
def joined(fresh_house: OpenHouse) -> OpenHouse:
    """The station with one manifest more."""
    heard.clear()
    own = registry_of((*registry().modules[1:], TOY))
    house = replace(fresh_house.house, station=replace(fresh_house.station, registry=own))
    return replace(fresh_house, house=house, app=create_app(house))


def _signed(visitor: Visitor, address: str, **others: str) -> Any:
    return send(visitor, address, "sign", **NOTE, **others)


def test_a_module_saves_what_is_due_with_the_same_figures(joined: OpenHouse) -> None:
    doctor = signed_in(joined, "gp1")
    address = begun(doctor)
    assert "到期随访" in words(doctor.get(address))
    assert send(doctor, address, "keep", **NOTE).status_code == 303
    assert heard == [], "a draft tells nobody"
    assert "随访 li-na 8867-4=76" in words(doctor.get(address))
    assert "8480-6=148" in words(doctor.get(address))
    assert _signed(doctor, address, **{SALT: "2"}).status_code == 303
    (event,) = heard
    assert (event.patient_id, f"/visits/{event.encounter_id}") == ("li-na", address)
    assert event.vitals["8480-6"] == Decimal(148)
    assert f"{event.vitals['8310-5']}" == "36.0"
    assert dict(event.answers) == {SALT: "2"}
    assert len(resources(joined, "Goal", patient="li-na")) == 1
    assert doctor.post(address, {**NOTE, "do": "sign"}).status_code == 303, "sent twice"
    assert len(heard) == 1


def test_a_module_that_refuses_undoes_the_visit_and_is_heard_at_its_field(
    joined: OpenHouse,
) -> None:
    doctor = signed_in(joined, "gp1")
    address = begun(doctor)
    before = opened(doctor, address)
    refused = doctor.post(address, {**before, **NOTE, "do": "sign", SALT: "多"})
    assert refused.status_code == 422
    assert "食盐应填 1、2 或 3" in words(refused)
    assert f'href="#field-{SALT}"' in refused.text
    assert 'value="76"' in refused.text
    visit = f"Encounter/{address.rpartition('/')[2]}"
    assert resources(joined, "Observation", encounter=visit) == []
    assert resources(joined, "Goal", patient="li-na") == []
