"""A programme that contradicts itself is refused at start: a spoilt one for every fault."""

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from health.checks import check, faults_of
from health.checks_forms import UNITS
from health.declare import Measured, Outcome, Programme, Trend
from health.programmes import PROGRAMMES, hypertension, programme_of
from health.programmes.hypertension import PROGRAMME
from kernel.app import registry_of
from kernel.declare.form import Condition, Field, FieldKind, Form, Option
from kernel.registry import Misdeclared
from records.api import examination_form
from records.module import MODULE as RECORDS


def with_field(key: str, /, **changes: Any) -> Programme:
    """Hypertension with one field declared otherwise."""
    return with_form(lambda one: replace(one, **changes) if one.key == key else one)


def with_form(changed: Callable[[Field], Field | None]) -> Programme:
    """Hypertension with its fields changed; None leaves one out."""
    form = hypertension.form()
    sections = tuple(
        replace(one, fields=tuple(f for f in map(changed, one.fields) if f is not None))
        for one in form.sections
    )
    found = replace(form, sections=sections)
    return replace(PROGRAMME, form=lambda: found)


def without(key: str) -> Programme:
    return with_form(lambda one: None if one.key == key else one)


def renamed(**changes: Any) -> Programme:
    form = replace(hypertension.form(), **changes)
    return replace(PROGRAMME, form=lambda: form)


def coded(key: str, **changes: Any) -> Programme:
    mine = hypertension.form().field(key).coded
    assert mine is not None
    return with_field(key, coded=replace(mine, **changes))


def with_rows(**changes: Any) -> Programme:
    """Hypertension with one column of the drugs declared otherwise."""
    drugs = hypertension.form().field("drugs")
    columns = (replace(drugs.columns[0], **changes), *drugs.columns[1:])
    return with_field("drugs", columns=columns)


def spoilt(**changes: Any) -> Programme:
    return replace(PROGRAMME, **changes)


def test_the_programmes_of_the_house_are_sound() -> None:
    assert check() == []


def test_every_unit_that_the_house_exchanges_is_known() -> None:
    forms = [examination_form(), *(one.form() for one in PROGRAMMES)]
    used = {f.coded.ucum for form in forms for f in form.fields if f.coded and f.coded.ucum}
    assert used <= UNITS


