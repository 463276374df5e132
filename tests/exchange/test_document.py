"""A person's file as a FHIR document: how it leaves one house and arrives in another one."""

import base64
import copy
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from demo.directory import directory
from demo.history import history
from demo.population import households
from kernel.canonical import CITIZEN_ID
from kernel.errors import Refused
from kernel.fhir import json
from kernel.fhir.store import Draft, save_all
from kernel.fhir.validate import problems
from records.exchange.arrival import Arrived, Doubtful, take_document
from records.exchange.foreign import ORIGINAL
from records.exchange.received import read_document
from records.life.intervals import list_intervals
from records.residents.queries import find_all
from tests.cast import condition, observation, patient, records_of
from tests.conformance.samples import exact
from tests.support.house import OpenHouse, Templates, cloned_house

TODAY = date(2026, 11, 23)
_DIV = '<div xmlns="http://www.w3.org/1999/xhtml">头晕三天</div>'
NUMBER = "379900196003120013"
OTHER_NUMBER = "379900196003120050"
Body = dict[str, Any]


@pytest.fixture
def other_house(
    fresh_house: OpenHouse, templates: Templates, tmp_path: Path
) -> Iterator[OpenHouse]:
    """A second station, which knows nothing of the first one."""
    folder = tmp_path / "other"
    folder.mkdir()
    with cloned_house(templates, fresh_house.kind, folder) as house:
        yield house


def put(house: OpenHouse, bodies: list[Body]) -> None:
    """Write resources as the house itself, under their own ids."""
    with house.station.write() as work:
        save_all(work, [Draft(body, body["id"]) for body in bodies])


def newcomer(id_: str = "ma-xiulan", number: str = NUMBER) -> Body:
    """A resident whom the other house does not know."""
    body = patient("马秀兰", "female", "1960-03-12")
    grid = {"url": "committee", "valueString": "379901001001"}
    return {
        **body,
        "id": id_,
        "identifier": [{"system": CITIZEN_ID, "value": number, "use": "official"}],
        "address": [
            {
                "use": "home",
                "text": "滨海市海阳区花园小区9号楼",
                "extension": [
                    {
                        "url": "https://station.example.org/fhir/StructureDefinition/grid-address",
                        "extension": [grid],
                    }
                ],
            }
        ],
    }


def exported(house: OpenHouse, id_: str, as_: str = "gp1") -> Body:
    answer = house.client(as_).get(f"Patient/{id_}/$document")
    assert answer.status_code == 200, answer.text
    body: Body = json.loads(answer.content)
    return body


def imported(house: OpenHouse, document: Body, *, as_: str = "gp2", who: str = "") -> Arrived:
    with house.station.write(house.actor(as_)) as work:
        return take_document(work, read_document(work, json.dumps(document)), who=who)


def read(house: OpenHouse, path: str, as_: str = "gp2") -> Body:
    answer = house.client(as_).get(path)
    assert answer.status_code == 200, f"{path}: {answer.text}"
    body: Body = json.loads(answer.content)
    return body


def clinical(body: Body) -> Any:
    """A resource without what the server and the receiving house own."""
    return exact({name: value for name, value in body.items() if name != "meta"})


def test_a_document_has_everything_and_begins_with_its_summary(house: OpenHouse) -> None:
    document = exported(house, "wang-xiaoming")
    kinds = [entry["resource"]["resourceType"] for entry in document["entry"]]
    assert document["type"] == "document"
    assert document["identifier"]["value"].startswith("urn:uuid:")
    assert document["timestamp"].startswith("2026-11-23T01:05")
    assert kinds[:2] == ["Composition", "Patient"]
    composition = document["entry"][0]["resource"]
    assert composition["type"]["coding"][0]["code"] == "60591-5"
    assert composition["subject"]["reference"] == "Patient/wang-xiaoming"
    told = {entry["reference"] for section in composition["section"] for entry in section["entry"]}
    held = {f"{e['resource']['resourceType']}/{e['resource']['id']}" for e in document["entry"]}
    assert told <= held
    assert {f"{b['resourceType']}/{b['id']}" for b in records_of("wang-xiaoming")} <= held
    assert "Organization/station-1" in held
    titles = {section["code"]["coding"][0]["code"] for section in composition["section"]}
    assert titles == {"11450-4", "48765-2", "8716-3"}
    for entry in document["entry"]:
        found, checked = problems(entry["resource"], types=house.station.registry.specs)
        assert checked is not None, found
        assert entry["fullUrl"].endswith(f"/{entry['resource']['id']}") or entry[
            "fullUrl"
        ].startswith("urn:uuid:")
    assert problems(document, types={"Bundle"})[1] is not None


