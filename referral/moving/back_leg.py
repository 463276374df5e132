"""The way back as a ServiceRequest of its own: based on the way up, same number, other direction.

It is what another system sees of the return (referral.md §7) and no referral to be worked on: its
category is `back-leg`, so it has no Task and is in no list and no figure. The referral's one Task
goes on. A way back that was declined and is offered again is the same resource, active again.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from kernel.clock import iso_instant
from kernel.fhir.store import Draft
from kernel.work import ReadWork
from records.api import derived_id, load_all
from referral.codes import BACK_LEG, CATEGORY, COMMUNITY, DIRECTION, DISEASE, DOWN, REQUISITION
from referral.states import Event, State
from referral.task import Facts, Moved, facts_of, letters_of, request_id_of

Body = Mapping[str, Any]
Resource = dict[str, Any]
_STATUS: Final = {
    State.BACK_OFFERED: "active",
    State.BACK_ACCEPTED: "completed",
    State.FOLLOWED_UP: "completed",
}
"""Its status by the state of the referral that is reached; revoked by any other."""


def back_leg_id(request_id: str) -> str:
    """The id of the way back of a referral."""
    return derived_id(request_id, "back")


def back_leg_drafts(work: ReadWork, body: Body, move: Moved) -> Iterator[Draft]:
    """The way back as a move leaves it; nothing where the hospital began the referral itself."""
    offered = move.event is Event.OFFER_BACK and move.source is not None
    if not offered and move.source is not State.BACK_OFFERED:
        return
    request_id = request_id_of(body)
    id_ = back_leg_id(request_id)
    if offered:
        up = load_all(work, "ServiceRequest", [request_id])[request_id]
        if _direction(up) != DOWN:
            yield Draft(_back_leg(body, up, move, id_), id_)
    elif (stored := load_all(work, "ServiceRequest", [id_]).get(id_)) is not None:
        status = _STATUS.get(move.target, "revoked")
        if stored["status"] != status and move.source is not move.target:
            yield Draft({**stored, "status": status}, id_)


def _direction(body: Body) -> str:
    told = (one for one in body.get("extension", ()) if one.get("url") == DIRECTION)
    return next((str(one.get("valueCode", "")) for one in told), "")


def _back_leg(body: Body, up: Body, move: Moved, id_: str) -> Resource:
    facts: Facts = facts_of(body)
    kept = [one for one in up.get("extension", ()) if one.get("url") in (COMMUNITY, DISEASE)]
    leg: Resource = {
        "resourceType": "ServiceRequest",
        "id": id_,
        "basedOn": [{"reference": f"ServiceRequest/{up['id']}"}],
        "requisition": {"system": REQUISITION, "value": facts.requisition},
        "status": "active",
        "intent": "order",
        "category": [{"coding": [{"system": CATEGORY, "code": BACK_LEG, "display": "转回社区"}]}],
        "priority": up.get("priority", "routine"),
        "subject": dict(up["subject"]),
        "authoredOn": iso_instant(move.at),
        "performer": [{"reference": f"Organization/{facts.community_id}"}],
        "reasonCode": [dict(body["statusReason"])],
        "supportingInfo": [{"reference": one} for one in letters_of(body)],
        "extension": [{"url": DIRECTION, "valueCode": DOWN}, *kept],
    }
    if move.by.get("reference"):
        leg["requester"] = dict(move.by)
    return leg
