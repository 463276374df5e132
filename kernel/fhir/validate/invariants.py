"""The invariants of FHIR R4 that a table of elements cannot say, by type.

A rule takes an object whose own elements are already known to be well-formed, and yields the
element (or "" for the object itself) and the sentence for each breach. The key in brackets is the
constraint's name in the specification.
"""

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any, TypeAlias

from kernel.fhir.terminology import words

Node: TypeAlias = dict[str, Any]
Breach: TypeAlias = tuple[str, str]
Rule: TypeAlias = Callable[[Node], Iterator[Breach]]


def _has(node: Node, name: str) -> bool:
    return name in node or f"_{name}" in node


def _has_choice(node: Node, name: str) -> bool:
    """Tell whether a `value[x]` is there (`valueString`, `_valueString`, but not `values`)."""
    end = len(name)
    for key in node:
        bare = key[1:] if key[0] == "_" else key
        if bare.startswith(name) and bare[end : end + 1].isupper():
            return True
    return False


def _needs(name: str, other: str, rule: str) -> Rule:
    """Make the rule: where `name` is given, `other` must be."""

    def check(node: Node) -> Iterator[Breach]:
        if _has(node, name) and not _has(node, other):
            yield other, f"is required where {name} is given ({rule})"

    return check


def _any_of(names: str, rule: str) -> Rule:
    """Make the rule: at least one of these must be there."""
    listed = names.split()

    def check(node: Node) -> Iterator[Breach]:
        if not any(_has(node, name) for name in listed):
            yield "", f"must have one of {', '.join(listed)} ({rule})"

    return check


def _not_both(first: str, second: str, rule: str) -> Rule:
    def check(node: Node) -> Iterator[Breach]:
        if _has(node, first) and _has(node, second):
            yield second, f"must not be given beside {first} ({rule})"

    return check


def _not_negative(name: str, rule: str) -> Rule:
    def check(node: Node) -> Iterator[Breach]:
        if name in node and node[name] < 0:
            yield name, f"must not be negative ({rule})"

    return check


def is_after(start: str, end: str) -> bool:
    """Tell whether a date or dateTime certainly lies after another.

    Two times are compared as instants; where one is only a date, the calendar days are compared as
    far as both are given, since a day has no zone.
    """
    if "T" in start and "T" in end:
        return _instant(start) > _instant(end)
    length = min(len(start.partition("T")[0]), len(end.partition("T")[0]))
    return start[:length] > end[:length]


def _instant(text: str) -> datetime:
    # Python knows no leap second; the second before it keeps the order of everything else.
    return datetime.fromisoformat(text.replace(":60", ":59", 1) if ":60" in text[16:19] else text)


def _period(node: Node) -> Iterator[Breach]:
    if "start" in node and "end" in node and is_after(node["start"], node["end"]):
        yield "end", "must not lie before start (per-1)"


def _extension(node: Node) -> Iterator[Breach]:
    has_value = _has_choice(node, "value")
    if has_value and "extension" in node:
        yield "", "must have either a value or extensions, not both (ext-1)"
    elif not has_value and "extension" not in node:
        yield "", "must have a value or extensions (ext-1)"


def _range(node: Node) -> Iterator[Breach]:
    low, high = node.get("low", {}), node.get("high", {})
    same_unit = low.get("code") == high.get("code") and low.get("unit") == high.get("unit")
    if same_unit and "value" in low and "value" in high and low["value"] > high["value"]:
        yield "low", "must not be greater than high (rng-2)"


def _ratio(node: Node) -> Iterator[Breach]:
    if ("numerator" in node) != ("denominator" in node):
        yield "", "must have both numerator and denominator, or neither (rat-1)"
    elif "numerator" not in node and "extension" not in node:
        yield "", "must have numerator and denominator, or extensions (rat-1)"


def _timing(node: Node) -> Iterator[Breach]:
    meals = {"C", "CM", "CD", "CV"}
    if "offset" in node and (not _has(node, "when") or meals & set(node.get("when", ()))):
        yield "offset", "needs a when that is not C, CM, CD or CV (tim-9)"


def _observation(node: Node) -> Iterator[Breach]:
    has_value = _has_choice(node, "value")
    if has_value and "dataAbsentReason" in node:
        yield "dataAbsentReason", "must not be given beside a value (obs-6)"
    if has_value and any(_same_code(node, part) for part in node.get("component", ())):
        yield "component", "must not repeat the code of an observation with a value (obs-7)"


