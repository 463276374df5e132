"""An answer that FHIR allows and the form does not is told what is wrong with it: never a 5xx."""

import copy
from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from health.declare import Programme
from health.fields import VISIT_DATE
from health.programmes import MANAGED, PROGRAMMES
from tests.faults.test_nonsense import FUZZ
from tests.followups.sending import enrolled, follow_up
from tests.kernel.form_values import values_of_form
from tests.support.house import OpenHouse

ANSWERS: tuple[Any, ...] = (
    None,
    [{"valueString": "x"}],
    [{"valueString": "2026-11-20"}],
    [{"valueInteger": 1}],
    [{"valueInteger": -1}],
    [{"valueDecimal": 1.5}],
    [{"valueDate": "2026"}],
    [{"valueDate": "2026-11"}],
    [{"valueDate": "0001-01-01"}],
    [{"valueDate": "9999-12-31"}],
    [{"valueBoolean": True}],
    [{"valueCoding": {"code": "99"}}],
    [{"valueCoding": {"display": "x"}}],
    [{"valueCoding": {"code": "1"}}, {"valueCoding": {"code": "1"}}],
    [{"valueReference": {"display": "x"}}],
    [{"item": [{"linkId": "visit-date", "answer": [{"valueDate": "2026-11-20"}]}]}],
)
HEADS = ("authored", "author", "subject", "item", "questionnaire", "status")


def items(body: Any) -> Iterator[tuple[list[Any], int]]:
    """Every item of an answer: the list that it stands in, and where."""
    for number, item in enumerate(body.get("item", ())):
        yield body["item"], number
        yield from items(item)


@st.composite
def spoilt(draw: st.DrawFn, programme: Programme) -> dict[str, Any]:
    """A right answer in which one to three things were changed as FHIR allows."""
    values = draw(values_of_form(programme.form()))
    body = follow_up("li-na", programme.name, {**values, VISIT_DATE: date(2026, 11, 20)}, id="odd")
    for _ in range(draw(st.integers(1, 3))):
        if draw(st.integers(0, 9)) == 0:
            body.pop(draw(st.sampled_from(HEADS)), None)
        elif places := list(items(body)):
            _spoil(draw, *draw(st.sampled_from(places)))
    return body


def _spoil(draw: st.DrawFn, holder: list[Any], number: int) -> None:
    item = holder[number]
    action = draw(st.sampled_from(["answer", "answer", "answer", "drop", "twice", "name", "nest"]))
    if action == "drop":
        holder[number] = {"linkId": item["linkId"]}
    elif action == "twice":
        holder.append(copy.deepcopy(item))
    elif action == "name":
        item["linkId"] = draw(st.sampled_from(["bmi", "drugs", "next-date", "symptoms", "unknown"]))
    elif action == "nest":
        item["item"] = [copy.deepcopy({k: v for k, v in item.items() if k != "item"})]
    else:
        item.pop("item", None)
        answer = draw(st.sampled_from(ANSWERS))
        item.pop("answer", None)
        if answer is not None:
            item["answer"] = copy.deepcopy(answer)


@pytest.mark.parametrize("programme", PROGRAMMES, ids=lambda one: one.name)
@pytest.mark.parametrize("house", ["sqlite"], indirect=True)
@settings(FUZZ, max_examples=25)
@given(data=st.data())
def test_no_answer_is_too_much(house: OpenHouse, programme: Programme, data: st.DataObject) -> None:
    client = house.client("gp1")
    name = programme.name
    if programme in MANAGED and client.get(f"EpisodeOfCare/li-na-{name}").status_code == 404:
        enrolled(house, "li-na", name, "2026-01-05")
    body = data.draw(spoilt(programme))
    answer = client.put("QuestionnaireResponse/odd", body)
    assert answer.status_code < 500, answer.text
    if answer.status_code < 400:
        wrong = client.put("QuestionnaireResponse/odd", {**body, "status": "entered-in-error"})
        assert wrong.status_code < 500, wrong.text
