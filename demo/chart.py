"""What a station knows about one resident while a history is being written."""

from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Final

from demo.directory import Resource, Site
from demo.names import Draw

_WHOLE: Final = tuple(Decimal(n) for n in range(301))


def concept(system: str, code: str, display: str, text: str | None = None) -> Resource:
    """A CodeableConcept of one coding; the text is the display unless given."""
    coding = {"system": system, "code": code, "display": display}
    return {"coding": [coding], "text": text or display}


def tenths(number: int) -> Decimal:
    """A decimal with one digit behind the point, also when that is zero: 720 is 72.0."""
    return Decimal(number).scaleb(-1)


def hundredths(number: int) -> Decimal:
    """A decimal with two digits behind the point: 630 is 6.30."""
    return Decimal(number).scaleb(-2)


def whole(number: int) -> Decimal:
    """A whole number of 0 to 300 as a decimal."""
    return _WHOLE[number]


@dataclass(slots=True)
class Chart:
    """One resident's history in the making. Days are local dates, `first` and `last` included.

    `opened` is the day on which the file was confirmed (never, of a draft), `closed_for` the code
    of the reason for which it was closed on the day after `last`.
    """

    patient_id: str
    site: Site
    draw: Draw
    born: date
    sex: str
    first: date
    last: date
    resources: list[Resource] = field(default_factory=list)
    count: int = 0
    opened: date = date.min
    closed_for: str = ""

    @property
    def subject(self) -> Resource:
        """The Reference to the resident."""
        return {"reference": f"Patient/{self.patient_id}"}

    @property
    def doctor(self) -> Resource:
        """The Reference to the station's general practitioner."""
        return {"reference": f"Practitioner/{self.site.gp_id}", "display": self.site.gp_name}

    @property
    def station(self) -> Resource:
        """The Reference to the station."""
        return {"reference": f"Organization/{self.site.id}", "display": self.site.name}

    def age_on(self, day: date) -> int:
        """Completed years on a day."""
        born = self.born
        return day.year - born.year - ((day.month, day.day) < (born.month, born.day))

    def chance(self, percent: float) -> bool:
        """True in so many cases of a hundred."""
        return self.draw() * 100 < percent

    def between(self, low: int, high: int) -> int:
        """A whole number from low to high, both included."""
        return low + int(self.draw() * (high - low + 1))

    def spread(self, middle: float, width: float) -> int:
        """A whole number around the middle, bell-shaped; nearly all within twice the width."""
        draw = self.draw
        return round(middle + (draw() + draw() + draw() + draw() - 2) * 1.7 * width)

    def some_day(self) -> date:
        """A working day within the window."""
        return self.working_day(
            self.first + timedelta(days=int(self.draw() * ((self.last - self.first).days + 1)))
        )

    def working_day(self, day: date) -> date:
        """The day itself, or the Saturday before a Sunday unless the window begins later."""
        if day.weekday() == 6 and day > self.first:
            return day - timedelta(days=1)
        return day

    def open_day(self, day: date) -> date:
        """The day itself, or the Monday after a Sunday."""
        return day + timedelta(days=1) if day.weekday() == 6 else day

    def put(self, kind: str, resource: Resource) -> Resource:
        """Add a resource under the next id of this chart; gives the Reference to it."""
        self.count += 1
        number = f"{self.patient_id}-{kind}-{self.count}"
        resource["id"] = number
        self.resources.append(resource)
        return {"reference": f"{resource['resourceType']}/{number}"}


@dataclass(frozen=True, slots=True)
class Visit:
    """A contact that took place: its Reference, local day, and instant as FHIR writes it."""

    reference: Resource
    day: date
    at: str
