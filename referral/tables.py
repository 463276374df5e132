"""Fact tables of referrals: what lists, clocks and figures read, derived from Tasks."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Date,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
)

referral_metadata = MetaData()


def _source() -> tuple[Column[str], Column[str]]:
    return (
        Column("source_type", String(40), nullable=False),
        Column("source_id", String(64), nullable=False),
    )


referral_case = Table(
    "referral_case",
    referral_metadata,
    *_source(),
    Column("request_id", String(64), nullable=False),
    Column("patient_id", String(64), nullable=False),
    Column("version", Integer, nullable=False),
    Column("state", String(20), nullable=False),
    Column("direction", String(10), nullable=False),
    Column("urgency", String(10), nullable=False),
    Column("disease", String(40)),
    Column("community_id", String(64), nullable=False),
    Column("doctor_id", String(64)),
    Column("hospital_id", String(64)),
    Column("department_id", String(64)),
    Column("programme", String(40)),
    Column("requisition", String(64)),
    Column("first_contact", String(4)),
    Column("open", Boolean, nullable=False),
    Column("owner_side", String(10)),
    Column("owner_organisation_id", String(64)),
    Column("owner_id", String(64)),
    Column("since_at", BigInteger, nullable=False),
    Column("due_at", BigInteger),
    Column("risk_at", BigInteger),
    Column("escalated_at", BigInteger),
    Column("look_at", BigInteger),
    Column("created_at", BigInteger, nullable=False),
    Column("submitted_at", BigInteger),
    Column("submitted_on", Date),
    Column("answered_at", BigInteger),
    Column("answer_due_at", BigInteger),
    Column("accepted_at", BigInteger),
    Column("rejected_at", BigInteger),
    Column("reject_reason", String(4)),
    Column("scheduled_at", BigInteger),
    Column("appointment_at", BigInteger),
    Column("appointment_id", String(64)),
    Column("arrived_at", BigInteger),
    Column("no_shows", Integer, nullable=False),
    Column("started_at", BigInteger),
    Column("feedback_at", BigInteger),
    Column("feedback_due_at", BigInteger),
    Column("back_offered_at", BigInteger),
    Column("back_accepted_at", BigInteger),
    Column("back_declined_at", BigInteger),
    Column("followed_up_on", Date),
    Column("closed_at", BigInteger),
    Column("closed_without_letter", Boolean, nullable=False),
    Column("cancelled_at", BigInteger),
    Column("cancel_reason", String(4)),
    Column("expired_at", BigInteger),
    Column("indicated", Boolean),
    Index("ix_referral_case_source_id", "source_id"),
    Index("ix_referral_case_patient_id", "patient_id"),
    Index("ix_referral_case_community_id", "community_id", "open", "due_at"),
    Index("ix_referral_case_hospital_id", "hospital_id", "open", "due_at"),
    Index("ix_referral_case_look_at", "look_at"),
    Index("ix_referral_case_submitted_on", "submitted_on"),
)
"""A referral, from its Task. Instants (`_at`) are microseconds UTC; `_on` local dates.

