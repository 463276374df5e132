"""What one side asks and the other answers, as a Communication that both sides keep (R4 12.10)."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from kernel.clock import iso_instant
from kernel.fhir.store import Draft
from records.api import derived_id
from referral.codes import CATEGORY, REFERRAL
from referral.states import Event, Side
from referral.task import Moved, facts_of

Body = Mapping[str, Any]
_TOLD: Final = frozenset({Event.REQUEST_INFO, Event.SUPPLY, Event.REDIRECT, Event.TRANSFER})
"""The moves whose words are a message to the other side."""


def messages_of(body: Body, move: Moved) -> Iterator[Draft]:
    """The message that a move sends, if it does."""
    if move.event not in _TOLD or not move.text:
        return
    facts = facts_of(body)
    back = move.side is Side.HOSPITAL
    sender = move.organisation_id or (facts.hospital_id if back else facts.community_id)
    recipient = facts.community_id if back else facts.hospital_id
    coding = {"system": CATEGORY, "code": REFERRAL, "display": "双向转诊"}
    message = {
        "resourceType": "Communication",
        "status": "completed",
        "basedOn": [dict(body["focus"])],
        "category": [{"coding": [coding]}],
        "subject": dict(body["for"]),
        "sent": iso_instant(move.at),
        "sender": {"reference": f"Organization/{sender}"},
        "recipient": [{"reference": f"Organization/{recipient}"}],
        "payload": [{"contentString": move.text}],
    }
    yield Draft(message, derived_id(str(body["id"]), f"told-{move.version}"))
