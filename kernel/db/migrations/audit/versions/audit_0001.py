"""The audit: inbox of accesses, sealed entries, signed heads, and triggers that keep them.

Revision 0001, the first of its line. What is written here stays as it is once it was released.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from kernel.db.dialect import is_sqlite

revision = "0001"
down_revision: str | None = None
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    """Make the tables of an empty database."""
    _entries()
    _seals()
    statements = _SQLITE if is_sqlite(op.get_bind()) else _POSTGRESQL
    for statement in statements:
        op.execute(statement)


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


def _entries() -> None:
    op.create_table(
        "access_inbox",
        *_entry_columns(),
        sa.PrimaryKeyConstraint("id", name="pk_access_inbox"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "audit_entry",
        sa.Column(
            "position",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=False,
            nullable=False,
        ),
        *_entry_columns(),
        sa.Column("chain", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("position", name="pk_audit_entry"),
    )
    op.create_index("ix_audit_entry_action", "audit_entry", ["action", "at"])
    op.create_index("ix_audit_entry_at", "audit_entry", ["at"])
    op.create_index("ix_audit_entry_patient_id", "audit_entry", ["patient_id", "at"])
    op.create_index("ix_audit_entry_resource", "audit_entry", ["resource_type", "resource_id"])
    op.create_index("ix_audit_entry_user_id", "audit_entry", ["user_id", "at"])
    op.create_index("uq_audit_entry_id", "audit_entry", ["id"], unique=True)
    op.create_table(
        "audit_patient",
        sa.Column("patient_id", sa.String(64), nullable=False),
        sa.Column("entry_id", sa.String(36), nullable=False),
        sa.PrimaryKeyConstraint("patient_id", "entry_id", name="pk_audit_patient"),
        sqlite_with_rowid=False,
    )


def _seals() -> None:
    op.create_table(
        "audit_head",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("first_position", sa.BigInteger(), nullable=False),
        sa.Column("last_position", sa.BigInteger(), nullable=False),
        sa.Column("chain", sa.LargeBinary(), nullable=False),
        sa.Column("signature", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("day", name="pk_audit_head"),
    )
    op.create_table(
        "audit_purge",
        sa.Column(
            "through_position",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=False,
            nullable=False,
        ),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("chain", sa.LargeBinary(), nullable=False),
        sa.Column("signature", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("through_position", name="pk_audit_purge"),
    )


_SQLITE = (
    *(
        f"CREATE TRIGGER {table}_no_update BEFORE UPDATE ON {table} "
        f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
        for table in ("audit_entry", "audit_patient", "audit_head", "audit_purge")
    ),
    *(
        f"CREATE TRIGGER {table}_no_delete BEFORE DELETE ON {table} "
        f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
        for table in ("audit_head", "audit_purge")
    ),
    """CREATE TRIGGER audit_entry_no_delete BEFORE DELETE ON audit_entry
    WHEN OLD.position > coalesce((SELECT max(through_position) FROM audit_purge), 0)
    BEGIN SELECT RAISE(ABORT, 'audit_entry is append-only'); END""",
    """CREATE TRIGGER audit_patient_no_delete BEFORE DELETE ON audit_patient
    WHEN NOT EXISTS (
        SELECT 1 FROM audit_entry WHERE id = OLD.entry_id
        AND position <= (SELECT max(through_position) FROM audit_purge)
    )
    BEGIN SELECT RAISE(ABORT, 'audit_patient is append-only'); END""",
)
"""`INSERT OR REPLACE` fires the DELETE triggers too, because `recursive_triggers` is on."""

_POSTGRESQL = (
    """CREATE FUNCTION audit_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = '42501';
    END $$""",
    """CREATE FUNCTION audit_entry_keep() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF OLD.position > coalesce((SELECT max(through_position) FROM audit_purge), 0) THEN
            RAISE EXCEPTION 'audit_entry is append-only' USING ERRCODE = '42501';
        END IF;
        RETURN OLD;
    END $$""",
    """CREATE FUNCTION audit_patient_keep() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF NOT EXISTS (
            SELECT 1 FROM audit_entry WHERE id = OLD.entry_id
            AND position <= (SELECT max(through_position) FROM audit_purge)
        ) THEN
            RAISE EXCEPTION 'audit_patient is append-only' USING ERRCODE = '42501';
        END IF;
        RETURN OLD;
    END $$""",
    *(
        f"CREATE TRIGGER {table}_no_update BEFORE UPDATE ON {table} "
        "FOR EACH ROW EXECUTE FUNCTION audit_refuse()"
        for table in ("audit_entry", "audit_patient", "audit_head", "audit_purge")
    ),
    *(
        f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} "
        "FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse()"
        for table in ("audit_entry", "audit_patient", "audit_head", "audit_purge")
    ),
    *(
        f"CREATE TRIGGER {table}_no_delete BEFORE DELETE ON {table} "
        "FOR EACH ROW EXECUTE FUNCTION audit_refuse()"
        for table in ("audit_head", "audit_purge")
    ),
    *(
        f"CREATE TRIGGER {table}_no_delete BEFORE DELETE ON {table} "
        f"FOR EACH ROW EXECUTE FUNCTION {table}_keep()"
        for table in ("audit_entry", "audit_patient")
    ),
)
