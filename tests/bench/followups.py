"""Saving a follow-up over the API: the answer is judged, and everything that follows is written."""

import json
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from decimal import Decimal
from itertools import count
from typing import Any, Final, SupportsIndex

from demo.cast import practitioner_id
from health.api import Entry, answer_body, episode, programme_of
from kernel.clock import Clock
from kernel.fhir import json as fhir_json
from tests.bench.client import UnexpectedAnswer, ask, request
from tests.bench.processes import BASE

NAME: Final = "follow-up (1 answer, all that follows)"
PERSONS: Final = 100
EACH: Final = 20
"""So many follow-ups each person can take, a week apart."""
_STATION: Final = {"reference": "Organization/station-1"}
_DOCTOR: Final = {"reference": f"Practitioner/{practitioner_id('station-1', 'gp')}"}
_URL: Final = "urn:uuid:00000000-0000-4000-8000-{:012d}"


class Once(list[bytes]):
    """Requests that can be made once: the next one, whichever is asked for."""

    def __init__(self, requests: Iterator[bytes]) -> None:
        super().__init__(requests)
        self._numbers = count()

    def __getitem__(self, _index: SupportsIndex | slice) -> Any:
        number = next(self._numbers)
        if number >= len(self):
            raise UnexpectedAnswer(f"{len(self)} requests are too few on this machine")
        return super().__getitem__(number)


async def requests(port: int, token: str) -> Once:
    """Make persons in the programme, and a request for each of their follow-ups."""
    begun = Clock().today() - timedelta(days=7 * EACH + 7)
    reply = await ask(port, _posted(token, "", _persons(begun)))
    if reply.status != 200:
        raise UnexpectedAnswer(f"{reply.status} and not 200: {reply.body[:500]!r}")
    entries = json.loads(reply.body)["entry"]
    ids = [entry["response"]["location"].split("/")[-3] for entry in entries[::2]]
    days = [begun + timedelta(days=7 * week) for week in range(1, EACH + 1)]
    return Once(
        _posted(token, "/QuestionnaireResponse", _answer(id_, day)) for day in days for id_ in ids
    )


def _posted(token: str, path: str, body: Mapping[str, Any]) -> bytes:
    return request("POST", f"{BASE}{path}", token=token, body=fhir_json.dumps(dict(body)))


def _persons(begun: date) -> dict[str, Any]:
    """A transaction of persons, each with the enrolment."""
    entries = []
    for number in range(PERSONS):
        url = _URL.format(number)
        patient = {
            "resourceType": "Patient",
            "name": [{"text": f"随{number}"}],
            "gender": "male",
            "birthDate": f"{1950 + number % 20}-04-05",
        }
        enrolled = episode(
            programme_of("hypertension"), "", on=begun, organisation=_STATION, doctor=_DOCTOR
        )
        enrolled["patient"] = {"reference": url}
        entries += [_entry(patient, url), _entry(enrolled)]
    return {"resourceType": "Bundle", "type": "transaction", "entry": entries}


def _entry(body: Mapping[str, Any], url: str = "") -> dict[str, Any]:
    told = {"fullUrl": url} if url else {}
    return {**told, "resource": body, "request": {"method": "POST", "url": body["resourceType"]}}


def _answer(patient_id: str, day: date) -> dict[str, Any]:
    """A routine follow-up with everything that is asked."""
    programme = programme_of("hypertension")
    values: dict[str, Any] = {
        "visit-date": day, "visit-mode": "1", "systolic": 128 + day.day, "diastolic": 82,
        "heart-rate": 74, "weight": Decimal("68.5"), "height": Decimal("168.0"),
        "symptoms": ("1",), "smoking-daily": 0, "alcohol-daily": Decimal("0.0"),
        "exercise-times": 5, "exercise-minutes": 30, "salt": "2", "salt-target": "1",
        "psych": "1", "compliance": "1", "education": "2", "adherence": "1", "adr": "1",
        "drugs": ({"name": "苯磺酸氨氯地平片", "times": 1, "dose": Decimal(5), "unit": "mg"},),
    }  # fmt: skip
    entry = Entry("", patient_id, programme, values)
    body = answer_body(programme.form(), entry, author=_DOCTOR)
    return {name: value for name, value in body.items() if name != "id"}
