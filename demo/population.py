"""The residents of the synthetic city, household by household, as a stream.

Nothing here is about anybody: names are random combinations, the identity numbers carry region
codes that are not assigned, mobile numbers begin with prefixes that no operator was given.

The same seed, `today` and directory give the same resources, byte for byte, whatever the
process; memory does not grow with the number of residents. Parts that never change are shared
between resources: treat what comes out as read-only.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random
from typing import Final

from demo.directory import Directory, Resource, Site
from demo.episodes import contract, kept
from demo.families import HEAD, SINGLE, WIDOWED, Member, family
from demo.homes import lived_in
from demo.names import FOREIGN_NAMES, PERMIT_SURNAMES, Draw, given_name, surname
from demo.person import DOCUMENTS, V2_CONTACT, Person, mobile, patient
from demo.place import CITY, COUNTY_CODES, ELSEWHERE_CODES, PROVINCE
from kernel.canonical import (
    GB_RELATION,
    code_system,
    identifier_system,
    structure_definition,
)
from kernel.values.identity_number import check_character

HOUSEHOLD_NUMBER: Final = identifier_system("household-number")
HOUSEHOLD_RELATION: Final = structure_definition("household-relation")
GRID_ADDRESS: Final = structure_definition("grid-address")

_RELATIONS: Final = {
    "02": "户主", "11": "夫", "12": "妻", "20": "子", "21": "独生子", "22": "长子", "23": "次子",
    "24": "三子", "31": "独生女", "32": "长女", "33": "次女", "34": "三女", "51": "父亲",
    "52": "母亲",
}  # fmt: skip
_RELATION_EXTENSION: Final = {
    code: {
        "url": HOUSEHOLD_RELATION,
        "valueCodeableConcept": {
            "coding": [{"system": GB_RELATION, "code": code, "display": display}],
            "text": display,
        },
    }
    for code, display in _RELATIONS.items()
}
_HOUSEHOLD_CODE: Final = {
    "coding": [{"system": code_system("group-kind"), "code": "household", "display": "家庭"}],
    "text": "家庭",
}
_NEXT_OF_KIN: Final = {"system": V2_CONTACT, "code": "N", "display": "Next-of-Kin"}
_EMERGENCY: Final = {"system": V2_CONTACT, "code": "C", "display": "Emergency Contact"}
_MOTHER: Final = {
    "coding": [
        {
            "system": "http://terminology.hl7.org/CodeSystem/v3-RoleCode",
            "code": "MTH",
            "display": "mother",
        },
        {"system": GB_RELATION, "code": "52", "display": "母亲"},
    ],
    "text": "母亲",
}
# Not given to any operator by the numbering plan when this was written.
_MOBILE_PREFIXES: Final = ("154", "160", "161", "163", "164", "168")
_FIRST_RECORDS: Final = date(2009, 6, 1)
_ESTATES: Final = ("花园", "小区", "新村", "家园", "公寓", "里")


@dataclass(frozen=True, slots=True)
class Household:
    """One household: its residents, their records' days, the Group that binds them, mothers of
    small children."""

    patients: list[Resource]
    episodes: list[Resource]
    group: Resource
    related: list[Resource]
    station_id: str

    def resources(self) -> Iterator[Resource]:
        """All resources, each after the ones that it refers to."""
        yield from self.patients
        yield from self.episodes
        yield self.group
        yield from self.related


@dataclass(slots=True)
class _Numbers:
    """What must be unique: counted per committee and per day of birth, so memory is bounded."""

    serials: dict[str, int] = field(default_factory=dict)
    births: dict[tuple[int, int], int] = field(default_factory=dict)

    def record_number(self, committee: str) -> str:
        serial = self.serials.get(committee, 0) + 1
        if serial > 99_999:
            raise ValueError(f"committee {committee} is full: use more stations")
        self.serials[committee] = serial
        return f"{committee}{serial:05d}"

    def identity_number(self, region: str, born: date, sex: str) -> str:
        odd = 1 if sex == "male" else 0
        key = (born.toordinal(), odd)
        count = self.births.get(key, 0)
        if count >= 499:
            raise ValueError(f"more than 499 births on {born}: use fewer residents")
        self.births[key] = count + 1
        place = (key[0] * 37 + count) % 499 + 1
        first17 = f"{region}{born:%Y%m%d}{2 * place - odd:03d}"
        return first17 + check_character(first17)


@dataclass(slots=True)
class _Home:
    """What the members of one household share: place, kind, chance and the counters."""

    number: int
    site: Site
    draw: Draw
    today: date
    numbers: _Numbers
    committee: str
    addresses: list[Resource]
    residency: str
    ethnicity: str
    region: str
    filed_on: date
    moved_on: date | None = None


def households(
    residents: int, *, seed: int, today: date, directory: Directory
) -> Iterator[Household]:
    """Households with together exactly `residents` people, spread over the stations.

    A stream: nothing is kept but counters. Raises ValueError when the directory is too small to
    number that many residents.
    """
    numbers = _Numbers()
    sites = _weighted(directory)
    number = 0
    while residents > 0:
        number += 1
        draw = Random(f"{seed}:{number}").random  # noqa: S311 -- synthetic data, not a secret
        home = _home(number, sites[int(draw() * len(sites))], draw, today, numbers)
        people = _people(home)[:residents]
        residents -= len(people)
        _close_records(home, people)
        _open_records(home, people)
        yield _household(home, people)


def _weighted(directory: Directory) -> tuple[Site, ...]:
    return tuple(
        site for site in directory.stations for _ in range(site.nominal_population // 1000)
    )


def _home(number: int, site: Site, draw: Draw, today: date, numbers: _Numbers) -> _Home:
    committee = site.committees[int(draw() * len(site.committees))]
    local = draw() < 0.87
    days_known = max((today - _FIRST_RECORDS).days, 1)
    return _Home(
        number=number,
        site=site,
        draw=draw,
        today=today,
        numbers=numbers,
        committee=committee.code,
        addresses=[_address(site, committee.code, committee.name, draw)],
        residency="1" if local else "2",
        ethnicity="01" if draw() < 0.985 else ("11", "03", "10", "02")[int(draw() * 4)],
        region=_region(local, draw),
        filed_on=today - timedelta(days=1 + int(draw() * draw() * days_known)),
    )


def _region(local: bool, draw: Draw) -> str:
    codes = COUNTY_CODES if local else ELSEWHERE_CODES
    # Most of the registered were registered in the first district.
    return codes[0] if local and draw() < 0.6 else codes[int(draw() * len(codes))]


def _address(site: Site, code: str, name: str, draw: Draw) -> Resource:
    building, unit = 1 + int(draw() * 28), 1 + int(draw() * 4)
    room = f"{1 + int(draw() * 6)}0{1 + int(draw() * 3)}"
    grid = f"{code}{1 + building // 8:02d}"
    line = f"{name}{_ESTATES[building % len(_ESTATES)]}{building}号楼{unit}单元{room}室"
    street = site.street
    parts = (("grid", grid), ("committee", code), ("building", f"{building}"))
    place = (*parts, ("unit", f"{unit}"), ("room", room))
    return {
        "extension": [
            {
                "url": GRID_ADDRESS,
                "extension": [{"url": url, "valueString": value} for url, value in place],
            }
        ],
        "use": "home",
        "type": "physical",
        "text": f"{PROVINCE}{CITY}{street.district}{street.name}{name}社区{line}",
        "line": [f"{street.name}{name}社区", line],
        "city": CITY,
        "district": street.district,
        "state": PROVINCE,
        "country": "CN",
    }


def _people(home: _Home) -> list[Person]:
    # By number and not by chance, so that even a small city has one of each.
    if home.number % 400 == 7:
        return [_permit_holder(home)]
    if home.number % 400 == 13:
        return [_foreigner(home)]
    members = family(home.draw, home.today)
    return [_person(home, member, place + 1) for place, member in enumerate(members)]


def _person(home: _Home, member: Member, place: int) -> Person:
    age_days = (home.today - member.born).days
    return Person(
        id=f"patient-{home.number}-{place}",
        sex=member.sex,
        born=member.born,
        family=member.family,
        given=member.given,
        marital=member.marital,
        record_number=home.numbers.record_number(home.committee),
        document=_document(home, member, age_days),
        residency=home.residency,
        ethnicity=home.ethnicity,
        phone=_phone(home.draw) if 14 * 365 < age_days < 88 * 365 else None,
        relation=member.relation,
    )


def _document(home: _Home, member: Member, age_days: int) -> tuple[str, str] | None:
    if age_days < 60 and home.draw() < 0.6:
        return "birth-certificate", f"Z{member.born.year % 100:02d}{home.number % 10_000_000:07d}"
    if home.draw() < 0.004:
        return None
    return "citizen-id", home.numbers.identity_number(home.region, member.born, member.sex)


def _phone(draw: Draw) -> str:
    prefix = _MOBILE_PREFIXES[int(draw() * len(_MOBILE_PREFIXES))]
    return f"{prefix}{int(draw() * 100_000_000):08d}"


def _close_records(home: _Home, people: list[Person]) -> None:
    """A few households moved away as a whole; of the others some members died.

    The head of a larger household stays alive: who comes next is for the station to decide.
    """
    today, draw = home.today, home.draw
    if draw() < 0.012:
        known = max(home.filed_on, today - timedelta(days=1_000), *(p.born for p in people))
        home.moved_on = known + (today - known) * draw()
        for person in people:
            person.active, person.closed_for, person.closed_on = False, "2", home.moved_on
        return
    for person in people[1:] or people:
        age = (today - person.born).days / 365.25
        if age >= 55 and draw() < (age - 50) ** 2 / 9_000:
            person.died_on = today - timedelta(days=3 + int(draw() * 1_000))
            person.active, person.closed_for, person.closed_on = False, "1", person.died_on
            if person.relation in ("11", "12"):
                people[0].marital = WIDOWED


def _open_records(home: _Home, people: list[Person]) -> None:
    """When each record was opened; those of the youngest still wait for the newborn's visit."""
    for person in people:
        start = max(home.filed_on, person.born)
        person.opened_on = min(start, person.closed_on) if person.closed_on else start
        person.draft = person.active and (home.today - person.born).days < 60


