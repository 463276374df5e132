"""The one write path: what a save does beyond storing a body."""

from typing import Any

import pytest
from sqlalchemy import select

from kernel.db.derived import search_reference
from kernel.db.tables import audit_inbox, fhir_history, fhir_resource
from kernel.errors import Refused
from kernel.fhir.store import Draft, delete, read, save, save_all
from tests.cast import RESIDENTS, encounter, observation
from tests.support.house import OpenHouse

WHEN = "2026-11-20T09:00:00+08:00"


def _owners(house: OpenHouse, patient_id: str) -> dict[str, set[Any]]:
    """Which institutions keep the rows of a person, by table."""
    registry = house.station.registry
    tables = [fhir_resource, *(registry.search[s.type] for s in registry.compartment())]
    with house.database.reading() as connection:
        return {
            table.name: found
            for table in tables
            if (
                found := set(
                    connection.scalars(
                        select(table.c.organisation_id).where(table.c.patient_id == patient_id)
                    )
                )
            )
        }


def test_a_move_takes_the_whole_file_along_without_new_versions(fresh_house: OpenHouse) -> None:
    platform = fresh_house.actor("platform")
    moved = {**RESIDENTS["li-na"], "id": "li-na"}
    moved["managingOrganization"] = {"reference": "Organization/station-2"}
    before = fresh_house.client("gp1").get("Patient/li-na/$everything?_count=100").json()
    with fresh_house.station.write(platform) as work:
        save(work, moved, id="li-na")
    owners = _owners(fresh_house, "li-na")
    assert len(owners) >= 6
    assert all(found == {"station-2"} for found in owners.values()), owners
    with fresh_house.database.reading() as connection:
        versions = connection.execute(
            select(fhir_resource.c.type, fhir_resource.c.version).where(
                fhir_resource.c.patient_id == "li-na",
                fhir_resource.c.type.not_in(("Patient", "EpisodeOfCare")),
            )
        ).all()
        kept = connection.execute(
            select(fhir_history.c.organisation_id).where(fhir_history.c.id == "li-na")
        ).scalar_one()
    assert {version for _, version in versions} == {1}
    assert kept == "station-1", "the history keeps where it was"
    assert fresh_house.client("gp1").get("Patient/li-na").status_code == 404
    after = fresh_house.client("gp2").get("Patient/li-na/$everything?_count=100").json()
    names = {e["resource"]["id"] for e in after["entry"]}
    assert names >= {e["resource"]["id"] for e in before["entry"]} - {"station-1"}


def test_a_gp_cannot_push_a_record_to_another_station(fresh_house: OpenHouse) -> None:
    moved = {**RESIDENTS["li-na"], "managingOrganization": {"reference": "Organization/station-2"}}
    with (
        pytest.raises(Refused) as caught,
        fresh_house.station.write(fresh_house.actor("gp1")) as work,
    ):
        save(work, {**moved, "id": "li-na"}, id="li-na")
    assert caught.value.status == 403
    assert all(o == {"station-1"} for o in _owners(fresh_house, "li-na").values())


def test_what_was_said_of_somebody_who_moved_may_be_said_again(fresh_house: OpenHouse) -> None:
    """A group of station-1 names a person whose record station-2 keeps by now."""
    group = {
        "resourceType": "Group",
        "id": "walkers",
        "type": "person",
        "actual": True,
        "managingEntity": {"reference": "Organization/station-1"},
        "member": [{"entity": {"reference": "Patient/li-na"}}],
    }
    fresh_house.save(group)
    moved = {**RESIDENTS["li-na"], "managingOrganization": {"reference": "Organization/station-2"}}
    fresh_house.save({**moved, "id": "li-na"}, as_="platform")
    assert fresh_house.save({**group, "name": "晨练"})[0].version == 2
    members = [{"entity": {"reference": f"Patient/{id_}"}} for id_ in ("li-na", "zhao-lei")]
    with pytest.raises(Refused) as caught:
        fresh_house.save({**group, "member": members})
    assert [i.expression for i in caught.value.issues] == ["Group.member.entity"]


