"""The courier: a thread that looks every second for what is to be spread and what is due.

Nothing is sent inside a transaction: claimed in one, sent, written down in another. Who is killed
between sending and writing sends the same again, under the same id.
"""

import logging
from concurrent.futures import ThreadPoolExecutor
from threading import Event, Lock, Thread

from kernel.audit.changes import record_changes
from kernel.audit.entry import Action, entry_of, row
from kernel.clock import SECOND
from kernel.errors import Refused
from kernel.fhir import json
from kernel.fhir.search.run import load
from kernel.fhir.store import Draft, save_all
from kernel.fhir.store.heads import current, read_version
from kernel.fhir.store.references import Target
from kernel.subscriptions import deliveries
from kernel.subscriptions.addresses import read_hosts
from kernel.subscriptions.deliveries import WITHHELD, Delivery, Result
from kernel.subscriptions.resources import serving
from kernel.subscriptions.sending import Notification, reached, send
from kernel.subscriptions.spreading import spread, waits_to_be_spread
from kernel.subscriptions.subscribers import Subscriber, Subscribers
from kernel.work import ReadWork, Station, Work

LOOK_EVERY = 1.0
BREATH = 0.02
"""Seconds between two slices, in which whoever waits for the writer gets it."""
SENDERS = 8
"""Subscribers that are sent to at once: one that hangs holds up none of the others."""
_log = logging.getLogger("station.subscriptions")


class Courier:
    """Spreads and delivers, for one process. `close` it before the database."""

    def __init__(self, station: Station) -> None:
        self._station = station
        self._hosts = read_hosts(station.settings.subscription_hosts)
        self._subscribers = Subscribers()
        self._lock = Lock()
        self._busy: set[str] = set()
        self._stop = Event()
        self._pool = ThreadPoolExecutor(SENDERS, thread_name_prefix="courier")
        self._thread = Thread(target=self._run, name="courier", daemon=True)

    def start(self) -> None:
        """Begin to look."""
        self._thread.start()

    def close(self) -> None:
        """Let what is being sent end, and stop."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join()
        self._pool.shutdown(cancel_futures=True)

    def _run(self) -> None:
        while not self._stop.wait(LOOK_EVERY):
            try:
                self.look()
            except Exception:  # a full disk, a database that is away: the next look is a second off
                _log.exception("notifications could not be looked after")

    def look(self) -> None:
        """Spread what was saved, and have sent what is due, without waiting for it."""
        self.spread_all()
        with self._station.read() as work:
            due = deliveries.ready(work)
        for id_ in due:
            with self._lock:
                if id_ in self._busy:
                    continue
                self._busy.add(id_)
            self._pool.submit(self._deliver, id_)

    def spread_all(self) -> None:
        """Take everything that was saved over into the outbox."""
        with self._station.read() as work:
            more = waits_to_be_spread(work)
        while more:
            with self._station.write() as work:
                more = spread(work, self._subscribers)
            if self._stop.wait(BREATH):
                break

    def _deliver(self, id_: str) -> None:
        try:
            while not self._stop.is_set() and self.deliver(id_):
                pass
        except Exception:  # the other subscribers must go on
            _log.exception("subscription %s could not be delivered to", id_)
        finally:
            with self._lock:
                self._busy.discard(id_)

    def deliver(self, id_: str) -> bool:
        """Send a portion to one subscriber; whether it went well and there may be more."""
        with self._station.write() as work:
            claimed = deliveries.claim(work, id_)
            one = self._subscribers.find(work, id_)
            if claimed and one is None:
                deliveries.leave_alone(work, id_)
        if not claimed or one is None:
            return False
        results = self._sent(one, claimed)
        with self._station.write() as work:
            died = deliveries.settle(work, id_, results)
            _record(work, one, results)
        self._tell_status(id_, results, died)
        return all(result.outcome in ("", WITHHELD) for result in results)

    def _sent(self, one: Subscriber, claimed: list[Delivery]) -> list[Result]:
        """Send one after another; what a failure holds up is left as it is."""
        results: list[Result] = []
        stuck: set[tuple[str, str]] = set()
        failures = 0
        for delivery in claimed:
            if (delivery.type, delivery.resource_id) in stuck:
                continue
            result = Result(delivery, self._send(one, delivery))
            results.append(result)
            if result.outcome in ("", WITHHELD):
                failures = 0
                continue
            stuck.add((delivery.type, delivery.resource_id))
            failures += 1
            if failures == 3 or not reached(result.outcome) or self._stop.is_set():
                break
        return results

    def _send(self, one: Subscriber, delivery: Delivery) -> str:
        with self._station.read() as work:
            body = _visible(one.seeing(work), one, delivery)
        if body is None:
            return WITHHELD
        place = f"{delivery.type}/{delivery.resource_id}"
        told = Notification(delivery.id, one.endpoint, place, body, one.key)
        return send(told, self._hosts, at=self._station.clock.now() // SECOND)

    def _tell_status(self, id_: str, results: list[Result], died: bool) -> None:
        """Let the Subscription say that it fails, or that it works again."""
        worked = any(result.outcome == "" for result in results)
        if not died and not worked:
            return
        outcome = next((r.outcome for r in reversed(results) if r.outcome), "")
        try:
            with self._station.write() as work:
                tell_status(work, id_, outcome if died else "")
        except Refused as refused:  # somebody is changing it, or it is gone; the next one tells
            _log.info("subscription %s keeps its status: %s", id_, refused)


def tell_status(work: Work, id_: str, error: str) -> None:
    """Make a Subscription in force `error` with a word why, or `active` where there is none."""
    own = serving(work)
    found = load(own, [Target("Subscription", id_)])
    body = json.loads(found[0].body) if found else {"status": "off"}
    status = "error" if error else "active"
    if body["status"] in (status, "off"):
        return
    rest = {k: v for k, v in body.items() if k != "error"}
    told = {**rest, "status": status, **({"error": error} if error else {})}
    save_all(own, [Draft(told, id_, found[0].version)])


def _visible(work: ReadWork, one: Subscriber, delivery: Delivery) -> bytes | None:
    """What is sent of a version, where its resource can be seen now; None where it cannot."""
    try:
        if not one.full:
            current(work, one.spec, delivery.resource_id)
            return b""
        return read_version(work, one.spec, delivery.resource_id, delivery.version).body
    except Refused:
        return None


def _record(work: Work, one: Subscriber, results: list[Result]) -> None:
    """Audit whose records were disclosed, in the name of the account that subscribed."""
    if not one.full:
        return
    entries = [
        entry_of(
            one.actor,
            work.now,
            Action.READ,
            patients=[delivery.patient_id] if delivery.patient_id else [],
            resource_type=delivery.type,
            resource_id=delivery.resource_id,
            version=delivery.version,
            detail={"subscription": one.id, "delivery": delivery.id},
        )
        for delivery in deliveries.named(results)
    ]
    record_changes(work.connection, [row(work.keys, entry) for entry in entries])
