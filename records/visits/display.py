"""What pages, panels and prints show of visits: rows made of bodies. Words and units, no codes."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from kernel.messages import SEQUENCE, Message, joined
from kernel.web.filters import write_datetime
from kernel.web.i18n import _, gettext, known_language
from kernel.work import ReadWork
from records.codes import NO_KNOWN_ALLERGY, VISIT_CLASSES
from records.extensions import extension_value
from records.reading import (
    UNNAMED,
    Body,
    ages,
    codes_of,
    day_of,
    display_of,
    id_of,
    moment_of,
    words,
)
from records.residents import queries as residents
from records.residents.rules import groups_of
from records.visits import codes, queries
from records.visits.bodies import dosage_text, vitals_text
from records.visits.contents import VisitFile, note_of, plain, sections
from records.visits.note import (
    ARMS,
    MASS_INDEX,
    TEXTS,
    VITALS,
    Prescription,
    VisitNote,
    arms_differ,
    mass_index,
)
from records.visits.prompts import (
    Facts,
    Prompt,
    last_examinations,
    last_pressures,
    prompts_for,
)

Row = dict[str, Any]
STATES = {
    "planned": (_("已预约"), "neutral"),
    "arrived": (_("候诊"), "due"),
    "triaged": (_("候诊"), "due"),
    "in-progress": (_("接诊中"), "info"),
    "onleave": (_("接诊中"), "info"),
    "finished": (_("已完成"), "ok"),
    "cancelled": (_("已取消"), "neutral"),
    "entered-in-error": (_("登记错误"), "neutral"),
    "unknown": (_("状态不明"), "neutral"),
}
"""Encounter.status: its title, and the badge that shows it."""
_WRONG = frozenset({"refuted", "entered-in-error"})


def clock_text(text: str) -> str:
    """A FHIR dateTime as Shanghai's clock shows it; a date where that is all there is."""
    if len(text) <= 10:
        return text
    return write_datetime(datetime.fromisoformat(text))


def known_allergies(bodies: Sequence[Body]) -> tuple[list[Body], bool]:
    """The allergies that stand, and whether anybody has ever asked."""
    valid = [b for b in bodies if not _WRONG & set(codes_of(b.get("verificationStatus")))]
    standing = [
        body
        for body in valid
        if codes_of(body.get("clinicalStatus")) in ([], ["active"])
        and not NO_KNOWN_ALLERGY & set(codes_of(body.get("code")))
    ]
    return standing, bool(valid)


def prompts_of(
    work: ReadWork, people: Sequence[Body], active: Mapping[str, Mapping[str, None]]
) -> dict[str, list[Prompt]]:
    """The prompts of several persons, in three statements; `active` are their diagnoses."""
    ids = [str(body["id"]) for body in people]
    pressures, allergies = last_pressures(work, ids), queries.allergies_of(work, ids)
    examined = last_examinations(work, ids)
    found: dict[str, list[Prompt]] = {}
    for body in people:
        id_ = str(body["id"])
        standing, asked = known_allergies(allergies.get(id_, []))
        age = ages(day_of(body.get("birthDate")), work.today)
        facts = Facts(
            age=age,
            pressure_on=pressures.get(id_),
            allergies=list(dict.fromkeys(words(one.get("code")) or UNNAMED for one in standing)),
            allergies_asked=asked,
            examined_on=examined.get(id_),
            groups=groups_of(active.get(id_, {}), age),
        )
        found[id_] = prompts_for(facts, work.today)
    return found


def prompts_beside(work: ReadWork, person: Body) -> list[Row]:
    """The prompts of a page below the resident's banner, which speaks of allergies itself."""
    id_ = str(person["id"])
    prompts = prompts_of(work, [person], residents.active_codes(work, [id_]))[id_]
    return said(work, [one for one in prompts if not one.key.startswith("allergy")])


def said(work: ReadWork, prompts: Sequence[Prompt]) -> list[Row]:
    """Prompts as badges in the reader's language."""
    language = known_language(work.actor.language)
    return [
        {"key": one.key, "text": gettext(one.text, language), "kind": one.kind} for one in prompts
    ]


def reason_of(body: Body) -> str:
    """Why somebody came, in words."""
    texts = (words(one) for one in body.get("reasonCode", ()))
    return "、".join(dict.fromkeys(text for text in texts if text))


def doctor_of(body: Body) -> str:
    """Who sees the patient, or an empty text."""
    names = (display_of(one.get("individual")) for one in body.get("participant", ()))
    return next((name for name in names if name), "")


