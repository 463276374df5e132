"""Several programmes asked as one form: what they ask alike is asked once. Pure.

Of several programmes a field with the same key and the same question (title, codes, unit) is one
field of the page; questions that differ, and every conclusion, are asked for each programme under
`<programme>.<key>`. With one programme the page's form is the programme's own.
"""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any, Final

from health.declare import Programme
from health.fields import CONCLUSION
from kernel.declare.form import Field, Form, Section, Values, beside
from kernel.messages import Message, _

_OF_PROGRAMME: Final = _("%(title)s（%(programme)s）")
_TOGETHER: Final = _("%(first)s和%(next)s")
_SAME: Final = (
    "kind", "title", "options", "system", "unit", "digits", "columns", "coded", "when", "computed",
)  # fmt: skip
"""What makes two fields of one key the same question; ranges, hints and duties may differ."""
_INSIDE: Final = re.compile(r"\.|-\d+-")
"""What follows a field's key in the name of a part of it: words beside a code, a row's column."""


@dataclass(frozen=True, slots=True)
class Joint:
    """The form of a page for some programmes; `names` leads from their own keys to the page's.

    `forms` are the programmes' own, each in the edition that is answered.
    """

    programmes: tuple[Programme, ...]
    forms: Mapping[str, Form]
    form: Form
    names: Mapping[str, Mapping[str, str]]

    def own(self, programme: Programme, values: Values) -> dict[str, Any]:
        """The values of a programme's own form, out of those of the page."""
        return dict(_moved(self.forms[programme.name], self._names(programme), values))

    def page(self, programme: Programme, values: Values) -> dict[str, Any]:
        """The values of the page, out of those of a programme's own form."""
        return {self.name(programme, key): value for key, value in values.items()}

    def name(self, programme: Programme, own: str) -> str:
        """What a field of a programme, or a part of it, is called on the page."""
        names = self._names(programme)
        key = _field_of(own, names)
        return names[key] + own[len(key) :] if key in names else own

    def field_of(self, name: str) -> str:
        """The key of the page's field that a name on the page belongs to, or the name itself."""
        return _field_of(name, {one.key for one in self.form.fields})

    def _names(self, programme: Programme) -> Mapping[str, str]:
        return self.names[programme.name]


def _field_of(name: str, keys: Collection[str]) -> str:
    """The key of the field that a name is, or is a part of; the name where there is none."""
    begins = [name[: found.start()] for found in _INSIDE.finditer(name)]
    return next((one for one in (name, *begins) if one in keys), name)


def _moved(form: Form, names: Mapping[str, str], values: Values) -> Iterator[tuple[str, Any]]:
    for field in form.fields:
        name = names[field.key]
        if name in values:
            yield field.key, values[name]
        for option in field.options:
            words = beside(name, option.code)
            if words in values:
                yield beside(field.key, option.code), values[words]


@dataclass(slots=True)
class _Question:
    """One field of the page: which programmes ask it, and how each declares it."""

    section: Section
    asked: list[tuple[Programme, Field]]
    name: str = ""


@cache
def joint(programmes: tuple[Programme, ...]) -> Joint:
    """The form of some programmes, in the order of the first one's paper."""
    return _joined([(one, one.form()) for one in programmes])


def edition(programme: Programme, form: Form) -> Joint:
    """The form of one programme in the edition that an answer was given under."""
    return _joined([(programme, form)])


def _joined(asked: Sequence[tuple[Programme, Form]]) -> Joint:
    questions = _questions(asked)
    names: dict[str, dict[str, str]] = {one.name: {} for one, _form in asked}
    for question in questions:
        for programme, field in question.asked:
            names[programme.name][field.key] = question.name
    forms = {one.name: form for one, form in asked}
    programmes = tuple(one for one, _form in asked)
    return Joint(programmes, forms, _page(list(forms.values()), questions, names), names)


def _questions(asked: Sequence[tuple[Programme, Form]]) -> list[_Question]:
    found: list[_Question] = []
    place: dict[tuple[str, str], _Question] = {}
    for programme, form in asked:
        for section in form.sections:
            for field in section.fields:
                same = _same(found, place, programme, section, field)
                if same is None:
                    same = _Question(section, [])
                    found.append(same)
                same.asked.append((programme, field))
                place[programme.name, field.key] = same
    for question in found:
        programme, field = question.asked[0]
        others = sum(one.asked[0][1].key == field.key for one in found)
        question.name = field.key if others == 1 else f"{programme.name}.{field.key}"
    return found


def _same(
    found: Sequence[_Question],
    place: Mapping[tuple[str, str], _Question],
    programme: Programme,
    section: Section,
    field: Field,
) -> _Question | None:
    """The question of another programme that this field asks as well."""
    if section.key == CONCLUSION:
        return None
    for question in found:
        other, declared = question.asked[0]
        if declared.key != field.key or question.section.key == CONCLUSION:
            continue
        if any(getattr(declared, name) != getattr(field, name) for name in _SAME):
            continue
        if field.when is None:
            return question
        key = field.when.key
        if place.get((other.name, key)) is place.get((programme.name, key)):
            return question
    return None


def _page(
    forms: Sequence[Form],
    questions: Sequence[_Question],
    names: Mapping[str, Mapping[str, str]],
) -> Form:
    if len(forms) == 1:
        return forms[0]
    sections: dict[str, tuple[Section, list[Field]]] = {}
    for question in questions:
        section = question.section
        fields = sections.setdefault(section.key, (section, []))[1]
        fields.append(_field(question, names))
    title = forms[0].title
    for form in forms[1:]:
        title = Message(_TOGETHER, first=title, next=form.title)
    return replace(
        forms[0],
        name="+".join(form.name for form in forms),
        title=title,
        sections=tuple(replace(one, fields=tuple(fields)) for one, fields in sections.values()),
    )


def _field(question: _Question, names: Mapping[str, Mapping[str, str]]) -> Field:
    """The field of the page: the narrowest ranges of all that ask it, asked for if one demands."""
    programme, field = question.asked[0]
    fields = [one for _programme, one in question.asked]
    own = question.name != field.key
    title = Message(_OF_PROGRAMME, title=field.title, programme=programme.short)
    when = field.when
    return replace(
        field,
        key=question.name,
        title=title if own else field.title,
        when=when and replace(when, key=names[programme.name][when.key]),
        hard=_narrowest([one.hard for one in fields if one.hard]),
        soft=_narrowest([one.soft for one in fields if one.soft]),
        required=any(one.required for one in fields),
        most=min(one.most for one in fields),
        hint=next((one.hint for one in fields if one.hint), ""),
    )


def _narrowest(ranges: Sequence[tuple[Any, Any]]) -> tuple[Any, Any] | None:
    if not ranges:
        return None
    return max(low for low, _high in ranges), min(high for _low, high in ranges)
