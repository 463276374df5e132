"""Teams of family doctors (家庭医生团队): a CareTeam without a subject, kept by an institution."""

from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

from sqlalchemy import Boolean, Column, Index, String, Table, Text, select

from kernel.canonical import code_system
from kernel.declare.module import Projection
from kernel.errors import unprocessable
from kernel.fhir import json
from kernel.fhir.store import Draft, read, save_all
from kernel.web.i18n import _
from kernel.work import ReadWork, Work
from records.life.projections import life_metadata
from records.life.services import organisation_reference
from records.life.staff import list_staff
from records.reading import display_of, id_of

Body = Mapping[str, Any]

TEAM_KIND: Final = code_system("care-team-kind")
FAMILY_DOCTOR_TEAM: Final = "family-doctor-team"

_NAME = _("请填写团队名称，2 至 50 个字。")
_TAKEN = _("本机构已有同名的团队。")
_MEMBERS = _("请至少选择一名成员。")
_STRANGER = _("团队成员须是本机构的工作人员。")

records_team = Table(
    "records_team",
    life_metadata,
    Column("source_type", String(40), nullable=False),
    Column("source_id", String(64), nullable=False),
    Column("organisation_id", String(64), nullable=False),
    Column("name", Text, nullable=False),
    Column("active", Boolean, nullable=False),
    Index("ix_records_team_source_id", "source_id"),
    Index("ix_records_team_organisation_id", "organisation_id"),
)
"""The teams of an institution."""


class Team(NamedTuple):
    """A team as it was read; `members` are pairs of a Practitioner's id and name."""

    id: str
    version: int
    organisation_id: str
    name: str
    active: bool
    members: tuple[tuple[str, str], ...]

    @property
    def reference(self) -> dict[str, str]:
        """A Reference to the team."""
        return {"reference": f"CareTeam/{self.id}", "display": self.name}


class Named(NamedTuple):
    """A team in a list."""

    id: str
    name: str
    organisation_id: str
    active: bool


def team_rows(body: Body) -> Sequence[Mapping[str, Any]]:
    """The row of a CareTeam that belongs to nobody in particular; nothing for any other."""
    keepers = [id_of(one, "Organization") for one in body.get("managingOrganization", ())]
    if "subject" in body or not keepers or body.get("status") == "entered-in-error":
        return []
    active = body.get("status", "active") == "active"
    return [{"organisation_id": keepers[0], "name": body.get("name", ""), "active": active}]


PROJECTIONS = (Projection("CareTeam", records_team, team_rows),)


def list_teams(work: ReadWork, *organisation_ids: str, active: bool = True) -> list[Named]:
    """The teams of these institutions by name; with `active` only those that work."""
    table = records_team.c
    statement = (
        select(table.source_id, table.name, table.organisation_id, table.active)
        .where(table.organisation_id.in_(organisation_ids))
        .order_by(table.organisation_id, table.name, table.source_id)
    )
    if active:
        statement = statement.where(table.active.is_(True))
    return [Named(*row) for row in work.connection.execute(statement)]


def get_team(work: ReadWork, team_id: str) -> Team:
    """A team that the actor sees. Raises Refused (403, 404, 410)."""
    version = read(work, work.registry.specs["CareTeam"], team_id)
    body = json.loads(version.body)
    members = [one.get("member") for one in body.get("participant", ())]
    return Team(
        team_id,
        version.version,
        next((id_of(o, "Organization") for o in body.get("managingOrganization", ())), ""),
        body.get("name", ""),
        body.get("status", "active") == "active",
        tuple((id_of(one, "Practitioner"), display_of(one)) for one in members),
    )


class Wanted(NamedTuple):
    """A team as it shall be: its institution, name, members' Practitioner ids, whether it works."""

    organisation_id: str
    name: str
    member_ids: tuple[str, ...]
    active: bool = True


def keep_team(work: Work, team_id: str, wanted: Wanted, *, expect: int | None) -> None:
    """Make (`expect` None) or change a team. Raises Refused: 403, 404, 412, 422 by field."""
    name = wanted.name.strip()
    if not 2 <= len(name) <= 50:
        raise unprocessable(_NAME, "name")
    others = list_teams(work, wanted.organisation_id, active=False)
    if any(one.name == name and one.id != team_id for one in others):
        raise unprocessable(_TAKEN, "name")
    if not wanted.member_ids:
        raise unprocessable(_MEMBERS, "member")
    staff = {one.id: one for one in list_staff(work, wanted.organisation_id)}
    if any(id_ not in staff for id_ in wanted.member_ids):
        raise unprocessable(_STRANGER, "member")
    body = {
        "resourceType": "CareTeam",
        "status": "active" if wanted.active else "inactive",
        "category": [{"coding": [_CATEGORY], "text": "家庭医生团队"}],
        "name": name,
        "participant": [{"member": staff[id_].reference} for id_ in wanted.member_ids],
        "managingOrganization": [organisation_reference(work, wanted.organisation_id)],
    }
    save_all(work, [Draft(body, team_id, expect=expect, fresh=expect is None)])


_CATEGORY: Final = {"system": TEAM_KIND, "code": FAMILY_DOCTOR_TEAM, "display": "家庭医生团队"}
