"""The ServiceRequest of a referral while it is saved: whole when it is sent, frozen afterwards.

A stamp of the write path, so that a page, a hospital's system and an import are held to the same.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from sqlalchemy import select

from health.api import PROGRAMMES
from kernel.errors import Issue, Refused, conflict
from kernel.fhir.store.conditions import lock
from kernel.messages import Message, _, joined
from kernel.security.directory import OrganisationKind, kernel_organisation
from kernel.serials import next_number
from kernel.work import ReadWork, Work
from records.api import (
    catalogue,
    codes_of,
    derived_id,
    extension_value,
    id_of,
    load_all,
    records_file,
)
from referral.agreements.queries import find_destination
from referral.codes import (
    CATEGORY,
    COMMUNITY,
    DIRECTION,
    DISEASE,
    DOWN,
    FIRST_CONTACT,
    LATERAL,
    PHONED_AT,
    PROGRAMME,
    REQUISITION,
    UP,
)
from referral.request import DISEASES, Request, has_slip, is_referral, names, request_of
from referral.states import State
from referral.steps import Urgency
from referral.task import state_of, with_reference

Body = Mapping[str, Any]
Resource = dict[str, Any]
_FROZEN: Final = (
    "subject", "requester", "priority", "code", "reasonCode", "requisition", "basedOn", "replaces",
    "authoredOn", "category", "intent",
)  # fmt: skip
"""What cannot be changed any more once a referral was sent: addenda only (referral.md §5)."""
_SAID: Final = (DIRECTION, DISEASE, PROGRAMME, FIRST_CONTACT, PHONED_AT)
"""The extensions that cannot either."""
_ADDENDA: Final = ("supportingInfo", "note")
"""What can be added to, and never taken away from."""
_BY_HAND: Final = ("draft", "active", "revoked")
_STATUS: Final = _(
    "转诊申请的状态只能由申请方改为 active（提交）或 revoked（撤销），其余随转诊的办理变化"
)
_SENT: Final = _("转诊已经提交，内容不能修改；需要说明的请补充资料")
_DIRECTION: Final = _("请选择转诊方向（up 上转、down 下转、lateral 横向）")
_REQUESTER: Final = _("请写明转诊医生（requester 应为 Practitioner 的引用）")
_HOSPITAL: Final = _("请选择转往的医院（performer 应有一个 Organization）")
_REASON: Final = _("请选择转诊指征或写明转诊原因（reasonCode）")
_CONSENT: Final = _("请记录患者知情同意（supportingInfo 应有一份 Consent）")
_LONGEST: Final = 64
_DISEASE: Final = _("病种应是下列之一：%(codes)s")
_FIRST: Final = _("首诊情况应是下列代码之一：%(codes)s")
_PROGRAMME: Final = _("没有这个管理项目")
_NUMBER: Final = _("转诊号最多 %(most)s 个字")
_NO_HOSPITAL: Final = _("转往的机构（performer）应是医院")
_FULL: Final = _("%(name)s今天的转诊名额已满（%(used)s/%(capacity)s），请选择其他科室或改日再转")
_SLIP: Final = _("请填写转出单（supportingInfo 应有一份 Composition）")


def stamped(work: Work, before: Body | None, body: Body, batch: Sequence[Body]) -> Body:
    """The request with its community and its number; others stay as they are.

    Raises Refused: 422 (sent, and something is missing), 409 (sent before, and changed).
    """
    if not is_referral(body) and not is_referral(before):
        return body
    if before is not None and before.get("status") not in ("draft", None):
        return _frozen(work, before, body, batch)
    if before is not None and not work.actor.elevated:
        if not is_referral(body) or body.get("status") not in _BY_HAND:
            raise conflict(_STATUS, "ServiceRequest.status", "business-rule")
        if _waits(work, str(before["id"])):
            return _frozen(work, before, {**body, "status": "draft"}, batch)
    body = _with_community(work, body)
    faults = list(_code_faults(work, request_of(body)))
    if body.get("status") == "active":
        faults += _faults(request_of(body), body)
        faults += _full(work, request_of(body))
    if faults:
        raise Refused(422, faults)
    return _numbered(work, body)


def _full(work: Work, request: Request) -> Iterator[Issue]:
    """Whether the department has been sent its number for today; an emergency always goes."""
    if not request.department_id or request.urgency == Urgency.EMERGENCY:
        return
    # Two that send at the same moment would else not see each other's.
    lock(work, "HealthcareService", [("_id", request.department_id)])
    found = find_destination(work, request.community_id, request, on=work.today)
    if found is not None and found.is_full:
        text = Message(_FULL, name=found.name, used=found.used, capacity=found.capacity)
        yield _issue("performer", text)


def _code_faults(work: ReadWork, request: Request) -> Iterator[Issue]:
    """What could be stored in no column, or would stand on nobody's list."""
    if request.direction not in (UP, DOWN, LATERAL):
        yield _issue("extension", _DIRECTION)
    if request.disease not in DISEASES:
        yield _issue("extension", Message(_DISEASE, codes=joined(DISEASES)))
    choices = dict(catalogue.choices("first-contact"))
    if request.first_contact and request.first_contact not in choices:
        yield _issue("extension", Message(_FIRST, codes=joined(choices)))
    if request.programme and request.programme not in {one.name for one in PROGRAMMES}:
        yield _issue("extension", _PROGRAMME)
    if len(request.requisition) > _LONGEST:
        yield _issue("requisition.value", Message(_NUMBER, most=_LONGEST))
    if request.hospital_id and not is_hospital(work, request.hospital_id):
        yield _issue("performer", _NO_HOSPITAL)


