"""Every programme has its page, its proposal and its paper from the declaration alone."""

from datetime import date
from typing import Any

import pytest

from health.declare import Programme
from health.fields import CONCLUSION
from health.followups.display_paper import chunks, sheet
from health.followups.joint import joint
from health.programmes import MANAGED, PROGRAMMES, programme_of
from kernel.declare.form import Field, FieldKind, Form
from tests.followups.filling import managed, send
from tests.pages.browsing import signed_in, words
from tests.support.house import OpenHouse

NEW = "/residents/li-na/follow-ups"
OWN = {"programme": "hypertension", "visit-date": "2026-11-23"}
"""What the first choice would not do for: the programme that a referral came from."""


def simplest(form: Form) -> dict[str, Any]:
    """The first choice and the lowest usual number everywhere, but no conclusion."""
    found: dict[str, Any] = {}
    for section in form.sections:
        for field in section.fields:
            if section.key == CONCLUSION or field.computed or not _asked(field, found):
                continue
            text = OWN.get(field.key) or _text(field)
            if text:
                found[field.key] = text
    return found


def _asked(field: Field, found: dict[str, Any]) -> bool:
    if field.when is None:
        return True
    given = found.get(field.when.key, ())
    chosen = [given] if isinstance(given, str) else given
    return field.required and any(code in chosen for code in field.when.codes)


def _text(field: Field) -> Any:
    if field.kind is FieldKind.CHOICE:
        return next(one.code for one in field.options if not one.words)
    if field.kind is FieldKind.CHOICES:
        return [next(one.code for one in field.options if not one.words)]
    if field.kind in (FieldKind.INTEGER, FieldKind.DECIMAL):
        low = (field.soft or field.hard or (0,))[0]
        return f"{low:f}"
    if field.kind is FieldKind.DATE:
        return "2026-11-23"
    return "本人转述" if field.required else None


def known(house: OpenHouse) -> None:
    """Li Na is in all programmes."""
    if house.client("gp1").get("EpisodeOfCare/li-na-hypertension").status_code == 404:
        managed(house, *(one.name for one in MANAGED))


@pytest.mark.parametrize("one", PROGRAMMES, ids=lambda one: one.name)
def test_it_is_proposed_saved_shown_and_printed(house: OpenHouse, one: Programme) -> None:
    known(house)
    doctor = signed_in(house, "gp1")
    address, typed = f"{NEW}/new?programmes={one.name}", simplest(one.form())
    plain = dict.fromkeys(("systolic", "diastolic", "heart-rate", "weight", "height"))
    sent = {**plain, "symptoms": None, "adr": None, **typed}
    proposed = send(doctor, address, "propose", **sent)
    assert proposed.status_code == 200
    assert "data-outcome=" in proposed.text, words(proposed)
    answer = send(doctor, address, **sent)
    assert answer.status_code == 303, words(answer)
    saved = words(doctor.get(answer.headers["location"]))
    assert f"{one.short}已保存" in saved
    paper = doctor.get(f"{NEW}/{one.name}/print")
    assert paper.status_code == 200
    assert one.form().title in words(paper)
    assert "随访医生签名" in words(paper)
    assert "2026-11-23" in words(paper).partition("打印。")[0].partition("编号")[2]


def test_all_that_somebody_is_in_can_be_asked_at_once(house: OpenHouse) -> None:
    known(house)
    names = ",".join(one.name for one in MANAGED)
    page = signed_in(house, "gp1").get(f"{NEW}/new?programmes={names}")
    assert page.status_code == 200
    assert page.text.count('name="systolic"') == 1
    assert page.text.count('class="proposal"') == len(MANAGED)


@pytest.mark.parametrize("one", PROGRAMMES, ids=lambda one: one.name)
def test_every_field_has_its_place_on_the_sheet(one: Programme) -> None:
    form = one.form()
    (places,) = chunks([], one.paper_columns)
    assert len(places) == one.paper_columns
    rows = [row for section in sheet(form, places) for row in section["rows"]]
    fields = [field for field in form.fields if field.when is None]
    assert len(rows) <= len(fields)
    titles = " ".join(str(row["title"]) for row in rows)
    for field in fields:
        ours = field.key in ("class-reason", "action-reason")
        goal = field.key.startswith("target-") or field.key.endswith("-target")
        assert ours or goal or str(field.title) in titles, field.key
    assert all(len(row["cells"]) == one.paper_columns for row in rows)


def test_the_page_of_a_referral_knows_where_it_came_from(house: OpenHouse) -> None:
    known(house)
    page = signed_in(house, "gp1").get(f"{NEW}/new?programmes=referral-outcome&of=diabetes")
    assert 'value="diabetes" selected' in page.text or 'value="diabetes" id=' in page.text
    assert joint((programme_of("referral-outcome"),)).form.field("programme").required
    assert date(2026, 11, 23).isoformat() in page.text
