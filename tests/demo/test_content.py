"""The content of the synthetic city: deterministic, valid, closed, plausible, streamed."""

import hashlib
import os
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import cache
from itertools import islice
from pathlib import Path
from statistics import mean
from typing import Any

import pytest
from fhir.resources.R4B import get_fhir_model_class

from demo.directory import Directory, Resource, directory
from demo.history import YEARS, history
from demo.person import CLOSED_ON
from demo.population import HOUSEHOLD_RELATION, Household, households
from health.api import programme_of
from kernel.canonical import CITIZEN_ID, GB_RELATION, HEALTH_RECORD_NUMBER
from kernel.fhir.json import dumps
from kernel.fhir.questionnaire import values_of
from kernel.fhir.validate import check
from kernel.values import DocumentKind, name_keys, parse_identity_number, parse_phone

TODAY = date(2026, 11, 23)
CITY = directory()
TYPES = {
    "Organization", "Location", "Practitioner", "PractitionerRole", "Patient", "Group",
    "RelatedPerson", "Encounter", "Condition", "Observation", "MedicationRequest",
    "MedicationStatement", "AllergyIntolerance", "Immunization", "Procedure",
    "FamilyMemberHistory", "DiagnosticReport", "EpisodeOfCare", "CareTeam", "Composition",
    "QuestionnaireResponse", "Communication",
}  # fmt: skip


def city(
    residents: int, *, seed: int = 1, today: date = TODAY, of: Directory = CITY
) -> Iterator[Resource]:
    """The whole city in an order in which references resolve."""
    yield from of.resources()
    for household in households(residents, seed=seed, today=today, directory=of):
        yield from household.resources()
        for patient in household.patients:
            yield from history(patient, seed=seed, today=today, directory=of)


@cache
def sample() -> tuple[Household, ...]:
    return tuple(households(6_000, seed=7, today=TODAY, directory=CITY))


@cache
def sample_patients() -> tuple[Resource, ...]:
    return tuple(patient for household in sample() for patient in household.patients)


@cache
def sample_histories() -> tuple[tuple[Resource, list[Resource]], ...]:
    return tuple(
        (patient, history(patient, seed=7, today=TODAY, directory=CITY))
        for patient in sample_patients()[:2_000]
    )


def age(patient: Resource) -> int:
    return (TODAY - date.fromisoformat(patient["birthDate"])).days * 100 // 36_525


def identifier(patient: Resource, system: str) -> str | None:
    return next((i["value"] for i in patient["identifier"] if i["system"] == system), None)