_WIDE = (Decimal(10), Decimal(400))
_SALT = Option("9", "其他")
FAULTS: tuple[tuple[Programme, str], ...] = (
    (spoilt(name="Blood Pressure"), "Blood Pressure.name: must be lower-case words"),
    (
        spoilt(title="别的"),
        "hypertension.title: nbphs3-care-kind calls this code 高血压患者健康管理",
    ),
    (spoilt(source=""), "hypertension.source: is empty"),
    (spoilt(eligible_text=""), "hypertension.eligible_text: is empty"),
    (spoilt(yearly=-1), "hypertension.yearly: must be 0 to 366"),
    (spoilt(recalls=7), "hypertension.recalls: must be 0 to 6"),
    (spoilt(first_days=0), "hypertension.first_days: must be 1 to 366"),
    (spoilt(paper_columns=0), "hypertension.paper_columns: must be 1 to 6"),
    (spoilt(outcomes=()), "hypertension.outcomes: there is none"),
    (
        spoilt(outcomes=(*PROGRAMME.outcomes, Outcome("1", "又一个"))),
        "hypertension.outcomes.1: is declared 2 times",
    ),
    (
        spoilt(outcomes=(*PROGRAMME.outcomes, Outcome("9", ""))),
        "hypertension.outcomes.9: no title",
    ),
    (
        spoilt(outcomes=PROGRAMME.outcomes[:3]),
        "hypertension.form.visit-class: the option 4 is no outcome",
    ),
    (spoilt(mandatory=("pulse",)), "hypertension.mandatory.pulse: is no field of the form"),
    (spoilt(carried=("pulse",)), "hypertension.carried.pulse: is no field of the form"),
    (spoilt(carried=("systolic",)), "hypertension.carried.systolic: is measured"),
    (
        spoilt(measured=(Measured("systolic", "pulse"),)),
        "hypertension.measured.pulse: is no field of the form",
    ),
    (
        spoilt(measured=(Measured("systolic", "salt"),)),
        "hypertension.measured.salt: is no number",
    ),
    (
        spoilt(measured=(Measured("pulse", "heart-rate"),)),
        "hypertension.measured.heart-rate: 'pulse' is no measured column (diastolic, glucose, "
        "systolic)",
    ),
    (
        spoilt(trends=(Trend("血压", "mmHg", ("pressure",), hypertension.target_of),)),
        "hypertension.trends.pressure: is no field of the form",
    ),
    (
        spoilt(trends=(Trend("血压", "kPa", ("systolic",), hypertension.target_of),)),
        "hypertension.trends.血压: 'mmHg' is another unit",
    ),
    (spoilt(screens="nothing"), "hypertension.screens: 'nothing' is no other programme"),
    (spoilt(screens="hypertension"), "hypertension.screens: 'hypertension' is no other programme"),
    (
        spoilt(regular=False),
        "hypertension.form.programme: is missing; it says to which programme an answer belongs",
    ),
    (renamed(name="pressure"), "hypertension.form: its name 'pressure' must be the programme's"),
    (renamed(version="v 2"), "hypertension.form.the name 'hypertension' and version 'v 2'"),
    (renamed(source=""), "hypertension.form.says no source"),
    (
        spoilt(former=(hypertension.form,)),
        "hypertension.former.2017: the edition is declared 2 times",
    ),
    (
        spoilt(former=(lambda: Form("htn", "2011", "随访", "规范", ()),)),
        "hypertension.former.2011: its name 'htn' must be the form's",
    ),
    (without("visit-date"), "hypertension.form.visit-date: is missing; every follow-up needs it"),
    (without("visit-mode"), "hypertension.form.visit-mode: is missing"),
    (without("next-date"), "hypertension.form.next-date: is missing"),
    (
        with_field("visit-date", required=False),
        "hypertension.form.visit-date: must be a required date",
    ),
    (with_field("next-date", required=True), "hypertension.form.next-date: must be a date"),
    (
        with_field("salt", key="salt-target"),
        "hypertension.form.salt-target: the key is declared 2 times",
    ),
    (
        with_field("heart-rate", soft=(Decimal(10), Decimal(110))),
        "hypertension.form.heart-rate: the soft range 10 to 110 must lie inside the hard one "
        "20 to 250",
    ),
    (
        with_field("systolic", hard=(Decimal(300), Decimal(50))),
        "hypertension.form.systolic: the hard range 300 to 50 is empty",
    ),
    (with_field("systolic", hard=None), "hypertension.form.systolic: a number needs a hard range"),
    (coded("systolic", ucum=""), "hypertension.form.systolic: a coded number needs its unit in"),
    (
        coded("systolic", ucum="mmHg"),
        "hypertension.form.systolic: 'mmHg' is no unit that is known",
    ),
    (
        with_field("systolic", unit=""),
        "hypertension.form.systolic: a coded number needs the unit that the page shows",
    ),
    (with_field("salt", title=""), "hypertension.form.salt: has no title"),
    (with_field("salt", options=()), "hypertension.form.salt: a choice has options"),
    (with_field("salt", system=""), "hypertension.form.salt: the options need their code system"),
    (
        with_field("salt", options=(_SALT, _SALT)),
        "hypertension.form.salt: the option 9 is declared 2 times",
    ),
    (
        with_field("salt", kind=FieldKind.TEXT),
        "hypertension.form.salt: a choice has options, and nothing else has",
    ),
    (
        with_field("salt", when=Condition("adr", ("2",))),
        "hypertension.form.salt: is asked by 'adr', which is no field before it",
    ),
    (
        with_field("adr-hard", when=Condition("adr", ("7",))),
        "hypertension.form.adr-hard: is asked by 'adr' = ['7'], which cannot be chosen",
    ),
    (with_field("drugs", columns=()), "hypertension.form.drugs: rows have columns"),
    (with_rows(title=""), "hypertension.form.drugs: name: has no title"),
)


@pytest.mark.parametrize(("programme", "told"), FAULTS, ids=[told for _one, told in FAULTS])
def test_a_fault_is_told_with_its_path(programme: Programme, told: str) -> None:
    found = list(faults_of((programme,)))
    assert any(one.startswith(told) for one in found), found


def test_what_is_declared_twice() -> None:
    found = list(faults_of((PROGRAMME, PROGRAMME)))
    assert "programme hypertension: is declared 2 times" in found
    assert "form hypertension: is declared 2 times" in found
    assert "indicator HT01: is declared 2 times" in found


def test_a_card_is_a_form_too() -> None:
    coronary = programme_of("coronary")
    assert coronary.card is not None
    card = replace(coronary.card(), source="")
    found = list(faults_of((replace(coronary, card=lambda: card),)))
    assert found == ["coronary.card.says no source"]


def test_all_faults_stop_the_start_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    from health import checks
    from health.module import MODULE

    odd = (spoilt(source="", yearly=-1), without("next-date"))
    monkeypatch.setattr(checks, "PROGRAMMES", odd)
    with pytest.raises(Misdeclared) as refused:
        registry_of((RECORDS, MODULE))
    told = str(refused.value)
    for one in ("hypertension.source", "hypertension.yearly", "hypertension.form.next-date"):
        assert f"health: {one}" in told
    assert "health: programme hypertension: is declared 2 times" in told
