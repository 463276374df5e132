"""A family's picture: everybody drawn once, nobody upon another, couples side by side."""

from collections.abc import Sequence
from datetime import date
from itertools import combinations, pairwise
from random import Random
from xml.etree import ElementTree

import pytest

from records.households.drawing import Portrait, draw
from records.households.kinship import GENERATIONS, Kin, generation_of
from records.households.tree import GAP, HEIGHT, WIDTH, Box, arrange
from records.terminology import catalogue
from tests.households.homes import FAMILY, RELATIONS

CODES = sorted(catalogue.code_set("gb-relation").concepts)
SVG = "{http://www.w3.org/2000/svg}"


def kin(id_: str, relation: str, sex: str = "male", born: str = "1970-01-01") -> Kin:
    return Kin(id_, relation, sex, date.fromisoformat(born))


SEVEN = [kin(one["id"], RELATIONS[one["id"]], one["gender"], one["birthDate"]) for one in FAMILY]


def boxes_of(members: Sequence[Kin]) -> dict[str, Box]:
    return {box.kin.id: box for box in arrange(members).boxes}


def sound(members: Sequence[Kin]) -> None:
    """Everybody once, nobody upon another, nothing outside the picture."""
    layout = arrange(members)
    assert sorted(box.kin.id for box in layout.boxes) == sorted(one.id for one in members)
    for one, other in combinations(layout.boxes, 2):
        apart = abs(one.x - other.x) >= WIDTH or abs(one.y - other.y) >= HEIGHT
        assert apart, (one, other)
    points = [point for line in layout.lines for point in line.points]
    corners = [(box.x + WIDTH, box.y + HEIGHT) for box in layout.boxes]
    for x, y in [*points, *corners]:
        assert 0 <= x <= layout.width
        assert 0 <= y <= layout.height


def test_every_relation_has_its_generation_or_is_another() -> None:
    without = {code for code in CODES if generation_of(code) is None}
    assert without == {"80", "97", "99"}
    every = [code for codes in GENERATIONS.values() for code in codes]
    assert len(every) == len(set(every)), "a relation in two generations"
    assert set(every) <= set(CODES)


@pytest.mark.parametrize("code", [code for code in CODES if code not in ("01", "02")])
def test_every_relation_beside_a_head(code: str) -> None:
    members = [kin("head", "02", born="1960-01-01"), kin("one", code, "female")]
    sound(members)
    level, place = generation_of(code), boxes_of(members)
    expected = -1 if level is None else level
    above = (place["one"].y < place["head"].y) - (place["one"].y > place["head"].y)
    assert above == (expected > 0) - (expected < 0)


def test_random_families_are_sound() -> None:
    for seed in range(400):
        draw_ = Random(seed)  # noqa: S311 - a test's dice
        codes = ["02", *(draw_.choice(CODES) for _ in range(draw_.randint(0, 14)))]
        members = [
            Kin(
                f"m{n}", code, draw_.choice(("male", "female", "unknown", "")),
                date(draw_.randint(1900, 2026), 1, 1) if draw_.random() < 0.9 else None,
            )
            for n, code in enumerate(codes)
        ]  # fmt: skip
        sound(members)
        draw_.shuffle(members)
        assert arrange(members) == arrange(sorted(members, key=lambda one: one.id)), seed


def test_seven_people_in_four_generations_fit_a_small_screen() -> None:
    sound(SEVEN)
    layout, place = arrange(SEVEN), boxes_of(SEVEN)
    assert layout.width <= 1366 - 260
    assert layout.height <= 520
    rows = {name: place[name].y for name in place}
    assert rows["grandfather"] < rows["father"] == rows["mother"] < rows["son"] == rows["wife"]
    assert rows["wife"] < rows["boy"] == rows["girl"]
    assert 0 < place["mother"].x - place["father"].x - WIDTH < GAP, "a couple stands together"
    assert 0 < place["wife"].x - place["son"].x - WIDTH < GAP
    assert place["girl"].x < place["boy"].x, "the older one on the left"
    assert all(line.sure for line in layout.lines)


def test_what_the_codes_leave_open_is_dashed() -> None:
    one_son = [kin("head", "02"), kin("a", "22"), kin("c", "41")]
    two_sons = [*one_son, kin("b", "23", born="1975-01-01")]
    assert all(line.sure for line in arrange(one_son).lines)
    assert not all(line.sure for line in arrange(two_sons).lines)


