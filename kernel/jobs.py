"""Jobs: what the system does by itself, without anybody asking.

A module declares a `Job` in its manifest; one thread a process runs those that are due, each in a
transaction of its own. Where several processes share a database, one of them runs a job at a time.
A long job is run slice by slice, so that whoever saves something meanwhile does not wait for it.
"""

import logging
import threading
import zlib

from kernel.clock import SECOND
from kernel.db.dialect import advisory_lock
from kernel.declare.module import Job
from kernel.work import Station

_LOOK_EVERY = 30.0
_BREATH = 0.02
"""Seconds between two slices, in which whoever waits for the writer gets it."""
_log = logging.getLogger("station.jobs")


class Jobs:
    """The thread that runs the registry's jobs. `close` it before the database."""

    def __init__(self, station: Station) -> None:
        self._station = station
        self._due = {
            job: station.clock.now() + job.every_minutes * 60 * SECOND
            for module in station.registry.modules
            for job in module.jobs
        }
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="jobs", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Let the running slice end, and stop."""
        self._stop.set()
        self._station.hurry.set()
        self._thread.join()

    def _run(self) -> None:
        hurry = self._station.hurry
        while not self._stop.is_set():
            hurried = hurry.wait(_LOOK_EVERY)
            hurry.clear()
            now = self._station.clock.now()
            for job, due in self._due.items():
                if due <= now or (hurried and job.hurried):
                    self._due[job] = now + job.every_minutes * 60 * SECOND
                    self._try(job)

    def _try(self, job: Job) -> None:
        try:
            while run_job(self._station, job) and not self._stop.wait(_BREATH):
                pass
        except Exception:  # a job of any module: the others must go on
            _log.exception(
                "job %s failed; it runs again in %d minutes", job.name, job.every_minutes
            )


def run_job(station: Station, job: Job) -> bool:
    """Run a slice of a job in one transaction; whether there is more to do.

    Nothing is done, and so there is no more, where another process is running it.
    """
    with station.write() as work:
        if not advisory_lock(work.connection, zlib.crc32(job.name.encode())):
            return False
        return bool(job.run(work))
