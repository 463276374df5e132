"""Today's patients: the rows of the day's list, which of them are shown, and their file."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from kernel.web.filters import write_age, write_sex
from kernel.web.i18n import _
from kernel.web.spreadsheet import Cell
from kernel.web.visit import Visit
from kernel.work import ReadWork
from records.examinations.queries import Examination, find_examinations
from records.reading import Body, day_of, id_of, moment_of, name_of, numbers_of
from records.residents import queries as residents
from records.residents.frame import labels_of
from records.residents.panels import born_of
from records.visits import queries
from records.visits.display import (
    STATES,
    clock_text,
    doctor_of,
    prompts_of,
    reason_of,
    said,
)
from records.visits.prompts import Prompt

Row = dict[str, Any]
NOBODY: Final = "none"
"""Chosen instead of a doctor: nobody in particular was asked for."""
SORTS: Final = ("since", "name", "birth_date", "doctor")
HEADINGS: Final = (
    _("到达"), _("姓名"), _("性别"), _("年龄"), _("身份证号"), _("电话"), _("人群"), _("提醒"),
    _("事由"), _("医生"), _("状态"),
)  # fmt: skip
_ORDER = ("in-progress", "onleave", "arrived", "triaged", "planned", "finished", "unknown")
_WRONG: Final = "entered-in-error"


def day_rows(work: ReadWork) -> list[Row]:
    """Today's list: those in the room, those who wait, those who are done; then the cancelled.

    An examination stands among them as what it is; one that was taken back does not.
    """
    encounters = queries.list_day(work, work.today)
    examinations = find_examinations(work, [str(body["id"]) for body in encounters])
    ids = [id_of(body.get("subject"), "Patient") for body in encounters]
    people = residents.load_all(work, "Patient", ids)
    active = residents.active_codes(work, list(people))
    prompts = prompts_of(work, list(people.values()), active)
    rows = [
        _row(work, body, people[id_], examinations.get(str(body["id"])))
        | _beside(work, body, people[id_], active.get(id_, {}), prompts[id_])
        for id_, body in zip(ids, encounters, strict=True)
        if id_ in people and not _taken_back(body, examinations)
    ]
    ranks = {status: rank for rank, status in enumerate(_ORDER)}
    return sorted(rows, key=lambda row: (ranks.get(row["status"], len(ranks)), row["since"]))


def _taken_back(body: Body, examinations: Mapping[str, Examination]) -> bool:
    return body["status"] == _WRONG and str(body["id"]) in examinations


def _row(work: ReadWork, body: Body, person: Body, examination: Examination | None) -> Row:
    title, kind = STATES.get(str(body["status"]), STATES["unknown"])
    on = day_of(moment_of(body, "period"))
    doctors = (one.get("individual") for one in body.get("participant", ()))
    return {
        "id": body["id"],
        "href": f"/examinations/{examination.id}" if examination else f"/visits/{body['id']}",
        "examination": examination is not None,
        "person": person,
        "name": name_of(person),
        "sex": person.get("gender"),
        "birth_date": born_of(work, person),
        "reason": reason_of(body),
        "since": clock_text(moment_of(body, "period")),
        "on": on,
        "old": on is not None and on < work.today,
        "doctor": doctor_of(body),
        "doctor_id": next(filter(None, (id_of(d, "Practitioner") for d in doctors)), ""),
        "status": body["status"],
        "open": examination is None and body["status"] in queries.OPEN,
        "state": title,
        "kind": kind,
    }


def _beside(
    work: ReadWork, body: Body, person: Body, active: dict[str, None], prompts: Sequence[Prompt]
) -> Row:
    """What is to be minded; of who is done only what is dangerous."""
    still = body["status"] in queries.OPEN
    shown = [one for one in prompts if still or one.kind == "alert"]
    return {"labels": labels_of(work, person, active), "prompts": said(work, shown)}


def doctor_choices(work: ReadWork, rows: Sequence[Row]) -> list[tuple[str, str]]:
    """Ids and names to filter by: the station's doctors and whoever else sees somebody today."""
    found = {doctor.id: doctor.name for doctor in queries.list_doctors(work)}
    for row in rows:
        if row["doctor_id"]:
            found.setdefault(row["doctor_id"], row["doctor"])
    return list(found.items())


def is_with(row: Row, doctor: str) -> bool:
    """Whether a row is of a chosen doctor; everybody's where none is chosen."""
    return doctor in ("", row["doctor_id"] or NOBODY)


def cells(visit: Visit, work: ReadWork, row: Row, *, full: bool = False) -> Sequence[Cell]:
    """A row of the file; numbers masked unless `full`."""
    return (
        row["since"],
        row["name"],
        write_sex(row["sex"], visit.language),
        write_age(row["birth_date"], work.today, visit.language),
        *numbers_of(row["person"], full=full),
        "、".join(visit.translate(label["text"]) for label in row["labels"]),
        "；".join(one["text"] for one in row["prompts"]),
        row["reason"],
        row["doctor"],
        visit.translate(row["state"]),
    )
