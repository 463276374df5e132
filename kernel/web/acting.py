"""A form that changes something: one transaction, or the form again with what is wrong with it.

What raises after something was written must not be kept, so the handlers open their own works.
"""

from collections.abc import Callable, Mapping
from datetime import date

from starlette.responses import Response

from kernel.audit.entry import Action
from kernel.errors import Refused
from kernel.messages import _, joined
from kernel.values.dates import parse_date
from kernel.values.invalid import InvalidValue
from kernel.web.page import FormState
from kernel.web.visit import Visit
from kernel.work import ReadWork, Work

_NO_DAY = _("请填写日期，例如 2026-11-23。")
_FORM_FAULTS = frozenset({409, 412, 422})

Typed = Mapping[str, str]


class Wrong(Exception):
    """The form is filled in wrongly: a sentence by field, translated by the page. Nothing was
    written.
    """

    def __init__(self, errors: Mapping[str, str]) -> None:
        super().__init__(", ".join(errors))
        self.errors = errors


def day_in(visit: Visit, name: str) -> date | None:
    """The day typed into a field, None for an empty one. Raises Wrong."""
    text = visit.field(name)
    try:
        return parse_date(text) if text else None
    except InvalidValue as wrong:
        raise Wrong({name: wrong.message}) from None


def needed_day(visit: Visit, name: str) -> date:
    """The day typed into a field that must have one. Raises Wrong."""
    day = day_in(visit, name)
    if day is None:
        raise Wrong({name: _NO_DAY})
    return day


def attempt(
    visit: Visit,
    act: Callable[[Work], Response],
    again: Callable[[ReadWork, FormState], Response],
    *,
    fields: frozenset[str] = frozenset(),
    action: Action = Action.UPDATE,
    resource_type: str,
) -> Response:
    """What `act` answers, its writing kept; where it is refused, `again` with what was typed.

    `fields` are the names on the form; a fault of anything else is told above the form. Refused
    for other reasons (401, 403, 404, …) goes on.
    """
    station, id_ = visit.site.station, visit.params.get("id")
    try:
        with station.write(visit.actor) as work:
            response = act(work)
            patients = sorted(work.touched)
    except Wrong as wrong:
        state = FormState(visit.form, wrong.errors)
    except Refused as refused:
        if refused.status not in _FORM_FAULTS:
            raise
        state = complained(visit, refused, fields)
    else:
        visit.note(action, patients=patients, resource_type=resource_type, resource_id=id_)
        return response
    with station.read(visit.actor) as work:
        response = again(work, state)
        visit.note(Action.READ, patients=sorted(work.touched), resource_type=resource_type)
        return response


_THEN = "%(first)s %(next)s"


def complained(visit: Visit, refused: Refused, fields: frozenset[str] | None = None) -> FormState:
    """The form as it was filled in, with what is wrong with it: a sentence by field.

    `fields` are the names on the form, None where every expression is one; a fault of anything
    else is told above the form (`form`).
    """
    errors: dict[str, str] = {}
    for issue in refused.issues:
        told = bool(issue.expression) and (fields is None or issue.expression in fields)
        name = issue.expression if told else "form"
        text, before = issue.diagnostics, errors.get(name, "")
        errors[name] = before if text in before else joined((before, text), by=_THEN)
    return FormState(visit.form, errors)
