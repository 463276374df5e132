"""What is asked of a station's FHIR API: the requests whose cost is measured, and the aims."""

import json
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode

from kernel.canonical import CITIZEN_ID
from tests.bench import followups
from tests.bench.client import Reply, UnexpectedAnswer, ask, request
from tests.bench.processes import BASE

ROWS = 20
_LOOKED_AT = 200
"""So many residents are looked at for some who have a number and a phone."""
EVERYTHING = 50
IMPORTED = 100
_VISITS = 10
_LOINC = "http://loinc.org"
_RATE = "8867-4"
_INITIAL = "l"
"""Of a third of all names (李, 刘, 林, …): a station of a hundred residents has enough of them."""


@dataclass(frozen=True, slots=True)
class Case:
    """One kind of request, asked again and again.

    `aims` are milliseconds of processor time on SQLite and on PostgreSQL, or with `resources` the
    resources that one core should take in a second.
    """

    name: str
    requests: Sequence[bytes]
    aims: tuple[float, float]
    status: int = 200
    connections: int = 8
    resources: int = 0
    found: Callable[[int, Reply], str] | None = None
    """What is wrong with the answer to the request of this number, or nothing: asked once of each
    before anything is measured."""


@dataclass(frozen=True, slots=True)
class Accounts:
    """Bearer tokens: a doctor's for daily work, the exchange platform's for imports, that of a
    hospital's system, with the Tasks (id, body) of the referrals that it can accept.
    """

    doctor: str
    platform: str
    office: str = ""
    waiting: Sequence[tuple[str, bytes]] = ()


@dataclass(frozen=True, slots=True)
class Known:
    """Residents of the doctor's station, with whose data the requests are made.

    `person` is one who is made for the searches, so that their pages are full in every city;
    `registered` are Patients with a citizen's number and a phone.
    """

    ids: Sequence[str]
    person: str
    registered: Sequence[dict[str, Any]]
    size: int
    """Of an answer to a read, in bytes."""


async def get_to_know(port: int, accounts: Accounts) -> Known:
    """Look for the residents whom the cases are about. Raises UnexpectedAnswer without any."""
    page = await _asked(port, _get(accounts.doctor, f"Patient?_count={_LOOKED_AT}"), 200)
    bodies = [entry["resource"] for entry in page.get("entry", ())]
    registered = [body for body in bodies if _is_registered(body)]
    if not registered:
        raise UnexpectedAnswer("no resident of the doctor's has number and phone: take more")
    ids = [body["id"] for body in bodies[:ROWS]]
    person = await _make_person(port, accounts.doctor)
    size = len((await ask(port, _get(accounts.doctor, f"Patient/{ids[0]}"))).body)
    return Known(ids, person, registered[:ROWS], size)


def _is_registered(body: dict[str, Any]) -> bool:
    return body.get("active", True) and bool(number_of(body)) and bool(body.get("telecom"))


def number_of(body: Mapping[str, Any]) -> str:
    """A Patient's citizen's number, or an empty text."""
    return next((i["value"] for i in body.get("identifier", ()) if i["system"] == CITIZEN_ID), "")


async def get_ill(port: int, accounts: Accounts, most: int) -> list[str]:
    """Residents of the doctor's with a problem on record; nobody in a city without history."""
    page = await _asked(port, _get(accounts.doctor, f"Condition?_count={_LOOKED_AT}"), 200)
    subjects = [entry["resource"]["subject"]["reference"] for entry in page.get("entry", ())]
    return [one.removeprefix("Patient/") for one in dict.fromkeys(subjects)][:most]


