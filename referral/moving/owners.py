"""Who owns a referral in a state: one institution, and a named person where there is one.

A hospital that has not claimed a referral is named by the contact of its department's agreement,
else by the first of its coordinators; a station's head by the account that has the role.
"""

from typing import Any

from sqlalchemy import or_, select

from kernel.db.tables import kernel_user, kernel_user_role
from kernel.declare.roles import Role
from kernel.work import ReadWork
from referral.agreements.queries import contact_of
from referral.moving.sides import owner_side
from referral.states import Side, State
from referral.task import Facts


def owner_organisation(state: State, facts: Facts) -> str:
    """The institution on whose list a referral stands; empty for a closed one."""
    side = owner_side(state)
    if side is None:
        return ""
    return facts.hospital_id if side is Side.HOSPITAL else facts.community_id


def owner_person(work: ReadWork, state: State, facts: Facts) -> str:
    """The id of the Practitioner who owns it, or empty where the institution has nobody."""
    side = owner_side(state)
    if side is Side.COMMUNITY:
        return facts.doctor_id or find_staff(work, facts.community_id, Role.STATION_HEAD)
    if side is Side.HEAD:
        return find_staff(work, facts.community_id, Role.STATION_HEAD)
    if side is Side.HOSPITAL:
        contact = facts.taker_id or contact_of(work, facts.community_id, facts.department_id)
        return contact or find_staff(work, facts.hospital_id, Role.REFERRAL_COORDINATOR)
    return ""


def owner_reference(work: ReadWork, state: State, facts: Facts) -> dict[str, Any] | None:
    """Task.owner: the person, else the institution; None where nobody owns it any more."""
    person = owner_person(work, state, facts)
    if person:
        return {"reference": f"Practitioner/{person}"}
    institution = owner_organisation(state, facts)
    return {"reference": f"Organization/{institution}"} if institution else None


def find_staff(work: ReadWork, organisation_id: str, role: Role) -> str:
    """The Practitioner of the first account that has a role at an institution today, or empty."""
    found = list_staff(work, organisation_id, role)
    return found[0][0] if found else ""


def list_staff(work: ReadWork, organisation_id: str, role: Role) -> list[tuple[str, str]]:
    """Who has a role at an institution today: Practitioner and name, by the account's name."""
    user, held = kernel_user.c, kernel_user_role.c
    statement = (
        select(user.practitioner_id, user.display)
        .join_from(kernel_user, kernel_user_role, held.user_id == user.id)
        .where(
            user.organisation_id == organisation_id,
            user.disabled.is_(False),
            user.practitioner_id.is_not(None),
            held.role == role.value,
            held.from_on <= work.today,
            or_(held.to_on.is_(None), held.to_on > work.today),
        )
        .order_by(user.name)
    )
    return [(row.practitioner_id, row.display) for row in work.connection.execute(statement)]
