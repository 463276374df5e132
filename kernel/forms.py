"""What was typed into a declared form: read, checked, and written back as text. No I/O.

Texts come as a browser sends them: a list for every name. The name of a field is its key; rows are
numbered from 0: `surgery-0-name`.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from kernel.declare.form import Field, FieldKind, Form, Option, Value, Values, beside
from kernel.form_values import number_of, read_value, with_unit, written
from kernel.messages import Message, _
from kernel.values.invalid import InvalidValue

Texts = Mapping[str, Sequence[str]]


@dataclass(frozen=True, slots=True)
class Answer:
    """What a form says.

    `errors` and `doubts` are sentences (`kernel.messages`) by the name of the field in the
    browser's form; a doubt is a number outside its soft range, which whoever typed it has to
    confirm.
    """

    values: Values
    errors: Mapping[str, str] = field(default_factory=dict)
    doubts: Mapping[str, str] = field(default_factory=dict)


_REMARK = _("%(title)s：%(said)s")


def _of(one: Field, said: str, /, **values: object) -> Message:
    """A remark about a field; of its values only numbers and titles."""
    return Message(_REMARK, title=one.title, said=Message(said, **values) if values else said)


@dataclass(slots=True)
class _Reading:
    texts: Texts
    errors: dict[str, str] = field(default_factory=dict)
    doubts: dict[str, str] = field(default_factory=dict)

    def text(self, name: str) -> str:
        given = self.texts.get(name, ())
        return given[0].strip() if given else ""


def read_form(form: Form, texts: Texts) -> Answer:
    """Understand what was typed. Nothing that was typed is passed over in silence."""
    reading = _Reading(texts)
    values = _fields(reading, form.fields, "")
    return Answer(values, reading.errors, reading.doubts)


def _fields(reading: _Reading, fields: Sequence[Field], prefix: str) -> dict[str, Value]:
    values: dict[str, Value] = {}
    for one in fields:
        name = prefix + one.key
        if one.computed or not _asked(one, values):
            continue
        value = _value(reading, one, name)
        if value is None or value in ("", ()):
            if one.required and name not in reading.errors:
                wanted = _("请选择%(title)s。") if one.options else _("请填写%(title)s。")
                reading.errors[name] = Message(wanted, title=one.title)
            continue
        values[one.key] = value
        values.update(_words(reading, one, value, prefix))
    return values


def _asked(one: Field, values: Values) -> bool:
    """Whether the field's condition holds; without one it is always asked."""
    if one.when is None:
        return True
    given = values.get(one.when.key, ())
    chosen = given if isinstance(given, tuple) else (given,)
    return any(code in chosen for code in one.when.codes)


def _value(reading: _Reading, one: Field, name: str) -> Value | None:
    if one.kind is FieldKind.ROWS:
        return _rows(reading, one, name)
    if one.kind is FieldKind.CHOICES:
        return _choices(reading, one, name)
    text = reading.text(name)
    if not text:
        return None
    try:
        read: Value = read_value(one, text)
    except InvalidValue as invalid:
        reading.errors[name] = _of(one, invalid.message)
        return None
    _doubt(reading, one, name, text)
    return read


def _doubt(reading: _Reading, one: Field, name: str, text: str) -> None:
    if one.soft is None:
        return
    number, (low, high) = number_of(text), one.soft
    if number is not None and not low <= number <= high:
        reading.doubts[name] = Message(
            _("%(title)s %(value)s 少见（通常 %(low)s～%(high)s），请核对；无误请勾选确认。"),
            title=one.title,
            value=with_unit(text, one.unit),
            low=f"{low:f}",
            high=f"{high:f}",
        )


def _choices(reading: _Reading, one: Field, name: str) -> tuple[str, ...]:
    given = [text.strip() for text in reading.texts.get(name, ()) if text.strip()]
    if any(code not in one.by_code for code in given):
        reading.errors[name] = _of(one, _("请从列出的选项中选择"))
        return ()
    chosen = tuple(code for code in one.by_code if code in given)
    alone = [one.by_code[code].title for code in chosen if one.by_code[code].alone]
    if alone and len(chosen) > 1:
        reading.errors[name] = _of(one, _("选了“%(option)s”就不能再选其他项"), option=alone[0])
    return chosen


def _words(reading: _Reading, one: Field, value: Value, prefix: str) -> Iterator[tuple[str, Value]]:
    chosen = value if isinstance(value, tuple) else (value,)
    for option in _worded(one, chosen):
        key = beside(one.key, option.code)
        text = reading.text(prefix + key)
        if not text:
            reading.errors[prefix + key] = _of(
                one, _("选了“%(option)s”请写明是什么"), option=option.title
            )
        elif len(text) > one.most:
            reading.errors[prefix + key] = _of(one, _("最多 %(most)s 个字"), most=one.most)
        else:
            yield key, text


def _worded(one: Field, chosen: Sequence[Any]) -> list[Option]:
    return [option for option in one.options if option.words and option.code in chosen]


def _rows(reading: _Reading, one: Field, name: str) -> tuple[Any, ...]:
    """The rows in which anything was typed."""
    begin = re.compile(rf"{re.escape(name)}-(\d{{1,3}})-.+")
    found = (begin.fullmatch(sent) for sent in reading.texts)
    numbers = sorted({int(match[1]) for match in found if match})
    rows = []
    for number in numbers:
        prefix = f"{name}-{number}-"
        if any(reading.text(sent) for sent in reading.texts if sent.startswith(prefix)):
            rows.append(_fields(reading, one.columns, prefix))
    if len(rows) > one.most:
        reading.errors[name] = _of(one, _("最多 %(most)s 行"), most=one.most)
    return tuple(rows)


def texts_of(form: Form, values: Values) -> dict[str, str | tuple[str, ...]]:
    """The values as they stand in the form's fields: the inverse of `read_form`."""
    return dict(_texts(form.fields, values, ""))


def _texts(
    fields: Sequence[Field], values: Values, prefix: str
) -> Iterator[tuple[str, str | tuple[str, ...]]]:
    for one in fields:
        value = values.get(one.key)
        name = prefix + one.key
        if value is None:
            continue
        if one.kind is FieldKind.ROWS and isinstance(value, tuple):
            for number, row in enumerate(value):
                yield from _texts(one.columns, row, f"{name}-{number}-")
        elif isinstance(value, tuple):
            yield name, tuple(str(code) for code in value)
        else:
            yield name, written(value)
        for option in one.options:
            words = values.get(beside(one.key, option.code))
            if words is not None:
                yield prefix + beside(one.key, option.code), str(words)
