"""Referrals for tests, written and moved as the pages do it."""

from dataclasses import replace
from datetime import date
from typing import Any

from kernel.fhir import json
from referral.moving.services import Step, move
from referral.requests import services
from referral.requests.slip import Consented, Diagnosis, Slip
from referral.states import Event, State
from tests.support.house import OpenHouse

GP = "practitioner-station-1-gp"
COORDINATOR = "practitioner-hospital-1-referral-coordinator"
SLIP = Slip(
    disease="hypertension",
    indications=("hypertension-up-22",),
    diagnoses=(Diagnosis("原发性高血压", "I10.x00"),),
    impression="原发性高血压，血压控制不佳",
    reason="连续两次随访血压 158/96 mmHg，已联合用药",
    history="高血压 8 年",
    treatment="氨氯地平 5 mg 每日 1 次",
    question="请评估是否有继发性高血压",
    hospital="hospital-1",
    doctor=GP,
    phone="0640-6681000",
    first_contact="1",
    consent=Consented("1", "1", date(2026, 11, 23)),
)


def drafted(house: OpenHouse, id_: str, patient: str = "li-na", **changes: Any) -> None:
    """A draft of a referral."""
    with house.station.write(house.actor("gp1")) as work:
        services.save_draft(work, id_, patient, replace(SLIP, **changes))


def sent(house: OpenHouse, id_: str, patient: str = "li-na", **changes: Any) -> None:
    """A referral that the GP of station-1 has sent."""
    with house.station.write(house.actor("gp1")) as work:
        services.send(work, id_, patient, replace(SLIP, **changes))


def moved(house: OpenHouse, id_: str, event: Event, target: State, who: str, **said: Any) -> None:
    """A move of a referral."""
    with house.station.write(house.actor(who)) as work:
        move(work, id_, Step(event, target, **said))


def rejected(house: OpenHouse, id_: str, patient: str = "li-na", **changes: Any) -> None:
    """A referral that the hospital declined: 资料不全."""
    sent(house, id_, patient, **changes)
    moved(house, id_, Event.REJECT, State.REJECTED, "coord1", reason="4", text="请补心电图")


def stored(house: OpenHouse, type_: str, id_: str, who: str = "gp1") -> dict[str, Any]:
    """A resource as it is served."""
    answer = house.client(who).get(f"{type_}/{id_}")
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = json.loads(answer.content)
    return found


def status(house: OpenHouse, type_: str, id_: str, who: str = "gp1") -> int:
    """How a resource is answered."""
    return house.client(who).get(f"{type_}/{id_}").status_code


def state(house: OpenHouse, id_: str) -> str:
    """The code of a referral's state."""
    codings = stored(house, "Task", f"{id_}-task")["businessStatus"]["coding"]
    return str(codings[0]["code"])
