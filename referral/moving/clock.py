"""The clock on every referral: what was overrun is told, what nobody answers expires (§6).

It looks only at what is due to be looked at (`referral_case.look_at`), in slices, and one referral
that cannot be moved holds up no other.
"""

import logging
from typing import Final

from sqlalchemy import select

from kernel.declare.module import Job
from kernel.errors import Refused
from kernel.fhir.store import Draft, save_all
from kernel.work import Work
from records.api import load_all
from referral.moving.services import Step, stepped
from referral.states import Event, State
from referral.tables import referral_case
from referral.task import facts_of, state_of

EVERY_MINUTES: Final = 1
_SLICE: Final = 20
_LOOKED_AT: Final = 500
_log = logging.getLogger("station.referral")


def step_for(state: State, *, told: bool) -> Step:
    """What the system does with a referral whose deadline has passed; `told`: that it told so."""
    if state is State.SUBMITTED and told:
        return Step(Event.EXPIRE, State.EXPIRED)
    if state is State.SCHEDULED:
        return Step(Event.NO_SHOW, State.NO_SHOW)
    return Step(Event.ESCALATE, state)


def tick(work: Work, *, most: int = _SLICE) -> bool:
    """Move on what is overdue at this moment; whether there may be more."""
    case = referral_case.c
    due = select(case.source_id).where(case.look_at <= work.now).order_by(case.look_at)
    moved = seen = 0
    while ids := work.connection.scalars(due.limit(_LOOKED_AT).offset(seen - moved)).all():
        for id_ in ids:
            seen += 1
            moved += _moved(work, id_)
            if moved == most:
                return True
    return False


def _moved(work: Work, id_: str) -> bool:
    body = load_all(work, "Task", [id_])[id_]
    state = state_of(body)
    if state is None:
        return False
    step = step_for(state, told=bool(facts_of(body).escalated_at))
    try:
        with work.connection.begin_nested():
            save_all(work, [Draft(stepped(body, step), id_)])
    except Refused as refused:
        _log.error("referral %s could not be moved by the clock: %s", id_, refused)
        return False
    return True


JOBS: Final = (Job("referral:clock", EVERY_MINUTES, tick),)
