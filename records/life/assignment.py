"""Giving many files another responsible doctor, or many contracts another team.

A call changes at most `SLICE` of those that are still to be changed, in the caller's transaction;
who is changed no longer belongs to them, so that calling again goes on where it stopped.
"""

from typing import Any, Final

from sqlalchemy import ColumnElement, Select, func, select

from kernel.errors import not_found, unprocessable
from kernel.fhir import json
from kernel.fhir.store import Draft, read, save_all
from kernel.security.policy import sees_organisation, sight
from kernel.web.i18n import _
from kernel.work import ReadWork, Work
from records.life.contract import records_contract
from records.life.projections import records_file
from records.life.provenance import life_step
from records.life.selection import FileQuery, clauses, kept
from records.life.services import get_file
from records.life.staff import get_doctor
from records.life.teams import get_team

SLICE: Final = 300
"""So many people are changed in one transaction."""

_TEAM = _("请选择本机构在用的家庭医生团队。")
_SAME_TEAM = _("新团队与原团队相同。")
_FROM_TEAM = _("更换团队时请先在上面选择原团队。")


def _files(work: ReadWork, organisation_id: str, query: FileQuery) -> Select[Any]:
    """Ids of the kept files of an institution that a query asks for."""
    spec, table = work.registry.specs["Patient"], work.registry.search["Patient"]
    if not sees_organisation(sight(work.actor, spec), organisation_id):
        raise not_found(f"Organization/{organisation_id}")
    here: ColumnElement[bool] = table.c.organisation_id == organisation_id
    return select(table.c.id).where(here, kept(table.c.id), *clauses(work, query, table.c.id))


def _other_doctor(found: Select[Any], doctor_id: str) -> Select[Any]:
    file = records_file.c
    under = select(file.source_id).where(file.doctor_id == doctor_id)
    return found.where(found.selected_columns[0].not_in(under))


def count_files(
    work: ReadWork, organisation_id: str, query: FileQuery, *, without_doctor: str = ""
) -> int:
    """How many kept files of an institution a query asks for; without those of one doctor."""
    found = _files(work, organisation_id, query)
    if without_doctor:
        found = _other_doctor(found, without_doctor)
    return int(work.connection.scalar(select(func.count()).select_from(found.subquery())) or 0)


def assign_doctor(work: Work, organisation_id: str, query: FileQuery, doctor_id: str) -> int:
    """Make somebody the responsible doctor of the files; how many were changed (at most `SLICE`).

    Raises Refused: 404 (not the actor's institution), 422 (no doctor of it).
    """
    doctor = get_doctor(work, organisation_id, doctor_id, "to_doctor")
    found = _other_doctor(_files(work, organisation_id, query), doctor_id)
    ids = list(work.connection.scalars(found.order_by(found.selected_columns[0]).limit(SLICE)))
    drafts = []
    for id_ in ids:
        file = get_file(work, id_)
        body = {**file.body, "generalPractitioner": [doctor.reference]}
        drafts.append(Draft(body, id_, expect=file.version))
        drafts.append(life_step(work, "assign", id_, on=work.today, reason=doctor.name))
    save_all(work, drafts)
    return len(ids)


def _contracts(work: ReadWork, organisation_id: str, query: FileQuery) -> Select[Any]:
    """Contracts with the team of the query that hold today, of the files that it asks for."""
    table = records_contract.c
    return select(table.source_id).where(
        table.team_id == query.team,
        table.from_on <= work.today,
        table.to_on.is_(None) | (table.to_on > work.today),
        table.patient_id.in_(_files(work, organisation_id, query)),
    )


def count_contracts(work: ReadWork, organisation_id: str, query: FileQuery) -> int:
    """How many contracts with the team of the query hold today."""
    found = _contracts(work, organisation_id, query).subquery()
    return int(work.connection.scalar(select(func.count()).select_from(found)) or 0)


def assign_team(work: Work, organisation_id: str, query: FileQuery, team_id: str) -> int:
    """Hand contracts over to another team of the institution; how many (at most `SLICE`).

    The query names the team that they are with. Days and persons stay. Raises Refused: 404, 422.
    """
    if not query.team:
        raise unprocessable(_FROM_TEAM, "team")
    if team_id == query.team:
        raise unprocessable(_SAME_TEAM, "to_team")
    team = get_team(work, team_id) if team_id else None
    if team is None or not team.active or team.organisation_id != organisation_id:
        raise unprocessable(_TEAM, "to_team")
    found = _contracts(work, organisation_id, query).order_by(records_contract.c.source_id)
    drafts = []
    for id_ in work.connection.scalars(found.limit(SLICE)).all():
        version = read(work, work.registry.specs["EpisodeOfCare"], id_)
        body = {**json.loads(version.body), "team": [team.reference]}
        drafts.append(Draft(body, id_, expect=version.version))
    save_all(work, drafts)
    return len(drafts)
