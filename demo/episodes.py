"""Which station keeps a resident's record from when to when, as an EpisodeOfCare.

The day on which a record is opened counts, the day on which it is closed does not; `period.end` is
the last day that counts. A record that is still being filed has no days yet.
"""

from datetime import date, timedelta
from typing import Final

from demo.directory import Resource, Site, team_id
from demo.names import Draw
from demo.person import Person
from kernel.canonical import code_system, structure_definition

CARE_KIND: Final = code_system("nbphs3-care-kind")
_OPENED_FOR: Final = {
    "url": structure_definition("residence-opened-for"),
    "valueCode": "filed",
}
_CLOSED_FOR: Final = structure_definition("residence-closed-for")
_MANAGEMENT: Final = {
    "coding": [{"system": CARE_KIND, "code": "record-management", "display": "健康档案管理"}],
    "text": "健康档案管理",
}
_CONTRACT: Final = {
    "coding": [{"system": CARE_KIND, "code": "family-doctor-contract", "display": "家庭医生签约"}],
    "text": "家庭医生签约",
}


def kept(person: Person, station: Resource) -> Resource | None:
    """The EpisodeOfCare of a person's record; None for a draft, or one closed at once."""
    start = person.opened_on
    if person.draft or start is None or (person.closed_on and person.closed_on <= start):
        return None
    extensions: list[Resource] = [_OPENED_FOR]
    period = {"start": start.isoformat()}
    if person.closed_on and person.closed_for:
        extensions.append({"url": _CLOSED_FOR, "valueCode": person.closed_for})
        period["end"] = (person.closed_on - timedelta(days=1)).isoformat()
    return {
        "resourceType": "EpisodeOfCare",
        "id": f"kept-{person.id}",
        "extension": extensions,
        "status": "finished" if person.closed_on else "active",
        "type": [_MANAGEMENT],
        "patient": {"reference": f"Patient/{person.id}", "display": person.text},
        "managingOrganization": station,
        "period": period,
    }


def contract(person: Person, site: Site, today: date, draw: Draw) -> Resource | None:
    """The contract of this year with a team of the station; of old people two thirds have one."""
    if person.draft or not person.active or person.opened_on is None:
        return None
    chance, number = draw(), 1 + int(draw() * 2)
    old = (today - person.born).days >= 65 * 365
    start = max(person.opened_on, date(today.year, 1, 1) + timedelta(days=int(draw() * 60)))
    if chance >= (0.67 if old else 0.25) or start > today:
        return None
    return {
        "resourceType": "EpisodeOfCare",
        "id": f"contract-{person.id}",
        "status": "active",
        "type": [_CONTRACT],
        "patient": {"reference": f"Patient/{person.id}", "display": person.text},
        "managingOrganization": {"reference": f"Organization/{site.id}", "display": site.name},
        "period": {"start": start.isoformat(), "end": f"{today.year}-12-31"},
        "team": [{"reference": f"CareTeam/{team_id(site.id, number)}"}],
    }
