"""Fact tables of the programmes: what is counted and listed, derived from resources."""

from sqlalchemy import Boolean, Column, Date, Float, Index, Integer, MetaData, String, Table

health_metadata = MetaData()


def _source() -> tuple[Column[str], Column[str]]:
    return (
        Column("source_type", String(40), nullable=False),
        Column("source_id", String(64), nullable=False),
    )


health_enrolment = Table(
    "health_enrolment",
    health_metadata,
    *_source(),
    Column("patient_id", String(64), nullable=False),
    Column("programme", String(40), nullable=False),
    Column("status", String(20), nullable=False),
    Column("from_on", Date, nullable=False),
    Column("to_on", Date),
    Column("closed_for", String(4)),
    Column("suspended_on", Date),
    Index("ix_health_enrolment_source_id", "source_id"),
    Index("ix_health_enrolment_patient_id", "patient_id", "programme"),
    Index("ix_health_enrolment_programme", "programme", "status"),
    Index("ix_health_enrolment_status", "status"),
)
"""A person in a programme (EpisodeOfCare) from a day until another (exclusive; NULL = still).

`status` is the EpisodeOfCare's: planned, waitlist (home bed: applied, submitted), active, onhold
(暂时失访 since `suspended_on`), finished, cancelled. `closed_for` a code of nbphs3-close-reason."""

health_follow_up = Table(
    "health_follow_up",
    health_metadata,
    *_source(),
    Column("patient_id", String(64), nullable=False),
    Column("programme", String(40), nullable=False),
    Column("done_on", Date, nullable=False),
    Column("mode", String(2)),
    Column("face_to_face", Boolean, nullable=False),
    Column("regular", Boolean, nullable=False),
    Column("outcome", String(20), nullable=False),
    Column("action", String(20), nullable=False),
    Column("due_on", Date),
    Column("uncontrolled", Boolean, nullable=False),
    Column("adverse", Boolean, nullable=False),
    Column("at_target", Boolean),
    Column("complete", Boolean, nullable=False),
    Column("educated", Boolean, nullable=False),
    Column("overridden", Boolean, nullable=False),
    Column("doctor_id", String(64)),
    Column("systolic", Integer),
    Column("diastolic", Integer),
    Column("glucose", Float(53)),
    Index("ix_health_follow_up_source_id", "source_id"),
    Index("ix_health_follow_up_patient_id", "patient_id", "programme", "done_on"),
    Index("ix_health_follow_up_programme", "programme", "outcome", "done_on"),
)
"""A valid answer (QuestionnaireResponse, completed or amended) to a programme's form, with what was
decided. `regular` is False for an outcome follow-up after a referral (§1.6), which no counter or
statistic of regular visits counts."""

health_examination = Table(
    "health_examination",
    health_metadata,
    *_source(),
    Column("patient_id", String(64), nullable=False),
    Column("done_on", Date, nullable=False),
    Column("complete", Boolean, nullable=False),
    Column("guided", Boolean, nullable=False),
    Index("ix_health_examination_source_id", "source_id"),
    Index("ix_health_examination_patient_id", "patient_id", "done_on"),
)
"""A finished health examination (健康体检表); `guided` whether health guidance was given."""

health_due = Table(
    "health_due",
    health_metadata,
    *_source(),
    Column("patient_id", String(64), nullable=False),
    Column("programme", String(40), nullable=False),
    Column("activity", String(20), nullable=False),
    Column("due_on", Date, nullable=False),
    Column("severity", Integer, nullable=False),
    Column("path", String(200)),
    Index("ix_health_due_source_id", "source_id"),
    Index("ix_health_due_patient_id", "patient_id", "due_on"),
    Index("ix_health_due_due_on", "due_on"),
)
"""What has to be done for a person by a day (inclusive): the scheduled activities of a CarePlan,
and what other modules project here (`health.api`).

`severity` is that of the action that asked for it (`health.declare.Action.severity`). `path` is the
address of the other module's page on which it is worked off; None where a form of ours does it."""

