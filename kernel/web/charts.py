"""Charts as inline SVG: pure functions from numbers to well-formed markup.

No script and no style attribute, so that the strictest content policy lets them through; colours
come from the style sheet by class, and every series has its own marker shape and dash, so that a
print in grey still tells them apart. A value outside the target band is drawn filled.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from html import escape

from markupsafe import Markup

MARGIN_LEFT, MARGIN_RIGHT, MARGIN_TOP, MARGIN_BOTTOM = 40, 100, 22, 24
LABEL_GAP = 32
DASHES = ("", "6 3", "2 3")


@dataclass(frozen=True, slots=True)
class Point:
    """One measurement on a local day."""

    on: date
    value: float


@dataclass(frozen=True, slots=True)
class Band:
    """The target range, in the unit of the chart; an open side is None."""

    label: str
    low: float | None = None
    high: float | None = None

    def holds(self, value: float) -> bool:
        """Whether `value` meets the target; both limits belong to it."""
        above = self.low is None or value >= self.low
        return above and (self.high is None or value <= self.high)


@dataclass(frozen=True, slots=True)
class Series:
    """A named line: its measurements in the order of their days, and its own target."""

    label: str
    points: Sequence[Point]
    band: Band | None = None


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar: a name and a value that is not negative."""

    label: str
    value: float


@dataclass(frozen=True, slots=True)
class _Scale:
    """A straight line from the values `low…high` to the pixels `start…end`."""

    low: float
    high: float
    start: float
    end: float

    def __call__(self, value: float) -> float:
        share = (value - self.low) / (self.high - self.low)
        return round(self.start + share * (self.end - self.start), 1)


def _element(name: str, attributes: Mapping[str, object], *children: str) -> str:
    """`<name …>children</name>` with escaped attributes; empty attributes are left out.

    Children are markup already: text among them has been through `escape`.
    """
    written = "".join(
        f' {key}="{escape(str(value))}"'
        for key, value in attributes.items()
        if value not in ("", None)
    )
    return f"<{name}{written}>{''.join(children)}</{name}>"


def _text(x: float, y: float, text: str, css: str, anchor: str = "start") -> str:
    attributes = {"x": x, "y": y, "class": css, "text-anchor": anchor}
    return _element("text", attributes, escape(text))


def _drawing(
    width: float, height: float, css: str, title: str, description: str, *children: str
) -> Markup:
    """The outer element; title and description are what a screen reader says."""
    attributes = {
        "class": f"chart {css}",
        "viewBox": f"0 0 {width:g} {height:g}",
        "width": f"{width:g}",
        "height": f"{height:g}",
        "role": "img",
        "aria-label": title,
    }
    head = (_element("title", {}, escape(title)), _element("desc", {}, escape(description)))
    markup = _element("svg", attributes, *head, *children)
    return Markup(markup)  # noqa: S704  # escaped piece by piece where it was put together


def nice_ticks(low: float, high: float, most: int = 5) -> list[float]:
    """Round numbers that enclose `low…high`, about `most` of them, at a step of 1, 2 or 5·10ⁿ."""
    span = (high - low) or abs(high) or 1.0
    rough = span / most
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(power * factor for factor in (1, 2, 5, 10) if power * factor >= rough * 0.999)
    first = math.floor(low / step)
    last = max(math.ceil(high / step), first + 1)
    return [round(index * step, 10) for index in range(first, last + 1)]


