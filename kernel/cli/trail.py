"""What a command changes is audited like what a page changes, with the machine's user in it."""

import getpass
from typing import Any

from kernel.audit.changes import record_changes
from kernel.audit.entry import Action, entry_of, row
from kernel.work import Work


def note(work: Work, action: Action, command: str, **detail: Any) -> None:
    """Audit a command in the transaction of what it does."""
    try:
        by = getpass.getuser()
    except (KeyError, OSError):  # a container's user need not have a name
        by = "unknown"
    entry = entry_of(work.actor, work.now, action, detail={"command": command, "by": by, **detail})
    record_changes(work.connection, [row(work.keys, entry)])
