"""Taking a checked list in, and taking it back: slice by slice, in the job `records:import`.

A slice is one transaction that holds the writer for about `SLICE_SECONDS`. What a slice has made is
written down in the same transaction, so wherever the process is stopped, the next one goes on; and
where something is refused, everything that the list has made is taken back.
"""

import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any, Final

from sqlalchemy import select

from kernel import batches
from kernel.audit.changes import record_changes
from kernel.audit.entry import Action, entry_of
from kernel.audit.entry import row as audit_row
from kernel.batches import Batch, BatchState
from kernel.clock import monotonic
from kernel.db.derived import search_reference
from kernel.db.dialect import is_retryable
from kernel.db.tables import fhir_resource
from kernel.errors import Refused, conflict
from kernel.fhir import json
from kernel.fhir.store import Draft, read, save
from kernel.fhir.store.remove import delete
from kernel.ids import uuid7
from kernel.security.authentication import Authenticator
from kernel.web.i18n import _
from kernel.work import ReadWork, Work
from records.exchange.known import surroundings
from records.exchange.persons import facts_of, person_of
from records.exchange.rows import Row, family_of, row_of
from records.households.codes import HEAD, HOUSEHOLD, KIND_SYSTEM, NUMBER_SYSTEM
from records.households.group import new_member
from records.households.numbering import next_household_number, street_of
from records.life.services import open_file

KIND: Final = "residents"
SLICE_SECONDS: Final = 0.1
"""How long a slice aims to hold the writer; the unit that it is at is still finished."""

_log = logging.getLogger("station.import")
_NO_LONGER = _("导入人的账号已停用或已调离，名单不再继续导入")
_FAILED_INSIDE = _("系统内部错误，请联系系统管理员")

Unit = dict[str, Any]
"""What one save has made: `at` (its instant), `patients`, `group` (or None), `rows`."""


def go_on(work: Work) -> bool:
    """A slice of the oldest list that is at work; whether there may be more to do."""
    batch = batches.next_at_work(work, KIND)
    if batch is None:
        return False
    if batch.state is BatchState.RUNNING:
        _take_in(work, batch)
    else:
        _take_back(work, batch)
    return True


def begin(work: Work, batch: Batch, *, suspects: bool) -> None:
    """Let the rows without errors be taken in; `suspects`: also those who may be known already.

    Raises Refused (409) where the list is not waiting for it.
    """
    if batch.state is not BatchState.CHECKED:
        raise conflict(_("这份名单不在等待确认的状态，请刷新页面"))
    rows = [row_of(kept) for kept in batches.read_part(work, batch, "report")["rows"]]
    units = units_of(row for row in rows if not row.errors and (suspects or not row.suspects))
    batches.keep_part(
        work, batch, "made", {"todo": [[r.number for r in unit] for unit in units], "units": []}
    )
    batches.advance(work, batch, BatchState.RUNNING, total=sum(map(len, units)))
    _note(work, batch, "begin", rows=sum(map(len, units)))


def units_of(rows: Iterable[Row]) -> list[list[Row]]:
    """What is saved together: a household, or somebody alone."""
    found: dict[Any, list[Row]] = {}
    for row in rows:
        found.setdefault(family_of(row) or row.number, []).append(row)
    return list(found.values())


def _take_in(work: Work, batch: Batch) -> None:
    report, made = (batches.read_part(work, batch, part) for part in ("report", "made"))
    rows = {kept["row"]: kept for kept in report["rows"]}
    done, start = batch.done, monotonic()
    try:
        own = _in_the_name_of(work, batch)
        doctors = surroundings(own, batch.organisation_id).doctors
        while made["todo"] and monotonic() - start < SLICE_SECONDS:
            numbers = made["todo"].pop(0)
            unit = [row_of(rows[number]) for number in numbers]
            with work.connection.begin_nested():
                made["units"].append(_unit(own, batch, unit, doctors, report["keeper"]))
            done += len(unit)
    except Exception as error:
        if _passes(error):
            raise
        _fail(work, batch, report, made, error)
        return
    batches.keep_part(work, batch, "made", made)
    state = BatchState.RUNNING if made["todo"] else BatchState.DONE
    batches.advance(work, batch, state, done=done)


def _passes(error: Exception) -> bool:
    """Whether the same slice may succeed a moment later."""
    return is_retryable(error) or (isinstance(error, Refused) and error.status >= 500)