def test_a_dangling_reference_is_kept_listed_and_grants_nothing(fresh_house: OpenHouse) -> None:
    body = observation("nobody-yet", "8867-4", 72, "/min", WHEN)
    with pytest.raises(Refused) as caught:
        fresh_house.save(body)
    assert caught.value.status == 422
    assert [i.expression for i in caught.value.issues] == ["Observation.subject"]
    saved = fresh_house.save(body, as_="platform")[0]
    assert saved.patient_id is None
    with fresh_house.database.reading() as connection:
        listed = connection.execute(
            select(search_reference.c.path, search_reference.c.target_id).where(
                search_reference.c.found.is_(False)
            )
        ).all()
    assert [tuple(row) for row in listed] == [("subject", "nobody-yet")]
    assert fresh_house.client("gp1").get(f"Observation/{saved.id}").status_code == 404
    fresh_house.save({**RESIDENTS["li-na"], "id": "nobody-yet"}, as_="gp1")
    answer = fresh_house.client("gp1").get("Observation?patient=nobody-yet")
    assert [e["resource"]["id"] for e in answer.json()["entry"]] == [saved.id]


def test_a_batch_is_all_or_nothing(fresh_house: OpenHouse) -> None:
    good = {**encounter("li-na", WHEN), "id": "half-a-visit"}
    bad = {
        **observation("li-na", "8867-4", 72, "/min", WHEN),
        "encounter": {"reference": "Encounter/no"},
    }
    with pytest.raises(Refused):
        fresh_house.save(good, bad)
    with fresh_house.database.reading() as connection:
        for table in (fhir_resource, audit_inbox):
            column = table.c.id if table is fhir_resource else table.c.resource_id
            assert connection.scalar(select(column).where(column == "half-a-visit")) is None


def test_one_resource_cannot_be_written_twice_at_once(fresh_house: OpenHouse) -> None:
    one = {**encounter("li-na", WHEN), "id": "twin"}
    with pytest.raises(Refused, match="twice in one transaction"):
        fresh_house.save(one, dict(one))


def test_deleting_keeps_the_history_and_can_be_undone(fresh_house: OpenHouse) -> None:
    station, actor = fresh_house.station, fresh_house.actor("gp1")
    spec = station.registry.specs["Encounter"]
    fresh_house.save({**encounter("li-na", WHEN), "id": "gone"})
    with station.write(actor) as work:
        assert delete(work, spec, "gone") == 2
        assert delete(work, spec, "gone") is None
    with pytest.raises(Refused) as caught, station.read(actor) as work:
        read(work, spec, "gone")
    assert caught.value.status == 410
    again = fresh_house.save({**encounter("li-na", WHEN), "id": "gone"})[0]
    assert (again.version, again.created) == (3, True)


def test_what_others_refer_to_cannot_be_deleted(fresh_house: OpenHouse) -> None:
    station, actor = fresh_house.station, fresh_house.actor("gp1")
    for type_, id_, status in (("Encounter", "li-na-visit", 409), ("Patient", "li-na", 422)):
        with pytest.raises(Refused) as caught, station.write(actor) as work:
            delete(work, station.registry.specs[type_], id_)
        assert caught.value.status == status, type_


def test_a_resource_in_a_compartment_goes_where_the_person_is(fresh_house: OpenHouse) -> None:
    """The platform writes for the city, but the record stays with the person's station."""
    saved = fresh_house.save(encounter("li-na", WHEN), as_="platform")[0]
    assert fresh_house.client("gp1").get(f"Encounter/{saved.id}").status_code == 200
    assert fresh_house.client("gp2").get(f"Encounter/{saved.id}").status_code == 404


def test_provenance_follows_the_person_of_what_it_is_about(fresh_house: OpenHouse) -> None:
    with fresh_house.station.write(fresh_house.actor("gp1")) as work:
        drafts = [
            Draft(
                {
                    "resourceType": "Provenance",
                    "target": [{"reference": "Encounter/li-na-visit"}],
                    "recorded": "2026-11-20T09:00:00+08:00",
                    "agent": [{"who": {"reference": "Practitioner/practitioner-station-1-gp"}}],
                }
            )
        ]
        assert save_all(work, drafts)[0].patient_id == "li-na"
