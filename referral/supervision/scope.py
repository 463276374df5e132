"""Which referrals are asked for: a period, what the actor sees, an institution and filters."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import Column, ColumnElement, Date, and_, case, func, literal, or_, true

from kernel.clock import SHANGHAI, Instant, instant_of
from kernel.declare.roles import Role
from kernel.measure import institutions_seen
from kernel.messages import _
from kernel.security.actor import Reach
from kernel.security.directory import OrganisationKind, Tree, load_tree
from kernel.work import ReadWork
from referral.supervision.measures import Cohort
from referral.tables import referral_case, referral_outcome

_case = referral_case.c
COLUMNS: Final[Mapping[Cohort, Column[Any]]] = {
    Cohort.SENT: _case.submitted_on,
    Cohort.OFFERED: _case.back_offered_at,
    Cohort.BOOKED: _case.appointment_at,
    Cohort.DAY_14: referral_outcome.c.first_due_on,
}
"""The day (a date) or the instant by which a referral belongs to the period of a cohort."""


class Stratum(StrEnum):
    """By what the figures are told apart."""

    INSTITUTION = "institution"
    HOSPITAL = "hospital"
    DEPARTMENT = "department"
    DISEASE = "disease"
    DOCTOR = "doctor"
    URGENCY = "urgency"
    DIRECTION = "direction"
    MONTH = "month"


STRATUM_TITLES: Final = {
    Stratum.INSTITUTION: _("转出机构"),
    Stratum.HOSPITAL: _("接收医院"),
    Stratum.DEPARTMENT: _("接收科室"),
    Stratum.DISEASE: _("病种"),
    Stratum.DOCTOR: _("转诊医生"),
    Stratum.URGENCY: _("紧急程度"),
    Stratum.DIRECTION: _("转诊方向"),
    Stratum.MONTH: _("月份"),
}
_PLAIN: Final[Mapping[Stratum, Column[Any]]] = {
    Stratum.HOSPITAL: _case.hospital_id,
    Stratum.DEPARTMENT: _case.department_id,
    Stratum.DISEASE: _case.disease,
    Stratum.DOCTOR: _case.doctor_id,
    Stratum.URGENCY: _case.urgency,
    Stratum.DIRECTION: _case.direction,
}


@dataclass(frozen=True, slots=True)
class Period:
    """Local days, the first and the last."""

    first: date
    last: date

    def holds(self, column: Column[Any]) -> ColumnElement[bool]:
        """Whether a date or an instant is within the period."""
        if isinstance(column.type, Date):
            return column.between(self.first, self.last)
        return (column >= begin_of(self.first)) & (column < begin_of(following(self.last)))

    def months(self) -> list[date]:
        """The first days of the months of the period."""
        found = [self.first.replace(day=1)]
        while (following := _month_after(found[-1])) <= self.last:
            found.append(following)
        return found

    def year_before(self) -> "Period":
        """The same days of the year before; 29 February becomes the 28th."""
        return Period(_year_before(self.first), _year_before(self.last))


def begin_of(day: date) -> Instant:
    """The first instant of a local day."""
    return instant_of(datetime.combine(day, time(), SHANGHAI))


def following(day: date) -> date:
    """The day after."""
    return day + timedelta(days=1)


def _month_after(first: date) -> date:
    return (first + timedelta(days=31)).replace(day=1)


def _year_before(day: date) -> date:
    last = 28 if (day.month, day.day) == (2, 29) else day.day
    return date(day.year - 1, day.month, last)


@dataclass(frozen=True, slots=True)
class Scope:
    """What is asked for. `organisation`, `disease` and `urgency` are empty for all.

    `tree` holds on the last day of the period (of today, if that is sooner); `seen` are the
    institutions whose figures the actor sees, of a coordinator the own hospital.
    """

    period: Period
    tree: Tree
    seen: frozenset[str]
    organisation: str = ""
    disease: str = ""
    urgency: str = ""

    def where(self) -> ColumnElement[bool]:
        """The condition on `referral_case`, the period apart."""
        return and_(
            self._institutions(),
            _case.disease == self.disease if self.disease else true(),
            _case.urgency == self.urgency if self.urgency else true(),
        )

    def _institutions(self) -> ColumnElement[bool]:
        if self.organisation:
            return _at((self.organisation, *self.tree.descendants(self.organisation)))
        if self.seen.issuperset(self.tree.organisations):
            return true()
        return _at(sorted(self.seen))

    def a_year_before(self) -> "Scope":
        """The same of the same days of the year before."""
        return self.during(self.period.year_before())

    def during(self, period: Period) -> "Scope":
        """The same of another period."""
        return replace(self, period=period)

    def everywhere(self) -> "Scope":
        """All that the actor sees, whatever the disease and the urgency."""
        return replace(self, organisation="", disease="", urgency="")

    def of_disease(self, disease: str) -> "Scope":
        """The same of one disease; of all for an empty text."""
        return replace(self, disease=disease)

    def only_top(self) -> str:
        """The only institution at the top of all that are seen; empty where there are several."""
        tops = [id_ for id_ in self.seen if self.tree.parent(id_) not in self.seen]
        return tops[0] if len(tops) == 1 else ""

    def groups(self) -> dict[str, frozenset[str]]:
        """The groups of the stratum INSTITUTION: those of `listed`, each with all below it, and
        those above them by themselves. No institution is in two of them."""
        above, ids = self._levels()
        found = {id_: frozenset((id_, *self.tree.descendants(id_))) for id_ in ids}
        return found | {id_: frozenset((id_,)) for id_ in above}

    def listed(self) -> list[str]:
        """The institutions below the chosen one, with or without referrals; where there is a single
        one below, those below it instead."""
        return self._levels()[1]

    def _levels(self) -> tuple[list[str], list[str]]:
        above = [self.organisation] if self.organisation else []
        ids = self._below()
        while len(ids) == 1:
            above.append(ids[0])
            ids = self._seen_below(ids[0])
        return above, ids

    def _below(self) -> list[str]:
        if self.organisation:
            return self._seen_below(self.organisation)
        tops = (id_ for id_ in self.seen if self.tree.parent(id_) not in self.seen)
        return self._communities(tops)

    def _seen_below(self, id_: str) -> list[str]:
        return self._communities(one for one in self.tree.children(id_) if one in self.seen)

    def _communities(self, ids: Iterable[str]) -> list[str]:
        """Without hospitals; numbers in ids as numbers: station-2 before station-10."""
        kept = (id_ for id_ in ids if self.tree.kind(id_) is not OrganisationKind.HOSPITAL)
        return sorted(kept, key=lambda id_: (len(id_), id_))

    def key(self, stratum: Stratum | None, cohort: Cohort) -> ColumnElement[str]:
        """By what the rows of a cohort are grouped; an empty text where there is no value."""
        if stratum is None:
            return literal("")
        if stratum is Stratum.MONTH:
            return self._month(COLUMNS[cohort])
        if stratum is Stratum.INSTITUTION:
            return self._institution()
        return func.coalesce(_PLAIN[stratum], "")

    def _month(self, column: Column[Any]) -> ColumnElement[str]:
        plain = isinstance(column.type, Date)
        ends = [(one, _month_after(one)) for one in self.period.months()]
        return case(
            *(
                (column < (end if plain else begin_of(end)), literal(f"{month:%Y-%m}"))
                for month, end in ends
            ),
            else_=literal(""),
        )

    def _institution(self) -> ColumnElement[str]:
        whens = [
            (_case.community_id.in_(sorted(ids)), literal(id_))
            for id_, ids in self.groups().items()
        ]
        return case(*whens, else_=literal("")) if whens else _case.community_id


def _at(ids: Collection[str]) -> ColumnElement[bool]:
    """Sent by one of these institutions, or to one of them."""
    return or_(_case.community_id.in_(ids), _case.hospital_id.in_(ids))


def scope_of(work: ReadWork, period: Period, *, organisation: str = "", urgency: str = "") -> Scope:
    """What the actor may ask of a period. Whoever calls it has checked that he may see figures."""
    tree = load_tree(work.connection, min(work.today, period.last))
    seen = _seen(work, tree)
    return Scope(period, tree, seen, organisation, urgency=urgency)


def _seen(work: ReadWork, tree: Tree) -> frozenset[str]:
    actor = work.actor
    if actor.reach is Reach.GRANTS and Role.REFERRAL_COORDINATOR in actor.roles:
        return frozenset({actor.organisation_id})
    return institutions_seen(actor, tree)