def _fail(work: Work, batch: Batch, report: Any, made: Any, error: Exception) -> None:
    """Write down why, and begin to take back what was made."""
    if isinstance(error, Refused):
        reason = "；".join(issue.diagnostics for issue in error.issues)
    else:
        _log.error("list %s failed", batch.id, exc_info=error)
        reason = _FAILED_INSIDE
    batches.keep_part(work, batch, "report", {**report, "failure": reason})
    batches.keep_part(work, batch, "made", made)
    batches.advance(work, batch, BatchState.FAILING, total=_count(made))


def _in_the_name_of(work: Work, batch: Batch) -> Work:
    """The same transaction as the one who confirmed. Raises Refused where he is gone."""
    finder = Authenticator(work.registry.permissions_of, work.settings, work.clock)
    actor = finder.by_user(work.connection, batch.user_id)
    if actor.organisation_id != batch.organisation_id:
        raise conflict(_NO_LONGER)
    own = replace(work, actor=actor)
    own.now, own.today = work.now, work.today
    return own


def _unit(
    work: Work, batch: Batch, rows: Sequence[Row], doctors: Mapping[str, str], keeper: str
) -> Unit:
    """Open the files of a household, and the household with the last of them."""
    people: list[tuple[str, Row, dict[str, Any]]] = []
    for row in rows:
        body = person_of(row.values, batch=batch.id, doctor=_doctor(work, row, doctors))
        body["managingOrganization"] = {"reference": f"Organization/{keeper}"}
        people.append((uuid7(work.now), row, body))
    group = _household(work, people, keeper)
    for place, (id_, row, body) in enumerate(people, start=1):
        on = date.fromisoformat(row.values.get("opened_on", work.today.isoformat()))
        beside = [_fresh(work, fact) for fact in facts_of(row.values, id_, on.isoformat())]
        if group is not None and place == len(people):
            beside.append(group)
        open_file(work, body, id=id_, on=on, beside=beside)
    return {
        "at": work.now,
        "patients": [id_ for id_, _row, _body in people],
        "group": group.id if group else None,
        "rows": [row.number for row in rows],
    }


def _fresh(work: Work, body: dict[str, Any]) -> Draft:
    return Draft(body, uuid7(work.now), fresh=True)


def _doctor(work: Work, row: Row, doctors: Mapping[str, str]) -> str:
    """Who is responsible: who the row names, else the importer where he is one of the staff."""
    named = doctors.get(row.values.get("doctor", ""))
    own = work.actor.practitioner_id
    return named or (own if own in doctors.values() else "") or ""


def _household(
    work: Work, people: Sequence[tuple[str, Row, dict[str, Any]]], keeper: str
) -> Draft | None:
    """The Group of a unit; None for somebody alone and where the head is not taken in."""
    if not family_of(people[0][1]):
        return None
    heads = [one for one in people if one[1].values.get("relation") == HEAD]
    if not heads:
        return None
    head, values = heads[0][2], heads[0][1].values
    home: dict[str, Any] = next(iter(head.get("address", ())), {})
    number = values.get("household") or next_household_number(work, street_of(home, head))
    name = head["name"][0]["text"]
    days = {id_: _joined_on(work, row) for id_, row, _body in people}
    body = {
        "resourceType": "Group",
        "identifier": [{"system": NUMBER_SYSTEM, "value": number}],
        "active": True,
        "type": "person",
        "actual": True,
        "code": {
            "coding": [{"system": KIND_SYSTEM, "code": HOUSEHOLD, "display": "家庭"}],
            "text": "家庭",
        },
        "name": f"{name}家庭",
        "quantity": len(people),
        "managingEntity": {"reference": f"Organization/{keeper}"},
        "member": [
            new_member(id_, body["name"][0]["text"], row.values["relation"], days[id_])
            for id_, row, body in people
        ],
    }
    return _fresh(work, body)


def _joined_on(work: Work, row: Row) -> date:
    return date.fromisoformat(row.values.get("opened_on", work.today.isoformat()))


def undo(work: Work, batch: Batch) -> list[str]:
    """Let a list be taken back, as far as nobody has worked on its files.

    Returns the ids of those persons on whom somebody has worked; then nothing is done. Raises
    Refused (409) where the list was not taken in.
    """
    if batch.state is not BatchState.DONE:
        raise conflict(_("只有导入完成的名单可以撤销，请刷新页面"))
    made = batches.read_part(work, batch, "made")
    touched = worked_on(work, made["units"])
    if not touched:
        batches.advance(work, batch, BatchState.UNDOING, total=_count(made))
        _note(work, batch, "undo", rows=_count(made))
    return sorted(touched)


