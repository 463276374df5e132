"""A new head's point of view: what the old relations tell, and no guess where they do not."""

from datetime import date

import pytest

from records.households.kinship import Kin, suggest_relations
from records.terminology import catalogue
from tests.households.homes import FAMILY, RELATIONS

SEVEN = [
    Kin(one["id"], RELATIONS[one["id"]], one["gender"], date.fromisoformat(one["birthDate"]))
    for one in FAMILY
]
CASES = {
    "mother": {
        "father": "11", "grandfather": "53", "son": "22", "wife": "38", "girl": "42", "boy": "41",
    },
    "son": {
        "father": "51", "mother": "52", "grandfather": "61", "wife": "12", "girl": "30",
        "boy": "20",
    },
    "grandfather": {
        "father": "20", "mother": "38", "son": "41", "wife": "", "girl": "48", "boy": "47",
    },
    "wife": dict.fromkeys(("father", "mother", "grandfather", "son", "girl", "boy"), ""),
}  # fmt: skip


@pytest.mark.parametrize("head", list(CASES))
def test_the_family_as_another_head_sees_it(head: str) -> None:
    assert suggest_relations(SEVEN, head) == CASES[head]


def test_the_present_head_changes_nothing() -> None:
    told = suggest_relations(SEVEN, "father")
    assert told == {name: code for name, code in RELATIONS.items() if name != "father"}


def member(id_: str, relation: str, sex: str, year: int) -> Kin:
    return Kin(id_, relation, sex, date(year, 1, 1))


def test_brothers_and_sisters_by_age() -> None:
    members = [
        member("head", "02", "female", 1960), member("a", "32", "female", 1985),
        member("b", "22", "male", 1980), member("c", "23", "male", 1990),
        member("d", "33", "female", 1995), member("e", "41", "male", 2010),
    ]  # fmt: skip
    told = suggest_relations(members, "a")
    assert told == {"head": "52", "b": "71", "c": "73", "d": "77", "e": ""}


def test_from_a_brother() -> None:
    members = [
        member("head", "02", "male", 1960), member("bro", "73", "male", 1965),
        member("sis", "75", "female", 1955), member("mum", "52", "female", 1930),
        member("girl", "31", "female", 1990), member("wife", "12", "female", 1961),
    ]  # fmt: skip
    assert suggest_relations(members, "bro") == {
        "head": "71", "sis": "75", "mum": "52", "girl": "94", "wife": "",
    }  # fmt: skip


def test_a_suggestion_is_always_a_code_and_never_the_head() -> None:
    codes = set(catalogue.code_set("gb-relation").concepts) - {"01", "02"}
    for new in codes:
        for other in codes:
            members = [
                member("head", "02", "male", 1960), member("new", new, "female", 1970),
                member("other", other, "male", 1980),
            ]  # fmt: skip
            for told in suggest_relations(members, "new").values():
                assert told == "" or (told in codes and (told not in ("01", "02") or new == "02"))
