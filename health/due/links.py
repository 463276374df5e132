"""Where a line of the due list is worked off: the form of each of its activities."""

from collections.abc import Collection, Iterable
from typing import Final, NamedTuple
from urllib.parse import urlencode

from health.declare import Activity
from health.due.rows import Item, Row

_VISITS: Final = (Activity.FOLLOW_UP, Activity.RECHECK, Activity.RETURN_CONTACT)
_REFERRALS: Final = (Activity.REFERRAL_OUTCOME, Activity.ARRIVAL_CHECK)
REFERRAL_OUTCOME: Final = "referral-outcome"
"""The programme whose form asks how a referral went (§1.6)."""


class Group(NamedTuple):
    """What one form takes care of, and its address."""

    items: tuple[Item, ...]
    href: str


def groups_of(row: Row, managed: Collection[str] = ()) -> list[Group]:
    """A line's items by the form that they are done with, the most urgent first.

    All visits are one joint form; the outcome of each referral has its own; the examination too.
    What another module planned leads to its page, but the first contact after a return is a visit
    in a programme that the person is in (`managed`). Who is lost for the time being has none.
    """
    begin = f"/residents/{row.person}"
    ours = [one for one in row.items if not one.path or _is_visit(one, managed)]
    visits = [one for one in ours if one.activity in _VISITS]
    found = [
        Group((one,), one.path) for one in row.items if one.path and not _is_visit(one, managed)
    ]
    if visits:
        names = dict.fromkeys(name for one in visits for name in one.programmes)
        asked = urlencode({"programmes": ",".join(names)}, safe=",")
        found.append(Group(tuple(visits), f"{begin}/follow-ups/new?{asked}"))
    for name, items in _by_programme(one for one in ours if one.activity in _REFERRALS):
        asked = urlencode({"programmes": REFERRAL_OUTCOME, "of": name})
        found.append(Group(items, f"{begin}/follow-ups/new?{asked}"))
    yearly = tuple(one for one in ours if one.activity is Activity.EXAMINATION)
    if yearly:
        found.append(Group(yearly, f"{begin}/examinations/new"))
    return sorted(found, key=lambda one: (one.items[0].due_on, one.href))


def _is_visit(item: Item, managed: Collection[str]) -> bool:
    """Whether what another module planned is done with the form of a programme."""
    return item.activity is Activity.RETURN_CONTACT and item.programmes[0] in managed


def _by_programme(items: Iterable[Item]) -> list[tuple[str, tuple[Item, ...]]]:
    found: dict[str, list[Item]] = {}
    for one in items:
        found.setdefault(one.programmes[0], []).append(one)
    return [(name, tuple(several)) for name, several in found.items()]
