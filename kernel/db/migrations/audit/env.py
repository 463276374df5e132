"""Run by Alembic for every command; `kernel.db.upgrade` hands in the open connection."""

from alembic import context

from kernel.db.tables import audit_metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=audit_metadata,
    version_table="audit_alembic_version",
    render_as_batch=True,  # SQLite alters a table by copying it
    transactional_ddl=True,  # our SQLite connections begin transactions themselves
)
with context.begin_transaction():
    context.run_migrations()
