"""Instants as a table of the domain's description writes them: local time to the minute."""

from datetime import datetime

from kernel.clock import SHANGHAI, Instant, as_datetime, instant_of


def at(local: str) -> Instant:
    """The instant of a local time, `2025-06-06 16:00`."""
    return instant_of(datetime.fromisoformat(local).replace(tzinfo=SHANGHAI))


def local(instant: Instant) -> str:
    """The local time of an instant, `2025-06-06 16:00`, with seconds only where there are some."""
    moment = as_datetime(instant).astimezone(SHANGHAI).replace(tzinfo=None)
    return moment.isoformat(" ", "minutes" if moment.second == 0 else "seconds")
