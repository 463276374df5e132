"""Where tests keep databases for a moment: in the machine's memory, if it has room there.

A test does not outlive its machine, so that it need not wait until a disk has written.
"""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

MEMORY = Path("/dev/shm")  # noqa: S108 - mkdtemp makes private folders there
ROOM = 2 << 30
"""Bytes that must be free there."""


def has_room(place: Path) -> bool:
    """Whether the folder exists and can take the databases of a run."""
    return place.is_dir() and shutil.disk_usage(place).free >= ROOM


@contextmanager
def passing_folder() -> Iterator[Path]:
    """A folder that is gone when the block ends."""
    place = MEMORY if has_room(MEMORY) else None
    with tempfile.TemporaryDirectory(prefix="station-test-", dir=place) as folder:
        yield Path(folder)
