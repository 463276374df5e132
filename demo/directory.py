"""The directory of the synthetic city: institutions, places, staff, and their dated tree.

Ids are readable and fixed (`city-bureau`, `district-1`, `centre-1`, `station-3`, `hospital-2`),
so that everything else can refer to them without a look-up. People are invented.

Each Organization carries `partOf` (where it belongs now) and, per edge that ever held, the
extension `organisation-membership` with `parent` and `period`. As everywhere in FHIR the end of
a period is inclusive: the last station changed centres at the turn of 2023 to 2024.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from random import Random
from typing import Any, Final

from demo.cast import CAST, practitioner_id
from demo.names import given_name, surname
from demo.place import CITY, DISTRICTS, PROVINCE, Committee, Street, committee, street
from kernel.canonical import (
    ORGANISATION_CODE,
    code_system,
    identifier_system,
    structure_definition,
)

Resource = dict[str, Any]
"""One FHIR R4 resource as plain JSON; numbers with digits that matter are `Decimal`."""

COMMITTEES_PER_STATION: Final = 4
ORGANISATION_KIND: Final = code_system("organisation-kind")
STAFF_ROLE: Final = code_system("staff-role")
COMMITTEE_CODE: Final = identifier_system("committee-code")
_AREA: Final = {
    "system": "http://terminology.hl7.org/CodeSystem/location-physical-type",
    "code": "area",
    "display": "Area",
}
_TEAM: Final = {
    "system": code_system("care-team-kind"),
    "code": "family-doctor-team",
    "display": "家庭医生团队",
}
MEMBERSHIP: Final = structure_definition("organisation-membership")

KINDS: Final = {
    "city-bureau": "市卫生健康局",
    "district-bureau": "区卫生健康局",
    "centre": "社区卫生服务中心",
    "station": "社区卫生服务站",
    "hospital": "医院",
}
ROLES: Final = {
    "gp": "全科医生",
    "nurse": "社区护士",
    "station_head": "站长",
    "centre_manager": "中心主任",
    "referral_coordinator": "转诊联络员",
    "bureau_officer": "卫生行政人员",
    "system_admin": "系统管理员",
    "security_admin": "安全管理员",
    "auditor": "审计管理员",
}
_STAFFING: Final = {
    "city-bureau": ("bureau_officer", "system_admin", "security_admin", "auditor"),
    "district-bureau": ("bureau_officer",),
    "centre": ("centre_manager", "gp", "nurse"),
    "station": ("station_head", "gp", "nurse"),
    "hospital": ("referral_coordinator",),
}
_HOSPITALS: Final = ("人民医院", f"{DISTRICTS[0][1]}人民医院", "中医院", "妇幼保健院")
_FOUNDED: Final = "2009-03-01"
_MOVED_ON: Final = ("2023-12-31", "2024-01-01")


@dataclass(frozen=True, slots=True)
class Site:
    """A station as the population needs it: where it is, whom it serves, who works there."""

    id: str
    name: str
    street: Street
    committees: tuple[Committee, ...]
    nominal_population: int
    gp_id: str
    gp_name: str
    nurse_id: str


@dataclass(frozen=True, slots=True)
class Directory:
    """Everything of the directory; `resources` gives it in an order where references resolve."""

    organisations: tuple[Resource, ...]
    locations: tuple[Resource, ...]
    practitioners: tuple[Resource, ...]
    roles: tuple[Resource, ...]
    stations: tuple[Site, ...]
    station_by_id: Mapping[str, Site]
    teams: tuple[Resource, ...]

    def resources(self) -> Iterator[Resource]:
        """All resources, each after the ones that it refers to."""
        yield from self.organisations
        yield from self.locations
        yield from self.practitioners
        yield from self.roles
        yield from self.teams


@dataclass(frozen=True, slots=True)
class _Institution:
    id: str
    kind: str
    name: str
    number: int
    district: int
    parent: str | None = None
    former_parent: str | None = None


def directory(
    stations: int = 6, centres: int = 2, hospitals: int = 2, districts: int = 1
) -> Directory:
    """The directory of a city of this size; the whole city has 63 stations and 15 centres.

    Raises ValueError when it is too small for the cast (two stations, one centre, two hospitals,
    one district), when a centre would have no station, or beyond what can be numbered.
    """
    _check_size(stations, centres, hospitals, districts)
    institutions = _institutions(stations, centres, hospitals, districts)
    random = Random("directory").random  # noqa: S311 -- invented people, not a secret
    people: list[Resource] = []
    roles: list[Resource] = []
    for institution in institutions:
        for role in _STAFFING[institution.kind]:
            person = _practitioner(institution, role, len(people) + 1, random)
            people.append(person)
            roles.append(_role(institution, role, person))
    names = {person["id"]: person["name"][0]["text"] for person in people}
    sites = tuple(
        _site(one, stations, centres, names) for one in institutions if one.kind == "station"
    )
    return Directory(
        organisations=tuple(_organisation(one) for one in institutions),
        locations=(
            *(_location(one) for one in institutions if one.kind in _WITH_ROOMS),
            *(_area(site, one) for site in sites for one in site.committees),
        ),
        practitioners=tuple(people),
        roles=tuple(roles),
        stations=sites,
        station_by_id={site.id: site for site in sites},
        teams=tuple(team for site in sites for team in _teams(site, names)),
    )


_WITH_ROOMS: Final = frozenset({"centre", "station", "hospital"})


def _check_size(stations: int, centres: int, hospitals: int, districts: int) -> None:
    if stations < 2 or centres < 1 or hospitals < 2:
        raise ValueError("the cast needs at least 2 stations, 1 centre and 2 hospitals")
    if not centres <= stations <= 20 * centres or centres > 100:
        raise ValueError("a centre has 1 to 20 stations, a city at most 100 centres")
    if not 1 <= districts <= min(centres, len(DISTRICTS)):
        raise ValueError(f"districts must be 1 to {len(DISTRICTS)} and not more than centres")


def _institutions(
    stations: int, centres: int, hospitals: int, districts: int
) -> list[_Institution]:
    found = [_Institution("city-bureau", "city-bureau", f"{CITY}卫生健康局", 0, 0)]
    for d in range(districts):
        name = f"{CITY}{DISTRICTS[d][1]}卫生健康局"
        found.append(
            _Institution(f"district-{d + 1}", "district-bureau", name, d, d, "city-bureau")
        )
    for c in range(centres):
        d = c * districts // centres
        name = f"{street(c, d).name}社区卫生服务中心"
        found.append(_Institution(f"centre-{c + 1}", "centre", name, c, d, f"district-{d + 1}"))
    for s in range(stations):
        c = s * centres // stations
        d = c * districts // centres
        area = street(c, d)
        name = f"{area.name}{_committees(area, s, stations, centres)[0].name}社区卫生服务站"
        former = "centre-1" if s == stations - 1 and c > 0 else None
        found.append(
            _Institution(f"station-{s + 1}", "station", name, s, d, f"centre-{c + 1}", former)
        )
    for h in range(hospitals):
        name = CITY + _HOSPITALS[h % len(_HOSPITALS)]
        name = name if h < len(_HOSPITALS) else f"{name}第{h // len(_HOSPITALS) + 1}分院"
        found.append(_Institution(f"hospital-{h + 1}", "hospital", name, h, 0, "city-bureau"))
    return found


def _committees(area: Street, station: int, stations: int, centres: int) -> tuple[Committee, ...]:
    centre = station * centres // stations
    first_of_centre = -(-centre * stations // centres)
    start = (station - first_of_centre) * COMMITTEES_PER_STATION
    return tuple(
        committee(area, start + k, station * COMMITTEES_PER_STATION + k)
        for k in range(COMMITTEES_PER_STATION)
    )


def _site(one: _Institution, stations: int, centres: int, names: Mapping[str, str]) -> Site:
    centre = one.number * centres // stations
    area = street(centre, one.district)
    gp_id = practitioner_id(one.id, "gp")
    return Site(
        id=one.id,
        name=one.name,
        street=area,
        committees=_committees(area, one.number, stations, centres),
        nominal_population=5_000 + one.number * 1_373 % 5_001,
        gp_id=gp_id,
        gp_name=names[gp_id],
        nurse_id=practitioner_id(one.id, "nurse"),
    )


def _phone(one: _Institution) -> list[Resource]:
    # Area code 0640 is not assigned.
    offset = {"city-bureau": 0, "district-bureau": 10, "hospital": 50, "centre": 100}
    number = 6_680_000 + offset.get(one.kind, 1_000) + one.number
    return [{"system": "phone", "value": f"0640-{number}", "use": "work"}]


def _address(one: _Institution) -> Resource:
    district = DISTRICTS[one.district][1]
    line = f"滨海路{one.number * 6 + 8}号"
    return {
        "use": "work",
        "type": "physical",
        "text": f"{PROVINCE}{CITY}{district}{line}",
        "line": [line],
        "city": CITY,
        "district": district,
        "state": PROVINCE,
        "country": "CN",
    }


def _organisation(one: _Institution) -> Resource:
    resource: Resource = {
        "resourceType": "Organization",
        "id": one.id,
        "identifier": [
            {"use": "official", "system": ORGANISATION_CODE, "value": f"DEMO-{one.id.upper()}"}
        ],
        "active": True,
        "type": [
            {
                "coding": [
                    {"system": ORGANISATION_KIND, "code": one.kind, "display": KINDS[one.kind]}
                ]
            }
        ],
        "name": one.name,
        "telecom": _phone(one),
        "address": [_address(one)],
    }
    if one.parent:
        resource["partOf"] = {"reference": f"Organization/{one.parent}"}
        resource["extension"] = _memberships(one, one.parent)
    return resource


def _memberships(one: _Institution, parent: str) -> list[Resource]:
    if one.former_parent is None:
        return [_membership(parent, {"start": _FOUNDED})]
    last_day, first_day = _MOVED_ON
    return [
        _membership(one.former_parent, {"start": _FOUNDED, "end": last_day}),
        _membership(parent, {"start": first_day}),
    ]


def _membership(parent: str, period: Resource) -> Resource:
    return {
        "url": MEMBERSHIP,
        "extension": [
            {"url": "parent", "valueReference": {"reference": f"Organization/{parent}"}},
            {"url": "period", "valuePeriod": period},
        ],
    }


def _location(one: _Institution) -> Resource:
    east = Decimal(one.number * 37 % 90).scaleb(-3)
    north = Decimal(one.number * 53 % 60).scaleb(-3)
    return {
        "resourceType": "Location",
        "id": f"location-{one.id}",
        "status": "active",
        "name": one.name,
        "mode": "instance",
        "telecom": _phone(one),
        "address": _address(one),
        "position": {
            "longitude": Decimal("123.100") + east,
            "latitude": Decimal("36.600") + north,
        },
        "managingOrganization": {"reference": f"Organization/{one.id}"},
    }


def team_id(station_id: str, number: int) -> str:
    """The id of the family doctors' team with this number, from 1, of a station."""
    return f"team-{station_id}-{number}"


