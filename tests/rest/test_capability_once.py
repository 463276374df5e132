"""The CapabilityStatement is computed once, and dated by when that was."""

from kernel.app import registry_of
from kernel.clock import Instant, iso_instant
from kernel.fhir.capability import capability_statement
from tests.support.house import MORNING, Client, OpenHouse

LATER: Instant = MORNING + 3_600_000_000


def test_the_types_are_computed_once_whatever_address_is_asked() -> None:
    registry = registry_of(())
    first = capability_statement(registry, "http://a.example/fhir/R4", "1", MORNING)
    again = capability_statement(registry, "http://b.example/fhir/R4", "1", LATER)
    assert first["rest"][0]["resource"]
    assert again["rest"][0]["resource"] is first["rest"][0]["resource"]
    assert again["date"] == first["date"] == iso_instant(MORNING)
    assert again["implementation"]["url"] == "http://b.example/fhir/R4"
    other = capability_statement(registry_of(()), "http://a.example/fhir/R4", "1", LATER)
    assert other["date"] == iso_instant(LATER)


def test_a_part_of_it_takes_nothing_from_the_next_answer(house: OpenHouse) -> None:
    anyone: Client = house.client(None)
    whole = anyone.get("metadata").json()
    summary = anyone.get("metadata?_summary=true&_format=json").json()
    part = anyone.get("metadata?_elements=date").json()
    assert "rest" in summary
    assert summary["meta"]["tag"][0]["code"] == "SUBSETTED"
    assert part["date"] == whole["date"]
    assert "software" not in part
    house.clock.advance(hours=1)
    assert anyone.get("metadata").json() == whole
