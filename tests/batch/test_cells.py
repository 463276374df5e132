"""One cell of a table of follow-ups: what is typed, understood, and written back."""

import pytest

from health.batch.cells import typed_of
from health.batch.columns import by_key, column_in, columns_of, read_cells
from health.batch.lists import CLASS, PERSON, headings_of
from health.batch.pages import choices
from health.declare import Programme
from health.programmes import programme_of

HYPERTENSION = programme_of("hypertension")


def read(key: str, typed: str, programme: Programme = HYPERTENSION) -> str:
    """A cell as it is written back, or what is said about it."""
    found = read_cells(programme, {key: typed})
    if key in found.errors:
        return f"! {found.errors[key]}"
    return typed_of(by_key(programme)[key].field, found.values)


@pytest.mark.parametrize(
    ("key", "typed", "written"),
    [
        ("salt", "2", "2"),
        ("salt", "中", "2"),
        ("salt", "２.中", "2"),
        ("salt", "3 中", "! "),
        ("symptoms", "2、5", "2、5"),
        ("symptoms", "5 2", "2、5"),
        ("symptoms", "头痛头晕，心悸胸闷", "2、6"),
        ("adr", "有（踝部水肿）", "2（踝部水肿）"),
        ("adr", "2:踝部水肿", "2（踝部水肿）"),
        ("systolic", "152mmHg", "152"),
        ("systolic", "１５２", "152"),
        ("systolic", "152.5", "! "),
        ("weight", "68.50 KG", "! "),
        ("weight", "68.5 KG", "68.5"),
        ("next-date", "20261130", "2026-11-30"),
        ("next-date", "2026年11月30日", "2026-11-30"),
        ("next-date", "46356", "2026-11-30"),
        ("next-date", "2026/11/30 08:30", "2026-11-30"),
        ("drugs", "氨氯地平片 每日1次 每次5mg", "氨氯地平片 1次 5mg"),
        (
            "drugs",
            "甲 5 mg qd；缬沙坦\u30002次\u300080mg",
            "甲 1次 5mg；缬沙坦 2次 80mg",
        ),
        ("drugs", "氨氯地平片 1 5mg", "氨氯地平片 1次 5mg"),
        ("drugs", "阿司匹林", "阿司匹林"),
        ("drugs", "Amlodipine besylate 1次 2.5mg", "Amlodipine besylate 1次 2.5mg"),
        ("drugs", "5mg", "! "),
        ("drugs", "甲 5mg 乙", "! "),
        ("drugs", "甲 1次 5mg 6mg", "! "),
    ],
)
def test_what_is_typed_is_understood(key: str, typed: str, written: str) -> None:
    if written == "! ":
        assert read(key, typed).startswith(written)
    else:
        assert read(key, typed) == written
        assert read(key, written) == written, "it can be read back"


def test_a_title_with_a_comma_is_one_choice() -> None:
    elderly = programme_of("elderly")
    for column in columns_of(elderly):
        for option in column.field.options:
            if not option.words and column.field.when is None:
                assert read(column.key, option.title, elderly) == option.code


@pytest.mark.parametrize("programme", choices(), ids=lambda one: one.name)
def test_the_columns_are_the_form(programme: Programme) -> None:
    columns = columns_of(programme)
    form = programme.form()
    assert [c.key for c in columns] == [one.key for one in form.fields if not one.computed]
    headings = headings_of(programme)
    assert len({str(one.title) for one in headings.values()}) == len(headings)
    own = {PERSON, CLASS, "row", "sought", "found", "shown", "saved", "carried", "confirmed",
           "doubted", "submission", *(set(headings) - {c.key for c in columns})}  # fmt: skip
    assert not own & {column.key for column in columns}, "a field of the form bears such a name"
    compact = {column.key for column in columns if column.compact}
    computed = {one.key for one in form.fields if one.computed}
    assert set(programme.mandatory) - computed <= compact


def test_a_part_of_a_field_is_told_at_its_column() -> None:
    keys = by_key(HYPERTENSION)
    for name in ("drugs-0-name", "drugs.name", "drugs", "drugs-11-times"):
        assert column_in(keys, name) == "drugs"
    assert column_in(keys, "adr.2") == "adr"
    assert column_in(keys, "adr-hard") == "adr-hard"
    assert column_in(keys, "nothing") == ""
