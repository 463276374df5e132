"""What the pages read of visits: those of a day at an institution, and one with all its parts."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Final

from sqlalchemy import func, literal, or_, select

from kernel.clock import Instant
from kernel.db.derived import DELIMITER, search_reference
from kernel.db.dialect import contains
from kernel.db.tables import kernel_user, kernel_user_role
from kernel.declare.roles import Role
from kernel.fhir import json
from kernel.fhir.store import read
from kernel.work import ReadWork
from records.reading import Body, codes_of, day_of, id_of, moment_of
from records.residents import queries
from records.visits import codes
from records.visits.contents import VisitFile, diagnosis_ids, is_amendment, vitals_of
from records.visits.note import by_code

OPEN: Final = ("arrived", "triaged", "in-progress", "onleave")
_MOST: Final = "200"
_AMBULATORY: Final = "AMB"
_ONE_DAY: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Doctor:
    """Somebody who can be asked for: the id of the Practitioner, and the name."""

    id: str
    name: str


def list_day(work: ReadWork, day: date) -> list[Body]:
    """The Encounters of a day at the actor's institution, and those that were never finished."""
    provider = ("service-provider", f"Organization/{work.actor.organisation_id}")
    since = ("date", f"sa{(day - _ONE_DAY).isoformat()}")
    begun = queries.find_all(
        work, "Encounter", provider, since, ("_sort", "date"), ("_count", _MOST)
    )
    left = queries.find_all(
        work, "Encounter", provider, ("status", ",".join(OPEN)), ("_sort", "date"),
        ("_count", _MOST),
    )  # fmt: skip
    found = {str(body["id"]): body for body in [*left, *begun]}
    days = {id_: day_of(moment_of(body, "period")) for id_, body in found.items()}
    return [body for id_, body in found.items() if (on := days[id_]) is not None and on <= day]


def find_open(work: ReadWork, patient_id: str) -> Body | None:
    """The visit of this person that has begun today at this institution and is not finished."""
    provider = f"Organization/{work.actor.organisation_id}"
    found = queries.find_all(
        work, "Encounter", ("patient", patient_id), ("status", ",".join(OPEN)),
        ("service-provider", provider), ("_sort", "-date"), ("_count", "10"),
    )  # fmt: skip
    of_today = (b for b in found if day_of(moment_of(b, "period")) == work.today)
    return next(of_today, None)


def get_encounter(work: ReadWork, id_: str) -> Body:
    """One Encounter. Raises Refused (403, 404, 410)."""
    body: Body = json.loads(read(work, work.registry.specs["Encounter"], id_).body)
    return body


def get_visit(work: ReadWork, id_: str) -> VisitFile:
    """A visit with all its resources. Raises Refused (403, 404, 410)."""
    encounter = get_encounter(work, id_)
    at = ("encounter", f"Encounter/{id_}")
    parts = {
        type_: queries.find_all(work, type_, at, ("_count", _MOST))
        for type_ in ("Composition", "Observation", "Condition", "MedicationRequest")
    }
    named = queries.load_all(work, "Condition", diagnosis_ids(encounter))
    conditions = {str(body["id"]): body for body in [*parts["Condition"], *named.values()]}
    notes = [
        body
        for body in parts["Composition"]
        if codes.RECEPTION in codes_of(body.get("type")) and _stands(body)
    ]
    main = [body for body in notes if not is_amendment(body)]
    return VisitFile(
        encounter,
        note=min(main, key=_order) if main else None,
        amendments=tuple(sorted(filter(is_amendment, notes), key=_order)),
        observations=tuple(sorted(parts["Observation"], key=_order)),
        conditions=tuple(conditions.values()),
        requests=tuple(parts["MedicationRequest"]),
    )


@dataclass(frozen=True, slots=True)
class Figures:
    """Whose visit it is, and what has been measured by LOINC code (units of the visit's form)."""

    patient_id: str
    vitals: Mapping[str, Decimal]


def figures_of(work: ReadWork, encounter_id: str) -> Figures:
    """What a panel in the slot `visit` starts from. Raises Refused (403, 404, 410)."""
    encounter = get_encounter(work, encounter_id)
    found = queries.find_all(
        work, "Observation", ("encounter", f"Encounter/{encounter_id}"), ("_count", _MOST)
    )
    measured = vitals_of(sorted(found, key=_order))
    return Figures(id_of(encounter.get("subject"), "Patient"), by_code(measured))


