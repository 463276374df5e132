"""Diagnoses and drugs while they are typed: the fragments of the pickers, and what a text means."""

from typing import Any

from starlette.responses import Response

from kernel.web.pages import Pages
from kernel.web.shell import fragment
from kernel.web.visit import Visit
from kernel.work import ReadWork
from records.reading import id_of, written
from records.terminology.diagnoses import find_diagnoses
from records.terminology.drugs import Drug, find_drugs
from records.visits import display, queries, services
from records.visits.note import DOSE_UNITS, FREQUENCIES, ROUTES, Prescription, VisitNote
from records.visits.permissions import WRITE

PAGES = Pages()
_MOST = 8
_UNITS = {ucum: title for title, ucum in DOSE_UNITS.items()}
_ROUTES = {title: key for key, title in ROUTES.items()}
_TIMES = {
    (times, period, unit): key
    for key, (_title, times, period, unit) in reversed(tuple(FREQUENCIES.items()))
}


def _typed(visit: Visit, kind: str) -> str:
    """What stands in the row that asks: the picker sends its own field."""
    texts = (text for name, text in visit.query.items() if name.startswith(f"{kind}_"))
    return next(texts, "").strip()[:50]


@PAGES.alone("/visits/diagnoses", permission=WRITE)
def diagnoses(visit: Visit) -> Response:
    """The diagnoses that a text may mean, by code, characters, pinyin or initials."""
    found = find_diagnoses(_typed(visit, "diagnosis"), _MOST)
    options = [
        {"name": one.name, "code": one.code, "note": "", "alert": "", "fill": {}} for one in found
    ]
    return fragment(visit, "visits/picker.html", "options", rows=options)


@PAGES.reads("/visits/{id}/drugs", permission=WRITE)
def drugs(visit: Visit, work: ReadWork) -> Response:
    """The drugs that a text may mean, with the usual dose; one that must not be given says so."""
    encounter = queries.get_encounter(work, visit.params["id"])
    patient = id_of(encounter.get("subject"), "Patient")
    standing, _asked = display.known_allergies(
        queries.allergies_of(work, [patient]).get(patient, [])
    )
    found = find_drugs(_typed(visit, "drug"), _MOST)
    note = VisitNote(prescriptions=tuple(Prescription(one.name, one.atc) for one in found))
    alerts = services.allergy_conflicts(note, standing)
    options = [
        {
            "name": one.name,
            "code": one.atc,
            "note": one.strength,
            "alert": alerts.get(row, ""),
            "fill": _usual(one),
        }
        for row, one in enumerate(found, start=1)
    ]
    return fragment(visit, "visits/picker.html", "options", rows=options)


def _usual(drug: Drug) -> dict[str, Any]:
    """The fields that a picked drug proposes."""
    return {
        "dose": "" if drug.amount is None else written(drug.amount),
        "unit": _UNITS.get(drug.unit, ""),
        "frequency": _TIMES.get((drug.times or 0, 1, "d"), ""),
        "route": _ROUTES.get(drug.route, ""),
    }


def known_diagnosis(typed: str) -> tuple[str, str] | None:
    """Name and national code of what a text means without any doubt: its very code or name."""
    for one in find_diagnoses(typed, _MOST):
        if typed == one.name or typed.upper() in (one.code.upper(), one.who.upper()):
            return one.name, one.code
    return None


def known_drug(typed: str) -> tuple[str, str] | None:
    """Name and ATC code of a drug whose very name was typed."""
    return next(
        ((one.name, one.atc) for one in find_drugs(typed, _MOST) if typed == one.name), None
    )
