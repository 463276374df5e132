"""Uploaded lists that wait to be confirmed, and what an institution's headings mean."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision: str | None = "0002"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    """Make the tables; there is nothing to fill them with."""
    op.create_table(
        "kernel_batch",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("organisation_id", sa.String(64), nullable=False),
        sa.Column("user_id", sa.String(36), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("ended_at", sa.BigInteger()),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("name", sa.LargeBinary(), nullable=False),
        sa.Column("payload", sa.LargeBinary(), nullable=False),
        sa.Column("report", sa.LargeBinary()),
        sa.PrimaryKeyConstraint("id", name="pk_kernel_batch"),
    )
    op.create_index(
        "ix_kernel_batch_organisation_id_kind",
        "kernel_batch",
        ["organisation_id", "kind", "created_at"],
    )
    op.create_index("ix_kernel_batch_state", "kernel_batch", ["state"])
    op.create_table(
        "kernel_batch_part",
        sa.Column("batch_id", sa.String(36), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("done", sa.Boolean(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("batch_id", "number", name="pk_kernel_batch_part"),
    )
    op.create_table(
        "kernel_heading",
        sa.Column("organisation_id", sa.String(64), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("heading", sa.String(100), nullable=False),
        sa.Column("meaning", sa.String(40), nullable=False),
        sa.PrimaryKeyConstraint("organisation_id", "kind", "heading", name="pk_kernel_heading"),
    )
