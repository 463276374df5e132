"""Rows of many resources are derived again together, with the same result as one by one."""

from collections.abc import Iterable
from typing import Any

import pytest
from sqlalchemy import select, update

from kernel.db.derived import SIDES
from kernel.db.tables import fhir_resource
from kernel.fhir.store import reproject, save
from kernel.fhir.store.references import load_targets
from kernel.fhir.store.reproject import rederive
from kernel.work import Work
from tests.cast import to
from tests.support.house import OpenHouse


def _trace(targets: list[Any]) -> dict[str, Any]:
    return {
        "resourceType": "Provenance",
        "target": targets,
        "recorded": "2026-11-20T10:00:00+08:00",
        "agent": [{"who": to("Practitioner", "practitioner-station-1-gp")}],
    }


def _state(work: Work) -> list[str]:
    search = work.registry.search["Provenance"]
    found = [work.connection.execute(select(table)).all() for table in (*SIDES, search)]
    columns = (fhir_resource.c[n] for n in ("type", "id", "version", "patient_id"))
    found.append(work.connection.execute(select(*columns)).all())
    return sorted(repr(row) for rows in found for row in rows)


@pytest.fixture
def traces(fresh_house: OpenHouse) -> list[str]:
    """Provenances that follow a person, a visit, and each other."""
    with fresh_house.station.write() as work:
        ids = [save(work, _trace([to("Encounter", "li-na-visit")])).id]
        for _ in range(4):
            ids.append(save(work, _trace([to("Provenance", ids[-1])])).id)
        ids += [save(work, _trace([to("Patient", "zhang-wei")])).id]
    return ids


def test_what_a_slice_refers_to_is_loaded_once(
    fresh_house: OpenHouse, traces: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    loads: list[int] = []

    def counted(work: Work, targets: Iterable[Any]) -> Any:
        loads.append(1)
        return load_targets(work, targets)

    monkeypatch.setattr(reproject, "load_targets", counted)
    with fresh_house.station.write() as work:
        before = _state(work)
        assert rederive(work, "Provenance", traces) == len(traces)
        assert len(loads) == 1
        assert _state(work) == before


def test_owners_that_were_lost_are_found_again_within_a_slice(
    fresh_house: OpenHouse, traces: list[str]
) -> None:
    """One that follows another of the same slice needs what was just found for that one."""
    with fresh_house.station.write() as work:
        before = _state(work)
        here = fhir_resource.c.type == "Provenance"
        work.connection.execute(update(fhir_resource).where(here).values(patient_id=None))
        assert _state(work) != before
        rederive(work, "Provenance", traces[:1])
        rederive(work, "Provenance", traces)
        assert _state(work) == before
