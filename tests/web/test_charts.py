"""Charts are well-formed, show every measurement and mark those that miss the target."""

import itertools
from datetime import date, timedelta
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.web.charts import (
    Band,
    Bar,
    Point,
    Series,
    bar_chart,
    line_chart,
    month_ticks,
    nice_ticks,
    sparkline,
)

START = date(2026, 1, 31)


def series(*values: float, label: str = "收缩压", band: Band | None = None) -> Series:
    days = [START + timedelta(days=40 * index) for index in range(len(values))]
    return Series(label, [Point(*pair) for pair in zip(days, values, strict=True)], band)


def drawn(markup: str, css: str) -> list[ElementTree.Element]:
    root = ElementTree.fromstring(markup)  # noqa: S314  # our own output, not a stranger's
    return [one for one in root.iter() if css in (one.get("class") or "").split()]


def chart(*lines: Series) -> str:
    return line_chart(lines, title="血压", description="一年", unit="mmHg")


def test_every_measurement_is_a_point_and_a_corner_of_its_line() -> None:
    markup = chart(series(150, 138, 141), series(90, 88, 92, label="舒张压"))
    assert len(drawn(markup, "point")) == 6
    corners = [(one.get("points") or "").split() for one in drawn(markup, "line")]
    assert [len(one) for one in corners] == [3, 3]


def test_points_that_miss_the_target_are_filled_and_named() -> None:
    markup = chart(series(140, 139, 89, 90, band=Band("目标 90–139", 90, 139)))
    titles = [one[0].text for one in drawn(markup, "point-out")]
    assert titles == ["2026-01-31 收缩压 140 mmHg", "2026-04-21 收缩压 89 mmHg"]
    assert len(drawn(markup, "band")) == 1
    assert "目标 90–139" in markup


def test_series_differ_by_shape_and_dash() -> None:
    markup = chart(series(1, 2), series(3, 4, label="b"), series(5, 6, label="c"))
    assert len({one.get("stroke-dasharray") for one in drawn(markup, "line")}) == 3
    shapes = [one.tag for one in drawn(markup, "point")]
    assert shapes == ["circle", "circle", "rect", "rect", "path", "path"]


def test_names_at_the_ends_never_overlap() -> None:
    markup = chart(series(120, 121), series(119, 120, label="b"), series(118, 119, label="c"))
    heights = sorted(float(one.get("y") or 0) for one in drawn(markup, "line-label"))
    assert all(b - a >= 30 for a, b in itertools.pairwise(heights))


def test_text_is_escaped() -> None:
    markup = line_chart([series(1, label='<b>"&')], title="<i>", description="&", unit="<u>")
    assert "<b>" not in markup
    assert "<i>" not in markup
    root = ElementTree.fromstring(markup)  # noqa: S314  # our own output, not a stranger's
    assert root.get("role") == "img"
    assert root[0].text == "<i>"


def test_no_style_or_script_is_needed() -> None:
    assert "style=" not in chart(series(1, 2))
    assert "<style" not in chart(series(1, 2))


def test_a_single_measurement_and_equal_values_draw() -> None:
    assert len(drawn(chart(series(7.0)), "point")) == 1
    assert len(drawn(chart(series(5, 5, 5)), "point")) == 3
    assert len(drawn(chart(series(0)), "point")) == 1


def test_counts_stand_on_zero() -> None:
    def ticks(*, from_zero: bool) -> list[str | None]:
        lines = [series(40, 50)]
        markup = line_chart(lines, title="t", description="", unit="人", from_zero=from_zero)
        return [one.text for one in drawn(markup, "axis") if one.get("text-anchor") == "end"]

    assert ticks(from_zero=False)[0] == "40"
    assert ticks(from_zero=True)[0] == "0"


def test_nothing_to_draw_is_an_error() -> None:
    with pytest.raises(ValueError, match="at least one measurement"):
        chart(series())
    with pytest.raises(ValueError, match="at most 3"):
        chart(*[series(1, label=str(n)) for n in range(4)])


def test_bars_are_in_proportion_and_carry_their_numbers() -> None:
    markup = bar_chart(
        [Bar("甲", 200), Bar("乙", 50), Bar("丙", 0)], title="t", description="", unit="人"
    )
    widths = [float(one.get("width") or 0) for one in drawn(markup, "bar")]
    assert widths[0] == pytest.approx(4 * widths[1])
    assert widths[2] == 0
    assert [one.text for one in drawn(markup, "bar-value")] == ["200 人", "50 人", "0 人"]


def test_bars_write_large_counts_in_full() -> None:
    assert "12,345,678 人" in bar_chart(
        [Bar("市", 12_345_678)], title="t", description="", unit="人"
    )


def test_bars_refuse_nothing_and_less_than_nothing() -> None:
    with pytest.raises(ValueError, match="at least one bar"):
        bar_chart([], title="t", description="", unit="人")
    with pytest.raises(ValueError, match="negative"):
        bar_chart([Bar("甲", -1)], title="t", description="", unit="人")


def test_a_sparkline_marks_its_last_value() -> None:
    markup = sparkline([152, 148, 160], title="收缩压", unit="mmHg", band=Band("", None, 139))
    assert len(drawn(markup, "point-out")) == 1
    assert "152 → 160 mmHg" in markup
    assert len(drawn(sparkline([5], title="t", unit=""), "point")) == 1
    with pytest.raises(ValueError, match="at least one value"):
        sparkline([], title="t", unit="")


@given(st.integers(-(10**6), 10**6), st.integers(0, 10**6))
def test_ticks_enclose_the_values(tenths: int, more: int) -> None:
    low, span = tenths / 10, more / 10
    ticks = nice_ticks(low, low + span)
    tolerance = 1e-6 * max(1.0, abs(low), span)
    assert ticks[0] <= low + tolerance
    assert ticks[-1] >= low + span - tolerance
    assert 2 <= len(ticks) <= 8
    assert ticks == sorted(set(ticks))


@given(st.dates(date(1930, 1, 1), date(2100, 1, 1)), st.integers(0, 40000))
def test_months_at_the_foot_are_few_and_within(first: date, days: int) -> None:
    last = first + timedelta(days=days)
    ticks = month_ticks(first, last)
    assert len(ticks) <= 7
    assert all(first <= tick <= last and tick.day == 1 for tick in ticks)
