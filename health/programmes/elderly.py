"""老年人健康管理: who, what follows, when again. What is asked is in `elderly_form`.

Source: 国家基本公共卫生服务规范（第三版）（国卫基层发〔2017〕13号）, 老年人健康管理服务规范;
chronic-disease.md §4. Who counts as 65 and the limits of the second scales are parameters.
"""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement

from health import indicators
from health.declare import (
    Action,
    Activity,
    Case,
    Decision,
    Outcome,
    Planned,
    Programme,
    Reason,
    Trend,
)
from health.eligibility import aged, turning
from health.fields import chosen, titles
from health.judging import months_later, next_dates
from health.parameters import ABNORMAL_DAYS, ELDERLY_BY_YEAR, SCALES, ScaleLimits
from health.programmes.elderly_form import ITEMS, NAME, SOURCE, form
from kernel.declare.form import Values
from kernel.messages import Message, _

FROM_AGE: Final = 65
CLAUSE: Final = _("老年人规范·服务内容")
OUTCOMES: Final = (
    Outcome("1", _("可自理"), "ok"),
    Outcome("2", _("轻度依赖"), "neutral"),
    Outcome("3", _("中度依赖"), "alert"),
    Outcome("4", _("不能自理"), "overdue"),
)
POINTS: Final = {
    "self-care-eating": (0, 0, 3, 5),
    "self-care-washing": (0, 1, 3, 7),
    "self-care-dressing": (0, 0, 3, 5),
    "self-care-toilet": (0, 1, 5, 10),
    "self-care-moving": (0, 1, 5, 10),
}
"""Points of the choices 1 to 4 (§4.1)."""
LEVELS: Final = ((3, "1"), (8, "2"), (18, "3"), (37, "4"))
"""The highest total of each level."""
REFERRED: Final = "5"
RECHECKED: Final = "4"

_LEVEL = _("生活自理能力评估 %(score)s 分：%(level)s")
_HOME = _("评分 9 分及以上：建议上门服务，并评估家庭病床和长期护理需要")
_COGNITION = _("认知功能粗筛阳性，须做简易智力状态检查")
_EMOTION = _("情感状态粗筛阳性，须做老年抑郁量表检查")
_MMSE = _("简易智力状态检查 %(score)s 分（界值 %(limit)s 分），建议进一步检查")
_GDS = _("老年抑郁量表 %(score)s 分（界值 %(limit)s 分），建议进一步检查")
_FOUND = _("体检发现：%(what)s")
_YEARLY = _("每年一次老年人健康管理")


def total(values: Values) -> int:
    """The points of the self-care assessment, 0 to 37."""
    return sum(points[int(str(values[key])) - 1] for key, points in POINTS.items())


def level(score: int) -> str:
    """The level of a total: 1 可自理 to 4 不能自理."""
    return next(code for most, code in LEVELS if score <= most)


def decide(values: Values, case: Case) -> Decision:
    """The level, what the findings ask for, and the service of the next year (§4)."""
    code, action = level(total(values)), _action(values)
    return Decision(code, action, _planned(action, case.on), tuple(_reasons(values, code, case.on)))


def _action(values: Values) -> Action:
    found = chosen(values, "findings")
    if REFERRED in found:
        return Action.REFER
    return Action.ADJUST if RECHECKED in found else Action.ROUTINE


def _planned(action: Action, on: date) -> tuple[Planned, ...]:
    """The next year's service, behind what an abnormal result asks for."""
    yearly = Planned(Activity.FOLLOW_UP, months_later(on, 12))
    if action is Action.REFER:
        return (*next_dates(on, action), yearly)
    if action is Action.ADJUST:
        again = on + timedelta(days=ABNORMAL_DAYS.on(on))
        return (Planned(Activity.RECHECK, again), yearly)
    return (yearly,)


def _reasons(values: Values, code: str, on: date) -> Iterator[Reason]:
    title = PROGRAMME.outcome(code).title
    yield Reason(Message(_LEVEL, score=total(values), level=title), CLAUSE)
    if code in ("3", "4"):
        yield Reason(_HOME)
    for text in _prescreened(values, on):
        yield Reason(text, CLAUSE)
    for text in titles(form().field("findings"), values):
        yield Reason(Message(_FOUND, what=text), CLAUSE)
    yield Reason(_YEARLY, CLAUSE)


def _prescreened(values: Values, on: date) -> Iterator[str]:
    """What the first questions and the second scales say (§4.2)."""
    limits = SCALES.on(on)
    if values.get("cognition") == "2":
        yield from _cognition(values, limits)
    if values.get("emotion") == "2":
        yield from _emotion(values, limits)


def _cognition(values: Values, limits: ScaleLimits) -> Iterator[str]:
    score = values.get("mmse")
    most = limits.mmse.get(str(values.get("schooling")), limits.mmse_other)
    if score is None:
        yield _COGNITION
    elif isinstance(score, int) and score <= most:
        yield Message(_MMSE, score=score, limit=most)


def _emotion(values: Values, limits: ScaleLimits) -> Iterator[str]:
    scales = {"gds-30": limits.gds_30, "gds-15": limits.gds_15}
    scores = {key: score for key in scales if isinstance(score := values.get(key), int)}
    if not scores:
        yield _EMOTION
    for key, score in scores.items():
        if score >= scales[key]:
            yield Message(_GDS, score=score, limit=scales[key])


def complete(values: dict[str, Any]) -> dict[str, Any]:
    """The values with the total of the self-care assessment."""
    rest = {key: value for key, value in values.items() if key != "self-care-score"}
    answered = all(key in values for key in POINTS)
    return {**rest, "self-care-score": total(values)} if answered else rest


def eligible(today: date) -> ColumnElement[bool]:
    """Who is 65: within the calendar year, or by the day (a parameter)."""
    by_year = ELDERLY_BY_YEAR.on(today)
    return (turning(FROM_AGE) if by_year else aged(FROM_AGE))(today)


PROGRAMME: Final = Programme(
    name=NAME,
    title=_("老年人健康管理"),
    short=_("老年人"),
    source=SOURCE,
    form=form,
    outcomes=OUTCOMES,
    decide=decide,
    dates=lambda _values, case, action: _planned(action, case.on),
    eligible=eligible,
    eligible_text=_("本年度满 65 岁及以上的常住居民"),
    cadence_text=_("每年 1 次健康管理服务：生活方式和健康状况评估、体格检查、辅助检查和健康指导"),
    complete=complete,
    mandatory=(
        "self-health", "symptoms", "exercise", "diet", "smoking", "alcohol", "cognition",
        "emotion", "guidance", *(key for key, _title, _hint in ITEMS),
    ),
    carried=("past-disease", "exercise", "diet", "smoking", "alcohol", "drugs"),
    yearly=1,
    from_age=65,
    indicators=indicators.ELDERLY,
    examination=True,
    trends=(Trend(_("生活自理能力总分"), "分", ("self-care-score",), lambda _case: (4,)),),
    enrols_itself=True,
)  # fmt: skip