def _same_code(first: Node, second: Node) -> bool:
    def codes(node: Node) -> set[tuple[str | None, str]]:
        found = node.get("code", {}).get("coding", ())
        return {(one.get("system"), one["code"]) for one in found if "code" in one}

    return not codes(first).isdisjoint(codes(second))


def _coded(node: Node, name: str) -> set[str]:
    return {one.get("code", "") for one in node.get(name, {}).get("coding", ())}


def _condition(node: Node) -> Iterator[Breach]:
    in_error = "entered-in-error" in _coded(node, "verificationStatus")
    clinical = _coded(node, "clinicalStatus")
    if _has_choice(node, "abatement") and not clinical & {"inactive", "resolved", "remission"}:
        yield "clinicalStatus", "must be inactive, resolved or remission with an abatement (con-4)"
    if in_error and "clinicalStatus" in node:
        yield "clinicalStatus", "must not be given for what was entered in error (con-5)"


def _allergy(node: Node) -> Iterator[Breach]:
    in_error = "entered-in-error" in _coded(node, "verificationStatus")
    if in_error and "clinicalStatus" in node:
        yield "clinicalStatus", "must not be given for what was entered in error (ait-2)"
    elif not in_error and "clinicalStatus" not in node:
        yield "clinicalStatus", "is required unless it was entered in error (ait-1)"


def _organization(node: Node) -> Iterator[Breach]:
    for name, rule in (("address", "org-2"), ("telecom", "org-3")):
        if any(one.get("use") == "home" for one in node.get(name, ())):
            yield name, f"of an organization must not have the use 'home' ({rule})"


def _group(node: Node) -> Iterator[Breach]:
    if "member" in node and node.get("actual") is not True:
        yield "member", "may only be given where actual is true (grp-1)"


def _family_history(node: Node) -> Iterator[Breach]:
    if _has_choice(node, "age") and _has_choice(node, "born"):
        yield "", "must not have both an age and a birth (fhs-1)"
    if "estimatedAge" in node and not _has_choice(node, "age"):
        yield "estimatedAge", "may only be given with an age (fhs-2)"


def _goal_target(node: Node) -> Iterator[Breach]:
    if _has_choice(node, "detail") and "measure" not in node:
        yield "measure", "is required where a detail is given (gol-1)"


def _dosage_given(node: Node) -> Iterator[Breach]:
    if "dose" not in node and not _has_choice(node, "rate"):
        yield "", "must have a dose or a rate (mad-1)"


def _task(node: Node) -> Iterator[Breach]:
    started, changed = node.get("authoredOn"), node.get("lastModified")
    if started and changed and is_after(started, changed):
        yield "lastModified", "must not lie before authoredOn (inv-1)"


def _section(node: Node) -> Iterator[Breach]:
    if not any(name in node for name in ("text", "entry", "section")):
        yield "", "must have text, entries or sub-sections (cmp-1)"
    if "emptyReason" in node and "entry" in node:
        yield "emptyReason", "must not be given beside entries (cmp-2)"


def _consent(node: Node) -> Iterator[Breach]:
    if "policy" not in node and "policyRule" not in node:
        yield "", "must have a policy or a policyRule (ppc-1)"


def _appointment(node: Node) -> Iterator[Breach]:
    if ("start" in node) != ("end" in node):
        yield "", "must have both start and end, or neither (app-2)"
    if "start" not in node and node.get("status") not in (
        *("proposed", "cancelled", "waitlist"),
        None,
    ):
        yield "start", "is required unless proposed, cancelled or on the wait list (app-3)"
    if "cancelationReason" in node and node.get("status") not in ("cancelled", "noshow"):
        yield "cancelationReason", "may only be given when cancelled or no-show (app-4)"


def _parameter(node: Node) -> Iterator[Breach]:
    given = ["resource" in node, "part" in node, _has_choice(node, "value")]
    if sum(given) != 1:
        yield "", "must have exactly one of value, resource or part (inv-1)"


def _bundle(node: Node) -> Iterator[Breach]:
    kind = node.get("type")
    entries = node.get("entry", [])
    if "total" in node and kind not in ("searchset", "history"):
        yield "total", "may only be given in a searchset or history (bdl-1)"
    if kind != "searchset" and any("search" in one for one in entries):
        yield "entry", "may only have search in a searchset (bdl-2)"
    writing = kind in ("batch", "transaction", "history")
    if any(("request" in one) != writing for one in entries):
        yield "entry", "must have a request in a batch, transaction or history, only there (bdl-3)"


def _bundle_entry(node: Node) -> Iterator[Breach]:
    if not any(name in node for name in ("resource", "request", "response")):
        yield "", "must have a resource, a request or a response (bdl-5)"
    if "/_history/" in node.get("fullUrl", ""):
        yield "fullUrl", "must not name a version (bdl-8)"


