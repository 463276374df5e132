"""The form engine: what was typed, refused and doubted; texts, values and FHIR say the same."""

import functools
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kernel.canonical import CANONICAL
from kernel.declare.form import (
    Coded,
    Condition,
    Field,
    FieldKind,
    Form,
    Option,
    Section,
    Values,
)
from kernel.fhir import json
from kernel.fhir.extraction import Measured, observations
from kernel.fhir.questionnaire import (
    Answered,
    canonical_of,
    questionnaire,
    read_response,
    response,
    values_of,
)
from kernel.fhir.store.save import validated
from kernel.forms import read_form, texts_of
from tests.kernel.form_values import forms, values_of_form
from tests.support.house import registry

LOINC = "http://loinc.org"
YES_NO = (Option("1", "无", alone=True), Option("2", "有"), Option("5", "其他", words=True))
FIELDS = (
    Field("kinds", "种类", FieldKind.CHOICES, options=YES_NO, system="http://example.org/kinds"),
    Field("one", "一项", FieldKind.CHOICE, options=YES_NO, required=True),
    Field("since", "时间", FieldKind.MONTH, when=Condition("one", ("2", "5"))),
    Field("words", "说明", FieldKind.TEXT, most=5),
    Field("count", "次数", FieldKind.INTEGER, unit="次", hard=(Decimal(0), Decimal(30))),
    Field(
        "weight", "体重", FieldKind.DECIMAL, unit="kg", digits=1,
        hard=(Decimal(1), Decimal(300)), soft=(Decimal(35), Decimal(130)),
        coded=Coded(LOINC, "29463-7", "kg"),
    ),
    Field("on", "日期", FieldKind.DATE),
    Field(
        "stays", "住院", FieldKind.ROWS, most=2,
        columns=(
            Field("from", "入院", FieldKind.DATE, required=True),
            Field("why", "原因", FieldKind.CHOICE, options=YES_NO),
        ),
    ),
    Field("index", "指数", FieldKind.DECIMAL, digits=2, computed=True),
)  # fmt: skip
FORM = Form("sample", "3", "样表", "样", (Section("all", "全部", FIELDS),))
ABOUT = Answered("li-na", "2026-11-23", {"reference": "Practitioner/gp"})


def typed(**texts: str | tuple[str, ...]) -> dict[str, tuple[str, ...]]:
    """Texts as a browser sends them; underscores stand for hyphens, `__` for a point."""
    named = {name.replace("__", ".").replace("_", "-"): text for name, text in texts.items()}
    return {name: (text,) if isinstance(text, str) else text for name, text in named.items()}


def lists(texts: dict[str, Any]) -> dict[str, tuple[str, ...]]:
    """The texts of `texts_of` as a browser sends them."""
    return {name: (text,) if isinstance(text, str) else text for name, text in texts.items()}


@pytest.mark.parametrize(
    ("texts", "values"),
    [
        ({"one": "2", "since": "2019年5月"}, {"one": "2", "since": "2019-05"}),
        ({"one": "2", "since": "20190512"}, {"one": "2", "since": "2019-05"}),
        ({"one": "2", "since": "2019"}, {"one": "2", "since": "2019"}),
        ({"one": "1", "since": "2019-05"}, {"one": "1"}),
        ({"one": "5", "one__5": "海鲜"}, {"one": "5", "one.5": "海鲜"}),
        ({"one": "1", "kinds": ("2", "5"), "kinds__5": "花粉"},
         {"one": "1", "kinds": ("2", "5"), "kinds.5": "花粉"}),
        ({"one": "1", "weight": "７０.0"}, {"one": "1", "weight": Decimal("70.0")}),
        ({"one": "1", "weight": "70。5"}, {"one": "1", "weight": Decimal("70.5")}),
        ({"one": "1", "count": "０"}, {"one": "1", "count": 0}),
        ({"one": "1", "on": "2026.11.3"}, {"one": "1", "on": date(2026, 11, 3)}),
        ({"one": "1", "stays_4_from": "20260102", "stays_0_from": "2026/01/01",
          "stays_4_why": "1"},
         {"one": "1", "stays": ({"from": date(2026, 1, 1)},
                                {"from": date(2026, 1, 2), "why": "1"})}),
        ({"one": "1", "index": "9"}, {"one": "1"}),
    ],
)  # fmt: skip
def test_what_was_typed_is_understood(texts: dict[str, Any], values: Values) -> None:
    answer = read_form(FORM, typed(**texts))
    assert (answer.errors, answer.doubts) == ({}, {})
    assert answer.values == values


