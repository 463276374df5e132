"""`kill -9` in the middle of a thousand writes: what was acknowledged is there, nothing is half."""

import random
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx2
import pysqlite3
import pytest
from sqlalchemy import Connection, select

from kernel.app import open_station
from kernel.audit.sealer import seal_all
from kernel.clock import Clock
from kernel.db.derived import search_reference
from kernel.db.tables import audit_entry, fhir_resource
from kernel.fhir.store.reproject import rederive
from kernel.settings import Settings
from kernel.work import Station
from tests.cast import encounter, observation
from tests.conformance.test_round_trip import derived_rows
from tests.support.house import KINDS, Templates, registry
from tests.support.serving import ServedHouse, serving

WRITERS = 4
WRITES = 1000
HEADERS = {"Content-Type": "application/fhir+json", "Prefer": "return=minimal"}
NINE = "2026-11-23T09:00:00+08:00"


def visit() -> dict[str, Any]:
    """One Encounter with six Observations."""
    seen = f"urn:uuid:{uuid4()}"
    entries = [("Encounter", encounter("li-na", NINE), seen)]
    entries += [
        (
            "Observation",
            observation("li-na", f"kill-{n}", n, "1", NINE, encounter={"reference": seen}),
            f"urn:uuid:{uuid4()}",
        )
        for n in range(6)
    ]
    return {
        "resourceType": "Bundle",
        "type": "transaction",
        "entry": [
            {"fullUrl": url, "resource": body, "request": {"method": "POST", "url": type_}}
            for type_, body, url in entries
        ],
    }


@dataclass
class Load:
    """Writers that go on until the server dies; what they were told was saved."""

    house: ServedHouse
    token: str
    acknowledged: list[str] = field(default_factory=list)
    asked: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def write(self, seed: int) -> None:
        draw = random.Random(seed)  # noqa: S311 - which kind of write comes next is no secret
        headers = {**HEADERS, "Authorization": f"Bearer {self.token}"}
        with httpx2.Client(base_url=self.house.base, headers=headers, trust_env=False) as client:
            while self.take():
                try:
                    saved = self.one(client, single=draw.random() < 0.5)
                except httpx2.TransportError:
                    return
                with self.lock:
                    self.acknowledged += saved

    def take(self) -> bool:
        with self.lock:
            self.asked += 1
            return self.asked <= WRITES

    def one(self, client: httpx2.Client, *, single: bool) -> list[str]:
        if single:
            answer = client.post("Observation", json=observation("li-na", "alone", 1, "1", NINE))
            assert answer.status_code == 201, answer.text
            return [answer.headers["Location"]]
        answer = client.post("", json=visit())
        assert answer.status_code == 200, answer.text
        return [e["response"]["location"] for e in answer.json()["entry"]]


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_a_killed_server_loses_nothing_and_leaves_nothing_half(
    kind: str, templates: Templates, tmp_path: Path
) -> None:
    with templates.clone(kind, tmp_path) as settings:
        with serving(settings, kind) as house:
            load = Load(house, house.token("gp1"))
            with ThreadPoolExecutor(WRITERS) as pool:
                writers = [pool.submit(load.write, n) for n in range(WRITERS)]
                while load.asked < WRITES // 2 and not all(w.done() for w in writers):
                    time.sleep(0.005)
                house.kill9()
                for writer in writers:
                    writer.result()
        assert WRITES // 2 <= load.asked < WRITES
        assert len(load.acknowledged) > WRITES
        _inspect(settings, load)


def _inspect(settings: Settings, load: Load) -> None:
    station = open_station(settings, registry())
    try:
        with station.read() as work:
            present = _present(work.connection)
            _nothing_half(work.connection)
        wanted = {(at.split("/")[-4], at.split("/")[-3]) for at in load.acknowledged}
        assert wanted <= present
        _derived_rows_agree(station)
        _audited(station, wanted)
        if station.database.single_writer:
            _whole(settings)
    finally:
        station.database.close()


def _present(connection: Connection) -> set[tuple[str, str]]:
    rows = connection.execute(select(fhir_resource.c.type, fhir_resource.c.id))
    return {(row.type, row.id) for row in rows}


def _nothing_half(connection: Connection) -> None:
    """Every visit has its six measurements."""
    table = registry().search["Encounter"]
    visits = set(connection.scalars(select(table.c.id))) - _seeded(connection)
    side = search_reference.c
    pointing = select(side.target_id).where(side.type == "Observation", side.path == "encounter")
    counts = Counter(connection.scalars(pointing))
    assert visits
    assert {id_: counts[id_] for id_ in visits} == dict.fromkeys(visits, 6)


def _seeded(connection: Connection) -> set[str]:
    ids = connection.scalars(select(fhir_resource.c.id).where(fhir_resource.c.type == "Encounter"))
    return {id_ for id_ in ids if id_.endswith("-visit")}


def _derived_rows_agree(station: Station) -> None:
    with station.write() as work:
        for type_ in ("Encounter", "Observation"):
            before = derived_rows(work, type_)
            ids = work.connection.scalars(
                select(fhir_resource.c.id).where(fhir_resource.c.type == type_)
            ).all()
            for start in range(0, len(ids), 500):
                rederive(work, type_, ids[start : start + 500])
            assert derived_rows(work, type_) == before


def _audited(station: Station, wanted: set[tuple[str, str]]) -> None:
    """Each acknowledged change has its row, in its inbox or in the chain."""
    while seal_all(station.database, station.keys, Clock()):
        pass
    entry = audit_entry.c
    with station.database.reading_audit() as audit:
        rows = audit.execute(
            select(entry.resource_type, entry.resource_id).where(entry.action == "create")
        )
        assert wanted <= {(row.resource_type, row.resource_id) for row in rows}


def _whole(settings: Settings) -> None:
    for path in (settings.database_path(), settings.audit_path()):
        connection = pysqlite3.connect(str(path))
        try:
            assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        finally:
            connection.close()