def test_only_who_sees_the_person_gets_the_document(house: OpenHouse) -> None:
    assert house.client("gp2").get("Patient/wang-xiaoming/$document").status_code == 404
    assert house.client("gp1").get("Patient/nobody/$document").status_code == 404
    assert house.client("gp1").get("Patient/$document").status_code in (400, 404)
    assert house.client("auditor").get("Patient/wang-xiaoming/$document").status_code == 403


def test_a_person_arrives_with_everything(fresh_house: OpenHouse, other_house: OpenHouse) -> None:
    facts = [{**body, "id": body["id"]} for body in records_of("ma-xiulan")]
    put(fresh_house, [newcomer(), *facts])
    document = exported(fresh_house, "ma-xiulan")
    done = imported(other_house, document)
    assert done.patient_id == "ma-xiulan"
    for body in facts:
        there = read(fresh_house, f"{body['resourceType']}/{body['id']}", "gp1")
        here = read(other_house, f"{body['resourceType']}/{body['id']}")
        assert clinical(here) == clinical(there)
    person = read(other_house, "Patient/ma-xiulan")
    assert person["managingOrganization"]["reference"] == "Organization/station-2"
    assert person["name"] == newcomer()["name"]
    with other_house.station.read() as work:
        intervals = list_intervals(work, "ma-xiulan")
    assert [(one.organisation_id, one.from_on, one.to_on) for one in intervals] == [
        ("station-2", TODAY, None)
    ]
    episodes = other_house.client("gp2").search("EpisodeOfCare", ("patient", "ma-xiulan")).json()
    kinds = {
        coding["code"]
        for entry in episodes["entry"]
        for concept in entry["resource"]["type"]
        for coding in concept["coding"]
    }
    assert kinds == {"record-management", "record-management-elsewhere"}


def test_the_same_document_again_changes_nothing(
    fresh_house: OpenHouse, other_house: OpenHouse
) -> None:
    put(fresh_house, [newcomer(), *records_of("ma-xiulan")])
    document = exported(fresh_house, "ma-xiulan")
    first = imported(other_house, copy.deepcopy(document))
    again = imported(other_house, copy.deepcopy(document))
    assert first.created > 5
    assert (again.patient_id, again.created, again.updated) == ("ma-xiulan", 0, 0)
    # A newer document of the same file brings what is new, and only that.
    put(fresh_house, [{**condition("ma-xiulan", "E11", "2026-11-22", "2型糖尿病"), "id": "ma-e11"}])
    newer = imported(other_house, exported(fresh_house, "ma-xiulan"))
    assert newer.patient_id == "ma-xiulan"
    assert read(other_house, "Condition/ma-e11")["code"]["text"] == "2型糖尿病"
    assert newer.created == 3, "the condition, and the document as it came"
    assert newer.updated == 0


def test_ids_that_are_taken_are_given_anew_and_always_the_same(
    fresh_house: OpenHouse, other_house: OpenHouse
) -> None:
    """`li-na` is somebody else in the other house, and so is what lies under her ids."""
    stranger = {**newcomer("li-na", OTHER_NUMBER), "name": [{"text": "高凤英"}]}
    with fresh_house.station.write() as work:
        save_all(work, [Draft(stranger, "li-na")])
    document = exported(fresh_house, "li-na")
    done = imported(other_house, copy.deepcopy(document))
    assert done.patient_id.startswith("from-")
    again = imported(other_house, copy.deepcopy(document))
    assert (again.patient_id, again.created, again.updated) == (done.patient_id, 0, 0)
    found = other_house.client("gp2").search("Condition", ("patient", done.patient_id)).json()
    assert [one["resource"]["code"]["text"] for one in found["entry"]] == ["原发性高血压"]
    assert read(other_house, "Patient/li-na", "gp1")["name"][0]["text"] == "李娜"


