"""What the pages read of households: one statement for a page of the list, sight in every one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, func, literal, or_, select

from kernel.db.dialect import contains
from kernel.errors import bad_request
from kernel.fhir.search.compile import bound
from kernel.fhir.search.dates import MISSING
from kernel.fhir.store.heads import may_read
from kernel.security.policy import sight, visible
from kernel.web.i18n import _
from kernel.web.sealing import sealed, unsealed
from kernel.work import ReadWork
from records.households.numbering import holders_of
from records.households.services import Household, get_household
from records.households.tables import records_household, records_household_member
from records.life.territory import find_committee, list_committees
from records.residents.finding import Sought, What
from records.residents.queries import ResidentQuery, load_all, resident_select

SORTS = ("head", "address", "members")
STATES = ("active", "headless", "closed")
"""In use; in use with a head who has died or moved away; cancelled."""
_LAST = "\U0010ffff"
_REGISTER = "household"
_UNKNOWN = _("筛选条件无效，请从列表上方重新选择")


@dataclass(frozen=True, slots=True)
class HouseholdQuery:
    """Which households. An empty text restricts nothing; `state` is one of `STATES`."""

    sought: Sought | None = None
    organisation: str = ""
    state: str = ""


def count_households(work: ReadWork, query: HouseholdQuery) -> int:
    """How many households of a query the actor sees."""
    statement = select(func.count()).select_from(_selected(work, query).subquery())
    return int(work.connection.scalar(statement, _binds(work)) or 0)


def list_households(
    work: ReadWork, query: HouseholdQuery, *, sort: str = "", begin: int = 0, limit: int = 50
) -> list[Mapping[str, Any]]:
    """A portion of the households whom the actor sees: `id` and the Group's `body`.

    `sort` is one of `SORTS` (head: by pinyin), or with a minus. Raises Refused (400, 403).
    """
    patient, name = work.registry.search["Patient"], sort.removeprefix("-") or "head"
    if name not in SORTS:
        raise bad_request(_UNKNOWN, "sort")
    key: ColumnElement[Any] = {
        "head": func.coalesce(patient.c.name, _LAST),
        "address": records_household.c.address,
        "members": records_household.c.members,
    }[name]
    order = key.desc() if sort.startswith("-") else key.asc()
    statement = _selected(work, query).order_by(order, records_household.c.source_id)
    ids = work.connection.scalars(statement.offset(begin).limit(limit), _binds(work)).all()
    bodies = load_all(work, "Group", ids)
    return [{"id": id_, "body": bodies[id_]} for id_ in ids if id_ in bodies]


def _binds(work: ReadWork) -> dict[str, Any]:
    return {
        **sight(work.actor, work.registry.specs["Patient"]).binds(work.now),
        **sight(work.actor, work.registry.specs["Group"]).binds(work.now),
    }


def _selected(work: ReadWork, query: HouseholdQuery) -> Select[Any]:
    spec, group = work.registry.specs["Group"], work.registry.search["Group"]
    may_read(work, spec, "s")
    home, patient = records_household, work.registry.search["Patient"]
    statement = (
        select(home.c.source_id)
        .join(group, group.c.id == home.c.source_id)
        .outerjoin(patient, patient.c.id == home.c.head_id)
    )
    seen = visible(sight(work.actor, spec), group, bound)
    clauses = [] if seen is None else [seen]
    if query.organisation:
        clauses.append(group.c.organisation_id == query.organisation)
    if query.state not in ("", *STATES):
        raise bad_request(_UNKNOWN, "state")
    if query.state:
        clauses.append(home.c.active.is_(query.state != "closed"))
    if query.state == "headless":
        gone = or_(
            patient.c.death_date_from > MISSING,
            patient.c.deceased == "true",
            patient.c.active == "false",
        )
        clauses.append(gone)
    if query.sought is not None:
        clauses.append(_sought(work, query.sought))
    return statement.where(*clauses)


def _sought(work: ReadWork, sought: Sought) -> ColumnElement[bool]:
    """By a household's number, a member's name or number, or a part of the address."""
    home, member = records_household.c, records_household_member.c
    numbered = holders_of(work, sought.text) if sought.what is What.NUMBER else set()
    if numbered:
        return home.source_id.in_(numbered)
    people = resident_select(work, ResidentQuery(sought))
    living = select(member.source_id).where(member.to_on.is_(None), member.patient_id.in_(people))
    found = home.source_id.in_(living)
    if sought.what in (What.NAME, What.PART):
        return or_(found, contains(home.address, literal(sought.text)))
    return found


def find_household_of(work: ReadWork, patient_id: str) -> Household | None:
    """The household that a resident is in now, as far as the actor sees it; else None."""
    member = records_household_member.c
    ids = work.connection.scalars(
        select(member.source_id).where(member.patient_id == patient_id, member.to_on.is_(None))
    ).all()
    seen = load_all(work, "Group", ids)
    return next((get_household(work, id_) for id_ in ids if id_ in seen), None)


def committee_choices(work: ReadWork, organisation_id: str, now: str = "") -> list[tuple[str, str]]:
    """Codes and names of the committees that an institution serves, and the one told now."""
    found = {one.code: one.name for one in list_committees(work, organisation_id)}
    if now and now not in found:
        found[now] = committee_name(work, now)
    return list(found.items())


def committee_name(work: ReadWork, code: str) -> str:
    """What a committee is called; its code where it is not known."""
    found = find_committee(work, code)
    return found.name if found and found.name else code


def registration_token(work: ReadWork, group_id: str) -> str:
    """A household in the address of the registration form (`/residents/new?household=…`)."""
    return sealed(work, _REGISTER, [group_id])


def registration_household(work: ReadWork, token: str) -> Household:
    """The household of `registration_token`. Raises Refused (400, 403, 404, 410)."""
    values: Sequence[Any] = unsealed(work, _REGISTER, token)
    return get_household(work, str(values[0]))