def worked_on(work: ReadWork, units: Sequence[Unit]) -> set[str]:
    """The persons of these units about whom anything was written since they were taken in."""
    found: set[str] = set()
    for begin_ in range(0, len(units), 100):
        found |= _worked_on(work, units[begin_ : begin_ + 100])
    return found


def _worked_on(work: ReadWork, units: Sequence[Unit]) -> set[str]:
    at = {id_: unit["at"] for unit in units for id_ in unit["patients"]}
    head, link = fhir_resource.c, search_reference.c
    kept = work.connection.execute(
        select(head.type, head.id, head.patient_id, head.updated_at, head.version).where(
            head.patient_id.in_(list(at)), head.deleted.is_(False)
        )
    ).all()
    found = {one.patient_id for one in kept if one.updated_at != at[one.patient_id]}
    groups = {unit["group"]: unit for unit in units if unit["group"]}
    changed = work.connection.execute(
        select(head.id, head.version).where(head.type == "Group", head.id.in_(list(groups)))
    )
    for id_, version in changed:
        if version != 1:
            found.update(groups[id_]["patients"])
    own = {(one.type, one.id) for one in kept} | {("Group", id_) for id_ in groups}
    mentions = work.connection.execute(
        select(link.type, link.id, link.target_id).where(
            link.target_type == "Patient", link.target_id.in_(list(at))
        )
    )
    return found | {target for type_, id_, target in mentions if (type_, id_) not in own}


def _take_back(work: Work, batch: Batch) -> None:
    made = batches.read_part(work, batch, "made")
    done, start = batch.done, monotonic()
    own = replace(work, actor=replace(work.actor, organisation_id=batch.organisation_id))
    own.now, own.today = work.now, work.today
    while made["units"] and monotonic() - start < SLICE_SECONDS:
        unit = made["units"].pop()
        if worked_on(own, [unit]):
            made.setdefault("stayed", []).append(unit)
        else:
            _remove(own, unit)
        done += len(unit["patients"])
    batches.keep_part(work, batch, "made", made)
    over = BatchState.FAILED if batch.state is BatchState.FAILING else BatchState.UNDONE
    batches.advance(work, batch, batch.state if made["units"] else over, done=done)


def _remove(work: Work, unit: Unit) -> None:
    """Delete what a unit has made; the history stays, as with every deletion."""
    if unit["group"]:
        _empty(work, unit["group"])
        delete(work, work.registry.specs["Group"], unit["group"])
    head = fhir_resource.c
    for id_ in unit["patients"]:
        others = work.connection.execute(
            select(head.type, head.id)
            .where(head.patient_id == id_, head.type != "Patient", head.deleted.is_(False))
            .order_by(head.type.desc())  # a Provenance goes before what it is about
        ).all()
        for type_, other in others:
            if type_ == "EpisodeOfCare":
                _withdraw(work, other)
            delete(work, work.registry.specs[type_], other)
        delete(work, work.registry.specs["Patient"], id_)


def _withdraw(work: Work, episode_id: str) -> None:
    """Days that count cannot be deleted; what was written by mistake can."""
    body = json.loads(read(work, work.registry.specs["EpisodeOfCare"], episode_id).body)
    save(work, {**body, "status": "entered-in-error"}, id=episode_id)


def _empty(work: Work, group_id: str) -> None:
    """A household with members cannot be deleted."""
    body = json.loads(read(work, work.registry.specs["Group"], group_id).body)
    members = [
        {**one, "inactive": True, "period": {**one["period"], "end": work.today.isoformat()}}
        for one in body["member"]
    ]
    save(work, {**body, "active": False, "member": members}, id=group_id)


def _count(made: Mapping[str, Any]) -> int:
    return sum(len(unit["patients"]) for unit in made["units"])


def _note(work: Work, batch: Batch, what: str, **detail: Any) -> None:
    told = {"list": batch.id, "file": batch.name, "what": what, **detail}
    entry = entry_of(work.actor, work.now, Action.IMPORT, detail=told)
    record_changes(work.connection, [audit_row(work.keys, entry)])
