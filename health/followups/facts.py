"""What is known before an answer is judged: the enrolment, who it is, the follow-ups before."""

from collections.abc import Mapping
from datetime import date
from itertools import takewhile
from typing import Any, Final, NamedTuple

from sqlalchemy import bindparam, select

from health.declare import MOST_EARLIER, Action, Earlier, Programme
from health.followups.answers import asked_in, values_in
from health.tables import health_enrolment, health_follow_up
from kernel.db.prepared import Prepared
from kernel.work import ReadWork
from records.api import as_day, load_all, records_file

Body = Mapping[str, Any]
OPEN: Final = frozenset({"active", "onhold"})
"""Statuses of an enrolment in which somebody is managed."""
_APPLIED: Final = frozenset({"planned", "waitlist"})


class Enrolment(NamedTuple):
    """A person in a programme from a day until another (exclusive; None = still)."""

    episode_id: str
    programme: str
    status: str
    from_on: date
    to_on: date | None
    closed_for: str | None
    suspended_on: date | None

    @property
    def open(self) -> bool:
        """Whether the person is managed now (suspended included)."""
        return self.status in OPEN

    @property
    def applied(self) -> bool:
        """Whether it is asked for and not decided yet."""
        return self.status in _APPLIED

    def covers(self, day: date) -> bool:
        """Whether the person was in the programme on a day."""
        happened = self.status not in {"planned", "waitlist", "cancelled", "entered-in-error"}
        return happened and self.from_on <= day and (self.to_on is None or day < self.to_on)


_enrolment = health_enrolment.c
_of_person = Prepared(
    select(
        _enrolment.source_id, _enrolment.programme, _enrolment.status, _enrolment.from_on,
        _enrolment.to_on, _enrolment.closed_for, _enrolment.suspended_on,
    )
    .where(_enrolment.patient_id == bindparam("patient_id"))
    .order_by(_enrolment.from_on.desc(), _enrolment.source_id.desc())
)  # fmt: skip


def list_enrolments(work: ReadWork, patient_id: str) -> list[Enrolment]:
    """All enrolments of a person, the latest first. The caller has read the person."""
    rows = _of_person.rows(work.connection, {"patient_id": patient_id})
    return [Enrolment(r[0], r[1], r[2], as_day(r[3]), _day(r[4]), r[5], _day(r[6])) for r in rows]


def _day(value: date | str | None) -> date | None:
    return None if value is None else as_day(value)


def find_enrolment(
    work: ReadWork, patient_id: str, programme: str, on: date | None = None
) -> Enrolment | None:
    """The enrolment that covers a day; without a day the one that is open now, or None."""
    found = [one for one in list_enrolments(work, patient_id) if one.programme == programme]
    if on is None:
        return next((one for one in found if one.open), None)
    return next((one for one in found if one.covers(on)), None)


_file = Prepared(
    select(records_file.c.born_on, records_file.c.sex).where(
        records_file.c.source_id == bindparam("patient_id")
    )
)


class About(NamedTuple):
    """Who somebody is, as far as the rules ask: birthday and FHIR's gender."""

    born: date | None
    sex: str


def person(work: ReadWork, patient_id: str) -> About:
    """Birthday and sex of a person, from the file."""
    row = _file.row(work.connection, {"patient_id": patient_id})
    return About(_day(row[0]), row[1] or "") if row else About(None, "")


_follow_up = health_follow_up.c
_before = Prepared(
    select(
        _follow_up.source_id, _follow_up.done_on, _follow_up.outcome, _follow_up.action,
        _follow_up.uncontrolled, _follow_up.adverse,
    )
    .where(
        _follow_up.patient_id == bindparam("patient_id"),
        _follow_up.programme == bindparam("programme"),
        _follow_up.regular.is_(True),
        _follow_up.done_on >= bindparam("from_on"),
        _follow_up.done_on < bindparam("on"),
        _follow_up.source_id != bindparam("id"),
    )
    .order_by(_follow_up.done_on.desc(), _follow_up.source_id.desc())
    .limit(MOST_EARLIER)
)  # fmt: skip


def earlier(
    work: ReadWork, patient_id: str, programme: Programme, *, since: date, on: date, id: str
) -> list[tuple[str, Earlier]]:
    """The regular follow-ups from a day until before another, the latest first, by their ids.

    `id` is left out. Answers are read only of those that the programme's rules recall.
    """
    rows = _before.rows(
        work.connection,
        {
            "patient_id": patient_id,
            "programme": programme.name,
            "from_on": since.isoformat(),
            "on": on.isoformat(),
            "id": id,
        },
    )
    recalled = [row[0] for row in rows[: programme.recalls]]
    bodies = load_all(work, "QuestionnaireResponse", recalled) if recalled else {}
    return [
        (
            row[0],
            Earlier(
                as_day(row[1]), row[2], Action(row[3]), bool(row[4]), bool(row[5]),
                _values(bodies.get(row[0])),
            ),
        )
        for row in rows
    ]  # fmt: skip


_contacts = Prepared(
    select(
        _follow_up.source_id, _follow_up.done_on, _follow_up.outcome, _follow_up.action,
        _follow_up.regular,
    )
    .where(
        _follow_up.patient_id == bindparam("patient_id"),
        _follow_up.programme == bindparam("programme"),
        _follow_up.done_on >= bindparam("from_on"),
        _follow_up.done_on < bindparam("on"),
        _follow_up.source_id != bindparam("id"),
    )
    .order_by(_follow_up.done_on.desc(), _follow_up.regular, _follow_up.source_id.desc())
    .limit(MOST_EARLIER)
)  # fmt: skip


def contacts_before(
    work: ReadWork, patient_id: str, programme: str, *, since: date, on: date, id: str
) -> tuple[Earlier, ...]:
    """The contacts about a referral between the last regular follow-up and a day, the latest first.

    On one day the contact comes after the follow-up. `id` is left out.
    """
    key = {
        "patient_id": patient_id, "programme": programme, "from_on": since.isoformat(),
        "on": on.isoformat(), "id": id,
    }  # fmt: skip
    rows = takewhile(lambda row: not row[4], _contacts.rows(work.connection, key))
    return tuple(Earlier(as_day(row[1]), row[2], Action(row[3]), False, False, {}) for row in rows)


def _values(body: Body | None) -> dict[str, Any]:
    asked = asked_in(body) if body else None
    return values_in(asked, body) if asked and body else {}


_on_day = Prepared(
    select(_follow_up.source_id).where(
        _follow_up.patient_id == bindparam("patient_id"),
        _follow_up.programme == bindparam("programme"),
        _follow_up.regular == bindparam("regular"),
        _follow_up.done_on == bindparam("on"),
        _follow_up.source_id != bindparam("id"),
    )
)


def find_same_day(
    work: ReadWork, patient_id: str, programme: str, *, on: date, id: str, regular: bool
) -> str | None:
    """The id of another valid answer of the same kind on the same day, or None."""
    row = _on_day.row(
        work.connection,
        {
            "patient_id": patient_id, "programme": programme, "on": on.isoformat(), "id": id,
            "regular": regular,
        },
    )  # fmt: skip
    return str(row[0]) if row else None
