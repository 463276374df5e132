"""What is true of every referral at every moment, whoever did what, and in which order."""

from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import func, select

from kernel.clock import DAY
from kernel.db.tables import kernel_grant
from kernel.fhir.store.reproject import rederive
from referral.moving.services import task_id
from referral.outcome.bodies import outcome_id
from referral.tables import referral_case, referral_errand, referral_move, referral_outcome
from referral.task import moves_of
from tests.referrals.legal import ENDED, LEGAL, OWNED_BY, REQUEST_STATUS, TASK_STATUS
from tests.referrals.playing import Players

_TABLES: Final = (referral_case, referral_move, referral_outcome, referral_errand)
_DEATH: Final = "5"
_FAR: Final = 3650 * DAY


def hold(players: Players, request_id: str) -> None:
    """Look at one referral from all sides."""
    row, moves = players.row(request_id), players.moves(request_id)
    died = moves[-1].event == "cancel" and moves[-1].reason == _DEATH
    settled = died or row.state == "closed"
    _explained(players, request_id, row, moves)
    _owned(players, request_id, row, settled=settled)
    _followed(players, request_id, moves, settled=settled, died=died)
    _granted(players, request_id, row, moves)
    assert players.request(request_id)["status"] in REQUEST_STATUS[row.state]


def _explained(players: Players, request_id: str, row: Any, moves: Sequence[Any]) -> None:
    """The moves lead from nothing to the state that it is in, and every one is legal."""
    assert [one.number for one in moves] == list(range(1, len(moves) + 1))
    before: str | None = None
    for one in moves:
        assert one.from_state == before, f"{one.number} does not follow the move before it"
        step = (before or "none", one.event, one.to_state, one.side)
        death = one.event == "cancel" and one.reason == _DEATH and one.side != "hospital"
        assert step in LEGAL or death, step
        assert one.by_id or one.organisation_id or one.side == "system"
        before = one.to_state
    assert [one.moved_at for one in moves] == sorted(one.moved_at for one in moves)
    task, version = players.task(request_id)
    assert row.state == before == players.state(request_id)
    assert task["status"] == TASK_STATUS[row.state]
    assert row.version == version
    assert [one.version for one in moves_of(task)] == sorted({x.version for x in moves_of(task)})


def _owned(players: Players, request_id: str, row: Any, *, settled: bool) -> None:
    """One named owner and one deadline, on one list; nobody's where it is settled."""
    task, _version = players.task(request_id)
    if settled:
        assert (row.open, row.owner_side, row.owner_id, row.due_at, row.look_at) == (
            False, None, None, None, None,
        )  # fmt: skip
        assert "owner" not in task
        return
    side = OWNED_BY[row.state]
    institution = row.hospital_id if side == "hospital" else row.community_id
    assert (row.open, row.owner_side, row.owner_organisation_id) == (True, side, institution)
    assert row.owner_id
    assert row.due_at is not None
    assert task["owner"] == {"reference": f"Practitioner/{row.owner_id}"}
    assert task["restriction"]["period"]["end"]
    assert row.look_at is not None or row.escalated_at is not None


def _followed(
    players: Players, request_id: str, moves: Sequence[Any], *, settled: bool, died: bool
) -> None:
    """One follow-up of the outcome from submission on; what is not known is on somebody's list."""
    sent = any(one.to_state == "submitted" for one in moves)
    outcome = referral_outcome.c
    with players.house.database.reading() as connection:
        statement = select(func.count()).where(outcome.request_id == request_id)
        assert connection.scalar(statement) == int(sent)
    if not sent:
        return
    row = players.outcome_row(request_id)
    assert row.doctor_id
    assert row.due_on
    assert row.known or not settled
    assert row.known or not died


def _granted(players: Players, request_id: str, row: Any, moves: Sequence[Any]) -> None:
    """The hospital where it is sees the person, and whoever had it before only for a while."""
    grant, now = kernel_grant.c, players.house.clock.now()
    named = (f"ServiceRequest/{request_id}", request_id)
    with players.house.database.reading() as connection:
        found = connection.execute(
            select(grant.organisation_id, grant.until).where(grant.reason.in_(named))
        ).all()
    until = {one.organisation_id: one.until for one in found}
    assert len(until) == len(found), "two grants of one referral for one hospital"
    sent = any(one.to_state == "submitted" for one in moves)
    assert bool(until) is sent
    ended = any(one.to_state in ENDED for one in moves)
    for hospital, end in until.items():
        here = hospital == row.hospital_id and not ended
        assert (end > now + _FAR) is here, (hospital, end)
        assert here or end <= now + 30 * DAY


def one_of_each(players: Players, request_ids: Sequence[str]) -> None:
    """No referral is there twice, and none is gone."""
    case = referral_case.c
    statement = (
        select(case.request_id, func.count())
        .where(case.request_id.in_(list(request_ids)))
        .group_by(case.request_id)
    )
    with players.house.database.reading() as connection:
        found = {row[0]: row[1] for row in connection.execute(statement)}
    assert found == dict.fromkeys(request_ids, 1)


def rows_of(players: Players, request_ids: Sequence[str]) -> dict[str, list[Any]]:
    """All rows of these referrals in the fact tables."""
    with players.house.database.reading() as connection:
        return {
            table.name: sorted(
                tuple(row)
                for row in connection.execute(
                    select(table).where(table.c.request_id.in_(list(request_ids)))
                )
            )
            for table in _TABLES
        }


def the_same_again(players: Players, request_ids: Sequence[str]) -> None:
    """What is derived once more from the stored Tasks is what stands in the fact tables."""
    before = {name: list(map(repr, rows)) for name, rows in rows_of(players, request_ids).items()}
    tasks = [name(one) for one in request_ids for name in (task_id, outcome_id)]
    with players.house.station.write() as work:
        rederive(work, "Task", tasks)
    after = {name: list(map(repr, rows)) for name, rows in rows_of(players, request_ids).items()}
    assert after == before
