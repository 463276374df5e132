"""Space put aside beside the audit's file, given back when the disk is full.

A full disk stops writes to the records, which is right, and would stop every reading too, because
nothing is shown without its audit. The reserve buys the time in which somebody makes room.
"""

import logging
import os
from pathlib import Path

RESERVE_BYTES = 8 * 1024 * 1024
"""Room for about 20,000 accesses."""

_log = logging.getLogger("station.audit")


class Reserve:
    """A file of `size` bytes that stands beside `audit_file` while there is room for it."""

    def __init__(self, audit_file: Path, size: int = RESERVE_BYTES) -> None:
        self._path = audit_file.with_name(audit_file.name + ".reserve")
        self._size = size

    @property
    def held(self) -> bool:
        """Whether the space is still put aside."""
        return self._path.exists()

    def hold(self) -> bool:
        """Put the space aside, if twice as much is free; whether it is held now."""
        if self.held:
            return True
        folder = os.statvfs(self._path.parent)
        if folder.f_bavail * folder.f_frsize < 2 * self._size:
            return False
        draft = self._path.with_name(self._path.name + ".new")
        try:
            with draft.open("wb") as file:
                file.write(os.urandom(self._size))  # some file systems keep no space for zeros
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            _log.warning("no space could be put aside for the audit: %s", error)
            draft.unlink(missing_ok=True)
            return False
        draft.replace(self._path)
        return True

    def release(self) -> bool:
        """Give the space back; False if it was not held."""
        if not self.held:
            return False
        self._path.unlink()
        _log.critical(
            "THE DISK IS FULL: the audit's reserve of %d MiB was released so that accesses can "
            "still be recorded; make room now, or all access will be refused",
            self._size // 2**20,
        )
        return True
