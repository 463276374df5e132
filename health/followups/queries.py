"""What pages read of follow-ups."""

from collections.abc import Sequence
from typing import Final

from sqlalchemy import bindparam, select

from health.declare import Programme
from health.followups.services import FollowUp, follow_up_of
from health.tables import health_follow_up
from kernel.db.prepared import Prepared
from kernel.work import ReadWork
from records.api import load_all

_MOST: Final = 40
_follow_up = health_follow_up.c
_of_person = Prepared(
    select(_follow_up.source_id)
    .where(
        _follow_up.patient_id == bindparam("patient_id"),
        _follow_up.programme == bindparam("programme"),
    )
    .order_by(_follow_up.done_on.desc(), _follow_up.source_id.desc())
    .limit(bindparam("most"))
)


def list_follow_ups(
    work: ReadWork, patient_id: str, programme: str, *, most: int = _MOST
) -> list[FollowUp]:
    """A person's valid follow-ups of a programme, the latest first."""
    key = {"patient_id": patient_id, "programme": programme, "most": most}
    ids = [str(row[0]) for row in _of_person.rows(work.connection, key)]
    return loaded(work, ids)


def loaded(work: ReadWork, ids: Sequence[str]) -> list[FollowUp]:
    """These follow-ups in this order, as far as the actor sees them."""
    bodies = load_all(work, "QuestionnaireResponse", ids)
    found = (follow_up_of(dict(bodies[id_])) for id_ in ids if id_ in bodies)
    return [one for one in found if one is not None]


def find_last(work: ReadWork, patient_id: str, programme: Programme) -> FollowUp | None:
    """The latest valid follow-up of a programme, or None."""
    return next(iter(list_follow_ups(work, patient_id, programme.name, most=1)), None)
