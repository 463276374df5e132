"""What a resident's file tells another doctor in short, each line with the resource it is from.

Problems, allergies, current drugs, what was measured and reported since a day: what travels with a
referral (referral.md §4).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from kernel.messages import CLAUSES, Message, _, joined
from kernel.work import ReadWork
from records.codes import NO_KNOWN_ALLERGY
from records.reading import Body, codes_of, day_of, moment_of, words
from records.residents import queries
from records.residents.panels import medications, problems
from records.residents.vitals import tile_of

_WRONG: Final = frozenset({"refuted", "entered-in-error"})
_MOST: Final = 60
_MEASURED: Final = _("%(title)s %(value)s %(unit)s%(state)s")
_STATE: Final = _("（%(state)s）")


@dataclass(frozen=True, slots=True)
class Line:
    """One line: a sentence (`kernel.messages`), the resource it is from (`Type/id`), its day."""

    text: str
    reference: str
    on: date | None = None


@dataclass(frozen=True, slots=True)
class Summary:
    """The lines by what they are about; of results and reports the newest first.

    `allergies_asked` tells an empty list that somebody has asked from one that nobody has.
    """

    problems: tuple[Line, ...]
    allergies: tuple[Line, ...]
    allergies_asked: bool
    drugs: tuple[Line, ...]
    results: tuple[Line, ...]


def summary_of(work: ReadWork, patient_id: str, *, since: date) -> Summary:
    """The summary of a resident as far as the actor sees it; results since a day, inclusive."""
    allergies = _allergies(work, patient_id)
    return Summary(
        problems=tuple(Line(row["title"], row["reference"]) for row in problems(work, patient_id)),
        allergies=tuple(line for line in allergies if line.text),
        allergies_asked=bool(allergies),
        drugs=tuple(_drug(row) for row in medications(work, patient_id)),
        results=(*_measured(work, patient_id, since), *_reports(work, patient_id, since)),
    )


def _allergies(work: ReadWork, patient_id: str) -> list[Line]:
    """Known allergies; a statement that there is none is a line without words."""
    found = queries.find_all(work, "AllergyIntolerance", ("patient", patient_id), ("_count", "100"))
    lines: dict[str, Line] = {}
    for body in found:
        if _WRONG & set(codes_of(body.get("verificationStatus"))):
            continue
        present = codes_of(body.get("clinicalStatus")) in ([], ["active"])
        none = bool(NO_KNOWN_ALLERGY & set(codes_of(body.get("code"))))
        text = words(body.get("code")) if present and not none else ""
        lines.setdefault(text, Line(text, f"AllergyIntolerance/{body['id']}"))
    return list(lines.values())


def _drug(row: Mapping[str, Any]) -> Line:
    return Line(joined([row["title"], row["dose"]], by=CLAUSES), row["reference"], row["since"])


def _measured(work: ReadWork, patient_id: str, since: date) -> Iterator[Line]:
    found = queries.find_all(
        work, "Observation", ("patient", patient_id), ("category", "vital-signs,laboratory"),
        ("status:not", "entered-in-error"), ("date", f"ge{since.isoformat()}"), ("_sort", "-date"),
        ("_count", str(_MOST)),
    )  # fmt: skip
    born = day_of(queries.get_resident(work, patient_id).get("birthDate"))
    for body in found:
        tile = tile_of(body, born, work.today)
        if tile is not None:
            state = Message(_STATE, state=tile["state"]) if tile["state"] else ""
            names = {name: tile[name] for name in ("title", "value", "unit")}
            text = Message(_MEASURED, **names, state=state)
            yield Line(text, f"Observation/{body['id']}", tile["on"])


def _reports(work: ReadWork, patient_id: str, since: date) -> Iterator[Line]:
    found = queries.find_all(
        work, "DiagnosticReport", ("patient", patient_id), ("date", f"ge{since.isoformat()}"),
        ("_sort", "-date"), ("_count", str(_MOST)),
    )  # fmt: skip
    for body in found:
        if body.get("status") not in ("entered-in-error", "cancelled"):
            yield _report(body)


def _report(body: Body) -> Line:
    on = day_of(moment_of(body, "effectiveDateTime", "effectivePeriod", "issued"))
    text = joined([words(body.get("code")), str(body.get("conclusion", ""))], by=CLAUSES)
    return Line(text, f"DiagnosticReport/{body['id']}", on)
