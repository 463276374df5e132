"""What came of a referral may end the management: diagnosis withdrawn, died, moved (§1.6).

When that finding is corrected or taken back, the management goes on.
"""

from collections.abc import Mapping
from datetime import date
from typing import Any, Final, NamedTuple

from health.enrolment.kinds import CLOSED_FOR, NOTE, with_extension, with_status
from health.enrolment.reactions import MISDIAGNOSED
from health.enrolment.services import Change, close, get_episode
from health.followups.answers import FINISHED, asked_in, day_in, patient_in, values_in
from health.followups.facts import find_enrolment
from health.programmes.referral_outcome import FINDING, LEFT, LEFT_FOR, PROGRAMME_KEY, WITHDRAWN
from kernel.fhir import json
from kernel.fhir.store import Draft, ResourceSaved, read_version, save_all
from kernel.messages import _
from kernel.work import ReadWork, Work

Body = Mapping[str, Any]
_NOTE: Final = _("按转诊情况随访终止管理")


class Ending(NamedTuple):
    """That somebody's management in a programme ends on a day; a code of why."""

    patient_id: str
    programme: str
    on: date
    reason: str

    @property
    def what(self) -> tuple[str, date, str]:
        """The same of whomever."""
        return self.programme, self.on, self.reason


def end_after_referral(work: Work, event: ResourceSaved) -> None:
    """End, or take up again, the management that an outcome of a referral is about.

    An answer that only comes to another person, as when two files are joined, changes nothing.
    Raises Refused: 409 (the person has been enrolled anew meanwhile).
    """
    asked = asked_in(event.body)
    if asked is None or asked.card or asked.programme.regular:
        return
    before, now = ending_in(_version_before(work, event)), ending_in(event.body)
    if before and now and before.what == now.what:
        return
    if before is not None:
        _take_up(work, before)
    if now is not None:
        _end(work, now)


def ending_in(body: Body | None) -> Ending | None:
    """What an answer about a referral ends, or None."""
    asked = asked_in(body) if body else None
    if body is None or asked is None or body.get("status") not in FINISHED:
        return None
    values = values_in(asked, body)
    found, on = values.get(FINDING), day_in(body, values)
    if on is None or found not in (WITHDRAWN, LEFT):
        return None
    reason = MISDIAGNOSED if found == WITHDRAWN else str(values[LEFT_FOR])
    return Ending(patient_in(body), str(values[PROGRAMME_KEY]), on, reason)


def _version_before(work: ReadWork, event: ResourceSaved) -> Body | None:
    before, saved = event.before, event.saved
    if before is None or before.deleted:
        return None
    spec = work.registry.specs[saved.type]
    body: Body = json.loads(read_version(work, spec, saved.id, before.version).body)
    return body


def _end(work: Work, ending: Ending) -> None:
    found = find_enrolment(work, ending.patient_id, ending.programme, ending.on)
    if found is not None and found.open:
        close(work, found.episode_id, Change(ending.on, ending.reason, str(_NOTE)))


def _take_up(work: Work, ending: Ending) -> None:
    """The management goes on where it was ended by just that."""
    found = find_enrolment(work, ending.patient_id, ending.programme, ending.on)
    if found is None or found.open or found.closed_for != ending.reason:
        return
    body, version = get_episode(work, found.episode_id)
    active = with_status(body, "active", work.today)
    for url in (CLOSED_FOR, NOTE):
        active = with_extension(active, url, "", "")
    period = {name: day for name, day in body["period"].items() if name != "end"}
    save_all(work, [Draft({**active, "period": period}, found.episode_id, expect=version)])
