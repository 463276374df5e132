"""The worked cases of chronic-disease.md as they stand there, and how one is judged.

A line is `number | day | inputs | class | action | next`; inputs are `key=value` or a word that
stands for several (`prevUncontrolled`, `adr`). What a line does not say is as `usual`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from health.declare import Action, Case, Decision, Earlier, Programme
from kernel.declare.form import Field, FieldKind, Form

BORN = date(1972, 5, 1)


@dataclass(frozen=True)
class Worked:
    """One line: what goes in, and what has to come out."""

    number: str
    on: date
    inputs: tuple[str, ...]
    outcome: str
    action: Action
    due: date

    def __str__(self) -> str:
        return self.number


@dataclass
class Given:
    """The inputs of a line as values of the form, of the card, and of the visit before."""

    values: dict[str, Any] = field(default_factory=dict)
    card: dict[str, Any] = field(default_factory=dict)
    before: dict[str, Any] = field(default_factory=dict)
    uncontrolled: bool = False
    adverse: bool = False
    earlier: bool = False


def worked(table: str) -> list[Worked]:
    """The lines of a table."""
    return [_worked(line) for line in table.strip().splitlines()]


def _worked(line: str) -> Worked:
    number, on, inputs, outcome, action, due = (part.strip() for part in line.split("|"))
    said = () if inputs == "-" else tuple(one.strip() for one in inputs.split(","))
    return Worked(
        number, date.fromisoformat(on), said, outcome, Action[action], date.fromisoformat(due)
    )


WORDS: Mapping[str, tuple[str, Any]] = {
    "adr": ("adr", "2"),
    "adrHardToControl": ("adr-hard", "2"),
    "newComplication": ("new-complication", "足部溃疡"),
    "complicationWorse": ("complication-worse", "吞咽困难加重"),
}


def flags(given: Given, said: str) -> bool:
    """Take a word that every programme has; False for any other."""
    if said in WORDS:
        key, value = WORDS[said]
        given.values[key] = value
    elif said == "prevUncontrolled":
        given.uncontrolled = given.earlier = True
    elif said == "prevAdr":
        given.adverse = given.earlier = True
    else:
        return False
    return True


def typed(form: Form, key: str, text: str) -> Any:
    """A value of a field's kind."""
    kind = form.field(key).kind
    if kind is FieldKind.INTEGER:
        return int(text)
    if kind is FieldKind.DECIMAL:
        return Decimal(text)
    return (text,) if kind is FieldKind.CHOICES else text


def before(one: Worked, given: Given, outcome: str = "1") -> tuple[Earlier, ...]:
    """The visit before, where the line speaks of one."""
    if not (given.earlier or given.before):
        return ()
    day = one.on - timedelta(days=14)
    visit = Earlier(
        day, outcome, Action.ADJUST, given.uncontrolled, given.adverse, values=given.before
    )
    return (visit,)


def judge(programme: Programme, one: Worked, given: Given, **person: Any) -> Decision:
    """What the programme decides about a line."""
    case = Case(on=one.on, earlier=before(one, given), card=given.card, **{"born": BORN, **person})
    return programme.decide(programme.complete(given.values), case)


def expect(decision: Decision, one: Worked) -> None:
    """The class, the action and the next date are those of the line, and are explained."""
    got = (decision.outcome, decision.action, decision.due_on)
    assert got == (one.outcome, one.action, one.due)
    assert decision.reasons
    assert all(str(reason.text) for reason in decision.reasons)


def option(field_: Field, title: str) -> str:
    """The code of the option whose title begins so."""
    return next(one.code for one in field_.options if one.title.startswith(title))
