"""A hospital's own system does all of its work over the API, with a FHIR client not written here.

fhirpy speaks for the hospital and for the station's own system; every change names the version that
it was made from (If-Match), as docs/referral.md asks for.
"""

import json
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from fhirpy import SyncFHIRClient
from fhirpy.base.exceptions import ForbiddenError, MultipleResourcesFound, OperationOutcome

from referral.codes import DEPARTMENT, EVENT, FINDINGS, STATES, TASKS
from referral.outcome.bodies import CONTACT
from referral.states import State
from tests.cast import coded, to
from tests.referrals.playing import COORDINATOR, appointment, consent, department, document, request
from tests.support.serving import ServedHouse

NUMBERS = "http://hospital.example.org/referral"
WHO = "li-na"
Body = dict[str, Any]


class Side:
    """One side's own system: a client of fhirpy with its token."""

    def __init__(self, served: ServedHouse, name: str) -> None:
        self._base, self._token = served.base.rstrip("/"), f"Bearer {served.token(name)}"
        self.client = self._with({})

    def _with(self, headers: dict[str, str]) -> SyncFHIRClient:
        return SyncFHIRClient(self._base, authorization=self._token, extra_headers=headers)

    def read(self, address: str) -> Body:
        found = self.client.execute(address, "get")
        assert isinstance(found, dict)
        return dict(found)

    def put(self, body: Body, version: int | None = None) -> Body:
        """Save a resource; `version` is the one that it was read in (If-Match)."""
        headers = {"If-Match": f'W/"{version}"'} if version else {}
        saved = self._with(headers).execute(
            f"{body['resourceType']}/{body['id']}", "put", data=body
        )
        return dict(saved)

    def post(self, body: Body, only_once: str = "") -> Body:
        """Make a resource; `only_once` is the condition of a conditional create."""
        headers = {"If-None-Exist": only_once} if only_once else {}
        return dict(self._with(headers).execute(body["resourceType"], "post", data=body))

    def move(self, task: Body, state: str, **said: Any) -> Body:
        """Ask for a move: the Task with another state, from the version that was read."""
        asked = {**task, "businessStatus": coded(STATES, state), **said}
        return self.put(asked, int(task["meta"]["versionId"]))


@pytest.fixture(scope="module")
def hospital(station: ServedHouse) -> Side:
    """The hospital's system; its department exists."""
    side = Side(station, "coord1")
    side.put(department("hospital-1"))
    return side


@pytest.fixture(scope="module")
def clinic(station: ServedHouse) -> Side:
    """The station's system."""
    return Side(station, "gp1")


def sent(clinic: Side, number: str) -> str:
    """A referral that the station's system sends, safe to repeat; the id of its ServiceRequest."""
    papers = {
        "Consent": consent(number, WHO),
        "Composition": document(
            f"{number}-slip", WHO, "practitioner-station-1-gp", type_="57133-1", title="转出单"
        ),
    }
    for body in papers.values():
        clinic.put(body)
    made = request(number, WHO, identifier=[{"system": NUMBERS, "value": number}])
    made.pop("id")
    return str(clinic.post(made, f"identifier={NUMBERS}|{number}")["id"])


def in_box(hospital: Side, state: State = State.SUBMITTED) -> list[Body]:
    """The referrals in a state, as the hospital's system asks for them."""
    search = hospital.client.resources("Task").search(
        **{"code": f"{TASKS}|referral", "business-status": f"{STATES}|{state.value}"}
    )
    return [plain(one) for one in search.fetch_all()]


def found(hospital: Side, request_id: str) -> Body:
    """The Task of a referral, found by what it is about."""
    search = hospital.client.resources("Task").search(
        focus=f"ServiceRequest/{request_id}", code=f"{TASKS}|referral"
    )
    [only] = search.fetch_all()
    return plain(only)


def events(task: Body) -> list[str]:
    """The events of the moves that a Task tells of."""
    moves = [one for one in task["extension"] if one["url"].endswith("/referral-move")]
    parts = [part for one in moves for part in one["extension"]]
    return [part["valueCode"] for part in parts if part["url"] == "event"]


def plain(resource: Any) -> Body:
    """A resource of fhirpy as it came."""
    found: Body = json.loads(json.dumps(resource))
    return found


def refused(act: Callable[[], object]) -> str:
    """The words of the OperationOutcome that refuses something."""
    with pytest.raises((OperationOutcome, ForbiddenError)) as caught:
        act()
    return str(json.loads(str(caught.value))["issue"][0]["diagnostics"])


