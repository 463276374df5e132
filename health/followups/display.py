"""From the declared forms and their answers to what pages show: fields, words, versions."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any, Final

from health.declare import Case, Programme
from health.fields import ACTION, ACTION_REASON, CONCLUSION, NEXT_DATE, OUTCOME, OUTCOME_REASON
from health.followups.joint import Joint
from health.followups.proposing import decided_row
from health.followups.services import CANCEL_REASON, FollowUp, day_of_visit
from kernel.declare.form import Field, FieldKind, Form, Values
from kernel.form_values import with_unit
from kernel.messages import Message, _
from records.api import AMENDMENT_REASON, day_of, display_of, extension_value, with_words

Row = dict[str, Any]
DANGER: Final = "danger"
"""Key of the field in which danger signs are ticked: it stands apart from all others."""
_NUMBERED: Final = _("%(code)s %(title)s")
_HARD: Final = _("超出可能的范围，应在 %(low)s～%(high)s 之间")
_SOFT: Final = _("少见（通常 %(low)s～%(high)s），请核对")
_ABOVE: Final = _("未达标：目标低于 %(limit)s")
_LAST: Final = _("上次 %(value)s")
STATES: Final[Mapping[str, tuple[str, str]]] = {
    "in-progress": (_("未完成"), "due"),
    "completed": (_("已完成"), "ok"),
    "amended": (_("已更正"), "info"),
    "entered-in-error": (_("已作废"), "neutral"),
    "stopped": (_("已停止"), "neutral"),
}
_ROLES: Final = (
    OUTCOME, OUTCOME_REASON, ACTION, ACTION_REASON, NEXT_DATE, "referral-reason", "referral-to",
)  # fmt: skip
_WIDE: Final = frozenset({FieldKind.CHOICES, FieldKind.LONG_TEXT, FieldKind.ROWS})
_NUMBERS: Final = frozenset({FieldKind.INTEGER, FieldKind.DECIMAL})


# The form ---------------------------------------------------------------------------------------


def limits(programmes: tuple[Programme, ...], case: Case) -> dict[str, int | float]:
    """The value below which each field of the trends is on target, by its own key."""
    found: dict[str, int | float] = {}
    for programme in programmes:
        for trend in programme.trends:
            for key, limit in zip(trend.keys, trend.band(case), strict=False):
                found[key] = min(limit, found.get(key, limit))
    return found


def sections(
    joint: Joint,
    case: Case,
    *,
    marks: Mapping[str, str],
    last: Mapping[str, str],
) -> list[Row]:
    """The form of a page, section by section; every field with what its keyboard and marks need.

    `marks` says where a value comes from that nobody has typed, `last` what was found last time.
    """
    roles = {
        joint.name(programme, key): (programme.name, key)
        for programme in joint.programmes
        for key in _ROLES
    }
    needed = {joint.name(one, key) for one in joint.programmes for key in one.mandatory}
    band = limits(joint.programmes, case)
    found = []
    for section in joint.form.sections:
        rows = [
            {
                "field": numbered(field),
                "wide": field.kind in _WIDE,
                "danger": field.key.rpartition(".")[2] == DANGER,
                "fill": field.required or field.key in needed or field.coded is not None
                or field.key.rpartition(".")[2] == DANGER,
                "mark": marks.get(field.key, ""),
                "last": Message(_LAST, value=last[field.key]) if field.key in last else "",
                "remarks": dict(_remarks(field, band.get(field.key))),
                "role": roles.get(field.key, ("", "")),
            }
            for field in section.fields
            if not field.computed
        ]  # fmt: skip
        if rows:
            found.append({"key": section.key, "title": section.title, "rows": rows})
    return found


def concluding(found: list[Row]) -> tuple[list[Row], list[Row]]:
    """The sections that are filled in, and those in which the clinician concludes."""
    asked = [one for one in found if one["key"] != CONCLUSION]
    return asked, [one for one in found if one["key"] == CONCLUSION]


def numbered(field: Field) -> Field:
    """A field whose choices show the number that is printed on the form, and chooses them.

    Choices whose codes are words are counted.
    """
    counted = [
        replace(
            one, title=Message(_NUMBERED, code=printed_number(field, one.code), title=one.title)
        )
        for one in field.options
    ]
    return replace(field, options=tuple(counted)) if counted else field


def printed_number(field: Field, code: str) -> str:
    """The number of a choice on paper: its code, or its place where the codes are words."""
    if code.isdecimal():
        return code
    return str([one.code for one in field.options].index(code) + 1)


def _remarks(field: Field, limit: int | float | None) -> Iterator[tuple[str, Row]]:
    """What is said at once about a number that is impossible, rare, or above its target."""
    if field.kind not in _NUMBERS:
        return
    for name, text, between in (("hard", _HARD, field.hard), ("soft", _SOFT, field.soft)):
        if between is not None:
            low, high = (f"{one:f}" for one in between)
            said = Message(text, low=low, high=with_unit(high, field.unit))
            yield name, {"low": low, "high": high, "text": said}
    if limit is not None:
        text = Message(_ABOVE, limit=with_unit(str(limit), field.unit))
        yield "target", {"limit": str(limit), "text": text}


# What was answered ------------------------------------------------------------------------------


def head_of(one: FollowUp) -> Row:
    """One line about a follow-up, with what was decided."""
    state, kind = STATES[one.body["status"]]
    programme = one.asked.programme
    told = [
        extension_value(one.body, url, "valueString") for url in (CANCEL_REASON, AMENDMENT_REASON)
    ]
    return {
        "id": one.id,
        "on": day_of_visit(one),
        "title": one.asked.form.title,
        "short": programme.short,
        "programme": programme.name,
        "status": one.body["status"],
        "state": state,
        "kind": kind,
        "author": display_of(one.body.get("author")),
        "version": one.version,
        "saved_on": day_of(one.body.get("meta", {}).get("lastUpdated")),
        "reason": next(filter(None, told), ""),
        "decided": one.decided and decided_row(programme, one.decided, form=one.asked.form),
        "outcome_reason": one.values.get(OUTCOME_REASON, ""),
        "action_reason": one.values.get(ACTION_REASON, ""),
    }


def answered(form: Form, values: Values, band: Mapping[str, int | float]) -> list[Row]:
    """Everything that was filled in, section by section, in words and with units."""
    found = []
    for section in form.sections:
        rows = [_line(one, values, band) for one in section.fields if one.key in values]
        if rows:
            found.append({"key": section.key, "title": section.title, "rows": rows})
    return found


def _line(field: Field, values: Values, band: Mapping[str, int | float]) -> Row:
    value = values[field.key]
    table = value if field.kind is FieldKind.ROWS and isinstance(value, tuple) else ()
    limit = band.get(field.key)
    above = limit is not None and isinstance(value, int | Decimal) and value >= Decimal(str(limit))
    return {
        "title": field.title,
        "text": "" if table else with_words(field, values),
        "columns": [column.title for column in field.columns],
        "table": [[with_words(column, row) for column in field.columns] for row in table],
        "judgement": Message(_ABOVE, limit=with_unit(str(limit), field.unit)) if above else "",
        "danger": field.key == DANGER,
    }
