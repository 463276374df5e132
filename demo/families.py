"""Who lives together: households of an ageing coastal city, as plain facts without FHIR.

Shares and ages are set so that about one resident in five is 65 or older and one in seven a
child, as in the cities of the Shandong coast. Relations are GB/T 4761 codes.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Final

from demo.names import Draw, given_name, surname

MARRIED: Final = "20"
SINGLE: Final = "10"
WIDOWED: Final = "30"
DIVORCED: Final = "40"
HEAD: Final = "02"


@dataclass(slots=True)
class Member:
    """One member: relation to the head (GB/T 4761), marital status (GB/T 2261.2) or None."""

    relation: str
    sex: str
    born: date
    family: str
    given: str
    marital: str | None


@dataclass(slots=True)
class _Builder:
    draw: Draw
    today: date
    members: list[Member] = field(default_factory=list)

    def between(self, low: int, high: int) -> int:
        """A whole number from low to high, both included."""
        return low + int(self.draw() * (high - low + 1))

    def early(self, low: int, high: int) -> int:
        """As `between`, but small numbers are likelier: the old become fewer."""
        return low + int(min(self.draw(), self.draw()) * (high - low + 1))

    def chance(self, percent: float) -> bool:
        return self.draw() * 100 < percent

    def add(self, relation: str, sex: str, age: int, family: str, marital: str | None) -> Member:
        """A member who is `age` completed years old today; the day of birth is drawn."""
        year = self.today.year - age
        born = _years_before(self.today, age) - timedelta(days=int(self.draw() * 365))
        name = given_name(self.draw, sex, year)
        member = Member(relation, sex, born, family, name, marital)
        self.members.append(member)
        return member

    def head(self, sex: str, age: int, marital: str) -> Member:
        return self.add(HEAD, sex, age, surname(self.draw), marital)

    def couple(self, low: int, high: int) -> tuple[int, str]:
        """Head and spouse; gives the mother's age and the children's surname."""
        age = self.early(low, high) if low > 60 else self.between(low, high)
        spouse_age = max(20, age + self.between(-4, 2))
        if self.chance(76):
            head = self.head("male", age, MARRIED)
            self.add("12", "female", spouse_age, surname(self.draw), MARRIED)
            return spouse_age, head.family
        self.head("female", age, MARRIED)
        husband = self.add("11", "male", spouse_age, surname(self.draw), MARRIED)
        return age, husband.family

    def children(self, ages: list[int], family: str) -> None:
        """Children of the head, oldest first, coded as only, first or second son or daughter."""
        sons = daughters = 0
        for age in sorted(ages, reverse=True):
            sex = "male" if self.chance(52) else "female"
            if sex == "male":
                sons += 1
                relation = "21" if len(ages) == 1 else f"2{1 + sons}"
            else:
                daughters += 1
                relation = "31" if len(ages) == 1 else f"3{1 + daughters}"
            marital = SINGLE if age >= 20 else None
            self.add(relation, sex, age, family, marital)

    def child_ages(self, mother: int, low: int, high: int) -> list[int]:
        """One to three children's ages between low and high, with a mother of 21 to 40 then."""
        low, high = max(low, mother - 40), min(high, mother - 21)
        if high < low:
            return []
        first = self.between(low, high)
        ages = [first]
        while len(ages) < 3 and self.chance(38 if len(ages) == 1 else 8) and ages[-1] - 2 > low:
            ages.append(self.between(max(low, ages[-1] - 8), ages[-1] - 2))
        return ages


def _years_before(today: date, years: int) -> date:
    try:
        return today.replace(year=today.year - years)
    except ValueError:
        return today.replace(year=today.year - years, day=28)


def _elderly_couple(build: _Builder) -> None:
    build.couple(63, 93)


def _elderly_alone(build: _Builder) -> None:
    sex = "female" if build.chance(70) else "male"
    build.head(sex, build.early(64, 98), WIDOWED if build.chance(88) else DIVORCED)


def _empty_nest(build: _Builder) -> None:
    build.couple(50, 64)


def _grown_child_at_home(build: _Builder) -> None:
    mother, family = build.couple(42, 58)
    build.children(build.child_ages(mother, 15, 28), family)


def _young_children(build: _Builder) -> None:
    mother, family = build.couple(27, 45)
    build.children(build.child_ages(mother, 0, 14), family)


def _three_generations(build: _Builder) -> None:
    mother, family = build.couple(29, 50)
    build.children(build.child_ages(mother, 0, 18), family)
    head = build.members[0]
    head_age = build.today.year - head.born.year
    both = build.chance(55)
    father_lives = both or build.chance(25)
    marital = MARRIED if both else WIDOWED
    if father_lives:
        build.add("51", "male", head_age + build.between(22, 32), head.family, marital)
    if both or not father_lives:
        age = head_age + build.between(21, 30)
        build.add("52", "female", age, surname(build.draw), marital)


def _young_couple(build: _Builder) -> None:
    build.couple(23, 36)


def _alone(build: _Builder) -> None:
    sex = "male" if build.chance(55) else "female"
    age = build.between(20, 60)
    build.head(sex, age, SINGLE if age < 36 or build.chance(30) else DIVORCED)


def _lone_parent(build: _Builder) -> None:
    sex = "female" if build.chance(80) else "male"
    age = build.between(28, 50)
    head = build.head(sex, age, DIVORCED if build.chance(85) else WIDOWED)
    family = surname(build.draw) if sex == "female" else head.family
    build.children(build.child_ages(age, 2, 20), family)


_KINDS: Final[tuple[tuple[int, Callable[[_Builder], None]], ...]] = (
    (20, _elderly_couple),
    (11, _elderly_alone),
    (12, _empty_nest),
    (16, _grown_child_at_home),
    (17, _young_children),
    (9, _three_generations),
    (5, _young_couple),
    (8, _alone),
    (2, _lone_parent),
)
_TABLE: Final = tuple(kind for weight, kind in _KINDS for _ in range(weight))


def family(draw: Draw, today: date) -> list[Member]:
    """The members of one household, head first; one to about seven people."""
    build = _Builder(draw, today)
    _TABLE[int(draw() * len(_TABLE))](build)
    return build.members