def _single(home: _Home) -> Member:
    born = home.today - timedelta(days=int((24 + home.draw() * 45) * 365.25))
    sex = "male" if home.draw() < 0.5 else "female"
    return Member(HEAD, sex, born, "", given_name(home.draw, sex, born.year), SINGLE)


def _permit_holder(home: _Home) -> Person:
    member = _single(home)
    member.family = PERMIT_SURNAMES[int(home.draw() * len(PERMIT_SURNAMES))]
    person = _person(home, member, 1)
    region = ("810000", "820000", "830000")[int(home.draw() * 3)]
    number = home.numbers.identity_number(region, member.born, member.sex)
    person.document = ("hmt-residence-permit", number)
    person.residency = "2"
    return person


def _foreigner(home: _Home) -> Person:
    member = _single(home)
    name = FOREIGN_NAMES[int(home.draw() * len(FOREIGN_NAMES))]
    member.family, member.given, member.sex = name
    person = _person(home, member, 1)
    person.document = ("passport", f"C{home.number:08d}")
    person.residency, person.ethnicity, person.western_name = "2", None, True
    return person


def _household(home: _Home, people: list[Person]) -> Household:
    station: Resource = {"reference": f"Organization/{home.site.id}", "display": home.site.name}
    gp: Resource = {
        "reference": f"Practitioner/{home.site.gp_id}",
        "display": home.site.gp_name,
    }
    patients = [
        patient(
            person,
            addresses=home.addresses,
            contact=_contact(person, people, home.draw),
            station=station,
            gp=gp,
        )
        for person in people
    ]
    return Household(
        patients=patients,
        episodes=[
            found
            for person in people
            for found in (
                kept(person, station),
                contract(person, home.site, home.today, home.draw),
            )
            if found
        ],
        group=_group(home, people, station, gp),
        related=list(_mothers(people, home.today)),
        station_id=home.site.id,
    )


