"""What docs/referral.md tells a hospital's system to send is sent, in order, and answered so."""

from collections.abc import Iterator
from typing import Any

import httpx2
import pytest

from kernel.clock import Clock
from referral.states import State
from tests.docs.curl import Example, examples, parse, send
from tests.docs.documents import blocks, text
from tests.referrals.playing import COORDINATOR, GP
from tests.support.serving import ServedHouse

NAME = "docs/referral.md"


def commands() -> list[Example]:
    """All examples, in the order of the document."""
    return [example for block in blocks(NAME) for example in examples(block)]


@pytest.fixture(scope="module")
def client() -> Iterator[httpx2.Client]:
    """What sends them."""
    with httpx2.Client(timeout=30, trust_env=False) as found:
        yield found


def variables_of(station: ServedHouse, today: str) -> dict[str, str]:
    """What the first block of the document sets."""
    tokens = {"CLINIC": "gp1", "HOSPITAL": "coord1"}
    return {
        **{name: f"Authorization: Bearer {station.token(who)}" for name, who in tokens.items()},
        "FHIR": station.base.rstrip("/"),
        "PATIENT": "li-na",
        "DOCTOR": GP,
        "COORDINATOR": COORDINATOR,
        "JSON": "Content-Type: application/fhir+json",
        "PATCH": "Content-Type: application/json-patch+json",
        "TODAY": today,
        "TASK": "",
        "REQUEST": "",
        "VERSION": "",
    }


def test_the_documents_examples_hold_one_after_another(
    station: ServedHouse, client: httpx2.Client
) -> None:
    variables = variables_of(station, Clock().today().isoformat())
    faults = []
    for example in commands():
        _read_again(client, variables)
        answer = send(client, parse(example.command, variables))
        if answer.status_code != example.status:
            faults.append(f"{example.command}\n  {answer.status_code} {answer.text[:300]}")
        elif "ServiceRequest" in answer.headers.get("location", ""):
            variables["REQUEST"] = answer.json()["id"]
            variables["TASK"] = f"{answer.json()['id']}-task"
    assert not faults, "\n".join(faults)


def _read_again(client: httpx2.Client, variables: dict[str, str]) -> None:
    """The version of the Task as the hospital reads it before it sends something."""
    if variables["TASK"]:
        headers = dict([variables["HOSPITAL"].split(": ", 1)])
        task: Any = client.get(f"{variables['FHIR']}/Task/{variables['TASK']}", headers=headers)
        variables["VERSION"] = task.json()["meta"]["versionId"]


def test_the_document_goes_all_the_way() -> None:
    told = " ".join(one.command for one in commands())
    asked = (
        State.ACCEPTED, State.SCHEDULED, State.ARRIVED, State.IN_CARE, State.FEEDBACK_SENT,
        State.CLOSED,
    )  # fmt: skip
    assert [one for one in asked if f'"{one}"' not in told] == []
    for name in ("申请", "申请通知", "取消", "取消通知", "查询", "回执", "回执通知"):
        assert name in text(NAME)