def references(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        for key, value in node.items():
            if key == "reference" and isinstance(value, str):
                yield value
            else:
                yield from references(value)
    elif isinstance(node, list):
        for one in node:
            yield from references(one)


_DIGEST = """
import hashlib
from datetime import date
from tests.demo.test_content import city
from kernel.fhir.json import dumps
from kernel.fhir.questionnaire import values_of
digest = hashlib.sha256()
for resource in city(120, seed=3, today=date(2025, 6, 30)):
    digest.update(dumps(resource))
print(digest.hexdigest())
"""


def test_the_same_bytes_in_every_process() -> None:
    digests = set()
    for hash_seed in ("1", "2"):
        done = subprocess.run(
            [sys.executable, "-c", _DIGEST],
            capture_output=True,
            text=True,
            check=True,
            cwd=Path(__file__).parents[2],
            env={**os.environ, "PYTHONHASHSEED": hash_seed},
        )
        digests.add(done.stdout.strip())
    here = hashlib.sha256()
    for resource in city(120, seed=3, today=date(2025, 6, 30)):
        here.update(dumps(resource))
    assert digests == {here.hexdigest()}


def test_seed_and_today_matter() -> None:
    def digest(seed: int, today: date) -> str:
        found = hashlib.sha256()
        for resource in city(60, seed=seed, today=today):
            found.update(dumps(resource))
        return found.hexdigest()

    assert len({digest(1, TODAY), digest(2, TODAY), digest(1, TODAY - timedelta(days=1))}) == 3


def test_a_history_does_not_depend_on_what_was_made_before() -> None:
    patient = sample_patients()[1_234]
    first = history(patient, seed=7, today=TODAY, directory=directory())
    assert first == history(patient, seed=7, today=TODAY, directory=CITY)


@pytest.mark.parametrize("today", [TODAY, date(2024, 2, 29), date(2027, 1, 1)])
def test_everything_is_valid_r4(today: date) -> None:
    found: Counter[str] = Counter()
    for resource in city(150, today=today):
        check(resource, types=TYPES)
        get_fhir_model_class(resource["resourceType"]).model_validate(resource)
        found[resource["resourceType"]] += 1
    assert set(found) >= TYPES - {"Procedure", "RelatedPerson", "Communication"}


def test_every_type_occurs_in_the_demo_city() -> None:
    assert {resource["resourceType"] for resource in city(3_000)} == TYPES


def test_ids_are_unique_and_references_point_backwards() -> None:
    known: set[str] = set()
    for resource in city(1_500):
        missing = [one for one in references(resource) if one not in known]
        assert not missing, (resource["id"], missing)
        name = f"{resource['resourceType']}/{resource['id']}"
        assert name not in known
        known.add(name)


def test_exactly_as_many_residents_as_asked() -> None:
    for residents in (1, 2, 3, 50, 333):
        made = list(households(residents, seed=1, today=TODAY, directory=CITY))
        assert sum(len(h.patients) for h in made) == residents


def test_it_streams() -> None:
    whole = directory(63, 15)
    stream = households(1_000_000, seed=1, today=TODAY, directory=whole)
    assert isinstance(stream, Iterator)
    started = time.perf_counter()
    assert len(list(islice(stream, 20))) == 20
    assert time.perf_counter() - started < 1


def test_identity_numbers_are_valid_unique_and_agree() -> None:
    numbers = []
    for patient in sample_patients():
        number = identifier(patient, CITIZEN_ID)
        if number is None:
            continue
        numbers.append(number)
        found = parse_identity_number(number, today=TODAY)
        assert (found.value, found.kind, found.warnings) == (number, DocumentKind.CITIZEN_ID, ())
        assert found.birth_date == date.fromisoformat(patient["birthDate"])
        assert found.sex == patient["gender"]
    assert len(set(numbers)) == len(numbers)
    assert 0.985 < len(numbers) / len(sample_patients()) < 1


def test_other_documents_and_none_occur() -> None:
    kinds = Counter(
        patient["identifier"][1]["system"].rsplit("/", 1)[-1]
        if len(patient["identifier"]) > 1
        else "none"
        for patient in sample_patients()
    )
    assert kinds["hmt-residence-permit"] >= 5
    assert kinds["passport"] >= 5
    assert kinds["none"] >= 5
    assert kinds["birth-certificate"] >= 1
    for patient in sample_patients():
        permit = patient["identifier"][-1]
        if permit["system"].endswith("/hmt-residence-permit"):
            found = parse_identity_number(permit["value"], today=TODAY)
            assert found.kind is DocumentKind.HMT_RESIDENCE_PERMIT
            assert found.birth_date == date.fromisoformat(patient["birthDate"])


def test_record_numbers_are_unique_and_begin_with_a_committee_of_the_station() -> None:
    numbers = set()
    for patient in sample_patients():
        number = identifier(patient, HEALTH_RECORD_NUMBER)
        assert number is not None
        assert len(number) == 17
        assert number.isdigit()
        station = patient["managingOrganization"]["reference"].removeprefix("Organization/")
        assert number[:12] in {c.code for c in CITY.station_by_id[station].committees}
        numbers.add(number)
    assert len(numbers) == len(sample_patients())


def test_the_ages_are_those_of_an_ageing_city() -> None:
    ages = [age(patient) for patient in sample_patients()]
    assert min(ages) >= 0
    assert max(ages) < 106
    assert 0.17 < mean(a >= 65 for a in ages) < 0.25
    assert 0.10 < mean(a < 15 for a in ages) < 0.18
    assert 0.45 < mean(p["gender"] == "female" for p in sample_patients()) < 0.55


def test_names_and_phones_are_understood() -> None:
    for patient in sample_patients()[:800]:
        name = patient["name"][0]
        assert name["text"] in {name["family"] + name["given"][0], " ".join(
            (name["given"][0], name["family"])
        )}  # fmt: skip
        assert name_keys(name["text"])
        for telecom in patient.get("telecom", []):
            assert parse_phone(telecom["value"]).value == telecom["value"]


def test_each_household_has_one_head_and_holds_its_patients() -> None:
    for household in sample():
        members = household.group["member"]
        codes = [
            extension["valueCodeableConcept"]["coding"][0]
            for member in members
            for extension in member["extension"]
            if extension["url"] == HOUSEHOLD_RELATION
        ]
        assert [code["code"] for code in codes].count("02") == 1
        assert {code["system"] for code in codes} == {GB_RELATION}
        assert len(codes) == len(members)
        here = sum(not member["inactive"] for member in members)
        assert household.group["quantity"] == (here or len(members))
        assert [m["entity"]["reference"] for m in members] == [
            f"Patient/{patient['id']}" for patient in household.patients
        ]
        assert {m["inactive"] for m in members} == {not p["active"] for p in household.patients}
        for member in members:
            period = member["period"]
            assert period["start"] <= period.get("end", TODAY.isoformat())


def test_parents_are_old_enough() -> None:
    checked = 0
    for household in sample():
        born = {
            member["extension"][0]["valueCodeableConcept"]["coding"][0]["code"]: date.fromisoformat(
                patient["birthDate"]
            )
            for member, patient in zip(household.group["member"], household.patients, strict=True)
        }
        children = [day for code, day in born.items() if code[0] in "23"]
        parents = [day for code, day in born.items() if code in ("02", "12")]
        for child in children:
            assert all((child - parent).days > 17 * 365 for parent in parents)
            checked += 1
    assert checked > 500


def test_some_died_and_some_moved_and_their_records_are_closed() -> None:
    died = [p for p in sample_patients() if "deceasedDateTime" in p]
    gone = [p for p in sample_patients() if not p["active"]]
    assert 0.004 < len(died) / len(sample_patients()) < 0.03
    assert len(gone) > len(died)
    for patient in gone:
        closed = next(e["valueDate"] for e in patient["extension"] if e["url"] == CLOSED_ON)
        assert patient["birthDate"] <= closed < TODAY.isoformat()
        assert patient.get("deceasedDateTime", closed) == closed


def test_mothers_of_small_children_are_known_by_their_own_number() -> None:
    related = [one for household in sample() for one in household.related]
    by_id = {patient["id"]: patient for patient in sample_patients()}
    assert related
    for mother in related:
        child = by_id[mother["patient"]["reference"].removeprefix("Patient/")]
        assert age(child) < 3
        assert mother["birthDate"] < child["birthDate"]
        assert mother.get("identifier") != child["identifier"][1:]


def _moments(resource: Resource) -> Iterator[str]:
    for key in (
        "effectiveDateTime", "authoredOn", "recordedDate", "occurrenceDateTime",
        "performedDateTime", "issued", "dateAsserted", "date", "onsetDateTime",
    ):  # fmt: skip
        if key in resource:
            yield resource[key]
    yield from resource.get("period", {}).values()


def test_histories_lie_in_the_last_three_years_and_before_the_end() -> None:
    earliest = TODAY - timedelta(days=YEARS * 365)
    for patient, resources in sample_histories():
        closed = [e["valueDate"] for e in patient["extension"] if e["url"] == CLOSED_ON]
        end = closed[0] if closed else TODAY.isoformat()
        begin = max(earliest.isoformat(), patient["birthDate"])
        for resource in resources:
            for moment in _moments(resource):
                assert moment[:10] < end
                if resource["resourceType"] not in ("Condition", "FamilyMemberHistory"):
                    assert moment[:10] >= begin


def test_visits_are_in_working_hours() -> None:
    hours: Counter[bool] = Counter()
    for _, resources in sample_histories():
        for resource in resources:
            if resource["resourceType"] == "Encounter":
                start = datetime.fromisoformat(resource["period"]["start"])
                end = datetime.fromisoformat(resource["period"]["end"])
                assert start < end
                assert start.utcoffset() == timedelta(hours=8)
                assert 8 <= start.hour < 17
                assert end.hour < 18
                hours[start.weekday() == 6] += 1
    assert hours[True] < hours[False] / 200


def _values(resources: list[Resource], loinc: str, component: str | None = None) -> list[Decimal]:
    found = [
        r for r in resources
        if r["resourceType"] == "Observation" and r["code"]["coding"][0]["code"] == loinc
    ]  # fmt: skip
    if component is None:
        return [r["valueQuantity"]["value"] for r in found]
    return [
        part["valueQuantity"]["value"]
        for r in found
        for part in r["component"]
        if part["code"]["coding"][0]["code"] == component
    ]


def _has(resources: list[Resource], who: str) -> bool:
    return any(
        r["resourceType"] == "Condition" and r["code"]["coding"][1]["code"] == who
        for r in resources
    )


def test_the_illnesses_have_the_shares_of_the_coast() -> None:
    adults = [resources for patient, resources in sample_histories() if age(patient) >= 18]
    assert 0.20 < mean(_has(r, "I10") for r in adults) < 0.33
    assert 0.07 < mean(_has(r, "E11.9") for r in adults) < 0.15
    children = [resources for patient, resources in sample_histories() if age(patient) < 15]
    assert not any(_has(r, "I10") or _has(r, "E11.9") for r in children)
    average = mean(len(resources) for _, resources in sample_histories())
    assert 12 < average < 20


def answers_of(resources: list[Resource], form: str) -> Iterator[Resource]:
    """The answers to a form of this name."""
    for body in resources:
        asked = body.get("questionnaire", "").partition("|")[0]
        if body["resourceType"] == "QuestionnaireResponse" and asked.endswith(f"/{form}"):
            yield body


def _answered(resources: list[Resource], programme: str, key: str) -> list[Any]:
    """What was answered to one question at all follow-ups, in their order."""
    form = programme_of(programme).form()
    found = (values_of(form, body) for body in answers_of(resources, programme))
    return [values[key] for values in found if key in values]


def test_pressures_and_glucose_are_possible_and_differ_between_people() -> None:
    controlled = uncontrolled = 0
    for _, resources in sample_histories():
        systolic = _answered(resources, "hypertension", "systolic")
        diastolic = _answered(resources, "hypertension", "diastolic")
        systolic += _values(resources, "85354-9", "8480-6")
        diastolic += _values(resources, "85354-9", "8462-4")
        for high, low in zip(systolic, diastolic, strict=True):
            assert 80 <= high <= 220
            assert 40 <= low < high
        glucose = _answered(resources, "diabetes", "fasting-glucose")
        for value in glucose + _values(resources, "14770-2"):
            assert Decimal("3.5") <= value <= 28
        if _has(resources, "I10") and len(systolic) >= 4:
            controlled += mean(systolic) < 140
            uncontrolled += mean(systolic) >= 145
    assert controlled > 50
    assert uncontrolled > 15


def test_an_illness_is_followed_and_treated_only_once_it_is_known() -> None:
    checked = 0
    for _, resources in sample_histories():
        recorded = {
            f"Condition/{r['id']}": r["recordedDate"][:10]
            for r in resources
            if r["resourceType"] == "Condition"
        }
        for resource in resources:
            day = resource.get("authoredOn") or resource.get("period", {}).get("start")
            cited = resource.get("reasonReference", []) + [
                one["condition"] for one in resource.get("diagnosis", [])
            ]
            for one in cited:
                assert day is not None
                assert recorded[one["reference"]] <= day[:10]
                checked += 1
    assert checked > 1_000


def test_some_fall_off_from_follow_up() -> None:
    cutoff = (TODAY - timedelta(days=200)).isoformat()
    regular = lost = 0
    for patient, resources in sample_histories():
        visits = [
            r["period"]["start"] for r in resources
            if r["resourceType"] == "Encounter" and r["reasonCode"][0]["text"].endswith("随访")
        ]  # fmt: skip
        if patient["active"] and visits:
            regular += max(visits) >= cutoff
            lost += max(visits) < cutoff
    assert 0.03 < lost / (lost + regular) < 0.3


def test_numbers_keep_their_digits() -> None:
    texts = set()
    for _, resources in sample_histories():
        for loinc, digits in (("14771-0", 2), ("29463-7", 1), ("8867-4", 0), ("39156-5", 2)):
            for value in _values(resources, loinc):
                assert isinstance(value, Decimal) or (digits == 0 and isinstance(value, int))
                assert Decimal(value).as_tuple().exponent == -digits
                texts.add(dumps(value).decode())
    assert any(text.endswith("0") and "." in text for text in texts)


def test_heights_weights_and_indexes_agree() -> None:
    checked = 0
    for _, resources in sample_histories():
        index = _values(resources, "39156-5")
        if len(index) == 1 and len(_values(resources, "8302-2")) == 1:
            (visit,) = (r["encounter"] for r in resources if _is_index(r))
            there = [r for r in resources if r.get("encounter") == visit]
            (weight,) = _values(there, "29463-7")
            metres = _values(resources, "8302-2")[0] / 100
            assert abs(weight / metres**2 - index[0]) <= Decimal("0.01")
            assert 12 < index[0] < 45
            checked += 1
    assert checked > 30


def _is_index(body: Resource) -> bool:
    return bool(body["resourceType"] == "Observation" and _values([body], "39156-5"))


def test_an_examination_is_an_answer_with_its_observations() -> None:
    answers = 0
    for _, resources in sample_histories():
        by_id = {r["id"]: r for r in resources}
        for answer in answers_of(resources, "health-examination"):
            derived = {k for k in by_id if k.startswith(f"{answer['id']}-")}
            assert {f"{answer['id']}-{key}" for key in ("height", "weight", "bmi")} <= derived
            visit = by_id[answer["encounter"]["reference"].removeprefix("Encounter/")]
            assert visit["reasonCode"][0]["text"].endswith("健康体检")
            assert visit["period"]["start"].startswith(answer["authored"])
            assert not [r for r in resources if r["resourceType"] == "Composition"
                        and r["encounter"] == answer["encounter"]]  # fmt: skip
            answers += 1
    assert answers > 100
