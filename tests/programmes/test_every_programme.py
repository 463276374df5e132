"""What holds for every programme: random answers, ranges of numbers, one meaning of a key."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from health.declare import MOST_EARLIER, Action, Case, Decision, Earlier, Programme
from health.fields import ACTION, NEXT_DATE, OUTCOME, VISIT_DATE
from health.programmes import PROGRAMMES
from kernel.declare.form import Field, FieldKind, Form
from kernel.forms import read_form, texts_of
from records.terminology.catalogue import code_set
from tests.kernel.form_values import values_of_form

NUMBERS = (FieldKind.INTEGER, FieldKind.DECIMAL)
ENDS = {"referral-outcome": {"5", "6"}}
"""Outcomes with which the management ends, so that nothing is planned."""
EVERY = pytest.mark.parametrize("programme", PROGRAMMES, ids=lambda one: one.name)


@st.composite
def answers(draw: st.DrawFn, programme: Programme) -> tuple[dict[str, Any], Case]:
    """Values that can be typed into the form, and somebody whom they may be about."""
    on = draw(st.dates(date(2000, 1, 1), date(2026, 11, 23)))
    born = draw(st.none() | st.dates(date(1905, 1, 1), on))
    sex = draw(st.sampled_from(["male", "female", "other", "unknown", ""]))
    card = draw(values_of_form(programme.card())) if programme.card else {}
    case = Case(on, born, sex, tuple(draw(_earlier(programme, on))), card)
    return {**draw(values_of_form(programme.form())), VISIT_DATE: on}, case


@st.composite
def _earlier(draw: st.DrawFn, programme: Programme, on: date) -> list[Earlier]:
    visits = []
    for number in range(draw(st.integers(0, 2))):
        values = programme.complete(draw(values_of_form(programme.form())))
        codes = [one.code for one in programme.outcomes]
        visits.append(
            Earlier(
                on - timedelta(days=7 * number + draw(st.integers(1, 7))),
                draw(st.sampled_from(codes)),
                draw(st.sampled_from(Action)),
                draw(st.booleans()),
                draw(st.booleans()),
                values,
            )
        )
    return visits


@EVERY
@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_every_valid_answer_has_a_declared_outcome_and_a_later_due_date(
    programme: Programme, data: st.DataObject
) -> None:
    typed, case = data.draw(answers(programme))
    read = read_form(programme.form(), _sent(programme.form(), typed))
    assert read.errors == {}
    values = programme.complete(dict(read.values))
    decision = programme.decide(values, case)
    programme.outcome(decision.outcome)
    assert decision.reasons
    assert all(reason.text for reason in decision.reasons)
    _dates(programme, decision, case)
    assert programme.decide(values, case) == decision, "the same answer is judged the same"
    faults = programme.complain(values, case)
    assert set(faults) <= {field.key for field in programme.form().fields}


def _sent(form: Form, values: dict[str, Any]) -> dict[str, list[str]]:
    """What a browser sends for these values."""
    texts = texts_of(form, values)
    return {name: [text] if isinstance(text, str) else list(text) for name, text in texts.items()}


def _dates(programme: Programme, decision: Decision, case: Case) -> None:
    days = [planned.due_on for planned in decision.planned]
    assert all(day > case.on for day in days)
    assert bool(days) is (decision.outcome not in ENDS.get(programme.name, ()))
    urgent = decision.action in (Action.REFER, Action.EMERGENCY)
    assert not urgent or min(days) <= case.on + timedelta(days=14)


def _numbers() -> Iterator[Any]:
    seen: set[Field] = set()
    for programme in PROGRAMMES:
        for form in (programme.form(), *((programme.card(),) if programme.card else ())):
            for field in form.fields:
                if field.kind in NUMBERS and not field.computed and field not in seen:
                    seen.add(field)
                    yield pytest.param(form, field, id=f"{form.name}:{field.key}")


def _alone(form: Form, field: Field) -> Form:
    """The form with this field only, asked in any case."""
    section = replace(form.sections[0], fields=(replace(field, when=None),))
    return replace(form, sections=(section,))


@pytest.mark.parametrize(("form", "field"), list(_numbers()))
def test_a_hard_range_refuses_and_a_soft_range_asks(form: Form, field: Field) -> None:
    assert field.hard is not None, "every number has a range that is possible"
    alone, step = _alone(form, field), Decimal(1).scaleb(-field.digits)
    low, high = field.hard
    for inside in (low, high):
        assert read_form(alone, {field.key: [f"{inside:f}"]}).errors == {}
    for outside in (low - step, high + step):
        refused = read_form(alone, {field.key: [f"{outside:f}"]}).errors
        assert field.title in refused[field.key]
    if field.soft is not None:
        _asks(alone, field, step)


def _asks(form: Form, field: Field, step: Decimal) -> None:
    assert field.hard is not None
    assert field.soft is not None
    (low, high), (least, most) = field.soft, field.hard
    for usual in (low, high):
        assert read_form(form, {field.key: [f"{usual:f}"]}).doubts == {}
    for unusual in (low - step, high + step):
        if least <= unusual <= most:
            read = read_form(form, {field.key: [f"{unusual:f}"]})
            assert read.errors == {}
            assert field.title in read.doubts[field.key]


OF_THE_PROGRAMME = {"symptoms", "danger", "risk", "advice", "programme", OUTCOME}
"""Keys whose options are the programme's own."""


def test_a_key_means_the_same_in_every_form() -> None:
    """A joint visit asks it once, so unit and codes must be the same."""
    meanings: dict[str, set[tuple[object, ...]]] = {}
    for programme in PROGRAMMES:
        for field in programme.form().fields:
            meaning = (field.kind, field.unit, field.system, field.coded)
            meanings.setdefault(field.key, set()).add(meaning)
    several = {key for key, found in meanings.items() if len(found) > 1}
    assert several <= OF_THE_PROGRAMME


@EVERY
def test_the_clinician_can_choose_every_outcome_and_only_those(programme: Programme) -> None:
    keys = {field.key for field in programme.form().fields}
    assert NEXT_DATE in keys
    if programme.regular:
        options = programme.form().field(OUTCOME).by_code
        assert set(options) == {one.code for one in programme.outcomes}
        assert {one.title for one in programme.outcomes} == {o.title for o in options.values()}
        assert set(programme.form().field(ACTION).by_code) == set(Action)


@EVERY
def test_an_enrolment_says_the_programmes_name(programme: Programme) -> None:
    if programme.regular:
        assert code_set("care-kind").concepts[programme.name].title == programme.title
    assert programme.recalls <= MOST_EARLIER


@EVERY
def test_every_code_that_is_asked_for_is_in_the_catalogue(programme: Programme) -> None:
    for field in programme.form().fields:
        assert not field.options or field.system, field.key