def test_brothers_and_sisters_from_the_oldest_on() -> None:
    members = [
        kin("head", "02", born="1970-01-01"), kin("older", "71", born="1965-01-01"),
        kin("sister", "75", "female", "1960-01-01"), kin("younger", "73", born="1975-01-01"),
        kin("wife", "12", "female", "1972-01-01"), kin("in-law", "72", "female", "1966-01-01"),
    ]  # fmt: skip
    place = boxes_of(members)
    order = sorted(place, key=lambda name: place[name].x)
    assert order == ["sister", "older", "in-law", "head", "wife", "younger"]
    assert len({box.y for box in place.values()}) == 1
    assert arrange(members).lines, "they are joined though their parents are not there"


def test_grandchildren_stand_in_the_order_of_their_parents() -> None:
    members = [
        kin("head", "02", born="1940-01-01"), kin("son", "22", born="1970-01-01"),
        kin("daughter", "32", "female", "1965-01-01"),
        kin("of-son", "41", born="1990-01-01"), kin("of-daughter", "43", born="2000-01-01"),
    ]  # fmt: skip
    place = boxes_of(members)
    assert place["daughter"].x < place["son"].x
    assert place["of-daughter"].x < place["of-son"].x


def test_nobody_at_all() -> None:
    assert not arrange([]).boxes


def portraits(members: Sequence[Kin], **others: str) -> list[Portrait]:
    return [
        Portrait(
            one, f"名{one.id}", catalogue.title("gb-relation", one.relation), "40岁",
            one.id == "grandfather", one.relation == "02",
            f"/residents/{one.id}" if one.id != "boy" else "", **others,
        )
        for one in members
    ]  # fmt: skip


def test_the_drawing_is_well_formed_and_says_everything() -> None:
    text = str(draw(portraits(SEVEN), title="家庭成员图", dead="已故"))
    tree = ElementTree.fromstring(text.replace("<svg ", f'<svg xmlns="{SVG[1:-1]}" ', 1))  # noqa: S314 - our own markup
    links = [node.get("href") for node in tree.iter(f"{SVG}a")]
    assert sorted(filter(None, links)) == sorted(
        f"/residents/{one.id}" for one in SEVEN if one.id != "boy"
    )
    shown = [node.text for node in tree.iter(f"{SVG}text")]
    for one in SEVEN:
        assert f"名{one.id}" in shown or any(f"名{one.id}"[:8] in (t or "") for t in shown)
    circles = list(tree.iter(f"{SVG}circle"))
    assert len(circles) == sum(one.sex == "female" for one in SEVEN)
    strokes = list(tree.iter(f"{SVG}line"))
    assert len(strokes) == 1, "one has died"
    assert shown.count("已故") == 1
    assert "style=" not in text


def test_hostile_names_stay_text() -> None:
    one = Portrait(kin("x", "02"), '<script>"&', "户主", "", False, True, '/residents/"x"')
    text = str(draw([one], title='"t"', dead="已故"))
    assert "<script>" not in text
    ElementTree.fromstring(text)  # noqa: S314 - our own markup


def test_long_texts_are_cut_and_told_whole() -> None:
    long = "阿卜杜拉·买买提·吐尔逊江"
    one = Portrait(kin("x", "48"), long, "曾孙女或外曾孙女", "3岁", False, False)
    text = str(draw([one], title="t", dead="已故"))
    assert f"<title>{long} 曾孙女或外曾孙女 3岁</title>" in text
    assert text.count(long) == 1
    assert "…" in text


def test_couples_are_pairs_of_neighbours() -> None:
    pairs = (("51", "52"), ("53", "54"), ("55", "56"), ("61", "62"), ("63", "64"), ("66", "67"),
             ("22", "38"), ("32", "28"), ("41", "45"), ("42", "46"), ("71", "72"), ("81", "82"),
             ("88", "87"), ("02", "12"), ("02", "11"), ("50", "50"))  # fmt: skip
    for blood, law in pairs:
        members = [kin("a", blood), kin("b", law, "female")]
        place = boxes_of(members)
        assert 0 < place["b"].x - place["a"].x - WIDTH < GAP, (blood, law)


def test_two_daughters_in_law_go_to_the_sons_of_their_age() -> None:
    members = [
        kin("head", "02", born="1940-01-01"),
        kin("s1", "22", born="1965-01-01"), kin("s2", "23", born="1980-01-01"),
        kin("w2", "38", "female", "1981-01-01"), kin("w1", "38", "female", "1966-01-01"),
    ]  # fmt: skip
    place = boxes_of(members)
    order = sorted((one for one in place if one != "head"), key=lambda name: place[name].x)
    assert order == ["s1", "w1", "s2", "w2"]
    assert [a for a, _b in pairwise(order)] == ["s1", "w1", "s2"]
