"""What happens to a visit: registered, begun, measured, written, signed, amended, cancelled.

Everything of one step is one `save_all`; a step that is sent twice finds itself done.
"""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Final

from kernel.canonical import ATC
from kernel.clock import SHANGHAI, Instant, as_datetime
from kernel.errors import conflict, unprocessable
from kernel.fhir.store import Draft, get_head, save_all
from kernel.web.i18n import _
from kernel.work import ReadWork, Work
from records.events import VisitRecorded
from records.reading import Body, codes_of, death_of, id_of, words
from records.residents.queries import get_resident, load_all
from records.visits import bodies, codes, contents, queries
from records.visits.bodies import Author, Resource, to
from records.visits.consultation import Consultation, consultation_body
from records.visits.contents import VisitFile
from records.visits.note import VisitNote, by_code

_AMBULATORY: Final[Resource] = {"system": codes.ACT_CODE, "code": "AMB", "display": "ambulatory"}
_MODE: Final[Resource] = {
    "coding": [{"system": codes.VISIT_MODE, "code": "1", "display": "门诊"}],
    "text": "门诊",
}
SIGNED: Final = _("这次接诊已经签名，只能补充或更正")
ENDED: Final = _("这次接诊已经结束或取消")
CLOSED: Final = _("档案已结案，不能登记就诊；需要时请先恢复档案")


def doctor_of(work: ReadWork) -> Resource:
    """The actor as a Reference to who writes something now."""
    doctor: Resource = {"display": work.actor.display}
    if work.actor.practitioner_id:
        doctor["reference"] = f"Practitioner/{work.actor.practitioner_id}"
    return doctor


def author_of(work: ReadWork) -> Author:
    """The actor as the author of what is written now, with his institution by its name."""
    id_ = work.actor.organisation_id
    name = load_all(work, "Organization", [id_]).get(id_, {}).get("name")
    station = {**to("Organization", id_), **({"display": name} if name else {})}
    return Author(doctor_of(work), station, local_time(work.now), work.now)


def local_time(now: Instant) -> str:
    """An instant as Shanghai's clock shows it, as a FHIR dateTime."""
    return as_datetime(now).astimezone(SHANGHAI).isoformat(timespec="seconds")


def register(
    work: Work, patient_id: str, *, id: str, reason: str = "", doctor: queries.Doctor | None = None
) -> str:
    """Put a resident on today's list; the id of the Encounter.

    Who is waiting already stays where he is, and so does a form that was sent before (`id`).
    Raises Refused: 404 (not visible), 422 (the file is closed).
    """
    if get_head(work, work.registry.specs["Encounter"], id) is not None:
        return id
    patient = get_resident(work, patient_id)
    waiting = queries.find_open(work, patient_id)
    if waiting is not None:
        return str(waiting["id"])
    if death_of(patient)[0] or not patient.get("active", True):
        raise unprocessable(CLOSED, "reason")
    author = author_of(work)
    body: Resource = {
        "resourceType": "Encounter",
        "status": "arrived",
        "class": _AMBULATORY,
        "type": [_MODE],
        "subject": to("Patient", patient_id),
        "period": {"start": author.at},
        "serviceProvider": author.station,
    }
    if doctor is not None:
        reference = to("Practitioner", doctor.id)
        body["participant"] = [{"individual": {**reference, "display": doctor.name}}]
    if reason:
        body["reasonCode"] = [{"text": reason}]
    save_all(work, [Draft(body, id)])
    return id


def begin(work: Work, id_: str) -> None:
    """The doctor calls the patient in. Raises Refused: 404; 409 where the visit is over."""
    encounter = queries.get_encounter(work, id_)
    if encounter["status"] == "in-progress":
        return
    if encounter["status"] not in queries.OPEN:
        raise conflict(ENDED)
    author = author_of(work)
    body = _moved(encounter, "in-progress", author)
    save_all(work, [_draft({**body, "participant": [{"individual": author.doctor}]})])


def cancel(work: Work, id_: str, *, reason: str) -> None:
    """Somebody left again. Raises Refused: 404; 409 (over, or something was written already)."""
    file = queries.get_visit(work, id_)
    if file.encounter["status"] == "cancelled":
        return
    _must_be_open(file)
    if file.note is not None:
        raise conflict(_("已经写了接诊记录，不能取消；请完成并签名"))
    author = author_of(work)
    extension = {"url": codes.CANCEL_REASON, "valueString": reason}
    body = _moved(file.encounter, "cancelled", author)
    others = [one for one in body.get("extension", ()) if one["url"] != codes.CANCEL_REASON]
    save_all(work, [_draft({**body, "extension": [*others, extension]})])


def take_vitals(work: Work, id_: str, vitals: Mapping[str, Decimal]) -> None:
    """Keep what was measured before the doctor; what was not measured stays as it is.

    Raises Refused: 404; 409 (signed or over).
    """
    file = queries.get_visit(work, id_)
    _must_be_open(file)
    stored = contents.vitals_of(file.observations)
    note = VisitNote(vitals={**stored, **vitals})
    changed = bodies.measured(file, note, author_of(work))
    if changed:
        save_all(work, [_draft(body) for body in changed])


def keep(work: Work, file: VisitFile, note: VisitNote) -> None:
    """Keep a note that is not finished. Raises Refused: 409 (signed or over)."""
    _must_be_open(file)
    author = author_of(work)
    _save(work, file, note, author, final=False)


