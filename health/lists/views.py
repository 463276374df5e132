"""What the pages and files show of the lists' lines: plain data, in few statements for all."""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from sqlalchemy import func, select

from health.declare import Programme
from health.enrolment import display
from health.followups.queries import loaded
from health.lists.candidates import Candidate
from health.lists.managed import Managed
from health.resident.standing import badge_of
from health.resident.trends import measured
from health.tables import health_diagnosis
from kernel.messages import Message, joined
from kernel.work import ReadWork
from records.api import catalogue, community_of, day_of, display_of, load_all, name_of, words

Row = dict[str, Any]
_CHUNK = 500


def managed_rows(work: ReadWork, programme: Programme, found: Sequence[Managed]) -> list[Row]:
    """Lines of a programme's list."""
    persons = persons_of(work, [one.patient_id for one in found])
    visits = {one.id: one for one in loaded(work, [one.last_id for one in found if one.last_id])}
    rows = []
    for one in found:
        state, kind = display.state_of(programme, one.status)
        visit = visits.get(one.last_id or "")
        rows.append(
            {
                **persons[one.patient_id],
                "episode_id": one.episode_id,
                "status": one.status,
                "state": state,
                "kind": kind,
                "from_on": one.from_on,
                "to_on": one.to_on,
                "closed_for": catalogue.title("enrol-close-reason", one.closed_for or ""),
                "last_id": one.last_id,
                "last_on": one.last_on,
                "outcome": badge_of(programme, one.outcome) if one.outcome else None,
                "measured": measured(programme, visit.values) if visit else "",
                "due_on": one.due_on,
                "overdue": one.due_on is not None and one.due_on < work.today,
            }
        )
    return rows


def candidate_rows(work: ReadWork, found: Sequence[Candidate]) -> list[Row]:
    """Lines of the list of those who should be in a programme, with their diagnoses."""
    ids = [one.patient_id for one in found]
    persons, diagnoses = persons_of(work, ids), _diagnoses(work, ids)
    return [
        {**persons[one.patient_id], "diagnoses": joined(diagnoses.get(one.patient_id, ()))}
        for one in found
    ]


def persons_of(work: ReadWork, ids: Iterable[str]) -> dict[str, Row]:
    """Who it is, by id; who vanished between two statements stands there without a name."""
    wanted = list(ids)
    bodies = load_all(work, "Patient", wanted)
    return {id_: _person(id_, bodies.get(id_, {})) for id_ in wanted}


def _person(id_: str, body: Any) -> Row:
    born: date | None = day_of(body.get("birthDate"))
    return {
        "id": id_,
        "name": name_of(body),
        "sex": body.get("gender"),
        "birth_date": born,
        "community": community_of(body),
        "doctor": joined(display_of(one) for one in body.get("generalPractitioner", ())),
    }


def _diagnoses(work: ReadWork, ids: Sequence[str]) -> dict[str, dict[str, None]]:
    """The active diagnoses by person, in words with their codes: 高血压（I10）."""
    table = health_diagnosis.c
    found: dict[str, dict[str, None]] = {}
    for start in range(0, len(ids), _CHUNK):
        rows = work.connection.execute(
            select(table.patient_id, table.source_id, func.min(table.code))
            .where(table.patient_id.in_(ids[start : start + _CHUNK]))
            .group_by(table.patient_id, table.source_id)
            .order_by(table.patient_id, func.min(table.code))
        ).all()
        bodies = load_all(work, "Condition", [row[1] for row in rows])
        for patient, source, code in rows:
            title = words(bodies.get(source, {}).get("code"))
            if title:
                told = Message("%(title)s（%(code)s）", title=title, code=code)
                found.setdefault(patient, {})[told] = None
    return found
