"""What was decided about an answer, as the extension that is stamped into it: both ways. Pure.

The extension is the server's: a client's own is replaced. Facts are copied from it and never
decide again, so that an answer is not reclassified when a rule or a parameter changes.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from health.declare import Action, Activity, Planned
from kernel.canonical import structure_definition

Body = Mapping[str, Any]
DECISION: Final = structure_definition("follow-up-decision")
_CODES: Final = ("programme", "outcome", "proposed-outcome", "action", "proposed-action")
_FLAGS: Final = ("uncontrolled", "adverse", "at-target", "overridden", "regular")


@dataclass(frozen=True, slots=True)
class Decided:
    """What was decided about an answer, and what had been proposed.

    `reasons` are pairs of a sentence and its clause. `missing` are the keys of mandatory fields
    that were not filled in. `at_target` is None where nothing was measured.
    """

    programme: str
    outcome: str
    action: Action
    proposed_outcome: str
    proposed_action: Action
    planned: tuple[Planned, ...]
    reasons: tuple[tuple[str, str], ...]
    missing: tuple[str, ...] = ()
    uncontrolled: bool = False
    adverse: bool = False
    at_target: bool | None = None
    regular: bool = True

    @property
    def due_on(self) -> date | None:
        """The day by which the next visit is due, inclusive; None where there is no next one."""
        return self.planned[0].due_on if self.planned else None

    @property
    def overridden(self) -> bool:
        """Whether the clinician decided otherwise than was proposed."""
        return (self.outcome, self.action) != (self.proposed_outcome, self.proposed_action)


def written(decided: Decided) -> dict[str, Any]:
    """The extension."""
    return {"url": DECISION, "extension": list(_parts(decided))}


def _parts(decided: Decided) -> Iterator[dict[str, Any]]:
    codes = (
        decided.programme, decided.outcome, decided.proposed_outcome, decided.action.value,
        decided.proposed_action.value,
    )  # fmt: skip
    yield from ({"url": u, "valueCode": code} for u, code in zip(_CODES, codes, strict=True))
    for planned in decided.planned:
        day = {"url": "due", "valueDate": planned.due_on.isoformat()}
        activity = {"url": "activity", "valueCode": planned.activity.value}
        yield {"url": "planned", "extension": [activity, day]}
    for text, clause in decided.reasons:
        parts = [{"url": "text", "valueString": str(text)}]
        if clause:
            parts.append({"url": "clause", "valueString": str(clause)})
        yield {"url": "reason", "extension": parts}
    yield from ({"url": "missing", "valueCode": key} for key in decided.missing)
    flags = (
        decided.uncontrolled, decided.adverse, decided.at_target, decided.overridden,
        decided.regular,
    )  # fmt: skip
    for url, flag in zip(_FLAGS, flags, strict=True):
        if flag is not None:
            yield {"url": url, "valueBoolean": flag}


def read_decision(body: Body) -> Decided | None:
    """The decision that is stamped into an answer, or None where there is none."""
    found = [one for one in body.get("extension", ()) if one.get("url") == DECISION]
    if not found:
        return None
    parts: dict[str, list[Any]] = {}
    for part in found[0]["extension"]:
        parts.setdefault(part["url"], []).append(part)
    codes = {name: parts[name][0]["valueCode"] for name in _CODES}
    flags = {name: parts[name][0]["valueBoolean"] for name in _FLAGS if name in parts}
    return Decided(
        programme=codes["programme"],
        outcome=codes["outcome"],
        action=Action(codes["action"]),
        proposed_outcome=codes["proposed-outcome"],
        proposed_action=Action(codes["proposed-action"]),
        planned=tuple(_planned(part) for part in parts.get("planned", ())),
        reasons=tuple(_reason(part) for part in parts.get("reason", ())),
        missing=tuple(part["valueCode"] for part in parts.get("missing", ())),
        uncontrolled=flags["uncontrolled"],
        adverse=flags["adverse"],
        at_target=flags.get("at-target"),
        regular=flags["regular"],
    )


def _planned(part: Body) -> Planned:
    told = {one["url"]: one for one in part["extension"]}
    day = date.fromisoformat(told["due"]["valueDate"])
    return Planned(Activity(told["activity"]["valueCode"]), day)


def _reason(part: Body) -> tuple[str, str]:
    told = {one["url"]: one["valueString"] for one in part["extension"]}
    return told["text"], told.get("clause", "")


def without_decision(body: Body) -> dict[str, Any]:
    """The body without a decision."""
    kept = [one for one in body.get("extension", ()) if one.get("url") != DECISION]
    rest = {name: value for name, value in body.items() if name != "extension"}
    return {**rest, "extension": kept} if kept else rest


def with_decision(body: Body, extension: Mapping[str, Any]) -> dict[str, Any]:
    """The body with this decision instead of any other."""
    rest = without_decision(body)
    return {**rest, "extension": [*rest.get("extension", ()), dict(extension)]}
