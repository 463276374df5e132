"""The waiting room of the first station on the morning of the city's day: some wait, one is seen.

It depends on the seed, `today` and the directory alone. What the doctor has not signed is a draft.
"""

from collections.abc import Iterator
from datetime import date, timedelta
from random import Random
from typing import Final

from demo.chart import Chart, Visit, tenths, whole
from demo.clinic import VISIT_CLASS, VISIT_MODE
from demo.directory import Directory, Resource
from demo.measures import PULSE, TEMPERATURE, observe, observe_pressure
from demo.notes import soap
from demo.person import CLOSED_ON
from demo.population import Household

STATION: Final = "station-1"
_BEYOND: Final = 10_000
"""The numbers of today's resources begin behind those of any history."""

_VISITS: Final = (
    ("finished", "血压复查、取药", 8 * 60 + 5),
    ("finished", "咳嗽5天", 8 * 60 + 20),
    ("in-progress", "头晕3天", 8 * 60 + 40),
    ("arrived", "咽痛、发热1天", 8 * 60 + 45),
    ("arrived", "腰痛1周", 8 * 60 + 50),
    ("arrived", "测血压", 8 * 60 + 55),
)
"""State, why somebody came, and the minute of arrival."""


def waiting_room(
    homes: Iterator[Household], *, seed: int, today: date, directory: Directory
) -> list[Resource]:
    """Today's visits of the first adults of the first station, each after what it refers to."""
    patients = _adults(homes, today)
    made: list[Resource] = []
    for (status, reason, minute), patient in zip(_VISITS, patients, strict=False):
        chart = _chart(patient, seed, today, directory)
        _visit(chart, today, status, reason, minute)
        made += chart.resources
    return made


def _adults(homes: Iterator[Household], today: date) -> Iterator[Resource]:
    """One living adult of each household whose file is kept."""
    for home in homes:
        if home.station_id != STATION:
            continue
        for patient in home.patients:
            closed = any(one["url"] == CLOSED_ON for one in patient["extension"])
            grown = date.fromisoformat(patient["birthDate"]) < today - timedelta(days=36 * 366)
            if grown and not closed:
                yield patient
                break


def _chart(patient: Resource, seed: int, today: date, directory: Directory) -> Chart:
    draw = Random(f"{seed}:{patient['id']}:{today}").random  # noqa: S311 -- synthetic, not a secret
    return Chart(
        patient_id=patient["id"],
        site=directory.station_by_id[STATION],
        draw=draw,
        born=date.fromisoformat(patient["birthDate"]),
        sex=patient["gender"],
        first=today,
        last=today,
        count=_BEYOND,
    )


def _visit(chart: Chart, today: date, status: str, reason: str, minute: int) -> None:
    at = _at(today, minute)
    body: Resource = {
        "resourceType": "Encounter",
        "id": "",
        "status": status,
        "class": VISIT_CLASS["AMB"],
        "type": [VISIT_MODE["AMB"]],
        "subject": chart.subject,
        "participant": [{"individual": chart.doctor}],
        "period": {"start": at},
        "reasonCode": [{"text": reason}],
        "serviceProvider": chart.station,
    }
    if status == "finished":
        body["period"]["end"] = _at(today, minute + 12)
    seen = Visit(chart.put("encounter", body), today, at)
    if status != "arrived" or reason == "测血压":
        systolic = chart.spread(142, 7)
        observe_pressure(chart, systolic, round(systolic * 0.6), seen)
        observe(chart, PULSE, whole(chart.spread(76, 6)), seen)
    if "发热" in reason:
        observe(chart, TEMPERATURE, tenths(379), seen)
    if status == "finished":
        soap(chart, body, status="final")


def _at(today: date, minute: int) -> str:
    return f"{today.isoformat()}T{minute // 60:02d}:{minute % 60:02d}:00+08:00"
