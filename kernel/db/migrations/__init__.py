"""Alembic's scripts: one line of revisions for the records, one for the audit."""
