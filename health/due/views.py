"""What the pages and files show of lines: plain data, numbers masked unless asked for in full."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any, Final

from health.declare import Action, Activity
from health.due.choosing import ACTIVITY_TITLES, PRIORITIES
from health.due.links import Group, groups_of
from health.due.queries import Told, told_of
from health.due.rows import BAND_TITLES, Band, Item, Row, is_lost
from health.parameters import JOINT_DAYS, OVERDUE
from health.programmes import programme_of
from kernel.messages import Message, _, joined
from kernel.work import ReadWork
from records.api import address_of, day_of, name_of, phone_of

Body = Mapping[str, Any]
View = dict[str, Any]
_BADGES: Final = {Band.CALL: "due", Band.VISIT: "alert", Band.RISK: "overdue"}
_JOINT: Final = _("%(n)s 个项目 %(days)s 天内到期，建议合并随访")
_RESTS: Final = _("暂时失访")


def views_of(work: ReadWork, rows: Sequence[Row]) -> list[View]:
    """Lines with everything that a page says of them, in their order."""
    return [_view(work, row, told) for row, told in zip(rows, told_of(work, rows), strict=True)]


def _view(work: ReadWork, row: Row, told: Told) -> View:
    today, days = work.today, row.overdue(work.today)
    priority, kind = PRIORITIES[list(Action)[row.severity]]
    rests = row.items[0].activity is None
    band = None if rests else row.band(today)
    patient = told.patient
    return {
        "id": row.person,
        "name": name_of(patient),
        "sex": patient.get("gender"),
        "birth_date": day_of(patient.get("birthDate")),
        "phone": phone_of(patient),
        "address": address_of(patient),
        "home": _home(patient),
        "groups": [_group(one) for one in groups_of(row, told.managed)],
        "rests": [programme_of(name).short for name in row.programmes] if rests else [],
        "due_on": row.due_on,
        "days": days,
        "band": BAND_TITLES[band] if band else "",
        "late_kind": _BADGES[band] if band else "due",
        "priority": {"text": _RESTS if rests else priority, "kind": "neutral" if rests else kind},
        "reasons": told.reasons,
        "joint": _joint(row, today) if row.is_joint and not rests else "",
        "classes": [
            {"programme": programme_of(name).short, "title": title, "on": on}
            for name, title, on in told.last_classes
        ],
        "attempts": told.attempts,
        "reached_on": told.reached_on,
        "lost": [] if rests else _lost_programmes(work, row, told.attempts),
    }


def _home(patient: Body) -> str:
    """The address without the names of province, city and district, which all have in common."""
    for one in sorted(patient.get("address", ()), key=lambda each: each.get("use") != "home"):
        text = address_of({"address": [one]})
        for part in ("state", "city", "district"):
            text = text.removeprefix(one.get(part, ""))
        return text
    return ""


def _joint(row: Row, today: date) -> str:
    return Message(_JOINT, n=len(row.programmes), days=JOINT_DAYS.on(today))


def _group(group: Group) -> View:
    return {"href": group.href, "text": words_of(group.items), "due_on": group.items[0].due_on}


def words_of(items: Iterable[Item]) -> str:
    """What is to be done, by activity: 随访（高血压、2型糖尿病）, as a message."""
    by_activity: dict[Activity, dict[str, None]] = {}
    for one in items:
        if one.activity is not None:
            names = by_activity.setdefault(one.activity, {})
            # The outcome of a referral that no programme asked for is of no programme.
            named = (programme_of(name) for name in one.programmes)
            names.update((programme.short, None) for programme in named if programme.regular)
    return joined(
        Message(
            _("%(what)s（%(programmes)s）"),
            what=Message(ACTIVITY_TITLES[activity]),
            programmes=joined([Message(name) for name in names]),
        )
        if names
        else Message(ACTIVITY_TITLES[activity])
        for activity, names in by_activity.items()
    )


def _lost_programmes(work: ReadWork, row: Row, attempts: int) -> list[str]:
    """The programmes of a line in which 暂时失访 is proposed."""
    found = {
        name: None
        for one in row.items
        if one.activity is not Activity.EXAMINATION
        and not one.path
        and is_lost((work.today - one.due_on).days, attempts, work.today)
        for name in one.programmes
    }
    return list(found)


def rule_of(work: ReadWork) -> str:
    """When 暂时失访 is proposed, as a message."""
    rules = OVERDUE.on(work.today)
    text = _("逾期超过 %(days)s 天，联系 %(attempts)s 次及以上仍未随访，可以转为暂时失访。")
    return Message(text, days=rules.lost, attempts=rules.attempts)
