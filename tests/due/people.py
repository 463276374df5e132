"""Residents with something due, made as a client makes them, and the page that lists them."""

import re
from datetime import date, timedelta
from html import unescape

from health.enrolment.kinds import episode
from health.programmes import programme_of
from tests.cast import to
from tests.support.house import OpenHouse

TODAY = date(2026, 11, 23)
"""A Monday."""
_ROW = re.compile(r'<td class="cell-text"><a class="row-link" href="([^"]+)">([^<]+)</a>')
_COUNT = re.compile(r"<span class=\"count\">([\d,]+)</span>")


def due(
    house: OpenHouse, patient: str, days: int, programme: str = "hypertension", as_: str = "gp1"
) -> str:
    """Enrol somebody so that the first visit is due so many days from today; the episode's id."""
    declared = programme_of(programme)
    on = TODAY + timedelta(days=days - declared.first_days)
    station = "station-1" if as_ == "gp1" else "station-2"
    body = episode(declared, patient, on=on, organisation=to("Organization", station), doctor=None)
    id_ = f"{patient}-{programme}"
    answer = house.client(as_).put(f"EpisodeOfCare/{id_}", {**body, "id": id_})
    assert answer.status_code == 201, answer.text
    return id_


def listed(text: str) -> dict[str, str]:
    """The names on a page of the list and where each leads, in their order."""
    return {unescape(name): unescape(href) for href, name in _ROW.findall(text)}


def counted(text: str) -> list[int]:
    """The numbers on the tabs: today, week, overdue, coming, lost."""
    begin = text.index('<nav class="tabs"')
    return [int(one) for one in _COUNT.findall(text[begin : text.index("</nav>", begin)])]