`source_id` is the Task (`derived_id(request_id, "task")`), `request_id` the ServiceRequest. `open`:
it stands on somebody's list: that of `owner_side` (community, head, hospital),
`owner_organisation_id` and the named `owner_id` (Practitioner; None where the institution has named
nobody), until `due_at`, at risk from `risk_at` on. `since_at`: in this state since. `escalated_at`:
the deadline that holds was overrun and that was told; `look_at`: when the clock looks at it next.
`answered_at`: first acceptance, rejection, question or redirection after the submission;
`answer_due_at` its limit.
`disease` is a key of the indications (`hypertension`, …, `general`), `programme` the programme of
the follow-up that led to it. `indicated` whether the receiver judged the indication met."""

referral_move = Table(
    "referral_move",
    referral_metadata,
    *_source(),
    Column("request_id", String(64), nullable=False),
    Column("patient_id", String(64), nullable=False),
    Column("number", Integer, nullable=False),
    Column("event", String(24), nullable=False),
    Column("from_state", String(20)),
    Column("to_state", String(20), nullable=False),
    Column("moved_at", BigInteger, nullable=False),
    Column("side", String(10), nullable=False),
    Column("by_id", String(64)),
    Column("organisation_id", String(64)),
    Column("reason", String(8)),
    Column("text", Text),
    Index("ix_referral_move_source_id", "source_id"),
    Index("ix_referral_move_request_id", "request_id"),
    Index("ix_referral_move_event", "event", "moved_at"),
)
"""A move of a referral, numbered from 1: who, when, from which state to which, why."""

referral_outcome = Table(
    "referral_outcome",
    referral_metadata,
    *_source(),
    Column("request_id", String(64), nullable=False),
    Column("patient_id", String(64), nullable=False),
    Column("requisition", String(64)),
    Column("organisation_id", String(64), nullable=False),
    Column("doctor_id", String(64)),
    Column("referred_on", Date, nullable=False),
    Column("first_due_on", Date, nullable=False),
    Column("due_on", Date, nullable=False),
    Column("known", Boolean, nullable=False),
    Column("finding", String(4)),
    Column("found_on", Date),
    Column("first_on", Date),
    Column("contacts", Integer, nullable=False),
    Index("ix_referral_outcome_source_id", "source_id"),
    Index("ix_referral_outcome_request_id", "request_id"),
    Index("ix_referral_outcome_patient_id", "patient_id"),
    Index("ix_referral_outcome_organisation_id", "organisation_id", "known", "due_on"),
)
"""The 14-day outcome follow-up of a referral, from its own Task (chronic-disease.md §1.6).

`finding` a code of nbphs3-referral-finding, the last one found, on `found_on`; `first_on` the day
of the first contact, in time until `first_due_on` (day 14); `due_on` the day of the next one;
`known`: the outcome is known, nothing more is to be asked."""

referral_errand = Table(
    "referral_errand",
    referral_metadata,
    *_source(),
    Column("request_id", String(64), nullable=False),
    Column("patient_id", String(64), nullable=False),
    Column("kind", String(24), nullable=False),
    Column("organisation_id", String(64)),
    Column("owner_id", String(64)),
    Column("due_at", BigInteger),
    Column("open", Boolean, nullable=False),
    Index("ix_referral_errand_source_id", "source_id"),
    Index("ix_referral_errand_request_id", "request_id"),
    Index("ix_referral_errand_organisation_id", "organisation_id", "open"),
)
"""Something told about a referral beside its own step: an escalation (to the office's head and to
the referrer), a person who did not come and is to be called, an emergency slip that is missing."""

referral_department = Table(
    "referral_department",
    referral_metadata,
    *_source(),
    Column("hospital_id", String(64), nullable=False),
    Column("name", Text, nullable=False),
    Column("active", Boolean, nullable=False),
    Index("ix_referral_department_source_id", "source_id"),
    Index("ix_referral_department_hospital_id", "hospital_id"),
)
"""A hospital's department (HealthcareService) to which people can be referred."""

referral_agreement = Table(
    "referral_agreement",
    referral_metadata,
    *_source(),
    Column("agreement_id", String(64), nullable=False),
    Column("hospital_id", String(64), nullable=False),
    Column("partner_id", String(64), nullable=False),
    Column("from_on", Date, nullable=False),
    Column("to_on", Date),
    Column("directions", String(40), nullable=False),
    Column("diseases", Text, nullable=False),
    Column("conditions", Text, nullable=False),
    Column("capacity", Integer, nullable=False),
    Column("contact_id", String(64)),
    Index("ix_referral_agreement_source_id", "source_id"),
    Index("ix_referral_agreement_partner_id", "partner_id"),
    Index("ix_referral_agreement_hospital_id", "hospital_id"),
)
"""What a department takes from a partner (station, centre, bureau) from a day until another
(exclusive; NULL = open). `directions`, `diseases` are codes with spaces between, no disease: any;
`capacity` referrals a day, 0: no limit; `contact_id` whom a new referral stands with."""
