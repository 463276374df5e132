"""Who takes whom today, by the agreements in force."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple

from sqlalchemy import func, or_, select

from kernel.security.directory import Tree, load_tree
from kernel.work import ReadWork
from referral.request import Request
from referral.tables import referral_agreement, referral_case, referral_department

_agreement, _department = referral_agreement.c, referral_department.c


class Destination(NamedTuple):
    """A department that takes somebody from a station: by which conditions, how many a day.

    `capacity` 0 is no limit; `used` are the referrals that the agreement's partner, and whoever is
    below it, sent there on that day.
    """

    department_id: str
    name: str
    hospital_id: str
    conditions: str
    capacity: int
    used: int
    contact_id: str

    @property
    def is_full(self) -> bool:
        """Whether the day's number has been reached."""
        return 0 < self.capacity <= self.used


def list_destinations(
    work: ReadWork, community_id: str, *, on: date, direction: str, disease: str = ""
) -> list[Destination]:
    """The departments that take somebody of a station on a day, by hospital and name.

    An agreement with the station itself goes before one with its centre or bureau.
    """
    tree = load_tree(work.connection, on)
    partners = list(reversed(tree.path(community_id)))
    nearest: dict[str, Any] = {}
    for row in sorted(_rows(work, partners, on), key=lambda one: -partners.index(one.partner_id)):
        fits = direction in row.directions.split() and (
            not row.diseases or not disease or disease in row.diseases.split()
        )
        if fits:
            nearest[row.department_id] = row
    sent = _sent(work, list(nearest), on)
    found = [_destination(row, _used(tree, row, sent)) for row in nearest.values()]
    return sorted(found, key=lambda one: (one.hospital_id, one.name))


def find_destination(
    work: ReadWork, community_id: str, request: Request, *, on: date
) -> Destination | None:
    """The department that a referral names, as it takes it; None without an agreement."""
    found = list_destinations(
        work, community_id, on=on, direction=request.direction, disease=request.disease
    )
    return next((one for one in found if one.department_id == request.department_id), None)


def contact_of(work: ReadWork, community_id: str, department_id: str) -> str:
    """The Practitioner whom a new referral of a station stands with, or empty."""
    if not department_id:
        return ""
    partners = _partners(work, community_id)
    rows = [one for one in _rows(work, partners, work.today) if one.department_id == department_id]
    rows.sort(key=lambda one: partners.index(one.partner_id))
    return next((one.contact_id for one in rows if one.contact_id), "")


def _partners(work: ReadWork, community_id: str) -> list[str]:
    """The institution and all above it, the nearest first."""
    return list(reversed(load_tree(work.connection, work.today).path(community_id)))


def _rows(work: ReadWork, partners: Sequence[str], on: date) -> Iterator[Any]:
    statement = (
        select(
            _department.source_id.label("department_id"),
            _department.name,
            *(
                _agreement[name]
                for name in (
                    "hospital_id", "partner_id", "directions", "diseases", "conditions",
                    "capacity", "contact_id",
                )
            ),
        )
        .join_from(
            referral_agreement,
            referral_department,
            _department.source_id == _agreement.source_id,
        )
        .where(
            _agreement.partner_id.in_(partners),
            _agreement.from_on <= on,
            or_(_agreement.to_on.is_(None), _agreement.to_on > on),
            _department.active.is_(True),
        )
    )  # fmt: skip
    yield from work.connection.execute(statement)


def _sent(work: ReadWork, departments: list[str], on: date) -> dict[tuple[str, str], int]:
    """How many referrals each institution sent to each department on a day (department, sender).

    What was called off is not counted.
    """
    case = referral_case.c
    statement = (
        select(case.department_id, case.community_id, func.count())
        .where(
            case.department_id.in_(departments),
            case.submitted_on == on,
            case.cancelled_at.is_(None),
            case.rejected_at.is_(None),
        )
        .group_by(case.department_id, case.community_id)
    )
    return {(row[0], row[1]): int(row[2]) for row in work.connection.execute(statement)}


def _used(tree: Tree, row: Any, sent: Mapping[tuple[str, str], int]) -> int:
    """What the partner of an agreement and all below it have sent; others have their own number."""
    partners = (row.partner_id, *tree.descendants(row.partner_id))
    return sum(sent.get((row.department_id, one), 0) for one in partners)


def _destination(row: Any, used: int) -> Destination:
    return Destination(
        row.department_id,
        row.name,
        row.hospital_id,
        row.conditions,
        row.capacity,
        used,
        row.contact_id or "",
    )
