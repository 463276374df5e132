"""Reception records (接诊记录表) of visits: Compositions with the sections S, O, A and P."""

from collections.abc import Sequence
from typing import Any, Final

from demo.chart import Chart, concept
from demo.directory import Resource
from demo.examination import TITLES
from kernel.canonical import LOINC

_TYPE: Final = concept(LOINC, "34117-2", "接诊记录")
_EVERY: Final = 4
"""One visit at the station in so many has its note in the system; the others are on paper."""


def past_notes(chart: Chart) -> None:
    """Signed notes of a share of the visits at the station that are in the chart already."""
    visits = [r for r in chart.resources if r["resourceType"] == "Encounter"]
    for number, body in enumerate(visits, start=len(chart.patient_id)):
        if number % _EVERY == 0 and body["class"]["code"] == "AMB" and not _is_examination(body):
            soap(chart, body, status="final")


def _is_examination(body: Resource) -> bool:
    """What was found at an examination stands in its own form."""
    return body["reasonCode"][0]["text"] in TITLES


def soap(chart: Chart, body: Resource, *, status: str) -> None:
    """The note of an Encounter with all that the chart has of it; `final` is signed."""
    here = {"reference": f"Encounter/{body['id']}"}
    found = [r for r in chart.resources if r.get("encounter") == here]
    at = body["period"].get("end", body["period"]["start"])
    note: dict[str, Any] = {
        "resourceType": "Composition",
        "id": "",
        "status": status,
        "type": _TYPE,
        "subject": chart.subject,
        "encounter": here,
        "date": at,
        "author": [chart.doctor],
        "title": "接诊记录",
        "custodian": chart.station,
        "section": _sections(body, found),
    }
    if status == "final":
        note["attester"] = [{"mode": "legal", "time": at, "party": chart.doctor}]
    chart.put("note", note)


def _sections(body: Resource, found: Sequence[Resource]) -> list[Resource]:
    complaint = body["reasonCode"][0]["text"]
    diagnosed = [one["condition"] for one in body.get("diagnosis", ())]
    diagnosed += _references(found, "Condition")
    parts = [
        _part("61150-9", "主观资料", [_text("10154-3", "主诉", complaint)]),
        _part("61149-1", "客观资料", [_entries("8716-3", "生命体征", found, "Observation")]),
        {"title": "评估", "code": concept(LOINC, "51848-0", "评估"), "entry": diagnosed},
        _part(
            "18776-5",
            "处置计划",
            [
                _entries("10160-0", "用药", found, "MedicationRequest"),
                _text("69730-0", "健康教育", "规律作息，清淡饮食，不适随诊。"),
            ],
        ),
    ]
    return [part for part in parts if part.get("section") or part.get("entry")]


def _part(code: str, title: str, sections: list[Resource]) -> Resource:
    there = [one for one in sections if one]
    return {"title": title, "code": concept(LOINC, code, title), "section": there}


def _text(code: str, title: str, text: str) -> Resource:
    div = f'<div xmlns="http://www.w3.org/1999/xhtml">{text}</div>'
    return {
        "title": title,
        "code": concept(LOINC, code, title),
        "text": {"status": "generated", "div": div},
    }


def _entries(code: str, title: str, found: Sequence[Resource], type_: str) -> Resource:
    references = _references(found, type_)
    if not references:
        return {}
    return {"title": title, "code": concept(LOINC, code, title), "entry": references}


def _references(found: Sequence[Resource], type_: str) -> list[Resource]:
    return [{"reference": f"{type_}/{r['id']}"} for r in found if r["resourceType"] == type_]