def _contact(person: Person, people: list[Person], draw: Draw) -> Resource | None:
    for other in people:
        if other is not person and other.phone and other.active:
            text = _RELATIONS[other.relation] if person.relation == HEAD else "家人"
            text = "户主" if other.relation == HEAD else text
            return {
                "relationship": [{"coding": [_NEXT_OF_KIN], "text": text}],
                "name": {"text": other.text},
                "telecom": mobile(other.phone),
            }
    if draw() < 0.3:
        return None
    name = surname(draw) + given_name(draw, "female", 1975)
    return {
        "relationship": [{"coding": [_EMERGENCY], "text": "亲友"}],
        "name": {"text": name},
        "telecom": mobile(_phone(draw)),
    }


def _group(home: _Home, people: list[Person], station: Resource, gp: Resource) -> Resource:
    living = sum(person.active for person in people)
    group = {
        "resourceType": "Group",
        "id": f"household-{home.number}",
        "identifier": [
            {"system": HOUSEHOLD_NUMBER, "value": f"{home.committee[:9]}{home.number:07d}"}
        ],
        "active": any(person.active for person in people),
        "type": "person",
        "actual": True,
        "code": _HOUSEHOLD_CODE,
        "name": f"{people[0].text}家庭",
        "quantity": living or len(people),
        "managingEntity": station,
        "member": [_membership(home, person) for person in people],
    }
    return lived_in(
        group,
        number=home.number,
        chance=Random(home.draw()),  # noqa: S311 -- synthetic data, not a secret
        address=home.addresses[0],
        phone=people[0].phone,
        doctor=gp,
        living=living,
        today=home.today,
        since=home.filed_on,
    )


