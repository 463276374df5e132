"""本年度体检 on the resident's page."""

from typing import Any

from kernel.work import ReadWork
from records.examinations.display import head_of
from records.examinations.permissions import WRITE
from records.examinations.queries import list_examinations, valid
from records.residents.queries import get_resident


def this_year(work: ReadWork, patient_id: str) -> dict[str, Any]:
    """Whether this year's examination is done, begun or still to be done, and the last one."""
    found = list_examinations(work, patient_id)
    year = work.today.year
    done = [one for one in valid(found) if one.on and one.on.year == year]
    drafts = [one for one in found if one.status == "in-progress"]
    earlier = [one for one in valid(found) if one.on and one.on.year < year]
    patient = get_resident(work, patient_id)
    return {
        "patient_id": patient_id,
        "year": year,
        "done": head_of(done[0]) if done else None,
        "draft": head_of(drafts[0]) if drafts else None,
        "last": head_of(earlier[0]) if earlier else None,
        "may_write": work.actor.may(WRITE) and patient.get("active", True),
    }
