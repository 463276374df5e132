"""What the programmes show on a resident's first page and beside a visit."""

from collections.abc import Iterator
from datetime import date
from typing import Any, Final

from health.declare import Activity, Programme
from health.due.choosing import ACTIVITY_TITLES
from health.enrolment import display
from health.fields import titles
from health.followups.queries import find_last, list_follow_ups
from health.followups.services import FollowUp, day_of_visit
from health.permissions import READ, WRITE
from health.resident.standing import Standing, badge_of, list_standings, progress_texts
from health.resident.trends import POINTS, charts_of
from health.resident.view import form_href, is_visit, missing_rows
from kernel.declare.form import Values
from kernel.declare.module import Panel
from kernel.form_values import written
from kernel.messages import CLAUSES, Message, _, joined
from kernel.work import ReadWork
from records.api import figures_of, get_resident

Row = dict[str, Any]
DRUGS, ADHERENCE = "drugs", "adherence"
_ADHERENCE_BADGES: Final = {"1": "ok", "2": "due", "3": "alert"}
_DRAWN_ELSEWHERE: Final = frozenset({"mmHg"})
"""The panel of the last measurements beside ours draws the pressure, with its target."""


def programmes(work: ReadWork, patient_id: str) -> Row | None:
    """专项管理: state, last class, next date and this year's progress; what is missing.

    None for whom no programme is meant.
    """
    found = [one for one in list_standings(work, patient_id) if _shown(one)]
    rows = [_programme(one, work.today) for one in found]
    missing = missing_rows(work, patient_id, rows)
    if not rows and not missing:
        return None
    return {"patient_id": patient_id, "rows": rows, "missing": missing}


def _shown(one: Standing) -> bool:
    return one.enrolment.open or one.enrolment.applied


def _programme(one: Standing, today: date) -> Row:
    state, kind = display.state_of(one.programme, one.enrolment.status)
    due = one.next if one.enrolment.status == "active" else None
    return {
        "name": one.programme.name,
        "title": one.programme.short,
        "state": state,
        "kind": kind,
        "open": one.enrolment.open,
        "applied": one.enrolment.applied,
        "last": badge_of(one.programme, one.last.outcome) if one.last else None,
        "last_on": one.last.on if one.last else None,
        "next_on": due.on if due else None,
        "next_what": ACTIVITY_TITLES[Activity(due.activity)] if due else "",
        "overdue": due is not None and due.on < today,
        "progress": progress_texts(one, today),
    }


def trends(work: ReadWork, patient_id: str) -> list[Row] | None:
    """The courses of what the running programmes measure, with their target bands."""
    charts = [
        chart
        for one in _running(work, patient_id)
        if any(trend.unit not in _DRAWN_ELSEWHERE for trend in one.programme.trends)
        for chart in charts_of(
            work,
            patient_id,
            one.programme,
            list_follow_ups(work, patient_id, one.programme.name, most=POINTS),
        )
        if chart["unit"] not in _DRAWN_ELSEWHERE
    ]
    return charts or None


def _running(work: ReadWork, patient_id: str) -> Iterator[Standing]:
    return (one for one in list_standings(work, patient_id) if one.enrolment.open)


def medication(work: ReadWork, patient_id: str) -> list[Row] | None:
    """The drugs that the last follow-up of each running programme names, and the adherence."""
    rows = []
    for one in _running(work, patient_id):
        last = find_last(work, patient_id, one.programme) if one.last else None
        if last is not None and (DRUGS in last.values or ADHERENCE in last.values):
            rows.append(_medication(one.programme, last))
    return rows or None


def _medication(programme: Programme, last: FollowUp) -> Row:
    code, field = str(last.values.get(ADHERENCE, "")), None
    if code:
        field = last.asked.form.field(ADHERENCE)
    return {
        "title": programme.short,
        "on": day_of_visit(last),
        "drugs": [_drug(row) for row in last.values.get(DRUGS, ())],
        "adherence": joined(titles(field, last.values)) if field else "",
        "kind": _ADHERENCE_BADGES.get(code, "neutral"),
    }


def _drug(row: Values) -> Row:
    """A line of 用药情况: the name, and how it is taken."""
    times, dose, unit = row.get("times"), row.get("dose"), row.get("unit", "")
    parts = []
    if times is not None:
        parts.append(Message(_("每日 %(n)s 次"), n=times))
    if dose is not None:
        parts.append(Message(_("每次 %(dose)s%(unit)s"), dose=written(dose), unit=unit))
    return {"name": row["name"], "how": joined(parts, by=CLAUSES)}


def at_visit(work: ReadWork, encounter_id: str) -> Row | None:
    """What is due for the person of a visit, to be done as part of it; None where nothing is.

    Of the screenings those that wait for a recheck are named; a first one needs no word here,
    because it is recorded by the pressure that the visit measures.
    """
    patient_id = figures_of(work, encounter_id).patient_id
    patient = get_resident(work, patient_id)
    found = [one for one in list_standings(work, patient_id) if _shown(one)]
    active = [one for one in found if one.enrolment.status == "active"]
    rows = [_due_row(patient_id, one, work.today) for one in active if one.next is not None]
    missing = missing_rows(work, patient_id, [_programme(one, work.today) for one in found])
    rows.sort(key=lambda row: row["on"])
    if not rows and not missing:
        return None
    return {
        "patient_id": patient_id,
        "encounter_id": encounter_id,
        "rows": rows,
        "names": [row["name"] for row in rows if row["soon"] and row["joint"]],
        "missing": [one for one in missing if not one["screens"]],
        "screenings": [one for one in missing if one["screens"]],
        "may_write": work.actor.may(WRITE) and patient.get("active", True),
    }


_SOON: Final = 14
"""Days before a deadline from which somebody who is here anyway may be followed up at once."""


def _due_row(patient_id: str, one: Standing, today: date) -> Row:
    due = one.next
    if due is None:
        raise LookupError(one.programme.name)
    return {
        "name": one.programme.name,
        "title": one.programme.short,
        "what": ACTIVITY_TITLES[Activity(due.activity)],
        "on": due.on,
        "overdue": due.on < today,
        "soon": (due.on - today).days <= _SOON,
        "joint": is_visit(due.activity),
        "href": form_href(patient_id, one.programme, due.activity),
        "last": badge_of(one.programme, one.last.outcome) if one.last else None,
    }


_FOLDER: Final = "programmes/panels"
PANELS: Final = (
    Panel(
        "resident", "programmes", _("专项管理"), f"{_FOLDER}/programmes.html", programmes, READ, 5,
        wide=True,
    ),
    Panel(
        "resident", "trends", _("随访趋势"), f"{_FOLDER}/trends.html", trends, READ, 12, wide=True
    ),
    Panel(
        "resident", "follow-up-drugs", _("随访用药"), f"{_FOLDER}/medication.html", medication,
        READ, 42,
    ),
    Panel("visit", "due-today", _("健康管理待办"), f"{_FOLDER}/visit.html", at_visit, READ, 10),
)  # fmt: skip
