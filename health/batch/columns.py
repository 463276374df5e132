"""The columns that a programme's form is as a table: in the batch and in the workbook. Pure.

A column is a field of the form; what is computed has none. Those that are typed for everybody
(measured, demanded by the norm, the drugs, the class) are the compact ones; the rest is folded.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Final

from health.batch.cells import how_to_write, read_cell
from health.declare import Programme
from health.fields import OUTCOME, VISIT_DATE, VISIT_MODE
from kernel.declare.form import Field, FieldKind, Form, Value
from kernel.forms import read_form
from kernel.messages import Message, _, joined
from kernel.values.invalid import InvalidValue
from records.api import sheets

_UNIT: Final = _("%(title)s（%(unit)s）")
_OF: Final = _("%(section)s·%(title)s")
_REMARK: Final = _("%(title)s：%(said)s")
_NORM: Final = _("规范要求填写；不填时保存，但这次随访不计为规范随访。")
_ONE: Final = _("写代码或名称，见“代码”表。")
_MANY: Final = _("可多选，用“、”分开；写代码或名称，见“代码”表。")
_WORDS: Final = _("选“%(options)s”时在括号内写明，例如 %(code)s（…）。")
_DATE: Final = _("日期写成 2026-11-23、20261123、2026.11.23 或 2026/11/23。")
_RANGE: Final = _("%(low)s～%(high)s。")
_PROPOSED: Final = _("不填为系统按规范判定的分类。")
_HEIGHT: Final = "height"
_INDEX: Final = "bmi"
_SAMPLES: Final[Mapping[str, str]] = {
    VISIT_DATE: "2026-11-23", VISIT_MODE: "门诊", "systolic": "128", "diastolic": "78",
    "heart-rate": "72", "weight": "65.5", _HEIGHT: "165", "waist": "82",
    "fasting-glucose": "6.2", "smoking-daily": "0", "alcohol-daily": "0", "exercise-times": "5",
    "exercise-minutes": "30", "staple": "300", "drugs": "氨氯地平片 1次 5mg",
}  # fmt: skip
"""What the example of the template shows where the first choice is not the usual one."""


@dataclass(frozen=True, slots=True)
class Column:
    """A field as a column: `title` without, `heading` with its unit; `note` how to fill it in."""

    field: Field
    title: str
    mandatory: bool
    compact: bool

    @property
    def key(self) -> str:
        """The field's key."""
        return self.field.key

    @property
    def required(self) -> bool:
        """Whether no row is without it."""
        return self.field.required and self.field.when is None

    @property
    def heading(self) -> str:
        """The title with its unit."""
        unit = self.field.unit
        return Message(_UNIT, title=self.title, unit=unit) if unit else self.title

    @property
    def note(self) -> str:
        """How the cell is filled in, in sentences."""
        return joined(_sentences(self), by="%(first)s%(next)s")

    @property
    def sample(self) -> str:
        """The cell of the example."""
        one = self.field
        if self.key in _SAMPLES:
            return _SAMPLES[self.key]
        if one.options and (self.required or self.mandatory):
            return one.options[0].title
        usual = one.soft or one.hard
        return f"{sum(usual) // 2:f}" if usual and self.required else ""


def _sentences(column: Column) -> list[str]:
    one = column.field
    found: list[str] = [one.hint] if one.hint else []
    if one.options:
        found.append(_MANY if one.kind is FieldKind.CHOICES else _ONE)
        worded = [option for option in one.options if option.words]
        if worded:
            options = joined(option.title for option in worded)
            found.append(Message(_WORDS, options=options, code=worded[0].code))
    elif one.kind is FieldKind.ROWS:
        found.append(how_to_write(one))
    elif one.kind is FieldKind.DATE:
        found.append(_DATE)
    elif one.hard is not None:
        low, high = one.hard
        found.append(Message(_RANGE, low=f"{low:f}", high=f"{high:f}"))
    if column.mandatory:
        found.append(_NORM)
    if one.key == OUTCOME:
        found.append(_PROPOSED)
    return found


@cache
def columns_of(programme: Programme) -> tuple[Column, ...]:
    """The columns of a programme, in the order of its form."""
    form = programme.form()
    titles = [one.title for one in form.fields]
    return tuple(
        Column(
            one,
            Message(_OF, section=section.title, title=one.title)
            if titles.count(one.title) > 1
            else one.title,
            one.key in programme.mandatory,
            _is_compact(programme, one),
        )
        for section in form.sections
        for one in section.fields
        if not one.computed
    )


def _is_compact(programme: Programme, one: Field) -> bool:
    wanted = {*programme.mandatory, *(measured.key for measured in programme.measured), OUTCOME}
    if _INDEX in wanted:
        wanted.add(_HEIGHT)
    drugs = one.kind is FieldKind.ROWS and one.key in programme.carried
    return (one.required and one.when is None) or drugs or one.key in wanted


@cache
def by_key(programme: Programme) -> Mapping[str, Column]:
    """The columns by their keys."""
    return {column.key: column for column in columns_of(programme)}


_INSIDE: Final = re.compile(r"\.|-\d+-|-\d+\.")


def column_in(keys: Sequence[str] | Mapping[str, Column], name: str) -> str:
    """The key of the column that a name of the form is part of: `adr.2` is of `adr`; or ""."""
    if name in keys:
        return name
    ends = [found.start() for found in _INSIDE.finditer(name)]
    return next((name[:end] for end in reversed(ends) if name[:end] in keys), "")


@dataclass(slots=True)
class Reading:
    """The cells of a row as values of the form, with what is wrong and what is rare by column."""

    values: dict[str, Value] = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)
    doubts: dict[str, str] = field(default_factory=dict)


def read_cells(programme: Programme, typed: Mapping[str, str]) -> Reading:
    """Understand the cells of a row by their columns' keys. Empty ones were not told."""
    form, known, found = programme.form(), by_key(programme), Reading()
    texts: dict[str, tuple[str, ...]] = {}
    for key, column in known.items():
        if text := typed.get(key, "").strip():
            try:
                texts |= read_cell(column.field, text)
            except InvalidValue as wrong:
                said = Message(_REMARK, title=column.title, said=wrong.message)
                found.errors[key] = said
    answer = read_form(form, texts)
    found.values = dict(answer.values)
    for name, text in answer.errors.items():
        found.errors.setdefault(column_in(known, name), text)
    found.doubts = {column_in(known, name): text for name, text in answer.doubts.items()}
    _not_asked(form, texts, found)
    return found


_NOT_ASKED: Final = _("%(title)s：只在“%(of)s”选了 %(codes)s 时填写；请核对其中一项")


def _not_asked(form: Form, texts: Mapping[str, tuple[str, ...]], found: Reading) -> None:
    """What was typed into a field that is not asked would be lost: say so."""
    for one in form.fields:
        if one.when is None or one.key not in texts or one.key in found.values:
            continue
        asking = form.field(one.when.key)
        codes = joined(asking.by_code[code].title for code in one.when.codes)
        said = Message(_NOT_ASKED, title=one.title, of=asking.title, codes=codes)
        found.errors.setdefault(one.key, said)


def heading_of(column: Column) -> sheets.Heading:
    """The column in the template."""
    one = column.field
    return sheets.Heading(
        title=str(column.heading),
        note=str(column.note),
        sample=column.sample,
        required=column.required,
        wide=one.kind in (FieldKind.ROWS, FieldKind.LONG_TEXT),
        codes=[(option.code, option.title) for option in one.options],
    )
