"""Whose follow-up a row is: found by what was typed, or by the numbers of a file.

Only those are taken whose file the actor's institutions keep and, unless the first answer enrols,
who are in the programme.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from sqlalchemy import select

from health.declare import Programme
from health.followups.facts import OPEN
from health.tables import health_enrolment
from kernel.errors import Refused
from kernel.fhir.search.extract import identifier_key
from kernel.fhir.store.heads import may_read
from kernel.messages import Message, _
from kernel.security.policy import sight
from kernel.work import ReadWork
from records.api import (
    ResidentQuery,
    day_of,
    death_of,
    get_resident,
    holders,
    id_of,
    load_all,
    name_of,
    records_file,
    resident_select,
    understand,
)

Body = Mapping[str, Any]
MOST: Final = 9
"""So many are offered to choose from; they are chosen by one digit."""
_NOBODY: Final = _("没有找到居民：请核对后重新输入姓名、拼音首字母、证件号后四位或档案编号")
_TOO_MANY: Final = _("找到的居民多于 %(most)s 位：请输入更完整的姓名或证件号码")
_NOT_IN: Final = _("不在“%(title)s”管理中，请先建立专项管理")
NOT_OWN: Final = _("居民的档案不在本机构管理，不能为其录入随访")
CLOSED: Final = _("居民档案已结案，不能录入随访")
_NONE_IN: Final = _("找到的居民都不在“%(title)s”管理中：请核对，或先建立专项管理")
_NOT_MEANT: Final = _("不是“%(title)s”的对象（%(who)s），请核对居民")
_CHUNK: Final = 400


@dataclass(frozen=True, slots=True)
class Person:
    """Who it is, to be compared with the paper."""

    id: str
    name: str
    sex: str
    born: date | None
    own: bool
    """Whether the file is kept by the actor's institutions."""
    closed: bool
    """Whether nothing can be done for the person any more: dead, or the file is closed."""


def person_of(work: ReadWork, body: Body) -> Person:
    """A Patient as a row shows it."""
    keeper = id_of(body.get("managingOrganization"), "Organization")
    own = keeper in {work.actor.organisation_id, *work.actor.organisations}
    born = day_of(body.get("birthDate"))
    closed = death_of(body)[0] or not body.get("active", True)
    return Person(str(body["id"]), name_of(body), str(body.get("gender", "")), born, own, closed)


@dataclass(frozen=True, slots=True)
class Found:
    """Who may be meant: the one, or several to choose from, or why there is nobody."""

    people: Sequence[Person] = ()
    fault: str = ""

    @property
    def one(self) -> Person | None:
        """The only one."""
        return self.people[0] if len(self.people) == 1 else None


def find_people(work: ReadWork, programme: Programme, typed: str) -> Found:
    """Who is meant by a name, initials, the end of a number or a whole one, in a programme.

    Raises Refused (403).
    """
    sought = understand(typed)
    if sought is None:
        return Found(fault=_NOBODY)
    may_read(work, work.registry.specs["Patient"], "s")
    everybody = resident_select(work, ResidentQuery(sought, state="active"))
    binds = sight(work.actor, work.registry.specs["Patient"]).binds(work.now)
    wanted = everybody.where(everybody.selected_columns[0].in_(_taken(work, programme)))
    ids = work.connection.scalars(wanted.limit(MOST + 1), binds).all()
    if ids:
        return _offered(_loaded(work, ids))
    others = work.connection.scalars(everybody.limit(2), binds).all()
    known = [one for one in _loaded(work, others) if one.own]
    return Found(known[:1] if len(known) == 1 else (), _why_not(programme, len(known)))


def _taken(work: ReadWork, programme: Programme) -> Any:
    """The ids of those in a programme; where the first answer enrols, of all who are meant."""
    row, file = health_enrolment.c, records_file.c
    managed = select(row.patient_id).where(
        row.programme == programme.name, row.status.in_(OPEN)
    )  # fmt: skip
    if not programme.enrols_itself:
        return managed
    return managed.union(select(file.source_id).where(programme.eligible(work.today)))


def not_meant(work: ReadWork, programme: Programme, ids: Iterable[str]) -> dict[str, str]:
    """Those of some persons whom the first answer must not enrol, with why; see `eligible`."""
    if not programme.enrols_itself:
        return {}
    wanted, file = sorted(set(ids)), records_file.c
    found: set[str] = set()
    for at in range(0, len(wanted), _CHUNK):
        portion = file.source_id.in_(wanted[at : at + _CHUNK])
        statement = select(file.source_id).where(
            portion, file.source_id.in_(_taken(work, programme))
        )
        found |= set(work.connection.scalars(statement))
    return dict.fromkeys(set(wanted) - found, _why_not(programme, 1))


def _why_not(programme: Programme, known: int) -> str:
    """Why nobody of those who were found is offered."""
    if not known:
        return _NOBODY
    if programme.enrols_itself:
        return Message(_NOT_MEANT, title=programme.title, who=programme.eligible_text)
    return Message(_NOT_IN if known == 1 else _NONE_IN, title=programme.title)


def _offered(people: Sequence[Person]) -> Found:
    own = [one for one in people if one.own]
    if not own:
        return Found(fault=NOT_OWN)
    if len(own) > MOST:
        return Found(fault=Message(_TOO_MANY, most=MOST))
    return Found(own)


def _loaded(work: ReadWork, ids: Iterable[str]) -> list[Person]:
    people = [person_of(work, body) for body in load_all(work, "Patient", ids).values()]
    return sorted(people, key=lambda one: (one.name, one.born or date.min, one.id))


def own_person(work: ReadWork, id_: str) -> Person | None:
    """A resident of the actor's institutions whose file is kept, by the id; or None."""
    try:
        found = person_of(work, get_resident(work, id_))
    except Refused as refused:
        if refused.status >= 500:
            raise
        return None
    return found if found.own and not found.closed else None


def by_numbers(work: ReadWork, numbers: Iterable[str]) -> dict[str, Person | None]:
    """Who has each of these whole numbers (of a document, of a file).

    None: somebody has it whom the actor does not see. A number that nobody has is left out.
    """
    digests = {
        digest: number
        for number in set(numbers)
        for digest in work.keys.blinds(identifier_key("", number))
    }
    known, ids = list(digests), {}
    for at in range(0, len(known), _CHUNK):
        for held in holders(work, "Patient", known[at : at + _CHUNK]):
            ids[digests[held.digest]] = held.id
    people: dict[str, Person] = {}
    wanted = sorted(set(ids.values()))
    for at in range(0, len(wanted), _CHUNK):
        bodies = load_all(work, "Patient", wanted[at : at + _CHUNK])
        people |= {id_: person_of(work, body) for id_, body in bodies.items()}
    return {number: people.get(id_) for number, id_ in ids.items()}
