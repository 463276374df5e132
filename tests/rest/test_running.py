"""Where requests run, and that nobody is answered before his change is kept."""

import asyncio
import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import event

from kernel.db import dialect
from kernel.db.engine import Database
from kernel.fhir import running
from tests.cast import patient, to
from tests.support.house import Client, OpenHouse

COUNT = 6
SECONDS = 10


def observation(minute: int) -> dict[str, Any]:
    return {
        "resourceType": "Observation",
        "status": "final",
        "code": {"text": "脉搏"},
        "subject": to("Patient", "li-na"),
        "effectiveDateTime": f"2026-01-05T09:{minute:02}:00+08:00",
    }


def created_at_once(client: Client, bodies: list[dict[str, Any]], database: Database) -> list[Any]:
    """The answers to creates that all wait before the first of them can write."""

    async def all_of_them() -> list[Any]:
        with _held(database) as let_go:
            tasks = [asyncio.create_task(client.send("POST", b["resourceType"], b)) for b in bodies]
            await asyncio.sleep(0.2)
            let_go.set()
            return list(await asyncio.gather(*tasks))

    return client.runner.run(all_of_them())


@contextmanager
def _held(database: Database) -> Iterator[threading.Event]:
    """Somebody else is writing until the event is set."""
    holds, let_go = threading.Event(), threading.Event()

    def hold() -> None:
        with database.writing():
            holds.set()
            let_go.wait(SECONDS)

    thread = threading.Thread(target=hold)
    thread.start()
    holds.wait(SECONDS)
    try:
        yield let_go
    finally:
        let_go.set()
        thread.join()


def test_changes_that_wait_are_all_kept(fresh_house: OpenHouse) -> None:
    client = fresh_house.client("gp1")
    commits: list[object] = []
    event.listen(fresh_house.database.engine, "commit", commits.append)
    answers = created_at_once(client, [observation(n) for n in range(COUNT)], fresh_house.database)
    assert [a.status_code for a in answers] == [201] * COUNT
    for answer in answers:
        assert client.get(f"Observation/{answer.json()['id']}").json() == answer.json()
    if fresh_house.kind == "sqlite":
        assert len(commits) <= 3  # the one who held it, the first in the queue, all the others


def test_one_that_is_refused_spoils_nobody_elses(fresh_house: OpenHouse) -> None:
    client = fresh_house.client("gp1")
    sent = [observation(n) for n in range(COUNT)]
    sent[2]["subject"] = to("Patient", "nobody")
    sent[4]["subject"] = {"reference": 7}
    answers = created_at_once(client, sent, fresh_house.database)
    assert [a.status_code for a in answers] == [201, 201, 422, 201, 422, 201]
    for answer in answers:
        if answer.status_code == 201:
            assert client.get(f"Observation/{answer.json()['id']}").status_code == 200


def test_where_a_shared_commit_fails_each_is_done_alone(
    fresh_house: OpenHouse, caplog: pytest.LogCaptureFixture
) -> None:
    commits: list[object] = []

    def fail_once(connection: object) -> None:
        commits.append(connection)
        if len(commits) == 3:
            raise RuntimeError("the disk said no")

    if fresh_house.kind == "sqlite":  # PostgreSQL shares commits by itself
        event.listen(fresh_house.database.engine, "commit", fail_once)
    client = fresh_house.client("gp1")
    sent = [patient(f"单{n}", "male", "1990-01-01") for n in "一二三四五六"]
    with caplog.at_level(logging.WARNING, "station.fhir"):
        answers = created_at_once(client, sent, fresh_house.database)
    if fresh_house.kind == "sqlite":
        assert f"{COUNT - 1} changes could not be committed together" in caplog.text
        assert len(commits) == 2 + 1 + COUNT - 1
    assert [a.status_code for a in answers] == [201] * COUNT
    found = client.search("Patient", ("name", "单"), ("_total", "accurate")).json()
    assert found["total"] == COUNT


def test_what_takes_long_is_answered_by_a_thread(
    house: OpenHouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dialect, "_LOOK_EVERY", 1)
    monkeypatch.setattr(running, "PATIENCE_SECONDS", -1.0)
    client = house.client("gp1")
    threads = _threads_that_answer(house, monkeypatch)
    assert client.get("Patient/li-na").status_code == 200
    assert client.search("Patient", ("name", "李")).json()["entry"]
    assert [name.partition("_")[0] for name in threads] == ["fhir", "fhir"]


def test_what_is_brief_is_answered_in_the_event_loop(
    house: OpenHouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = house.client("gp1")
    threads = _threads_that_answer(house, monkeypatch)
    client.get("Patient/li-na")
    client.search("Patient", ("name", "李"))
    client.search("Patient", ("_count", "1000"))
    client.search("Observation", ("_include", "Observation:subject"))
    page = client.search("Observation", ("_count", "1")).json()
    client.get(next(link["url"] for link in page["link"] if link["relation"] == "next"))
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    client.request("POST", "Observation/_search", b"_count=1000", headers=form)
    client.post("Observation", observation(0))
    kinds = ["fhir" if t.startswith("fhir_") else t.partition("_")[0] for t in threads]
    loop = threading.current_thread().name
    if house.kind == "sqlite":
        assert kinds == [loop, loop, "fhir", "fhir", loop, "fhir", "fhir", "fhir-writer"]
    else:
        assert kinds == ["fhir"] * 8


def _threads_that_answer(house: OpenHouse, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the threads in which requests are answered from now on."""
    names: list[str] = []
    fhir: Any = house.app
    respond = fhir.fhir.respond

    def watched(call: Any, scope: Any) -> Any:
        answered = respond(call, scope)
        names.append(threading.current_thread().name)
        return answered

    monkeypatch.setattr(fhir.fhir, "respond", watched)
    return names
