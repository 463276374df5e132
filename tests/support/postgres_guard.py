"""Ends a test's PostgreSQL server when nobody uses it any more, however its users ended.

Every process that uses the server holds a shared lock on one file. The operating system gives the
lock back when a process ends, by Ctrl-C or kill -9 too. This process, started beside the server in
a session of its own, waits for the exclusive lock, then stops the server and removes its folder.

Run as ``python postgres_guard.py FOLDER [STATE_FILE]``; standard library only, to start quickly.
"""

import fcntl
import os
import shutil
import signal
import sys
import time
from pathlib import Path

SHUTDOWN_SECONDS = 10


def main(folder: Path, state_file: Path | None) -> None:
    """Wait until the last user of the server in ``folder`` is gone, then leave nothing of it."""
    with (folder / "users.lock").open("rb") as users:
        fcntl.flock(users, fcntl.LOCK_EX)
        end_server(folder / "data" / "postmaster.pid")
        if state_file is not None and state_file.read_text() == str(folder):
            state_file.unlink()
        shutil.rmtree(folder)


def end_server(pid_file: Path) -> None:
    """Stop the server whose first line of ``pid_file`` is its process id; its data may be lost."""
    try:
        pid = int(pid_file.read_text().splitlines()[0])
        os.kill(pid, signal.SIGQUIT)
    except (FileNotFoundError, ProcessLookupError):
        return  # it was stopped, or killed, before
    give_up = time.monotonic() + SHUTDOWN_SECONDS
    while pid_file.exists() and time.monotonic() < give_up:
        time.sleep(0.02)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]) if len(sys.argv) > 2 else None)
