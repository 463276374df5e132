"""What other modules may ask of the programmes."""

from health.declare import Action, Case, Decision, Earlier, Programme
from health.enrolment.kinds import CLOSED_FOR, episode, with_extension, with_status
from health.fields import NEXT_DATE, VISIT_DATE, VISIT_MODE
from health.followups.services import Entry, answer_body
from health.programmes import PROGRAMMES, programme_of
from health.projections import CONTACT

__all__ = [
    "CLOSED_FOR",
    "CONTACT",
    "NEXT_DATE",
    "PROGRAMMES",
    "VISIT_DATE",
    "VISIT_MODE",
    "Action",
    "Case",
    "Decision",
    "Earlier",
    "Entry",
    "Programme",
    "answer_body",
    "episode",
    "programme_of",
    "with_extension",
    "with_status",
]
