"""The enrolment that a page is about."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from health.declare import Programme
from health.enrolment import services
from health.enrolment.kinds import programme_in
from health.programmes import programme_of
from kernel.web.visit import Visit
from kernel.work import ReadWork
from records.api import id_of


@dataclass(frozen=True, slots=True)
class Held:
    """An enrolment that a page is about."""

    body: Mapping[str, Any]
    version: int
    programme: Programme

    @property
    def id(self) -> str:
        """The id of the EpisodeOfCare."""
        return str(self.body["id"])

    @property
    def patient_id(self) -> str:
        """Whose it is."""
        return id_of(self.body.get("patient"), "Patient")

    @property
    def status(self) -> str:
        """The state that it is in."""
        return str(self.body["status"])

    @property
    def ended(self) -> bool:
        """Whether nothing more can be done with it."""
        return self.status in ("finished", "cancelled")


def held_of(visit: Visit, work: ReadWork) -> Held:
    """The enrolment of the address. Raises Refused (403, 404, 409, 410)."""
    body, version = services.get_episode(work, visit.params["id"])
    return Held(body, version, programme_of(programme_in(body)))
