"""What the household shows on a member's page."""

from typing import Any

from kernel.work import ReadWork
from records.households.living import living_of
from records.households.queries import find_household_of
from records.households.views import environment


def living(work: ReadWork, patient_id: str) -> dict[str, Any]:
    """Where somebody lives (生活环境), entered once for the household.

    `items` are pairs of title and value (Chinese, empty where not told), `household` is the id, an
    empty text for who is in none.
    """
    found = find_household_of(work, patient_id)
    told = living_of(found.body) if found else {}
    return {"household": found.id if found else "", "items": environment(told) if told else []}
