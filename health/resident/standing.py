"""Where a person stands in the programmes: state, last class, what is due, this year's progress."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final, NamedTuple

from sqlalchemy import bindparam, select

from health.declare import Programme
from health.followups.facts import Enrolment, list_enrolments
from health.programmes import PROGRAMMES, programme_of
from health.tables import health_due, health_follow_up, health_year
from kernel.db.prepared import Prepared
from kernel.messages import Message, _
from kernel.work import ReadWork
from records.api import as_day


class Last(NamedTuple):
    """The last valid follow-up of a programme."""

    id: str
    on: date
    outcome: str


class Due(NamedTuple):
    """Something to be done by a day, inclusive."""

    activity: str
    on: date


class Progress(NamedTuple):
    """What the current year asks for and what was done of it (`health_year`)."""

    required: int
    face_to_face: int
    examination_due: bool
    examined: bool
    standard: bool


@dataclass(frozen=True, slots=True)
class Standing:
    """A person's latest enrolment in a programme, and what follows from it."""

    programme: Programme
    enrolment: Enrolment
    last: Last | None
    dues: Sequence[Due]
    progress: Progress | None

    @property
    def next(self) -> Due | None:
        """What is due first."""
        return self.dues[0] if self.dues else None


_follow_up, _due, _year = health_follow_up.c, health_due.c, health_year.c
_visits = Prepared(
    select(_follow_up.programme, _follow_up.source_id, _follow_up.done_on, _follow_up.outcome)
    .where(_follow_up.patient_id == bindparam("patient_id"), _follow_up.regular.is_(True))
    .order_by(_follow_up.done_on, _follow_up.source_id)
)
_dues = Prepared(
    select(_due.programme, _due.activity, _due.due_on)
    .where(_due.patient_id == bindparam("patient_id"))
    .order_by(_due.due_on.desc(), _due.activity.desc())
)
_years = Prepared(
    select(
        _year.programme, _year.required, _year.face_to_face, _year.examination_due,
        _year.examination_complete, _year.standard,
    ).where(_year.patient_id == bindparam("patient_id"), _year.year == bindparam("year"))
)  # fmt: skip


def list_standings(work: ReadWork, patient_id: str) -> list[Standing]:
    """Each programme that a person is or was in, those that go on first, in the house's order.

    The caller has read the person.
    """
    latest: dict[str, Enrolment] = {}
    for one in list_enrolments(work, patient_id):
        known = latest.get(one.programme)
        if known is None or (_runs(one) and not _runs(known)):
            latest[one.programme] = one
    if not latest:
        return []
    key = {"patient_id": patient_id}
    last = {r[0]: Last(r[1], as_day(r[2]), r[3]) for r in _visits.rows(work.connection, key)}
    dues: dict[str, list[Due]] = {}
    for row in _dues.rows(work.connection, key):
        dues.setdefault(row[0], []).insert(0, Due(row[1], as_day(row[2])))
    years = {
        row[0]: Progress(row[1], row[2], bool(row[3]), bool(row[4]), bool(row[5]))
        for row in _years.rows(work.connection, {**key, "year": work.today.year})
    }
    order = {one.name: number for number, one in enumerate(PROGRAMMES)}
    found = sorted(latest.values(), key=lambda one: (not _runs(one), order[one.programme]))
    return [
        Standing(
            programme_of(one.programme), one, last.get(one.programme),
            dues.get(one.programme, ()), years.get(one.programme),
        )
        for one in found
    ]  # fmt: skip


def _runs(one: Enrolment) -> bool:
    return one.open or one.applied


_VISITS: Final = _("面对面随访 %(done)s/%(required)s 次")
_NEXT: Final = _("下次 %(day)s 前")
_LATE: Final = _("应于 %(day)s 前完成，已过期 %(days)s 天")
_NO_EXAMINATION: Final = _("还缺：年度体检")
_EXAMINED: Final = _("年度体检已完成")
_STANDARD: Final = _("今年已达到规范管理要求")


def progress_texts(one: Standing, today: date) -> list[str]:
    """This year's progress in sentences: "面对面随访 3/4 次", "下次 2026-12-01 前", …"""
    return list(_progress(one, today))


def _progress(one: Standing, today: date) -> Iterator[str]:
    year, due = one.progress, one.next
    if year is not None and year.required:
        yield Message(_VISITS, done=year.face_to_face, required=year.required)
    if due is not None and one.enrolment.status == "active":
        if due.on < today:
            yield Message(_LATE, day=due.on.isoformat(), days=(today - due.on).days)
        else:
            yield Message(_NEXT, day=due.on.isoformat())
    if year is None:
        return
    if year.examination_due:
        yield _EXAMINED if year.examined else _NO_EXAMINATION
    if year.standard:
        yield _STANDARD


def badge_of(programme: Programme, code: str) -> Mapping[str, Any]:
    """The class of a visit as a badge: text and kind; a class of an older edition as it is told."""
    try:
        outcome = programme.outcome(code)
    except KeyError:
        return {"text": _("其他分类"), "kind": "neutral"}
    return {"text": outcome.title, "kind": outcome.badge}
