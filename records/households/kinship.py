"""GB/T 4761 relations as kinship: generations, couples, descent, and a new head's point of view.

Pure. Relations are always to the head of the household. Where a code does not say who descends
from whom (孙子 of which son?), nothing is guessed: there are several candidates, or none.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

HEADS: Final = frozenset({"01", "02"})
SPOUSES: Final = frozenset({"10", "11", "12"})
SONS: Final = frozenset({"20", "21", "22", "23", "24", "25", "26", "27", "29"})
DAUGHTERS: Final = frozenset({"30", "31", "32", "33", "34", "35", "36", "37", "39"})
PARENTS: Final = frozenset({"50", "51", "52", "57", "58", "59"})
SIBLINGS: Final = frozenset({"70", "71", "73", "75", "77", "79"})

GENERATIONS: Final[Mapping[int, frozenset[str]]] = {
    3: frozenset({"66", "67", "68"}),
    2: frozenset({"60", "61", "62", "63", "64", "65", "69"}),
    1: PARENTS
    | {"53", "54", "55", "56", "81", "82", "83", "84", "85", "86", "87", "88", "89", "90"},
    0: HEADS | SPOUSES | SIBLINGS | {"72", "74", "76", "78", "91", "92"},
    -1: SONS | DAUGHTERS | {"28", "38", "93", "94", "95", "96"},
    -2: frozenset({"40", "41", "42", "43", "44", "45", "46", "49"}),
    -3: frozenset({"47", "48"}),
}
"""Generations above (positive) and below the head; other relatives and strangers have none."""

COUPLES: Final[Sequence[tuple[frozenset[str], frozenset[str]]]] = (
    (HEADS, SPOUSES),
    (frozenset({"51", "57"}), frozenset({"52", "58"})),
    (SONS, frozenset({"38"})),
    (DAUGHTERS, frozenset({"28"})),
    (frozenset({"41", "43"}), frozenset({"45"})),
    (frozenset({"42", "44"}), frozenset({"46"})),
    *(
        (frozenset({one}), frozenset({other}))
        for one, other in (
            ("53", "54"), ("55", "56"), ("61", "62"), ("63", "64"), ("66", "67"), ("71", "72"),
            ("73", "74"), ("75", "76"), ("77", "78"), ("81", "82"), ("83", "84"), ("85", "86"),
            ("88", "87"), ("90", "89"),
        )
    ),
)  # fmt: skip
"""Who is married to whom: a relative by blood, and the codes of the one married to him or her."""

UNSEXED: Final = frozenset({"50", "60", "65", "68"})
"""Two of the same of these codes, a man and a woman, are a couple."""

_OWN_PARENTS: Final = frozenset({"50", "51", "52"})
_STEP_PARENTS: Final = frozenset({"57", "58"})
_FATHERS_SIDE: Final = frozenset({"60", "61", "62"})
_MOTHERS_SIDE: Final = frozenset({"63", "64"})
DESCENT: Final[Mapping[str, tuple[frozenset[str], ...]]] = {
    **dict.fromkeys(HEADS | SIBLINGS, (_OWN_PARENTS, _STEP_PARENTS)),
    "10": (frozenset({"53", "54"}), frozenset({"55", "56"})),
    "11": (frozenset({"53", "54"}), frozenset({"55", "56"})),
    "12": (frozenset({"55", "56"}), frozenset({"53", "54"})),
    **dict.fromkeys(("51", "57", "81", "83", "90"), (_FATHERS_SIDE,)),
    **dict.fromkeys(("52", "58", "85", "88"), (_MOTHERS_SIDE,)),
    **dict.fromkeys(("61", "62"), (frozenset({"66", "67"}),)),
    **dict.fromkeys(SONS | DAUGHTERS, (HEADS | SPOUSES,)),
    **dict.fromkeys(("41", "42"), (SONS | {"38"}, HEADS | SPOUSES)),
    **dict.fromkeys(("43", "44"), (DAUGHTERS | {"28"}, HEADS | SPOUSES)),
    **dict.fromkeys(("40", "49"), (SONS | DAUGHTERS | {"28", "38"}, HEADS | SPOUSES)),
    **dict.fromkeys(
        ("47", "48"),
        (frozenset({"40", "41", "42", "43", "44", "45", "46", "49"}), HEADS | SPOUSES),
    ),
    **dict.fromkeys(("93", "94"), (frozenset({"71", "72", "73", "74"}),)),
    **dict.fromkeys(("95", "96"), (frozenset({"75", "76", "77", "78"}),)),
    "91": (frozenset({"81", "82", "83", "84"}),),
    "92": (frozenset({"85", "86", "87", "88", "89", "90"}),),
}
"""Whose child somebody is: the first of these groups that is there; none for in-laws."""


@dataclass(frozen=True, slots=True)
class Kin:
    """One member: relation to the head, sex (FHIR gender) and day of birth where it is known."""

    id: str
    relation: str
    sex: str
    born: date | None


def generation_of(relation: str) -> int | None:
    """Generations above the head (below: negative); None for others (80, 97, 99, unknown)."""
    return next((level for level, codes in GENERATIONS.items() if relation in codes), None)


def married(one: Kin, other: Kin) -> bool:
    """Whether two relations may be those of a couple, `one` being the relative by blood."""
    if one.relation in UNSEXED and one.relation == other.relation:
        return {one.sex, other.sex} == {"male", "female"} and one.sex == "male"
    return any(one.relation in blood and other.relation in law for blood, law in COUPLES)


def suggest_relations(members: Sequence[Kin], head_id: str) -> dict[str, str]:
    """How everybody else is related to a new head, where the old relations tell it.

    An empty text where they do not; somebody has to choose then. The new head is not among them.
    """
    new = next(one for one in members if one.id == head_id)
    see = _view_of(new.relation)
    others = [one for one in members if one.id != head_id]
    return {one.id: see(_Scene(members, new), one) if see else "" for one in others}


@dataclass(frozen=True, slots=True)
class _Scene:
    """Everybody, and who becomes the head."""

    members: Sequence[Kin]
    new: Kin

    @property
    def old_sex(self) -> str:
        return next((one.sex for one in self.members if one.relation in HEADS), "")

    @property
    def only_child(self) -> bool:
        found = [one for one in self.members if one.relation in SONS | DAUGHTERS]
        return len(found) == 1


_View = Callable[[_Scene, Kin], str]


def _view_of(relation: str) -> _View | None:
    for codes, view in (
        (HEADS, _unchanged),
        (SPOUSES, _from_spouse),
        (SONS | DAUGHTERS, _from_child),
        (frozenset({"51", "52"}), _from_parent),
        (SIBLINGS, _from_sibling),
    ):
        if relation in codes:
            return view
    return None


def _unchanged(_scene: _Scene, one: Kin) -> str:
    return one.relation


def _sexed(one: Kin, male: str, female: str) -> str:
    return {"male": male, "female": female}.get(one.sex, "")


def _from_spouse(scene: _Scene, one: Kin) -> str:
    code = one.relation
    if code in HEADS:
        return _sexed(one, "11", "12") or "10"
    if generation_of(code) in (-1, -2, -3) and code not in ("93", "94", "95", "96"):
        return code
    if code in ("51", "52"):
        of_husband = scene.new.sex == "female"
        return _sexed(one, "53", "54") if of_husband else _sexed(one, "55", "56")
    if code in ("53", "54", "55", "56"):
        return _sexed(one, "51", "52")
    return {2: "65", 3: "68"}.get(generation_of(code) or 0, "")


def _from_child(scene: _Scene, one: Kin) -> str:
    code = one.relation
    if code in HEADS | SPOUSES:
        return _sexed(one, "51", "52")
    if code in SONS | DAUGHTERS:
        return _older(scene.new, one)
    if code in ("28", "38"):
        fits = scene.only_child and one.sex != scene.new.sex
        return _sexed(one, "11", "12") if fits else ""
    if code in ("40", "41", "42", "43", "44", "49"):
        return _sexed(one, "20", "30") if scene.only_child else ""
    if code in PARENTS | {"53", "54", "55", "56"}:
        fathers = (scene.old_sex == "male") == (code in PARENTS)
        return _sexed(one, "61", "62") if fathers else _sexed(one, "63", "64")
    return ""


def _older(of: Kin, one: Kin) -> str:
    """Brother or sister of somebody, older or younger; by sex alone where a birthday is unknown."""
    if of.born is None or one.born is None:
        return "79"
    older = one.born < of.born
    return _sexed(one, "71", "75") if older else _sexed(one, "73", "77")


def _from_parent(scene: _Scene, one: Kin) -> str:
    code = one.relation
    if code in HEADS | SIBLINGS:
        return _sexed(one, "20", "30")
    if code in SPOUSES:
        return _sexed(one, "28", "38")
    if code in ("51", "52"):
        return _sexed(one, "11", "12")
    if code in SONS | DAUGHTERS:
        of_son = scene.old_sex == "male"
        return _sexed(one, "41", "42") if of_son else _sexed(one, "43", "44")
    if generation_of(code) == -2 and code not in ("45", "46"):
        return _sexed(one, "47", "48")
    return ""


def _from_sibling(scene: _Scene, one: Kin) -> str:
    code = one.relation
    if code in HEADS | SIBLINGS:
        return _older(scene.new, one)
    if code in PARENTS or generation_of(code) in (2, 3):
        return code
    if code in SONS | DAUGHTERS:
        of_brother = scene.old_sex == "male"
        return _sexed(one, "93", "94") if of_brother else _sexed(one, "95", "96")
    return ""
