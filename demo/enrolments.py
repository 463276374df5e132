"""Who is managed in a programme since when, and until when; who was looked for in vain."""

from datetime import date, timedelta
from typing import Final

from demo.chart import Chart, concept
from demo.directory import Resource
from health.api import CLOSED_FOR, CONTACT, Programme, episode, with_extension, with_status
from kernel.canonical import code_system

_SOURCES: Final = ("1", "2", "3", "4", "4", "4", "5", "5")
"""检出途径: codes of nbphs3-enrol-source, the usual ones more often."""
_LOST: Final = "3"
_KIND: Final = concept(code_system("nbphs3-contact-kind"), CONTACT, "超期联系")
_IN_VAIN: Final = ("电话无人接听", "电话停机", "家属接听，称在外地")


def enrol(chart: Chart, programme: Programme, since: date) -> Resource:
    """Take somebody into a programme on a day; the EpisodeOfCare, which may still be ended."""
    body = episode(
        programme,
        chart.patient_id,
        on=since,
        organisation=chart.station,
        doctor=chart.doctor,
        source=_SOURCES[chart.between(0, len(_SOURCES) - 1)],
    )
    chart.put("enrolment", body)
    return body


def suspend(body: Resource, on: date) -> None:
    """Somebody is lost for the time being (暂时失访) since a day."""
    body |= with_status(body, "onhold", on)


def close(body: Resource, on: date, reason: str) -> None:
    """End it on a day, the first that does not count; `reason`: nbphs3-enrol-close-reason."""
    last = max((on - timedelta(days=1)).isoformat(), body["period"]["start"])
    ended = with_extension(with_status(body, "finished", on), CLOSED_FOR, "valueCode", reason)
    body |= {**ended, "period": {**body["period"], "end": last}}


def give_up(chart: Chart, bodies: list[Resource], due: date) -> None:
    """Nobody came by `due`: two or three tries to reach them, then suspended, at last closed."""
    tried = due + timedelta(days=chart.between(10, 25))
    for number in range(chart.between(2, 3)):
        on = chart.working_day(tried + timedelta(days=number * chart.between(6, 14)))
        if on > chart.last:
            return
        _try(chart, on)
        tried_last = on
    suspended = tried_last + timedelta(days=chart.between(3, 20))
    closed = suspended + timedelta(days=chart.between(180, 240))
    for body in bodies:
        if suspended <= chart.last:
            suspend(body, suspended)
        if closed <= chart.last:
            close(body, closed, _LOST)


def _try(chart: Chart, on: date) -> None:
    at = f"{on.isoformat()}T{chart.between(9, 16):02d}:{chart.between(0, 59):02d}:00+08:00"
    chart.put(
        "contact",
        {
            "resourceType": "Communication",
            "id": "",
            "status": "not-done",
            "category": [_KIND],
            "subject": chart.subject,
            "sent": at,
            "sender": chart.doctor,
            "payload": [{"contentString": _IN_VAIN[chart.between(0, len(_IN_VAIN) - 1)]}],
        },
    )
