"""Purging: whole months beyond the retention, behind a signed head, audited, and nothing else."""

from datetime import UTC, date, datetime

import pytest
from sqlalchemy import select

from kernel.audit.entry import Action, detail_of
from kernel.audit.purge import purge, purgeable_before
from kernel.audit.sealer import seal_all
from kernel.audit.verify import verify
from kernel.clock import FixedClock, instant_of, local_date
from kernel.db.engine import Database
from kernel.db.tables import audit_head, audit_patient
from kernel.errors import Refused
from kernel.security.actor import SYSTEM
from kernel.security.keyring import KeyRing
from tests.audit.entries import chain, entry, rows_in, sealed_entries, waiting_accesses

MONTHS = 6


def days(database: Database) -> set[date]:
    return {local_date(row.at) for row in chain(database)}


@pytest.fixture
def clock(database: Database, keys: KeyRing) -> FixedClock:
    """Two entries a day on four days from April to October; it is 23 November."""
    clock = FixedClock(0)
    for month, day in ((4, 1), (4, 30), (5, 1), (10, 31)):
        clock.instant = instant_of(datetime(2026, month, day, 1, tzinfo=UTC))
        sealed_entries(database, keys, clock, 1)
        several = entry(
            clock.now(), action=Action.SEARCH, patient_id=None, patients=("p1", f"p{month}")
        )
        waiting_accesses(database, keys, several)
        seal_all(database, keys, clock)
    clock.instant = instant_of(datetime(2026, 11, 23, 1, tzinfo=UTC))
    seal_all(database, keys, clock)
    return clock


def run(database: Database, keys: KeyRing, clock: FixedClock, before: date | None = None) -> int:
    return purge(database, keys, clock, actor=SYSTEM, retention_months=MONTHS, before=before)


@pytest.mark.parametrize(
    ("today", "months", "first_kept"),
    [
        (date(2026, 11, 23), 6, date(2026, 5, 1)),
        (date(2026, 6, 1), 6, date(2025, 12, 1)),
        (date(2026, 1, 31), 36, date(2023, 1, 1)),
        (date(2028, 2, 29), 12, date(2027, 2, 1)),
    ],
)
def test_which_months_may_go(today: date, months: int, first_kept: date) -> None:
    assert purgeable_before(today, months) == first_kept


def test_old_months_go_and_the_rest_still_verifies(
    database: Database, keys: KeyRing, clock: FixedClock
) -> None:
    assert run(database, keys, clock) == 4
    assert days(database) == {date(2026, 5, 1), date(2026, 10, 31)}
    seal_all(database, keys, clock)
    with database.reading_audit() as connection:
        assert rows_in(connection, audit_head) == 4
        patients = connection.execute(select(audit_patient.c.patient_id)).scalars()
        assert sorted(patients) == ["p1", "p1", "p10", "p5"]
    report = verify(database, keys, clock)
    assert report.ok, report.faults
    assert (report.first_position, report.last_position) == (5, 9)


def test_a_purge_is_audited(database: Database, keys: KeyRing, clock: FixedClock) -> None:
    run(database, keys, clock)
    seal_all(database, keys, clock)
    last = chain(database)[-1]
    assert (last.action, last.user_id) == ("purge", "system")
    assert detail_of(keys, last.id, last.detail) == {
        "before": "2026-05-01",
        "through": 4,
        "entries": 4,
    }


def test_an_early_purge_is_refused(database: Database, keys: KeyRing, clock: FixedClock) -> None:
    with pytest.raises(Refused, match="kept for 6 months: only those before 2026-05-01") as caught:
        run(database, keys, clock, date(2026, 6, 1))
    assert caught.value.status == 422
    assert len(chain(database)) == 8


def test_a_day_of_the_limit_month_means_its_first(
    database: Database, keys: KeyRing, clock: FixedClock
) -> None:
    assert run(database, keys, clock, date(2026, 5, 31)) == 4


def test_months_can_go_one_after_the_other(
    database: Database, keys: KeyRing, clock: FixedClock
) -> None:
    assert run(database, keys, clock, date(2026, 4, 1)) == 0
    assert run(database, keys, clock) == 4
    assert run(database, keys, clock) == 0
    clock.advance(days=30)  # December: May may go now
    seal_all(database, keys, clock)
    assert run(database, keys, clock) == 2
    seal_all(database, keys, clock)
    report = verify(database, keys, clock)
    assert report.ok, report.faults
    assert days(database) == {date(2026, 10, 31), date(2026, 11, 23), date(2026, 12, 23)}


def test_an_entry_that_must_stay_is_not_cut_away_with_older_ones(
    database: Database, keys: KeyRing
) -> None:
    """On 30 April the clock once said 2 May: that entry stays, and all that lies behind it."""
    clock = FixedClock(instant_of(datetime(2026, 4, 1, 1, tzinfo=UTC)))
    sealed_entries(database, keys, clock, 2)
    clock.advance(days=29)
    waiting_accesses(database, keys, entry(instant_of(datetime(2026, 5, 2, tzinfo=UTC))))
    seal_all(database, keys, clock)
    sealed_entries(database, keys, clock, 1)
    clock.instant = instant_of(datetime(2026, 11, 23, 1, tzinfo=UTC))
    seal_all(database, keys, clock)
    assert run(database, keys, clock) == 2
    assert days(database) == {date(2026, 5, 2), date(2026, 4, 30)}


def test_everything_may_be_old_and_the_chain_goes_on(
    database: Database, keys: KeyRing, clock: FixedClock
) -> None:
    clock.advance(days=400)
    assert run(database, keys, clock) == 6
    seal_all(database, keys, clock)
    sealed_entries(database, keys, clock, 2)
    report = verify(database, keys, clock)
    assert report.ok, report.faults
    assert report.last_position == 11
