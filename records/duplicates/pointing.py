"""References from one Patient to another: pure functions over bodies."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any, Final

from kernel.canonical import code_system
from records.households.codes import HEAD, MERGED
from records.households.group import active_members, left, related, with_members, without_active
from records.life.residence import counts, is_residence

Body = Mapping[str, Any]
Element = dict[str, Any]
Days = tuple[date, date | None]
"""From a day until another, exclusive; None is open."""

ACTIVITY: Final = code_system("record-activity")
MERGE: Final = "merge"
UNMERGE: Final = "unmerge"


def pointed(value: Any, texts: Sequence[str], target: str) -> Any:
    """The same value in which references that read like one of `texts` read `target`.

    References to a version of the old one stay: they tell what was read then.
    """
    if isinstance(value, list):
        return [pointed(part, texts, target) for part in value]
    if isinstance(value, Mapping):
        return {
            name: target if name == "reference" and part in texts else pointed(part, texts, target)
            for name, part in value.items()
        }
    return value


def is_merge(body: Body) -> bool:
    """Whether a Provenance tells of a merge or of one that was undone; those stay as they are."""
    if body.get("resourceType") != "Provenance":
        return False
    codings = body.get("activity", {}).get("coding", ())
    return any(c.get("system") == ACTIVITY and c.get("code") in (MERGE, UNMERGE) for c in codings)


class HeadStays(Exception):
    """The head of a household with others in it cannot leave it by a merge."""


def regrouped(body: Body, gone: str, keep: str, *, on: date, keep_elsewhere: bool) -> Element:
    """A household in which the one who is kept takes the other's place.

    Where the kept one is a member already, here or in another household, the other membership ends
    by a change on the day `on`; its being the head goes over. `body` has not been pointed yet.
    Raises HeadStays where a head would leave others behind.
    """
    members = active_members(body)
    mine = next((one for one in members if one.patient_id == gone), None)
    own = next((one for one in members if one.patient_id == keep), None)
    if mine is None or (own is None and not keep_elsewhere):
        return dict(body)
    if own is None and mine.is_head:
        if len(members) > 1:
            raise HeadStays
        return without_active(body, on, MERGED)
    elements = list(body["member"])
    if own is not None and mine.is_head:
        elements[own.place] = related(elements[own.place], HEAD)
    return with_members(body, left(elements, mine.place, on, MERGED))


def days_of(body: Body) -> Days | None:
    """The days of a residence episode that happened, or None."""
    if not is_residence(body) or not counts(body) or not body.get("period", {}).get("start"):
        return None
    end = body["period"].get("end")
    start = date.fromisoformat(body["period"]["start"][:10])
    return start, date.fromisoformat(end[:10]) + timedelta(days=1) if end else None


def remaining(days: Days, taken: Sequence[Days]) -> list[Days]:
    """What is left of an interval when others are cut out of it."""
    left = [days]
    for start, end in taken:
        left = [piece for one in left for piece in _cut(one, start, end)]
    return left


def _cut(one: Days, start: date, end: date | None) -> list[Days]:
    first, last = one
    pieces: list[Days] = []
    if first < start:
        pieces.append((first, start if last is None else min(last, start)))
    if end is not None and (last is None or end < last):
        pieces.append((max(first, end), last))
    return [piece for piece in pieces if piece[1] is None or piece[0] < piece[1]]


def cut(body: Body, days: Days) -> Element:
    """The episode with these days only."""
    first, to_on = days
    period = {**body["period"], "start": first.isoformat()}
    period.pop("end", None)
    if to_on is None:
        return {**body, "status": "active", "period": period}
    last = to_on - timedelta(days=1)
    return {**body, "status": "finished", "period": {**period, "end": last.isoformat()}}


def withdrawn(body: Body) -> Element:
    """The episode whose days all belong to the other file's."""
    return {**body, "status": "entered-in-error"}
