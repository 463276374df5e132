"""The courses of what a programme measures: charts with target bands, and values in a line."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from health.declare import Case, Programme, Trend
from health.followups.facts import person
from health.followups.services import FollowUp, day_of_visit
from kernel.declare.form import Form, Value, Values
from kernel.form_values import written
from kernel.messages import Message, _, joined
from kernel.web.charts import Band, Point, Series
from kernel.web.i18n import gettext, known_language
from kernel.work import ReadWork

POINTS = 16
"""Measurements that a chart shows."""
FEWEST = 2
_LEAST = 1e-6
"""The target excludes its limit; a chart's band includes it."""
Row = dict[str, Any]


def charts_of(
    work: ReadWork, patient_id: str, programme: Programme, follow_ups: Sequence[FollowUp]
) -> list[Row]:
    """The charts of a programme that have at least two days: title, unit, series.

    `follow_ups` are a person's valid ones, the latest first. The band is the target of today.
    """
    about = person(work, patient_id)
    case = Case(work.today, about.born, about.sex)
    drawn = (_chart(work, programme, trend, case, follow_ups) for trend in programme.trends)
    return [one for one in drawn if one["series"]]


def _chart(
    work: ReadWork,
    programme: Programme,
    trend: Trend,
    case: Case,
    follow_ups: Sequence[FollowUp],
) -> Row:
    language = known_language(work.actor.language)  # a drawing is made of words in one language
    limits = [float(limit) for limit in trend.band(case)]
    lower = [*limits[1:], None]  # strips of two lines lie on each other, not over each other
    series = []
    for key, limit, low in zip(trend.keys, limits, lower, strict=True):
        points = _points(key, follow_ups)
        if len(points) >= FEWEST:
            label = gettext(programme.form().field(key).title, language)
            series.append(Series(label, points, Band(f"<{limit:g}", low, limit - _LEAST)))
    return {"title": trend.title, "unit": gettext(trend.unit, language), "series": series}


def _points(key: str, follow_ups: Sequence[FollowUp]) -> list[Point]:
    found = []
    for one in follow_ups[:POINTS]:
        value, on = one.values.get(key), day_of_visit(one)
        if isinstance(value, int | Decimal) and on is not None:
            found.append(Point(on, float(value)))
    return found[::-1]


def measured(programme: Programme, values: Values) -> str:
    """What a visit measured: of the programme's trends, else all: "血压 152/96 mmHg、…"."""
    told = joined(_measured(trend, values) for trend in programme.trends)
    return told or coded_values(programme.form(), values)


def _measured(trend: Trend, values: Values) -> str:
    found = [values[key] for key in trend.keys if isinstance(values.get(key), int | Decimal)]
    return _said(trend.title, found, trend.unit) if found else ""


def _said(title: str, numbers: Sequence[Value], unit: str) -> str:
    text = "/".join(written(number) for number in numbers)
    return Message("%(title)s %(value)s %(unit)s", title=title, value=text, unit=unit)


def coded_values(form: Form, values: Values) -> str:
    """Everything that was measured, in the form's order; the two pressures are said as one."""
    pressures = [
        one for one in form.fields if one.coded and one.coded.part_of and one.key in values
    ]
    told = []
    if pressures:
        numbers = [values[one.key] for one in pressures]
        told.append(_said(_("血压"), numbers, pressures[0].unit))
    told += [
        _said(one.title, (values[one.key],), one.unit)
        for one in form.fields
        if one.coded and not one.coded.part_of and one.key in values and not one.options
    ]
    return joined(told)
