"""/referral-office/bulk: several referrals accepted into the next free slots, all or none."""

from collections.abc import Sequence
from typing import Any, Final, NamedTuple

from starlette.responses import Response

from kernel.audit.entry import Action
from kernel.messages import Message, _
from kernel.web.flashes import told
from kernel.web.pages import Pages
from kernel.web.shell import page, see_other
from kernel.web.submission import submission_of
from kernel.web.visit import Visit
from kernel.work import ReadWork, Work
from records.api import derived_id
from referral.office.accepting import (
    ENDED,
    NO_SLOT,
    Acceptance,
    Planned,
    Unaccepted,
    accept_all,
    plan,
)
from referral.office.booking import Booking
from referral.office.departments import list_departments
from referral.office.pages import PATH
from referral.office.queries import Line, find_lines
from referral.office.repeated import has_slot
from referral.office.views import rows_of
from referral.permissions import OFFICE

PAGES = Pages()
MOST: Final = 50
_NOBODY: Final = _("请先在名单中勾选要接收的转诊。")
_TOO_MANY: Final = _("一次最多接收 %(most)s 份，现在选了 %(n)s 份。")
_DEPARTMENT: Final = _("请选择接收科室。")
_SOME: Final = _("没有保存：有 %(n)s 份不能接收，原因见下表。请去掉它们，或重新选择后再接收。")
_DONE: Final = _("已接收 %(n)s 份转诊并预约到%(department)s。")


class _Chosen(NamedTuple):
    """What was ticked: referrals with the version that was shown, and the department for all."""

    referrals: tuple[tuple[str, int], ...]
    department: str
    error: str


@PAGES.reads(f"{PATH}/bulk", permission=OFFICE, post=True, action=Action.SEARCH)
def bulk(visit: Visit, work: ReadWork) -> Response:
    """Show which slot each would get, before anything is saved."""
    return _page(visit, work, _chosen(visit, work), {})


def _chosen(visit: Visit, work: ReadWork) -> _Chosen:
    visit.subject = "Patient"
    pairs = (text.rpartition(":") for text in visit.choices("chosen"))
    found = tuple(
        {id_: int(version) for id_, _colon, version in pairs if _is_number(version)}.items()
    )
    department = visit.field("bulk-department")
    error = ""
    if not found:
        error = _NOBODY
    elif len(found) > MOST:
        error = Message(_TOO_MANY, most=MOST, n=len(found))
    elif department not in dict(list_departments(work, work.actor.organisation_id)):
        error = _DEPARTMENT
    return _Chosen(found, department, error)


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 10


def _page(
    visit: Visit, work: ReadWork, chosen: _Chosen, faults: dict[str, str], status: int = 0
) -> Response:
    departments = list_departments(work, work.actor.organisation_id)
    planned: list[Planned] = []
    if not chosen.error:
        planned = plan(work, chosen.referrals, department_id=chosen.department)
    rows = _rows(visit, work, planned, faults)
    wrong = sum(bool(row["fault"]) for row in rows)
    error = chosen.error or (Message(_SOME, n=wrong) if wrong and status else "")
    return page(
        visit,
        "referral_office/bulk.html",
        http_status=422 if chosen.error else (status or 200),
        rows=rows,
        error=error,
        ready=bool(rows) and not wrong,
        wrong=wrong,
        department=chosen.department,
        department_name=dict(departments).get(chosen.department, ""),
        departments=departments,
        chosen=[f"{id_}:{version}" for id_, version in chosen.referrals],
        submission=submission_of(visit),
    )


def _rows(
    visit: Visit, work: ReadWork, planned: Sequence[Planned], faults: dict[str, str]
) -> list[dict[str, Any]]:
    tree = visit.site.authenticator.tree(work.connection)
    lines: dict[str, Line] = {
        one.request_id: one for one in find_lines(work, [one.request_id for one in planned])
    }
    shown = {row["id"]: row for row in rows_of(work, tree, list(lines.values()))}
    return [
        {
            "row": shown.get(one.request_id),
            "id": one.request_id,
            "key": f"{one.request_id}:{one.version}",
            "slot": one.slot,
            "fault": faults.get(one.request_id) or one.fault,
        }
        for one in planned
    ]


# Saving -----------------------------------------------------------------------------------------


@PAGES.alone(f"{PATH}/bulk/accept", permission=OFFICE, post=True)
def accept_bulk(visit: Visit) -> Response:
    """Accept all of them into their slots; where one cannot be, nothing is saved."""
    station = visit.site.station
    try:
        with station.write(visit.actor) as work:
            response = _accepted(visit, work)
            patients = sorted(work.touched)
    except Unaccepted as unaccepted:
        with station.read(visit.actor) as work:
            faults = unaccepted.faults
            response = _page(visit, work, _chosen(visit, work), faults, 409)
            visit.note(Action.READ, patients=sorted(work.touched), resource_type="Patient")
        return response
    visit.note(Action.UPDATE, patients=patients, resource_type="Task")
    return response


def _accepted(visit: Visit, work: Work) -> Response:
    """Raises Unaccepted."""
    chosen = _chosen(visit, work)
    if chosen.error:
        raise Unaccepted({})
    acceptances = [_acceptance(visit, work, chosen, *one) for one in chosen.referrals]
    first = acceptances[0]
    if not has_slot(work, first.request_id, visit.field(f"slot-{first.request_id}")):
        accept_all(work, acceptances)  # else a second click
    names = dict(list_departments(work, work.actor.organisation_id))
    values = {"n": len(acceptances), "department": names[chosen.department]}
    return see_other(visit, PATH, flash=told(work.keys, Message(_DONE, **values)))


def _acceptance(
    visit: Visit, work: ReadWork, chosen: _Chosen, request_id: str, version: int
) -> Acceptance:
    slot = visit.field(f"slot-{request_id}")
    if not slot:
        raise Unaccepted({request_id: NO_SLOT})
    lines = find_lines(work, [request_id])
    if not lines:
        raise Unaccepted({request_id: ENDED})
    booking = Booking(
        derived_id(submission_of(visit) + request_id, "booked"),
        request_id,
        lines[0].patient_id,
        chosen.department,
        slot,
    )
    return Acceptance(request_id, chosen.department, booking, seen=version)
