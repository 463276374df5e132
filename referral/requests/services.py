"""A referral is written, sent, discarded, sent again after it was declined.

Everything of one step is one `save_all`; the Task follows by reaction (`referral.moving`).
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from sqlalchemy import select

from kernel.db.derived import search_reference
from kernel.errors import conflict
from kernel.fhir.store import Draft, delete, get_head, save_all
from kernel.messages import _
from kernel.work import ReadWork, Work
from records.api import author_of, derived_id, id_of, load_all, records_file
from referral.indications.queries import known_indications
from referral.moving.proposals import propose
from referral.moving.services import Step, get_request, get_task, move, task_id
from referral.requests.bodies import (
    Writer,
    composition_body,
    consent_body,
    consent_id,
    request_body,
    slip_id,
    slip_of,
)
from referral.requests.package import sections_of
from referral.requests.slip import Slip
from referral.states import Event, State
from referral.task import state_of

Body = Mapping[str, Any]
_SENT: Final = _("转诊已经提交，不能作废；不再需要的请撤销转诊")
_WRITTEN: Final = _("转出单已经提交，内容不能修改；需要说明的请补充资料")
_NOT_REJECTED: Final = _("只有被拒绝的转诊可以重新转诊")


@dataclass(frozen=True, slots=True)
class Stored:
    """A referral as it is stored: whose, its ServiceRequest and version, what was written."""

    patient_id: str
    request: Body
    version: int
    slip: Slip
    has_slip: bool

    @property
    def is_draft(self) -> bool:
        """Whether it has not been sent."""
        return str(self.request["status"]) == "draft"

    @property
    def waits_for_slip(self) -> bool:
        """Whether it was announced by telephone and its slip is still to come."""
        return self.request["status"] == "active" and not self.has_slip and not self.is_draft


def get_stored(work: ReadWork, request_id: str) -> Stored:
    """A referral with its slip. Raises Refused (403, 404, 410)."""
    request, version = get_request(work, request_id)
    slips = load_all(work, "Composition", [slip_id(request_id)])
    consents = load_all(work, "Consent", [consent_id(request_id)])
    slip = slip_of(request, slips.get(slip_id(request_id)), consents.get(consent_id(request_id)))
    named = (one.get("reference", "") for one in request.get("supportingInfo", ()))
    has = any(one.startswith(("Composition/", "DocumentReference/")) for one in named)
    return Stored(id_of(request.get("subject"), "Patient"), request, version, slip, has)


def save_draft(
    work: Work,
    request_id: str,
    patient_id: str,
    slip: Slip,
    *,
    seen: int | None = None,
    kept: Body | None = None,
) -> None:
    """Keep a referral that is not finished; `seen` is the version that the form was opened with.

    Raises Refused: 409 (sent already), 412 (somebody saved it meanwhile), 422.
    """
    _save(work, request_id, patient_id, slip, seen=seen, status="draft", kept=kept or {})


def send(
    work: Work, request_id: str, patient_id: str, slip: Slip, *, seen: int | None = None
) -> None:
    """Sign a referral and send it; what it is told by telephone may go without its slip.

    Raises Refused: 403 (a doctor decides), 409 (sent already; its slot is taken), 412, 422 (all
    that lacks).
    """
    _save(work, request_id, patient_id, slip, seen=seen, status="active", kept={})
    if slip.slot:
        propose(work, request_id, slip.slot)


def _save(
    work: Work,
    request_id: str,
    patient_id: str,
    slip: Slip,
    *,
    seen: int | None,
    status: str,
    kept: Body,
) -> None:
    stored = load_all(work, "ServiceRequest", [request_id]).get(request_id)
    if stored is not None and stored["status"] != "draft":
        raise conflict(_WRITTEN)
    at = author_of(work).at
    body = request_body(
        request_id, patient_id, slip, at=at, kept=stored or kept,
        titles=known_indications(work), status=status,
    )  # fmt: skip
    final = status == "active"
    beside = _documents(work, request_id, patient_id, slip, final=final)
    save_all(work, [*beside, Draft(body, request_id, expect=seen if stored else None)])


def _documents(
    work: Work, request_id: str, patient_id: str, slip: Slip, *, final: bool
) -> list[Draft]:
    """The Consent and the slip as far as they are there."""
    author, station = author_of(work), _station(work, patient_id)
    drafts = []
    if slip.consent is not None:
        organisation = id_of(station, "Organization")
        consent = consent_body(request_id, patient_id, slip.consent, organisation_id=organisation)
        drafts.append(Draft(consent, str(consent["id"])))
    if slip.is_written or (slip.has_text and not final):
        composition = composition_body(
            request_id, patient_id, slip, Writer(author.doctor, station, author.at),
            record=sections_of(work, patient_id), final=final,
        )  # fmt: skip
        drafts.append(Draft(composition, str(composition["id"])))
    return drafts


def _station(work: ReadWork, patient_id: str) -> Body:
    """The institution that a slip is written at; of a machine's the one that keeps the file."""
    if work.actor.organisation_id:
        return author_of(work).station
    file = records_file.c
    keeper = select(file.organisation_id).where(file.source_id == patient_id)
    return {"reference": f"Organization/{work.connection.scalar(keeper)}"}


