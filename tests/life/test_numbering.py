"""The record number: health-record.md §1, and that none is given out twice."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from kernel.canonical import HEALTH_RECORD_NUMBER
from kernel.errors import Refused
from kernel.serials import pass_over
from records.life.numbering import (
    is_record_number,
    next_record_number,
    next_record_numbers,
    segments_of,
)
from tests.cast import patient
from tests.support.house import OpenHouse

COMMITTEE = "371802001001"


def with_number(number: str) -> dict[str, object]:
    return patient(
        "钱一", "male", "1970-01-01", identifier=[{"system": HEALTH_RECORD_NUMBER, "value": number}]
    )


def test_a_number_has_four_segments_in_the_order_of_filing(fresh_house: OpenHouse) -> None:
    with fresh_house.station.write() as work:
        first, second = (next_record_number(work, COMMITTEE) for _ in range(2))
        other = next_record_number(work, "371802001101")
    assert (first, second) == (f"{COMMITTEE}00001", f"{COMMITTEE}00002")
    assert other == "37180200110100001"
    assert segments_of(first) == ("371802", "001", "001", "00001")


def test_imported_numbers_are_passed_over(fresh_house: OpenHouse) -> None:
    taken = [f"{COMMITTEE}{serial:05d}" for serial in (*range(1, 131), 132)]
    fresh_house.save(*(with_number(number) for number in taken))
    with fresh_house.station.write() as work:
        assert next_record_number(work, COMMITTEE) == f"{COMMITTEE}00131"
        assert next_record_number(work, COMMITTEE) == f"{COMMITTEE}00133"


def test_many_are_drawn_at_once_beside_those_that_others_bring(fresh_house: OpenHouse) -> None:
    fresh_house.save(with_number(f"{COMMITTEE}00002"))
    brought = {f"{COMMITTEE}00003", f"{COMMITTEE}00006"}
    with fresh_house.station.write() as work:
        drawn = next_record_numbers(work, COMMITTEE, 3, brought=brought)
        assert [int(number[12:]) for number in drawn] == [1, 4, 5]
        assert next_record_number(work, COMMITTEE) == f"{COMMITTEE}00006"


def test_a_committee_has_99999_numbers(fresh_house: OpenHouse) -> None:
    fresh_house.save(with_number(f"{COMMITTEE}99999"))
    with fresh_house.station.write() as work:
        next_record_number(work, COMMITTEE)
        pass_over(work, f"record:{COMMITTEE}", 99_997)
        assert next_record_number(work, COMMITTEE) == f"{COMMITTEE}99998"
        with pytest.raises(Refused, match="已用完") as caught:
            next_record_number(work, COMMITTEE)
    assert caught.value.status == 409


@pytest.mark.parametrize(
    "prefix", ["", "37180200100", "3718020010011", "37180200100x", "371802001000", "371802001200",
               "371802001900", "３71802001001"],
)  # fmt: skip
def test_what_is_no_committee_is_refused(fresh_house: OpenHouse, prefix: str) -> None:
    with fresh_house.station.write() as work, pytest.raises(Refused) as caught:
        next_record_number(work, prefix)
    assert caught.value.status == 422


def test_racing_filings_get_different_numbers(fresh_house: OpenHouse) -> None:
    def file(_: int) -> str:
        with fresh_house.station.write() as work:
            return next_record_number(work, COMMITTEE)

    with ThreadPoolExecutor(8) as pool:
        drawn = list(pool.map(file, range(24)))
    assert sorted(drawn) == [f"{COMMITTEE}{serial:05d}" for serial in range(1, 25)]


@pytest.mark.parametrize(
    ("text", "right"),
    [
        ("37180200100100001", True),
        ("37180200100100000", False),
        ("3718020010010001", False),
        ("371802001001000011", False),
        ("37180200100１00001", False),
        ("37180200100X00001", False),
    ],
)
def test_the_form_of_a_number(text: str, right: bool) -> None:
    assert is_record_number(text) is right
