"""The referrals of the synthetic city: in every state, with times around its day.

They are played by both sides through the one way that real work goes (`demo.referral_players`),
each step at its own instant. Who is referred, and what becomes of it, depends on the city alone.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from itertools import zip_longest
from typing import Final

from sqlalchemy import select

from demo.cast import practitioner_id
from demo.directory import Directory
from demo.population import Household
from demo.referral_courses import Course, Taken, courses
from demo.referral_players import Hospital, Play, acting, staff
from demo.referral_words import GENERAL, URGENT, WORDS
from demo.tour import STATION, casting, referred
from health.api import health_enrolment
from kernel.clock import SHANGHAI, Instant, instant_of, local_date
from kernel.declare.roles import Role
from kernel.security.actor import SYSTEM, Reach
from kernel.work import Work
from records.api import find_all, id_of, load_all, name_of, records_file
from referral.api import add_working, tick, working_between

_TOUR: Final = Course(0.1, (Taken("send", 0),), URGENT, hospital=1, station=1)
"""What the tour of docs/demo.md finds on top of the coordinator's list."""
_TOUR_DISEASE: Final = "coronary"
_ELSEWHERE: Final = frozenset({"patient-90-2"})
"""Who is looked at in another tour as he is."""
_WITHOUT_PROGRAMME: Final = 7
"""Every so many-th is about something that no programme is for."""
_HOUR: Final = timedelta(hours=1) // timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Person:
    """A resident who can be referred: the station that keeps the file, the programme."""

    id: str
    station_id: str
    programme: str


def refer(work: Work, homes: Iterable[Household], city: Directory, *, now: Instant) -> int:
    """Play the city's referrals until `now`; how many. None where the hospitals take none."""
    hospitals = _hospitals(work)
    if len(hospitals) < 2:
        return 0
    parts = casting(homes, local_date(now))
    cast = list(_cast(_people(work, {*parts, *_ELSEWHERE})))
    if tour := referred(parts):
        cast.insert(0, (_TOUR, Person(tour, STATION, _TOUR_DISEASE)))
    residents = load_all(work, "Patient", (person.id for _course, person in cast))
    for number, (course, person) in enumerate(cast, start=1):
        play = _Scene(work, city, hospitals, now).play(number, course, person)
        play.name = name_of(residents[person.id])
        for step in course.steps:
            play.take(step.what, step.after)
    clock = acting(work, SYSTEM, now)
    while tick(clock):
        pass
    return len(cast)


def _hospitals(work: Work) -> list[Hospital]:
    """The hospitals that take referrals, by their ids."""
    found: dict[str, dict[str, str]] = {}
    for one in find_all(work, "HealthcareService", ("active", "true"), ("_count", "200")):
        hospital = id_of(one.get("providedBy"), "Organization")
        found.setdefault(hospital, {})[str(one["name"])] = str(one["id"])
    role = Role.REFERRAL_COORDINATOR
    persons = {id_: practitioner_id(id_, role.value) for id_ in found}
    names = {
        id_: name_of(body) for id_, body in load_all(work, "Practitioner", persons.values()).items()
    }
    return [
        Hospital(id_, staff(work, id_, role, names.get(persons[id_], ""), Reach.GRANTS), found[id_])
        for id_ in sorted(found)
    ]


def _people(work: Work, others: Collection[str]) -> list[Person]:
    """Who is managed for a disease that we have words for, but for these others."""
    place, file = health_enrolment.c, records_file.c
    rows = work.connection.execute(
        select(place.patient_id, file.organisation_id, place.programme)
        .join_from(health_enrolment, records_file, file.source_id == place.patient_id)
        .where(place.status == "active", place.programme.in_(list(WORDS)))
        .order_by(place.patient_id, place.programme)
    )
    found = {row[0]: Person(*row) for row in rows if row[0] not in others}
    return list(found.values())


def _cast(people: Sequence[Person]) -> Iterator[tuple[Course, Person]]:
    """Who goes which way: those of the first station where it is meant, else all in turns."""
    first = [one for one in people if one.station_id == STATION]
    others = [one for one in people if one.station_id != STATION]
    ways = list(courses())
    wanted = sum(bool(course.station) for course in ways)
    turns = zip_longest(first[wanted:], others[::2], others[1::2])
    mixed = iter([one for turn in turns for one in turn if one is not None])
    meant = iter(first[:wanted])
    for course in ways:
        person = next(meant if course.station else mixed, None)
        if person is not None:
            yield course, person


@dataclass(frozen=True, slots=True)
class _Scene:
    """Where everything is played, and until when."""

    work: Work
    city: Directory
    hospitals: Sequence[Hospital]
    now: Instant

    def play(self, number: int, course: Course, person: Person) -> Play:
        """A referral before its first step."""
        site = self.city.station_by_id[person.station_id]
        turn = (course.hospital or number) - 1
        general = course is not _TOUR and number % _WITHOUT_PROGRAMME == 0
        return Play(
            work=self.work,
            id=f"referral-{number}",
            number=number,
            patient_id=person.id,
            name="",
            disease=GENERAL if general else person.programme,
            programme="" if general or course is _TOUR else person.programme,
            urgency=course.urgency,
            site=site,
            doctor=staff(self.work, site.id, Role.GP, site.gp_name, Reach.ORGANISATIONS),
            hospital=self.hospitals[turn % 2],
            others=self.hospitals[(turn + 1) % 2],
            now=self.now,
            at=ago(self.now, course.begun),
        )


def ago(now: Instant, hours: float) -> Instant:
    """The instant since which so many working hours have passed."""
    left, end = round(hours * _HOUR), now
    while True:
        day = local_date(end - 1)
        begin = instant_of(datetime.combine(day, time(), SHANGHAI))
        had = working_between(begin, end)
        if had >= left:
            return min(add_working(begin, (had - left) / _HOUR), now)
        left, end = left - had, begin
