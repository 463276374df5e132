"""Five thousand open referrals: few statements, whatever their number, and no time to speak of."""

import time

import pytest
from sqlalchemy import insert

from referral.office.queries import OfficeQuery, count_tabs, list_lines
from referral.office.tabs import Tab
from referral.tables import referral_case
from tests.pages.browsing import signed_in, words
from tests.referrals.playing import Players
from tests.rest.test_search_results import statements
from tests.support.house import OpenHouse

OPEN = 5000
_MINUTE = 60_000_000


@pytest.fixture(scope="module")
def crowded(house: OpenHouse) -> OpenHouse:
    """One referral, and 4,999 rows that look like it."""
    Players(house).refer("real")
    row = Players(house).row("real")._asdict()
    urgencies = ("routine", "routine", "urgent", "emergency")
    rows = [
        {
            **row,
            "request_id": f"row-{number:05}",
            "source_id": f"row-{number:05}-task",
            "urgency": urgencies[number % 4],
            "since_at": row["since_at"] - number * _MINUTE,
            "due_at": row["due_at"] - number * _MINUTE,
            "answer_due_at": row["answer_due_at"] - number * _MINUTE,
            "risk_at": row["risk_at"] - number * _MINUTE,
        }
        for number in range(1, OPEN)
    ]
    with house.station.write() as work:
        for begin in range(0, len(rows), 500):
            work.connection.execute(insert(referral_case), rows[begin : begin + 500])
    return house


def _asked(seen: list[str]) -> int:
    """How many statements ask for referrals; the sealer of the audit has its own."""
    return sum("referral_case" in one for one in seen)


def test_a_page_of_the_list_is_one_statement(crowded: OpenHouse) -> None:
    with crowded.station.read(crowded.actor("coord1")) as work:
        for query in (OfficeQuery(), OfficeQuery(tab=Tab.RISK), OfficeQuery(tab=Tab.ALL)):
            with statements(crowded) as seen:
                found = list_lines(work, query)
            assert _asked(seen) == 1
            assert len(found) == 50
        with statements(crowded) as seen:
            assert count_tabs(work)[Tab.ALL] == OPEN
        assert _asked(seen) == 1
        assert [one.urgency for one in list_lines(work, OfficeQuery())] == ["emergency"] * 50
        last = list_lines(work, OfficeQuery(), begin=OPEN - 1)
        assert [one.urgency for one in last] == ["routine"]


def test_the_statements_of_the_page_do_not_grow_with_the_list(crowded: OpenHouse) -> None:
    visitor = signed_in(crowded, "coord1")
    visitor.get("/referral-office")
    with statements(crowded) as seen:
        begun = time.perf_counter()
        answer = visitor.get("/referral-office?tab=all")
        taken = time.perf_counter() - begun
    assert "共 5,000 条" in words(answer)
    assert sum("audit" not in one for one in seen) <= 20
    assert taken < 1, "the benchmark is stricter; this only tells a walk over all of them"
