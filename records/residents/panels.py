"""What the file shows on a resident's page and on the first page: one function a panel.

Each needs one or two statements, whatever the length of the record.
"""

from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Any

from kernel.canonical import GB_RELATION, structure_definition
from kernel.clock import DAY
from kernel.security.actor import Reach
from kernel.web.cards import Card
from kernel.web.i18n import Language, _, gettext, known_language
from kernel.work import ReadWork
from records.codes import (
    CLINICAL_STATES,
    ELDERLY_FROM,
    NO_KNOWN_ALLERGY,
    VISIT_CLASSES,
)
from records.extensions import extensions
from records.life.states import MERGED, state_of
from records.reading import (
    UNNAMED,
    Body,
    codes_of,
    day_of,
    death_of,
    display_of,
    doses,
    id_of,
    moment_of,
    name_of,
    newest_first,
    since,
    words,
)
from records.residents import queries
from records.residents.queries import ResidentQuery
from records.terminology import catalogue
from records.visits.contents import has_run_out

Row = dict[str, Any]
_RELATION = structure_definition("household-relation")
_VISITS = 20
_RECENT = 10
_WRONG = frozenset({"refuted", "entered-in-error"})


def visits(work: ReadWork, patient_id: str) -> list[Row]:
    """The last visits: why, where, how, and what was found."""
    found = queries.find_all(
        work, "Encounter", ("patient", patient_id), ("_sort", "-date"), ("_count", str(_VISITS))
    )
    diagnoses = queries.load_all(
        work,
        "Condition",
        (
            id_of(one.get("condition"), "Condition")
            for body in found
            for one in body.get("diagnosis", ())
        ),
    )
    entries = (_visit(body, diagnoses, known_language(work.actor.language)) for body in found)
    return [entry for entry in entries if entry["on"] is not None]


def _visit(body: Body, diagnoses: Mapping[str, Body], language: Language) -> Row:
    how = gettext(VISIT_CLASSES.get(body.get("class", {}).get("code", ""), ""), language)
    ids = (id_of(one.get("condition"), "Condition") for one in body.get("diagnosis", ()))
    names = [words(diagnoses[id_].get("code")) for id_ in ids if id_ in diagnoses]
    reason = _reason(body)
    unsaid = [name for name in names if name not in reason]
    title = _joined([reason, *unsaid]) or how or gettext(UNNAMED, language)
    return {
        "on": day_of(moment_of(body, "period")),
        "title": title,
        "place": display_of(body.get("serviceProvider")),
        "detail": how if how != title else "",
        "href": f"/visits/{body['id']}",
    }


def _reason(body: Body) -> str:
    """Why somebody came, every reason; of a visit without any, what kind of visit it was."""
    reasons = (_joined(map(words, body.get(element, ()))) for element in ("reasonCode", "type"))
    return next(filter(None, reasons), "")


def _joined(texts: Iterable[str]) -> str:
    return "、".join(text for text in dict.fromkeys(texts) if text)


def problems(work: ReadWork, patient_id: str) -> list[Row]:
    """Health problems: those of the problem list, and whatever is active; the active first."""
    found = queries.find_all(
        work, "Condition", ("patient", patient_id), ("_sort", "-recorded-date"), ("_count", "200")
    )
    rows: dict[str, Row] = {}
    for body in found:
        states = codes_of(body.get("clinicalStatus"))
        listed = any("problem-list-item" in codes_of(c) for c in body.get("category", ()))
        wrong = _WRONG & set(codes_of(body.get("verificationStatus")))
        if not wrong and (listed or "active" in states):
            row = _problem(body, states)
            rows.setdefault(row["title"], row)
    return sorted(rows.values(), key=lambda row: row["kind"] == "neutral")


def _problem(body: Body, states: list[str]) -> Row:
    word, kind = CLINICAL_STATES.get(states[0] if states else "active", CLINICAL_STATES["active"])
    onset = moment_of(body, "onsetDateTime", "onsetPeriod", "recordedDate")
    return {
        "title": words(body.get("code")) or UNNAMED,
        "since": since(onset),
        "state": word,
        "kind": kind,
        "reference": f"Condition/{body['id']}",
    }


def medications(work: ReadWork, patient_id: str) -> list[Row]:
    """The drugs that are taken now: prescribed, or said to be taken without a prescription."""
    who = ("patient", patient_id)
    ordered = queries.find_all(
        work, "MedicationRequest", who, ("status", "active"), ("_sort", "-authoredon"),
        ("_count", "100"),
    )  # fmt: skip
    ordered = [body for body in ordered if not has_run_out(body, work.today)]
    stated = queries.find_all(
        work, "MedicationStatement", who, ("status", "active"), ("_sort", "-effective"),
        ("_count", "100"),
    )  # fmt: skip
    stated = [body for body in stated if not body.get("basedOn")]
    drugs = queries.load_all(
        work,
        "Medication",
        (id_of(body.get("medicationReference"), "Medication") for body in [*ordered, *stated]),
    )
    rows: dict[str, Row] = {}
    for body, element, moment in [
        *((one, "dosageInstruction", "authoredOn") for one in ordered),
        *((one, "dosage", "effectiveDateTime") for one in stated),
    ]:
        title = _drug(body, drugs)
        row = {
            "title": title,
            "dose": doses(body, element),
            "since": day_of(body.get(moment)),
            "reference": f"{body['resourceType']}/{body['id']}",
        }
        rows.setdefault(title, row)
    return list(rows.values())


