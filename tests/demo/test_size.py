"""A big synthetic city: how fast it is made, and how many people its numbers are enough for."""

import time

import pytest

from demo.population import _Numbers
from tests.demo.test_content import TODAY, city


def test_it_is_fast_enough_for_a_million() -> None:
    for _ in city(100):
        pass
    started = time.process_time()
    made = sum(1 for _ in city(800))
    assert made / (time.process_time() - started) > 3_000


def test_numbers_run_out_with_a_clear_word_and_never_repeat() -> None:
    numbers = _Numbers(serials={"371802001001": 99_998})
    assert numbers.record_number("371802001001") == "37180200100199999"
    with pytest.raises(ValueError, match="use more stations"):
        numbers.record_number("371802001001")
    made = {numbers.identity_number("371802", TODAY, "female") for _ in range(499)}
    assert len(made) == 499
    with pytest.raises(ValueError, match="use fewer residents"):
        numbers.identity_number("371802", TODAY, "female")
