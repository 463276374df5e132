"""What the personal information form says beyond the Patient itself: one FHIR resource a fact.

`facts_of` writes values as resources, `values_of` reads them back, `changes` compares what a person
has with what the form now says, so that a fact that stays is not written again and one that is
taken away is kept as entered in error. All pure.

    exposure, disability, environment, and every 无    Observation (social-history)
    past diseases, trauma, hereditary disease          Condition
    surgery, transfusion                               Procedure
    family history                                     FamilyMemberHistory, one a relative
    blood groups, drug allergies                       `records.information.persons.facts_of`

A resource belongs to the form when it carries a code of the CodeSystem `nbphs3-information-item`,
or one of the form's own lists; a diagnosis of the problem list by its ICD-10 code counts too, so
that what a doctor diagnosed is not asked again.
"""

from collections.abc import Iterable, Iterator
from typing import Any, Final, NamedTuple

from kernel.canonical import ICD10_NATIONAL, ICD10_WHO, LOINC
from kernel.declare.form import Value, Values, beside
from records.information.form import (
    DATED,
    DISEASES,
    ENVIRONMENT,
    HISTORIES,
    NONE,
    PRESENT,
    RELATIVES,
)
from records.information.persons import BLOOD_GROUPS
from records.reading import Body, codes_of, moment_of
from records.terminology import catalogue

Element = dict[str, Any]
_OBSERVATION_CATEGORY: Final = "http://terminology.hl7.org/CodeSystem/observation-category"
_CLINICAL: Final = "http://terminology.hl7.org/CodeSystem/condition-clinical"
VERIFICATION: Final = "http://terminology.hl7.org/CodeSystem/condition-ver-status"
_CONDITION_CATEGORY: Final = "http://terminology.hl7.org/CodeSystem/condition-category"
_ROLE: Final = "http://terminology.hl7.org/CodeSystem/v3-RoleCode"
_OBSERVED: Final = {
    "exposure": "exposure",
    "disability": "disability",
    **{key: terms for key, _title, terms in ENVIRONMENT},
}
"""Key and code set of what is kept as an Observation."""
_SEVERAL: Final = frozenset({"exposure", "disability"})
_DENIED: Final = (DISEASES, *HISTORIES, "hereditary", *(key for key, _t, _c in RELATIVES))
"""Keys whose 无 is an Observation, because nothing else could say it."""
_PREFIXES: Final = {
    "2": ("I10", "I11", "I12", "I13"),
    "3": ("E10", "E11", "E12", "E13", "E14"),
    "4": ("I20", "I21", "I22", "I24", "I25"),
    "5": ("J44",),
    "7": ("I60", "I61", "I62", "I63", "I64", "I69"),
    "8": ("F20", "F22", "F25", "F31"),
    "9": ("A15", "A16", "A17", "A18", "A19"),
    "10": ("B15", "B16", "B17", "B18", "B19"),
}
"""Beginnings of ICD-10 codes that mean a disease of the form's list (domain: codes.md §4)."""
TYPES: Final = (
    "Observation", "Condition", "Procedure", "FamilyMemberHistory", "AllergyIntolerance",
)  # fmt: skip
"""The types in which facts are kept."""
_WRONG: Final = frozenset({"entered-in-error", "refuted"})


class About(NamedTuple):
    """Whose facts they are, and on which day (ISO) they were told."""

    patient_id: str
    on: str

    @property
    def subject(self) -> Element:
        """The Reference to the person."""
        return {"reference": f"Patient/{self.patient_id}"}


def _item(key: str) -> str:
    return key.replace("_", "-")


def items_of(concept: Body | None) -> list[str]:
    """The items of the form that a concept names."""
    return codes_of(concept, catalogue.code_set("information-item").url)


def facts_of(values: Values, about: About) -> Iterator[Element]:
    """The resources of an answer, each without id."""
    for key, terms in _OBSERVED.items():
        if key in values:
            yield _observed(key, terms, values, about)
    for key in _DENIED:
        if _denied(values.get(key)):
            yield _observed(key, _terms_of(key), {key: NONE}, about)
    yield from _diseases(values, about)
    yield from _histories(values, about)
    if values.get("hereditary") == PRESENT:
        text = str(values.get(beside("hereditary", PRESENT), ""))
        yield _condition("hereditary", {"text": text}, "", about)
    for key, title, role in RELATIVES:
        if key in values and not _denied(values[key]):
            yield _relative(key, title, role, values, about)


def _denied(value: Value | None) -> bool:
    return value in (NONE, (NONE,))


def _terms_of(key: str) -> str:
    if key == DISEASES:
        return "past-disease"
    return "family-disease" if key.startswith("family_") else "absent-present"


