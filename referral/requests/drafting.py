"""A follow-up that asks for a referral leaves a draft behind, and takes it away again.

Reactions: the doctor has decided, the machine writes down what is known. The draft waits on the
doctor's list until it is sent or discarded; nobody is referred by a machine.
"""

from datetime import timedelta
from typing import Final

from sqlalchemy import select

from health.api import Action, get_follow_up, list_follow_ups, programme_of
from health.events import FollowUpRecorded
from kernel.fhir.store import ResourceSaved, get_head
from kernel.work import ReadWork, Work
from records.api import derived_id
from referral.requests import services
from referral.requests.prefill import from_follow_up
from referral.states import ENDED
from referral.tables import referral_case

_ASKS: Final = frozenset({Action.REFER, Action.EMERGENCY})
_RECENT: Final = timedelta(days=14)
"""An older follow-up that is typed in later asks for nothing any more: its outcome is due (§6)."""
_WRONG: Final = "entered-in-error"
_FIRST: Final = 1


def draft_id(answer_id: str) -> str:
    """The id of the referral that a follow-up asks for: one for each."""
    return derived_id(answer_id, "referral")


def find_draft(work: ReadWork, answer_id: str) -> services.Stored | None:
    """The draft that a follow-up left behind, if it is one still."""
    id_ = draft_id(answer_id)
    head = get_head(work, work.registry.specs["ServiceRequest"], id_)
    if head is None or head.deleted:
        return None
    found = services.get_stored(work, id_)
    return found if found.is_draft else None


def draft_follow_up(work: Work, event: FollowUpRecorded) -> None:
    """Make the draft that a follow-up asks for, once; take it away where it asks no more."""
    if not programme_of(event.form).regular:
        return
    id_ = draft_id(event.answer_id)
    head = get_head(work, work.registry.specs["ServiceRequest"], id_)
    if event.action not in _ASKS:
        if head is not None and not head.deleted:
            _drop(work, event.answer_id)
        return
    if head is None and _is_asked(work, event):
        _write(work, event, id_)
    elif head is not None and not head.deleted and head.version == _FIRST:
        _write(work, event, id_)  # the answer was corrected, and nobody has touched the draft


def _write(work: Work, event: FollowUpRecorded, id_: str) -> None:
    one = get_follow_up(work, event.answer_id)
    slip = from_follow_up(work, event.patient_id, one)
    services.save_draft(work, id_, event.patient_id, slip)


def _is_asked(work: ReadWork, event: FollowUpRecorded) -> bool:
    """Whether it is the last word about the person, and nothing of the programme is under way."""
    if event.on is None or work.today - event.on > _RECENT:
        return False
    last = list_follow_ups(work, event.patient_id, event.programme, most=1)
    if last and last[0].id != event.answer_id:
        return False
    case = referral_case.c
    going_on = select(case.source_id).where(
        case.patient_id == event.patient_id,
        case.programme == event.programme,
        case.open.is_(True),
        case.state.not_in(sorted(ENDED)),
    )
    return work.connection.execute(going_on.limit(1)).first() is None


def drop_draft(work: Work, event: ResourceSaved) -> None:
    """Take the draft of a follow-up away that was taken back itself."""
    if event.body.get("status") == _WRONG:
        _drop(work, event.saved.id)


def _drop(work: Work, answer_id: str) -> None:
    if find_draft(work, answer_id) is not None:
        services.discard(work, draft_id(answer_id))
