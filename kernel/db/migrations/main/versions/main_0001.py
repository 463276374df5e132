"""Resources with their history, accounts, grants, facts and the inbox of changes.

Revision 0001, the first of its line. What is written here stays as it is once it was released.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision: str | None = None
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    """Make the tables of an empty database."""
    _resources()
    _accounts()
    _sign_in()
    _house()


def _head_columns() -> list[sa.Column[object]]:
    return [
        sa.Column("type", sa.String(40), nullable=False),
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.Column("deleted", sa.Boolean(), nullable=False),
        sa.Column("organisation_id", sa.String(64)),
        sa.Column("patient_id", sa.String(64)),
        sa.Column("author_id", sa.String(64)),
        sa.Column("body", sa.LargeBinary()),
    ]


def _entry_columns() -> list[sa.Column[object]]:
    return [
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("action", sa.String(40), nullable=False),
        sa.Column("outcome", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.String(36)),
        sa.Column("organisation_id", sa.String(64)),
        sa.Column("patient_id", sa.String(64)),
        sa.Column("resource_type", sa.String(40)),
        sa.Column("resource_id", sa.String(64)),
        sa.Column("version", sa.Integer()),
        sa.Column("source", sa.String(64)),
        sa.Column("detail", sa.LargeBinary()),
        sa.Column("mac", sa.LargeBinary(), nullable=False),
    ]


def _resources() -> None:
    op.create_table(
        "fhir_resource",
        *_head_columns(),
        sa.PrimaryKeyConstraint("type", "id", name="pk_fhir_resource"),
    )
    op.create_index("ix_fhir_resource_patient_id", "fhir_resource", ["patient_id", "type"])
    op.create_index(
        "ix_fhir_resource_type_updated_at", "fhir_resource", ["type", "updated_at", "id"]
    )
    op.create_table(
        "fhir_history",
        *_head_columns(),
        sa.PrimaryKeyConstraint("type", "id", "version", name="pk_fhir_history"),
    )
    op.create_index("ix_fhir_history_type_updated_at", "fhir_history", ["type", "updated_at", "id"])
    op.create_table(
        "fhir_condition_key",
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("digest", name="pk_fhir_condition_key"),
    )


def _accounts() -> None:
    op.create_table(
        "kernel_user",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("name", sa.String(64), nullable=False),
        sa.Column("display", sa.String(100), nullable=False),
        sa.Column("organisation_id", sa.String(64), nullable=False),
        sa.Column("practitioner_id", sa.String(64)),
        sa.Column("machine", sa.Boolean(), nullable=False),
        sa.Column("disabled", sa.Boolean(), nullable=False),
        sa.Column("password_hash", sa.Text()),
        sa.Column("password_set_at", sa.BigInteger()),
        sa.Column("must_change", sa.Boolean(), nullable=False),
        sa.Column("code_until", sa.BigInteger()),
        sa.Column("language", sa.String(8), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_kernel_user"),
        sa.UniqueConstraint("name", name="uq_kernel_user_name"),
    )
    op.create_table(
        "kernel_user_role",
        sa.Column("user_id", sa.String(36), nullable=False),
        sa.Column("role", sa.String(40), nullable=False),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("to_on", sa.Date()),
        sa.PrimaryKeyConstraint("user_id", "role", "from_on", name="pk_kernel_user_role"),
    )
    op.create_table(
        "kernel_session",
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("user_id", sa.String(36), nullable=False),
        sa.Column("csrf", sa.String(64), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("seen_at", sa.BigInteger(), nullable=False),
        sa.Column("source", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("digest", name="pk_kernel_session"),
    )
    op.create_index("ix_kernel_session_user_id", "kernel_session", ["user_id"])
    op.create_table(
        "kernel_token",
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("user_id", sa.String(36), nullable=False),
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.Column("revoked_at", sa.BigInteger()),
        sa.PrimaryKeyConstraint("digest", name="pk_kernel_token"),
    )
    op.create_index("ix_kernel_token_user_id", "kernel_token", ["user_id"])


def _sign_in() -> None:
    op.create_table(
        "kernel_password_history",
        sa.Column("user_id", sa.String(36), nullable=False),
        sa.Column("set_at", sa.BigInteger(), nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("user_id", "set_at", name="pk_kernel_password_history"),
    )
    op.create_table(
        "kernel_sign_in_failure",
        sa.Column("key", sa.String(64), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("locked_until", sa.BigInteger(), nullable=False),
        sa.Column("seen_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_kernel_sign_in_failure"),
    )


def _house() -> None:
    op.create_table(
        "kernel_grant",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("patient_id", sa.String(64), nullable=False),
        sa.Column("organisation_id", sa.String(64), nullable=False),
        sa.Column("scope", sa.String(40), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("granted_by", sa.String(36), nullable=False),
        sa.Column("granted_at", sa.BigInteger(), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_kernel_grant"),
    )
    op.create_index(
        "ix_kernel_grant_organisation_id_patient_id",
        "kernel_grant",
        ["organisation_id", "patient_id", "until"],
    )
    op.create_table(
        "kernel_epoch",
        sa.Column("name", sa.String(40), nullable=False),
        sa.Column("value", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_kernel_epoch"),
    )
    op.create_table(
        "kernel_fact",
        sa.Column("name", sa.String(60), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_kernel_fact"),
    )
    op.create_table(
        "audit_inbox",
        *_entry_columns(),
        sa.PrimaryKeyConstraint("id", name="pk_audit_inbox"),
        sqlite_with_rowid=False,
    )
