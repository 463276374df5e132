"""What happens to a follow-up: recorded, corrected, taken back. Everything else follows from it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from health.declare import Programme
from health.fields import VISIT_DATE
from health.followups.answers import FINISHED, WRONG, Asked, asked_in, day_in, values_in
from health.followups.decision import Decided, read_decision
from kernel.canonical import structure_definition
from kernel.declare.form import Form, Values
from kernel.errors import conflict, not_found
from kernel.fhir import json
from kernel.fhir.questionnaire import Answered, response
from kernel.fhir.store import Draft, get_head, read, read_version, save_all
from kernel.messages import _
from kernel.work import ReadWork, Work
from records.api import AMENDMENT_REASON, doctor_of

Resource = dict[str, Any]
CANCEL_REASON: Final = structure_definition("cancel-reason")
_TAKEN_BACK: Final = _("这份随访已经作废，不能再修改")


@dataclass(frozen=True, slots=True)
class FollowUp:
    """An answer to a programme's form as it is stored, with what was decided about it."""

    asked: Asked
    body: Resource
    values: dict[str, Any]
    version: int
    decided: Decided | None

    @property
    def id(self) -> str:
        """The id of the QuestionnaireResponse."""
        return str(self.body["id"])


def follow_up_of(body: Resource) -> FollowUp | None:
    """A QuestionnaireResponse as a follow-up; None for one that is no programme's."""
    asked = asked_in(body)
    if asked is None or asked.card:
        return None
    version = int(body.get("meta", {}).get("versionId", 0))
    return FollowUp(asked, body, values_in(asked, body), version, read_decision(body))


def get_follow_up(work: ReadWork, id_: str, *, version: int | None = None) -> FollowUp:
    """A follow-up as it is now, or as it was. Raises Refused (403, 404, 410)."""
    spec = work.registry.specs["QuestionnaireResponse"]
    found = read(work, spec, id_) if version is None else read_version(work, spec, id_, version)
    one = follow_up_of(json.loads(found.body))
    if one is None:
        raise not_found(f"QuestionnaireResponse/{id_}")
    return one


@dataclass(frozen=True, slots=True)
class Entry:
    """A follow-up to be saved: whose, in which programme, with which values.

    `id` is that of the form that was shown, so that one that is sent twice creates one.
    `encounter` names a visit that it was part of; without one it makes its own. `doctor` is a
    Reference to who did it where that is not the actor.
    """

    id: str
    patient_id: str
    programme: Programme
    values: Values
    encounter: str = ""
    doctor: Mapping[str, str] | None = None


def answer_body(
    form: Form, entry: Entry, *, author: Mapping[str, str], status: str = "completed"
) -> Resource:
    """The QuestionnaireResponse of an entry; its `authored` is the day of the visit."""
    encounter = {"reference": f"Encounter/{entry.encounter}"} if entry.encounter else None
    day = entry.values[VISIT_DATE]
    about = Answered(entry.patient_id, str(day), dict(entry.doctor or author), encounter, status)
    return {**response(form, entry.values, about), "id": entry.id}


def record(work: Work, *entries: Entry) -> list[str]:
    """Save new follow-ups (of a joint visit several) in one transaction; their ids.

    Raises Refused: 404 (the person is not visible), 422 (the values, see `stamp`; all faults).
    """
    spec = work.registry.specs["QuestionnaireResponse"]
    author = doctor_of(work)
    new = [one for one in entries if get_head(work, spec, one.id) is None]
    drafts = [Draft(answer_body(one.programme.form(), one, author=author), one.id) for one in new]
    save_all(work, drafts)
    return [one.id for one in entries]


def revise(work: Work, before: FollowUp, entry: Entry, *, seen: int, reason: str) -> None:
    """Correct a follow-up; the version before stays and the reason is kept.

    `seen` is the version that the form was opened with. Raises Refused: 409 (taken back), 412
    (somebody else saved it meanwhile), 422.
    """
    if before.body["status"] == WRONG:
        raise conflict(_TAKEN_BACK)
    body = answer_body(before.asked.form, entry, author=before.body["author"], status="amended")
    kept = {name: before.body[name] for name in ("encounter",) if name in before.body}
    told = {"url": AMENDMENT_REASON, "valueString": reason}
    save_all(work, [Draft({**body, **kept, "extension": [told]}, before.id, expect=seen)])


def cancel(work: Work, before: FollowUp, *, reason: str) -> None:
    """Take a follow-up back with what followed from it; nothing is deleted.

    Raises Refused: 404; 412 (somebody else saved it meanwhile).
    """
    if before.body["status"] == WRONG:
        return
    kept = [one for one in before.body.get("extension", ()) if one["url"] != CANCEL_REASON]
    told = {"url": CANCEL_REASON, "valueString": reason}
    body = {**before.body, "status": WRONG, "extension": [*kept, told]}
    save_all(work, [Draft(body, before.id, expect=before.version)])


def list_versions(work: ReadWork, one: FollowUp) -> list[FollowUp]:
    """All versions of a follow-up, the newest first."""
    earlier = (get_follow_up(work, one.id, version=n) for n in range(one.version - 1, 0, -1))
    return [one, *earlier]


def is_valid(one: FollowUp) -> bool:
    """Whether it is finished and was not taken back."""
    return one.body["status"] in FINISHED


def day_of_visit(one: FollowUp) -> Any:
    """The local day of the visit, or None."""
    return day_in(one.body, one.values)