def _stands(body: Body) -> bool:
    return body.get("status") != "entered-in-error"


def _order(body: Body) -> tuple[str, str]:
    return moment_of(body, "date", "effectiveDateTime"), str(body["id"])


def active_problems(work: ReadWork, patient_id: str) -> list[Body]:
    """The Conditions that are active, the newest first."""
    return queries.find_all(
        work, "Condition", ("patient", patient_id), ("clinical-status", "active"),
        ("verification-status:not", "entered-in-error,refuted"), ("_sort", "-recorded-date"),
        ("_count", _MOST),
    )  # fmt: skip


def last_signed_visits(work: ReadWork, patient_id: str, *, before: Body | None) -> list[Body]:
    """The last finished Encounters of a person, the newest first, without `before`."""
    found = queries.find_all(
        work, "Encounter", ("patient", patient_id), ("status", "finished"), ("_sort", "-date"),
        ("_count", "5"),
    )  # fmt: skip
    return [body for body in found if before is None or body["id"] != before["id"]]


def last_prescriptions(work: ReadWork, patient_id: str, *, without: str) -> list[Body]:
    """The prescriptions of the last visit at which any were written, but for one visit."""
    found = queries.find_all(
        work, "MedicationRequest", ("patient", patient_id), ("status", "active,completed"),
        ("intent", "order"), ("_sort", "-authoredon"), ("_count", "50"),
    )  # fmt: skip
    others = [body for body in found if id_of(body.get("encounter"), "Encounter") != without]
    if not others:
        return []
    last = id_of(others[0].get("encounter"), "Encounter")
    return [body for body in others if id_of(body.get("encounter"), "Encounter") == last]


def find_consultations(work: ReadWork, patient_id: str) -> list[Body]:
    """The consultation records of a person, the newest first."""
    found = queries.find_all(
        work, "Composition", ("patient", patient_id), ("type", codes.CONSULTATION),
        ("_sort", "-date"), ("_count", _MOST),
    )  # fmt: skip
    return [body for body in found if _stands(body)]


def list_doctors(work: ReadWork, *, organisation_id: str = "") -> list[Doctor]:
    """The doctors who have an account at an institution today, by name; without one the actor's."""
    user, role = kernel_user.c, kernel_user_role.c
    statement = (
        select(user.practitioner_id, user.display)
        .join(kernel_user_role, role.user_id == user.id)
        .where(
            user.organisation_id == (organisation_id or work.actor.organisation_id),
            user.disabled.is_(False),
            user.practitioner_id.is_not(None),
            role.role == Role.GP.value,
            role.from_on <= work.today,
            or_(role.to_on.is_(None), role.to_on > work.today),
        )
        .order_by(user.display)
    )
    return [Doctor(row[0], row[1]) for row in work.connection.execute(statement)]


def allergies_of(work: ReadWork, ids: Sequence[str]) -> Mapping[str, list[Body]]:
    """The AllergyIntolerances of several persons, in one search."""
    if not ids:
        return {}
    found = queries.find_all(
        work, "AllergyIntolerance", ("patient", ",".join(ids)), ("_count", "1000")
    )
    by_person: dict[str, list[Body]] = {}
    for body in found:
        by_person.setdefault(id_of(body.get("patient"), "Patient"), []).append(body)
    return by_person


def count_clinic_visits(
    work: ReadWork, organisations: Collection[str], *, since: Instant, until: Instant
) -> Mapping[str, int]:
    """How many clinic visits began at each of these institutions from an instant until another.

    A figure that names nobody: it does not ask who sees the visits. Whoever calls it has checked
    that the actor may see the institutions' figures.
    """
    table = work.registry.search["Encounter"]
    encounter, provider = table.c, search_reference.c
    statement = (
        select(provider.target_id, func.count())
        .select_from(table)
        .join(search_reference, provider.id == encounter.id)
        .where(
            provider.type == "Encounter",
            provider.path == "serviceProvider",
            provider.target_type == "Organization",
            provider.target_id.in_(organisations),
            encounter.date_from >= since,
            encounter.date_from < until,
            encounter.status.in_((*OPEN, "finished")),
            contains(encounter["class"], literal(f"|{_AMBULATORY}{DELIMITER}")),
        )
        .group_by(provider.target_id)
    )
    return {row[0]: row[1] for row in work.connection.execute(statement)}
