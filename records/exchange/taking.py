"""Taking a checked list of residents in, and taking it back, in the job `records:import`.

How a list is carried out in slices stands in `kernel/slices.py`; here is what its portions are and
what becomes of them.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any, Final, NamedTuple

from sqlalchemy import select

from kernel import batches, slices
from kernel.batches import Batch
from kernel.db.derived import search_reference
from kernel.db.tables import fhir_resource
from kernel.fhir import json
from kernel.fhir.store import Draft, read, save
from kernel.fhir.store.remove import delete
from kernel.ids import uuid7
from kernel.slices import Carrier
from kernel.work import ReadWork, Work
from records.exchange.known import surroundings
from records.exchange.notes import Row, Values
from records.exchange.rows import family_of
from records.exchange.told import facts_of
from records.households.codes import HEAD
from records.households.group import new_group, new_member
from records.households.numbering import next_household_number, street_of
from records.information.persons import person_of
from records.life.services import Opening, open_files

KIND: Final = "residents"
PORTION: Final = 15
"""People in a portion."""

Unit = dict[str, Any]
"""What one household's save has made: `at` (its instant), `patients`, `group` (an id or None)."""


class Plan(NamedTuple):
    """What was chosen of a list, ready to be kept: the encrypted portions, and of how many."""

    batch: Batch
    parts: batches.Parts
    people: int


def plan(work: ReadWork, batch: Batch, rows: Sequence[Row], *, keeper: str) -> Plan:
    """Rows as portions to be taken in for an institution; nothing is written yet."""
    doctors = surroundings(work, keeper).doctors
    units = [[[row.values, _doctor(work, row, doctors)] for row in unit] for unit in units_of(rows)]
    contents = [{"keeper": keeper, "units": part} for part in _portions(units)]
    return Plan(batch, batches.sealed_parts(work, batch, contents), len(rows))


def begin(work: Work, plan: Plan) -> None:
    """Let a plan be carried out. Raises Refused (409) where its list does not wait for it."""
    slices.begin(work, plan.batch, plan.parts, total=plan.people)


def _doctor(work: ReadWork, row: Row, doctors: Mapping[str, str]) -> str:
    """Who is responsible: who the row names, else the importer where he is one of the staff."""
    named = doctors.get(row.values.get("doctor", ""))
    own = work.actor.practitioner_id
    return named or (own if own in doctors.values() else "") or ""


def units_of(rows: Iterable[Row]) -> list[list[Row]]:
    """What is saved together: a household, or somebody alone."""
    found: dict[Any, list[Row]] = {}
    for row in rows:
        found.setdefault(family_of(row.values) or row.number, []).append(row)
    return list(found.values())


def _portions(units: Sequence[list[Any]]) -> list[list[Any]]:
    """Units in portions of some people each; a household is never divided."""
    portions: list[list[Any]] = [[]]
    for unit in units:
        if sum(map(len, portions[-1])) + len(unit) > PORTION and portions[-1]:
            portions.append([])
        portions[-1].append(unit)
    return portions


def _take(work: Work, batch: Batch, portion: Mapping[str, Any]) -> tuple[list[Unit], int]:
    made = _opened(work, batch, portion)
    return made, sum(len(unit["patients"]) for unit in made)


class _Person(NamedTuple):
    """Somebody whose file is about to be opened."""

    id: str
    values: Values
    body: dict[str, Any]
    on: date


def _opened(work: Work, batch: Batch, portion: Mapping[str, Any]) -> list[Unit]:
    """Open the files of a portion's people, each household with its last one's: in one save."""
    openings: list[Opening] = []
    made: list[Unit] = []
    keeper = {"reference": f"Organization/{portion['keeper']}"}
    for people in portion["units"]:
        drawn = [_person(work, batch, values, doctor, keeper) for values, doctor in people]
        group = _household(work, drawn, keeper)
        beside = [_facts(work, one) for one in drawn]
        if group is not None:
            beside[-1].append(group)
        openings += [
            Opening(one.id, one.body, one.on, facts)
            for one, facts in zip(drawn, beside, strict=True)
        ]
        ids = [one.id for one in drawn]
        made.append({"at": work.now, "patients": ids, "group": group.id if group else None})
    open_files(work, openings)
    return made


def _person(
    work: Work, batch: Batch, values: Values, doctor: str, keeper: dict[str, str]
) -> _Person:
    body = person_of(values, batch=batch.id, doctor=doctor)
    body["managingOrganization"] = keeper
    on = date.fromisoformat(values.get("opened_on", work.today.isoformat()))
    return _Person(uuid7(work.now), values, body, on)


