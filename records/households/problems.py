"""家庭主要问题: what a household has to cope with, as extensions of its Group. Pure functions.

Parts: `on` (发生日期), `name`, `description`, `handling` (处理), `result` (结果), `solved-on`,
`doctor` (记录医生). Each has an element id, by which it is changed.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Final

from kernel.values.dates import parse_date
from kernel.values.invalid import InvalidValue
from kernel.web.i18n import _
from records.extensions import extensions
from records.households.codes import PROBLEM
from records.households.group import Body, Element
from records.reading import day_of, display_of, id_of

_TEXTS: Final = ("name", "description", "handling", "result")
_LONGEST: Final = {"name": 100, **dict.fromkeys(_TEXTS[1:], 1000)}
_NAME = _("请填写问题名称，最多 100 字。")
_ON = _("请填写发生日期。")
_FUTURE = _("日期不能晚于今天。")
_SOLVED = _("解决日期不能早于发生日期。")
_TOO_LONG = _("最多 1000 字。")


@dataclass(frozen=True, slots=True)
class Problem:
    """One problem; days are local, `solved_on` is None while it lasts."""

    id: str
    on: date | None
    name: str
    description: str = ""
    handling: str = ""
    result: str = ""
    solved_on: date | None = None
    doctor: str = ""
    doctor_name: str = ""


def problems_of(body: Body) -> list[Problem]:
    """The problems, the unsolved and latest first."""
    found = [_problem(one) for one in extensions(body, PROBLEM)]
    found.sort(key=lambda one: one.on or date.min, reverse=True)
    return sorted(found, key=lambda one: one.solved_on is not None)


def _problem(extension: Body) -> Problem:
    parts = {part.get("url"): part for part in extension.get("extension", ())}

    def text(name: str) -> str:
        return str(parts.get(name, {}).get("valueString", ""))

    doctor = parts.get("doctor", {}).get("valueReference")
    return Problem(
        id=str(extension.get("id", "")),
        on=day_of(parts.get("on", {}).get("valueDate")),
        name=text("name"),
        description=text("description"),
        handling=text("handling"),
        result=text("result"),
        solved_on=day_of(parts.get("solved-on", {}).get("valueDate")),
        doctor=id_of(doctor, "Practitioner"),
        doctor_name=display_of(doctor),
    )


def with_problem(body: Body, problem: Problem) -> Element:
    """The household with a problem added, or changed where one with its id is there."""
    made, kept = _extension(problem), list(body.get("extension", ()))
    for place, one in enumerate(kept):
        if one.get("url") == PROBLEM and one.get("id") == problem.id:
            kept[place] = made
            return {**body, "extension": kept}
    return {**body, "extension": [*kept, made]}


def _extension(problem: Problem) -> Element:
    parts: list[dict[str, Any]] = []
    if problem.on:
        parts.append({"url": "on", "valueDate": problem.on.isoformat()})
    for name in _TEXTS:
        if text := getattr(problem, name):
            parts.append({"url": name, "valueString": text})
    if problem.solved_on:
        parts.append({"url": "solved-on", "valueDate": problem.solved_on.isoformat()})
    if problem.doctor:
        reference = {"reference": f"Practitioner/{problem.doctor}"}
        if problem.doctor_name:
            reference["display"] = problem.doctor_name
        parts.append({"url": "doctor", "valueReference": reference})
    return {"id": problem.id, "url": PROBLEM, "extension": parts}


def typed_of(problem: Problem) -> dict[str, str]:
    """The form's fields as they are shown."""
    typed = {name: getattr(problem, name) for name in _TEXTS}
    typed["on"] = problem.on.isoformat() if problem.on else ""
    typed["solved_on"] = problem.solved_on.isoformat() if problem.solved_on else ""
    return typed


def understand(
    typed: Mapping[str, str], before: Problem, today: date
) -> tuple[Problem, dict[str, str]]:
    """The problem as it was typed, and what is wrong: a Chinese sentence by field."""
    texts = {name: typed.get(name, "").strip() for name in _TEXTS}
    errors = {name: _TOO_LONG for name in _TEXTS if len(texts[name]) > _LONGEST[name]}
    if not 1 <= len(texts["name"]) <= _LONGEST["name"]:
        errors["name"] = _NAME
    on = _day(typed, "on", today, errors)
    if on is None and "on" not in errors:
        errors["on"] = _ON
    solved_on = _day(typed, "solved_on", today, errors)
    if on and solved_on and solved_on < on:
        errors["solved_on"] = _SOLVED
    return replace(before, on=on, solved_on=solved_on, **texts), errors


def _day(typed: Mapping[str, str], name: str, today: date, errors: dict[str, str]) -> date | None:
    text = typed.get(name, "").strip()
    if not text:
        return None
    try:
        day = parse_date(text)
    except InvalidValue as wrong:
        errors[name] = wrong.message
        return None
    if day > today:
        errors[name] = _FUTURE
    return day
