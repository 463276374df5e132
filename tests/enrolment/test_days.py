"""The days of an enrolment over the API: everything that is due is reckoned from them."""

from datetime import date
from typing import Any

import pytest

from health.enrolment.kinds import episode
from health.programmes import programme_of
from tests.followups.sending import DOCTOR, STATION
from tests.pages.browsing import signed_in
from tests.support.answers import refusal
from tests.support.house import OpenHouse

ADDRESS = "EpisodeOfCare/odd-days"


def enrolment(**changes: Any) -> dict[str, Any]:
    body = episode(
        programme_of("hypertension"), "li-na", on=date(2026, 1, 5), organisation=STATION,
        doctor=DOCTOR,
    )  # fmt: skip
    changed = {**body, "id": "odd-days", **changes}
    return {name: value for name, value in changed.items() if value is not None}


@pytest.mark.parametrize(
    ("period", "place", "told"),
    [
        (None, "start", "应为完整的日期，例如 2026-11-23"),
        ({"end": "2026-11-20"}, "start", "应为完整的日期"),
        ({"start": "2026"}, "start", "应为完整的日期"),
        ({"start": "2026-11"}, "start", "应为完整的日期"),
        ({"start": "2026-11-24"}, "start", "1900-01-01 至今天（2026-11-23）之间"),
        ({"start": "9999-12-31"}, "start", "1900-01-01 至今天"),
        ({"start": "0001-01-01"}, "start", "1900-01-01 至今天"),
        ({"start": "2026-01-05", "end": "2026"}, "end", "应为完整的日期"),
        ({"start": "2026-01-05", "end": "2026-01-04"}, "end", "must not lie before start"),
        ({"start": "2026-01-05", "end": "9999-12-31"}, "end", "纳入日期至今天"),
    ],
)
def test_days_that_cannot_be_are_refused(
    house: OpenHouse, period: dict[str, str] | None, place: str, told: str
) -> None:
    status = "finished" if period and "end" in period else "active"
    client = house.client("gp1")
    answer = refusal(client.put(ADDRESS, enrolment(status=status, period=period)), 422)
    assert f"EpisodeOfCare.period.{place}" in str(answer)
    assert told in str(answer)
    assert client.get(ADDRESS).status_code == 404


@pytest.mark.parametrize(
    "past",
    [
        {"status": "active", "period": {"start": "2026-01-05"}},
        {"status": "active", "period": {"start": "2026", "end": "2026"}},
        {"status": "active", "period": {"end": "9999-12-31"}},
    ],
)
def test_a_history_of_others_is_taken_as_it_is(
    fresh_house: OpenHouse, past: dict[str, Any]
) -> None:
    body = enrolment(status="onhold", statusHistory=[past])
    assert fresh_house.client("gp1").put(ADDRESS, body).status_code == 201
    doctor = signed_in(fresh_house, "gp1")
    for path in ("/due?tab=lost", "/programmes/hypertension?state=onhold", "/figures"):
        assert doctor.get(path).status_code == 200, path
    assert "李娜" in doctor.get("/due?tab=lost").text
