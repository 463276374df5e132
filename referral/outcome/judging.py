"""The Task of an outcome follow-up while it is saved: whether its outcome is known, and when next.

No client ends it and nobody cancels it: it is completed by what was found out, and by nothing else.
"""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any, Final

from kernel.clock import iso_instant
from kernel.errors import Issue, Refused
from kernel.messages import Message, _, joined
from kernel.work import Work
from records.api import catalogue, id_of
from referral.codes import FOLLOW_UP
from referral.outcome.bodies import (
    CONTACT,
    Contact,
    OutcomeTask,
    by_form,
    first_due_on,
    is_known,
    next_on,
    outcome_of,
)
from referral.task import kind_of

Body = Mapping[str, Any]
Resource = dict[str, Any]
_DAY: Final = _("随访日期应在转诊日期（%(first)s）至今天（%(today)s）之间")
_FINDING: Final = _("转诊结果应是下列之一：%(codes)s")
_SERVER: Final = _("转诊结果随访由系统在提交转诊时建立")
_SHAPE: Final = _("每次联系应有日期（扩展 referral-contact 的 day）和转诊结果（type）")
_KEPT: Final = ("intent", "code", "focus", "partOf", "authoredOn")


def judged_outcome(work: Work, before: Body | None, body: Body, *, joined: bool) -> Body:
    """The outcome follow-up as its contacts leave it; `joined`: two files are becoming one.

    Raises Refused: 422 (a contact without a day or finding, a client that makes one by itself).
    """
    if before is None or kind_of(before) != FOLLOW_UP:
        if not work.actor.elevated:
            raise Refused(422, [Issue("business-rule", _SERVER, "Task.code")])
        return body
    kept = _KEPT if joined else (*_KEPT, "for")
    changed: Resource = {**body, **{name: before[name] for name in kept if name in before}}
    if not work.actor.elevated:
        changed |= _the_servers(before, body)
    found = _read(changed)
    faults = list(_faults(work, found))
    if faults:
        raise Refused(422, faults)
    return _after(work, changed, found)


def _the_servers(before: Body, body: Body) -> Resource:
    """What no client decides: whose it is, by when, and what was found out before.

    It may be handed to another person, never to nobody. A form's contact is its form's to change.
    """
    found = {name: before[name] for name in ("extension", "restriction")}
    if not id_of(body.get("owner"), "Practitioner"):
        found["owner"] = before["owner"]
    told = body.get("output", ())
    had = [one for one in before.get("output", ()) if one not in told and not by_form(one)]
    return {**found, "output": [*had, *told]} if had else found


def _read(body: Body) -> OutcomeTask:
    for number, one in enumerate(body.get("output", ())):
        told = (
            part for x in one.get("extension", ()) if x.get("url") == CONTACT for part in _of(x)
        )
        if not any(part.get("url") == "day" and part.get("valueDate") for part in told):
            raise Refused(422, [Issue("required", _SHAPE, f"Task.output[{number}]")])
    return outcome_of(body)


def _of(extension: Body) -> list[Body]:
    return list(extension.get("extension", ()))


def _faults(work: Work, found: OutcomeTask) -> Iterator[Issue]:
    codes = dict(catalogue.choices("referral-finding"))
    for number, one in enumerate(found.contacts):
        if one.finding not in codes:
            text = Message(_FINDING, codes=joined(f"{c} {t}" for c, t in codes.items()))
            yield Issue("code-invalid", text, f"Task.output[{number}].type")
        if not found.referred_on <= one.on <= work.today:
            first, today = found.referred_on.isoformat(), work.today.isoformat()
            text = Message(_DAY, first=first, today=today)
            yield Issue("business-rule", text, f"Task.output[{number}].extension")


def _after(work: Work, body: Resource, found: OutcomeTask) -> Resource:
    contacts = sorted(found.contacts, key=_day)
    known = is_known(contacts)
    changed: Resource = {
        **body,
        "status": "completed" if known else "requested",
        "lastModified": iso_instant(work.now),
    }
    if not known:
        due = next_on(contacts[-1]) if contacts else first_due_on(found.referred_on)
        changed["restriction"] = {"period": {"end": due.isoformat()}}
    if known:
        begin = found.referred_on.isoformat()
        changed["executionPeriod"] = {"start": begin, "end": contacts[-1].on.isoformat()}
    else:
        changed.pop("executionPeriod", None)
    return changed


def _day(contact: Contact) -> date:
    return contact.on
