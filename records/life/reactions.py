"""No way of writing leaves a kept person without days, or with a day at two institutions.

Decision 9: a Patient that is written through the API without an EpisodeOfCare gets one, or gets the
open one ended, in the same transaction. Forms and services write theirs together with the Patient;
then there is nothing to do but to look.
"""

from datetime import date

from kernel.fhir import json
from kernel.fhir.store import Draft, ResourceSaved, read, save, save_all
from kernel.fhir.store.heads import find_head
from kernel.work import Work
from records.events import FileClosed, FileMoved, FileOpened, FileReopened
from records.life.intervals import (
    Interval,
    beginning,
    ending,
    list_intervals,
    overlapping,
    refuse_overlap,
)
from records.life.projections import close_reason_of, extension_day
from records.life.residence import ASSUMED, HANDED_OVER, MOVED_IN, REOPENED, ended, is_residence
from records.life.states import CLOSED_ON, COUNTED, MERGED, OPENED_ON, Body, state_of
from records.life.widening import keeping_days
from records.reading import death_of, id_of


def keep_days(work: Work, event: ResourceSaved) -> None:
    """A Patient was saved: whoever keeps the file now has an open interval, and nobody else."""
    body, id_ = event.body, event.saved.id
    intervals = list_intervals(work, id_)
    current = next((one for one in intervals if one.to_on is None), None)
    keeper = _keeper(work, body, id_)
    if keeper == (current.organisation_id if current else None) and (keeper or intervals):
        return
    wide = keeping_days(work)
    drafts = _changes(wide, body, id_, current=current, keeper=keeper, intervals=intervals)
    if drafts:
        save_all(wide, drafts)
    _tell(wide, body, id_, current=current, keeper=keeper, before=bool(intervals))


def _tell(
    work: Work, body: Body, id_: str, *, current: Interval | None, keeper: str | None, before: bool
) -> None:
    """Say what the change of institution was, as the services do for theirs."""
    if keeper is not None and current is not None:
        doctors = [id_of(one, "Practitioner") for one in body.get("generalPractitioner", ())]
        doctor = next(filter(None, doctors), "")
        work.emit(FileMoved(id_, current.organisation_id, keeper, doctor, work.today))
    elif keeper is not None:
        on = work.today if before else _opened_on(work, body) or work.today
        work.emit((FileReopened if before else FileOpened)(id_, keeper, on))
    elif current is not None:
        reason = close_reason_of(body) or ("1" if death_of(body)[0] else "9")
        work.emit(FileClosed(id_, current.organisation_id, _closed_on(work, body), reason))


def _keeper(work: Work, body: Body, id_: str) -> str | None:
    """The institution that counts the person's days now; None for drafts and closed files."""
    if state_of(body) not in COUNTED:
        return None
    named = id_of(body.get("managingOrganization"), "Organization")
    if named:
        return named
    head = find_head(work, "Patient", id_)
    return head.organisation_id if head else None


def _changes(
    work: Work,
    body: Body,
    id_: str,
    *,
    current: Interval | None,
    keeper: str | None,
    intervals: list[Interval],
) -> list[Draft]:
    closed_on = _closed_on(work, body)
    drafts = []
    if current is not None:
        reason = HANDED_OVER if keeper else close_reason_of(body) or state_of(body)
        to_on = work.today if keeper else closed_on
        drafts.append(ending(work, current, to_on=to_on, closed_for=reason))
    if keeper is not None:
        how = MOVED_IN if current else REOPENED if intervals else ASSUMED
        on = work.today if intervals else _opened_on(work, body) or work.today
        drafts.append(beginning(work, id_, keeper, on=on, opened_for=how))
    elif not intervals:
        drafts += _past(work, body, id_, closed_on)
    return drafts


def _past(work: Work, body: Body, id_: str, closed_on: date) -> list[Draft]:
    """The days of a file that came closed, where it says when it was opened."""
    opened_on = _opened_on(work, body)
    keeper = id_of(body.get("managingOrganization"), "Organization")
    if opened_on is None or not keeper or opened_on >= closed_on or not _is_closed(body):
        return []
    draft = beginning(work, id_, keeper, on=opened_on, opened_for=ASSUMED)
    draft.body = ended(draft.body, to_on=closed_on, closed_for=close_reason_of(body) or "1")
    return [draft]


def _is_closed(body: Body) -> bool:
    """What became part of another file has its days there."""
    if state_of(body) == MERGED:
        return False
    return close_reason_of(body) is not None or death_of(body)[0]


def _opened_on(work: Work, body: Body) -> date | None:
    day = extension_day(body, OPENED_ON)
    return min(day, work.today) if day else None


def _closed_on(work: Work, body: Body) -> date:
    day = extension_day(body, CLOSED_ON) or death_of(body)[1] or work.today
    return min(day, work.today)


def keep_apart(work: Work, event: ResourceSaved) -> None:
    """An episode was saved: no two institutions keep a person on the same day.

    An interval that the server assumed gives way to one that somebody wrote. Raises Refused (422).
    """
    if not is_residence(event.body):
        return
    intervals = list_intervals(work, id_of(event.body.get("patient"), "Patient"))
    for pair in overlapping(intervals):
        assumed = [
            one for one in pair if one.opened_for == ASSUMED and one.episode_id != event.saved.id
        ]
        if not assumed:
            refuse_overlap()
        _withdraw(keeping_days(work), assumed[0])
        return


def _withdraw(work: Work, interval: Interval) -> None:
    """Its saving is looked at again by `keep_apart`, so that one at a time is enough."""
    version = read(work, work.registry.specs["EpisodeOfCare"], interval.episode_id)
    body = {**json.loads(version.body), "status": "entered-in-error"}
    save(work, body, id=interval.episode_id, expect=version.version)
