"""What the pages and files of the referral office show of lines: plain data, few statements."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from kernel.messages import _, joined
from kernel.security.directory import Tree
from kernel.work import ReadWork
from records.api import day_of, display_of, load_all, name_of, words
from referral.office.queries import Line
from referral.states import SIDE_TITLES, Side, State
from referral.wording import due_words, state_words, urgency_words

Body = Mapping[str, Any]
Row = dict[str, Any]
HIDDEN: Final = _("未获授权查看")
"""In place of the name of somebody whom the hospital was not granted."""


def rows_of(work: ReadWork, tree: Tree, lines: Sequence[Line]) -> list[Row]:
    """Lines with everything that a page says of them, in their order."""
    patients = load_all(work, "Patient", (one.patient_id for one in lines))
    requests = load_all(work, "ServiceRequest", (one.request_id for one in lines))
    staff = load_all(
        work, "Practitioner", _ids(one for line in lines for one in (line.doctor_id, line.owner_id))
    )
    departments = load_all(work, "HealthcareService", _ids(one.department_id for one in lines))
    return [
        {
            "id": one.request_id,
            "version": one.version,
            **person_of(patients.get(one.patient_id)),
            **worded(work, one),
            "community": tree.name(one.community_id) or one.community_id,
            "doctor": _name(staff, one.doctor_id),
            "department": department_name(departments, one.department_id),
            "department_id": one.department_id or "",
            "reason": reason_of(requests.get(one.request_id, {})),
            "owner": _name(staff, one.owner_id),
            "owner_side": SIDE_TITLES[Side(one.owner_side)] if one.owner_side else "",
            "mine": bool(one.owner_id) and one.owner_id == work.actor.practitioner_id,
        }
        for one in lines
    ]


def worded(work: ReadWork, line: Line) -> Row:
    """Urgency, state and time of a line in words, with their badges."""
    urgency, state = urgency_words(line.urgency), state_words(State(line.state))
    due = due_words(line.due_at, work.now, risk_at=line.risk_at)
    return {
        "urgency": {"text": urgency[0], "kind": urgency[1]},
        "state": {"text": state[0], "kind": state[1]},
        "due": {"text": due[0], "kind": due[1]},
        "due_at": line.due_at,
        "since_at": line.since_at,
        "submitted_at": line.submitted_at,
        "appointment_at": line.appointment_at,
    }


def person_of(patient: Body | None) -> Row:
    """Who it is; nothing of somebody whom the hospital was not granted."""
    if patient is None:
        return {"name": "", "sex": None, "birth_date": None}
    return {
        "name": name_of(patient),
        "sex": patient.get("gender"),
        "birth_date": day_of(patient.get("birthDate")),
    }


def reason_of(request: Body) -> str:
    """Why somebody is referred, every reason of the ServiceRequest."""
    return joined(dict.fromkeys(filter(None, map(words, request.get("reasonCode", ())))))


def department_name(departments: Mapping[str, Body], id_: str | None) -> str:
    """What a department (HealthcareService) is called; empty for none."""
    return str(departments.get(id_ or "", {}).get("name", ""))


def _ids(ids: Iterable[str | None]) -> list[str]:
    return [one for one in ids if one]


def _name(staff: Mapping[str, Body], id_: str | None) -> str:
    body = staff.get(id_ or "")
    return (name_of(body) or display_of(body)) if body else ""
