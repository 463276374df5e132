"""The personal information form and the resources that it is kept as say the same."""

from typing import Any

from hypothesis import given, settings

from kernel.fhir.questionnaire import Answered, questionnaire, response, values_of
from kernel.fhir.validate import problems
from kernel.forms import read_form, texts_of
from records.information import answers as information
from records.information import changing
from records.information.facts import About
from records.information.form import FORM
from tests.information.answers import answers, complete
from tests.support.house import registry

ABOUT = About("p1", "2026-11-23")


def bodies(values: Any) -> list[dict[str, Any]]:
    """The facts of an answer as they are stored, with ids in the order of saving."""
    found = information.facts_of(values, ABOUT)
    return [{**body, "id": f"f{number:04d}"} for number, body in enumerate(found)]


def as_texts(values: Any) -> dict[str, tuple[str, ...]]:
    """The answers as a browser sends them."""
    texts = texts_of(FORM, values)
    return {name: (text,) if isinstance(text, str) else text for name, text in texts.items()}


@settings(max_examples=150, deadline=None)
@given(answers())
def test_form_resources_and_form_again_say_the_same(drawn: Any) -> None:
    values = complete(drawn)
    read = read_form(FORM, as_texts(values))
    assert read.errors == {}
    assert read.values == values
    person = information.person_of(values)
    facts_ = bodies(values)
    for body in (person, *facts_):
        found, _checked = problems(body, types=registry().specs)
        assert [(p.expression, p.diagnostics) for p in found] == []
    assert information.values_of(person, facts_) == values


@settings(max_examples=60, deadline=None)
@given(answers())
def test_the_form_as_a_questionnaire_says_the_same(drawn: Any) -> None:
    values = complete(drawn)
    author = {"reference": "Practitioner/x"}
    about = Answered("p1", "2026-11-23T09:00:00+08:00", author)
    body = response(FORM, values, about)
    for one in (body, questionnaire(FORM)):
        assert problems(one, types=registry().specs)[0] == []
    assert values_of(FORM, body) == values


@settings(max_examples=100, deadline=None)
@given(answers(), answers())
def test_a_change_writes_what_changed_and_takes_the_rest_away(first: Any, second: Any) -> None:
    first, second = complete(first), complete(second)
    kept = {body["id"]: body for body in bodies(first)}
    same = changing.changes(list(kept.values()), information.facts_of(first, ABOUT))
    assert same == [], "nothing changed"
    for number, change in enumerate(
        changing.changes(list(kept.values()), information.facts_of(second, ABOUT))
    ):
        id_ = change.id or f"g{number:04d}"
        kept[id_] = {**change.body, "id": id_}
        assert problems({**change.body}, types=registry().specs)[0] == []
    before = {**information.person_of(first), "active": True}
    person = information.revised(before, information.person_of(second))
    assert person["active"] is True
    assert _sorted(information.values_of(person, list(kept.values()))) == _sorted(second)


def _sorted(values: Any) -> dict[str, Any]:
    """Rows without their order: what was there before stands first."""
    return {
        key: sorted(str(sorted(row.items())) for row in value) if key.endswith("_rows") else value
        for key, value in values.items()
    }
