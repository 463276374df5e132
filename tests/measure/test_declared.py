"""What every declared indicator says about itself is so, and what it asks for is there."""

import re

import pytest

from health.declare import Programme
from health.programmes import PROGRAMMES
from kernel.declare.indicator import Indicator
from tests.support.house import registry

STANDARD = [
    pytest.param(programme, one, id=one.code)
    for programme in PROGRAMMES
    for one in programme.indicators
    if one.code.endswith("01") and not programme.from_age
]


@pytest.mark.parametrize(("programme", "one"), STANDARD)
def test_the_definition_tells_what_the_programme_asks_of_a_year(
    programme: Programme, one: Indicator
) -> None:
    [visits] = re.findall(r"全年(\d)次", one.definition)
    assert int(visits) == programme.yearly
    assert ("健康体检表" in one.definition) is programme.examination


def test_the_norms_indicators_and_the_local_ones_are_there() -> None:
    found = registry().indicators
    norm = {"HT01", "HT02", "DM01", "DM02", "EL01"}
    local = {"CHD01", "CHD02", "STR01", "STR02", "COPD01", "COPD02"}
    assert norm | local | {"HT02-2018"} <= found.keys()
    for code in norm:
        assert "第三版" in found[code].source
    for code in local:
        assert "地方指标" in found[code].source
        assert "待确认" in found[code].source
    assert {found[code].version for code in ("HT02", "HT02-2018")} == {"2017", "2018"}
    assert found["HT02"].title != found["HT02-2018"].title


def test_every_programme_with_something_to_count_has_indicators() -> None:
    """Those that ask for nothing in a year have none."""
    for programme in PROGRAMMES:
        asked = programme.yearly or programme.examination
        assert bool(programme.indicators) is bool(asked), programme.name


def test_every_indicator_gives_a_reason_for_who_is_not_counted() -> None:
    for one in registry().indicators.values():
        assert one.missing, one.code
        for reason in one.missing:
            assert ("%(n)s" in reason.text) is (reason.value is not None), reason.text
