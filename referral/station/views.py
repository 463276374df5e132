"""What the pages and files of the station show of lines: plain data, few statements."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any, Final

from kernel.messages import Message, _
from kernel.security.directory import Tree
from kernel.work import ReadWork
from records.api import catalogue, day_of, load_all, name_of
from referral.states import SIDE_TITLES, Side, State
from referral.station.queries import Line
from referral.supervision.labels import disease_title
from referral.wording import due_words, state_words, urgency_words

Body = Mapping[str, Any]
Row = dict[str, Any]
_LATE: Final = _("逾期 %(n)s 天")


def rows_of(work: ReadWork, tree: Tree, lines: Sequence[Line]) -> list[Row]:
    """Lines with everything that a page says of them, in their order."""
    patients = load_all(work, "Patient", (one.patient_id for one in lines))
    staff = load_all(
        work, "Practitioner", _ids(one for line in lines for one in (line.doctor_id, line.owner_id))
    )
    departments = load_all(work, "HealthcareService", _ids(one.department_id for one in lines))
    return [
        {
            **_person(patients.get(one.patient_id, {})),
            **row_of(work, tree, one),
            "department": str(departments.get(one.department_id or "", {}).get("name", "")),
            "doctor": _name(staff, one.doctor_id),
            "owner": _name(staff, one.owner_id),
        }
        for one in lines
    ]


def row_of(work: ReadWork, tree: Tree, one: Line) -> Row:
    """What a line says without the persons in it."""
    state, urgency = State(one.state), urgency_words(one.urgency)
    worded, due = state_words(state), due_words(one.due_at, work.now, risk_at=one.risk_at)
    return {
        "id": one.request_id,
        "patient_id": one.patient_id,
        "href": href_of(one),
        "urgency": {"text": urgency[0], "kind": urgency[1]},
        "state": {"text": worded[0], "kind": worded[1]},
        "due": {"text": due[0], "kind": due[1]} if one.open else {"text": "", "kind": "neutral"},
        "due_at": one.due_at if one.open else None,
        "direction": catalogue.title("referral-direction", one.direction),
        "disease": disease_title(one.disease or ""),
        "hospital": (tree.name(one.hospital_id) or one.hospital_id) if one.hospital_id else "",
        "community": tree.name(one.community_id) or one.community_id,
        "requisition": one.requisition or "",
        "owner_side": SIDE_TITLES[Side(one.owner_side)] if one.owner_side else "",
        "submitted_at": one.submitted_at,
        "created_at": one.created_at,
        "appointment_at": one.appointment_at,
        "outcome": outcome_of(one, work.today),
    }


def href_of(one: Line) -> str:
    """Where a referral is opened: a draft where it is written on."""
    end = "/edit" if one.state == State.DRAFT else ""
    return f"/referrals/{one.request_id}{end}"


def outcome_of(one: Line, today: date) -> Row | None:
    """The outcome follow-up of a referral: what was found, by when it is due, and its form."""
    if one.outcome_due_on is None:
        return None
    days = 0 if one.outcome_known else max((today - one.outcome_due_on).days, 0)
    return {
        "known": bool(one.outcome_known),
        "finding": catalogue.title("referral-finding", one.finding) if one.finding else "",
        "found_on": one.found_on,
        "due_on": None if one.outcome_known else one.outcome_due_on,
        "late": Message(_LATE, n=days) if days else "",
        "href": "" if one.outcome_known else f"/referrals/{one.request_id}/outcome",
    }


def _person(patient: Body) -> Row:
    return {
        "name": name_of(patient),
        "sex": patient.get("gender"),
        "birth_date": day_of(patient.get("birthDate")),
    }


def _ids(ids: Iterable[str | None]) -> list[str]:
    return [one for one in ids if one]


def _name(staff: Mapping[str, Body], id_: str | None) -> str:
    return name_of(staff[id_]) if id_ and id_ in staff else ""
