"""What other modules may ask of the programmes."""

from health.declare import Action, Activity, Case, Decision, Earlier, Programme
from health.enrolment.kinds import CLOSED_FOR, episode, with_extension, with_status
from health.fields import NEXT_DATE, VISIT_DATE, VISIT_MODE
from health.followups.queries import list_follow_ups
from health.followups.services import (
    Entry,
    FollowUp,
    answer_body,
    day_of_visit,
    follow_up_of,
    get_follow_up,
    is_valid,
)
from health.programmes import PROGRAMMES, programme_of
from health.projections import CONTACT
from health.resident.trends import measured
from health.searching import person_choices, search_token, sought_in
from health.tables import health_due, health_enrolment

__all__ = [
    "CLOSED_FOR",
    "CONTACT",
    "NEXT_DATE",
    "PROGRAMMES",
    "VISIT_DATE",
    "VISIT_MODE",
    "Action",
    "Activity",
    "Case",
    "Decision",
    "Earlier",
    "Entry",
    "FollowUp",
    "Programme",
    "answer_body",
    "day_of_visit",
    "episode",
    "follow_up_of",
    "get_follow_up",
    "health_due",
    "health_enrolment",
    "is_valid",
    "list_follow_ups",
    "measured",
    "person_choices",
    "programme_of",
    "search_token",
    "sought_in",
    "with_extension",
    "with_status",
]