def month_ticks(first: date, last: date, most: int = 6) -> list[date]:
    """Firsts of months between two days, at a step of 1, 2, 3, 6, 12 or more months."""
    start = first.year * 12 + first.month - 1
    if first.day > 1:
        start += 1
    end = last.year * 12 + last.month - 1
    steps = (1, 2, 3, 6, 12, 24, 60, 120, 240, 600)
    step = next(n for n in steps if (end - start) / n < most)
    aligned = -(-start // step) * step
    return [date(month // 12, month % 12 + 1, 1) for month in range(aligned, end + 1, step)]


def _value_range(series: Sequence[Series]) -> tuple[float, float]:
    """The lowest and highest number that the chart must show, targets included."""
    values = [point.value for one in series for point in one.points]
    for one in series:
        if one.band is not None:
            values += [edge for edge in (one.band.low, one.band.high) if edge is not None]
    return (min(values), max(values)) if values else (0.0, 1.0)


def _scales(
    series: Sequence[Series], width: int, height: int, *, from_zero: bool
) -> tuple[_Scale, _Scale]:
    """The scales of days and of values."""
    days = [point.on.toordinal() for one in series for point in one.points]
    first, last = min(days), max(days)
    if first == last:
        first, last = first - 15, last + 15
    low, high = _value_range(series)
    ticks = nice_ticks(min(low, 0) if from_zero else low, high)
    bottom = height - MARGIN_BOTTOM
    return (
        _Scale(first, last, MARGIN_LEFT + 8, width - MARGIN_RIGHT),
        _Scale(ticks[0], ticks[-1], bottom, MARGIN_TOP),
    )


def _axes(day: _Scale, value: _Scale, unit: str, width: int, height: int) -> list[str]:
    """Grid lines with their numbers, the unit at the head, the months at the foot."""
    right = width - MARGIN_RIGHT
    marks = [_text(0, 12, unit, "axis")]
    for tick in nice_ticks(value.low, value.high):
        if not value.low <= tick <= value.high:
            continue
        y = value(tick)
        line = {"x1": MARGIN_LEFT, "x2": right, "y1": y, "y2": y, "class": "grid"}
        marks += [
            _element("line", line),
            _text(MARGIN_LEFT - 6, y + 4, f"{tick:g}", "axis", "end"),
        ]
    first, last = date.fromordinal(int(day.low)), date.fromordinal(int(day.high))
    for month in month_ticks(first, last):
        x = day(month.toordinal())
        marks.append(_text(x, height - 6, f"{month:%Y-%m}", "axis", "middle"))
    return marks


def _band(band: Band, number: int, value: _Scale, width: int) -> str:
    """The target as a pale strip; an open side reaches the edge."""
    top = value(value.high if band.high is None else band.high)
    bottom = value(value.low if band.low is None else band.low)
    strip = {
        "x": MARGIN_LEFT,
        "y": top,
        "width": width - MARGIN_RIGHT - MARGIN_LEFT,
        "height": round(bottom - top, 1),
        "class": f"band band-{number}",
    }
    return _element("rect", strip)


def _marker(shape: int, x: float, y: float, *, inside: bool, label: str) -> str:
    """A circle, square or triangle around (x, y); filled where the target is missed."""
    css = {"class": f"point point-{shape + 1}" + ("" if inside else " point-out")}
    title = _element("title", {}, escape(label))
    if shape == 0:
        return _element("circle", {**css, "cx": x, "cy": y, "r": 4}, title)
    if shape == 1:
        box = {"x": round(x - 3.5, 1), "y": round(y - 3.5, 1), "width": 7, "height": 7}
        return _element("rect", {**css, **box}, title)
    path = f"M{x} {y - 5:.1f}L{x + 4.5:.1f} {y + 3.5:.1f}H{x - 4.5:.1f}Z"
    return _element("path", {**css, "d": path}, title)


def _line(one: Series, number: int, unit: str, day: _Scale, value: _Scale) -> list[str]:
    """A polyline with a marker at every measurement."""
    places = [(day(p.on.toordinal()), value(p.value)) for p in one.points]
    path = {
        "class": f"line line-{number + 1}",
        "points": " ".join(f"{x},{y}" for x, y in places),
        "stroke-dasharray": DASHES[number % len(DASHES)],
        "fill": "none",
    }
    marks = [_element("polyline", path)]
    for (x, y), point in zip(places, one.points, strict=True):
        inside = one.band is None or one.band.holds(point.value)
        label = f"{point.on.isoformat()} {one.label} {point.value:g} {unit}"
        marks.append(_marker(number % len(DASHES), x, y, inside=inside, label=label))
    return marks


def _line_labels(series: Sequence[Series], value: _Scale, width: int) -> list[str]:
    """Name, last value and target at each line's end, moved apart where they would meet."""
    ends = sorted((value(one.points[-1].value), index) for index, one in enumerate(series))
    marks: list[str] = []
    lowest = -math.inf
    for y, index in ends:
        lowest = max(y, lowest + LABEL_GAP)
        one = series[index]
        text = f"{one.label} {one.points[-1].value:g}"
        x, baseline = width - MARGIN_RIGHT + 10, round(lowest + 4, 1)
        marks.append(_text(x, baseline, text, "line-label"))
        if one.band is not None:
            marks.append(_text(x, baseline + 14, one.band.label, "axis"))
    return marks


def line_chart(
    series: Sequence[Series],
    *,
    title: str,
    description: str,
    unit: str,
    width: int = 660,
    height: int = 220,
    from_zero: bool = False,
) -> Markup:
    """Lines over time with target bands; series without a measurement are left out.

    `from_zero` is for counts, whose height says how many.

    Raises ValueError when no series has a measurement (show an empty state instead) or when
    there are more than three, which marker shapes could no longer tell apart.
    """
    drawn = [one for one in series if one.points]
    if not drawn:
        raise ValueError("a line chart needs at least one measurement")
    if len(drawn) > len(DASHES):
        raise ValueError(f"a line chart tells at most {len(DASHES)} series apart")
    day, value = _scales(drawn, width, height, from_zero=from_zero)
    marks = [
        _band(one.band, number + 1, value, width) for number, one in enumerate(drawn) if one.band
    ]
    marks += _axes(day, value, unit, width, height)
    for number, one in enumerate(drawn):
        marks += _line(one, number, unit, day, value)
    marks += _line_labels(drawn, value, width)
    return _drawing(width, height, "chart-line", title, description, *marks)


def bar_chart(
    bars: Sequence[Bar],
    *,
    title: str,
    description: str,
    unit: str,
    width: int = 660,
    label_width: int = 140,
) -> Markup:
    """Horizontal bars, each with its name at the left and its value with unit at the end.

    Raises ValueError for an empty sequence or a negative value.
    """
    if not bars:
        raise ValueError("a bar chart needs at least one bar")
    if any(bar.value < 0 for bar in bars):
        raise ValueError("a bar cannot show a negative value")
    row, most = 28, max(bar.value for bar in bars) or 1
    scale = _Scale(0, most, 0, width - label_width - 90)
    marks: list[str] = []
    for index, bar in enumerate(bars):
        top = index * row
        length = scale(bar.value)
        box = {"x": label_width, "y": top + 5, "width": length, "height": 18, "class": "bar"}
        marks += [
            _text(label_width - 8, top + 19, bar.label, "bar-label", "end"),
            _element("rect", box),
            _text(label_width + length + 6, top + 19, f"{bar.value:,.12g} {unit}", "bar-value"),
        ]
    return _drawing(width, row * len(bars) + 4, "chart-bar", title, description, *marks)


def sparkline(
    values: Sequence[float],
    *,
    title: str,
    unit: str,
    band: Band | None = None,
    width: int = 96,
    height: int = 24,
) -> Markup:
    """A small line for a table cell, its last value marked; the title names first and last.

    Raises ValueError without a value.
    """
    if not values:
        raise ValueError("a sparkline needs at least one value")
    low, high = min(values), max(values)
    if low == high:
        low, high = low - 1, high + 1
    across = _Scale(0, max(len(values) - 1, 1), 4, width - 6)
    up = _Scale(low, high, height - 5, 5)
    places = [(across(index), up(value)) for index, value in enumerate(values)]
    line = {
        "class": "line line-1",
        "points": " ".join(f"{x},{y}" for x, y in places),
        "fill": "none",
    }
    inside = band is None or band.holds(values[-1])
    last = _marker(0, *places[-1], inside=inside, label=f"{values[-1]:g} {unit}")
    description = f"{values[0]:g} → {values[-1]:g} {unit}"
    return _drawing(
        width, height, "chart-spark", title, description, _element("polyline", line), last
    )