def sign(
    work: Work, file: VisitFile, note: VisitNote, *, answers: Mapping[str, str] | None = None
) -> None:
    """Keep a note, sign it and finish the visit, all in one; then tell the other modules.

    Raises Refused: 409 (signed or over), and whatever a reaction to `VisitRecorded` refuses.
    """
    _must_be_open(file)
    _save(work, file, note, author_of(work), final=True)
    patient = id_of(file.encounter.get("subject"), "Patient")
    work.emit(VisitRecorded(patient, file.id, by_code(note.vitals), dict(answers or {})))


def _save(work: Work, file: VisitFile, note: VisitNote, author: Author, *, final: bool) -> None:
    patient = id_of(file.encounter.get("subject"), "Patient")
    problems = queries.active_problems(work, patient)
    pages = bodies.written_down(file, note, author, problems, final=final)
    note_body = bodies.composition(file, note, author, pages)
    encounter = _encounter(file.encounter, note, author, pages.conditions)
    if final:
        note_body |= {
            "status": "final",
            "attester": [{"mode": "legal", "time": author.at, "party": author.doctor}],
        }
        encounter = _moved(encounter, "finished", author)
    save_all(work, [_draft(body) for body in (encounter, *pages.changed, note_body)])


def _encounter(encounter: Body, note: VisitNote, author: Author, ids: Sequence[str]) -> Resource:
    """The visit with why somebody came and what was found; begun, if nobody had begun it."""
    body = _moved(encounter, "in-progress", author)
    body["participant"] = [{"individual": author.doctor}]
    reasons = [{"text": note.complaint}] if note.complaint else []
    found = [
        {"condition": to("Condition", id_), "rank": rank} for rank, id_ in enumerate(ids, start=1)
    ]
    for name, value in (("reasonCode", reasons), ("diagnosis", found)):
        body.pop(name, None)
        if value:
            body[name] = value
    return body


def _moved(encounter: Body, status: str, author: Author) -> Resource:
    """An Encounter in its next state; the one before goes into its history."""
    body = dict(encounter)
    if encounter["status"] == status:
        return body
    history = list(encounter.get("statusHistory", ()))
    start = history[-1]["period"].get("end") if history else None
    start = start or encounter.get("period", {}).get("start") or author.at
    past = {"status": encounter["status"], "period": {"start": start, "end": author.at}}
    body |= {"status": status, "statusHistory": [*history, past]}
    if status in ("finished", "cancelled"):
        body["period"] = {**encounter.get("period", {}), "end": author.at}
    return body


def amend(
    work: Work, file: VisitFile, *, id: str, kind: str, text: str, reason: str
) -> None:  # fmt: skip
    """Say something more about a signed note, or what was wrong in it.

    `kind` is `supplement` or `correction`. Raises Refused: 409 (not signed yet).
    """
    if file.note is None or not file.signed:
        raise conflict(_("还没有签名的接诊记录可以直接修改，不需要补充或更正"))
    if get_head(work, work.registry.specs["Composition"], id) is not None:
        return
    author = author_of(work)
    title = f"接诊记录{codes.AMENDMENTS[kind]}"
    body = {
        "resourceType": "Composition",
        "extension": [
            {"url": codes.AMENDMENT_KIND, "valueCode": kind},
            {"url": codes.AMENDMENT_REASON, "valueString": reason},
        ],
        "status": "final",
        "type": file.note["type"],
        "subject": file.note["subject"],
        "encounter": to("Encounter", file.id),
        "date": author.at,
        "author": [author.doctor],
        "title": title,
        "attester": [{"mode": "legal", "time": author.at, "party": author.doctor}],
        "custodian": author.station,
        "relatesTo": [
            {"code": "appends", "targetReference": to("Composition", str(file.note["id"]))}
        ],
        "section": [{"title": title, "text": codes.narrative(text)}],
    }
    save_all(work, [Draft(body, id)])


def record_consultation(work: Work, patient_id: str, written: Consultation, *, id: str) -> None:
    """Keep a consultation record (会诊记录表); it is signed with it. Raises Refused: 404."""
    if get_head(work, work.registry.specs["Composition"], id) is not None:
        return
    get_resident(work, patient_id)
    author = author_of(work)
    doctors = {one.id: one.name for one in queries.list_doctors(work)}
    body = consultation_body(written, patient_id, author, doctors)
    save_all(work, [Draft(body, id)])


def _must_be_open(file: VisitFile) -> None:
    if file.signed:
        raise conflict(SIGNED)
    if file.encounter["status"] not in queries.OPEN:
        raise conflict(ENDED)


def _draft(body: Resource) -> Draft:
    """A draft of what was read before (only over that very version) or of something new."""
    version = body.get("meta", {}).get("versionId")
    return Draft(body, str(body["id"]), expect=int(version) if version else None)


def allergy_conflicts(note: VisitNote, allergies: Sequence[Body]) -> dict[int, str]:
    """Rows of the prescription (from 1) whose drug somebody is allergic to, and to what.

    By ATC: a drug conflicts with the class that its code begins with; else by the name.
    """
    found: dict[int, str] = {}
    for row, drug in enumerate(note.prescriptions, start=1):
        for body in allergies:
            concept = body.get("code", {})
            name = words(concept)
            classes = codes_of(concept, ATC)
            by_class = any(drug.code and drug.code.startswith(one) for one in classes)
            root = name.removesuffix("类").removesuffix("过敏")
            if by_class or (root and root in drug.drug):
                found[row] = name
    return found