def is_hospital(work: ReadWork, organisation_id: str) -> bool:
    """Whether an institution is a hospital: nobody else has a referral office."""
    kind = select(kernel_organisation.c.kind).where(
        kernel_organisation.c.source_id == organisation_id
    )
    return work.connection.scalar(kind) == OrganisationKind.HOSPITAL.value


def joins_persons(before: Body, body: Body, batch: Sequence[Body], *, at: str) -> bool:
    """Whether a resource comes to another person because two files become one (or two again).

    Both Patients are saved with it then, and nobody else's save changes whose a referral is.
    """
    whose = {id_of(one.get(at), "Patient") for one in (before, body)}
    saved = {str(one["id"]) for one in batch if one["resourceType"] == "Patient"}
    return whose <= saved


def _frozen(work: Work, before: Body, body: Body, batch: Sequence[Body]) -> Body:
    if work.actor.elevated:
        return body
    joined = joins_persons(before, body, batch, at="subject")
    frozen = [name for name in _FROZEN if name != "subject" or not joined]
    body = _completed(before, body)
    if any(before.get(name) != body.get(name) for name in frozen) or _said(before) != _said(body):
        raise conflict(_SENT, "ServiceRequest", "business-rule")
    if body.get("status") not in (before["status"], "revoked"):
        raise conflict(_STATUS, "ServiceRequest.status", "business-rule")
    return body


def _completed(before: Body, body: Body) -> Resource:
    """The request with what the server wrote in it, which a client need not send again.

    Whom it goes to is changed by the moves of its Task, never by hand.
    """
    made = {**body, **{name: before[name] for name in ("performer",) if name in before}}
    made.setdefault("requisition", before.get("requisition"))
    for name in _ADDENDA:
        had = list(before.get(name, ()))
        if told := [*had, *(one for one in body.get(name, ()) if one not in had)]:
            made[name] = told
    community = extension_value(before, COMMUNITY, "valueReference")
    return with_reference(made, COMMUNITY, community["reference"])


def _said(body: Body) -> list[Body]:
    return [x for url in _SAID for x in body.get("extension", ()) if x.get("url") == url]


def _waits(work: ReadWork, request_id: str) -> bool:
    """Whether a referral waits for the approval of the station's head."""
    id_ = derived_id(request_id, "task")
    task = load_all(work, "Task", [id_]).get(id_)
    return task is not None and state_of(task) is State.PENDING_APPROVAL


def _with_community(work: ReadWork, body: Body) -> Resource:
    """Which community institution answers for the person: the one that keeps the file."""
    request = request_of(body)
    file = records_file.c
    keeper = work.connection.scalar(
        select(file.organisation_id).where(file.source_id == request.patient_id)
    )
    institution = keeper or request.community_id or work.actor.organisation_id
    return with_reference(body, COMMUNITY, f"Organization/{institution}")


def _numbered(work: Work, body: Body) -> Body:
    """The request with a number (转诊号) where it brings none: one for the whole episode.

    What is sent again and the way back have the number of the referral that they follow (§7).
    """
    request = request_of(body)
    if request.requisition:
        return body
    if value := _episode(work, request):
        return {**body, "requisition": {"system": REQUISITION, "value": value}}
    name = f"referral-{work.today:%Y%m%d}"
    number = f"ZZ{work.today:%Y%m%d}{next_number(work, name):05d}"
    return {**body, "requisition": {"system": REQUISITION, "value": number}}


def _episode(work: ReadWork, request: Request) -> str:
    """The number of the referral of the same person that this one replaces or follows."""
    earlier = [one for one in (request.replaces_id, request.based_on_id) if one]
    found = (request_of(one) for one in load_all(work, "ServiceRequest", earlier).values())
    numbers = (one.requisition for one in found if one.patient_id == request.patient_id)
    return next((one for one in numbers if one), "")


def _faults(request: Request, body: Body) -> Iterator[Issue]:
    if extension_value(body, DIRECTION, "valueCode") not in (UP, DOWN, LATERAL):
        yield _issue("extension", _DIRECTION)
    if not request.doctor_id and request.direction != DOWN:
        yield _issue("requester", _REQUESTER)
    if not request.hospital_id:
        yield _issue("performer", _HOSPITAL)
    if not any(one.get("text") or codes_of(one) for one in body.get("reasonCode", ())):
        yield _issue("reasonCode", _REASON)
    if request.phoned:  # first the telephone, the paper within a day (referral.md §2)
        return
    if not names(body, "Consent"):
        yield _issue("supportingInfo", _CONSENT)
    if not has_slip(body):
        yield _issue("supportingInfo", _SLIP)


def _issue(name: str, text: str) -> Issue:
    return Issue("required", text, f"ServiceRequest.{name}")


def category() -> list[Resource]:
    """ServiceRequest.category of a referral."""
    return [{"coding": [{"system": CATEGORY, "code": "referral", "display": "双向转诊"}]}]
