"""What can be done with a household (家庭): the only writers of its Group.

Domain: health-record.md §5. Every function works in the caller's transaction, writes the version
that it has read, and raises Refused: 403 and 404 as reading does, 409 where the household's state
forbids it, 412 where somebody else has just changed it, 422 where the input is wrong (the
expression names the field or the element).
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import date
from typing import Any, NamedTuple

from sqlalchemy import select

from kernel.errors import conflict, not_found, unprocessable
from kernel.fhir import json
from kernel.fhir.store import Draft, read, save_all
from kernel.fhir.store.remove import delete as remove
from kernel.ids import uuid7
from kernel.web.i18n import _
from kernel.work import ReadWork, Work
from records.extensions import home_address
from records.households.codes import (
    ADDRESS,
    HEAD,
    MERGED,
    MOVED,
    NUMBER_SYSTEM,
    PHONE,
    SELF,
)
from records.households.details import Details, described
from records.households.group import (
    Body,
    Element,
    Member,
    active_members,
    address_element,
    head_of,
    is_household,
    is_open,
    left,
    new_group,
    new_member,
    number_of,
    related,
    with_extension,
    with_identifier,
    with_members,
    without_active,
)
from records.households.numbering import next_household_number, street_of
from records.households.problems import Problem, with_problem
from records.households.relocation import NOBODY, Along, moved_along
from records.households.rules import HAS_MEMBERS
from records.households.tables import records_household_member
from records.life.intervals import check_day
from records.reading import name_of
from records.terminology import catalogue

NOT_OPEN = _("家庭档案已注销，不能再办理成员变动。")
NOT_MEMBER = _("此人不是这个家庭的在册成员。")
ALREADY = _("此人已是这个家庭的在册成员。")
HEAD_STAYS = _("户主离开前请先指定新户主；没有其他成员时家庭随之注销。")
UNRELATED = _("请选择与户主的关系（GB/T 4761），例如 夫、妻、长子；户主只能通过更换户主指定。")
BEFORE_START = _("离开的日期不能早于加入的日期。")
NOT_FREE = _("这一天此人还属于另一个家庭：加入日期不能早于离开那个家庭的日期。")
SAME = _("请填写另一个家庭的编号。")
OTHER_KEEPER = _("两个家庭由不同机构管理，不能合并：请先办理档案迁移。")


class Household(NamedTuple):
    """A household as it was read: its id, the version and the Group."""

    id: str
    version: int
    body: Body


def get_household(work: ReadWork, group_id: str) -> Household:
    """A household that the actor sees. Raises Refused (403, 404, 410; 404 for another group)."""
    version = read(work, work.registry.specs["Group"], group_id)
    body = json.loads(version.body)
    if not is_household(body):
        raise not_found(f"household {group_id}")
    return Household(group_id, version.version, body)


def new_household(
    work: Work,
    head_id: str,
    *,
    id: str | None = None,
    on: date | None = None,
    address: Mapping[str, Any] | None = None,
    phone: str = "",
    committee: str = "",
) -> str:
    """A household (家庭) with one resident as its head (户主); its id.

    `id` is the id of a form's submission, else one is made. `on` is the first day, today without.
    `address` is a FHIR Address, the head's home address without. `committee` (twelve digits, or a
    street's nine) begins the number where the address does not tell it.
    """
    head = _resident(work, head_id)
    home = dict(address or home_address(head))
    street = committee or street_of(home, head)
    number = next_household_number(work, street)
    name, keeper = name_of(head), head.get("managingOrganization") or _own(work)
    day = _day(work, on)
    _check_free(work, [head_id], day)
    member = new_member(head_id, name, HEAD, day)
    body = new_group(number, name, keeper, [member])
    if home:
        body = with_extension(body, ADDRESS, {"valueAddress": home})
    if phone:
        body = with_extension(body, PHONE, {"valueContactPoint": _phone(phone)})
    made = id or uuid7(work.now)
    save_all(work, [Draft(body, made, fresh=id is None)])
    return made


def _own(work: ReadWork) -> Element:
    return {"reference": f"Organization/{work.actor.organisation_id}"}


def _phone(number: str) -> Element:
    return {"system": "phone", "value": number}


def _resident(work: ReadWork, id_: str) -> Body:
    body: Body = json.loads(read(work, work.registry.specs["Patient"], id_).body)
    return body


def _day(work: ReadWork, on: date | None) -> date:
    """The day of a change, today without. Raises Refused (422) for one still to come."""
    if on is not None:
        check_day(work, on, not_before=None, field="on")
    return on or work.today


def join(
    work: Work, group_id: str, patient_id: str, *, relation: str, on: date | None = None
) -> None:
    """Take a resident in. `relation` to the head is a GB/T 4761 code, `on` the first day."""
    day = _day(work, on)
    _check_relation(relation, "relation")
    person = _resident(work, patient_id)
    _check_free(work, [patient_id], day)

    def changed(body: Body) -> Element:
        if any(one.patient_id == patient_id for one in active_members(body)):
            raise conflict(ALREADY, "patient")
        element = new_member(patient_id, name_of(person), relation, day)
        return with_members(body, [*body.get("member", ()), element])

    _change(work, group_id, changed)


def _check_relation(relation: str, field: str) -> None:
    known = catalogue.code_set("gb-relation").concepts
    if relation not in known or relation in (HEAD, SELF):
        raise unprocessable(UNRELATED, field)


def _change(work: Work, group_id: str, change: Callable[[Body], Element]) -> None:
    """Save what `change` makes of an open household."""
    found = get_household(work, group_id)
    if not is_open(found.body):
        raise conflict(NOT_OPEN, "Group.active")
    save_all(work, [Draft(change(found.body), group_id, found.version)])


def _member(body: Body, patient_id: str) -> Member:
    for one in active_members(body):
        if one.patient_id == patient_id:
            return one
    raise conflict(NOT_MEMBER, "patient")


def _check_begun(members: Iterable[Member], on: date) -> None:
    """Raises Refused (422) where somebody came after the day on which they leave."""
    if any(one.from_on is not None and on < one.from_on for one in members):
        raise unprocessable(BEFORE_START, "on")


def _check_free(work: ReadWork, patient_ids: Iterable[str], day: date) -> None:
    """Raises Refused (422) where somebody still was in a household on a day or after it.

    Who is in one now is looked at by `records.households.reactions`.
    """
    member = records_household_member.c
    ids = list(patient_ids)
    found = select(member.source_id).where(member.patient_id.in_(ids), member.to_on > day)
    if work.connection.execute(found.limit(1)).first() is not None:
        raise unprocessable(NOT_FREE, "on")


def leave(
    work: Work,
    group_id: str,
    patient_id: str,
    *,
    on: date | None = None,
    left_for: str = MOVED,
) -> None:
    """Let a member leave; `left_for` is moved or dead.

    `on` is the day of the change: the day of death, or the first day on which the member, having
    moved, is no longer in the household. With the last member the household is cancelled. Raises
    Refused (409) for a head with others in the household: `change_head` comes first.
    """
    day = _day(work, on)

    def changed(body: Body) -> Element:
        member = _member(body, patient_id)
        _check_begun([member], day)
        if len(active_members(body)) == 1:
            return without_active(body, day, left_for)
        if member.is_head:
            raise conflict(HEAD_STAYS, "head")
        return with_members(body, left(body["member"], member.place, day, left_for))

    _change(work, group_id, changed)


def change_head(
    work: Work,
    group_id: str,
    patient_id: str,
    *,
    relations: Mapping[str, str],
    on: date | None = None,
    left_for: str = "",
) -> None:
    """Make another member the head (更换户主).

    `relations` says how every other active member is related to the new head, by the member's id.
    With `left_for` (moved or dead) the old head leaves on the day `on`, as in `leave`; else the old
    head stays and is among the `relations`. Raises Refused (422; the field is `relation-<id>`).
    """
    day = _day(work, on)

    def changed(body: Body) -> Element:
        _member(body, patient_id)
        old = head_of(body)
        elements = list(body["member"])
        if left_for and old is not None and old.patient_id != patient_id:
            _check_begun([old], day)
            elements = left(elements, old.place, day, left_for)
        for one in active_members({"member": elements}):
            relation = HEAD
            if one.patient_id != patient_id:
                relation = relations.get(one.patient_id, "")
                _check_relation(relation, f"relation-{one.patient_id}")
            elements[one.place] = related(elements[one.place], relation)
        name = next(m.name for m in active_members(body) if m.patient_id == patient_id)
        made = with_members(body, elements)
        return {**made, "name": f"{name}家庭"} if name else made

    _change(work, group_id, changed)


def merge_households(
    work: Work,
    group_id: str,
    other_id: str,
    *,
    relations: Mapping[str, str],
    on: date | None = None,
) -> None:
    """Move all members of another household into this one; the other is cancelled.

    Both numbers are kept: the other's stands in this one with the use `old`. `relations` as in
    `change_head`, for the members who come; `on` is their first day here.
    """
    day = _day(work, on)
    into, other = get_household(work, group_id), get_household(work, other_id)
    _may_merge(into, other)
    coming = active_members(other.body)
    for one in coming:
        _check_relation(relations.get(one.patient_id, ""), f"relation-{one.patient_id}")
    _check_begun(coming, day)
    closed = without_active(other.body, day, MERGED)
    save_all(work, [Draft(closed, other_id, other.version)])
    _check_free(work, [one.patient_id for one in coming], day)
    elements = [
        *into.body.get("member", ()),
        *(new_member(m.patient_id, m.name, relations[m.patient_id], day) for m in coming),
    ]
    body = with_members(_with_former(into.body, other.body), elements)
    save_all(work, [Draft(body, group_id, into.version)])


def _may_merge(into: Household, other: Household) -> None:
    if into.id == other.id:
        raise unprocessable(SAME, "number")
    if not (is_open(into.body) and is_open(other.body)):
        raise conflict(NOT_OPEN, "number")
    keepers = {one.body.get("managingEntity", {}).get("reference") for one in (into, other)}
    if len(keepers) > 1:
        raise conflict(OTHER_KEEPER, "number")


def _with_former(body: Body, other: Body) -> Body:
    """The household with the numbers of the other one, as its old numbers."""
    numbers = [
        {**one, "use": "old"}
        for one in other.get("identifier", ())
        if one.get("system") == NUMBER_SYSTEM
    ]
    return {**body, "identifier": [*body.get("identifier", ()), *numbers]}


def describe(
    work: Work,
    group_id: str,
    details: Details,
    *,
    expect: int | None = None,
    along: Along = NOBODY,
) -> int:
    """Write down address, telephone, doctor and living conditions; how many members moved along.

    A household that came without a number gets one as soon as its committee is known. `expect` is
    the version that the form showed. Where the address is another home, those who move `along` get
    it as theirs. Raises Refused (412) where the version is another by now.
    """
    found = get_household(work, group_id)
    body = described(found.body, details)
    street = street_of(address_element(body), {})
    if street and not number_of(body):
        body = with_identifier(body, NUMBER_SYSTEM, next_household_number(work, street))
    movers = list(moved_along(work, found.body, body, along))
    expected = found.version if expect is None else expect
    save_all(work, [Draft(body, group_id, expected), *movers])
    return len(movers)


def record_problem(work: Work, group_id: str, problem: Problem) -> None:
    """Add a problem of the household (家庭主要问题), or change the one with its id."""
    _change(work, group_id, lambda body: with_problem(body, problem))


def close(work: Work, group_id: str, *, on: date | None = None) -> None:
    """Cancel a household (注销) on a day: every membership ends, as in `leave`."""
    day = _day(work, on)

    def changed(body: Body) -> Element:
        _check_begun(active_members(body), day)
        return without_active(body, day, MOVED)

    _change(work, group_id, changed)


def delete(work: Work, group_id: str) -> None:
    """Delete a household that nobody is in. Raises Refused (409) while it has members."""
    found = get_household(work, group_id)
    if active_members(found.body):
        raise conflict(HAS_MEMBERS, "Group.member")
    remove(work, work.registry.specs["Group"], group_id, expect=found.version)