def test_staff_of_elsewhere_becomes_a_name(fresh_house: OpenHouse, other_house: OpenHouse) -> None:
    nurse = {
        "resourceType": "Practitioner",
        "id": "far-nurse",
        "identifier": [{"system": "http://far.example/staff", "value": "N-7"}],
        "name": [{"text": "远方护士"}],
    }
    drug = {"resourceType": "Medication", "id": "far-drug", "code": {"text": "远方片"}}
    seen = observation("ma-xiulan", "8867-4", 71, "/min", "2026-11-20T09:00:00+08:00")
    put(
        fresh_house,
        [
            newcomer(),
            nurse,
            drug,
            {**seen, "id": "ma-pulse", "performer": [{"reference": "Practitioner/far-nurse"}]},
            {
                "resourceType": "MedicationStatement",
                "id": "ma-drug",
                "status": "active",
                "subject": {"reference": "Patient/ma-xiulan"},
                "medicationReference": {"reference": "Medication/far-drug"},
            },
        ],
    )
    imported(other_house, exported(fresh_house, "ma-xiulan"))
    performer = read(other_house, "Observation/ma-pulse")["performer"][0]
    assert performer["display"] == "远方护士"
    assert performer["identifier"]["value"] == "N-7"
    assert performer["type"] == "Practitioner"
    assert performer["extension"] == [{"url": ORIGINAL, "valueString": "Practitioner/far-nurse"}]
    assert "reference" not in performer
    statement = read(other_house, "MedicationStatement/ma-drug")
    assert statement["contained"][0]["code"]["text"] == "远方片"
    local = statement["medicationReference"]["reference"]
    assert local == f"#{statement['contained'][0]['id']}"


def test_the_document_itself_is_kept(fresh_house: OpenHouse, other_house: OpenHouse) -> None:
    put(fresh_house, [newcomer()])
    document = exported(fresh_house, "ma-xiulan")
    imported(other_house, copy.deepcopy(document))
    found = other_house.client("gp2").search("DocumentReference", ("patient", "ma-xiulan")).json()
    reference = found["entry"][0]["resource"]
    assert reference["masterIdentifier"] == document["identifier"]
    binary = read(other_house, reference["content"][0]["attachment"]["url"])
    assert json.loads(base64.b64decode(binary["data"])) == document


def test_a_person_with_the_same_number_is_recognised(
    fresh_house: OpenHouse, other_house: OpenHouse
) -> None:
    put(fresh_house, [newcomer(), *records_of("ma-xiulan")])
    put(
        other_house,
        [
            {
                **newcomer("known-here"),
                "managingOrganization": {"reference": "Organization/station-2"},
            }
        ],
    )
    document = exported(fresh_house, "ma-xiulan")
    done = imported(other_house, copy.deepcopy(document))
    assert done.patient_id == "known-here"
    kept = read(other_house, "Condition/ma-xiulan-i10")
    assert kept["subject"]["reference"] == "Patient/known-here"
    assert imported(other_house, copy.deepcopy(document)).created == 0


def test_who_is_kept_by_another_institution_is_not_taken_away(
    fresh_house: OpenHouse, other_house: OpenHouse
) -> None:
    put(fresh_house, [newcomer()])
    put(other_house, [newcomer("known-here")])
    with pytest.raises(Refused) as refused:
        imported(other_house, exported(fresh_house, "ma-xiulan"))
    assert refused.value.status == 409
    assert "档案迁移" in str(refused.value)