def test_the_whole_loop(hospital: Side, clinic: Side) -> None:
    id_ = sent(clinic, "loop")
    assert sent(clinic, "loop") == id_  # the same message again is the same referral
    task = next(one for one in in_box(hospital) if one["focus"] == to("ServiceRequest", id_))
    order = hospital.read(task["focus"]["reference"])
    assert hospital.read(order["subject"]["reference"])["id"] == WHO
    assert hospital.read(order["supportingInfo"][1]["reference"])["title"] == "转出单"

    claim = {"url": EVENT, "valueCode": "claim"}
    mine = to("Practitioner", COORDINATOR)
    task = hospital.move(task, "submitted", owner=mine, extension=[*task["extension"], claim])
    place = {"url": DEPARTMENT, "valueReference": to("HealthcareService", "hospital-1-cardiology")}
    task = hospital.move(task, "accepted", extension=[*task["extension"], place])
    assert task["status"] == "accepted"
    assert {one["code"] for one in task["businessStatus"]["coding"]} == {"accepted", "3.0"}

    start = 1_795_600_000_000_000
    booked = appointment("unused", WHO, start)
    booked.pop("id")
    slot = to("Appointment", hospital.post(booked)["id"])
    task = hospital.move(
        task, "scheduled", output=[{"type": {"text": "预约"}, "valueReference": slot}]
    )
    task = hospital.move(task, "arrived")
    task = hospital.move(task, "in-care")

    letter = document("loop-letter", WHO, COORDINATOR, type_="18842-5", title="回转单")
    scan = {
        "resourceType": "DocumentReference",
        "status": "current",
        "subject": to("Patient", WHO),
        "content": [{"attachment": {"contentType": "application/pdf", "data": "JVBERi0xLjQK"}}],
    }
    told = [to("Composition", hospital.put(letter)["id"])]
    told.append(to("DocumentReference", hospital.post(scan)["id"]))
    outputs = [{"type": {"text": "回转单"}, "valueReference": one} for one in told]
    before = task
    task = hospital.move(task, "feedback-sent", output=[*task["output"], *outputs])
    assert [one["valueReference"] for one in task["output"]] == [slot, *told]
    assert hospital.read(slot["reference"])["status"] == "fulfilled"

    with pytest.raises(MultipleResourcesFound, match="version"):  # its name for every 412
        hospital.move(before, "feedback-sent", output=[*before["output"], *outputs])
    again = hospital.put({**before, "businessStatus": coded(STATES, "feedback-sent")})
    assert events(again) == [
        "submit", "claim", "accept", "book", "arrive", "start", "send-outcome",
    ]  # fmt: skip

    _known(clinic, id_)
    task = clinic.read(f"Task/{task['id']}")
    closed = clinic.move(task, "closed")
    assert (closed["status"], clinic.read(f"ServiceRequest/{id_}")["status"]) == (
        "completed", "completed",
    )  # fmt: skip
    assert events(closed)[-2:] == ["follow-up", "acknowledge"]


def _known(clinic: Side, id_: str) -> None:
    """The station's system tells what came of it, on the outcome's own task."""
    [task] = (
        clinic.client.resources("Task")
        .search(focus=f"ServiceRequest/{id_}", code=f"{TASKS}|referral-followup")
        .fetch_all()
    )
    day = str(task["authoredOn"])[:10]
    contact = {
        "extension": [{"url": CONTACT, "extension": [{"url": "day", "valueDate": day}]}],
        "type": coded(FINDINGS, "1"),
        "valueString": "已带回方案",
    }
    body = plain(task)
    saved = clinic.put({**body, "output": [contact]}, int(body["meta"]["versionId"]))
    assert saved["status"] == "completed"


def test_declining_needs_a_reason(hospital: Side, clinic: Side) -> None:
    task = found(hospital, sent(clinic, "declined"))
    assert "拒绝接收的原因" in refused(partial(hospital.move, task, "rejected"))
    reason = coded(STATES.replace("referral-state", "referral-reject-reason"), "1", "本周无床位")
    rejected = hospital.move(task, "rejected", statusReason=reason)
    assert rejected["owner"] == to("Practitioner", "practitioner-station-1-gp")
    assert events(rejected) == ["submit", "reject"]


def test_what_cannot_be_is_said_in_words(hospital: Side, clinic: Side) -> None:
    id_ = sent(clinic, "illegal")
    task = found(hospital, id_)
    told = refused(partial(hospital.move, task, "in-care"))
    assert "现在是“待接收”，不能变更为“诊疗中”；可以：" in told
    assert refused(partial(clinic.move, task, "accepted")) == "“接收”应由接收医院办理"
    made = {key: value for key, value in task.items() if key not in ("id", "meta")}
    assert "请保存转诊申请" in refused(partial(hospital.post, made))
    outcome = {**made, "code": coded(TASKS, "referral-followup")}
    assert "只能办理转诊的任务" in refused(partial(hospital.post, outcome))
    assert "由系统" in refused(partial(clinic.post, outcome))
    assert found(hospital, id_) == task


def test_a_patch_is_enough(hospital: Side, clinic: Side) -> None:
    task = found(hospital, sent(clinic, "patched"))
    headers = {"Content-Type": "application/json-patch+json", "If-Match": 'W/"1"'}
    operations: Any = [
        {"op": "replace", "path": "/businessStatus", "value": coded(STATES, "info-requested")},
        {"op": "add", "path": "/statusReason", "value": {"text": "请补充心电图"}},
    ]
    patched = hospital._with(headers).execute(f"Task/{task['id']}", "patch", data=operations)
    assert patched["status"] == "on-hold"


def test_another_hospital_sees_nothing(station: ServedHouse, clinic: Side) -> None:
    id_ = sent(clinic, "hidden")
    other = Side(station, "coord2")
    assert not in_box(other)
    with pytest.raises(Exception, match=f"ServiceRequest/{id_}"):
        other.read(f"ServiceRequest/{id_}")
