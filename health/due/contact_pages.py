"""Noting a try to reach somebody who did not come, and calling him lost for the time being."""

from datetime import date
from typing import Any, Final

from starlette.responses import Response

from health.due.contacts import WAYS, Contact, list_contacts, record_contact, suspend_lost
from health.due.queries import DueQuery, list_rows
from health.due.rows import Tab
from health.due.views import rule_of, views_of
from health.permissions import ENROL, WRITE
from kernel.audit.entry import Action
from kernel.errors import Refused
from kernel.messages import _
from kernel.values.dates import parse_date
from kernel.values.invalid import InvalidValue
from kernel.web.page import FormState
from kernel.web.pages import Pages
from kernel.web.shell import page, see_other
from kernel.web.submission import submission_of
from kernel.web.visit import Visit
from kernel.work import ReadWork, Work
from records.api import catalogue, day_of, get_resident, name_of

PAGES = Pages()
BACK: Final = f"/due?tab={Tab.OVERDUE}"
_NAMES: Final = ("on", "way", "reached", "words")
_CHOOSE: Final = _("请选择是否联系上。")
_DAY: Final = _("请填写联系日期，例如 2026-11-23。")


@PAGES.reads("/due/{id}/contact", permission=WRITE)
def new_contact(visit: Visit, work: ReadWork) -> Response:
    """A form for a try to reach somebody."""
    return _form(visit, work, FormState({"on": work.today.isoformat(), "way": "phone"}))


def _form(visit: Visit, work: ReadWork, state: FormState) -> Response:
    id_ = visit.params["id"]
    patient = get_resident(work, id_)
    rows = list_rows(work, DueQuery(person=id_), until=work.today)
    values: dict[str, Any] = {
        "resident": {
            "id": id_,
            "name": name_of(patient),
            "sex": patient.get("gender"),
            "birth_date": day_of(patient.get("birthDate")),
        },
        "rows": views_of(work, rows),
        "contacts": list_contacts(work, id_),
        "ways": [(code, visit.translate(title)) for code, title in catalogue.choices(WAYS)],
        "rule": rule_of(work),
        "submission": submission_of(visit),
        "back_href": BACK,
        "form_state": state,
    }
    status = 422 if state.errors else 200
    return page(visit, "due/contact.html", http_status=status, **values)


@PAGES.writes("/due/{id}/contact", permission=WRITE, action=Action.CREATE)
def save_contact(visit: Visit, work: Work) -> Response:
    """Note it, and go back to who is overdue."""
    typed = {name: visit.field(name) for name in _NAMES}
    errors = {}
    on = _day(typed["on"])
    if on is None:
        errors["on"] = _DAY
    if typed["reached"] not in ("yes", "no"):
        errors["reached"] = _CHOOSE
    if not errors:
        contact = Contact(on or date.min, typed["way"], typed["reached"] == "yes", typed["words"])
        try:
            record_contact(work, visit.params["id"], contact, id=submission_of(visit))
        except Refused as refused:
            if refused.status != 422:
                raise
            errors = {one.expression: one.diagnostics for one in refused.issues}
    if errors:
        return _form(visit, work, FormState(typed, errors))
    return see_other(visit, BACK, flash="contact-noted")


def _day(text: str) -> date | None:
    try:
        return parse_date(text)
    except InvalidValue:
        return None


@PAGES.writes("/due/{id}/suspend", permission=ENROL)
def suspend(visit: Visit, work: Work) -> Response:
    """Call somebody lost for the time being in the programmes where the rule is met."""
    names = tuple(filter(None, visit.field("programmes").split(",")))
    suspend_lost(work, visit.params["id"], names, rule=rule_of(work))
    return see_other(visit, f"/due?tab={Tab.LOST}", flash="programme-suspended")