def _drug(body: Body, drugs: Mapping[str, Body]) -> str:
    reference = body.get("medicationReference")
    known = drugs.get(id_of(reference, "Medication"), {})
    names = (words(body.get("medicationCodeableConcept")), words(known.get("code")))
    return next((name for name in (*names, display_of(reference)) if name), UNNAMED)


def household(work: ReadWork, patient_id: str) -> list[Row]:
    """Who lives with the resident, the head of the household first.

    Who has left is not among them, except the resident himself.
    """
    members = [
        member
        for group in queries.households_of(work, patient_id)
        for member in group.get("member", ())
        if not member.get("inactive", False) or id_of(member.get("entity"), "Patient") == patient_id
    ]
    ids = [id_of(member.get("entity"), "Patient") for member in members]
    people = queries.load_all(work, "Patient", ids)
    return [
        _member(work, people[id_], member, patient_id)
        for id_, member in zip(ids, members, strict=True)
        if id_ in people
    ]


def _member(work: ReadWork, body: Body, member: Body, patient_id: str) -> Row:
    told = (one.get("valueCodeableConcept") for one in extensions(member, _RELATION))
    return {
        "id": body["id"],
        "name": name_of(body),
        "sex": body.get("gender"),
        "birth_date": born_of(work, body),
        "relation": next(filter(None, map(_relation, told)), _("家庭成员")),
        "self": body["id"] == patient_id,
        "labels": state_labels(body),
    }


def _relation(concept: Body | None) -> str:
    known = (catalogue.title("gb-relation", code) for code in codes_of(concept, GB_RELATION))
    return next(filter(None, known), "") or words(concept)


def born_of(work: ReadWork, body: Body) -> Any:
    """The day of birth where it is known to the day and not still to come."""
    born = day_of(body.get("birthDate"))
    return None if born is None or born > work.today else born


def state_labels(body: Body) -> list[Row]:
    """Badges of a record that is no longer kept here."""
    if state_of(body) == MERGED:
        return [{"text": _("已合并"), "kind": "neutral"}]
    if death_of(body)[0]:
        return [{"text": _("已故"), "kind": "neutral"}]
    return [] if body.get("active", True) else [{"text": _("已结案"), "kind": "neutral"}]


def immunisations(work: ReadWork, patient_id: str) -> list[Row]:
    """Vaccinations that were given, the newest first."""
    found = queries.find_all(
        work, "Immunization", ("patient", patient_id), ("status", "completed"),
        ("_sort", "-date"), ("_count", "100"),
    )  # fmt: skip
    return [
        {
            "title": words(body.get("vaccineCode")) or UNNAMED,
            "dose": _dose_number(body),
            "on": day_of(body.get("occurrenceDateTime")),
            "place": "",
        }
        for body in newest_first(found, "occurrenceDateTime")
    ]


def _dose_number(body: Body) -> int | None:
    numbers = (one.get("doseNumberPositiveInt") for one in body.get("protocolApplied", ()))
    return next((number for number in numbers if number), None)


def allergies(work: ReadWork, patient_id: str) -> tuple[list[str], bool]:
    """The substances of known allergies, and whether anybody has ever asked."""
    found = queries.find_all(work, "AllergyIntolerance", ("patient", patient_id), ("_count", "100"))
    valid = [b for b in found if not _WRONG & set(codes_of(b.get("verificationStatus")))]
    present = (
        words(body.get("code")) or UNNAMED
        for body in valid
        if codes_of(body.get("clinicalStatus")) in ([], ["active"])
        and not NO_KNOWN_ALLERGY & set(codes_of(body.get("code")))
    )
    return list(dict.fromkeys(present)), bool(valid)


def home_cards(work: ReadWork, _key: str) -> list[Card]:
    """How many residents the institution keeps, how many are old, how busy the week was.

    A hospital keeps none: there it is how many records it was granted.
    """
    if work.actor.reach is Reach.GRANTS:
        granted = queries.count_residents(work, ResidentQuery())
        return [Card(_("获准查看的居民"), granted, _("人"), "/residents")]
    kept = queries.count_residents(work, ResidentQuery(state="active"))
    old = queries.count_residents(work, ResidentQuery(state="active", age=str(ELDERLY_FROM)))
    week = queries.count_visits(work, work.now - 7 * DAY)
    return [
        Card(_("在管居民"), kept, _("人"), "/residents?state=active"),
        Card(_("65 岁及以上"), old, _("人"), f"/residents?state=active&age={ELDERLY_FROM}"),
        Card(_("近 7 天就诊"), week, _("人次"), "/residents"),
    ]


def recent_visits(work: ReadWork, _key: str) -> list[Row]:
    """The last visits at the institution, with the residents who came."""
    found = queries.find_all(
        work,
        "Encounter",
        ("date", f"le{(work.today + timedelta(days=1)).isoformat()}"),
        ("_sort", "-date"),
        ("_count", str(_RECENT)),
    )
    ids = [id_of(body.get("subject"), "Patient") for body in found]
    people = queries.load_all(work, "Patient", ids)
    return [
        {
            "id": id_,
            "name": name_of(people[id_]),
            "sex": people[id_].get("gender"),
            "birth_date": born_of(work, people[id_]),
            "on": day_of(moment_of(body, "period")),
            "reason": _reason(body) or UNNAMED,
        }
        for id_, body in zip(ids, found, strict=True)
        if id_ in people
    ]
