"""What stands in a new follow-up before anybody types: history and lifestyle of the last one, what
was measured today, the height.

Never a measurement of another day, and never a conclusion (chronic-disease.md §2.5).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final

from health.declare import Programme
from health.fields import CONCLUSION, EDUCATION, VISIT_DATE, VISIT_MODE
from health.followups.joint import Joint
from health.followups.queries import list_follow_ups
from health.followups.services import FollowUp, day_of_visit
from kernel.canonical import LOINC
from kernel.declare.form import Field, Form
from kernel.messages import Message, _
from kernel.work import ReadWork
from records.api import day_of, find_all, measured_on, with_words

HEIGHT: Final = "height"
PROGRAMME: Final = "programme"
"""The field in which an outcome of a referral says which programme it belongs to."""
_BODY_HEIGHT: Final = "8302-2"
_RECENT: Final = 6
FROM_LAST: Final = _("沿用上次 %(day)s")
FROM_TODAY: Final = _("带入今日测量，请核对")
FROM_MEASURE: Final = _("沿用 %(day)s 的测量")


@dataclass(frozen=True, slots=True)
class Beginning:
    """Values by their keys on the page, and by the same keys where they come from.

    `last` says in words what was found the last time in the fields that are measured anew.
    """

    values: Mapping[str, Any]
    marks: Mapping[str, str]
    last: Mapping[str, str]


def beginning(work: ReadWork, patient_id: str, joint: Joint, *, about: str = "") -> Beginning:
    """What a new follow-up of today begins with. `about` is the programme of a referral."""
    form = joint.form
    values: dict[str, Any] = {}
    marks: dict[str, str] = {}
    last: dict[str, str] = {}
    for programme, before, on in _latest(work, patient_id, joint):
        mark = Message(FROM_LAST, day=on.isoformat())
        copied = joint.page(programme, kept(programme, before))
        values |= {name: _together(values.get(name), value) for name, value in copied.items()}
        marks |= dict.fromkeys((joint.field_of(name) for name in copied), mark)
        last |= {joint.name(programme, key): said for key, said in _said(before).items()}
    height = _height(work, patient_id, form)
    found = measured_on(work, patient_id, form.fields, on=work.today)
    if height is not None and HEIGHT not in found:
        values[HEIGHT] = height[0]
        marks[HEIGHT] = Message(FROM_MEASURE, day=height[1].isoformat())
    values |= found
    marks |= dict.fromkeys(found, FROM_TODAY)
    return Beginning({**values, **_defaults(work, joint, about)}, marks, last)


def _together(before: Any, after: Any) -> Any:
    """Rows of two programmes beside each other (each treats with drugs of its own), else the later.

    A drug that stands in both is told as the later one has it.
    """
    if not _is_rows(before) or not _is_rows(after):
        return after
    named = {row.get("name"): row for row in (*before, *after)}
    return tuple(named.values())


def _is_rows(value: Any) -> bool:
    return isinstance(value, tuple) and bool(value) and isinstance(value[0], Mapping)


def _latest(
    work: ReadWork, patient_id: str, joint: Joint
) -> list[tuple[Programme, FollowUp, date]]:
    """The last follow-up in each programme, the latest of all at the end."""
    found = []
    for programme in joint.programmes:
        for one in list_follow_ups(work, patient_id, programme.name, most=_RECENT):
            on = day_of_visit(one)
            if one.asked.programme is programme and on is not None:
                found.append((programme, one, on))
                break
    return sorted(found, key=lambda each: each[2])


def kept(programme: Programme, before: FollowUp) -> dict[str, Any]:
    """What is copied of a follow-up: declared, or habit; nothing measured or concluded."""
    form = programme.form()
    wanted = {*programme.carried, EDUCATION}
    concluded = {
        one.key for section in form.sections if section.key == CONCLUSION for one in section.fields
    }
    keys = {
        one.key
        for one in form.fields
        if one.key in wanted and one.key not in concluded and not one.computed
        and (one.coded is None or one.key == HEIGHT)
    }  # fmt: skip
    return {n: value for n, value in before.values.items() if n.partition(".")[0] in keys}


def _said(before: FollowUp) -> dict[str, str]:
    """What was measured the last time, in words."""
    fields: Iterable[Field] = before.asked.form.fields
    return {
        one.key: with_words(one, before.values)
        for one in fields
        if one.coded is not None and one.key in before.values
    }


def _height(work: ReadWork, patient_id: str, form: Form) -> tuple[Decimal | int, date] | None:
    """The latest height in cm that anybody measured, and when; where the form asks for it."""
    if all(one.key != HEIGHT for one in form.fields):
        return None
    found = find_all(
        work, "Observation", ("patient", patient_id), ("code", f"{LOINC}|{_BODY_HEIGHT}"),
        ("status:not", "entered-in-error"), ("_sort", "-date"), ("_count", "1"),
    )  # fmt: skip
    for body in found:
        quantity, on = body.get("valueQuantity", {}), day_of(body.get("effectiveDateTime"))
        value = quantity.get("value")
        if quantity.get("code") == "cm" and on and isinstance(value, Decimal | int):
            return value, on
    return None


def _defaults(work: ReadWork, joint: Joint, about: str) -> dict[str, Any]:
    keys = {one.key for one in joint.form.fields}
    usual = joint.programmes[0].usual_mode
    found: dict[str, Any] = {VISIT_DATE: work.today, VISIT_MODE: usual, PROGRAMME: about}
    return {key: value for key, value in found.items() if key in keys and value}
