"""Makes the synthetic city in a station's database, through the one write path, or completes it.

The fact `demo` says which city it is and up to which household it has come. It is written in the
transaction of the resources that it speaks of, so that an interrupted making goes on where it
stopped. The same parameters give the same resources; only their `meta` tells when they were made.
"""

import json
import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import date, datetime, time
from itertools import islice
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Connection, func, select

from demo.cast import CAST, DEMO_PASSWORD
from demo.directory import Directory, Resource, directory
from demo.history import YEARS, history
from demo.moving import ask, doctor
from demo.place import DISTRICTS
from demo.population import Household, households
from demo.referral_directory import referral_directory
from demo.referrals import refer
from demo.today import waiting_room
from demo.tour import Part, casting
from kernel.audit.sealer import seal_all
from kernel.cli.city import City, CityAccount, CityRequest, Step
from kernel.clock import SHANGHAI, FixedClock, Instant, instant_of, monotonic
from kernel.db.derived import SIDES
from kernel.db.dialect import upsert
from kernel.db.tables import (
    audit_entry,
    audit_inbox,
    fhir_history,
    fhir_resource,
    kernel_fact,
    kernel_user,
)
from kernel.declare.roles import TITLES, Role
from kernel.errors import Refused, conflict
from kernel.fhir import json as fhir_json
from kernel.fhir.exchange import Call
from kernel.fhir.router import plan
from kernel.fhir.store import Draft, save_all
from kernel.fhir.store.save import validated
from kernel.security import accounts, credentials
from kernel.security.actor import SYSTEM
from kernel.work import Station, Work

RESIDENTS: Final = 3000
SEED: Final = 1
FACT: Final = "demo"

BATCH: Final = 300
"""Resources in one transaction: more hold the writer too long, fewer wait for the disk often."""

SEAL_EVERY: Final = 20
"""Transactions after which the audit is sealed, so that its inbox stays short in a big city."""

BUNDLE_KEEPER: Final = "station-1"
"""Whose residents the bundles' patients become, so that the demo's doctor sees them."""

Tell = Callable[[Step], None]


@dataclass(slots=True)
class _Progress:
    """The fact: which city, and how far it has come."""

    residents: int
    seed: int
    today: str
    years: int = YEARS
    directory: bool = False
    household: int = 0
    people: int = 0
    waiting_room: bool = False
    moves: bool = False
    referrals: bool = False
    bundles: list[str] = field(default_factory=list)
    done: bool = False

    @property
    def day(self) -> date:
        """The day at which the data end."""
        return date.fromisoformat(self.today)

    def keep(self, connection: Connection) -> None:
        """Write the fact in this transaction."""
        value = json.dumps(asdict(self), ensure_ascii=False)
        statement = upsert(connection, kernel_fact, "name")
        connection.execute(statement.values({"name": FACT, "value": value}))


@dataclass(slots=True)
class _Making:
    """One run: what it works on and what it has written."""

    station: Station
    city: Directory
    progress: _Progress
    tell: Tell
    now: Instant
    """Until when the referrals are played: now, or the morning of another day."""
    rows: int = 0
    notes: list[str] = field(default_factory=list)

    def say(self, what: str) -> None:
        self.tell(Step(what, self.progress.people, self.progress.residents, self.rows))


def seed(station: Station, request: CityRequest, tell: Tell) -> City:
    """Make the city that is asked for, complete it, or find it complete (`kernel.cli.city`).

    Raises Refused (409) where the database holds another city or a real station's data.
    """
    start = monotonic()
    progress = _agreed(station, request)
    if progress.done:
        return _city(progress)
    frozen = replace(station, clock=_clock(station, progress.day))
    now = max(frozen.clock.now(), station.clock.now() if _is_today(station, progress) else 0)
    making = _Making(frozen, directory(**size_of(progress.residents)), progress, tell, now)
    before = _stored_rows(station)
    if progress.directory:
        making.notes.append(
            f"the making was interrupted after {progress.people} residents; it goes on from there"
        )
    else:
        _make_directory(making)
    _make_population(making)
    _make_today(making)
    _make_moves(making)
    _make_referrals(making)
    _post_bundles(making, request.bundles)
    making.say("audit")
    seal_all(frozen.database, frozen.keys, frozen.clock)
    progress.done = True
    with frozen.write() as work:
        progress.keep(work.connection)
    return _city(
        progress,
        rows=_stored_rows(station) - before,
        seconds=monotonic() - start,
        notes=making.notes,
    )


