"""What happens to an examination: kept, finished, corrected, taken back."""

from typing import Final

from kernel.declare.form import Values
from kernel.errors import conflict
from kernel.fhir.store import Draft, get_head, save_all
from kernel.web.i18n import _
from kernel.work import Work
from records.examinations import bodies
from records.examinations.bodies import Entered
from records.examinations.queries import Examination
from records.extracting import FINISHED, derived_id, extraction
from records.reading import death_of
from records.residents.queries import get_resident, load_all
from records.visits.queries import Doctor
from records.visits.services import author_of

CLOSED: Final = _("档案已结案，不能录入体检；需要时请先恢复档案")
TAKEN_BACK: Final = _("这份体检已经作废，不能再修改")


def record(
    work: Work,
    patient_id: str,
    values: Values,
    *,
    id: str,
    doctor: Doctor | None,
    final: bool,
) -> None:
    """Keep a new examination: a draft, or (`final`) finished with its Encounter and Observations.

    A form that is sent twice (`id`) creates one. Raises Refused: 404 (the person is not visible),
    409 (the file is closed), 422 (the values, see `reactions`).
    """
    if get_head(work, work.registry.specs["QuestionnaireResponse"], id) is not None:
        return
    patient = get_resident(work, patient_id)
    if death_of(patient)[0] or not patient.get("active", True):
        raise conflict(CLOSED)
    _save(work, _entered(work, id, patient_id, doctor), values, _status("", final))


def revise(
    work: Work,
    before: Examination,
    values: Values,
    *,
    doctor: Doctor | None,
    final: bool,
    seen: int,
    reason: str = "",
) -> None:
    """Go on with a draft, or correct a finished examination, which wants a reason.

    `seen` is the version that the form was opened with. Raises Refused: 409 (taken back), 412
    (somebody else saved it meanwhile), 422.
    """
    if before.status == "entered-in-error":
        raise conflict(TAKEN_BACK)
    entered = _entered(work, before.id, bodies.patient_of(before.body), doctor)
    _save(work, entered, values, _status(before.status, final), expect=seen, reason=reason)


def _status(before: str, final: bool) -> str:
    if before in FINISHED:
        return "amended"
    return "completed" if final else "in-progress"


def _entered(work: Work, id_: str, patient_id: str, doctor: Doctor | None) -> Entered:
    author = author_of(work)
    responsible = author.doctor
    if doctor is not None:
        responsible = {"reference": f"Practitioner/{doctor.id}", "display": doctor.name}
    return Entered(id_, patient_id, author.doctor, responsible, author.station)


def _save(
    work: Work,
    entered: Entered,
    values: Values,
    status: str,
    *,
    expect: int | None = None,
    reason: str = "",
) -> None:
    answer = bodies.answer_body(values, entered, status=status, reason=reason)
    drafts = [Draft(answer, entered.id, expect=expect)]
    if status in FINISHED:
        visit = bodies.visit_body(values, entered)
        drafts.append(Draft(visit, visit["id"]))
    save_all(work, [*drafts, *extraction(work, bodies.answered(answer))])


def cancel(work: Work, one: Examination, *, reason: str) -> None:
    """Take an examination back with everything that followed from it; nothing is deleted.

    Raises Refused: 404; 412 (somebody else saved it meanwhile).
    """
    if one.status == "entered-in-error":
        return
    answer = bodies.cancelled(one.body, reason)
    drafts = [Draft(answer, one.id, expect=one.version)]
    visit_id = derived_id(one.id, "visit")
    visit = load_all(work, "Encounter", [visit_id]).get(visit_id)
    if visit is not None:
        drafts.append(Draft({**visit, "status": "entered-in-error"}, visit_id))
    save_all(work, [*drafts, *extraction(work, bodies.answered(answer))])
