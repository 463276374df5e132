"""What the national norm leaves to the place, and what the house takes until somebody decides."""

from typing import Final

UNDO_DAYS: Final = 90
"""How many days a merge can be undone (health-record.md §13.1: within the audit window)."""
