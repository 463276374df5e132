"""The panel 最近测量: the last value of every measurement, and the course of the blood pressure."""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import Any

from kernel.canonical import LOINC
from kernel.web.charts import Band, Point, Series
from kernel.web.i18n import _, gettext, known_language
from kernel.work import ReadWork
from records.codes import (
    BLOOD_PRESSURE,
    DIASTOLIC,
    ELDERLY_FROM,
    FIRST_MEASURES,
    MEASURES,
    SYSTOLIC,
)
from records.reading import Body, ages, codes_of, day_of, moment_of, quantity_of, words, written
from records.residents import queries
from records.residents.rules import NONE, State, measured_state, pressure_state

Row = dict[str, Any]
_CHART_POINTS = 16
_TILES = 8


def vitals(work: ReadWork, patient_id: str) -> Row:
    """The last value of every measurement, and the course of the blood pressure."""
    found = queries.find_all(
        work,
        "Observation",
        ("patient", patient_id),
        ("category", "vital-signs,laboratory"),
        ("status:not", "entered-in-error"),
        ("_sort", "-date"),
        ("_count", "200"),
    )
    born = day_of(queries.get_resident(work, patient_id).get("birthDate"))
    age = ages(born, work.today)
    latest: dict[str, Row] = {}
    for body in found:
        tile = _tile(body, age)
        if tile is not None:
            latest.setdefault(tile["key"], tile)
    ranks = {code: number for number, code in enumerate(FIRST_MEASURES)}
    tiles = sorted(latest.values(), key=lambda tile: ranks.get(tile["key"], len(ranks)))
    elderly = age is not None and age >= ELDERLY_FROM
    return {
        "latest": tiles[:_TILES],
        "series": _pressure_series(work, found, 149 if elderly else 139),
        "chart_title": _("血压"),
        "chart_unit": "mmHg",
    }


def tile_of(body: Body, born: date | None, today: date) -> Row | None:
    """A measurement of somebody born on a day: title, value, unit, day, state; None for none."""
    return _tile(body, ages(born, today))


def _tile(body: Body, age: int | None) -> Row | None:
    """One measurement; None for one without a value, a unit or a day."""
    codes = codes_of(body.get("code"), LOINC)
    code = codes[0] if codes else words(body.get("code"))
    on = day_of(moment_of(body, "effectiveDateTime", "effectivePeriod", "effectiveInstant"))
    title = MEASURES.get(code) or words(body.get("code"))
    pressure = _pressure(body)
    single = quantity_of(body.get("valueQuantity", {}))
    if on is None or not title:
        return None
    if pressure is not None:
        value, unit = f"{written(pressure[0])}/{written(pressure[1])}", "mmHg"
        state: State = pressure_state(*pressure, age)
    elif single is not None:
        value, unit = written(single[0]), single[1]
        state = measured_state(code, unit, single[0], age)
    else:
        return None
    word, kind = state or NONE
    return {
        "key": code,
        "title": title,
        "value": value,
        "unit": unit,
        "on": on,
        "state": word,
        "kind": kind,
    }


def _pressure(body: Body) -> tuple[Decimal, Decimal] | None:
    """Systolic and diastolic pressure in mmHg, where both were measured together."""
    if not BLOOD_PRESSURE & set(codes_of(body.get("code"), LOINC)):
        return None
    parts: dict[str, Decimal] = {}
    for part in body.get("component", ()):
        found = quantity_of(part.get("valueQuantity", {}))
        if found is not None and found[1] == "mmHg":
            parts.update(dict.fromkeys(codes_of(part.get("code"), LOINC), found[0]))
    high, low = parts.get(SYSTOLIC), parts.get(DIASTOLIC)
    return None if high is None or low is None else (high, low)


def _pressure_series(work: ReadWork, bodies: Iterable[Body], highest: int) -> list[Series]:
    """The last measurements as two lines in the order of their days; nothing for a single one."""
    days: list[tuple[Any, tuple[Decimal, Decimal]]] = []
    for body in bodies:
        pressure, on = _pressure(body), day_of(moment_of(body, "effectiveDateTime"))
        if pressure is not None and on is not None:
            days.append((on, pressure))
    shown = days[:_CHART_POINTS][::-1]
    if len(shown) < 2:
        return []
    language = known_language(work.actor.language)  # a drawing is made of words in one language
    return [
        Series(
            gettext(_("收缩压"), language),
            [Point(on, round(float(high), 1)) for on, (high, _low) in shown],
            Band(f"90–{highest}", 90, highest),
        ),
        Series(
            gettext(_("舒张压"), language),
            [Point(on, round(float(low), 1)) for on, (_high, low) in shown],
            Band("60–89", 60, 89),
        ),
    ]
