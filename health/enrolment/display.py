"""What pages call the states of an enrolment, its steps, and what stands on its card."""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any, Final

from health.declare import Programme
from health.enrolment.states import Step, possible
from health.permissions import APPROVE, ENROL
from kernel.declare.form import Field, FieldKind, Form, Values, beside
from kernel.form_values import with_unit, written
from kernel.messages import Message, _, joined
from kernel.security.actor import Actor

Row = dict[str, Any]
STATES: Final[Mapping[str, tuple[str, str]]] = {
    "planned": (_("已退回，待修改"), "alert"),
    "waitlist": (_("已提交，待审核"), "info"),
    "active": (_("在管"), "ok"),
    "onhold": (_("暂时失访"), "due"),
    "finished": (_("已结束"), "neutral"),
    "cancelled": (_("已撤回"), "neutral"),
}
"""Title and badge by the EpisodeOfCare's status."""
_RESTS: Final = (_("暂停"), "due")
_SCREENED: Final = (_("筛查中"), "info")
STEP_TITLES: Final[Mapping[Step, str]] = {
    Step.SUBMIT: _("重新提交"),
    Step.APPROVE: _("审核通过"),
    Step.RETURN: _("退回申请"),
    Step.SUSPEND: _("暂停管理"),
    Step.RESUME: _("恢复管理"),
    Step.CLOSE: _("结束管理"),
}
_WITHDRAW: Final = _("撤回申请")
APPLIED: Final = frozenset({"planned", "waitlist"})
_DECIDES: Final = frozenset({Step.APPROVE, Step.RETURN})


def state_of(programme: Programme, status: str) -> tuple[str, str]:
    """Title and badge of an enrolment's state.

    What is applied for rests where another is lost; who is screened is not managed.
    """
    if programme.screens and status == "active":
        return _SCREENED
    return _RESTS if programme.approved and status == "onhold" else STATES[status]


def permission_of(step: Step) -> str:
    """What a step needs."""
    return APPROVE if step in _DECIDES else ENROL


def step_title(step: Step, status: str) -> str:
    """What a step is called in a state: who ends an application withdraws it."""
    return _WITHDRAW if step is Step.CLOSE and status in APPLIED else STEP_TITLES[step]


def steps_of(actor: Actor, status: str) -> list[tuple[str, str]]:
    """The steps that the actor may take from a state: the end of the address, and the title."""
    return [
        (step.value, step_title(step, status))
        for step in possible(status)
        if actor.may(permission_of(step))
    ]


def card_sections(form: Form, values: Values) -> list[Row]:
    """What was filled into a card, section by section: title, rows of title and text."""
    found = []
    for section in form.sections:
        rows = [
            {"title": one.title, "text": worded(one, values)}
            for one in section.fields
            if one.key in values
        ]
        if rows:
            found.append({"title": section.title, "rows": rows})
    return found


def worded(field: Field, values: Values) -> str:
    """A value in words with its unit, and with what was written beside its codes."""
    value = values[field.key]
    if field.kind is FieldKind.ROWS and isinstance(value, tuple):
        return joined(joined(_cells(field, row)) for row in value)
    if field.options:
        codes = value if isinstance(value, tuple) else (value,)
        return joined(_option(field, str(code), values) for code in codes)
    if isinstance(value, int | Decimal):
        return with_unit(written(value), field.unit)
    return written(value)


def _cells(field: Field, row: Values) -> Iterator[str]:
    return (worded(column, row) for column in field.columns if column.key in row)


def _option(field: Field, code: str, values: Values) -> str:
    title = field.by_code[code].title
    words = values.get(beside(field.key, code))
    if words is None:
        return Message(title)
    return Message(_("%(title)s（%(words)s）"), title=title, words=words)
