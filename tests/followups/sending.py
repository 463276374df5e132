"""A follow-up as a client or a page would send it, for residents of `tests.cast`."""

from datetime import date
from typing import Any

from health.enrolment.kinds import episode
from health.followups.answers import forms
from health.followups.decision import Decided, read_decision
from health.programmes import programme_of
from kernel.canonical import CANONICAL
from kernel.fhir import json
from kernel.fhir.questionnaire import Answered, response
from tests.cast import to
from tests.support.house import OpenHouse

DOCTOR = to("Practitioner", "practitioner-station-1-gp")
STATION = to("Organization", "station-1")


def enrolled(house: OpenHouse, patient: str, programme: str, on: str, *, id: str = "") -> str:
    """Take somebody into a programme over the API; the id of the EpisodeOfCare."""
    body = episode(
        programme_of(programme), patient, on=date.fromisoformat(on), organisation=STATION,
        doctor=DOCTOR,
    )  # fmt: skip
    id_ = id or f"{patient}-{programme}"
    answer = house.client("gp1").put(f"EpisodeOfCare/{id_}", {**body, "id": id_})
    assert answer.status_code == 201, answer.text
    return id_


def follow_up(
    patient: str,
    programme: str,
    values: dict[str, Any],
    *,
    id: str,
    status: str = "completed",
    on: str = "",
) -> dict[str, Any]:
    """An answer to a programme's form as a client writes it; `on` is the day of one without."""
    form = forms()[f"{CANONICAL}/Questionnaire/{programme}"].form
    about = Answered(patient, on or values["visit-date"].isoformat(), DOCTOR, status=status)
    return {**response(form, values, about), "id": id}


def put(house: OpenHouse, body: dict[str, Any], status: int) -> str:
    """Send a resource; what was told."""
    answer = house.client("gp1").put(f"{body['resourceType']}/{body['id']}", body)
    assert answer.status_code == status, answer.text
    return answer.text


def stored(house: OpenHouse, type_: str, id_: str) -> dict[str, Any]:
    """A resource as it is served."""
    answer = house.client("gp1").get(f"{type_}/{id_}")
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = json.loads(answer.content)
    return found


def decided(house: OpenHouse, id_: str) -> Decided:
    """What was decided about an answer."""
    found = read_decision(stored(house, "QuestionnaireResponse", id_))
    assert found is not None
    return found
