"""The declared form beside the domain's tables; what is asked of whom; nothing gets lost."""

import re
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kernel.declare.form import Condition, Field, FieldKind
from kernel.fhir.questionnaire import questionnaire
from kernel.fhir.store.save import validated
from records.examinations.form import ELDERLY_ONLY, WOMEN_ONLY, examination_form, form_for
from records.terminology.catalogue import code_set
from tests.examinations.domain import COLUMNS, SECTIONS, WITH_WORDS
from tests.kernel.form_values import values_of_form
from tests.kernel.test_forms import survives
from tests.support.house import registry

FORM = examination_form()
LINES = [line for section in SECTIONS for line in section.strip().splitlines()]


def pair(text: str) -> tuple[Decimal, Decimal] | None:
    if not text:
        return None
    low, _, high = text.partition("-")
    return Decimal(low), Decimal(high)


def condition(text: str) -> Condition | None:
    found = re.search(r"\?([\w-]+)=([\d ]+)", text)
    return Condition(found[1], tuple(found[2].split())) if found else None


def split(line: str) -> list[str]:
    cells = [cell.strip() for cell in line.split("|")]
    return cells + [""] * (8 - len(cells))


def field_of(line: str) -> Field:
    return FORM.field(split(line)[0].removeprefix("*"))


@pytest.mark.parametrize("line", LINES, ids=lambda line: line.partition(" ")[0])
def test_a_field_is_as_the_domain_has_it(line: str) -> None:
    key, title, kind, unit, hard, soft, code, ucum = split(line)
    field = field_of(line)
    assert field.starred == key.startswith("*")
    assert field.title == title
    assert field.kind.name == kind.split()[0]
    assert field.when == condition(kind)
    assert field.digits == (int(kind.split()[1]) if kind.startswith("DECIMAL") else 0)
    if field.options:
        known = code_set(unit)
        assert field.system == known.url
        assert [o.code for o in field.options] == list(known.concepts)
        assert {o.code for o in field.options if o.alone} == known.exclusive
    else:
        assert field.unit == unit
    assert (field.hard, field.soft) == (pair(hard), pair(soft))
    assert (field.coded.code, field.coded.ucum) == (code, ucum) if field.coded else not code


def test_the_form_has_these_fields_and_no_others_in_this_order() -> None:
    assert [field.key for field in FORM.fields] == [
        split(line)[0].removeprefix("*") for line in LINES
    ]
    parts = [section.strip().splitlines() for section in SECTIONS]
    assert [len(section.fields) for section in FORM.sections] == [len(part) for part in parts]


def test_words_stand_beside_the_codes_that_want_them() -> None:
    found = {
        field.key: " ".join(option.code for option in field.options if option.words)
        for field in FORM.fields
        if any(option.words for option in field.options)
    }
    assert found == WITH_WORDS


def test_tables_have_the_columns_of_the_form() -> None:
    found = {f.key: " ".join(c.title for c in f.columns) for f in FORM.fields if f.columns}
    assert found == COLUMNS


def test_the_arms_are_two_panels() -> None:
    coded = {f.key: f.coded for f in FORM.fields if f.coded and f.coded.part_of}
    assert {key: (one.part_of, one.site) for key, one in coded.items()} == {
        "systolic-left": ("85354-9", "left-arm"),
        "diastolic-left": ("85354-9", "left-arm"),
        "systolic-right": ("85354-9", "right-arm"),
        "diastolic-right": ("85354-9", "right-arm"),
    }


@pytest.mark.parametrize(
    ("sex", "age", "left_out"),
    [
        ("male", 65, WOMEN_ONLY),
        ("male", 64, WOMEN_ONLY | ELDERLY_ONLY),
        ("female", 65, frozenset()),
        ("female", 64, ELDERLY_ONLY),
        ("female", 7, ELDERLY_ONLY),
        ("unknown", None, frozenset()),
        (None, 110, frozenset()),
    ],
)
def test_what_is_asked_of_whom(sex: str | None, age: int | None, left_out: frozenset[str]) -> None:
    every = {field.key for field in FORM.fields}
    assert every - {field.key for field in form_for(sex, age).fields} == left_out


@pytest.mark.parametrize(("age", "usual"), [(17, False), (18, True), (None, True)])
def test_only_adults_have_a_usual_height_and_weight(age: int | None, usual: bool) -> None:
    form = form_for("female", age)
    assert bool(form.field("height").soft) == bool(form.field("weight").soft) == usual
    assert form.field("pulse").soft is not None


def test_the_form_is_a_valid_questionnaire() -> None:
    body = questionnaire(FORM)
    validated(registry(), body)
    assert body["url"].endswith("/Questionnaire/health-examination")
    assert [section["linkId"] for section in body["item"]] == [s.key for s in FORM.sections]


@settings(
    max_examples=12,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(st.data())
def test_an_examination_survives_texts_and_fhir(data: st.DataObject) -> None:
    survives(FORM, data.draw(values_of_form(FORM)))


def test_every_field_that_is_measured_has_a_key_short_enough_for_an_id() -> None:
    assert max(len(f.key) for f in FORM.fields if f.coded) <= 64 - 41
    assert not any(f.computed for f in FORM.fields if f.kind is FieldKind.ROWS)
