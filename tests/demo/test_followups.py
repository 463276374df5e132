"""The demo's programmes: answers in order, decided by the norm, and the tours' residents."""

from collections import Counter
from collections.abc import Iterator
from datetime import date, timedelta
from itertools import pairwise
from typing import Any

import pytest

from demo.directory import Resource
from demo.history import history
from demo.population import households
from demo.tour import STATION, casting
from health.api import PROGRAMMES, programme_of
from kernel.fhir.questionnaire import canonical_of, read_response, values_of
from tests.demo.test_content import CITY, TODAY, answers_of, sample_histories

FOLLOWED = (
    "hypertension", "diabetes", "coronary", "stroke", "copd", "elderly", "rehabilitation",
    "home-bed", "pressure-screening", "glucose-screening",
)  # fmt: skip


def _answers(resources: list[Resource], name: str) -> Iterator[dict[str, Any]]:
    form = programme_of(name).form()
    return (dict(values_of(form, body)) for body in answers_of(resources, name))


def test_every_answer_is_one_that_the_form_takes() -> None:
    forms = {canonical_of(one.form()): one.form() for one in PROGRAMMES}
    checked: Counter[str] = Counter()
    for _, resources in sample_histories()[:600]:
        for body in resources:
            form = forms.get(body.get("questionnaire", ""))
            if form is not None:
                assert read_response(form, body).errors == {}, body["id"]
                checked[form.name] += 1
    assert set(checked) >= set(FOLLOWED)


def test_somebodys_answers_come_in_order_and_within_the_enrolment() -> None:
    for _, resources in sample_histories():
        enrolments = {
            body["type"][0]["coding"][0]["code"]: body["period"]
            for body in resources
            if body["resourceType"] == "EpisodeOfCare"
        }
        for name in FOLLOWED:
            days = [values["visit-date"] for values in _answers(resources, name)]
            assert all(one < next_ for one, next_ in pairwise(days)), name
            if days:
                period = enrolments[name]
                assert period["start"] <= days[0].isoformat()
                assert days[-1].isoformat() <= period.get("end", TODAY.isoformat())


def test_some_are_referred_some_wait_and_some_are_lost() -> None:
    found: Counter[str] = Counter()
    for _, resources in sample_histories():
        values = [one for name in FOLLOWED[:2] for one in _answers(resources, name)]
        found["referred"] += any("referral-to" in one for one in values)
        found["outcome asked"] += any(answers_of(resources, "referral-outcome"))
        found["milder"] += any("action-reason" in one for one in values)
        found["reaction"] += any(one.get("adr") == "2" for one in values)
        found["telephone"] += any(one["visit-mode"] == "3" for one in values)
        statuses = {one["status"] for one in resources if one["resourceType"] == "EpisodeOfCare"}
        found["suspended"] += "onhold" in statuses
        found["sought"] += any(one["resourceType"] == "Communication" for one in resources)
        chronic = [one for one in resources if one["resourceType"] == "Condition"
                   and one["code"]["coding"][1]["code"] == "I10"]  # fmt: skip
        found["candidate"] += bool(chronic) and not values
    assert min(found.values()) >= 5, found


@pytest.mark.parametrize("seed", [1, 2, 3])
@pytest.mark.parametrize("today", [TODAY, date(2024, 2, 29), date(2027, 1, 1)])
def test_the_tours_residents_are_there_and_due_today(seed: int, today: date) -> None:
    homes = list(households(900, seed=seed, today=today, directory=CITY))
    parts = casting(homes, today)
    assert len(parts) == 4
    patients = {p["id"]: p for home in homes for p in home.patients if home.station_id == STATION}
    joint, wife, steady, above = (
        history(patients[id_], seed=seed, today=today, directory=CITY, part=part)
        for id_, part in parts.items()
    )
    husband, spouse, _, _ = (id_.rpartition("-")[0] for id_ in parts)
    assert husband == spouse
    for resources, name in ((joint, "hypertension"), (joint, "diabetes"), (wife, "hypertension")):
        last = list(_answers(resources, name))[-1]
        assert last["next-date"] == today
    assert len(list(_answers(steady, "hypertension"))) == 4
    last = list(_answers(above, "hypertension"))[-1]
    assert (last["systolic"], last["diastolic"]) == (154, 96)
    assert last["visit-date"] == today - timedelta(days=14)
