"""Pairs of Patients that may be one person, and what was decided about them."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision: str | None = "0003"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    """Make the table; a job fills it."""
    op.create_table(
        "records_pair",
        sa.Column("low_id", sa.String(64), nullable=False),
        sa.Column("high_id", sa.String(64), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("score", sa.Integer(), nullable=False),
        sa.Column("reasons", sa.Text(), nullable=False),
        sa.Column("found_at", sa.BigInteger(), nullable=False),
        sa.Column("keep_id", sa.String(64)),
        sa.Column("taken", sa.Text()),
        sa.Column("proposed_by", sa.String(36)),
        sa.Column("proposed_at", sa.BigInteger()),
        sa.Column("decided_by", sa.String(36)),
        sa.Column("decided_at", sa.BigInteger()),
        sa.Column("provenance_id", sa.String(64)),
        sa.PrimaryKeyConstraint("low_id", "high_id", name="pk_records_pair"),
    )
    op.create_index("ix_records_pair_high_id", "records_pair", ["high_id"])
    op.create_index("ix_records_pair_state", "records_pair", ["state", "score"])