def _questionnaire(node: Node) -> Iterator[Breach]:
    seen: set[str] = set()
    for item in _items(node):
        link = item.get("linkId")
        if link in seen:
            yield "item", f"must not use the linkId {link!r} twice (que-2)"
        if link is not None:
            seen.add(link)


def _items(node: Node) -> Iterator[Node]:
    for item in node.get("item", ()):
        yield item
        yield from _items(item)


def _questionnaire_item(node: Node) -> Iterator[Breach]:
    kind = node.get("type")
    if (kind == "group") != ("item" in node) and kind in ("group", "display"):
        yield "item", "must be given for a group and not for a display (que-1)"
    if kind == "display":
        for name, rule in _NOT_FOR_DISPLAY:
            if name in node:
                yield name, f"must not be given for a display ({rule})"
    if kind == "group" and "initial" in node:
        yield "initial", "must not be given for a group (que-8)"
    if "maxLength" in node and kind not in _WITH_LENGTH:
        yield "maxLength", "may only be given for simple questions (que-10)"
    if len(node.get("enableWhen", ())) > 1 and not _has(node, "enableBehavior"):
        yield "enableBehavior", "is required with more than one enableWhen (que-12)"
    if len(node.get("initial", ())) > 1 and node.get("repeats") is not True:
        yield "initial", "may only repeat where the question repeats (que-13)"


_NOT_FOR_DISPLAY = (
    ("code", "que-3"),
    ("required", "que-6"),
    ("repeats", "que-6"),
    ("initial", "que-8"),
    ("readOnly", "que-9"),
)
_WITH_LENGTH = words("boolean decimal integer string text url open-choice")

_QUANTITY: tuple[Rule, ...] = (_needs("code", "system", "qty-3"),)
_ANSWERED_ITEM: tuple[Rule, ...] = (_not_both("answer", "item", "qrs-1"),)

RULES: dict[str, tuple[Rule, ...]] = {
    "Age": _QUANTITY,
    "AllergyIntolerance": (_allergy,),
    "Appointment": (_appointment,),
    "Attachment": (_needs("data", "contentType", "att-1"),),
    "AuditEventEntity": (_not_both("name", "query", "sev-1"),),
    "Bundle": (_bundle,),
    "BundleEntry": (_bundle_entry,),
    "CarePlanActivity": (_not_both("detail", "reference", "cpl-3"),),
    "CompositionSection": (_section,),
    "Condition": (_condition,),
    "ConditionEvidence": (_any_of("code detail", "con-2"),),
    "ConditionStage": (_any_of("summary assessment", "con-1"),),
    "Consent": (_consent,),
    "ContactPoint": (_needs("value", "system", "cpt-2"),),
    "Count": _QUANTITY,
    "Distance": _QUANTITY,
    "Duration": _QUANTITY,
    "Extension": (_extension,),
    "FamilyMemberHistory": (_family_history,),
    "GoalTarget": (_goal_target,),
    "Group": (_group,),
    "ImmunizationEducation": (_any_of("documentType reference", "imm-1"),),
    "MedicationAdministrationDosage": (_dosage_given,),
    "Observation": (_observation,),
    "ObservationReferenceRange": (_any_of("low high text", "obs-3"),),
    "Organization": (_any_of("identifier name", "org-1"), _organization),
    "ParametersParameter": (_parameter,),
    "PatientContact": (_any_of("name telecom address organization", "pat-1"),),
    "Period": (_period,),
    "Quantity": _QUANTITY,
    "Questionnaire": (_questionnaire,),
    "QuestionnaireItem": (
        _questionnaire_item,
        _not_both("answerOption", "answerValueSet", "que-4"),
    ),
    "QuestionnaireResponseItem": _ANSWERED_ITEM,
    "Range": (_range,),
    "Ratio": (_ratio,),
    "ServiceRequest": (_needs("orderDetail", "code", "prr-1"),),
    "Task": (_task,),
    "TimingRepeat": (
        _needs("duration", "durationUnit", "tim-1"),
        _needs("period", "periodUnit", "tim-2"),
        _not_negative("duration", "tim-4"),
        _not_negative("period", "tim-5"),
        _needs("periodMax", "period", "tim-6"),
        _needs("durationMax", "duration", "tim-7"),
        _needs("countMax", "count", "tim-8"),
        _not_both("timeOfDay", "when", "tim-10"),
        _timing,
    ),
}
"""Type -> its rules."""
