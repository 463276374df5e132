"""What the pages of the figures show: rows of figures and of people, as plain values."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import func, select

from health.tables import health_year
from kernel.declare.indicator import Indicator
from kernel.measure import Behind, Count, Figures, Question, count_persons, persons
from kernel.security.directory import OrganisationKind, Tree
from kernel.work import ReadWork
from records.api import community_of, day_of, load_all, name_of, numbers_of

PORTION = 200
"""People of a file that are read at a time."""
SORTS: Mapping[str, str] = {"name": "name", "birth_date": "birthdate_from"}
"""By which columns people can be sorted, and what these are called in the search table."""


def years(work: ReadWork) -> list[int]:
    """The years that there are figures of, the current one first."""
    first = work.connection.scalar(select(func.min(health_year.c.year)))
    return list(range(work.today.year, (first or work.today.year) - 1, -1))


def institutions(figures: Figures) -> list[tuple[str, str]]:
    """The institutions whose figures are seen, from the top down, indented by their level."""
    return [
        (id_, "　" * level + (figures.tree.name(id_) or id_))
        for level, id_ in _walk(figures, figures.tops, 0)
    ]


def _walk(figures: Figures, ids: Sequence[str], level: int) -> Iterator[tuple[int, str]]:
    for id_ in _shown(figures, ids):
        yield level, id_
        yield from _walk(figures, figures.below(id_), level + 1)


def _shown(figures: Figures, ids: Sequence[str]) -> list[str]:
    """Without hospitals, which keep nobody; numbers in ids as numbers: station-2 before -10."""
    hospital = OrganisationKind.HOSPITAL
    kept = [id_ for id_ in ids if figures.tree.kind(id_) is not hospital or _keeps(figures, id_)]
    return sorted(kept, key=lambda id_: (len(id_), id_))


def _keeps(figures: Figures, id_: str) -> bool:
    return any(id_ in counts for counts in figures.own.values())


def indicator_rows(
    figures: Figures, indicators: Sequence[Indicator], organisation: str
) -> list[dict[str, Any]]:
    """Every indicator with what it counts of an institution, or of all that are seen."""
    return [
        {"indicator": one, **_counted(_count(figures, one.code, organisation))}
        for one in indicators
    ]


def _count(figures: Figures, code: str, organisation: str) -> Count:
    return figures.of(code, organisation) if organisation else figures.total(code)


def _counted(count: Count) -> dict[str, Any]:
    numerator, denominator = count
    return {"numerator": numerator, "denominator": denominator, "rate": count.rate}


def institution_rows(figures: Figures, code: str, organisation: str) -> list[dict[str, Any]]:
    """An indicator by the institutions directly below one, and what that one counts itself."""
    ids = figures.below(organisation) if organisation else figures.tops
    if not organisation and len(ids) == 1:
        organisation, ids = ids[0], figures.below(ids[0])
    rows = [
        {
            "id": id_,
            "name": figures.tree.name(id_) or id_,
            "parent": bool(figures.below(id_)),
            **_counted(figures.of(code, id_)),
        }
        for id_ in _shown(figures, ids)
    ]
    own = figures.own[code].get(organisation, Count())
    if rows and own.denominator:
        name = figures.tree.name(organisation) or organisation
        rows.append({"id": organisation, "name": name, "parent": False, **_counted(own)})
    return rows


def people_rows(work: ReadWork, found: Sequence[Behind], tree: Tree) -> list[dict[str, Any]]:
    """What a list shows of people, numbers masked; the caller's actor sees them all."""
    bodies = load_all(work, "Patient", [one.patient_id for one in found])
    rows = []
    for one in found:
        body = bodies[one.patient_id]
        born = day_of(body.get("birthDate"))
        number, phone = numbers_of(body)
        rows.append(
            {
                "id": one.patient_id,
                "name": name_of(body),
                "sex": body.get("gender"),
                "birth_date": _past(born, work.today),
                "identity_number": number,
                "phone": phone,
                "community": community_of(body),
                "organisation": tree.name(one.organisation_id) or one.organisation_id,
                "counted": one.counted,
                "reasons": one.reasons,
            }
        )
    return rows


def _past(born: date | None, today: date) -> date | None:
    return None if born is None or born > today else born


def each_person(
    work: ReadWork, question: Question, tree: Tree, *, sort: str, most: int
) -> Iterator[dict[str, Any]]:
    """The rows of all people behind a figure, at most `most`, read in portions."""
    after: Sequence[str] | None = None
    while most > 0:
        page = persons(work, question, sort=sort, after=after, limit=min(PORTION, most))
        yield from people_rows(work, page.people, tree)
        most -= len(page.people)
        after = page.after
        if after is None:
            return


def elsewhere(work: ReadWork, question: Question, numerator: int, denominator: int) -> int:
    """How many of a figure's people are kept by other institutions today, and so are not listed."""
    if question.reason is not None:
        return 0
    expected = {
        None: denominator,
        True: numerator,
        False: denominator - numerator,
    }[question.counted]
    return max(0, expected - count_persons(work, question))
