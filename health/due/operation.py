"""`Task/$due-list`: the due list over the API, as a searchset of computed Tasks.

Nothing of them is stored: each says what an activity of a CarePlan asks for and by when. They are
the lines of the page, an activity a Task; a client follows `next` until there is none.
"""

from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from typing import Any, Final, NamedTuple
from uuid import NAMESPACE_URL, uuid5

from health.declare import Activity
from health.due.choosing import ACTIVITY_TITLES
from health.due.queries import DueQuery, description_of, list_rows
from health.due.rows import Item, Row, week_end
from health.permissions import DUE
from health.plans import ACTIVITIES
from health.programmes import MANAGED, programme_of
from kernel.clock import iso_instant
from kernel.declare.module import Operation
from kernel.errors import bad_request, forbidden
from kernel.fhir import bundles, json
from kernel.fhir.exchange import Answer, Pairs
from kernel.fhir.operations import OperationCall
from kernel.fhir.search.run import read_cursor, write_cursor
from kernel.fhir.store.heads import may_read
from kernel.security.actor import Reach
from kernel.work import ReadWork
from records.api import CARE_KIND, as_day, load_all

_OF: Final = "due-list"
_PAGE: Final = 100
_FAR: Final = timedelta(days=3660)
_PRIORITIES: Final = ("routine", "urgent", "asap", "stat")
"""Task.priority by the severity of the action that asked for the visit."""
_KNOWN: Final = ("programme", "due-before", "organization", "_count", "_format", "_pretty")
Task = dict[str, Any]


class _Asked(NamedTuple):
    """`by` is the last deadline that is listed, inclusive."""

    query: DueQuery
    by: date
    most: int


class _Line(NamedTuple):
    """A Task in the making, with the key that it is sorted by."""

    key: list[Any]
    row: Row
    item: Item


def due_list(asked: OperationCall) -> Answer:
    """One page of what has to be done by `due-before` (inclusive; without it until Sunday).

    Filters: `programme` (its name), `organization` (id or reference; needed from who sees every
    institution), `_count`. Raises Refused: 400 (a parameter is not understood or missing), 403.
    """
    work, spec, call = asked.work, asked.spec, asked.call
    if not work.actor.may(DUE):
        raise forbidden(f"{work.actor.name} may not read the due list")
    may_read(work, spec, "s")
    pairs, after = call.query, None
    cursor = call.param("_cursor")
    if cursor is not None:
        pairs, after = read_cursor(work, spec, cursor, of=_OF)
    wanted = _wanted(work, pairs)
    lines = sorted(_lines(work, wanted), key=lambda one: one.key)
    rest = [one for one in lines if after is None or one.key > after]
    shown = rest[: wanted.most]
    path = f"{spec.type}/${_OF}"
    links = [("self", bundles.link(call.base, path, call.query))]
    if len(rest) > len(shown):
        token = write_cursor(work, spec, pairs, shown[-1].key, of=_OF)
        links.append(("next", bundles.link(call.base, path, [("_cursor", token)])))
    body = {
        "resourceType": "Bundle",
        "meta": {"lastUpdated": iso_instant(work.now)},
        "type": "searchset",
        "total": len(lines),
        "link": [{"relation": name, "url": url} for name, url in links],
    }
    entries = _entries(work, shown)
    return Answer(200, json.dumps({**body, "entry": entries} if entries else body))


def _wanted(work: ReadWork, pairs: Pairs) -> _Asked:
    given = dict(pairs)
    unknown = [name for name in given if name not in _KNOWN]
    if unknown:
        raise bad_request(f"$due-list does not know {unknown[0][:40]!r}", code="not-supported")
    programme = given.get("programme", "")
    names = [one.name for one in MANAGED]
    if programme and programme not in names:
        raise bad_request(f"programme is one of {', '.join(names)}; not {programme[:40]!r}")
    organisation = given.get("organization", "").removeprefix("Organization/")
    if work.actor.reach is Reach.EVERYTHING and not organisation:
        text = "who sees every institution names one: organization=[id]"
        raise bad_request(text, code="required")
    query = DueQuery(programme=programme, organisation=organisation)
    return _Asked(query, _by(work, given), _count(work, given))


