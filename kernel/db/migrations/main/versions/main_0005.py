"""Subscribers, the versions that they are to be told of, and the outbox."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision: str | None = "0004"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    """Make the three tables, empty."""
    op.create_table(
        "kernel_subscriber",
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("organisation_id", sa.String(64), nullable=False),
        sa.Column("author_id", sa.String(36), nullable=False),
        sa.Column("reach", sa.String(20), nullable=False),
        sa.Column("organisations", sa.Text(), nullable=False),
        sa.Column("secret", sa.LargeBinary(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("pause_until", sa.BigInteger(), nullable=False),
        sa.Column("busy_until", sa.BigInteger(), nullable=False),
        sa.Column("delivered_at", sa.BigInteger()),
        sa.Column("last_error", sa.String(40), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_kernel_subscriber"),
    )
    op.create_table(
        "kernel_saved",
        sa.Column("type", sa.String(40), nullable=False),
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("patient_id", sa.String(64)),
        sa.Column("saved_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("type", "id", "version", name="pk_kernel_saved"),
    )
    op.create_index("ix_kernel_saved_saved_at", "kernel_saved", ["saved_at"])
    _outbox()


def _outbox() -> None:
    op.create_table(
        "kernel_outbox",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("subscription_id", sa.String(64), nullable=False),
        sa.Column("type", sa.String(40), nullable=False),
        sa.Column("resource_id", sa.String(64), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("patient_id", sa.String(64)),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("since_at", sa.BigInteger(), nullable=False),
        sa.Column("due_at", sa.BigInteger(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("last_error", sa.String(40), nullable=False),
        sa.Column("ended_at", sa.BigInteger()),
        sa.PrimaryKeyConstraint("id", name="pk_kernel_outbox"),
    )
    op.create_index(
        "ix_kernel_outbox_subscription_id", "kernel_outbox", ["subscription_id", "state", "due_at"]
    )
    op.create_index("ix_kernel_outbox_created_at", "kernel_outbox", ["state", "created_at"])