def _facts(work: Work, one: _Person) -> list[Draft]:
    told = facts_of(one.values, one.id, one.on.isoformat())
    return [Draft(fact, uuid7(work.now), fresh=True) for fact in told]


def _household(work: Work, people: Sequence[_Person], keeper: dict[str, str]) -> Draft | None:
    """The Group of a unit; None for somebody alone and where the head is not taken in."""
    head = next((one for one in people if one.values.get("relation") == HEAD), None)
    if head is None:
        return None
    home: dict[str, Any] = next(iter(head.body.get("address", ())), {})
    number = head.values.get("household") or next_household_number(work, street_of(home, head.body))
    members = [
        new_member(one.id, one.values["name"], one.values["relation"], one.on) for one in people
    ]
    body = new_group(number, head.values["name"], keeper, members)
    return Draft(body, uuid7(work.now), fresh=True)


def touched_since(work: ReadWork, batch: Batch) -> list[str]:
    """The ids of those of a list on whom somebody has worked since it was taken in."""
    touched: set[str] = set()
    for units in batches.done_parts(work, batch):
        touched |= worked_on(work, units)
    return sorted(touched)


def worked_on(work: ReadWork, units: Sequence[Unit]) -> set[str]:
    """The persons of these units about whom anything was written since they were taken in."""
    at = {id_: unit["at"] for unit in units for id_ in unit["patients"]}
    head, link = fhir_resource.c, search_reference.c
    kept = work.connection.execute(
        select(head.type, head.id, head.patient_id, head.updated_at, head.version).where(
            head.patient_id.in_(list(at)), head.deleted.is_(False)
        )
    ).all()
    found = {one.patient_id for one in kept if one.updated_at != at[one.patient_id]}
    groups = {unit["group"]: unit for unit in units if unit["group"]}
    changed = work.connection.execute(
        select(head.id, head.version).where(head.type == "Group", head.id.in_(list(groups)))
    )
    for id_, version in changed:
        if version != 1:
            found.update(groups[id_]["patients"])
    own = {(one.type, one.id) for one in kept} | {("Group", id_) for id_ in groups}
    mentions = work.connection.execute(
        select(link.type, link.id, link.target_id).where(
            link.target_type == "Patient", link.target_id.in_(list(at))
        )
    )
    return found | {target for type_, id_, target in mentions if (type_, id_) not in own}


def _take_back(work: Work, _batch: Batch, units: Sequence[Unit]) -> int:
    done = 0
    for unit in units:
        if not worked_on(work, [unit]):
            _remove(work, unit)
            done += len(unit["patients"])
    return done


def _remove(work: Work, unit: Unit) -> None:
    """Delete what a unit has made; the history stays, as with every deletion."""
    if unit["group"]:
        _empty(work, unit["group"])
        delete(work, work.registry.specs["Group"], unit["group"])
    head = fhir_resource.c
    for id_ in unit["patients"]:
        others = work.connection.execute(
            select(head.type, head.id)
            .where(head.patient_id == id_, head.type != "Patient", head.deleted.is_(False))
            .order_by(head.type.desc())  # a Provenance goes before what it is about
        ).all()
        for type_, other in others:
            if type_ == "EpisodeOfCare":
                _withdraw(work, other)
            delete(work, work.registry.specs[type_], other)
        delete(work, work.registry.specs["Patient"], id_)


def _withdraw(work: Work, episode_id: str) -> None:
    """Days that count cannot be deleted; what was written by mistake can."""
    body = json.loads(read(work, work.registry.specs["EpisodeOfCare"], episode_id).body)
    save(work, {**body, "status": "entered-in-error"}, id=episode_id)


def _empty(work: Work, group_id: str) -> None:
    """A household with members cannot be deleted."""
    body = json.loads(read(work, work.registry.specs["Group"], group_id).body)
    members = [
        {**one, "inactive": True, "period": {**one["period"], "end": work.today.isoformat()}}
        for one in body["member"]
    ]
    save(work, {**body, "active": False, "member": members}, id=group_id)


CARRIER: Final = Carrier(KIND, _take, _take_back)


def go_on(work: Work) -> bool:
    """A slice of the oldest list of residents that is at work; whether there may be more to do."""
    return slices.go_on(work, CARRIER)
