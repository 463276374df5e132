"""What was typed into the page of a follow-up: understood, checked by the rules, judged.

One page may hold several programmes (`joint`): each becomes an answer of its own. Faults of a
programme's rules come back by the names of the page's fields.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from health.declare import Programme
from health.followups.answers import Asked
from health.followups.deciding import Proposal
from health.followups.joint import Joint
from health.followups.services import Entry, answer_body
from health.followups.stamp import judge
from kernel.forms import read_form
from kernel.messages import _
from kernel.web.visit import Visit
from kernel.work import ReadWork
from records.api import derived_id, doctor_of

PROPOSE: Final = "propose"
CONFIRMED: Final = "confirmed"
REASON: Final = "correction-reason"
_REASON_LENGTH: Final = (2, 200)
_SHORT: Final = _("请写明更正原因，2 至 200 个字")

Texts = Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Judged:
    """One programme of a page: its answer, and what follows; none as long as it cannot be judged.

    `wanting` are the page's names of fields without which nothing can be proposed, `faults` what
    the rules refuse, by the page's names.
    """

    programme: Programme
    entry: Entry
    proposal: Proposal | None
    wanting: tuple[str, ...] = ()
    faults: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Filled:
    """A page that was sent."""

    joint: Joint
    judged: tuple[Judged, ...]
    texts: Texts
    errors: Mapping[str, str]
    doubts: Mapping[str, str]
    reason: str

    @property
    def accepted(self) -> bool:
        """Whether it can be saved."""
        return not self.errors and not self.doubts

    @property
    def entries(self) -> list[Entry]:
        """What is to be saved, in the order of the page."""
        return [one.entry for one in self.judged]


@dataclass(frozen=True, slots=True)
class Place:
    """Where a page's answers go: whose they are, under which id, in which visit.

    `id` is that of the only or first answer, from which the others' ids follow. `encounter` is the
    visit that they were part of; without one the first answer makes it, for all.
    """

    patient_id: str
    id: str
    encounter: str = ""
    correcting: bool = False


def filled(visit: Visit, work: ReadWork, joint: Joint, place: Place) -> Filled:
    """Read a page. Nothing that was typed is passed over in silence."""
    answer = read_form(joint.form, visit.lists)
    judged = [
        _judged(work, joint, programme, entry, answer.errors)
        for programme, entry in zip(
            joint.programmes, _entries(joint, place, answer.values), strict=True
        )
    ]
    errors: dict[str, str] = {}
    for one in judged:
        errors |= one.faults or {}
    errors |= answer.errors
    reason = visit.field(REASON)
    if place.correcting and not _REASON_LENGTH[0] <= len(reason) <= _REASON_LENGTH[1]:
        errors[REASON] = _SHORT
    doubts = {} if _confirmed(visit, answer.doubts) else dict(answer.doubts)
    ordered = {name: errors[name] for name in _in_order(joint, errors)}
    return Filled(joint, tuple(judged), visit.lists, ordered, doubts, reason)


def _entries(joint: Joint, place: Place, values: Mapping[str, Any]) -> Iterator[Entry]:
    """An entry for each programme: the visit of the first is the visit of all."""
    visit = place.encounter
    for number, programme in enumerate(joint.programmes):
        id_ = derived_id(place.id, programme.name) if number else place.id
        own = programme.complete(joint.own(programme, values))
        yield Entry(id_, place.patient_id, programme, own, visit)
        visit = visit or derived_id(id_, "visit")


def _judged(
    work: ReadWork, joint: Joint, programme: Programme, entry: Entry, errors: Mapping[str, str]
) -> Judged:
    names = {joint.name(programme, one.key): one.key for one in joint.forms[programme.name].fields}
    wanting = tuple(n for n, key in names.items() if n in errors and key not in entry.values)
    if any(joint.field_of(error) in names for error in errors):
        return Judged(programme, entry, None, wanting)
    asked = Asked(programme, joint.forms[programme.name])
    body = answer_body(asked.form, entry, author=doctor_of(work))
    found = judge(work, asked, body)
    faults = {joint.name(programme, key): text for key, text in found.faults.items()}
    return Judged(programme, entry, found.proposal, (), faults)


def _in_order(joint: Joint, errors: Mapping[str, str]) -> list[str]:
    """The faults from the top of the page to its end."""
    names = [one.key for one in joint.form.fields]

    def place(error: str) -> int:
        field = joint.field_of(error)
        return names.index(field) if field in names else len(names)

    return sorted(errors, key=place)


def doubted(visit: Visit, doubts: Mapping[str, str]) -> str:
    """Which values somebody confirms: these very ones in these fields."""
    return ";".join(f"{name}={visit.field(name)}" for name in sorted(doubts))


def _confirmed(visit: Visit, doubts: Mapping[str, str]) -> bool:
    return visit.field("doubted") == doubted(visit, doubts) and visit.field(CONFIRMED) == "yes"