def _by(work: ReadWork, given: Mapping[str, str]) -> date:
    text = given.get("due-before")
    if text is None:
        return week_end(work.today)
    try:
        # Nothing is planned for later, and days after the year 9999 cannot be reckoned with.
        return min(as_day(text), work.today + _FAR)
    except ValueError:
        raise bad_request(f"due-before is a date such as 2026-11-23, not {text[:20]!r}") from None


def _count(work: ReadWork, given: Mapping[str, str]) -> int:
    text = given.get("_count", str(_PAGE))
    if not text.isascii() or not text.isdigit() or int(text[:9]) < 1:
        raise bad_request(f"_count is a whole number of at least 1, not {text[:20]!r}")
    return min(int(text[:9]), work.settings.max_page)


def _lines(work: ReadWork, wanted: _Asked) -> Iterator[_Line]:
    """The activities of the lines that are due by then, of the programme where one is named."""
    for row in list_rows(work, wanted.query, until=wanted.by):
        for item in row.items:
            named = not wanted.query.programme or wanted.query.programme in item.programmes
            if named and item.due_on <= wanted.by:
                key = [
                    item.due_on.isoformat(),
                    row.person,
                    item.activity or "",
                    item.plan_ids[0],
                ]
                yield _Line(key, row, item)


def _entries(work: ReadWork, shown: list[_Line]) -> list[dict[str, Any]]:
    """The Tasks with what the plans and Patients say of them."""
    patients = load_all(work, "Patient", (one.row.person for one in shown))
    plans = load_all(work, "CarePlan", (one.item.plan_ids[0] for one in shown))
    entries = []
    for one in shown:
        patient = patients.get(one.row.person, {})
        plan = plans.get(one.item.plan_ids[0], {})
        place = uuid5(NAMESPACE_URL, "/".join(map(str, one.key)))
        task = _task(one, patient, plan, work.today)
        full = {"fullUrl": f"urn:uuid:{place}", "resource": task, "search": {"mode": "match"}}
        entries.append(full)
    return entries


def _task(line: _Line, patient: Mapping[str, Any], plan: Mapping[str, Any], today: date) -> Task:
    """R4 Task: `ready` where its day has come, `requested` before."""
    item = line.item
    activity = item.activity or Activity.FOLLOW_UP
    coding = {"system": ACTIVITIES, "code": activity.value, "display": ACTIVITY_TITLES[activity]}
    task: Task = {
        "resourceType": "Task",
        "status": "ready" if item.due_on <= today else "requested",
        "intent": "plan",
        "priority": _PRIORITIES[item.severity],
        "code": {"coding": [coding], "text": coding["display"]},
        "focus": {"reference": f"{item.source}/{item.plan_ids[0]}"},
        "basedOn": [{"reference": f"{item.source}/{id_}"} for id_ in item.plan_ids],
        "for": {"reference": f"Patient/{line.row.person}"},
        "executionPeriod": {"end": item.due_on.isoformat()},
        "input": [_input(name) for name in item.programmes],
    }
    described = description_of(plan, item)
    if described:
        task["description"] = described
    if keeper := patient.get("managingOrganization"):
        task["owner"] = {"reference": keeper["reference"]}
    return task


def _input(name: str) -> dict[str, Any]:
    """The programme that asks for it."""
    title = programme_of(name).title
    coding = {"system": CARE_KIND, "code": name, "display": title}
    return {
        "type": {"text": "programme"},
        "valueCodeableConcept": {"coding": [coding], "text": title},
    }


OPERATIONS: Final = (Operation(_OF, "Task", False, due_list),)
