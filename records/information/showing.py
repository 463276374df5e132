"""A filled-in form in words: what a page or a sheet of paper shows of declared answers. Pure."""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from kernel.declare.form import Field, Form, Value, Values, beside
from kernel.form_values import written
from kernel.values.identity_number import mask_identity_number
from kernel.values.phone import mask_phone
from kernel.web.i18n import Language, gettext

_MASKED = {
    "number": mask_identity_number, "phone": mask_phone, "contact_phone": mask_phone,
}  # fmt: skip


class ShownSection(NamedTuple):
    """A section's key, its title and pairs of item and answer, translated."""

    key: str
    title: str
    pairs: list[tuple[str, str]]


def shown(
    form: Form, values: Values, language: Language, *, named: Mapping[str, str]
) -> list[ShownSection]:
    """The sections of a form with what was answered, numbers masked; what was not is empty.

    Conditional fields that were not asked are left out; `named` are the words for answers that the
    form keeps as codes without options (the committee).
    """
    return [
        ShownSection(
            section.key,
            gettext(section.title, language),
            [
                (
                    gettext(one.title, language),
                    named.get(one.key) or _in_words(one, values, language),
                )
                for one in section.fields
                if one.when is None or one.key in values
            ],
        )
        for section in form.sections
    ]


def _in_words(one: Field, values: Values, language: Language) -> str:
    value = values.get(one.key)
    if value is None:
        return ""
    if one.columns and isinstance(value, tuple):
        return gettext("；", language).join(_row(one, row, language) for row in value)
    if one.options:
        return gettext("、", language).join(_chosen(one, value, values, language))
    text = written(value) + (f" {gettext(one.unit, language)}" if one.unit else "")
    return _MASKED[one.key](text) if one.key in _MASKED else text


def _row(one: Field, row: Values, language: Language) -> str:
    texts = (_in_words(column, row, language) for column in one.columns)
    return " ".join(text for text in texts if text)


def _chosen(one: Field, value: Value, values: Values, language: Language) -> Iterator[str]:
    codes = value if isinstance(value, tuple) else (value,)
    for code in codes:
        option = one.by_code.get(str(code))
        words = values.get(beside(one.key, str(code)))
        title = gettext(option.title, language) if option else str(code)
        yield f"{title}（{words}）" if words else title
