"""康复, also after surgery: who, what follows, when again. The form is in `rehabilitation_form`.

Local practice (chronic-disease.md §9): an evaluation every 30 days; without a gain in two of them
in a row the person is referred. The intervals and the cut-offs of the effect are parameters.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, Final

from health.declare import (
    Action,
    Activity,
    Case,
    Decision,
    Outcome,
    Planned,
    Programme,
    Reason,
)
from health.eligibility import diagnosed
from health.judging import months_later, next_dates
from health.parameters import REHABILITATION
from health.programmes.rehabilitation_form import FIRST, ITEMS, NAME, SOURCE, card, form
from health.signs import danger_signs
from kernel.declare.form import Values
from kernel.messages import Message, _

CLAUSE: Final = _("康复训练（地方做法）")
MARKED: Final = Outcome("1", _("显效"), "ok")
SOME: Final = Outcome("2", _("有效"), "ok")
NO_EFFECT: Final = Outcome("3", _("无效"), "alert")
BEGUN: Final = Outcome("4", _("初次评估"), "neutral")
REACHED: Final = Outcome("5", _("目标达成"), "ok")
BARTHEL: Final = ((40, _("重度依赖")), (60, _("中度依赖")), (99, _("轻度依赖")), (100, _("独立")))
"""The highest Barthel index of each grade (§9)."""

_HOT = _("体温 %(value)s ℃（>%(limit)s ℃）")
_STALLED = _("连续两次评估无进步：上次 %(day)s，本次 %(before)s 分 → %(now)s 分")
_GAIN = _("评估总分 %(now)s 分，首期 %(first)s 分，变化 %(gain)s 分")
_BEGIN = _("初次评估总分 %(now)s 分")
_SAME = _("较上次（%(before)s 分）无进步，请调整训练计划")
_REACHED = _("达到康复目标，可结束管理，3 个月后复查")
_BARTHEL = _("Barthel 指数 %(score)s 分：%(grade)s")
_THROMBOSIS = _("深静脉血栓预防用药计划 %(day)s 结束，请评估")


@dataclass(frozen=True, slots=True)
class Progress:
    """The total of an evaluation, of the one before, and of the one that a gain is counted from.

    `before` and `first` are None at the first evaluation.
    """

    now: int
    before: int | None = None
    first: int | None = None

    @property
    def stalled(self) -> bool:
        """Whether nothing was gained since the evaluation before."""
        return self.before is not None and self.now <= self.before


def total(values: Values) -> int:
    """The points of the thirteen items, 0 to 26."""
    return sum(int(str(values[key])) for key in ITEMS)


def progress(values: Values, case: Case) -> Progress:
    """What was gained; an evaluation that is the first one by its stage begins anew."""
    before = case.last.values.get("score") if case.last else None
    if values.get("stage") == "1" or not isinstance(before, int):
        return Progress(total(values))
    first = values.get(FIRST)
    return Progress(total(values), before, first if isinstance(first, int) else before)


def decide(values: Values, case: Case) -> Decision:
    """Effect, action and the next evaluation (§9)."""
    made, reached = progress(values, case), values.get("goal-reached") == "2"
    dangers = _dangers(values, case.on)
    action = Action.EMERGENCY if dangers else _action(made, case, reached)
    told = (*dangers, *_progress(made, case, action, reached), *_advice(values, case))
    return Decision(
        (REACHED if reached else _effect(made, case.on)).code,
        action,
        _planned(case.on, action, reached),
        tuple(Reason(text, CLAUSE) for text in told),
        uncontrolled=made.stalled,
    )


def _dangers(values: Values, on: date) -> tuple[str, ...]:
    temperature, limit = values.get("temperature"), REHABILITATION.on(on).fever
    fever = isinstance(temperature, Decimal) and temperature > limit
    hot = (Message(_HOT, value=temperature, limit=limit),) if fever else ()
    return (*hot, *danger_signs(form().field("danger"), values))


def _action(made: Progress, case: Case, reached: bool) -> Action:
    again = made.stalled and case.last is not None and case.last.uncontrolled
    return Action.REFER if again and not reached else Action.ROUTINE


def _effect(made: Progress, on: date) -> Outcome:
    rules = REHABILITATION.on(on)
    if made.first is None:
        return BEGUN
    if made.now - made.first >= rules.some:
        return MARKED if made.now - made.first >= rules.marked else SOME
    return NO_EFFECT


def _planned(on: date, action: Action, reached: bool) -> tuple[Planned, ...]:
    rules = REHABILITATION.on(on)
    if action is not Action.ROUTINE:
        return next_dates(on, action)
    again = months_later(on, rules.check_months) if reached else on + timedelta(days=rules.days)
    return (Planned(Activity.FOLLOW_UP, again),)


def _progress(made: Progress, case: Case, action: Action, reached: bool) -> Iterator[str]:
    if reached:
        yield _REACHED
    if made.first is None:
        yield Message(_BEGIN, now=made.now)
        return
    yield Message(_GAIN, now=made.now, first=made.first, gain=made.now - made.first)
    if action is Action.REFER and case.last is not None:
        day = case.last.on.isoformat()
        yield Message(_STALLED, day=day, before=made.before, now=made.now)
    elif made.stalled:
        yield Message(_SAME, before=made.before)


def _advice(values: Values, case: Case) -> Iterator[str]:
    score, until = values.get("barthel"), case.card.get("prophylaxis-until")
    if isinstance(score, int):
        grade = next(title for most, title in BARTHEL if score <= most)
        yield Message(_BARTHEL, score=score, grade=grade)
    if isinstance(until, date) and until <= case.on:
        yield Message(_THROMBOSIS, day=until.isoformat())


def complete(values: dict[str, Any]) -> dict[str, Any]:
    """The values with the total, and at the first evaluation with the score it began with."""
    rest = {key: value for key, value in values.items() if key != "score"}
    if not all(key in values for key in ITEMS):
        return rest
    score = total(values)
    first = {FIRST: score} if values.get("stage") == "1" else {}
    return {**rest, "score": score, **first}


PROGRAMME: Final = Programme(
    name=NAME,
    title=_("康复"),
    short=_("康复"),
    source=SOURCE,
    form=form,
    outcomes=(MARKED, SOME, NO_EFFECT, BEGUN, REACHED),
    decide=decide,
    dates=lambda _values, case, action: _planned(case.on, action, reached=False),
    eligible=diagnosed("Z47", "Z50"),
    eligible_text=_("需要康复医疗或骨科术后随访的居民，以及回转单建议康复的居民"),
    cadence_text=_(
        "收到回转单 3 天内联系、7 天内评估；训练期间每 30 天评估 1 次；达到目标后 3 个月复查"
    ),
    complete=complete,
    mandatory=(*ITEMS, "stage"),
    carried=(FIRST, "drugs"),
    card=card,
    recalls=1,
    first_days=7,
)  # fmt: skip