def _observed(key: str, terms: str, values: Values, about: About) -> Element:
    value = values[key]
    codes = [str(code) for code in value] if isinstance(value, tuple) else [str(value)]
    words = [values.get(beside(key, code)) for code in codes]
    concept: Element = {"coding": [catalogue.coding(terms, code) for code in codes]}
    if text := next((str(word) for word in words if word), ""):
        concept["text"] = text
    return {
        "resourceType": "Observation",
        "status": "final",
        "category": [
            {"coding": [{"system": _OBSERVATION_CATEGORY, "code": "social-history"}]},
        ],
        "code": catalogue.concept("information-item", _item(key)),
        "subject": about.subject,
        "effectiveDateTime": about.on,
        "valueCodeableConcept": concept,
    }


def _diseases(values: Values, about: About) -> Iterator[Element]:
    chosen = values.get(DISEASES, ())
    for code in chosen if isinstance(chosen, tuple) else ():
        if code != NONE:
            concept = catalogue.concept("past-disease", code)
            concept["coding"] += catalogue.translate("past-disease-icd-10", code)[:1]
            if text := values.get(beside(DISEASES, code)):
                concept["text"] = str(text)
            month = str(values.get(f"{DATED}_{code}", ""))
            yield _condition(DISEASES, concept, month, about, lasting=True)


def _condition(
    key: str, concept: Element, onset: str, about: About, *, lasting: bool = False
) -> Element:
    body: Element = {
        "resourceType": "Condition",
        "clinicalStatus": {
            "coding": [{"system": _CLINICAL, "code": "active" if lasting else "inactive"}]
        },
        "verificationStatus": {"coding": [{"system": VERIFICATION, "code": "unconfirmed"}]},
        "category": [
            {"coding": [{"system": _CONDITION_CATEGORY, "code": "problem-list-item"}]},
            catalogue.concept("information-item", _item(key)),
        ],
        "code": concept,
        "subject": about.subject,
        "recordedDate": about.on,
    }
    if onset:
        body["onsetDateTime"] = onset
    return body


def _histories(values: Values, about: About) -> Iterator[Element]:
    for key in HISTORIES:
        rows = values.get(f"{key}_rows", ())
        for row in rows if isinstance(rows, tuple) else ():
            concept = {"text": str(row["what"])}
            month = str(row.get("on", ""))
            if key == "trauma":
                yield _condition(key, concept, month, about)
            else:
                yield _procedure(key, concept, month, about)


def _procedure(key: str, concept: Element, month: str, about: About) -> Element:
    body: Element = {
        "resourceType": "Procedure",
        "status": "completed",
        "category": catalogue.concept("information-item", _item(key)),
        "subject": about.subject,
    }
    if key == "transfusion":
        body["code"] = {"text": "输血"}
        body["reasonCode"] = [concept]
    else:
        body["code"] = concept
    if month:
        body["performedDateTime"] = month
    return body


def _relative(key: str, title: str, role: str, values: Values, about: About) -> Element:
    chosen = values[key]
    conditions = []
    for code in chosen if isinstance(chosen, tuple) else ():
        concept = catalogue.concept("family-disease", code)
        if text := values.get(beside(key, code)):
            concept["text"] = str(text)
        conditions.append({"code": concept})
    return {
        "resourceType": "FamilyMemberHistory",
        "status": "partial",
        "patient": about.subject,
        "date": about.on,
        "relationship": {
            "coding": [{"system": _ROLE, "code": role}],
            "text": title.partition("：")[2],
        },
        "condition": conditions,
    }


def slot_of(body: Body) -> str:
    """Which fact of the form a resource is, or an empty text where it is none.

    Two resources of one slot are the same fact in an older and a newer wording.
    """
    return _SLOTS.get(body.get("resourceType", ""), lambda _body: "")(body)


def _observation_slot(body: Body) -> str:
    if body.get("status") == "entered-in-error":
        return ""
    items = items_of(body.get("code"))
    blood = set(codes_of(body.get("code"), LOINC)) & set(BLOOD_GROUPS.values())
    return f"item:{items[0]}" if items else f"blood:{min(blood)}" if blood else ""


def _condition_slot(body: Body) -> str:
    if _WRONG & set(codes_of(body.get("verificationStatus"))):
        return ""
    kinds = [code for one in body.get("category", ()) for code in items_of(one)]
    if kinds and kinds[0] != _item(DISEASES):
        onset = moment_of(body, "onsetDateTime")
        return f"{kinds[0]}:{body.get('code', {}).get('text', '')}:{onset[:7]}"
    disease = _disease_of(body)
    return f"disease:{disease}" if disease else ""


def _disease_of(body: Body) -> str:
    """The form's code of a disease that somebody has for good, or an empty text."""
    told = codes_of(body.get("code"), catalogue.code_set("past-disease").url)
    if told:
        return told[0]
    listed = any("problem-list-item" in codes_of(one) for one in body.get("category", ()))
    known = [c for s in (ICD10_WHO, ICD10_NATIONAL) for c in codes_of(body.get("code"), s)]
    found = (
        code
        for code, beginnings in _PREFIXES.items()
        if any(one.startswith(beginnings) for one in known)
    )
    return next(found, "") if listed else ""


