"""What must hold between the values of an examination, and what follows from them. Pure.

Sentences are messages (`kernel.messages`), by the name of the field in the browser's form.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final

from kernel.declare.form import Field, FieldKind, Form, Value, Values
from kernel.form_values import with_unit, written
from kernel.messages import Message, _, joined
from records.examinations.form import WOMEN_ONLY, examination_form
from records.examinations.person import Person
from records.visits.note import mass_index

SELF_CARE: Final = ((3, "1"), (8, "2"), (18, "3"), (37, "4"))
"""The highest score of each class (chronic-disease.md §4.1)."""
NEEDED: Final = ("symptoms", "evaluation")
"""What an examination cannot be finished without, besides its date."""


def self_care_class(score: int) -> str:
    """The class of a self-care score of 0 to 37: 0-3, 4-8, 9-18, from 19 on."""
    return next(code for most, code in SELF_CARE if score <= most)


def completed(values: Values) -> dict[str, Value]:
    """The values with what follows from them: body mass index and the class of self-care."""
    found = {key: value for key, value in values.items() if key != "bmi"}
    measured = {k: v for k in ("height", "weight") if isinstance(v := values.get(k), Decimal)}
    index = mass_index(measured)
    if index is not None:
        found["bmi"] = index
    score = values.get("self-care-score")
    if isinstance(score, int) and "self-care" not in values:
        found["self-care"] = self_care_class(score)
    return found


def contradictions(values: Values, person: Person, today: date) -> dict[str, str]:
    """What cannot be true together, at the field that has to be corrected."""
    checks = (_days, _pressures, _index, _bilirubin, _habits, _self_care, _women, _target)
    found: dict[str, str] = {}
    for check in checks:
        for name, text in check(values, person, today):
            found.setdefault(name, text)
    return found


Told = Iterator[tuple[str, str]]


def _days(values: Values, person: Person, today: date) -> Told:
    on = values.get("exam-date")
    if not isinstance(on, date):
        return
    if on > today:
        late = _("体检日期 %(on)s 还没有到，不能晚于今天 %(today)s")
        yield "exam-date", Message(late, on=on, today=today)
    if person.born is not None and on < person.born:
        yield (
            "exam-date",
            Message(_("体检日期 %(on)s 早于出生日期 %(born)s"), on=on, born=person.born),
        )
    for name, titles in _STAYS.items():
        stays = values.get(name, ())
        for number, stay in enumerate(stays if isinstance(stays, tuple) else ()):
            yield from _stay(f"{name}-{number}", stay, titles, on)


_STAYS: Final = {
    "hospital": (_("入院日期"), _("出院日期")),
    "home-bed": (_("建床日期"), _("撤床日期")),
}


def _stay(name: str, stay: Mapping[str, Value], titles: tuple[str, str], on: date) -> Told:
    begun, ended = stay.get("from"), stay.get("to")
    first, last = titles
    if isinstance(begun, date) and begun > on:
        late = _("%(first)s %(begun)s 晚于体检日期 %(on)s")
        yield f"{name}-from", Message(late, first=first, begun=begun, on=on)
    if isinstance(begun, date) and isinstance(ended, date) and ended < begun:
        early = _("%(last)s %(ended)s 早于%(first)s %(begun)s")
        yield f"{name}-to", Message(early, last=last, ended=ended, first=first, begun=begun)


def _pressures(values: Values, _person: Person, _today: date) -> Told:
    for side, word in (("left", _("左侧")), ("right", _("右侧"))):
        high, low = values.get(f"systolic-{side}"), values.get(f"diastolic-{side}")
        if isinstance(high, int) and isinstance(low, int) and low >= high:
            above = _("%(side)s舒张压 %(low)s 应低于收缩压 %(high)s mmHg")
            yield f"diastolic-{side}", Message(above, side=word, low=low, high=high)
        if (high is None) != (low is None):
            absent = "systolic" if high is None else "diastolic"
            wanted = _("请一并填写%(side)s%(title)s")
            yield f"{absent}-{side}", Message(wanted, side=word, title=_PARTS[absent])


_PARTS: Final = {"systolic": _("收缩压"), "diastolic": _("舒张压")}


def _index(values: Values, _person: Person, _today: date) -> Told:
    index, field = values.get("bmi"), examination_form().field("bmi")
    if isinstance(index, Decimal) and field.hard and not field.hard[0] <= index <= field.hard[1]:
        beyond = _("体质指数 %(index)s kg/m² 超出可能的范围 8～80，请核对身高和体重")
        yield "weight", Message(beyond, index=index)


def _bilirubin(values: Values, _person: Person, _today: date) -> Told:
    total, direct = values.get("bilirubin-total"), values.get("bilirubin-direct")
    if isinstance(total, Decimal) and isinstance(direct, Decimal) and direct > total:
        above = _("结合胆红素 %(direct)s 不能高于总胆红素 %(total)s μmol/L")
        yield "bilirubin-direct", Message(above, direct=f"{direct:f}", total=f"{total:f}")


_HABITS: Final = (
    ("smoking-start", "smoking-quit", _("开始吸烟年龄"), _("戒烟年龄")),
    ("alcohol-start", "alcohol-quit-age", _("开始饮酒年龄"), _("戒酒年龄")),
)


def _habits(values: Values, person: Person, _today: date) -> Told:
    """Began ≤ gave up ≤ age."""
    for first, last, began, ended in _HABITS:
        start, quit_ = values.get(first), values.get(last)
        if isinstance(start, int) and isinstance(quit_, int) and quit_ < start:
            early = _("%(ended)s %(quit)s 岁不能小于%(began)s %(start)s 岁")
            yield last, Message(early, ended=ended, quit=quit_, began=began, start=start)
        for name, title, value in ((first, began, start), (last, ended, quit_)):
            if isinstance(value, int) and person.age is not None and value > person.age:
                late = _("%(title)s %(value)s 岁大于体检时的年龄 %(age)s 岁")
                yield name, Message(late, title=title, value=value, age=person.age)


def _self_care(values: Values, _person: Person, _today: date) -> Told:
    score, chosen = values.get("self-care-score"), values.get("self-care")
    if isinstance(score, int) and chosen != self_care_class(score):
        title = examination_form().field("self-care").by_code[self_care_class(score)].title
        other = _("总分 %(score)s 分属于“%(title)s”，与所选不符")
        yield "self-care", Message(other, score=score, title=title)


def _women(values: Values, person: Person, _today: date) -> Told:
    for field in examination_form().fields:
        if person.sex == "male" and field.key in WOMEN_ONLY and field.key in values:
            yield (
                field.key,
                Message(_("%(title)s是妇女的检查项目，受检者是男性"), title=field.title),
            )


def _target(values: Values, _person: Person, _today: date) -> Told:
    weight, target = values.get("weight"), values.get("target-weight")
    if isinstance(weight, Decimal) and isinstance(target, Decimal) and target >= weight:
        above = _("减体重目标 %(target)s kg 应低于现体重 %(weight)s kg")
        yield "target-weight", Message(above, target=f"{target:f}", weight=f"{weight:f}")


def missing(values: Values) -> dict[str, str]:
    """What an examination still needs before it is finished."""
    form = examination_form()
    told: dict[str, str] = {
        key: Message(_("请选择%(title)s，再完成体检"), title=form.field(key).title)
        for key in NEEDED
        if key not in values
    }
    if values.get("evaluation") == "2" and "abnormal-1" not in values:
        told["abnormal-1"] = _("有异常时请写明是什么异常")
    return told


@dataclass(frozen=True, slots=True)
class Change:
    """How a number differs from the time before: the difference, in a sign and in a word."""

    by: Decimal
    arrow: str
    word: str

    @property
    def text(self) -> str:
        """`↑0.6 升高`, or 持平."""
        by = f"{abs(self.by):f} " if self.by else ""
        return Message(f"{self.arrow}{by}%(word)s", word=self.word)


def change(now: Value | None, before: Value | None) -> Change | None:
    """The change of a number; None where one of the two is missing or no number."""
    if not isinstance(now, int | Decimal) or not isinstance(before, int | Decimal):
        return None
    by = Decimal(now) - Decimal(before)
    if by == 0:
        return Change(by, "→", _("持平"))
    return Change(by, "↑", _("升高")) if by > 0 else Change(by, "↓", _("降低"))


def comparable(form: Form) -> list[Field]:
    """The measured fields of a form, in its order."""
    return [
        field
        for field in form.fields
        if field.coded is not None
        and (field.kind in (FieldKind.INTEGER, FieldKind.DECIMAL) or field.options)
    ]


def said(field: Field, value: Value | None) -> str:
    """A value in words and with its unit; an empty text where there is none."""
    if value is None:
        return ""
    if field.options:
        codes = value if isinstance(value, tuple) else (value,)
        return joined(Message(field.by_code[str(code)].title) for code in codes)
    return with_unit(written(value), field.unit)