health_diagnosis = Table(
    "health_diagnosis",
    health_metadata,
    *_source(),
    Column("patient_id", String(64), nullable=False),
    Column("code", String(10), nullable=False),
    Index("ix_health_diagnosis_source_id", "source_id"),
    Index("ix_health_diagnosis_patient_id", "patient_id", "code"),
    Index("ix_health_diagnosis_code", "code"),
)
"""An active, not refuted diagnosis of a person: the WHO ICD-10 code, the part before `.x`."""

health_contact = Table(
    "health_contact",
    health_metadata,
    *_source(),
    Column("patient_id", String(64), nullable=False),
    Column("tried_on", Date, nullable=False),
    Column("reached", Boolean, nullable=False),
    Index("ix_health_contact_source_id", "source_id"),
    Index("ix_health_contact_patient_id", "patient_id", "tried_on"),
)
"""A try to reach somebody about an overdue visit (Communication); it is no face-to-face visit."""

health_year = Table(
    "health_year",
    health_metadata,
    Column("patient_id", String(64), nullable=False),
    Column("organisation_id", String(64)),
    Column("programme", String(40), nullable=False),
    Column("year", Integer, nullable=False),
    Column("managed", Boolean, nullable=False),
    Column("kept", Boolean, nullable=False),
    Column("from_on", Date),
    Column("to_on", Date),
    Column("age", Integer),
    Column("required", Integer, nullable=False),
    Column("face_to_face", Integer, nullable=False),
    Column("lacking", Integer, nullable=False),
    Column("examination_due", Boolean, nullable=False),
    Column("examined", Boolean, nullable=False),
    Column("examination_complete", Boolean, nullable=False),
    Column("guided", Boolean, nullable=False),
    Column("punctual", Boolean, nullable=False),
    Column("answer_by", Date),
    Column("complete", Boolean, nullable=False),
    Column("educated", Boolean, nullable=False),
    Column("standard", Boolean, nullable=False),
    Column("lost", Boolean, nullable=False),
    Column("visited", Boolean, nullable=False),
    Column("measured", Boolean, nullable=False),
    Column("at_target", Boolean, nullable=False),
    Column("below_140_90", Boolean, nullable=False),
    Column("last_on", Date),
    Index("ix_health_year_patient_id", "patient_id", "programme", "year"),
    # What the indicators count stands in the index: PostgreSQL then reads the index alone, and not
    # a page of the table for every second person.
    Index(
        "ix_health_year_programme", "year", "programme", "organisation_id",
        postgresql_include=[
            "managed", "kept", "standard", "answer_by", "at_target", "below_140_90",
        ],
    ),
)  # fmt: skip
"""A person in a programme in a calendar year, up to the current one (a Summary, `health/years.py`).

`organisation_id` keeps the person at the year's end (now, in the current one), else kept last.
`managed`: enrolled on any day of the year (`LEAVERS_COUNT`); of the elderly: has a complete
examination that led to guidance. `kept`: has not left by the year's end. `from_on`, `to_on`
(exclusive) of the enrolments that touch the year; of the elderly those of the file. `age` at the
year's end.
`required`, `face_to_face`, `lacking`: visits that the year needs, were made, are still missing.
`examination_due` whether the year needs one; `examined`, `examination_complete`, `guided` are of
the best one. `standard` is the flag of §1.5; `punctual`, `complete`, `educated` its parts (c)–(e).
`answer_by`: the last visit asks for another one by this day (inclusive): until then nothing is
missed, from the next day on the person is neither punctual nor standard (`health/indicators.py`).
`measured`: some visit measured what is controlled; `at_target` is that of the last such visit,
`below_140_90` the same by WS/T 598.4-2018; a lost person (`lost`) is at no target. `last_on` the
last regular follow-up of the year, which `visited` says there was."""
