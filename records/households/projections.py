"""From a household's Group to the fact tables: pure functions."""

from collections.abc import Mapping, Sequence
from typing import Any

from kernel.declare.module import Projection
from records.households.group import (
    Body,
    active_members,
    address_element,
    head_of,
    is_household,
    is_open,
    members_of,
)
from records.households.tables import records_household, records_household_member
from records.reading import address_of

Rows = Sequence[Mapping[str, Any]]


def household_rows(body: Body) -> Rows:
    """The row of a household: `active`, `head_id`, `address`, `members`; none for other groups."""
    if not is_household(body):
        return []
    head, address = head_of(body), address_element(body)
    return [
        {
            "active": is_open(body),
            "head_id": head.patient_id if head else None,
            "address": address_of({"address": [address]}) if address else "",
            "members": len(active_members(body)),
        }
    ]


def member_rows(body: Body) -> Rows:
    """A household's memberships; who is in it now has no `to_on`.

    FHIR's `Period.end` is inclusive (R4 2.24.0.11), `to_on` is not, so it is the day after.
    """
    if not is_household(body):
        return []
    return [
        {
            "patient_id": one.patient_id,
            "relation": one.relation,
            "from_on": one.from_on.isoformat() if one.from_on else None,
            "to_on": None if one.active or one.to_on is None else one.to_on.isoformat(),
        }
        for one in members_of(body)
        if one.patient_id
    ]


PROJECTIONS = (
    Projection("Group", records_household, household_rows),
    Projection("Group", records_household_member, member_rows),
)