def _procedure_slot(body: Body) -> str:
    kinds = items_of(body.get("category"))
    if not kinds or body.get("status") == "entered-in-error":
        return ""
    return f"{kinds[0]}:{_happening(body)}:{moment_of(body, 'performedDateTime')[:7]}"


def _happening(body: Body) -> str:
    reasons = [str(one.get("text", "")) for one in body.get("reasonCode", ())]
    return reasons[0] if reasons else str(body.get("code", {}).get("text", ""))


def _relative_slot(body: Body) -> str:
    roles = codes_of(body.get("relationship"), _ROLE)
    if body.get("status") == "entered-in-error" or not roles:
        return ""
    known = {role: key for key, _title, role in RELATIVES}
    return f"relative:{known[roles[0]]}" if roles[0] in known else ""


def _allergy_slot(body: Body) -> str:
    if _WRONG & set(codes_of(body.get("verificationStatus"))):
        return ""
    told = codes_of(body.get("code"), catalogue.code_set("drug-allergy").url)
    return f"allergy:{told[0]}" if told else ""


_SLOTS: Final = {
    "Observation": _observation_slot,
    "Condition": _condition_slot,
    "Procedure": _procedure_slot,
    "FamilyMemberHistory": _relative_slot,
    "AllergyIntolerance": _allergy_slot,
}


def values_of(bodies: Iterable[Body]) -> dict[str, Value]:
    """What the form says of these resources (blood groups and allergies apart)."""
    found: dict[str, Value] = {}
    known = sorted((b for b in bodies if slot_of(b)), key=lambda b: str(b.get("id", "")))
    for body in known:
        _READERS[body["resourceType"]](found, body)
    for key in HISTORIES:
        if f"{key}_rows" in found:
            found[key] = PRESENT
    order = list(catalogue.code_set("past-disease").concepts)
    if isinstance(diseases := found.get(DISEASES), tuple):
        sick = [code for code in order if code in diseases and code != NONE]
        found[DISEASES] = tuple(sick) or (NONE,)
    return found


def _read_observation(found: dict[str, Value], body: Body) -> None:
    slot = slot_of(body)
    if not slot.startswith("item:"):
        return
    key = slot.removeprefix("item:").replace("-", "_")
    concept = body.get("valueCodeableConcept", {})
    codes = [c for c in codes_of(concept) if c]
    several = key in _SEVERAL or key == DISEASES or key.startswith("family_")
    if codes and key not in found:
        found[key] = tuple(codes) if several else codes[0]
    for code in codes:
        terms = _OBSERVED.get(key, "")
        if terms and concept.get("text") and code in catalogue.code_set(terms).with_text:
            found[beside(key, code)] = str(concept["text"])


def _read_condition(found: dict[str, Value], body: Body) -> None:
    slot, text = slot_of(body), str(body.get("code", {}).get("text", ""))
    onset = moment_of(body, "onsetDateTime", "onsetPeriod")[:7]
    kind, _, rest = slot.partition(":")
    if kind == "disease":
        before = found.get(DISEASES, ())
        found[DISEASES] = (*(before if isinstance(before, tuple) else ()), rest)
        if onset:
            found.setdefault(f"{DATED}_{rest}", onset)
        if rest in catalogue.code_set("past-disease").with_text and text:
            found[beside(DISEASES, rest)] = text
    elif kind == "hereditary":
        found["hereditary"] = PRESENT
        found[beside("hereditary", PRESENT)] = text
    else:
        _add_row(found, kind, text, onset)


def _read_procedure(found: dict[str, Value], body: Body) -> None:
    kind = slot_of(body).partition(":")[0]
    _add_row(found, kind, _happening(body), moment_of(body, "performedDateTime")[:7])


def _add_row(found: dict[str, Value], key: str, what: str, on: str) -> None:
    before = found.get(f"{key}_rows", ())
    row = {"what": what, "on": on} if on else {"what": what}
    found[f"{key}_rows"] = (*(before if isinstance(before, tuple) else ()), row)


def _read_relative(found: dict[str, Value], body: Body) -> None:
    key = slot_of(body).removeprefix("relative:")
    terms = catalogue.code_set("family-disease")
    codes = []
    for one in body.get("condition", ()):
        for code in codes_of(one.get("code"), terms.url):
            codes.append(code)
            if code in terms.with_text:
                found[beside(key, code)] = str(one["code"].get("text", ""))
    if codes:
        found[key] = tuple(code for code in terms.concepts if code in codes)


def _read_nothing(found: dict[str, Value], body: Body) -> None:
    """Allergies are read with the Patient."""


_READERS: Final = {
    "Observation": _read_observation,
    "Condition": _read_condition,
    "Procedure": _read_procedure,
    "FamilyMemberHistory": _read_relative,
    "AllergyIntolerance": _read_nothing,
}
