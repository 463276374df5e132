"""What concerns a household and other resources: looked at when everything of a save is written.

So a transaction may end a membership and begin another one; only what remains has to be right.
Raises Refused (422), which undoes all of it.
"""

from collections.abc import Sequence
from datetime import date

from sqlalchemy import select

from kernel.db.dialect import lock_rows
from kernel.db.prepared import PreparedIn
from kernel.db.tables import fhir_resource
from kernel.errors import Issue, Refused
from kernel.fhir import json
from kernel.fhir.search.dates import MISSING
from kernel.fhir.store import Draft, ResourceSaved, read, save_all
from kernel.fhir.store.heads import bind
from kernel.web.i18n import _
from kernel.work import Work
from records.extensions import extension_value
from records.households.codes import DEAD, MOVED
from records.households.group import (
    Body,
    Element,
    Member,
    active_members,
    current_numbers,
    is_household,
    left,
    with_members,
    without_active,
)
from records.households.numbering import holders_of
from records.households.tables import records_household_member
from records.life import states
from records.life.widening import keeping_households
from records.reading import day_of, death_of

ELSEWHERE = _("此人已是另一个家庭的在册成员：请先在原家庭办理离开，或合并两个家庭。")
DECEASED = _("已故的人不能是在册成员：请办理离开；如果是户主，请先指定新户主或注销家庭。")
TAKEN = _("这个家庭编号已属于另一个家庭，请改用别的编号。")


_locked = PreparedIn(
    lambda ids: lock_rows(
        select(fhir_resource.c.id)
        .where(fhir_resource.c.type == bind("type"), fhir_resource.c.id.in_(ids))
        .order_by(fhir_resource.c.id)
    )
)
_memberships = PreparedIn(
    lambda ids: select(
        records_household_member.c.patient_id, records_household_member.c.source_id
    ).where(
        records_household_member.c.patient_id.in_(ids), records_household_member.c.to_on.is_(None)
    )
)


def keep_households(work: Work, event: ResourceSaved) -> None:
    """A household was saved: its members are in no other one and alive, its number is its own."""
    body = event.body
    if not is_household(body):
        return
    members = active_members(body)
    issues = [*_people(work, event.saved.id, members), *_number(work, event.saved.id, body)]
    if issues:
        raise Refused(422, issues)


def _people(work: Work, id_: str, members: Sequence[Member]) -> list[Issue]:
    ids = [one.patient_id for one in members]
    # Two transactions that take in the same person at the same moment wait for each other.
    _locked.rows(work.connection, ids, {"type": "Patient"})
    rows = _memberships.rows(work.connection, ids, {})
    elsewhere = {patient for patient, household in rows if household != id_}
    here = {patient for patient, household in rows if household == id_}
    dead = _dead(work, ids) & here
    return [
        Issue("business-rule", text, f"Group.member[{one.place}].entity")
        for one in members
        for text, found in ((ELSEWHERE, elsewhere), (DECEASED, dead))
        if one.patient_id in found
    ]


def _dead(work: Work, ids: Sequence[str]) -> set[str]:
    patient = work.registry.search["Patient"].c
    died = (patient.death_date_from > MISSING) | (patient.deceased == "true")
    return set(work.connection.scalars(select(patient.id).where(patient.id.in_(ids), died)))


def _number(work: Work, id_: str, body: Body) -> list[Issue]:
    for number in current_numbers(body):
        others = holders_of(work, number) - {id_}
        if any(_holds(work, other, number) for other in others):
            return [Issue("duplicate", TAKEN, "Group.identifier")]
    return []


def _holds(work: Work, id_: str, number: str) -> bool:
    """Whether a household has the number now; who took another one in only remembers it."""
    version = read(keeping_households(work), work.registry.specs["Group"], id_)
    return number in current_numbers(json.loads(version.body))


def follow_resident(work: Work, event: ResourceSaved) -> None:
    """A resident was saved who is dead or has moved away: he leaves his household.

    The last one's household is cancelled. A head with others stays until somebody says who comes
    next: the household's page asks for it, and no other change of it is accepted before.
    """
    gone = _gone(work, event.body)
    if gone is None:
        return
    reason, on = gone
    for _patient, household in _memberships.rows(work.connection, [event.saved.id], {}):
        wide = keeping_households(work)
        version = read(wide, work.registry.specs["Group"], household)
        body = json.loads(version.body)
        changed = _without(body, event.saved.id, min(on, work.today), reason)
        if changed is not None:
            save_all(wide, [Draft(changed, household, version.version)])


def _gone(work: Work, body: Body) -> tuple[str, date] | None:
    """Why and when a Patient left the place where the file is kept; None for who did not."""
    dead, died_on = death_of(body)
    closed_on = day_of(extension_value(body, states.CLOSED_ON, "valueDate"))
    if dead:
        return DEAD, died_on or closed_on or work.today
    if states.state_of(body) == states.MOVED:
        return MOVED, closed_on or work.today
    return None


def _without(body: Body, patient_id: str, on: date, reason: str) -> Element | None:
    """The household without somebody; None where he is its head and others are still there."""
    members = active_members(body)
    mine = next((one for one in members if one.patient_id == patient_id), None)
    if mine is None or (mine.is_head and len(members) > 1):
        return None
    if len(members) == 1:
        return without_active(body, on, reason)
    return with_members(body, left(body["member"], mine.place, on, reason))
