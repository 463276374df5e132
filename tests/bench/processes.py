"""The processes that are measured: a station, its database's backends, the bare route."""

import asyncio
import http.client
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import clock_gettime, monotonic, sleep

from tests.bench.client import HOST

ROOT = Path(__file__).resolve().parents[2]
BASE = "/fhir/R4"
_START_SECONDS = 60.0
_STOP_SECONDS = 30.0


class Unusable(Exception):
    """A process that is to be measured did not do what was asked of it."""


def cpu_seconds(pid: int) -> float:
    """Processor time that all threads of a process have used; nanoseconds are exact.

    Linux: the clock of another process, as clock_getcpuclockid(3) makes it. `/proc/PID/stat` holds
    the same in steps of 10 ms.
    """
    return clock_gettime((~pid << 3) | 2)


def resident_megabytes(pid: int) -> float:
    """Memory that a process holds (VmRSS), in units of 10⁶ bytes."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) * 1024 / 1e6
    raise Unusable(f"/proc/{pid}/status does not tell VmRSS")


def children(parent: int) -> list[int]:
    """The process ids of a process's children."""
    threads = Path(f"/proc/{parent}/task").iterdir()
    return [int(pid) for thread in threads for pid in (thread / "children").read_text().split()]


def parent(child: int) -> int:
    """The process id of a process's parent. Raises Unusable where there is no such process here."""
    try:
        lines = Path(f"/proc/{child}/status").read_text().splitlines()
    except OSError as error:
        raise Unusable(f"process {child} is not one of this machine: {error}") from None
    return next(int(line.split()[1]) for line in lines if line.startswith("PPid:"))


def ended_seconds(pid: int) -> float:
    """Processor time of a process's children that have ended, in steps of 10 ms."""
    # "PID (NAME) STATE PARENT …", where NAME may hold blanks and brackets itself
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[13]) + int(fields[14])) / os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class _Look:
    """Seconds of the server, of each of the database's processes, and of those that have ended."""

    server: float
    backends: Mapping[int, float]
    ended: float

    @property
    def total(self) -> float:
        return self.server + sum(self.backends.values())


class Meter:
    """Processor time of a server process and of its database's processes, since the last look.

    A query on a big table may be shared among processes that end with it: they count as well.
    """

    def __init__(self, server: int, postmaster: int | None) -> None:
        self._server = server
        self._postmaster = postmaster
        self._before = self._read()

    def _read(self) -> _Look:
        backends, ended = {}, ended_seconds(self._postmaster) if self._postmaster else 0.0
        for pid in children(self._postmaster) if self._postmaster else ():
            try:
                backends[pid] = cpu_seconds(pid)
            except OSError:
                continue  # it ended while we looked
        return _Look(cpu_seconds(self._server), backends, ended)

    def used(self) -> tuple[float, float]:
        """Seconds of the server and of the database since the last call."""
        before, now = self._before, self._read()
        self._before = now
        known = before.backends
        alive = sum(spent - known.get(pid, 0.0) for pid, spent in now.backends.items())
        gone = sum(spent for pid, spent in known.items() if pid not in now.backends)
        ended = max(0.0, now.ended - before.ended - gone)
        return now.server - before.server, alive + ended

    async def quiet(self) -> None:
        """Wait until the server does (nearly) nothing, so that what it had put off is counted."""
        give_up = monotonic() + _STOP_SECONDS
        while monotonic() < give_up:
            before = self._read()
            await asyncio.sleep(0.1)
            after = self._read()
            if after.total - before.total < 0.005:
                return


def free_port() -> int:
    """A port of the loopback that nobody listens on."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
        return port


@dataclass(frozen=True, slots=True)
class Served:
    """A serving process. `start_up` is the time from its start to its first answer, in seconds."""

    pid: int
    port: int
    start_up: float


@contextmanager
def serving(
    command: Callable[[int], list[str]], path: str, environment: Mapping[str, str]
) -> Iterator[Served]:
    """Run a server (its command for a port) until the block ends. Raises Unusable."""
    port = free_port()
    start = monotonic()
    with subprocess.Popen(
        [sys.executable, "-m", *command(port)], cwd=ROOT, env={**os.environ, **environment}
    ) as process:
        try:
            while not _answers(port, path):
                if process.poll() is not None or monotonic() - start > _START_SECONDS:
                    raise Unusable(f"{' '.join(command(port))} does not answer")
            yield Served(process.pid, port, monotonic() - start)
        finally:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(_STOP_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()


def _answers(port: int, path: str) -> bool:
    connection = http.client.HTTPConnection(HOST, port, timeout=_START_SECONDS)
    try:
        connection.request("GET", path)
        reply = connection.getresponse()
        body = reply.read()
    except OSError:
        sleep(0.005)
        return False
    finally:
        connection.close()
    if reply.status != 200:
        raise Unusable(f"GET {path} is answered with {reply.status}: {body[:300]!r}")
    return True