def _membership(home: _Home, person: Person) -> Resource:
    start = person.opened_on or home.filed_on
    period = {"start": start.isoformat()}
    if person.closed_on:  # who died was there on that day, who moved no longer
        last = person.closed_on - timedelta(days=0 if person.closed_for == "1" else 1)
        period["end"] = max(start, last).isoformat()
    return {
        "extension": [_RELATION_EXTENSION[person.relation]],
        "entity": {"reference": f"Patient/{person.id}", "display": person.text},
        "period": period,
        "inactive": not person.active,
    }


def _mothers(people: list[Person], today: date) -> Iterator[Resource]:
    """The mother as RelatedPerson of each child under three, with her own identity number.

    A newborn without a number of its own is found by hers; it is never stored as the child's.
    """
    mother = next((p for p in people if p.sex == "female" and p.relation in ("02", "12")), None)
    if mother is None:
        return
    for child in people:
        if child.relation[0] not in "23" or (today - child.born).days >= 3 * 365:
            continue
        related: Resource = {
            "resourceType": "RelatedPerson",
            "id": f"mother-of-{child.id}",
            "active": child.active,
            "patient": {"reference": f"Patient/{child.id}", "display": child.text},
            "relationship": [_MOTHER],
            "name": [
                {
                    "use": "official",
                    "text": mother.text,
                    "family": mother.family,
                    "given": [mother.given],
                }
            ],
            "gender": "female",
            "birthDate": mother.born.isoformat(),
        }
        if mother.document:
            kind, value = mother.document
            related["identifier"] = [{**DOCUMENTS[kind], "value": value}]
        if mother.phone:
            related["telecom"] = mobile(mother.phone)
        yield related