def cancel_reason(body: Body) -> str:
    """Why a visit was cancelled."""
    return str(extension_value(body, codes.CANCEL_REASON, "valueString") or "")


def visit_row(file: VisitFile) -> Row:
    """What the head of a visit's page says."""
    body = file.encounter
    title, kind = STATES.get(str(body["status"]), STATES["unknown"])
    return {
        "id": file.id,
        "patient_id": id_of(body.get("subject"), "Patient"),
        "status": body["status"],
        "open": body["status"] in queries.OPEN,
        "signed": file.signed,
        "state": title,
        "kind": kind,
        "reason": reason_of(body),
        "since": clock_text(moment_of(body, "period")),
        "on": day_of(moment_of(body, "period")),
        "doctor": doctor_of(body),
        "place": display_of(body.get("serviceProvider")),
        "way": VISIT_CLASSES.get(body.get("class", {}).get("code", ""), ""),
        "cancel_reason": cancel_reason(body),
    }


def written_note(file: VisitFile) -> Row:
    """A note to be read: its four parts as on the paper, its tables, and who signed it."""
    note = note_of(file)
    body = file.note or {}
    attester: Body = next(iter(body.get("attester", ())), {})
    return {
        "subjective": _lines(note.complaint, note.history),
        "objective": _lines(vitals_text(note), note.findings),
        "assessment": _lines(joined(_diagnosis_lines(note), by=SEQUENCE), note.assessment),
        "plan": _lines(
            *(
                Message(_PART, title=TEXTS[name][0], said=getattr(note, name))
                for name in codes.PLAN_PARTS
                if getattr(note, name)
            ),
            *map(_drug_line, note.prescriptions),
        ),
        "vitals": vital_rows(note),
        "arms_differ": arms_differ(note.vitals),
        "signed_by": display_of(attester.get("party")),
        "signed_at": clock_text(str(attester.get("time", ""))),
        "amendments": [_amendment(one) for one in file.amendments],
    }


def _lines(*texts: str) -> str:
    return joined(texts, by="%(first)s\n%(next)s")


_PART = _("%(title)s：%(said)s")


def _drug_line(drug: Prescription) -> str:
    return Message("%(drug)s　%(dose)s", drug=drug.drug, dose=dosage_text(drug))


def _diagnosis_lines(note: VisitNote) -> list[str]:
    coded = _("%(title)s（%(words)s）")
    return [
        Message(coded, title=one.name, words=one.code) if one.code else one.name
        for one in note.diagnoses
    ]


def vital_rows(note: VisitNote) -> list[Row]:
    """The vital signs as tiles: title, value, unit; the arms apart."""
    rows = []
    for arm, title in ARMS.items():
        high, low = (note.vitals.get(f"{arm}_{part}") for part in ("systolic", "diastolic"))
        if high is not None:
            value = f"{high:f}/{'—' if low is None else f'{low:f}'}"
            rows.append({"title": _("血压"), "side": title, "value": value, "unit": "mmHg"})
    for vital in VITALS:
        if not vital.arm and vital.key in note.vitals:
            value = f"{note.vitals[vital.key]:f}"
            rows.append({"title": vital.label, "side": "", "value": value, "unit": vital.unit})
    index = mass_index(note.vitals)
    if index is not None:
        value, unit = f"{index:f}", MASS_INDEX.unit
        rows.append({"title": MASS_INDEX.label, "side": "", "value": value, "unit": unit})
    return rows


def _amendment(body: Body) -> Row:
    told = {one.get("url"): one for one in body.get("extension", ())}
    kind = told.get(codes.AMENDMENT_KIND, {}).get("valueCode", "supplement")
    return {
        "kind": codes.AMENDMENTS.get(kind, codes.AMENDMENTS["supplement"]),
        "reason": told.get(codes.AMENDMENT_REASON, {}).get("valueString", ""),
        "text": "\n".join(filter(None, map(plain, sections(body)))),
        "by": next(filter(None, map(display_of, body.get("author", ()))), ""),
        "at": clock_text(str(body.get("date", ""))),
    }


def last_visit(work: ReadWork, patient_id: str, *, without: Body) -> Row | None:
    """The visit before: when, why, what was found, measured and prescribed."""
    found = queries.last_signed_visits(work, patient_id, before=without)
    if not found:
        return None
    file = queries.get_visit(work, str(found[0]["id"]))
    note = note_of(file)
    return {
        **visit_row(file),
        "reason": note.complaint or reason_of(file.encounter),
        "diagnoses": _diagnosis_lines(note),
        "vitals": vitals_text(note),
        "drugs": [_drug_line(one) for one in note.prescriptions],
    }
