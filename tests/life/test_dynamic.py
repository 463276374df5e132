"""Dynamic use (health-record.md §13.6): what counts, what does not, and the worklist."""

from datetime import date
from typing import Any

import pytest

from records.life.closing import Closing
from records.life.dynamic import dynamic, figures, last_year
from records.life.selection import FileQuery
from records.life.services import close_file
from records.life.services_done import reason_of
from records.residents.queries import ResidentQuery, list_residents
from tests.cast import LOINC, coded, encounter, observation, to
from tests.life.people import TODAY, days_ago, filed, working
from tests.support.house import OpenHouse

WHEN = "2026-03-03T09:00:00+08:00"
CVX = "http://hl7.org/fhir/sid/cvx"


def record(type_: str, id_: str, status: str, when: str = WHEN, **others: Any) -> dict[str, Any]:
    """A record of one of the types that count."""
    person = to("Patient", id_)
    bodies: dict[str, dict[str, Any]] = {
        "Encounter": encounter(id_, when),
        "Composition": {
            "type": coded(LOINC, "34117-2"),
            "subject": person,
            "date": when,
            "author": [to("Practitioner", "practitioner-station-1-gp")],
            "title": "接诊记录",
        },
        "QuestionnaireResponse": {"subject": person, "authored": when},
        "Immunization": {
            "patient": person,
            "vaccineCode": coded(CVX, "140"),
            "occurrenceDateTime": when,
        },
        "Procedure": {"subject": person, "performedDateTime": when},
    }
    return {**bodies[type_], "resourceType": type_, "status": status, **others}


COUNTING = [
    ("Encounter", "finished"), ("Composition", "final"), ("Composition", "amended"),
    ("QuestionnaireResponse", "completed"), ("QuestionnaireResponse", "amended"),
    ("Immunization", "completed"), ("Procedure", "completed"),
]  # fmt: skip
NOT_COUNTING = [
    ("Encounter", "planned", "planned"), ("Encounter", "arrived", "planned"),
    ("Encounter", "in-progress", "planned"), ("Encounter", "cancelled", "cancelled"),
    ("Encounter", "entered-in-error", "wrong"), ("Composition", "preliminary", "planned"),
    ("QuestionnaireResponse", "in-progress", "planned"),
    ("QuestionnaireResponse", "stopped", "cancelled"),
    ("QuestionnaireResponse", "entered-in-error", "wrong"),
    ("Immunization", "not-done", "cancelled"), ("Procedure", "preparation", "planned"),
    ("Procedure", "not-done", "cancelled"), ("Procedure", "entered-in-error", "wrong"),
]  # fmt: skip


def used(house: OpenHouse, id_: str) -> bool:
    with house.station.read(house.actor("gp1")) as work:
        return dynamic(work, id_, *last_year(TODAY)).used


@pytest.mark.parametrize(("type_", "status"), COUNTING)
def test_what_counts(house: OpenHouse, type_: str, status: str) -> None:
    id_ = filed(house)
    assert not used(house, id_)
    house.save(record(type_, id_, status))
    assert used(house, id_)


@pytest.mark.parametrize(("type_", "status", "reason"), NOT_COUNTING)
def test_what_does_not_count_says_why(
    house: OpenHouse, type_: str, status: str, reason: str
) -> None:
    id_ = filed(house)
    house.save(record(type_, id_, status))
    with house.station.read(house.actor("gp1")) as work:
        found = dynamic(work, id_, *last_year(TODAY))
    assert (found.used, found.counted) == (False, 0)
    assert [(one.type, one.reason) for one in found.services] == [(type_, reason)]


def test_who_somebody_is_is_no_service() -> None:
    form = "https://station.example.org/fhir/Questionnaire/personal-information|1"
    body = record("QuestionnaireResponse", "x", "completed", questionnaire=form)
    assert reason_of(body) == "about-person"
    other = form.replace("personal-information", "examination")
    assert reason_of({**body, "questionnaire": other}) == ""


def test_corrections_and_measurements_alone_are_no_service(house: OpenHouse) -> None:
    """An address change, an import, a view leave no record of a service."""
    id_ = filed(house)
    gp = house.client("gp1")
    body = gp.get(f"Patient/{id_}").json()
    assert gp.put(f"Patient/{id_}", {**body, "address": [{"text": "新地址"}]}).status_code == 200
    house.save(observation(id_, "8867-4", 72, "/min", WHEN))
    gp.get(f"Patient/{id_}/$everything")
    assert not used(house, id_)


@pytest.mark.parametrize(
    ("when", "counts"),
    [
        ("2025-11-23T23:59:00+08:00", False),
        ("2025-11-24T00:00:00+08:00", True),
        ("2026-11-23T08:00:00+08:00", True),
        ("2026-11-24T00:00:00+08:00", False),
    ],
)
def test_a_year_is_twelve_months_up_to_today(house: OpenHouse, when: str, counts: bool) -> None:
    id_ = filed(house, on=days_ago(800))
    house.save(record("Immunization", id_, "completed", when))
    assert used(house, id_) is counts


def test_the_last_year_has_both_its_days() -> None:
    assert last_year(date(2026, 11, 23)) == (date(2025, 11, 24), date(2026, 11, 23))
    assert last_year(date(2024, 2, 29)) == (date(2023, 3, 1), date(2024, 2, 29))


def test_a_correction_of_the_status_is_seen_at_once(house: OpenHouse) -> None:
    id_ = filed(house)
    saved = house.save(record("Encounter", id_, "finished"))[0]
    house.save({**record("Encounter", id_, "entered-in-error"), "id": saved.id})
    assert not used(house, id_)


def test_the_worklist_holds_kept_files_without_service_and_closes_none(house: OpenHouse) -> None:
    first, busy, closed = (filed(house) for _ in range(3))
    drafted = filed(house, draft=True)
    house.save(record("Encounter", busy, "finished"))
    with working(house) as work:
        close_file(work, closed, Closing("4", days_ago(2), signed_on=days_ago(3)))
    with house.station.read() as work:
        query = ResidentQuery(file=FileQuery(use="inactive"))
        found = {body["id"] for body in list_residents(work, query, limit=500).bodies}
    assert first in found
    assert not {busy, closed, drafted} & found
    assert house.client("gp1").get(f"Patient/{first}").json()["active"] is True


def test_the_figures_add_up_and_end_at_the_own_institution(fresh_house: OpenHouse) -> None:
    with fresh_house.station.read(fresh_house.actor("gp1")) as work:
        before = figures(work)
    assert before == (3, 3)
    id_ = filed(fresh_house)
    with fresh_house.station.read(fresh_house.actor("gp1")) as work:
        assert figures(work) == (4, 3)
        assert figures(work).inactive == 1
    fresh_house.save(record("Encounter", id_, "finished"))
    for name, expected in (("gp1", (4, 4)), ("gp2", (2, 2)), ("centre1", (6, 6))):
        with fresh_house.station.read(fresh_house.actor(name)) as work:
            assert figures(work) == expected
