"""Serial numbers: one after another, never twice, not even when many draw at the same moment."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from kernel.serials import next_number, pass_over
from tests.support.house import OpenHouse


def test_numbers_follow_each_other_under_each_name(fresh_house: OpenHouse) -> None:
    with fresh_house.station.write() as work:
        assert [next_number(work, "a") for _ in range(3)] == [1, 2, 3]
        assert next_number(work, "b") == 1
        assert next_number(work, "b", count=5) == 2
        assert next_number(work, "b") == 7
    with fresh_house.station.write() as work:
        assert next_number(work, "a") == 4


def test_what_is_passed_over_is_not_given_out(fresh_house: OpenHouse) -> None:
    with fresh_house.station.write() as work:
        next_number(work, "a")
        pass_over(work, "a", 40)
        pass_over(work, "a", 7)
        assert next_number(work, "a") == 41


def test_a_number_of_a_transaction_that_is_undone_was_never_given(fresh_house: OpenHouse) -> None:
    def fail() -> None:
        with fresh_house.station.write() as work:
            assert next_number(work, "a") == 1
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    with fresh_house.station.write() as work:
        assert next_number(work, "a") == 1


def test_racing_transactions_never_get_the_same(fresh_house: OpenHouse) -> None:
    def draw(_: int) -> int:
        with fresh_house.station.write() as work:
            return next_number(work, "race")

    with ThreadPoolExecutor(8) as pool:
        drawn = list(pool.map(draw, range(64)))
    assert sorted(drawn) == list(range(1, 65))
