"""What a referral puts on the due list of the programmes: rows of `health_due`, from its Tasks.

The first contact after somebody was sent back stands there in the programme that takes it up; so
does the outcome of a referral that no programme asked for (the others' is in their CarePlan).
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from health.api import PROGRAMMES, Action, Activity, health_due
from kernel.clock import local_date
from kernel.declare.module import Projection
from records.api import id_of
from referral.codes import FOLLOW_UP
from referral.outcome.bodies import outcome_of
from referral.states import Event, State
from referral.task import (
    facts_of,
    instant,
    is_referral_task,
    kind_of,
    moves_of,
    request_id_of,
    state_of,
)

Body = Mapping[str, Any]
Rows = Sequence[Mapping[str, Any]]
RETURNED: Final = frozenset({State.FEEDBACK_SENT, State.BACK_ACCEPTED})
"""States in which the community has to get in touch with somebody who was sent back (§6)."""
OUTCOME: Final = "referral-outcome"
"""The programme of what no other programme asks for: what came of a referral."""
REHABILITATION: Final = "rehabilitation"
_TO_REHABILITATE: Final = frozenset({"L3", "stroke-down-02", "chronic-suitable-down-03"})
"""Indications for the way back (nbphs3-referral-indication) that are a plan to rehabilitate."""
_PROGRAMMES: Final = frozenset(one.name for one in PROGRAMMES)
_SEVERITY: Final = {"emergency": Action.EMERGENCY, "urgent": Action.REFER, "routine": Action.REFER}
_WRONG: Final = "entered-in-error"


def due_rows(body: Body) -> Rows:
    """The row of a referral that was sent back, or of an outcome that nobody else asks for."""
    patient = id_of(body.get("for"), "Patient")
    if not patient or body.get("status") == _WRONG:
        return []
    if is_referral_task(body):
        return _first_contact(body, patient)
    return _outcome(body, patient) if kind_of(body) == FOLLOW_UP else []


def _first_contact(body: Body, patient: str) -> Rows:
    end = body.get("restriction", {}).get("period", {}).get("end")
    if state_of(body) not in RETURNED or not end:
        return []
    return [
        {
            "patient_id": patient,
            "programme": takes_up(body),
            "activity": Activity.RETURN_CONTACT.value,
            "due_on": local_date(instant(end)).isoformat(),
            "severity": _SEVERITY[facts_of(body).urgency].severity,
            "path": page_of(request_id_of(body)),
        }
    ]


def _outcome(body: Body, patient: str) -> Rows:
    found = outcome_of(body)
    if found.known or facts_of(body).programme:
        return []
    return [
        {
            "patient_id": patient,
            "programme": OUTCOME,
            "activity": Activity.REFERRAL_OUTCOME.value,
            "due_on": found.due_on.isoformat(),
            "severity": Action.REFER.severity,
            "path": page_of(found.request_id),
        }
    ]


def takes_up(body: Body) -> str:
    """The programme in which somebody goes on who was sent back; `OUTCOME` where there is none."""
    return next(iter(taken_up_in(body)), OUTCOME)


def taken_up_in(body: Body) -> list[str]:
    """The programmes in which the first contact after a return can be, the right one first.

    That is 康复 where the hospital sent somebody back to rehabilitate, else the programme that
    referred, else that of the disease.
    """
    facts = facts_of(body)
    offered = [one.reason for one in moves_of(body) if one.event is Event.OFFER_BACK]
    goal = REHABILITATION if offered and offered[-1] in _TO_REHABILITATE else ""
    named = dict.fromkeys((goal, facts.programme, facts.disease))
    return [one for one in named if one in _PROGRAMMES]


def page_of(request_id: str) -> str:
    """The page of a referral."""
    return f"/referrals/{request_id}"


PROJECTIONS = (Projection("Task", health_due, due_rows),)