def _city(progress: _Progress, **others: Any) -> City:
    cast = [
        CityAccount(a.user_name, a.display_name, TITLES[Role(a.role)], a.purpose, a.machine)
        for a in CAST
    ]
    return City(progress.residents, progress.seed, progress.day, cast, DEMO_PASSWORD, **others)


def _agreed(station: Station, request: CityRequest) -> _Progress:
    """What is there, where it is what is asked for; else the beginning of it."""
    with station.read() as work:
        fact = select(kernel_fact.c.value).where(kernel_fact.c.name == FACT)
        text = work.connection.execute(fact).scalar()
        occupied = text is None and (
            work.connection.execute(select(fhir_resource.c.id).limit(1)).first()
            or work.connection.execute(select(kernel_user.c.id).limit(1)).first()
        )
    if occupied:
        raise conflict(
            "this database holds a station's data and no demo city: "
            "name another one with --database, for example --database sqlite:///var/demo.db"
        )
    if text is None:
        day = request.today or station.clock.today()
        number = SEED if request.seed is None else request.seed
        years = YEARS if request.years is None else request.years
        return _Progress(request.residents or RESIDENTS, number, day.isoformat(), years)
    there = _Progress(**json.loads(text))
    asked = {
        "residents": request.residents,
        "seed": request.seed,
        "today": request.today and request.today.isoformat(),
        "years": request.years,
    }
    others = [
        f"--{name} {getattr(there, name)} and not {value}"
        for name, value in asked.items()
        if value is not None and value != getattr(there, name)
    ]
    if others:
        raise conflict(
            f"this database holds a demo city with {', '.join(others)}: name another one with "
            "--database, or remove this one (for SQLite: its files) to make it anew"
        )
    return there


def _is_today(station: Station, progress: _Progress) -> bool:
    return progress.day == station.clock.today()


def _clock(station: Station, today: date) -> FixedClock:
    """Seven in the morning of the city's day, or now where that is yet to come."""
    morning = instant_of(datetime.combine(today, time(7), SHANGHAI))
    now = station.clock.now()
    return FixedClock(min(morning, now) if today == station.clock.today() else morning)


