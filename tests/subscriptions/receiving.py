"""A hospital's system that is told, and a station that may tell it."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from sqlalchemy import select

from kernel.db.tables import kernel_outbox
from kernel.fhir.store import Draft, Saved, save_all
from kernel.subscriptions import deliveries
from kernel.subscriptions.courier import Courier
from kernel.work import Station
from tests.support.house import OpenHouse

PATIENT = "li-na"


@dataclass(frozen=True)
class Told:
    """A request that arrived."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Receiver:
    """A real HTTP server in a thread; `status` is what it answers."""

    port: int = 0
    status: int = 200
    told: list[Told] = field(default_factory=list)
    held: threading.Event = field(default_factory=threading.Event)
    """While it is not set, nobody gets an answer."""

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self.port}/hook"

    @property
    def paths(self) -> list[str]:
        return [one.path for one in self.told]


@contextmanager
def receiving(port: int = 0) -> Iterator[Receiver]:
    """A receiver that listens until the block ends; then its port refuses connections."""
    receiver = Receiver()
    receiver.held.set()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            length = int(self.headers.get("Content-Length", 0))
            told = Told(self.command, self.path, dict(self.headers), self.rfile.read(length))
            receiver.told.append(told)
            receiver.held.wait(10)
            self.send_response(receiver.status)
            if 300 <= receiver.status < 400:
                self.send_header("Location", f"http://127.0.0.1:{receiver.port}/elsewhere")
            self.end_headers()

        do_PUT = do_POST  # noqa: N815 - the name that http.server looks for

        def log_message(self, *_args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
    receiver.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield receiver
    finally:
        receiver.held.set()
        server.shutdown()
        thread.join()
        server.server_close()


@dataclass
class Telling:
    """A station whose allow-list has the receivers of a test, and its courier."""

    house: OpenHouse
    station: Station
    courier: Courier

    def save(self, *bodies: dict[str, Any], as_: str = "gp1") -> list[Saved]:
        """Save as somebody of the cast, under this station's settings."""
        with self.station.write(self.house.actor(as_)) as work:
            return save_all(work, [Draft(body, body.get("id")) for body in bodies])

    def deliver(self) -> None:
        """Spread and send everything that is due now, in this very thread."""
        self.courier.spread_all()
        with self.station.read() as work:
            due = deliveries.ready(work)
        for id_ in due:
            while self.courier.deliver(id_):
                pass

    def rows(self) -> list[Any]:
        """The outbox, in order."""
        order = (kernel_outbox.c.subscription_id, kernel_outbox.c.resource_id)
        with self.station.read() as work:
            found = work.connection.execute(
                select(kernel_outbox).order_by(*order, kernel_outbox.c.version)
            )
            return list(found.all())

    def states(self) -> list[str]:
        return [row.state for row in self.rows()]


@contextmanager
def telling(house: OpenHouse, *hosts: str) -> Iterator[Telling]:
    """The house with these hosts on its allow-list."""
    settings = house.station.settings.model_copy(update={"subscription_hosts": ",".join(hosts)})
    station = replace(house.station, settings=settings)
    courier = Courier(station)
    try:
        yield Telling(house, station, courier)
    finally:
        courier.close()


def subscription(endpoint: str, criteria: str = "Task?status=requested", **more: Any) -> Any:
    """A Subscription as a hospital's system sends it."""
    channel = {"type": "rest-hook", "endpoint": endpoint, "payload": "application/fhir+json"}
    return {
        "resourceType": "Subscription",
        "status": "requested",
        "reason": "新转诊",
        "criteria": criteria,
        "channel": channel,
        **more,
    }


def task(id_: str, patient: str = PATIENT, status: str = "requested") -> dict[str, Any]:
    """A Task about somebody."""
    return {
        "resourceType": "Task",
        "id": id_,
        "status": status,
        "intent": "order",
        "for": {"reference": f"Patient/{patient}"},
        "description": "转诊",
    }
