"""A referral as its page needs it: its request and Task, read with the actor's own sight."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from kernel.errors import not_found
from kernel.work import ReadWork
from records.api import load_all
from referral.moving.services import get_request, get_task
from referral.moving.sides import sides_of
from referral.request import Request, is_referral, request_of
from referral.states import Side, State
from referral.task import Facts, Moved, facts_of, moves_of

Body = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Shown:
    """A referral, and what the actor is to it.

    `version` is the Task's; `patient` the person's body, None for whom the actor may not see;
    `sides` those on which the actor acts.
    """

    id: str
    body: Body
    request: Request
    task: Body
    version: int
    facts: Facts
    moves: tuple[Moved, ...]
    state: State
    sides: frozenset[Side]
    patient: Body | None


def get_shown(work: ReadWork, request_id: str) -> Shown:
    """A referral that the actor may see. Raises Refused (403, 404, 410)."""
    body, _version = get_request(work, request_id)
    if not is_referral(body):
        raise not_found(f"referral {request_id}")
    task, version = get_task(work, request_id)
    request, facts, moves = request_of(body), facts_of(task), tuple(moves_of(task))
    return Shown(
        id=request_id,
        body=body,
        request=request,
        task=task,
        version=version,
        facts=facts,
        moves=moves,
        state=moves[-1].target,
        sides=sides_of(work.actor, facts),
        patient=load_all(work, "Patient", [request.patient_id]).get(request.patient_id),
    )
