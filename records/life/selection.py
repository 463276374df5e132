"""Choosing files by territory, doctor, team, state and use: one condition for lists and changes."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Final

from sqlalchemy import ColumnElement, exists, select

from kernel.work import ReadWork
from records.life.contract import records_contract
from records.life.dynamic import is_inactive
from records.life.projections import records_file
from records.life.states import COUNTED, DRAFT

INACTIVE: Final = "inactive"


@dataclass(frozen=True, slots=True)
class FileQuery:
    """Which files. An empty text restricts nothing.

    `committee` (12 digits), `grid`, `building` and `unit` are those of the home address; `doctor`
    is a Practitioner's id, `team` a CareTeam's whose contract holds today; `use` is `INACTIVE` or
    empty, `file` is `draft` or empty.
    """

    committee: str = ""
    grid: str = ""
    building: str = ""
    unit: str = ""
    doctor: str = ""
    team: str = ""
    use: str = ""
    file: str = ""

    @property
    def restricts(self) -> bool:
        """Whether anything is asked for."""
        return any(getattr(self, one.name) for one in fields(self))


NO_FILE_QUERY: Final = FileQuery()
"""Every file."""
NAMES: Final = tuple(one.name for one in fields(FileQuery))


def file_query(values: Mapping[str, str]) -> FileQuery:
    """What was chosen in a filter bar; a choice that does not exist restricts nothing."""
    chosen = {name: values.get(name, "").strip()[:64] for name in NAMES}
    chosen["use"] = INACTIVE if chosen["use"] == INACTIVE else ""
    chosen["file"] = DRAFT if chosen["file"] == DRAFT else ""
    return FileQuery(**chosen)


def clauses(
    work: ReadWork, query: FileQuery, id_column: ColumnElement[Any]
) -> list[ColumnElement[bool]]:
    """Conditions on a Patient's id."""
    file = records_file.c
    wanted = {
        file.committee: query.committee,
        file.grid: query.grid,
        file.building: query.building,
        file.unit: query.unit,
        file.doctor_id: query.doctor,
        file.state: query.file,
    }
    here = [column == value for column, value in wanted.items() if value]
    found = [_has_file(id_column, *here)] if here else []
    if query.team:
        found.append(id_column.in_(_signed(work, query.team)))
    if query.use == INACTIVE:
        found += [kept(id_column), is_inactive(id_column, work.today)]
    return found


def _signed(work: ReadWork, team_id: str) -> Any:
    table = records_contract.c
    return select(table.patient_id).where(
        table.team_id == team_id,
        table.from_on <= work.today,
        table.to_on.is_(None) | (table.to_on > work.today),
    )


def kept(id_column: ColumnElement[Any]) -> ColumnElement[bool]:
    """That a file is kept and confirmed."""
    return _has_file(id_column, records_file.c.state.in_(sorted(COUNTED)))


def _has_file(id_column: ColumnElement[Any], *here: ColumnElement[bool]) -> ColumnElement[bool]:
    """Asked of each resident who is listed, not of all of a city.

    A list that reads the file itself (who should be in a programme) is asked beside it.
    """
    found = exists().where(records_file.c.source_id == id_column, *here)
    return found.correlate_except(records_file)