def test_who_may_be_somebody_known_is_asked(fresh_house: OpenHouse, other_house: OpenHouse) -> None:
    put(fresh_house, [newcomer(), *records_of("ma-xiulan")])
    here = {
        **newcomer("known-here"),
        "identifier": [],
        "managingOrganization": {"reference": "Organization/station-2"},
    }
    put(other_house, [{name: value for name, value in here.items() if value != []}])
    document = exported(fresh_house, "ma-xiulan")
    with pytest.raises(Doubtful) as doubt:
        imported(other_house, copy.deepcopy(document))
    assert [one.patient_id for one in doubt.value.suspects] == ["known-here"]
    assert imported(other_house, copy.deepcopy(document), who="new").patient_id == "ma-xiulan"


@pytest.mark.parametrize(
    "change",
    [
        lambda d: d.update(type="collection"),
        lambda d: d["entry"].pop(0),
        lambda d: d["entry"].pop(1),
        lambda d: d.update(entry=[]),
        lambda d: d["entry"].append({"fullUrl": "x"}),
        lambda d: d["entry"][1]["resource"].update(gender="woman"),
        lambda d: d["entry"][0]["resource"]["subject"].update(reference="Patient/another"),
    ],
)
def test_what_is_no_document_is_refused_in_words(house: OpenHouse, change: Any) -> None:
    document = exported(house, "wang-xiaoming")
    change(document)
    with house.station.read(house.actor("gp2")) as work, pytest.raises(Refused) as refused:
        read_document(work, json.dumps(document))
    assert refused.value.status == 422
    assert "文档" in str(refused.value)


@pytest.mark.slow
def test_every_statement_of_a_random_person_arrives_equal(
    fresh_house: OpenHouse, other_house: OpenHouse
) -> None:
    cast = directory()
    held = {f"{b['resourceType']}/{b['id']}" for b in cast.resources()}

    @settings(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck), database=None)
    @given(seed=st.integers(0, 10_000))
    def arrives(seed: int) -> None:
        home = next(households(1, seed=seed, today=TODAY, directory=cast))
        person = json.loads(json.dumps(home.patients[0]))
        facts = json.loads(json.dumps(history(person, seed=seed, today=TODAY, directory=cast)))
        id_ = f"random-{seed}"
        text = json.dumps([person, *facts]).decode().replace(person["id"], id_)
        put(fresh_house, json.loads(text))  # the synthetic city begins every seed with one id
        document = exported(fresh_house, id_, "platform")
        with other_house.station.write() as work:
            raw = json.dumps(document)
            take_document(work, read_document(work, raw), who="new", keeper="station-2")
        for entry in document["entry"][2:]:
            body = entry["resource"]
            path = f"{body['resourceType']}/{body['id']}"
            if path not in held and body["resourceType"] not in ("EpisodeOfCare", "Provenance"):
                assert clinical(read(other_house, path, "platform")) == clinical(body)

    arrives()


def test_what_was_signed_elsewhere_arrives_signed(
    fresh_house: OpenHouse, other_house: OpenHouse
) -> None:
    """A signed note cannot be changed here either; taking the document in again leaves it alone."""
    note: Body = {
        "resourceType": "Composition",
        "id": "ma-note",
        "status": "final",
        "type": {"coding": [{"system": "http://loinc.org", "code": "34117-2"}]},
        "subject": {"reference": "Patient/ma-xiulan"},
        "encounter": {"reference": "Encounter/ma-xiulan-visit"},
        "date": "2026-11-20T09:30:00+08:00",
        "title": "接诊记录",
        "section": [{"title": "主观资料", "text": {"status": "generated", "div": _DIV}}],
    }
    with fresh_house.station.read() as work:
        staff = find_all(work, "Practitioner", ("_count", "1"))[0]["id"]
    note["author"] = [{"reference": f"Practitioner/{staff}"}]
    put(fresh_house, [newcomer(), *records_of("ma-xiulan"), note])
    document = exported(fresh_house, "ma-xiulan")
    done = imported(other_house, copy.deepcopy(document), as_="head1")
    assert clinical(read(other_house, "Composition/ma-note", "gp1")) == clinical(
        read(fresh_house, "Composition/ma-note", "gp1")
    )
    assert imported(other_house, document, as_="head1").created == 0
    assert done.patient_id == "ma-xiulan"