async def api_cases(port: int, accounts: Accounts, known: Known, *, full: bool) -> list[Case]:
    """The cases of the FHIR API.

    With `full`, raises UnexpectedAnswer where a page has fewer rows than its figure stands for.
    """
    residents, person = known.ids, known.person
    reads = [_get(accounts.doctor, f"Patient/{id_}") for id_ in residents]
    observations = {"patient": person, "code": f"{_LOINC}|{_RATE}", "_sort": "-date"}
    cases = [
        Case("read", reads, (0.25, 0.5)),
        _search(accounts, "search by name", {"name": _INITIAL}),
        _search(accounts, "search by patient and code, by date", observations, "Observation"),
        _search(accounts, "search by identifier", {"identifier": f"urn:bench|{person}"}),
        Case("create", [_create(accounts.doctor, id_) for id_ in residents], (0.8, 1.5), 201),
        Case(
            "visit (1 Encounter, 6 Observations)",
            [_post(accounts.doctor, _visits(id_, 1)) for id_ in residents],
            (4, 6),
        ),
        Case(followups.NAME, await followups.requests(port, accounts.doctor), (5, 5), 201),
        Case(
            f"$everything of {EVERYTHING}",
            [_get(accounts.doctor, f"Patient/{person}/$everything?_count={EVERYTHING}")],
            (3, 4),
        ),
        Case(
            f"import ({IMPORTED} in a transaction)",
            [_post(accounts.platform, _import())],
            (1000, 1000),
            connections=2,
            resources=IMPORTED,
        ),
    ]
    if full:
        await _check(port, cases)
    return cases


def _get(token: str, path: str) -> bytes:
    return request("GET", f"{BASE}/{path}", token=token)


def _post(token: str, bundle: dict[str, Any]) -> bytes:
    return request("POST", BASE, token=token, body=json.dumps(bundle).encode())


def _search(accounts: Accounts, name: str, pairs: dict[str, str], type_: str = "Patient") -> Case:
    query = urlencode({**pairs, "_count": str(ROWS)}, quote_via=quote)
    return Case(name, [_get(accounts.doctor, f"{type_}?{query}")], (0.6, 0.9))


def number_case(accounts: Accounts, registered: Sequence[dict[str, Any]]) -> Case:
    """The API's search for a person by the citizen's number: what a card reader or another system
    asks where a clerk would use the search box."""
    asked = [quote(f"{CITIZEN_ID}|{number_of(body)}", safe="") for body in registered]

    def found(number: int, reply: Reply) -> str:
        ids = [entry["resource"]["id"] for entry in json.loads(reply.body).get("entry", ())]
        return "" if ids == [registered[number]["id"]] else f"{ids} has the number"

    requests = [_get(accounts.doctor, f"Patient?identifier={text}") for text in asked]
    return Case("person by identity number", requests, (2, 2), found=found)


async def _make_person(port: int, token: str) -> str:
    """A resident with as many visits as the searches and `$everything` need; the id."""
    body = {
        "resourceType": "Patient",
        "name": [{"text": "步贞", "family": "步", "given": ["贞"]}],
        "gender": "female",
        "birthDate": "1951-03-02",
    }
    raw = request("POST", f"{BASE}/Patient", token=token, body=json.dumps(body).encode())
    made = await _asked(port, raw, 201)
    id_ = str(made["id"])
    made["identifier"] = [{"system": "urn:bench", "value": id_}]
    raw = request("PUT", f"{BASE}/Patient/{id_}", token=token, body=json.dumps(made).encode())
    await _asked(port, raw, 200)
    await _asked(port, _post(token, _visits(id_, _VISITS)), 200)
    return id_


async def _asked(port: int, raw: bytes, status: int) -> dict[str, Any]:
    return _parsed(await ask(port, raw), status)


def _parsed(reply: Reply, status: int) -> dict[str, Any]:
    if reply.status != status:
        raise UnexpectedAnswer(f"{reply.status} and not {status}: {reply.body[:500]!r}")
    body: dict[str, Any] = json.loads(reply.body)
    return body


async def check_found(port: int, cases: Sequence[Case]) -> None:
    """Ask every request once whose answer can be judged. Raises UnexpectedAnswer."""
    for case in cases:
        for number, raw in enumerate(case.requests if case.found else ()):
            reply = await ask(port, raw)
            wrong = f"status {reply.status}" if reply.status != case.status else ""
            if wrong := wrong or (case.found(number, reply) if case.found else ""):
                raise UnexpectedAnswer(f"{case.name}, request {number}: {wrong}")