def _teams(site: Site, names: Mapping[str, str]) -> Iterator[Resource]:
    """Two teams of family doctors a station: one of its GP, one of its head."""
    for number, leader in enumerate(("gp", "station_head"), start=1):
        members = (practitioner_id(site.id, leader), site.nurse_id)
        yield {
            "resourceType": "CareTeam",
            "id": team_id(site.id, number),
            "status": "active",
            "category": [{"coding": [_TEAM], "text": "家庭医生团队"}],
            "name": f"{names[members[0]]}团队",
            "participant": [
                {"member": {"reference": f"Practitioner/{one}", "display": names[one]}}
                for one in members
            ],
            "managingOrganization": [
                {"reference": f"Organization/{site.id}", "display": site.name}
            ],
        }


def _area(site: Site, one: Committee) -> Resource:
    """The area of a residents' committee, served by a station."""
    return {
        "resourceType": "Location",
        "id": f"committee-{one.code}",
        "identifier": [{"use": "official", "system": COMMITTEE_CODE, "value": one.code}],
        "status": "active",
        "name": f"{one.name}社区居民委员会",
        "mode": "instance",
        "physicalType": {"coding": [_AREA], "text": "居（村）委会"},
        "managingOrganization": {"reference": f"Organization/{site.id}", "display": site.name},
    }


