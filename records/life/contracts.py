"""A family doctor's contract (家庭医生签约): signed with a team for some time, one at a time.

It ends on its last day, and by itself when the file is closed or goes to another institution.
"""

from collections.abc import Sequence
from datetime import date, timedelta
from itertools import pairwise
from typing import NamedTuple

from sqlalchemy import bindparam, select

from kernel.db.prepared import Prepared
from kernel.errors import conflict, unprocessable
from kernel.fhir import json
from kernel.fhir.store import Draft, ResourceSaved, read, save_all
from kernel.ids import uuid7
from kernel.web.i18n import _
from kernel.work import ReadWork, Work
from records.life.contract import contract, is_contract, records_contract
from records.life.handover import people_of
from records.life.intervals import as_day
from records.life.projections import close_reason_of, extension_day
from records.life.residence import HANDED_OVER, ended
from records.life.services import File, get_file, organisation_reference
from records.life.states import CLOSED_ON, COUNTED, OPENED_ON, refuse_step, state_of
from records.life.teams import get_team
from records.life.widening import keeping_days
from records.reading import death_of, id_of

LONGEST_YEARS = 5
"""A contract is signed for a year and renewed; longer than this is a slip of the pen."""

_TEAM = _("请选择本机构在用的家庭医生团队。")
_ORDER = _("签约的最后一天不能早于第一天。")
_LONG = _("签约期限不能超过 5 年。")
_EARLY = _("签约不能早于建档。")
_TWICE = _("这段时间居民已与一个团队签约：先结束原来的签约。")
_NONE = _("居民现在没有签约。")
_END = _("解约日期应在签约期限内，且不能晚于今天。")

_columns = ("source_id", "team_id", "organisation_id", "from_on", "to_on")
_of_person = Prepared(
    select(*(records_contract.c[name] for name in _columns))
    .where(records_contract.c.patient_id == bindparam("patient_id"))
    .order_by(records_contract.c.from_on)
)


class Contract(NamedTuple):
    """A contract of a person from a day until another (exclusive; None = open)."""

    episode_id: str
    team_id: str
    organisation_id: str
    from_on: date
    to_on: date | None

    def holds_on(self, day: date) -> bool:
        """Whether it holds on a day."""
        return self.from_on <= day and (self.to_on is None or day < self.to_on)


def list_contracts(work: ReadWork, patient_id: str) -> list[Contract]:
    """A person's contracts, the earliest first."""
    rows = _of_person.rows(work.connection, {"patient_id": patient_id})
    return [Contract(r[0], r[1], r[2], as_day(r[3]), as_day(r[4]) if r[4] else None) for r in rows]


class Terms(NamedTuple):
    """With whom and for how long: the first and the last day of the contract."""

    team_id: str
    from_on: date
    last_on: date


def sign_contract(
    work: Work, patient_id: str, terms: Terms, *, household: bool = False
) -> list[str]:
    """Sign with a team (签约); the ids of the contracts, one a person.

    With `household` everybody else of the household whose file is kept here and who has no contract
    in that time signs, too. Raises Refused: 403, 404, 409 (state), 422 by field.
    """
    file = get_file(work, patient_id)
    if file.state not in COUNTED:
        refuse_step()
    _check_terms(file, terms)
    team = get_team(work, terms.team_id) if terms.team_id else None
    if team is None or not team.active or team.organisation_id != file.keeper:
        raise unprocessable(_TEAM, "team")
    if _taken(work, patient_id, terms):
        raise unprocessable(_TWICE, "from_on")
    others = people_of(work, patient_id, household)[1:]
    signing = [patient_id, *(id_ for id_ in others if not _taken(work, id_, terms))]
    organisation = organisation_reference(work, file.keeper)
    drafts = [
        Draft(
            contract(
                id_, organisation, team.reference, from_on=terms.from_on, last_on=terms.last_on
            ),
            uuid7(work.now),
            fresh=True,
        )
        for id_ in signing
    ]
    return [one.id for one in save_all(work, drafts)]


def _check_terms(file: File, terms: Terms) -> None:
    if terms.last_on < terms.from_on:
        raise unprocessable(_ORDER, "last_on")
    if (terms.last_on - terms.from_on).days >= LONGEST_YEARS * 366:
        raise unprocessable(_LONG, "last_on")
    opened = extension_day(file.body, OPENED_ON)
    if opened is not None and terms.from_on < opened:
        raise unprocessable(_EARLY, "from_on")


def _taken(work: ReadWork, patient_id: str, terms: Terms) -> bool:
    until = terms.last_on + timedelta(days=1)
    return any(
        one.from_on < until and (one.to_on is None or terms.from_on < one.to_on)
        for one in list_contracts(work, patient_id)
    )


def end_contract(work: Work, patient_id: str, *, on: date) -> None:
    """End the contract that holds (解约); the day `on` is the first one without it.

    Raises Refused: 403, 404, 409 (none holds), 422.
    """
    get_file(work, patient_id)
    current = next((c for c in list_contracts(work, patient_id) if c.holds_on(work.today)), None)
    if current is None:
        raise conflict(_NONE, "contract")
    if not current.from_on <= on <= work.today:
        raise unprocessable(_END, "on")
    save_all(work, [_ending(work, current, on, "cancelled")])


def _ending(work: ReadWork, one: Contract, to_on: date, reason: str) -> Draft:
    version = read(work, work.registry.specs["EpisodeOfCare"], one.episode_id)
    body = ended(json.loads(version.body), to_on=to_on, closed_for=reason)
    return Draft(body, one.episode_id, expect=version.version)


def one_team_at_a_time(work: Work, event: ResourceSaved) -> None:
    """A contract was saved: nobody has two on the same day. Raises Refused (422)."""
    if not is_contract(event.body):
        return
    found = list_contracts(work, id_of(event.body.get("patient"), "Patient"))
    if _overlap(found):
        raise unprocessable(_TWICE, "EpisodeOfCare.period")


def _overlap(found: Sequence[Contract]) -> bool:
    return any(
        first.to_on is None or second.from_on < first.to_on for first, second in pairwise(found)
    )


def end_with_file(work: Work, event: ResourceSaved) -> None:
    """A Patient was saved: with a closed file, or at another institution, contracts end."""
    body = event.body
    keeper = id_of(body.get("managingOrganization"), "Organization")
    kept = state_of(body) in COUNTED
    closed_on = extension_day(body, CLOSED_ON) or death_of(body)[1] or work.today
    on = work.today if kept else min(closed_on, work.today)
    reason = HANDED_OVER if kept else close_reason_of(body) or state_of(body)
    over = [
        one
        for one in list_contracts(work, event.saved.id)
        if (one.to_on is None or one.to_on > on)
        and not (kept and keeper in ("", one.organisation_id))
    ]
    if over:
        wide = keeping_days(work)
        save_all(wide, [_ending(wide, one, on, reason) for one in over])