async def _check(port: int, cases: Sequence[Case]) -> None:
    """Every page is as long as its figure says. Raises UnexpectedAnswer."""
    wanted = {"search by identifier": 1, "search by": ROWS, "$everything": EVERYTHING}
    for case in cases:
        rows = next((n for name, n in wanted.items() if case.name.startswith(name)), 0)
        if rows:
            found = await _asked(port, case.requests[0], case.status)
            shown = [e for e in found.get("entry", ()) if e["search"]["mode"] == "match"]
            if len(shown) < rows:
                raise UnexpectedAnswer(
                    f"{case.name}: {len(shown)} rows and not {rows}; take more --residents"
                )


def _observation(subject: str, minute: int) -> dict[str, Any]:
    return {
        "resourceType": "Observation",
        "status": "final",
        "category": [
            {
                "coding": [
                    {
                        "system": "http://terminology.hl7.org/CodeSystem/observation-category",
                        "code": "vital-signs",
                        "display": "Vital Signs",
                    }
                ]
            }
        ],
        "code": {"coding": [{"system": _LOINC, "code": _RATE, "display": "Heart rate"}]},
        "subject": {"reference": subject},
        "effectiveDateTime": f"2026-01-05T09:{minute:02}:00+08:00",
        "valueQuantity": {
            "value": 60 + minute,
            "unit": "/min",
            "system": "http://unitsofmeasure.org",
            "code": "/min",
        },
    }


def _create(token: str, patient: str) -> bytes:
    body = json.dumps(_observation(f"Patient/{patient}", 0)).encode()
    return request("POST", f"{BASE}/Observation", token=token, body=body)


def _visit(subject: str, number: int) -> list[dict[str, Any]]:
    """Entries of an Encounter and six Observations made in it."""
    encounter = {
        "resourceType": "Encounter",
        "status": "finished",
        "class": {
            "system": "http://terminology.hl7.org/CodeSystem/v3-ActCode",
            "code": "AMB",
            "display": "ambulatory",
        },
        "subject": {"reference": subject},
        "period": {"start": "2026-01-05T09:00:00+08:00", "end": "2026-01-05T09:20:00+08:00"},
    }
    url = f"urn:uuid:{uuid.UUID(int=number)}"
    measured = [
        {**_observation(subject, minute), "encounter": {"reference": url}} for minute in range(6)
    ]
    return [_entry(encounter, url), *(_entry(body) for body in measured)]


def _entry(resource: dict[str, Any], url: str | None = None) -> dict[str, Any]:
    full = {"fullUrl": url} if url else {}
    posted = {"method": "POST", "url": resource["resourceType"]}
    return {**full, "resource": resource, "request": posted}


def _bundle(entries: list[dict[str, Any]]) -> dict[str, Any]:
    return {"resourceType": "Bundle", "type": "transaction", "entry": entries}


def _visits(patient: str, number: int) -> dict[str, Any]:
    """A transaction of so many visits of a resident."""
    visits = (_visit(f"Patient/{patient}", n) for n in range(1, number + 1))
    return _bundle([entry for visit in visits for entry in visit])


def _import() -> dict[str, Any]:
    """A transaction of `IMPORTED` resources: a new person and 14 visits, one of them shortened."""
    patient = {
        "resourceType": "Patient",
        "name": [{"text": "申文娟", "family": "申", "given": ["文娟"]}],
        "gender": "female",
        "birthDate": "1968-08-08",
        "managingOrganization": {"reference": "Organization/station-2"},
    }
    url = f"urn:uuid:{uuid.UUID(int=0)}"
    visits = [entry for n in range(1, 16) for entry in _visit(url, n)]
    return _bundle([_entry(patient, url), *visits[: IMPORTED - 1]])