_CAST_NAMES: Final = {a.practitioner_id: a.display_name for a in CAST if a.practitioner_id}
_CAST_SEX: Final = {
    "practitioner-station-1-nurse": "female",
    "practitioner-centre-1-centre-manager": "female",
    "practitioner-hospital-2-referral-coordinator": "female",
    "practitioner-district-1-bureau-officer": "female",
    "practitioner-city-bureau-security-admin": "female",
}
_WOMEN_IN_TEN: Final = {"nurse": 10, "gp": 5}


def _practitioner(one: _Institution, role: str, number: int, random: Any) -> Resource:
    person = practitioner_id(one.id, role)
    sex = "female" if random() * 10 < _WOMEN_IN_TEN.get(role, 4) else "male"
    family = surname(random)
    given = given_name(random, sex, 1966 + int(random() * 30))
    if cast_name := _CAST_NAMES.get(person):
        family, given = cast_name[:1], cast_name[1:]
        sex = _CAST_SEX.get(person, "male")
    resource: Resource = {
        "resourceType": "Practitioner",
        "id": person,
        "identifier": [{"system": identifier_system("staff-number"), "value": f"S{number:05d}"}],
        "active": True,
        "name": [{"use": "official", "text": family + given, "family": family, "given": [given]}],
        "telecom": _phone(one),
        "gender": sex,
    }
    if role in ("gp", "nurse"):
        licence = "执业医师资格证书" if role == "gp" else "护士执业证书"
        resource["qualification"] = [{"code": {"text": licence}}]
    return resource


def _role(one: _Institution, role: str, person: Resource) -> Resource:
    resource: Resource = {
        "resourceType": "PractitionerRole",
        "id": f"role-{person['id'].removeprefix('practitioner-')}",
        "active": True,
        "period": {"start": _FOUNDED},
        "practitioner": {
            "reference": f"Practitioner/{person['id']}",
            "display": person["name"][0]["text"],
        },
        "organization": {"reference": f"Organization/{one.id}", "display": one.name},
        "code": [{"coding": [{"system": STAFF_ROLE, "code": role, "display": ROLES[role]}]}],
        "telecom": _phone(one),
    }
    if one.kind in _WITH_ROOMS:
        resource["location"] = [{"reference": f"Location/location-{one.id}"}]
    return resource