def size_of(residents: int) -> dict[str, int]:
    """A city with stations for so many residents: 16,000 a station, six stations at least."""
    stations = max(6, math.ceil(residents / 16_000))
    centres = max(2, math.ceil(stations / 4.2))
    return {
        "stations": stations,
        "centres": centres,
        "hospitals": max(2, min(8, centres // 3)),
        "districts": 1 if centres < 4 else min(len(DISTRICTS), centres // 4 + 1),
    }


def _make_directory(making: _Making) -> None:
    making.say("institutions and staff")
    station = making.station
    departments = referral_directory(making.city, making.progress.day)
    bodies = [*making.city.resources(), *departments]
    drafts = [_draft(station, body) for body in bodies]
    with station.write() as work:
        making.rows += len(save_all(work, drafts))
        _make_accounts(work)
        making.progress.directory = True
        making.progress.keep(work.connection)


def _make_accounts(work: Work) -> None:
    for account in CAST:
        user = accounts.create_user(
            work.connection,
            name=account.user_name,
            display=account.display_name,
            organisation_id=account.organisation_id,
            practitioner_id=account.practitioner_id,
            machine=account.machine,
            now=work.now,
        )
        accounts.grant_role(
            work.connection, user_id=user.id, role=Role(account.role), from_on=date(2020, 1, 1)
        )
        if not account.machine:
            credentials.set_password(
                work.connection,
                user_id=user.id,
                password=DEMO_PASSWORD,
                settings=work.settings,
                now=work.now,
            )


def _draft(station: Station, body: Resource) -> Draft:
    """A resource that cannot be there yet: validated, and not looked for."""
    return Draft(body, body["id"], checked=validated(station.registry, body), fresh=True)


def _make_population(making: _Making) -> None:
    progress = making.progress
    homes = households(
        progress.residents, seed=progress.seed, today=progress.day, directory=making.city
    )
    for number, batch in enumerate(_batches(making, homes), start=1):
        _save(making, batch)
        making.say("residents")
        if number % SEAL_EVERY == 0:
            seal_all(making.station.database, making.station.keys, making.station.clock)


def _make_today(making: _Making) -> None:
    """The first station's patients of the day; nobody in a city without history."""
    progress = making.progress
    if progress.waiting_room or not progress.years:
        return
    homes = households(
        progress.residents, seed=progress.seed, today=progress.day, directory=making.city
    )
    bodies = waiting_room(homes, seed=progress.seed, today=progress.day, directory=making.city)
    with making.station.write() as work:
        making.rows += len(save_all(work, [_draft(making.station, body) for body in bodies]))
        progress.waiting_room = True
        progress.keep(work.connection)


def _make_moves(making: _Making) -> None:
    """A family of the first station that wants to move; none in a city without history."""
    progress = making.progress
    if progress.moves or not progress.years:
        return
    homes = households(
        progress.residents, seed=progress.seed, today=progress.day, directory=making.city
    )
    with making.station.write(doctor()) as work:
        ask(work, homes)
        progress.moves = True
        progress.keep(work.connection)


def _make_referrals(making: _Making) -> None:
    """Referrals in every state, until this moment; none in a city without history."""
    progress = making.progress
    if progress.referrals or not progress.years:
        return
    making.say("referrals")
    homes = households(
        progress.residents, seed=progress.seed, today=progress.day, directory=making.city
    )
    with making.station.write() as work:
        refer(work, homes, making.city, now=making.now)
        progress.referrals = True
        progress.keep(work.connection)


@dataclass(slots=True)
class _Batch:
    """Whole households with their histories."""

    drafts: list[Draft] = field(default_factory=list)
    households: int = 0
    people: int = 0


def _batches(making: _Making, homes: Iterable[Household]) -> Iterator[_Batch]:
    """The households that are not there yet, validated outside any transaction."""
    batch, parts = _Batch(), _parts(making)
    for home in islice(homes, making.progress.household, None):
        bodies: Sequence[Resource] = [
            *home.resources(),
            *(
                body
                for patient in home.patients
                for body in history(
                    patient,
                    seed=making.progress.seed,
                    today=making.progress.day,
                    directory=making.city,
                    years=making.progress.years,
                    part=parts.get(patient["id"]),
                )
            ),
        ]
        batch.drafts += [_draft(making.station, body) for body in bodies]
        batch.households += 1
        batch.people += len(home.patients)
        if len(batch.drafts) >= BATCH:
            yield batch
            batch = _Batch()
    if batch.drafts:
        yield batch


def _parts(making: _Making) -> Mapping[str, Part]:
    """Who plays a part in the tours."""
    progress = making.progress
    homes = households(
        progress.residents, seed=progress.seed, today=progress.day, directory=making.city
    )
    return casting(homes, progress.day)


def _save(making: _Making, batch: _Batch) -> None:
    progress = making.progress
    with making.station.write() as work:
        save_all(work, batch.drafts)
        progress.household += batch.households
        progress.people += batch.people
        progress.keep(work.connection)
    making.rows += len(batch.drafts)


def _post_bundles(making: _Making, folder: Path | None) -> None:
    """Post each transaction of the folder once, kept by `BUNDLE_KEEPER`; none without history."""
    keeper = replace(SYSTEM, organisation_id=BUNDLE_KEEPER)
    for path in sorted(folder.glob("*.json")) if folder and making.progress.years else ():
        if path.name in making.progress.bundles:
            continue
        making.say("Synthea bundles")
        try:
            call = Call("POST", "", [], base="/fhir/R4", parsed=fhir_json.loads(path.read_bytes()))
            todo = plan(making.station.registry, call)
            with making.station.write(keeper) as work:
                todo.run(work)
                making.progress.bundles.append(path.name)
                making.progress.keep(work.connection)
        except (Refused, fhir_json.JsonError) as refused:
            making.notes.append(f"{path.name} was refused: {refused}")
            making.progress.bundles = [n for n in making.progress.bundles if n != path.name]


def _stored_rows(station: Station) -> int:
    """All rows of records, derived tables and audit, as the databases count them."""
    registry = station.registry
    tables = [fhir_resource, fhir_history, audit_inbox, *SIDES, *registry.derived.tables.values()]
    with station.database.reading() as connection:
        rows = sum(
            int(connection.execute(select(func.count()).select_from(t)).scalar_one())
            for t in tables
        )
    with station.database.reading_audit() as connection:
        count = select(func.count()).select_from(audit_entry)
        return rows + int(connection.execute(count).scalar_one())
