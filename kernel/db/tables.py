"""The tables that hold what was written: resources, accounts, grants and the audit.

`metadata` and `audit_metadata` are versioned by Alembic. Everything that can be computed from them
again (search and fact tables) lives in `kernel.db.derived` and is rebuilt instead of migrated.
Instants are BIGINT microseconds; `body` columns hold what `kernel.security.codec` made.
"""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Date,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    String,
    Table,
    Text,
)

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
}
metadata = MetaData(naming_convention=NAMING)
audit_metadata = MetaData(naming_convention=NAMING)


def _head_columns() -> list[Column[object]]:
    return [
        Column("type", String(40), nullable=False),
        Column("id", String(64), nullable=False),
        Column("version", Integer, nullable=False),
        Column("updated_at", BigInteger, nullable=False),
        Column("deleted", Boolean, nullable=False),
        Column("organisation_id", String(64)),
        Column("patient_id", String(64)),
        Column("author_id", String(64)),
        Column("body", LargeBinary),
    ]


fhir_resource = Table(
    "fhir_resource",
    metadata,
    *_head_columns(),
    PrimaryKeyConstraint("type", "id"),
    Index("ix_fhir_resource_type_updated_at", "type", "updated_at", "id"),
    Index("ix_fhir_resource_patient_id", "patient_id", "type"),
)
"""The current version of every resource (deleted ones keep their row, without a body)."""

fhir_history = Table(
    "fhir_history",
    metadata,
    *_head_columns(),
    PrimaryKeyConstraint("type", "id", "version"),
    Index("ix_fhir_history_type_updated_at", "type", "updated_at", "id"),
)
"""The versions before the current one, copied from `fhir_resource` when they were replaced."""

fhir_condition_key = Table(
    "fhir_condition_key", metadata, Column("digest", LargeBinary, primary_key=True)
)
"""A row per condition that a conditional create or update ever locked (a keyed hash of it)."""

kernel_user = Table(
    "kernel_user",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("name", String(64), nullable=False, unique=True),
    Column("display", String(100), nullable=False),
    Column("organisation_id", String(64), nullable=False),
    Column("practitioner_id", String(64)),
    Column("machine", Boolean, nullable=False),
    Column("disabled", Boolean, nullable=False),
    Column("password_hash", Text),
    Column("password_set_at", BigInteger),
    Column("must_change", Boolean, nullable=False),
    Column("code_until", BigInteger),
    Column("language", String(8), nullable=False),
    Column("created_at", BigInteger, nullable=False),
)
"""Accounts. They are disabled, never deleted, so that a name is never used by somebody else.

Where `code_until` is set, `password_hash` is that of a one-time code which dies at that instant.
"""

kernel_password_history = Table(
    "kernel_password_history",
    metadata,
    Column("user_id", String(36), nullable=False),
    Column("set_at", BigInteger, nullable=False),
    Column("password_hash", Text, nullable=False),
    PrimaryKeyConstraint("user_id", "set_at"),
)
"""Replaced passwords, kept only in the profile that forbids using one again."""

kernel_user_role = Table(
    "kernel_user_role",
    metadata,
    Column("user_id", String(36), nullable=False),
    Column("role", String(40), nullable=False),
    Column("from_on", Date, nullable=False),
    Column("to_on", Date),
    PrimaryKeyConstraint("user_id", "role", "from_on"),
)
"""Which role an account has from a day on, until the day `to_on` (exclusive; NULL = open)."""

