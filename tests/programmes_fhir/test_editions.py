"""An answer keeps the edition of the form that it was given under."""

from dataclasses import replace

import pytest

from health.followups import answers
from health.followups.answers import asked_in, forms, unknown_edition
from health.followups.stamp import stamped
from health.programmes import hypertension
from kernel.canonical import CANONICAL
from kernel.errors import Refused
from tests.followups.sending import decided, enrolled, follow_up, put, stored
from tests.followups.test_saving import values
from tests.support.house import OpenHouse

ADDRESS = f"{CANONICAL}/Questionnaire/hypertension"


def test_an_answer_is_stored_with_the_edition(fresh_house: OpenHouse) -> None:
    house = fresh_house
    enrolled(house, "li-na", "hypertension", "2026-01-05")
    body = follow_up("li-na", "hypertension", values("2026-11-16", 128, 76), id="f1")
    put(house, {**body, "questionnaire": ADDRESS}, 201)
    assert stored(house, "QuestionnaireResponse", "f1")["questionnaire"] == f"{ADDRESS}|2017"
    assert decided(house, "f1").outcome == "1"
    draft = {**body, "id": "f2", "questionnaire": ADDRESS, "status": "in-progress"}
    put(house, draft, 201)
    assert stored(house, "QuestionnaireResponse", "f2")["questionnaire"] == f"{ADDRESS}|2017"


@pytest.mark.parametrize("status", ["completed", "in-progress"])
def test_an_edition_that_never_was_is_refused(house: OpenHouse, status: str) -> None:
    body = follow_up(
        "li-na", "hypertension", values("2026-11-16", 128, 76), id="odd", status=status
    )
    told = put(house, {**body, "questionnaire": f"{ADDRESS}|2031"}, 422)
    assert "没有这一版表单（2031），可用的版本：2017" in told
    assert "QuestionnaireResponse.questionnaire" in told
    assert house.client("gp1").get("QuestionnaireResponse/odd").status_code == 404


def test_forms_of_others_are_none_of_our_business(house: OpenHouse) -> None:
    body = follow_up("li-na", "hypertension", values("2026-11-16", 128, 76), id="other")
    put(house, {**body, "questionnaire": "http://a.example/Questionnaire/hypertension|9"}, 201)


def test_editions_stand_side_by_side(monkeypatch: pytest.MonkeyPatch) -> None:
    """An earlier edition stays known by its address; without a version it is the current one."""
    form = hypertension.form()
    programme = replace(
        hypertension.PROGRAMME,
        former=(lambda: replace(form, version="2011"),),
    )
    monkeypatch.setattr(answers, "PROGRAMMES", (programme,))
    forms.cache_clear()
    try:
        found = {
            address: asked.form.version if (asked := asked_in(_answer(address))) else None
            for address in (f"{ADDRESS}|2011", f"{ADDRESS}|2017", ADDRESS, f"{ADDRESS}|1999")
        }
        assert found == {
            f"{ADDRESS}|2011": "2011",
            f"{ADDRESS}|2017": "2017",
            ADDRESS: "2017",
            f"{ADDRESS}|1999": None,
        }
        assert unknown_edition(_answer(f"{ADDRESS}|1999")) == ("2011", "2017")
    finally:
        forms.cache_clear()


def _answer(address: str) -> dict[str, str]:
    return {"resourceType": "QuestionnaireResponse", "questionnaire": address}


def test_what_is_saved_again_is_not_asked_for_its_edition(house: OpenHouse) -> None:
    """As when a file is joined with another one, long after the edition was given up."""
    body = {**_answer(f"{ADDRESS}|1999"), "status": "completed"}
    with house.station.write(house.actor("gp1")) as work:
        assert stamped(work, body, body, ()) == body
        with pytest.raises(Refused):
            stamped(work, None, body, ())
