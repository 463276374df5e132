"""What has to be saved so that a person's facts say what the form now says. Pure.

A fact that stays is not written again, one that is taken away is kept as entered in error, and what
only a diagnosis told stays the doctor's.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, NamedTuple

from records.information.facts import VERIFICATION, items_of, slot_of
from records.reading import Body, moment_of

Element = dict[str, Any]


class Change(NamedTuple):
    """A resource to be saved: under `id` where it replaces one, else as a new one."""

    body: Element
    id: str | None


def changes(before: Sequence[Body], after: Iterable[Body]) -> list[Change]:
    """What has to be saved so that the facts `before` say what `after` says.

    A fact that only a diagnosis tells stays the doctor's: it is neither rewritten nor taken away,
    but for a month of onset that the form adds.
    """
    old = {slot_of(body): body for body in before if slot_of(body)}
    found: list[Change] = []
    for body in {slot_of(one): one for one in after}.values():
        kept = old.pop(slot_of(body), None)
        if kept is None:
            found.append(Change(dict(body), None))
        elif revised := _revised(kept, body):
            found.append(Change(revised, str(kept["id"])))
    found += [Change(_withdrawn(b), str(b["id"])) for b in old.values() if _is_told(b)]
    return found


_TOLD_AGAIN: Final = frozenset({"effectiveDateTime", "recordedDate", "date", "id", "meta"})


def _is_told(body: Body) -> bool:
    """Whether the form (and not a diagnosis) told it."""
    return body["resourceType"] != "Condition" or bool(
        [code for one in body.get("category", ()) for code in items_of(one)]
    )


def _revised(kept: Body, body: Body) -> Element | None:
    """The kept resource with what the form says now; None where it says the same."""
    if not _is_told(kept):
        onset = body.get("onsetDateTime")
        if not onset or moment_of(kept, "onsetDateTime", "onsetPeriod")[:7] == onset[:7]:
            return None
        return {**kept, "onsetDateTime": onset}
    said = {k: v for k, v in body.items() if k not in _TOLD_AGAIN}
    if said == {k: kept.get(k) for k in said} and _same_onset(kept, body):
        return None
    rest = {k: v for k, v in kept.items() if k != "onsetDateTime"}
    return {**rest, **body}


def _same_onset(kept: Body, body: Body) -> bool:
    return bool(kept.get("onsetDateTime") == body.get("onsetDateTime"))


def _withdrawn(body: Mapping[str, Any]) -> Element:
    """The resource as entered in error (R4: con-5 wants no clinical status then)."""
    if "verificationStatus" in body or body["resourceType"] in ("Condition", "AllergyIntolerance"):
        system = VERIFICATION
        if body["resourceType"] == "AllergyIntolerance":
            system = "http://terminology.hl7.org/CodeSystem/allergyintolerance-verification"
        error = {"coding": [{"system": system, "code": "entered-in-error"}]}
        rest = {k: v for k, v in body.items() if k != "clinicalStatus"}
        return {**rest, "verificationStatus": error}
    return {**body, "status": "entered-in-error"}