kernel_session = Table(
    "kernel_session",
    metadata,
    Column("digest", LargeBinary, primary_key=True),
    Column("user_id", String(36), nullable=False, index=True),
    Column("csrf", String(64), nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("seen_at", BigInteger, nullable=False),
    Column("source", String(64), nullable=False),
)
"""Browser sessions; only a digest of the cookie is kept."""

kernel_token = Table(
    "kernel_token",
    metadata,
    Column("digest", LargeBinary, primary_key=True),
    Column("user_id", String(36), nullable=False, index=True),
    Column("scope", Text, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("expires_at", BigInteger, nullable=False),
    Column("revoked_at", BigInteger),
)
"""Bearer tokens; only a digest is kept."""

kernel_sign_in_failure = Table(
    "kernel_sign_in_failure",
    metadata,
    Column("key", String(64), primary_key=True),
    Column("failures", Integer, nullable=False),
    Column("locked_until", BigInteger, nullable=False),
    Column("seen_at", BigInteger, nullable=False),
)
"""Failed sign-ins by name typed (known or not: both are answered alike) and by network source.

The key is a digest, because people type passwords where the name belongs.
"""

kernel_grant = Table(
    "kernel_grant",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("patient_id", String(64), nullable=False),
    Column("organisation_id", String(64), nullable=False),
    Column("scope", String(40), nullable=False),
    Column("reason", Text, nullable=False),
    Column("granted_by", String(36), nullable=False),
    Column("granted_at", BigInteger, nullable=False),
    Column("until", BigInteger, nullable=False),
    Index("ix_kernel_grant_organisation_id_patient_id", "organisation_id", "patient_id", "until"),
)
"""An institution may read one person's record until an instant, and why."""

kernel_epoch = Table(
    "kernel_epoch",
    metadata,
    Column("name", String(40), primary_key=True),
    Column("value", BigInteger, nullable=False),
)
"""Counters that go up when what they are named after changed; caches compare them."""

kernel_batch = Table(
    "kernel_batch",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("kind", String(40), nullable=False),
    Column("organisation_id", String(64), nullable=False),
    Column("user_id", String(36), nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("state", String(16), nullable=False),
    Column("ended_at", BigInteger),
    Column("total", Integer, nullable=False),
    Column("done", Integer, nullable=False),
    Column("name", LargeBinary, nullable=False),
    Column("payload", LargeBinary, nullable=False),
    Column("report", LargeBinary),
    Index("ix_kernel_batch_organisation_id_kind", "organisation_id", "kind", "created_at"),
    Index("ix_kernel_batch_state", "state"),
)
"""An uploaded list that waits to be confirmed, is being taken in, or can be undone.

`total` and `done` count what one run has to do. Everything that may name a person (the file's
name, its content, what was found wrong) is encrypted.
"""

kernel_batch_part = Table(
    "kernel_batch_part",
    metadata,
    Column("batch_id", String(36), nullable=False),
    Column("number", Integer, nullable=False),
    Column("done", Boolean, nullable=False),
    Column("content", LargeBinary, nullable=False),
    PrimaryKeyConstraint("batch_id", "number"),
)
"""A portion of a list that was confirmed: first what is to be taken in, then what was created.

So a slice of a long run reads and writes no more than it does. Encrypted like the list.
"""

kernel_heading = Table(
    "kernel_heading",
    metadata,
    Column("organisation_id", String(64), nullable=False),
    Column("kind", String(40), nullable=False),
    Column("heading", String(100), nullable=False),
    Column("meaning", String(40), nullable=False),
    PrimaryKeyConstraint("organisation_id", "kind", "heading"),
)
"""What an institution once said that a heading of its lists means."""

kernel_fact = Table(
    "kernel_fact",
    metadata,
    Column("name", String(60), primary_key=True),
    Column("value", Text, nullable=False),
)
"""Facts about this database itself: key check value, demo parameters, derived tables' prints."""

kernel_serial = Table(
    "kernel_serial",
    metadata,
    Column("name", String(100), primary_key=True),
    Column("last", BigInteger, nullable=False),
)
"""The last number that was given out under a name (`kernel.serials`)."""


kernel_subscriber = Table(
    "kernel_subscriber",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("organisation_id", String(64), nullable=False),
    Column("author_id", String(36), nullable=False),
    Column("reach", String(20), nullable=False),
    Column("organisations", Text, nullable=False),
    Column("secret", LargeBinary, nullable=False),
    Column("failures", Integer, nullable=False),
    Column("pause_until", BigInteger, nullable=False),
    Column("busy_until", BigInteger, nullable=False),
    Column("delivered_at", BigInteger),
    Column("last_error", String(40), nullable=False),
)
"""What the server knows about a Subscription: how far its author saw when it was made (`reach` and
`organisations`, joined by line feeds), the encrypted secret that signs, how delivering goes.

Nothing is sent before `pause_until`, and by one process at a time, which holds it by `busy_until`.
"""

kernel_saved = Table(
    "kernel_saved",
    metadata,
    Column("type", String(40), nullable=False),
    Column("id", String(64), nullable=False),
    Column("version", Integer, nullable=False),
    Column("patient_id", String(64)),
    Column("saved_at", BigInteger, nullable=False),
    PrimaryKeyConstraint("type", "id", "version"),
    Index("ix_kernel_saved_saved_at", "saved_at"),
)
"""Versions of types that somebody subscribed to, until they are in the outbox of whom it concerns.

One row a resource, however many subscribe: saving does not get slower by their number.
"""

kernel_outbox = Table(
    "kernel_outbox",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("subscription_id", String(64), nullable=False),
    Column("type", String(40), nullable=False),
    Column("resource_id", String(64), nullable=False),
    Column("version", Integer, nullable=False),
    Column("patient_id", String(64)),
    Column("created_at", BigInteger, nullable=False),
    Column("since_at", BigInteger, nullable=False),
    Column("due_at", BigInteger, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("state", String(16), nullable=False),
    Column("last_error", String(40), nullable=False),
    Column("ended_at", BigInteger),
    Index("ix_kernel_outbox_subscription_id", "subscription_id", "state", "due_at"),
    Index("ix_kernel_outbox_created_at", "state", "created_at"),
)
"""What is to be told to one subscriber about one version (kernel/subscriptions): waiting,
delivered, dead (given up) or withheld (it may not be seen any more).

`id` stays the same at every attempt; `since_at` is when trying began, after a resend that of it.
"""


records_pair = Table(
    "records_pair",
    metadata,
    Column("low_id", String(64), nullable=False),
    Column("high_id", String(64), nullable=False),
    Column("state", String(16), nullable=False),
    Column("score", Integer, nullable=False),
    Column("reasons", Text, nullable=False),
    Column("found_at", BigInteger, nullable=False),
    Column("keep_id", String(64)),
    Column("taken", Text),
    Column("proposed_by", String(36)),
    Column("proposed_at", BigInteger),
    Column("decided_by", String(36)),
    Column("decided_at", BigInteger),
    Column("provenance_id", String(64)),
    PrimaryKeyConstraint("low_id", "high_id"),
    Index("ix_records_pair_high_id", "high_id"),
    Index("ix_records_pair_state", "state", "score"),
)
"""Two Patients (the lower id first) that may be one person, and what was decided about them.

`reasons` are our own words, joined by line feeds; `keep_id` is the one that somebody proposes to
keep, `taken` the fields in which the other one is right. Nothing here tells who they are.
"""


_POSITION = BigInteger().with_variant(Integer(), "sqlite")
"""INTEGER is SQLite's own row number (64 bits), which needs no index beside the table."""


def _entry_columns() -> list[Column[object]]:
    return [
        Column("id", String(36), nullable=False),
        Column("at", BigInteger, nullable=False),
        Column("action", String(40), nullable=False),
        Column("outcome", Integer, nullable=False),
        Column("user_id", String(36)),
        Column("organisation_id", String(64)),
        Column("patient_id", String(64)),
        Column("resource_type", String(40)),
        Column("resource_id", String(64)),
        Column("version", Integer),
        Column("source", String(64)),
        Column("detail", LargeBinary),
        Column("mac", LargeBinary, nullable=False),
    ]


audit_inbox = Table(
    "audit_inbox",
    metadata,
    *_entry_columns(),
    PrimaryKeyConstraint("id"),
    sqlite_with_rowid=False,
)
"""Changes, written in the transaction that made them, until the sealer takes them over."""

access_inbox = Table(
    "access_inbox",
    audit_metadata,
    *_entry_columns(),
    PrimaryKeyConstraint("id"),
    sqlite_with_rowid=False,
)
"""Accesses, written in groups before the answer leaves, until the sealer takes them over."""

audit_entry = Table(
    "audit_entry",
    audit_metadata,
    Column("position", _POSITION, primary_key=True, autoincrement=False),
    *_entry_columns(),
    Column("chain", LargeBinary, nullable=False),
    Index("uq_audit_entry_id", "id", unique=True),
    Index("ix_audit_entry_at", "at"),
    Index("ix_audit_entry_action", "action", "at"),
    Index("ix_audit_entry_patient_id", "patient_id", "at"),
    Index("ix_audit_entry_user_id", "user_id", "at"),
    Index("ix_audit_entry_resource", "resource_type", "resource_id"),
)
"""The audit itself: every entry at its place in the chain."""

audit_head = Table(
    "audit_head",
    audit_metadata,
    Column("day", Date, primary_key=True),
    Column("first_position", BigInteger, nullable=False),
    Column("last_position", BigInteger, nullable=False),
    Column("chain", LargeBinary, nullable=False),
    Column("signature", LargeBinary, nullable=False),
)
"""A signed head per day: where the chain stood when the day was sealed."""

audit_patient = Table(
    "audit_patient",
    audit_metadata,
    Column("patient_id", String(64), nullable=False),
    Column("entry_id", String(36), nullable=False),
    PrimaryKeyConstraint("patient_id", "entry_id"),
    sqlite_with_rowid=False,
)
"""The persons of an entry that touched several (`audit_entry.patient_id` holds a single one)."""

audit_purge = Table(
    "audit_purge",
    audit_metadata,
    Column("through_position", _POSITION, primary_key=True, autoincrement=False),
    Column("at", BigInteger, nullable=False),
    Column("chain", LargeBinary, nullable=False),
    Column("signature", LargeBinary, nullable=False),
)
"""Entries up to a position were purged after their retention; without a row none can go."""