def hand_in_slip(work: Work, request_id: str, slip: Slip) -> None:
    """The slip of an emergency that was announced by telephone, or that came without one.

    Raises Refused: 409 (it has its slip), 422.
    """
    stored = get_stored(work, request_id)
    if not stored.waits_for_slip:
        raise conflict(_WRITTEN)
    drafts = _documents(work, request_id, stored.patient_id, slip, final=True)
    had = list(stored.request.get("supportingInfo", ()))
    named = [{"reference": f"{one.body['resourceType']}/{one.id}"} for one in drafts]
    info = [*had, *(one for one in named if one not in had)]
    request = {**stored.request, "supportingInfo": info}
    save_all(work, [*drafts, Draft(request, request_id, expect=stored.version)])


# Not sent after all, and sent again -------------------------------------------------------------


def discard(work: Work, request_id: str) -> None:
    """Delete a draft with all that belongs to it; it is 410 afterwards, its history stays.

    Raises Refused: 404, 409 (it was sent), 410 (deleted already).
    """
    stored, (task, _version) = get_stored(work, request_id), get_task(work, request_id)
    if state_of(task) is not State.DRAFT or not stored.is_draft:
        raise conflict(_SENT)
    system = work.elevated()
    for type_, id_ in _about(system, request_id):
        delete(system, work.registry.specs[type_], id_)
    own = (
        ("Task", task_id(request_id)),
        ("ServiceRequest", request_id),
        ("Composition", slip_id(request_id)),
        ("Consent", consent_id(request_id)),
    )
    for type_, id_ in own:
        spec = system.registry.specs[type_]
        if get_head(system, spec, id_) is not None:
            delete(system, spec, id_)


def _about(work: ReadWork, request_id: str) -> list[tuple[str, str]]:
    """What tells of a draft: the trail of its moves, and the errands about it."""
    link = search_reference.c
    rows = work.connection.execute(
        select(link.type, link.id)
        .where(
            link.target_type == "Task",
            link.target_id == task_id(request_id),
            link.type.in_(("Provenance", "Task")),
            link.id != task_id(request_id),
        )
        .distinct()
    )
    return [(row.type, row.id) for row in rows]


def again_id(request_id: str) -> str:
    """The id of the referral that is sent again in place of a declined one."""
    return derived_id(request_id, "again")


def resend(work: Work, request_id: str) -> str:
    """A new draft that replaces a declined referral, of the same episode; its id.

    Pressed twice it is the same one. Raises Refused: 403, 404, 409 (it was not declined).
    """
    stored, (task, _version) = get_stored(work, request_id), get_task(work, request_id)
    if state_of(task) is not State.REJECTED:
        raise conflict(_NOT_REJECTED)
    id_ = again_id(request_id)
    head = get_head(work, work.registry.specs["ServiceRequest"], id_)
    if head is not None and not head.deleted:
        return id_
    kept = {
        "requisition": stored.request.get("requisition", {}),
        "replaces": [{"reference": f"ServiceRequest/{request_id}"}],
    }
    slip = replace(stored.slip, phoned_at="", slot="")
    save_draft(work, id_, stored.patient_id, slip, kept=kept)
    move(work, request_id, Step(Event.RESEND, State.REJECTED))
    return id_
