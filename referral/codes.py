"""The code systems and extensions of a referral, and which codes mean what. Pure."""

from typing import Final

from kernel.canonical import code_system, identifier_system, structure_definition
from referral.states import State

CATEGORY: Final = code_system("nbphs3-referral-category")
"""ServiceRequest.category of a referral has the code `referral` of this system."""
REFERRAL: Final = "referral"
TASKS: Final = code_system("nbphs3-referral-task")
FOLLOW_UP: Final = "referral-followup"
ESCALATION: Final = "escalation"
CALL_PATIENT: Final = "call-patient"
SLIP_MISSING: Final = "slip-missing"
ERRANDS: Final = frozenset({ESCALATION, CALL_PATIENT, SLIP_MISSING})
STATES: Final = code_system("nbphs3-referral-state")
EVENTS: Final = code_system("nbphs3-referral-event")
REJECT_REASONS: Final = code_system("nbphs3-referral-reject-reason")
CANCEL_REASONS: Final = code_system("nbphs3-referral-cancel-reason")
BACK_DECLINE_REASONS: Final = code_system("nbphs3-referral-back-decline-reason")
INDICATIONS: Final = code_system("nbphs3-referral-indication")
FINDINGS: Final = code_system("nbphs3-referral-finding")
REQUISITION: Final = identifier_system("referral-requisition")
"""转诊号: one number for a referral and all that follows from it, its way back included."""
HOSPITAL_NUMBER: Final = identifier_system("hospital-patient-number")
"""病案号: the hospital's own number of the patient."""

FACTS: Final = structure_definition("referral-facts")
MOVE: Final = structure_definition("referral-move")
EVENT: Final = structure_definition("referral-event")
RECEIVER: Final = structure_definition("referral-receiver")
DEPARTMENT: Final = structure_definition("referral-department")
COMMUNITY: Final = structure_definition("referral-community")
DIRECTION: Final = structure_definition("referral-direction")
DISEASE: Final = structure_definition("referral-disease")
PROGRAMME: Final = structure_definition("referral-programme")
FIRST_CONTACT: Final = structure_definition("referral-first-contact")
PHONED_AT: Final = structure_definition("referral-phoned-at")
"""When an emergency was announced by telephone; its slip may follow within a day."""
EXPECTED_END: Final = structure_definition("referral-expected-end")
"""The day until which somebody is expected to stay at the hospital."""
INDICATED: Final = structure_definition("referral-indicated")
"""Whether the receiver judged the indication met (RF16)."""
FOLLOW_UP_ON: Final = structure_definition("referral-follow-up-on")
"""Composition of a letter: the day on which the hospital asks for the next follow-up."""
BACK_LEG: Final = "back-leg"
"""ServiceRequest.category of the way back of a referral: no referral of its own, no Task."""
DISCHARGE: Final = "18842-5"
"""LOINC, Discharge summary: the letter with which somebody is offered back."""
EPISODE: Final = "34133-9"
"""LOINC, Summary of episode note: a letter without an offer."""
SLIP: Final = "57133-1"
"""LOINC, Referral note: 转出单."""
APPOINTMENT: Final = "appointment"
"""Task.output.type: the Appointment that was booked."""
LETTER_TYPES: Final = frozenset({"Composition", "DocumentReference", "DiagnosticReport", "Bundle"})

BSER: Final = "http://hl7.org/fhir/us/bser/CodeSystem/TaskBusinessStatusCS"
BSER_CODES: Final = {
    State.SUBMITTED: ("2.0", "Service Request Created"),
    State.ACCEPTED: ("3.0", "Service Request Accepted"),
    State.REJECTED: ("4.0", "Service Request Declined"),
    State.SCHEDULED: ("5.1.1", "Service Request Event Scheduled"),
    State.NO_SHOW: ("5.1.2", "Scheduled Service Request Event Unattended"),
    State.CANCELLED: ("6.0", "Service Request Fulfillment Cancelled"),
    State.CLOSED: ("7.0", "Service Request Fulfillment Completed"),
}
"""BSeR 2.0.0-ballot, TaskBusinessStatusCS: sent beside our own code where there is one (§7)."""

TASK_STATUS: Final = {
    State.DRAFT: "draft",
    State.PENDING_APPROVAL: "requested",
    State.SUBMITTED: "requested",
    State.INFO_REQUESTED: "on-hold",
    State.ACCEPTED: "accepted",
    State.REJECTED: "rejected",
    State.SCHEDULED: "accepted",
    State.NO_SHOW: "on-hold",
    State.ARRIVED: "in-progress",
    State.IN_CARE: "in-progress",
    State.FEEDBACK_SENT: "in-progress",
    State.BACK_OFFERED: "in-progress",
    State.BACK_ACCEPTED: "in-progress",
    State.FOLLOWED_UP: "in-progress",
    State.CLOSED: "completed",
    State.CANCELLED: "cancelled",
    State.EXPIRED: "failed",
}
REQUEST_STATUS: Final = {
    State.DRAFT: "draft",
    State.PENDING_APPROVAL: "draft",
    State.CANCELLED: "revoked",
    State.EXPIRED: "revoked",
    State.CLOSED: "completed",
}
"""ServiceRequest.status by state (§7); active in every other."""

URGENCIES: Final = {"stat": "emergency", "asap": "urgent", "urgent": "urgent", "routine": "routine"}
"""Our urgency by FHIR's request-priority."""
PRIORITIES: Final = {"emergency": "stat", "urgent": "urgent", "routine": "routine"}
UP, DOWN, LATERAL = "up", "down", "lateral"
