"""The synthetic city's households obey the rules and are read by the forms."""

from datetime import date
from functools import cache

from demo.directory import directory
from demo.population import Household, households
from records.households.details import details_of, typed_of, understand
from records.households.group import active_members, address_element, is_household
from records.households.living import CODED, characteristics, living_of
from records.households.problems import problems_of
from records.households.rules import faults
from records.terminology import catalogue

TODAY = date(2026, 11, 23)


@cache
def homes() -> tuple[Household, ...]:
    city = directory()
    return tuple(households(3_000, seed=5, today=TODAY, directory=city))


def test_every_household_obeys_the_rules() -> None:
    for home in homes():
        assert is_household(home.group)
        assert faults(home.group) == [], home.group["id"]


def test_every_form_reads_what_the_city_wrote() -> None:
    for home in homes():
        told = details_of(home.group)
        again, errors = understand(typed_of(told), {told.doctor: told.doctor_name})
        assert not errors, home.group["id"]
        assert again == told


def test_codes_carry_the_words_of_their_code_sets() -> None:
    fields = {field.key: field for field in CODED}
    for home in homes():
        for _place, key, element in characteristics(home.group):
            for coding in element.get("valueCodeableConcept", {}).get("coding", ()):
                known = catalogue.code_set(fields[key].codes)
                assert coding["system"] == known.url
                assert coding["display"] == known.concepts[coding["code"]].display
            assert element["code"]["text"]


def test_a_share_of_the_households_was_asked_and_some_have_problems() -> None:
    open_homes = [home.group for home in homes() if home.group["active"]]
    asked = sum(bool(living_of(group)) for group in open_homes) / len(open_homes)
    troubled = sum(bool(problems_of(group)) for group in open_homes) / len(open_homes)
    assert 0.55 < asked < 0.75
    assert 0.05 < troubled < 0.2
    assert all(address_element(group) for group in open_homes)
    assert all(living_of(g).get("living", 0) <= len(active_members(g)) for g in open_homes)
    for group in open_homes:
        for problem in problems_of(group):
            assert problem.id
            assert problem.name
            assert problem.on is not None
            assert problem.on <= (problem.solved_on or TODAY) <= TODAY