@pytest.mark.parametrize(
    ("texts", "name", "told"),
    [
        ({}, "one", "请选择一项"),
        ({"one": "3"}, "one", "请从列出的选项中选择"),
        ({"one": "1", "kinds": ("1", "2")}, "kinds", "选了“无”就不能再选其他项"),
        ({"one": "1", "kinds": ("7",)}, "kinds", "请从列出的选项中选择"),
        ({"one": "5"}, "one.5", "选了“其他”请写明是什么"),
        ({"one": "2", "since": "去年"}, "since", "应写成年月，例如 2019-05"),
        ({"one": "1", "words": "一二三四五六"}, "words", "最多 5 个字，现有 6 个"),
        ({"one": "1", "count": "31"}, "count", "应在 0～30 次 之间"),
        ({"one": "1", "count": "1.5"}, "count", "应为整数"),
        ({"one": "1", "count": "一次"}, "count", "应为数字"),
        ({"one": "1", "weight": "70.55"}, "weight", "最多 1 位小数"),
        ({"one": "1", "weight": "1e2"}, "weight", "应为数字"),
        ({"one": "1", "weight": "9" * 13}, "weight", "应为数字"),
        ({"one": "1", "on": "2026-02-30"}, "on", "日期"),
        ({"one": "1", "stays_0_why": "1"}, "stays-0-from", "请填写入院"),
        ({"one": "1", "stays_0_from": "20260101", "stays_1_from": "20260101",
          "stays_2_from": "20260101"}, "stays", "最多 2 行"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused_at_its_field(
    texts: dict[str, Any], name: str, told: str
) -> None:
    answer = read_form(FORM, typed(**texts))
    assert list(answer.errors) == [name]
    assert told in answer.errors[name]


def test_a_rare_number_is_doubted_and_kept() -> None:
    answer = read_form(FORM, typed(one="1", weight="131.0"))
    assert answer.values["weight"] == Decimal("131.0")
    assert answer.errors == {}
    assert "体重 131.0 kg 少见（通常 35～130）" in answer.doubts["weight"]
    assert read_form(FORM, typed(one="1", weight="130")).doubts == {}


def test_answers_of_others_are_read_as_strictly() -> None:
    right = response(FORM, {"one": "2", "since": "2019-05", "weight": Decimal("70.0")}, ABOUT)
    assert read_response(FORM, right).errors == {}
    wrong = {**right, "item": [{"linkId": "all", "item": [
        {"linkId": "one", "answer": [{"valueCoding": {"code": "1"}}]},
        {"linkId": "since", "answer": [{"valueString": "2019-05"}]},
        {"linkId": "weight", "answer": [{"valueString": "70"}]},
        {"linkId": "count", "answer": [{"valueInteger": 31}]},
        {"linkId": "on", "answer": [{"valueDate": "2026-11"}]},
        {"linkId": "kinds", "answer": [
            {"valueCoding": {"system": "http://example.org/others", "code": "2"}}]},
        {"linkId": "unheard-of", "answer": [{"valueString": "x"}]},
        {"linkId": "stays", "item": [
            {"linkId": "stays.why", "answer": [{"valueCoding": {"code": "1"}}]}]},
    ]}]}  # fmt: skip
    errors = read_response(FORM, wrong).errors
    assert sorted(errors) == [
        "count", "kinds", "on", "since", "stays.from", "unheard-of", "weight",
    ]  # fmt: skip
    assert "应在 0～30 次 之间" in errors["count"]
    assert errors["since"] == errors["unheard-of"]


def test_two_answers_to_one_question_are_not_passed_over() -> None:
    twice = {"linkId": "count", "answer": [{"valueInteger": 1}, {"valueInteger": 2}]}
    one = {"linkId": "one", "answer": [{"valueCoding": {"code": "1"}}]}
    body = {**response(FORM, {}, ABOUT), "item": [{"linkId": "all", "item": [one, twice]}]}
    assert list(read_response(FORM, body).errors) == ["count"]


def test_a_questionnaire_says_what_the_declaration_says() -> None:
    body = questionnaire(FORM)
    validated(registry(), body)
    assert f"{body['url']}|{body['version']}" == canonical_of(FORM)
    assert canonical_of(FORM) == f"{CANONICAL}/Questionnaire/sample|3"
    items = {item["linkId"]: item for item in body["item"][0]["item"]}
    assert items["one"]["required"] is True
    assert items["kinds"]["repeats"] is True
    assert [one["answerCoding"]["code"] for one in items["since"]["enableWhen"]] == ["2", "5"]
    assert items["since"]["enableBehavior"] == "any"
    assert items["one.5"]["text"] == "一项：其他"
    assert [one["linkId"] for one in items["stays"]["item"]] == [
        "stays.from", "stays.why", "stays.why.5",
    ]  # fmt: skip
    limits = {e["url"].rpartition("/")[2]: e for e in items["weight"]["extension"]}
    assert limits["minValue"]["valueDecimal"] == 1
    assert limits["maxValue"]["valueDecimal"] == 300
    assert limits["questionnaire-unit"]["valueCoding"]["code"] == "kg"


def test_measured_values_become_observations() -> None:
    about = Measured({"reference": "Patient/li-na"}, None, "2026-11-23", None, {"reference": "x"})
    assert observations(FORM, {"one": "1"}, about) == []
    ((key, body),) = observations(FORM, {"weight": Decimal("70.0")}, about)
    assert key == "weight"
    assert body["category"][0]["coding"][0]["code"] == "vital-signs"
    assert "encounter" not in body
    assert "performer" not in body
    assert body["valueQuantity"] == {
        "value": Decimal("70.0"), "unit": "kg", "system": "http://unitsofmeasure.org", "code": "kg",
    }  # fmt: skip


@functools.cache
def _checked(form: Form) -> None:
    validated(registry(), questionnaire(form))


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_texts_values_and_answers_say_the_same(data: st.DataObject) -> None:
    form = data.draw(forms())
    values = data.draw(values_of_form(form))
    survives(form, values)


def survives(form: Form, values: Values) -> None:
    """Values come back as they are from texts, from FHIR, and from FHIR as it is stored."""
    _checked(form)
    texts = texts_of(form, values)
    answer = read_form(form, lists(texts))
    assert (answer.errors, answer.values) == ({}, values)
    body = response(form, values, ABOUT)
    validated(registry(), body)
    stored = json.loads(json.dumps(body))
    assert values_of(form, stored) == values
    assert texts_of(form, values_of(form, stored)) == texts
    again = read_response(form, stored)
    assert (again.errors, again.values) == ({}, values)
