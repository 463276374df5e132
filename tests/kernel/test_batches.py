"""Uploaded lists: encrypted, of one institution, in one state at a time, forgotten in the end."""

from dataclasses import replace
from threading import Event

import pytest
from sqlalchemy import select

from kernel import batches
from kernel.batches import Batch, BatchState
from kernel.clock import DAY, monotonic
from kernel.db.tables import kernel_batch
from kernel.declare.module import Job, Module
from kernel.errors import Refused
from kernel.jobs import Jobs, run_job
from kernel.module import KERNEL
from kernel.registry import build
from kernel.work import Work
from records.module import MODULE as RECORDS
from tests.support.house import OpenHouse

KIND = "toys"


def _new(house: OpenHouse, as_: str = "gp1") -> Batch:
    with house.station.write(house.actor(as_)) as work:
        draft = batches.draft_batch(work, KIND, name="王小明.xlsx", payload=[["王小明"]])
        id_ = batches.add_batch(work, draft)
        return batches.get_batch(work, KIND, id_)


def test_what_names_a_person_is_encrypted(fresh_house: OpenHouse) -> None:
    batch = _new(fresh_house)
    with fresh_house.station.write(fresh_house.actor("gp1")) as work:
        sealed = batches.sealed_part(work, batch, "report", ["王小明"])
        batches.keep_part(work, batch, "report", sealed)
        row = work.connection.execute(select(kernel_batch)).one()
        kept = b"".join(part for part in row if isinstance(part, bytes))
        assert "王小明".encode() not in kept
        assert batches.read_part(work, batch, "payload") == [["王小明"]]
        assert batches.read_part(work, batch, "report") == ["王小明"]
        assert batches.list_batches(work, KIND) == [batch]
        assert batch.name == "王小明.xlsx"


def test_another_institution_does_not_see_it(fresh_house: OpenHouse) -> None:
    batch = _new(fresh_house)
    with fresh_house.station.read(fresh_house.actor("gp2")) as work:
        assert batches.list_batches(work, KIND) == []
        with pytest.raises(Refused) as refused:
            batches.get_batch(work, KIND, batch.id)
    assert refused.value.status == 404


def test_only_one_moves_it_on(fresh_house: OpenHouse) -> None:
    batch = _new(fresh_house)
    with fresh_house.station.write(fresh_house.actor("gp1")) as work:
        batches.advance(work, batch, BatchState.RUNNING, total=2)
        assert batches.next_at_work(work, KIND) == batches.get_batch(work, KIND, batch.id)
        with pytest.raises(Refused) as refused:
            batches.advance(work, batch, BatchState.RUNNING, total=2)
    assert refused.value.status == 409


def test_portions_are_done_one_after_another_and_taken_back_from_the_end(
    fresh_house: OpenHouse,
) -> None:
    batch = _new(fresh_house)
    with fresh_house.station.write(fresh_house.actor("gp1")) as work:
        batches.put_parts(work, batches.sealed_parts(work, batch, ["a", "b", "c"]))
        assert batches.next_part(work, batch, done=True) is None
        for wanted in ((0, "a"), (1, "b")):
            assert batches.next_part(work, batch, done=False) == wanted
            batches.part_done(work, batch, wanted[0], wanted[1].upper())
        assert list(batches.done_parts(work, batch)) == ["A", "B"]
        assert batches.next_part(work, batch, done=True) == (1, "B")
        batches.remove_part(work, batch, 1)
        assert batches.next_part(work, batch, done=True) == (0, "A")
        assert batches.next_part(work, batch, done=False) == (2, "c")
        batches.remove_batch(work, batch)
        assert batches.next_part(work, batch, done=True) is None


def test_it_is_forgotten_when_its_days_are_over(fresh_house: OpenHouse) -> None:
    batch, running = _new(fresh_house), _new(fresh_house)
    days = fresh_house.station.settings.import_undo_days
    with fresh_house.station.write(fresh_house.actor("gp1")) as work:
        batches.advance(work, running, BatchState.RUNNING)
        work.now = batch.created_at + days * DAY
        batches.purge(work)
        assert len(batches.list_batches(work, KIND)) == 2
        work.now += 1
        batches.purge(work)
        assert [one.id for one in batches.list_batches(work, KIND)] == [running.id]


def test_what_headings_mean_is_remembered_for_the_institution(fresh_house: OpenHouse) -> None:
    with fresh_house.station.write(fresh_house.actor("gp1")) as work:
        batches.learn_headings(work, KIND, {"芳名": "name", "备注": ""})
        batches.learn_headings(work, KIND, {"芳名": "nickname"})
        assert batches.known_headings(work, KIND) == {"芳名": "nickname", "备注": ""}
    with fresh_house.station.read(fresh_house.actor("gp2")) as work:
        assert batches.known_headings(work, KIND) == {}


def test_a_long_job_is_run_slice_by_slice(fresh_house: OpenHouse) -> None:
    seen: list[int] = []

    def slices(work: Work) -> bool:
        seen.append(id(work))
        return len(seen) < 3

    job = Job("toys:slices", 60, slices)
    assert [run_job(fresh_house.station, job) for _ in range(3)] == [True, True, False]
    assert len(seen) == 3


def test_who_saves_something_meanwhile_does_not_wait_for_a_long_job(
    fresh_house: OpenHouse,
) -> None:
    """SQLite has one writer: between two slices it is free for others."""
    left = [60]

    def slices(work: Work) -> bool:
        begun = monotonic()
        while monotonic() - begun < 0.05:
            work.connection.execute(select(kernel_batch.c.id)).all()
        left[0] -= 1
        return left[0] > 0

    job = Job("toys:long", 60, slices, hurried=True)
    toys = Module(name="toys", title="玩具", jobs=(job,))
    station = replace(fresh_house.station, registry=build((KERNEL, RECORDS, toys)), hurry=Event())
    jobs = Jobs(station)
    station.hurry.set()
    waits = []
    while left[0] > 20:
        begun = monotonic()
        _new(fresh_house)
        waits.append(monotonic() - begun)
    jobs.close()
    assert max(waits) < 1
    if fresh_house.database.single_writer:
        assert len(waits) >= 100, "others did not come in between the slices"
